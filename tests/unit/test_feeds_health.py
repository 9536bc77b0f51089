"""What a poll's outcome means for a feed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_feed, a_feed_state, an_entry
from tocsin.errors import FeedError, FetchError, HttpStatus, TooSlow
from tocsin.feeds.health import (
    JITTER,
    MAX_WAIT,
    Answer,
    after_document,
    after_error,
    after_unchanged,
    next_poll_at,
)
from tocsin.feeds.parser import Document
from tocsin.feeds.seen import entry_key
from tocsin.model import MAX_POLL_MINUTES, MIN_POLL_MINUTES

URL = "https://harbour-post.example/all.xml"
LATER = NOW + timedelta(hours=1)
MIDDLE = 0.5  # of the jitter: neither earlier nor later


def minutes_until(**changes: object) -> float:
    feed = a_feed(poll_minutes=changes.pop("poll_minutes", 15))
    retry_after = changes.pop("retry_after", None)
    due = next_poll_at(feed, a_feed_state(**changes), NOW, MIDDLE, retry_after)  # type: ignore[arg-type]
    assert due is not None
    return (due - NOW).total_seconds() / 60


# ── The state after a poll ───────────────────────────────────────────────────────────────────────


def test_a_document_teaches_what_was_seen_and_ends_a_row_of_errors() -> None:
    before = a_feed_state(errors_in_a_row=3, detail="HTTP 500", entries_total=5, filled_at=NOW)
    state = after_document(before, Document((an_entry(),)), Answer('"e"', "Mon"), 1, LATER)
    assert state == a_feed_state(
        etag='"e"',
        last_modified="Mon",
        seen=frozenset({entry_key(an_entry())}),
        outcome="ok",
        polled_at=LATER,
        filled_at=NOW,
        entries_total=6,
    )


def test_the_first_document_ends_the_silence() -> None:
    state = after_document(a_feed_state(filled_at=None), Document(()), Answer(None, None), 0, LATER)
    assert state.filled_at == LATER


def test_validators_that_a_server_no_longer_gives_are_forgotten() -> None:
    before = a_feed_state(etag='"e"', last_modified="Mon")
    state = after_document(before, Document(()), Answer(None, None), 0, LATER)
    assert (state.etag, state.last_modified) == (None, None)


def test_a_damaged_document_says_so_and_is_no_error() -> None:
    document = Document((an_entry(),), damage="cut off")
    state = after_document(a_feed_state(), document, Answer(None, None), 1, LATER)
    assert (state.outcome, state.detail, state.errors_in_a_row) == ("damaged", "cut off", 0)


def test_an_unchanged_feed_keeps_what_it_taught() -> None:
    before = a_feed_state(etag='"e"', seen=frozenset({b"k"}), errors_in_a_row=2, detail="x")
    state = after_unchanged(before, LATER)
    assert state == a_feed_state(
        etag='"e"', seen=frozenset({b"k"}), outcome="unchanged", polled_at=LATER
    )


@pytest.mark.parametrize(
    ("error", "outcome", "detail"),
    [
        (HttpStatus(URL, 503, None), "http_503", "HTTP 503"),
        (TooSlow(URL, "not done in 20 s"), "too_slow", "not done in 20 s"),
        (FeedError(URL, "not_a_feed", "an HTML page, not a feed"), "not_a_feed", "an HTML page,"),
    ],
)
def test_an_error_is_counted_and_named(
    error: FetchError | FeedError, outcome: str, detail: str
) -> None:
    before = a_feed_state(etag='"e"', seen=frozenset({b"k"}), errors_in_a_row=2)
    state = after_error(before, error, LATER)
    assert (state.outcome, state.errors_in_a_row, state.polled_at) == (outcome, 3, LATER)
    assert state.detail.startswith(detail)
    assert (state.etag, state.seen, state.disabled) == ('"e"', frozenset({b"k"}), False)


def test_a_gone_feed_is_never_asked_again() -> None:
    state = after_error(a_feed_state(), HttpStatus(URL, 410, 60), NOW)
    assert state.disabled
    assert next_poll_at(a_feed(), state, NOW, MIDDLE, 60) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_a_feed_that_answers_with_another_error_is_asked_again(status: int) -> None:
    assert not after_error(a_feed_state(), HttpStatus(URL, status, None), NOW).disabled


# ── When to ask again ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("errors", "minutes"), [(0, 15), (1, 30), (2, 60), (3, 120), (6, 960), (7, 1440), (10**6, 1440)]
)
def test_the_interval_doubles_with_each_error_up_to_a_day(errors: int, minutes: int) -> None:
    assert minutes_until(errors_in_a_row=errors) == minutes


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(None, 15), (0, 15), (60, 15), (3600, 60), (10**8, MAX_WAIT.total_seconds() / 60)],
)
def test_a_server_that_names_a_time_is_not_asked_before_it_nor_after_a_day(
    seconds: int | None, minutes: int
) -> None:
    assert minutes_until(retry_after=seconds) == minutes


def test_a_named_time_does_not_shorten_the_wait_after_errors() -> None:
    assert minutes_until(errors_in_a_row=3, retry_after=60) == 120


@given(
    st.integers(MIN_POLL_MINUTES, MAX_POLL_MINUTES),
    st.integers(0, 10_000),
    st.floats(0, 1),
    st.none() | st.integers(0, 10**8),
)
def test_the_next_poll_is_within_the_jitter_and_within_a_day(
    minutes: int, errors: int, jitter: float, retry_after: int | None
) -> None:
    feed, state = a_feed(poll_minutes=minutes), a_feed_state(errors_in_a_row=errors)
    due = next_poll_at(feed, state, NOW, jitter, retry_after)
    assert due is not None
    wait = due - NOW
    assert timedelta(minutes=minutes) * (1 - JITTER) <= wait <= MAX_WAIT
    if retry_after is None:
        assert wait <= timedelta(minutes=minutes) * 2.0 ** min(errors, 10) * (1 + JITTER)
    else:
        assert wait >= min(timedelta(seconds=retry_after), MAX_WAIT)


@pytest.mark.parametrize(("jitter", "minutes"), [(0.0, 13.5), (0.5, 15.0), (1.0, 16.5)])
def test_the_jitter_is_a_tenth_of_the_interval_either_way(jitter: float, minutes: float) -> None:
    due = next_poll_at(a_feed(poll_minutes=15), a_feed_state(), NOW, jitter)
    assert due == NOW + timedelta(minutes=minutes)
