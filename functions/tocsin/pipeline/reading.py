"""Articles as their pages have them, or as their feeds do."""

from dataclasses import replace
from urllib.parse import urlsplit

from tocsin.articles.boilerplate import Siblings, remember
from tocsin.articles.extraction import EXTRACTOR, Extracted, extract, text_of
from tocsin.articles.languages import language_of
from tocsin.articles.metadata import Facts, stated_by, with_credits
from tocsin.articles.urls import canonical_url, identity
from tocsin.articles.walls import CONSENT, PAYWALL, is_consent_wall, is_paywalled
from tocsin.errors import PageError
from tocsin.feeds.seen import statement_of
from tocsin.jobs import IngestJob, host_of
from tocsin.model.articles import Article, TextFrom
from tocsin.model.entries import Entry
from tocsin.pipeline.ingesting import Archive, Draft, Ingested, Outcome
from tocsin.web.fetcher import Response
from tocsin.web.robots import may_be_kept

MAX_TITLE_CHARACTERS = 300  # longer ones are paragraphs in the wrong place


class Host:
    """What a job's host sets around its articles, learned from one page to the next. Read when the
    first page is, kept when the last one is stored. A page that a crash loses from it, or another
    job of the host, is learned later."""

    def __init__(self, name: str, archive: Archive) -> None:
        self._name = name
        self._archive = archive
        self._known: Siblings | None = None
        self._learned: Siblings | None = None

    def siblings(self) -> Siblings:
        if self._known is None:
            pages, counts = self._archive.get_siblings(self._name)
            self._known = Siblings(pages, counts)
        return self._learned or self._known

    def learn(self, article_id: str, page: Extracted) -> None:
        self._learned = remember(self.siblings(), article_id, page.paragraphs)

    def keep(self) -> None:
        if self._learned and self._learned != self._known:
            pages, counts = self._learned.pages, dict(self._learned.counts)
            self._archive.put_siblings(self._name, pages, counts)


def from_page(entry: Entry, job: IngestJob, response: Response, host: Host) -> Draft | Ingested:
    """Raises PageError where the page holds no article."""
    if urlsplit(response.url).path in ("", "/") and urlsplit(entry.url).path not in ("", "/"):
        # A front page in place of the article: every entry would become this one page.
        raise PageError(response.url, "redirected_to_front_page")
    content_type = response.headers.get("content-type", "")
    page = extract(response.body, content_type, response.url, entry, host.siblings())
    if is_consent_wall(response.url, page.text):
        raise PageError(response.url, CONSENT)
    facts, text, outcome = page.facts, page.text, "ok"
    if is_paywalled(facts.paywalled, text):
        facts = replace(facts, paywalled=True)
        # What is in front of the wall is the page's, unless the feed gives more.
        if len(stated := text_of(entry.content_html)) >= len(text):
            text, outcome = stated, PAYWALL
    url = canonical_url(response.url, facts.canonical_url)
    article = _article(job, url, facts, text, page.title or entry.title)
    host.learn(article.id, page)
    if outcome == PAYWALL:
        of_feed = {"text_from": TextFrom.FEED, "page_outcome": outcome}
        article = article.model_copy(update=of_feed)
    others = {entry.url, response.url, *filter(None, [facts.amp_url])}
    aliases = frozenset({identity(each) for each in others} - {article.id})
    kept = response if may_be_kept(response.headers, response.body) else None
    return Draft(article, kept, aliases, statement_of(entry))


def from_feed(entry: Entry, job: IngestJob, page_outcome: str) -> Draft | Ingested:
    """What the feed itself says of the article, when its page says nothing."""
    text = text_of(entry.content_html)
    if not text and not entry.title:
        return Ingested(entry.url, Outcome.EMPTY, page_outcome=page_outcome)
    facts = with_credits(stated_by(entry), text)
    article = _article(job, entry.url, facts, text, entry.title)
    kept = {"text_from": TextFrom.FEED, "page_outcome": page_outcome}
    return Draft(article.model_copy(update=kept), None, frozenset(), statement_of(entry))


def _article(job: IngestJob, url: str, facts: Facts, text: str, title: str) -> Article:
    stated = facts.published_at
    return Article(
        id=identity(url),
        url=url,
        title=(title or text.partition("\n")[0])[:MAX_TITLE_CHARACTERS],
        text=text,
        publisher=job.publisher or facts.publisher or host_of(url) or job.feed_id,
        feed_id=job.feed_id,
        seen_at=job.seen_at,
        published_at=stated,
        published_zone=f"{stated:%z}" if stated else None,
        updated_at=facts.updated_at,
        authors=facts.authors,
        section=facts.section,
        language=language_of(title, text, facts.language or job.language),
        image=facts.image,
        paywalled=facts.paywalled,
        agency=facts.agency,
        attribution=facts.attribution,
        origins=dict(facts.origins),
        extractor=EXTRACTOR,
    )
