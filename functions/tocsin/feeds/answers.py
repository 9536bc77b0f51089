"""What an answer teaches about a feed: its state after a poll or a push. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tocsin.errors import FeedError, FetchError, HttpStatus
from tocsin.feeds.parser import Document
from tocsin.feeds.rhythm import appeared, learn
from tocsin.feeds.seen import remember, unseen
from tocsin.feeds.validators import was_a_lie
from tocsin.feeds.websub import Offer
from tocsin.model.entries import Entry
from tocsin.model.feeds import FeedState, Move

GONE = 410
REFUSED = frozenset({401, 403, 404})
REFUSALS_BORNE = timedelta(days=14)
# One answer may be a slip of the site; parked domains and broken set-ups seldom last three days.
SIGHTINGS, SIGHTINGS_APART = 3, timedelta(hours=72)
A_DAY_OF_MINUTES = 24 * 60
MAX_DETAIL_CHARACTERS = 500


@dataclass(frozen=True)
class Answer:
    """What a request tells besides the document. `conditional`: it could have been "unchanged";
    `permanent_url`: where redirects led to, if all of them were permanent; `fresh_seconds`: None
    where the server does not say; `offer`: the hub that it names."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes = b""
    conditional: bool = False
    permanent_url: str | None = None
    fresh_seconds: int | None = None
    milliseconds: int = 0
    offer: Offer | None = None


def after_document(
    state: FeedState, document: Document, answer: Answer, new: Sequence[Entry], now: datetime
) -> FeedState:
    """`new` are the entries of the document that were not seen before."""
    facts = document.facts
    lied = not answer.conditional and was_a_lie(state, answer.etag, answer.last_modified, new)
    changes = {
        **_answered(state, answer, now),
        **_listed(state, document, new, now),
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "body_hash": answer.body_hash,
        "whole_at": now,
        "lied_at": now if lied else state.lied_at,
        "ttl_minutes": facts.ttl_minutes or 0,
        "skip_hours": tuple(sorted(facts.skip_hours)),
        "skip_days": tuple(sorted(facts.skip_days)),
        "fresh_seconds": answer.fresh_seconds or 0,
        "hub_url": answer.offer.hub_url if answer.offer else "",
        "hub_topic_url": answer.offer.topic_url if answer.offer else "",
        "outcome": "damaged" if document.damage else "ok",
        "detail": document.damage[:MAX_DETAIL_CHARACTERS],
    }
    return state.model_copy(update=changes)


def after_push(
    state: FeedState, document: Document, new: Sequence[Entry], now: datetime
) -> FeedState:
    """A hub's document says nothing of how the feed answers, and leaves its next poll as it is."""
    return state.model_copy(update=_listed(state, document, new, now))


def after_unchanged(state: FeedState, answer: Answer, now: datetime, whole: bool) -> FeedState:
    """`whole`: the server sent the document all the same, and it is the last one."""
    changes: dict[str, Any] = {"outcome": "unchanged", "detail": ""}
    if whole:
        changes |= {"whole_at": now, "etag": answer.etag, "last_modified": answer.last_modified}
    if answer.fresh_seconds is not None:
        changes["fresh_seconds"] = answer.fresh_seconds
    return state.model_copy(update=_answered(state, answer, now) | changes)


def after_error(state: FeedState, error: FetchError | FeedError, now: datetime) -> FeedState:
    """A feed that is gone (410), or has been refused for 14 days, is not asked again until the
    operator says so. One that had moved is first asked again where the operator's file says."""
    status = error.status if isinstance(error, HttpStatus) else None
    refused_since = (state.refused_since or now) if status in REFUSED else None
    over = status == GONE or (refused_since is not None and now - refused_since >= REFUSALS_BORNE)
    changes = {
        "outcome": error.outcome,
        "detail": error.reason[:MAX_DETAIL_CHARACTERS],
        "errors_in_a_row": state.errors_in_a_row + 1,
        "errors_since": state.errors_since or now,
        "refused_since": refused_since,
        "polled_at": now,
    }
    if over and state.moved_to:
        changes |= {"moved_to": None, "etag": None, "last_modified": None, "refused_since": None}
    elif over:
        changes["disabled"] = True
    return state.model_copy(update=changes)


def _answered(state: FeedState, answer: Answer, now: datetime) -> dict[str, Any]:
    before = state.response_ms or answer.milliseconds
    return {
        "polled_at": now,
        "errors_in_a_row": 0,
        "errors_since": None,
        "refused_since": None,
        "response_ms": (3 * before + answer.milliseconds) // 4,
        **_moved(state, answer.permanent_url, now),
    }


def _moved(state: FeedState, url: str | None, now: datetime) -> dict[str, Any]:
    """Permanent redirects are believed at the third sighting, 72 hours after the first."""
    if url is None:
        return {"moving": None}
    if state.moving is None or state.moving.url != url:
        return {"moving": Move(url=url, since=now, sightings=1)}
    move = state.moving.model_copy(update={"sightings": state.moving.sightings + 1})
    if move.sightings >= SIGHTINGS and now - move.since >= SIGHTINGS_APART:
        return {"moved_to": url, "moving": None}
    return {"moving": move}


def _listed(
    state: FeedState, document: Document, new: Sequence[Entry], now: datetime
) -> dict[str, Any]:
    times = appeared(new, state, now)
    changes: dict[str, Any] = {
        "seen": remember(document.entries, state.seen),
        "filled_at": state.filled_at or now,
        "listed": len(document.entries),
        "entries_total": state.entries_total + len(new),
        "rhythm": learn(state.rhythm, times, now),
        "newest_at": max([*times, *filter(None, [state.newest_at])], default=None),
    }
    if _overran(state, document, new):
        changes |= {"overran_at": now, "overrun_minutes": _minutes_unasked(state, now)}
    return changes


def _overran(state: FeedState, document: Document, new: Sequence[Entry]) -> bool:
    """Nothing that it lists was there at the last look: what came and went meanwhile was missed.
    Not so if it lists something older than that look: then its entries were only renamed."""
    look = state.whole_at
    if not new or not state.seen or look is None:
        return False
    if any(e.published_at and e.published_at < look for e in document.entries):
        return False
    return len(new) == len(unseen(document.entries, ()))


def _minutes_unasked(state: FeedState, now: datetime) -> int:
    """After errors it was not our pace that was too slow."""
    if state.errors_in_a_row or state.polled_at is None:
        return A_DAY_OF_MINUTES
    return int((now - state.polled_at).total_seconds() / 60)
