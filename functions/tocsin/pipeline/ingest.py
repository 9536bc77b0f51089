"""ingest: entries to stored articles, the story each is in, and the topics they match.

The order of writes makes a crash between any two calls harmless: the story, objects in S3, match
rows, the batch from which the archive is searched, then the article row, each conditional. An
article row that exists means that everything before it exists; a second run writes what is missing
and tells nothing twice.

An article that is stored is looked at again when the feed that brought it says something new of it
(title, summary, time of update), at most MAX_LOOKS times. What changed materially
(`articles/versions.py`) makes a new version: the former one is kept beside it, then the new one put
in its place, on condition that it still was the former, then the row. A version stays in its story
and matches nothing anew; where the article rang, a change that says something else is told.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from tocsin.alerts.news import MAX_UPDATES, news_in
from tocsin.archive.records import Record, to_batch
from tocsin.articles.boilerplate import Siblings, remember
from tocsin.articles.capture import write_captures
from tocsin.articles.extraction import EXTRACTOR, Extracted, extract, text_of
from tocsin.articles.languages import language_of
from tocsin.articles.metadata import Facts, stated_by, with_credits
from tocsin.articles.urls import canonical_url, identity
from tocsin.articles.versions import change_between
from tocsin.articles.walls import CONSENT, PAYWALL, is_consent_wall, is_paywalled
from tocsin.errors import FetchError, HostBusy, PageError
from tocsin.feeds.seen import statement_of
from tocsin.jobs import IngestJob, host_of
from tocsin.model.articles import Article, Capture, Known, TextFrom
from tocsin.model.entries import Entry
from tocsin.model.matches import Match, Revision
from tocsin.pipeline import story
from tocsin.pipeline.story import InStory, enter_story
from tocsin.query.document import Document
from tocsin.query.excerpt import excerpt, words_of
from tocsin.query.matcher import Hit, Matcher
from tocsin.stories.frequency import RecentArticles
from tocsin.web.fetcher import PAGE_BYTES, Response, Web
from tocsin.web.robots import may_be_kept

MAX_ATTEMPTS = 3  # to get a page that may come later; after that the feed's own text is kept
RETRY_SECONDS = 60  # doubled with each attempt
# For a host that is always busy, or rests long between pages; then the feed's own text is kept.
# At the longest rest (60 s) 360 pages of a host are read in it.
LONGEST_WAIT = timedelta(hours=6)
MAX_TITLE_CHARACTERS = 300  # longer ones are paragraphs in the wrong place
MAX_LOOKS = 10  # at an article, after the first: some feeds state something new in each document


class Archive(Protocol):
    def find_known(self, identity: str) -> Known | None: ...
    def add_match(self, match: Match, due_at: datetime | None) -> bool: ...
    def add_article(self, article: Article, stated: str) -> bool: ...
    def add_alias(self, identity: str, article_id: str) -> bool: ...
    def note_look(self, article_id: str, stated: str) -> None: ...
    def put_version(self, article: Article, stated: str) -> bool: ...
    def add_revision(
        self, article_id: str, topic_id: str, revision: Revision, due_at: datetime, most: int
    ) -> bool: ...
    def get_siblings(self, host: str) -> tuple[tuple[str, ...], dict[str, int]]: ...
    def put_siblings(self, host: str, pages: tuple[str, ...], counts: dict[str, int]) -> None: ...


class Store(Protocol):
    def put_capture(self, warc: bytes, at: datetime) -> str: ...
    def put_article(self, article: Article) -> None: ...
    def get_current(self, article_id: str) -> tuple[Article, str]: ...
    def put_version(self, article: Article, former: Article, tag: str) -> bool: ...


class Batches(Protocol):
    """What becomes searchable within a minute."""

    def add(self, batch: bytes, docs: int, at: datetime, now: datetime) -> None: ...


class Jobs(Protocol):
    def send(self, job: IngestJob, delay_seconds: int = 0) -> None: ...


class Pages(Web, Protocol):
    """A web whose hosts are asked by one visitor at a time: `visit` says whether it is our turn.
    Where it is not, or no more, `fetch` raises HostBusy."""

    def visit(self, host: str) -> AbstractContextManager[bool]: ...
    def come_again_seconds(self, since: datetime) -> int: ...


class Topics(Protocol):
    """The topics in force. `refused` says why newer ones are not, empty where none are."""

    @property
    def refused(self) -> str: ...
    def matcher(self) -> Matcher: ...


class Stories(story.Stories, Protocol):
    """And what of them matched which topic in which hour."""

    def count(self, topic_id: str, story_id: str, publisher: str, at: datetime) -> None: ...


@dataclass(frozen=True)
class Ingesting:
    """What ingesting needs from outside."""

    archive: Archive
    store: Store
    batches: Batches
    stories: Stories
    jobs: Jobs
    web: Pages
    topics: Topics
    clock: Callable[[], datetime]
    # Words of the articles of this container: what all notices of one form repeat is soon known as
    # that. Without, an article is read in the same way wherever and whenever it is read.
    recent: RecentArticles | None = None


class Outcome(StrEnum):
    """How an entry ends."""

    STORED = "stored"
    KNOWN = "known"
    REVISED = "revised"  # a new version of an article that was stored
    DEFERRED = "deferred"  # its page may come later: it travels again in a job of its own
    WAITING = "waiting"  # its host is busy or rests: it travels again, and no attempt is used up
    EMPTY = "empty"  # neither its page nor its feed holds a title or a text
    FORGOTTEN = "forgotten"  # an operator had everything of it removed: it does not come back
    CUT = "cut"  # its job failed: it travels again in a job of its own


@dataclass(frozen=True)
class Ingested:
    """How one entry ended. `page_outcome` says what became of its page, `matches` how many topics
    it newly matched, `story` how it came into its story."""

    url: str
    outcome: Outcome
    article_id: str | None = None
    page_outcome: str = "ok"
    matches: int = 0
    story_id: str | None = None
    story: str = ""


@dataclass(frozen=True)
class Former:
    """The version that a new one is to replace, and the tag of its object."""

    article: Article
    tag: str


@dataclass(frozen=True)
class Prepared:
    """A draft of which everything is stored but the row, and how many topics it newly matched."""

    draft: "Draft"
    story: str = ""
    matches: int = 0


@dataclass(frozen=True)
class Draft:
    """An article that is to be stored, its page if that may be kept, the other URLs that lead to
    it, and what its feed states (`seen.statement_of`); with `former` it is a new version."""

    article: Article
    response: Response | None
    aliases: frozenset[str]
    stated: str
    former: Former | None = None


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


def take(job: IngestJob, receives: int, outside: Ingesting) -> list[Ingested]:
    """Ingests a job; one of several entries that fails, or whose worker died, is cut: what is wrong
    with one of them takes no other with it."""
    if receives > 1 and len(job.entries) > 1:
        return cut(job, "the job came again", outside)
    try:
        return ingest(job, outside)
    except Exception as error:
        if len(job.entries) == 1:
            raise
        return cut(job, f"{type(error).__name__}: {error}", outside)


def cut(job: IngestJob, why: str, outside: Ingesting) -> list[Ingested]:
    """Those of its entries that are stored will be found to be known."""
    for entry in job.entries:
        alone = job.model_copy(update={"entries": (entry,)})
        outside.jobs.send(alone, delay_seconds=RETRY_SECONDS)
    return [Ingested(entry.url, Outcome.CUT, page_outcome=why) for entry in job.entries]


def ingest(job: IngestJob, outside: Ingesting) -> list[Ingested]:
    """Every entry of the job ends in exactly one outcome."""
    host = Host(job.host, outside.archive)
    with outside.web.visit(job.host) as our_turn:
        # Who waits for a turn looks nothing up.
        if our_turn or not may_wait(job, outside.clock()):
            results = [draft(entry, job, host, outside) for entry in job.entries]
        else:
            results = [waiting(entry) for entry in job.entries]
    drafts = [each for each in results if isinstance(each, Draft)]
    ended = [each for each in results if isinstance(each, Ingested)]
    if drafts:
        matcher = outside.topics.matcher()
        captured = with_captures(drafts, outside.store, job.seen_at)
        prepared = [prepare(each, job, matcher, outside) for each in captured]
        hand_over([each.draft.article for each in prepared], job, outside)
        ended += [store(each, outside) for each in prepared]
        host.keep()
    send_again(job, results, outside)
    return ended


def may_wait(job: IngestJob, now: datetime) -> bool:
    return now - job.seen_at < LONGEST_WAIT


def waiting(entry: Entry) -> Ingested:
    return Ingested(entry.url, Outcome.WAITING, page_outcome=HostBusy.outcome)


def send_again(job: IngestJob, results: Sequence["Draft | Ingested"], outside: Ingesting) -> None:
    """What was put off travels in new jobs, one for each reason."""
    if entries := _ended(job, results, Outcome.DEFERRED):
        retry = job.model_copy(update={"entries": entries, "attempt": job.attempt + 1})
        outside.jobs.send(retry, delay_seconds=RETRY_SECONDS * 2 ** (job.attempt - 1))
    if entries := _ended(job, results, Outcome.WAITING):
        later = job.model_copy(update={"entries": entries})
        outside.jobs.send(later, outside.web.come_again_seconds(job.seen_at))


def _ended(
    job: IngestJob, results: Sequence["Draft | Ingested"], outcome: Outcome
) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry, each in zip(job.entries, results, strict=True)
        if isinstance(each, Ingested) and each.outcome is outcome
    )


def draft(entry: Entry, job: IngestJob, host: Host, outside: Ingesting) -> Draft | Ingested:
    """What is to be stored of the entry, or how it has ended without."""
    known = outside.archive.find_known(identity(entry.url))
    if known and known.forgotten_at:
        return Ingested(entry.url, Outcome.FORGOTTEN, known.article_id)
    if known and not worth_a_look(known, entry, job.feed_id):
        return Ingested(entry.url, Outcome.KNOWN, known.article_id)
    read = _read(entry, job, host, outside)
    if isinstance(read, Ingested):
        return _ended_again(read, known, entry, outside) if known else read
    if known:
        return _revision(read, known, entry, outside)
    # What a page calls its canonical URL may itself be another URL of the article that is stored.
    if read.aliases and (same := outside.archive.find_known(read.article.id)):
        for alias in read.aliases:
            outside.archive.add_alias(alias, same.article_id)
        outcome = Outcome.FORGOTTEN if same.forgotten_at else Outcome.KNOWN
        return Ingested(entry.url, outcome, same.article_id)
    return read


def worth_a_look(known: Known, entry: Entry, feed_id: str) -> bool:
    """Other feeds that list the article say something else of it, and nothing new. Articles stored
    before this was kept have no key to compare."""
    said = known.feed_id == feed_id and known.stated
    return bool(said) and known.stated != statement_of(entry) and known.looks < MAX_LOOKS


def _read(entry: Entry, job: IngestJob, host: Host, outside: Ingesting) -> Draft | Ingested:
    """The article as its page has it now, or as its feed does; or that the page may come later."""
    try:
        response = outside.web.fetch(entry.url, PAGE_BYTES)
        return _from_page(entry, job, response, host)
    except HostBusy as error:
        if may_wait(job, outside.clock()):
            return waiting(entry)
        return _from_feed(entry, job, error.outcome)
    except FetchError as error:
        if error.retryable and job.attempt < MAX_ATTEMPTS:
            return Ingested(entry.url, Outcome.DEFERRED, page_outcome=error.outcome)
        return _from_feed(entry, job, error.outcome)
    except PageError as error:
        return _from_feed(entry, job, error.reason)


def _ended_again(read: Ingested, known: Known, entry: Entry, outside: Ingesting) -> Ingested:
    """A known article whose page says nothing now stays as it is."""
    if read.outcome in (Outcome.DEFERRED, Outcome.WAITING):
        return read
    outside.archive.note_look(known.article_id, statement_of(entry))
    return replace(read, outcome=Outcome.KNOWN, article_id=known.article_id)


def _revision(read: Draft, known: Known, entry: Entry, outside: Ingesting) -> Draft | Ingested:
    """A new version, or that nothing material changed."""
    former, tag = outside.store.get_current(known.article_id)
    if former.version > known.version:  # a run before this one ended between object and row
        _tell_of_change(former, outside)
        outside.archive.put_version(former, statement_of(entry))
        return Ingested(entry.url, Outcome.REVISED, former.id, former.page_outcome)
    worse = former.text_from is TextFrom.PAGE and read.article.text_from is TextFrom.FEED
    change = None if worse else change_between(former, read.article)
    if change is None:
        outside.archive.note_look(known.article_id, statement_of(entry))
        outcome = read.article.page_outcome
        return Ingested(entry.url, Outcome.KNOWN, known.article_id, outcome)
    kept = ("id", "url", "feed_id", "publisher", "seen_at", "topics", "story_id")
    stays: dict[str, object] = {name: getattr(former, name) for name in kept}
    stays |= {"version": former.version + 1, "revised_at": read.article.seen_at, "change": change}
    if former.published_at:
        stays |= {"published_at": former.published_at, "published_zone": former.published_zone}
    return replace(read, article=read.article.model_copy(update=stays), former=Former(former, tag))


def _from_page(entry: Entry, job: IngestJob, response: Response, host: Host) -> Draft | Ingested:
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
        from_feed = {"text_from": TextFrom.FEED, "page_outcome": outcome}
        article = article.model_copy(update=from_feed)
    others = {entry.url, response.url, *filter(None, [facts.amp_url])}
    aliases = frozenset({identity(each) for each in others} - {article.id})
    kept = response if may_be_kept(response.headers, response.body) else None
    return Draft(article, kept, aliases, statement_of(entry))


def _from_feed(entry: Entry, job: IngestJob, page_outcome: str) -> Draft | Ingested:
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
        yield replace(each, article=each.article.model_copy(update={"capture": capture}))


def prepare(draft: Draft, job: IngestJob, matcher: Matcher, outside: Ingesting) -> Prepared:
    """Writes one article in the order that the top of this file explains, as far as the batch. A
    version has its story and topics already."""
    if draft.former:
        return Prepared(draft)
    document = document_of(draft.article, job.country)
    topics = tuple(matcher.match(document).topic_ids())
    entered = enter_story(draft.article, outside.stories, outside.recent)
    article = draft.article.model_copy(update={"topics": topics, "story_id": entered.story_id})
    outside.store.put_article(article)
    matches = [_match(article, entered, topic, matcher.spans(document, topic)) for topic in topics]
    new = [_add_match(match, job, outside) for match in matches]
    return Prepared(replace(draft, article=article), entered.kind, sum(new))


def hand_over(articles: Sequence[Article], job: IngestJob, outside: Ingesting) -> None:
    """One object a job and day: a put costs as much as 200 kB do in a month. A new version of an
    article is of the day that the article was first seen on."""
    fields = Record.model_fields.keys() - {"country"}
    of_day: dict[date, list[Record]] = {}
    for each in articles:
        record = Record(country=job.country, **{name: getattr(each, name) for name in fields})
        of_day.setdefault(record.seen_at.date(), []).append(record)
    for records in of_day.values():
        outside.batches.add(to_batch(records), len(records), records[0].seen_at, outside.clock())


def store(prepared: Prepared, outside: Ingesting) -> Ingested:
    """The last writes of one article: after them it is known."""
    draft, article = prepared.draft, prepared.draft.article
    if draft.former:
        return _store_version(draft, draft.former, outside)
    added = outside.archive.add_article(article, draft.stated)
    # Last of all: an alias that leads to an article must never be there before it.
    for alias in draft.aliases:
        outside.archive.add_alias(alias, article.id)
    outcome = Outcome.STORED if added else Outcome.KNOWN
    done = Ingested(article.url, outcome, article.id, article.page_outcome, prepared.matches)
    return replace(done, story_id=article.story_id, story=prepared.story)


def _add_match(match: Match, job: IngestJob, outside: Ingesting) -> bool:
    """What a first poll finds is old news: it neither rings nor counts."""
    if not job.silent and match.story_id is not None:
        outside.stories.count(match.topic_id, match.story_id, match.publisher, match.seen_at)
    return outside.archive.add_match(match, None if job.silent else job.seen_at)


def _store_version(draft: Draft, former: Former, outside: Ingesting) -> Ingested:
    """Another job that was faster has written the same version, or will see the next change."""
    article = draft.article
    outcome = Outcome.KNOWN
    if outside.store.put_version(article, former.article, former.tag):
        _tell_of_change(article, outside)
        outside.archive.put_version(article, draft.stated)
        outcome = Outcome.REVISED
    for alias in draft.aliases - {article.id}:
        outside.archive.add_alias(alias, article.id)
    return Ingested(article.url, outcome, article.id, article.page_outcome)


def _tell_of_change(article: Article, outside: Ingesting) -> None:
    """Where its matches rang, and the change is worth it. Before the row is written: until then it
    is done again."""
    if article.change is None or not (news := news_in(article.change, article.title)):
        return
    revision = Revision(version=article.version, title=article.title, reason=news)
    for topic in article.topics:
        outside.archive.add_revision(article.id, topic, revision, outside.clock(), MAX_UPDATES)


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


def _match(article: Article, story: InStory, topic_id: str, hits: Sequence[Hit]) -> Match:
    return Match(
        article_id=article.id,
        topic_id=topic_id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        seen_at=article.seen_at,
        published_at=article.published_at,
        language=article.language,
        story_id=story.story_id,
        words=words_of(article.title, article.text, hits),
        excerpt=excerpt(article.title, article.text, hits),
    )
