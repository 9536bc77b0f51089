"""ingest: entries to stored articles, and the topics they match.

The order of writes makes a crash between any two calls harmless: objects in S3, then match rows,
then the article row, each conditional. An article row that exists means that everything before it
exists; a second run writes what is missing and tells nothing twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from tocsin.articles.capture import write_captures
from tocsin.articles.extraction import extract, text_of
from tocsin.articles.languages import language_of
from tocsin.articles.metadata import Facts
from tocsin.articles.urls import canonical_url, identity
from tocsin.errors import FetchError, PageError
from tocsin.jobs import IngestJob, host_of
from tocsin.model import Article, Capture, Entry, Match, TextFrom
from tocsin.query.document import Document
from tocsin.query.excerpt import excerpt, words_of
from tocsin.query.matcher import Hit, Matcher
from tocsin.web.fetcher import PAGE_BYTES, Response, Web

MAX_ATTEMPTS = 3  # to get a page that may come later; after that the feed's own text is kept
RETRY_SECONDS = 60  # doubled with each attempt
MAX_TITLE_CHARACTERS = 300  # longer ones are paragraphs in the wrong place


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...
    def add_match(self, match: Match, due_at: datetime | None) -> bool: ...
    def add_article(self, article: Article) -> bool: ...
    def add_alias(self, identity: str, article_id: str) -> bool: ...


class Store(Protocol):
    def put_capture(self, warc: bytes, at: datetime) -> str: ...
    def put_article(self, article: Article) -> None: ...


class Jobs(Protocol):
    def send(self, job: IngestJob, delay_seconds: int = 0) -> None: ...


class Topics(Protocol):
    """The topics in force. `refused` says why newer ones are not, empty where none are."""

    @property
    def refused(self) -> str: ...
    def matcher(self) -> Matcher: ...


@dataclass(frozen=True)
class Ingesting:
    """What ingesting needs from outside."""

    archive: Archive
    store: Store
    jobs: Jobs
    web: Web
    topics: Topics


class Outcome(StrEnum):
    """How an entry ends."""

    STORED = "stored"
    KNOWN = "known"
    DEFERRED = "deferred"  # its page may come later: it travels again in a job of its own
    EMPTY = "empty"  # neither its page nor its feed holds a title or a text


@dataclass(frozen=True)
class Ingested:
    """How one entry ended. `page_outcome` says what became of its page, `matches` how many topics
    it newly matched."""

    url: str
    outcome: Outcome
    article_id: str | None = None
    page_outcome: str = "ok"
    matches: int = 0


@dataclass(frozen=True)
class Draft:
    """An article that is to be stored, its page, and the other URLs that lead to it."""

    article: Article
    response: Response | None
    aliases: frozenset[str]


def ingest(job: IngestJob, outside: Ingesting) -> list[Ingested]:
    """Every entry of the job ends in exactly one outcome."""
    drafts: list[Draft] = []
    ended: list[Ingested] = []
    again: list[Entry] = []
    for entry in job.entries:
        result = draft(entry, job, outside)
        if isinstance(result, Draft):
            drafts.append(result)
            continue
        ended.append(result)
        if result.outcome is Outcome.DEFERRED:
            again.append(entry)
    if drafts:
        matcher = outside.topics.matcher()
        captured = with_captures(drafts, outside.store, job.seen_at)
        ended += [store(each, job, matcher, outside) for each in captured]
    if again:
        retry = job.model_copy(update={"entries": tuple(again), "attempt": job.attempt + 1})
        outside.jobs.send(retry, delay_seconds=RETRY_SECONDS * 2 ** (job.attempt - 1))
    return ended


def draft(entry: Entry, job: IngestJob, outside: Ingesting) -> Draft | Ingested:
    """Reads the entry's page, or says how the entry has ended without being stored."""
    entry_identity = identity(entry.url)
    if known := outside.archive.find_article_id(entry_identity):
        return Ingested(entry.url, Outcome.KNOWN, known)
    try:
        response = outside.web.fetch(entry.url, PAGE_BYTES)
        return _from_page(entry, job, response, outside.archive)
    except FetchError as error:
        if error.retryable and job.attempt < MAX_ATTEMPTS:
            return Ingested(entry.url, Outcome.DEFERRED, page_outcome=error.outcome)
        return _from_feed(entry, job, error.outcome)
    except PageError as error:
        return _from_feed(entry, job, error.reason)


