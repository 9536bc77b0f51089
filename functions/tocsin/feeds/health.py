"""What a poll's outcome means for a feed: its state from now on and when to ask again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.errors import FeedError, FetchError, HttpStatus
from tocsin.feeds.parser import Document
from tocsin.feeds.seen import remember
from tocsin.model import Feed, FeedState

MAX_WAIT = timedelta(hours=24)
JITTER = 0.1  # of the interval, so that feeds added together drift apart
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What a successful request tells besides the document."""

    etag: str | None
    last_modified: str | None


def after_document(
    state: FeedState, document: Document, answer: Answer, new: int, now: datetime
) -> FeedState:
    return state.model_copy(
        update={
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "seen": remember(document.entries, state.seen),
            "outcome": "damaged" if document.damage else "ok",
            "detail": document.damage,
            "errors_in_a_row": 0,
            "polled_at": now,
            "filled_at": state.filled_at or now,
            "entries_total": state.entries_total + new,
        }
    )


def after_unchanged(state: FeedState, now: datetime) -> FeedState:
    return state.model_copy(
        update={"outcome": "unchanged", "detail": "", "errors_in_a_row": 0, "polled_at": now}
    )


def after_error(state: FeedState, error: FetchError | FeedError, now: datetime) -> FeedState:
    """A feed that is gone (410) is not asked again until the operator says so."""
    return state.model_copy(
        update={
            "outcome": error.outcome,
            "detail": error.reason,
            "errors_in_a_row": state.errors_in_a_row + 1,
            "polled_at": now,
            "disabled": isinstance(error, HttpStatus) and error.status == GONE,
        }
    )


def next_poll_at(
    feed: Feed,
    state: FeedState,
    now: datetime,
    jitter: float,
    retry_after_seconds: int | None = None,
) -> datetime | None:
    """When to ask again, None for never. `jitter` is a random number from 0 to 1.

    The interval doubles with each error in a row, up to a day; a server that names a time is not
    asked before it.
    """
    if state.disabled:
        return None
    wait = timedelta(minutes=feed.poll_minutes) * float(2 ** min(state.errors_in_a_row, 10))
    wait *= 1 + JITTER * (2 * jitter - 1)
    asked = timedelta(seconds=min(retry_after_seconds or 0, MAX_WAIT.total_seconds()))
    return now + max(min(wait, MAX_WAIT), asked)
