"""Stored documents."""

from enum import StrEnum

from pydantic import Field

from tocsin.model.values import Instant, Value


class TextFrom(StrEnum):
    PAGE = "page"
    FEED = "feed"


class Capture(Value):
    """Where an article's page lies as it was served: a record in a WARC object."""

    key: str
    offset: int
    length: int


class Change(Value):
    """What an article's new version changed: the paragraphs of `version`, which it replaced, that
    are gone or reworded, those that came, and the former title where that changed."""

    version: int
    title: str | None = None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class Article(Value):
    """The stored document. `text` holds one paragraph or heading a line. `published_zone` is the
    offset from UTC that `published_at` was stated in, `origins` says of each fact where it is from,
    `extractor` by which rules text and facts were read."""

    id: str
    url: str
    title: str
    text: str
    publisher: str
    feed_id: str
    seen_at: Instant
    published_at: Instant | None = None
    published_zone: str | None = None
    updated_at: Instant | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None
    image: str | None = None
    paywalled: bool | None = None
    agency: str | None = None
    attribution: str | None = None
    origins: dict[str, str] = Field({})
    text_from: TextFrom = TextFrom.PAGE
    page_outcome: str = "ok"
    extractor: str = ""
    topics: tuple[str, ...] = ()
    story_id: str | None = None
    capture: Capture | None = None
    version: int = 1
    revised_at: Instant | None = None
    change: Change | None = None


class Known(Value):
    """What ingest asks of a stored article: `stated` names what its feed said of it when it was
    looked at last, `looks` how often that was since it was stored. With `forgotten_at` there is
    nothing of it any more, and nothing is to come back: of when it was is kept that it was seen
    between `first_day` and `last_day`."""

    article_id: str
    feed_id: str = ""
    stated: str = ""
    version: int = 1
    looks: int = 0
    seen_at: Instant | None = None
    revised_at: Instant | None = None
    forgotten_at: Instant | None = None
    first_day: str = ""
    last_day: str = ""