def _from_page(
    entry: Entry, job: IngestJob, response: Response, archive: Archive
) -> Draft | Ingested:
    """Raises PageError where the page holds no article."""
    if urlsplit(response.url).path in ("", "/") and urlsplit(entry.url).path not in ("", "/"):
        # A front page in place of the article: every entry would become this one page.
        raise PageError(response.url, "redirected_to_front_page")
    page = extract(response.body, response.content_type, response.url)
    url = canonical_url(response.url, page.facts.canonical_url)
    article_id = identity(url)
    aliases = frozenset({identity(entry.url), identity(response.url)} - {article_id})
    # What a page calls its canonical URL may itself be another URL of the article that is stored.
    if aliases and (known := archive.find_article_id(article_id)):
        for alias in aliases:
            archive.add_alias(alias, known)
        return Ingested(entry.url, Outcome.KNOWN, known)
    # A feed knows the minute; what is read from a page is the day, at best.
    facts = page.facts.or_else(_stated(entry)).or_else(page.guesses)
    article = _article(job, url, facts, page.text, page.title or entry.title)
    return Draft(article, response, aliases)


def _from_feed(entry: Entry, job: IngestJob, page_outcome: str) -> Draft | Ingested:
    """What the feed itself says of the article, when its page says nothing."""
    text = text_of(entry.content_html)
    if not text and not entry.title:
        return Ingested(entry.url, Outcome.EMPTY, page_outcome=page_outcome)
    article = _article(job, entry.url, _stated(entry), text, entry.title)
    kept = {"text_from": TextFrom.FEED, "page_outcome": page_outcome}
    return Draft(article.model_copy(update=kept), None, frozenset())


def _stated(entry: Entry) -> Facts:
    return Facts(authors=entry.authors, published_at=entry.published_at)


def _article(job: IngestJob, url: str, facts: Facts, text: str, title: str) -> Article:
    return Article(
        id=identity(url),
        url=url,
        title=(title or text.partition("\n")[0])[:MAX_TITLE_CHARACTERS],
        text=text,
        publisher=job.publisher or facts.publisher or host_of(url) or job.feed_id,
        feed_id=job.feed_id,
        seen_at=job.seen_at,
        published_at=facts.published_at,
        authors=facts.authors,
        language=language_of(title, text, facts.language or job.language),
    )


def with_captures(drafts: Sequence[Draft], store: Store, at: datetime) -> Iterator[Draft]:
    """Stores the pages in one file, and gives the articles that know where in it theirs lies."""
    responses = [each.response for each in drafts if each.response is not None]
    if not responses:
        yield from drafts
        return
    warc, records = write_captures(responses)
    key = store.put_capture(warc, at)
    places = iter(records)
    for each in drafts:
        if each.response is None:
            yield each
            continue
        place = next(places)
        capture = Capture(key=key, offset=place.offset, length=place.length)
        yield Draft(
            each.article.model_copy(update={"capture": capture}), each.response, each.aliases
        )


def store(draft: Draft, job: IngestJob, matcher: Matcher, outside: Ingesting) -> Ingested:
    """Writes one article in the order that the top of this file explains."""
    document = document_of(draft.article, job.country)
    topics = tuple(matcher.match(document).topic_ids())
    article = draft.article.model_copy(update={"topics": topics})
    outside.store.put_article(article)
    due_at = None if job.silent else job.seen_at
    matches = [_match(article, topic, matcher.spans(document, topic)) for topic in topics]
    new = [outside.archive.add_match(match, due_at) for match in matches]
    added = outside.archive.add_article(article)
    # Last of all: an alias that leads to an article must never be there before it.
    for alias in draft.aliases:
        outside.archive.add_alias(alias, article.id)
    outcome = Outcome.STORED if added else Outcome.KNOWN
    return Ingested(article.url, outcome, article.id, article.page_outcome, sum(new))


def document_of(article: Article, country: str | None) -> Document:
    """The article as queries see it."""
    return Document(
        title=article.title,
        body=article.text,
        language=article.language,
        authors=article.authors,
        publisher=article.publisher,
        feed=article.feed_id,
        country=country,
    )


def _match(article: Article, topic_id: str, hits: Sequence[Hit]) -> Match:
    return Match(
        article_id=article.id,
        topic_id=topic_id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        seen_at=article.seen_at,
        published_at=article.published_at,
        language=article.language,
        words=words_of(article.title, article.text, hits),
        excerpt=excerpt(article.title, article.text, hits),
    )
