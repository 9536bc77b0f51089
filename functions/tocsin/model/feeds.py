"""Polled documents: as the operator states them, and what polling has taught us."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from tocsin.model.entries import SEEN_KEY_BYTES
from tocsin.model.values import Identifier, Instant, Value

# Keys of a feed's entries, newest first. Stored end to end: a set would forget their order.
SeenKeys = Annotated[
    tuple[bytes, ...],
    BeforeValidator(lambda stored: _keys_in(stored) if isinstance(stored, bytes) else stored),
    PlainSerializer(lambda keys, info: list(keys) if info.mode_is_json() else b"".join(keys)),
]


def _keys_in(stored: bytes) -> tuple[bytes, ...]:
    return tuple(stored[at : at + SEEN_KEY_BYTES] for at in range(0, len(stored), SEEN_KEY_BYTES))


MIN_POLL_MINUTES = 5  # what a file may say; no feed is asked more often than every 15 minutes
MAX_POLL_MINUTES = 24 * 60


class Feed(Value):
    """A polled document, as the operator's file states it. Without `publisher` each article's page
    says whose it is; without `poll_minutes` it is asked at its own rhythm."""

    id: Identifier
    url: str
    publisher: str | None = None
    language: str | None = None
    country: str | None = None
    poll_minutes: int | None = Field(None, ge=MIN_POLL_MINUTES, le=MAX_POLL_MINUTES)


class DueFeed(Value):
    """A feed whose time has come, as the index of due feeds lists it."""

    id: str
    url: str
    due_at: Instant


class HealthState(StrEnum):
    OK = "ok"
    SLOW = "slow"  # it answers, and takes long to
    FAILING = "failing"
    BLOCKED = "blocked"  # the site refuses us, from where we ask
    GONE = "gone"
    SILENT = "silent"  # it answers, and brings nothing although it should have


class Rhythm(Value):
    """When a feed's entries appeared. Days are ordinals (UTC): `daily` counts the 28 days up to
    `day`, newest last, `quarters` the quarter-hours of the day (a byte each, at most 255), halved
    every week. `since` is the first day that is known of."""

    since: int = 0
    day: int = 0
    daily: tuple[int, ...] = ()
    quarters: bytes = b""


class Move(Value):
    """Where a feed's permanent redirects lead to, since when, and how often they were met."""

    url: str
    since: Instant
    sightings: int


class FeedState(Value):
    """What polling a feed has taught us. `seen` holds the keys of entries already sent on."""

    # What to say when it is asked again, word for word.
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes = b""  # of the last document, for servers without validators
    whole_at: Instant | None = None  # the last answer that was a document, not "unchanged"
    lied_at: Instant | None = None  # when an "unchanged" was last found to be untrue

    # Where it is asked, if not where the operator's file says: its redirects were permanent.
    moved_to: str | None = None
    moving: Move | None = None

    # What it listed.
    seen: SeenKeys = ()
    filled_at: Instant | None = None  # the first poll that gave a document; before it, silence
    newest_at: Instant | None = None  # when its last new entry appeared
    listed: int = 0  # entries in its last document
    entries_total: int = 0
    rhythm: Rhythm = Field(default_factory=Rhythm)
    overran_at: Instant | None = None  # when nothing that it listed had been seen before
    overrun_minutes: int = 0  # how long it had not been asked then

    # The hub that it names, and the name by which the hub knows it.
    hub_url: str = ""
    hub_topic_url: str = ""

    # What it asks for.
    ttl_minutes: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    fresh_seconds: int = 0

    # How it answers.
    outcome: str = "new"
    detail: str = ""
    polled_at: Instant | None = None
    next_at: Instant | None = None  # not to be asked before, unless the operator wants to
    response_ms: int = 0  # a running mean
    errors_in_a_row: int = 0
    errors_since: Instant | None = None
    refused_since: Instant | None = None  # 401, 403 and 404 only
    disabled: bool = False  # not asked again until the operator says so

    # What is made of that, and what of it the operator was told.
    health: HealthState = HealthState.OK
    health_since: Instant | None = None
    told_health: HealthState = HealthState.OK
    told_overrun_at: Instant | None = None
    told_moved_to: str | None = None


class FeedRow(Value):
    """A feed, its state, and when it is due (None: it is not polled any more)."""

    feed: Feed
    state: FeedState
    due_at: Instant | None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return self.state.moved_to or self.feed.url
