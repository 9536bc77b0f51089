"""What ingest works with, and how what it looks at ends (`ingest.py` tells the story)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from tocsin.errors import HostBusy
from tocsin.jobs import IngestJob
from tocsin.model.articles import Article, Known
from tocsin.model.entries import Entry
from tocsin.model.matches import Match, Revision
from tocsin.pipeline import story
from tocsin.query.matcher import Matcher
from tocsin.stories.frequency import RecentArticles
from tocsin.web.fetcher import Response, Web

# For a host that is always busy, or rests long between pages; then the feed's own text is kept.
# At the longest rest (60 s) 360 pages of a host are read in it.
LONGEST_WAIT = timedelta(hours=6)


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
class Draft:
    """An article that is to be stored, its page if that may be kept, the other URLs that lead to
    it, and what its feed states (`seen.statement_of`); with `former` it is a new version."""

    article: Article
    response: Response | None
    aliases: frozenset[str]
    stated: str
    former: Former | None = None


@dataclass(frozen=True)
class Prepared:
    """A draft of which everything is stored but the row, and how many topics it newly matched."""

    draft: Draft
    story: str = ""
    matches: int = 0


def may_wait(job: IngestJob, now: datetime) -> bool:
    return now - job.seen_at < LONGEST_WAIT


def waiting(entry: Entry) -> Ingested:
    return Ingested(entry.url, Outcome.WAITING, page_outcome=HostBusy.outcome)
