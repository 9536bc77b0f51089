"""What the stages talk about. Values only: frozen, no I/O, no clock."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

# An id names rows, S3 keys, SNS topics and files: letters that are safe in all of them.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

# As articles state it: ISO 639, without a country.
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]

# Every instant is in UTC once it is ours, whatever zone it was stated in.
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
# No news is from outside these years: such a date was misread, or is a trap for arithmetic.
FIRST_YEAR, LAST_YEAR = 1990, 2200

DEFAULT_POLL_MINUTES = 15
MIN_POLL_MINUTES = 5  # below this a reader is a burden to the sites it reads
MAX_POLL_MINUTES = 24 * 60


def to_text(at: datetime) -> str:
    """An instant as stored and shown: UTC, whole seconds, sorts as text: 2026-11-22T09:08:28Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_instant(text: str) -> datetime:
    """The opposite of `to_text`."""
    return datetime.fromisoformat(text)


def stated_instant(text: str) -> datetime | None:
    """An ISO 8601 instant as strangers state it, None if it is none or of an absurd year. Without
    an offset it is taken as UTC: nobody says whose time it is."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


class Value(BaseModel):
    """A frozen model that takes no field it does not know."""

    # defer_build: a function pays for the models that it uses, when it first does.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Feed(Value):
    """A polled document, as the operator's file states it. Without `publisher` each article's page
    says whose it is."""

    id: Identifier
    url: str
    publisher: str | None = None
    language: str | None = None
    country: str | None = None
    poll_minutes: int = Field(DEFAULT_POLL_MINUTES, ge=MIN_POLL_MINUTES, le=MAX_POLL_MINUTES)


class DueFeed(Value):
    """A feed whose time has come, as the index of due feeds lists it."""

    id: str
    url: str
    due_at: Instant


class FeedState(Value):
    """What polling a feed has taught us. `seen` holds the keys of entries already sent on."""

    etag: str | None = None
    last_modified: str | None = None
    seen: frozenset[bytes] = frozenset()
    outcome: str = "new"
    detail: str = ""
    errors_in_a_row: int = 0
    polled_at: Instant | None = None
    filled_at: Instant | None = None  # the first poll that gave a document; before it, silence
    entries_total: int = 0
    disabled: bool = False


class FeedRow(Value):
    """A feed, its state, and when it is due (None: it is not polled any more)."""

    feed: Feed
    state: FeedState
    due_at: Instant | None


class Entry(Value):
    """One item of a feed, as the feed states it. `content_html` is untrusted and cut to size."""

    url: str
    guid: str = ""
    title: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: Instant | None = None


class TextFrom(StrEnum):
    PAGE = "page"
    FEED = "feed"


class Capture(Value):
    """Where an article's page lies as it was served: a record in a WARC object."""

    key: str
    offset: int
    length: int


class Article(Value):
    """The stored document. `text` holds one paragraph or heading a line."""

    id: str
    url: str
    title: str
    text: str
    publisher: str
    feed_id: str
    seen_at: Instant
    published_at: Instant | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    text_from: TextFrom = TextFrom.PAGE
    page_outcome: str = "ok"
    topics: tuple[str, ...] = ()
    capture: Capture | None = None


class Card(Value):
    """What a list shows of an article."""

    article_id: str
    url: str
    title: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None = None
    language: str | None = None
    lede: str = ""


class CardPage(Value):
    """Some cards, newest first, and where to go on (None: that was all)."""

    cards: tuple[Card, ...]
    cursor: str | None


class Topic(Value):
    """An interest: what to look for, and whom to tell (through its `sns_topic`).

    An article must have one of `any`, each of `all`, nothing of `none`, come from one of
    `publishers`, and satisfy `query` or the one of `queries` for its language. What is not given
    asks for nothing. Each of `aliases` is a group of spellings that mean the same. With `accents`
    words are meant as written, accents and all; without `inflection` in no other form.
    """

    id: Identifier
    name: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    query: str = ""
    queries: dict[LanguageCode, str] = {}
    aliases: tuple[tuple[str, ...], ...] = ()
    publishers: tuple[str, ...] = ()
    accents: bool = False
    inflection: bool = True


class TopicsInForce(Value):
    """The compiled topics that articles are matched against: a base, and what has changed since.

    `changed` are the topics that `delta` holds, `removed` those of the base that are no more; the
    base's own version of both is not matched. `analysis` is the version of text analysis that they
    were compiled for.
    """

    base: str
    analysis: int
    delta: str | None = None
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    topics: int = 0


class TopicRow(Value):
    """A topic in force and the ARN of the `sns_topic` that its subscribers listen to."""

    topic: Topic
    sns_topic_arn: str


class Span(Value):
    """Part of a text, by character offsets, as Python slices it."""

    start: int
    end: int


class Excerpt(Value):
    """A sentence that shows why a topic matched, and the words in it that did."""

    text: str
    marks: tuple[Span, ...] = ()


class MatchStatus(StrEnum):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    SILENT = "silent"
    FAILED = "failed"


class Match(Value):
    """An article satisfied a topic. It carries all that an alert shows, so that alerting reads
    nothing else."""

    article_id: str
    topic_id: str
    title: str
    url: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None = None
    language: str | None = None
    words: tuple[str, ...] = ()
    excerpt: Excerpt


class MatchRow(Value):
    """A match with the state of its alert. `reason` is why it failed."""

    match: Match
    status: MatchStatus
    attempts: int = 0
    alert_id: str | None = None
    sent_at: Instant | None = None
    reason: str | None = None


class Notification(Value):
    """What goes out for one topic: a body for each kind of screen."""

    alert_id: str
    topic_id: str
    subject: str
    email: str
    sms: str
    article_ids: tuple[str, ...]
