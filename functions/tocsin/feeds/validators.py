"""Conditional requests: what to say so that a server may answer "unchanged", and when not to."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.feeds.rhythm import expected
from tocsin.model.entries import Entry
from tocsin.model.feeds import FeedState

# A server that has said nothing but "unchanged" for a day, although three entries were to be
# expected (that none came is true of one in twenty, e^-3), is asked for the document itself. One
# that was caught is so every three hours, for a month.
TRUSTED = timedelta(hours=24)
DOUBTFUL_ENTRIES = 3.0
TRUSTED_AFTER_LIE = timedelta(hours=3)
LIE_REMEMBERED = timedelta(days=30)
# Entries may come up somewhat after the date that they state.
LATENESS = timedelta(minutes=30)


def conditions(state: FeedState, now: datetime) -> dict[str, str]:
    """The server's own validators, to the letter: a server compares them as text."""
    stated = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    if is_doubtful(state, now):
        return {}
    return {name: value for name, value in stated.items() if value}


def is_doubtful(state: FeedState, now: datetime) -> bool:
    """Is "unchanged" not to be believed without a look?"""
    if state.whole_at is None or not (state.etag or state.last_modified):
        return False
    if state.lied_at and now - state.lied_at < LIE_REMEMBERED:
        return now - state.whole_at >= TRUSTED_AFTER_LIE
    if now - state.whole_at < TRUSTED:
        return False
    return expected(state.rhythm, state.whole_at, now) >= DOUBTFUL_ENTRIES


def was_a_lie(
    state: FeedState, etag: str | None, last_modified: str | None, new: Sequence[Entry]
) -> bool:
    """Does a document that was asked for without conditions show that "unchanged" was untrue?

    It does if it brings entries under the same validators, or some that came before the last poll.
    """
    if state.outcome != "unchanged" or not new or state.polled_at is None:
        return False
    if (etag, last_modified) == (state.etag, state.last_modified):
        return True
    before = state.polled_at - LATENESS
    return any(entry.published_at and entry.published_at < before for entry in new)


def hash_of(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
