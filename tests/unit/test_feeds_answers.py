"""What an answer teaches about a feed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, SITE, a_feed_state, an_entry
from tocsin.errors import FeedError, FetchError, HttpStatus, TooSlow
from tocsin.feeds.answers import Answer, after_document, after_error, after_push, after_unchanged
from tocsin.feeds.parser import Document, FeedFacts
from tocsin.feeds.seen import remember
from tocsin.feeds.validators import conditions, hash_of, is_doubtful
from tocsin.model.entries import Entry
from tocsin.model.feeds import FeedState, Move

URL, ELSEWHERE = f"{SITE}/all.xml", "https://elsewhere.example/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR
PLAIN = Answer(etag='"e"', last_modified="Mon", body_hash=hash_of(b"1"), conditional=True)


def entries(*names: str, **changes: Any) -> tuple[Entry, ...]:
    return tuple(an_entry(f"{SITE}/news/{name}", **changes) for name in names)


def polled(
    state: FeedState, listed: tuple[Entry, ...], new: tuple[Entry, ...] = (), **facts: Any
) -> FeedState:
    document = Document(listed, facts=FeedFacts(**facts))
    return after_document(state, document, PLAIN, new, LATER)


# ── A document ───────────────────────────────────────────────────────────────────────────────────


def test_a_document_teaches_what_was_seen_and_ends_a_row_of_errors() -> None:
    before = a_feed_state(
        errors_in_a_row=3, errors_since=NOW, refused_since=NOW, detail="HTTP 500", entries_total=5
    )
    state = polled(before, entries("a", "b"), entries("a"))
    assert state.seen == remember(entries("a", "b"), ())
    assert (state.outcome, state.detail, state.errors_in_a_row) == ("ok", "", 0)
    assert (state.errors_since, state.refused_since) == (None, None)
    assert (state.polled_at, state.whole_at, state.filled_at) == (LATER, LATER, NOW)
    assert (state.entries_total, state.listed) == (6, 2)
    assert (state.etag, state.last_modified, state.body_hash) == ('"e"', "Mon", hash_of(b"1"))


def test_the_first_document_ends_the_silence() -> None:
    assert polled(a_feed_state(filled_at=None), ()).filled_at == LATER


def test_validators_that_a_server_no_longer_gives_are_forgotten() -> None:
    before = a_feed_state(etag='"e"', last_modified="Mon")
    state = after_document(before, Document(()), Answer(), (), LATER)
    assert (state.etag, state.last_modified) == (None, None)


def test_a_damaged_document_says_so_and_is_no_error() -> None:
    document = Document(entries("a"), damage="cut off")
    state = after_document(a_feed_state(), document, PLAIN, entries("a"), LATER)
    assert (state.outcome, state.detail, state.errors_in_a_row) == ("damaged", "cut off", 0)


def test_what_a_document_asks_for_is_kept_for_the_answers_without_one() -> None:
    facts = {"ttl_minutes": 60, "skip_hours": frozenset({3, 2}), "skip_days": frozenset({6})}
    state = polled(a_feed_state(), (), **facts)
    unchanged = after_unchanged(state, Answer(), LATER, whole=False)
    assert (unchanged.ttl_minutes, unchanged.skip_hours, unchanged.skip_days) == (60, (2, 3), (6,))


def test_when_entries_come_up_is_learned() -> None:
    before = a_feed_state(polled_at=NOW)
    state = polled(before, entries("a"), entries("a", published_at=NOW + HOUR / 4))
    assert state.newest_at == NOW + HOUR / 4
    assert sum(state.rhythm.daily) == 1
    assert polled(state, entries("a")).newest_at == state.newest_at


def test_the_mean_time_of_answers_follows_slowly() -> None:
    slow = replace(PLAIN, milliseconds=8_000)
    state = after_unchanged(a_feed_state(), slow, LATER, whole=False)
    assert state.response_ms == 8_000
    quick = after_unchanged(state, replace(PLAIN, milliseconds=400), LATER, whole=False)
    assert quick.response_ms == 6_100


def test_a_push_teaches_entries_and_nothing_of_how_the_feed_answers() -> None:
    before = a_feed_state(outcome="http_500", errors_in_a_row=2, etag='"e"', next_at=LATER)
    state = after_push(before, Document(entries("a")), entries("a"), LATER)
    assert state.entries_total == 1
    assert state.seen == remember(entries("a"), ())
    kept = ("outcome", "errors_in_a_row", "etag", "next_at", "polled_at", "whole_at")
    assert all(getattr(state, name) == getattr(before, name) for name in kept)


# ── Overruns ─────────────────────────────────────────────────────────────────────────────────────


def seen_before(**changes: Any) -> FeedState:
    seen = remember(entries("old"), ())
    return a_feed_state(seen=seen, whole_at=NOW, polled_at=NOW, **changes)


def test_a_feed_of_which_nothing_was_seen_before_has_overrun() -> None:
    state = polled(seen_before(), entries("a", "b"), entries("a", "b"))
    assert (state.overran_at, state.overrun_minutes) == (LATER, 60)


def test_after_errors_it_was_not_our_pace_that_was_too_slow() -> None:
    state = polled(seen_before(errors_in_a_row=1), entries("a"), entries("a"))
    assert state.overrun_minutes == 24 * 60


OVERLAPS: dict[str, tuple[FeedState, tuple[Entry, ...], tuple[Entry, ...]]] = {
    "one is known": (seen_before(), entries("a", "old"), entries("a")),
    "nothing is new": (seen_before(), entries("old"), ()),
    "the first document": (a_feed_state(filled_at=None), entries("a"), entries("a")),
    "it lists what is older than the last look, only renamed": (
        seen_before(),
        entries("a", published_at=NOW - DAY),
        entries("a", published_at=NOW - DAY),
    ),
}


@pytest.mark.parametrize(("before", "listed", "new"), OVERLAPS.values(), ids=OVERLAPS)
def test_a_feed_has_not_overrun_where(
    before: FeedState, listed: tuple[Entry, ...], new: tuple[Entry, ...]
) -> None:
    assert polled(before, listed, new).overran_at is None


# ── Unchanged ────────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_feed_keeps_what_it_taught() -> None:
    before = a_feed_state(etag='"e"', seen=(b"k" * 8,), errors_in_a_row=2, detail="x")
    state = after_unchanged(before, Answer(), LATER, whole=False)
    assert state == a_feed_state(etag='"e"', seen=(b"k" * 8,), outcome="unchanged", polled_at=LATER)


def test_the_same_document_again_is_unchanged_and_its_validators_are_the_new_ones() -> None:
    before = a_feed_state(etag='"e"', body_hash=b"h")
    state = after_unchanged(before, Answer(etag='"f"'), LATER, whole=True)
    assert (state.outcome, state.etag, state.whole_at) == ("unchanged", '"f"', LATER)


# ── "Unchanged" that is not true ─────────────────────────────────────────────────────────────────


def quiet_since(at: timedelta, **changes: Any) -> FeedState:
    """One of 24 entries a day, that has said "unchanged" for so long."""
    whole_at = NOW - at
    state = a_feed_state(
        etag='"e"', outcome="unchanged", filled_at=whole_at - 9 * DAY, polled_at=NOW - HOUR
    )
    times = tuple(an_entry(f"{SITE}/{n}", published_at=whole_at - HOUR * n) for n in range(24 * 8))
    first = state.model_copy(update={"filled_at": None, "polled_at": None})
    learned = after_document(first, Document(times), PLAIN, times, whole_at)
    return learned.model_copy(
        update={"outcome": "unchanged", "polled_at": NOW - HOUR, "whole_at": whole_at} | changes
    )


@pytest.mark.parametrize(
    ("state", "doubtful"),
    [
        (quiet_since(23 * HOUR), False),
        (quiet_since(24 * HOUR), True),
        (a_feed_state(etag='"e"', whole_at=NOW - DAY), True),  # nothing is known of it
        (quiet_since(2 * HOUR, lied_at=NOW - 2 * DAY), False),
        (quiet_since(3 * HOUR, lied_at=NOW - 2 * DAY), True),
        (quiet_since(3 * HOUR, lied_at=NOW - 31 * DAY), False),
        (quiet_since(9 * DAY, etag=None, last_modified=None), False),
    ],
)
def test_unchanged_is_doubted_after_a_day_of_it_where_entries_were_to_come(
    state: FeedState, doubtful: bool
) -> None:
    assert is_doubtful(state, NOW) is doubtful
    if state.etag:
        assert bool(conditions(state, NOW)) is not doubtful


@pytest.mark.parametrize(
    ("answer", "new", "lied"),
    [
        (Answer(etag='"e"'), entries("a"), True),  # under the same validators
        (Answer(etag='"f"'), entries("a", published_at=NOW - 5 * HOUR), True),
        (Answer(etag='"f"'), entries("a", published_at=NOW), False),
        (Answer(etag='"f"'), entries("a"), False),
        (Answer(etag='"e"'), (), False),
        (Answer(etag='"e"', conditional=True), entries("a"), False),
    ],
)
def test_a_lie_is_found_out_by_a_look(answer: Answer, new: tuple[Entry, ...], lied: bool) -> None:
    before = quiet_since(DAY, last_modified=None)
    state = after_document(before, Document(new), answer, new, NOW)
    assert (state.lied_at is not None) is lied


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────


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
    before = a_feed_state(etag='"e"', seen=(b"k" * 8,), errors_in_a_row=2, errors_since=NOW)
    state = after_error(before, error, LATER)
    assert (state.outcome, state.errors_in_a_row, state.polled_at) == (outcome, 3, LATER)
    assert state.detail.startswith(detail)
    assert (state.etag, state.errors_since, state.disabled) == ('"e"', NOW, False)


def test_a_gone_feed_is_never_asked_again() -> None:
    assert after_error(a_feed_state(), HttpStatus(URL, 410, 60), NOW).disabled


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_a_feed_that_answers_with_another_error_is_asked_again(status: int) -> None:
    assert not after_error(a_feed_state(), HttpStatus(URL, status, None), NOW).disabled


def errors(*steps: tuple[float, int]) -> FeedState:
    """The state after so many days each, and the status of then."""
    state, now = a_feed_state(), NOW
    for days, status in steps:
        now += timedelta(days=days)
        state = after_error(state, HttpStatus(URL, status, None), now)
    return state


@pytest.mark.parametrize("status", [401, 403, 404])
def test_who_is_refused_for_14_days_asks_no_more(status: int) -> None:
    assert not errors((0, status), (13.9, status)).disabled
    assert errors((0, status), (14, status)).disabled


@pytest.mark.parametrize("status", [500, 429])
def test_other_errors_are_borne_for_ever(status: int) -> None:
    assert not errors((0, status), (300, status)).disabled
    assert not errors((0, 404), (7, status), (10, 404)).disabled


# ── Moves ────────────────────────────────────────────────────────────────────────────────────────


def redirected(state: FeedState, after: timedelta, url: str | None = ELSEWHERE) -> FeedState:
    return after_unchanged(state, Answer(permanent_url=url), NOW + after, whole=False)


def test_a_permanent_redirect_is_believed_at_its_third_sighting_after_72_hours() -> None:
    state = redirected(redirected(a_feed_state(), timedelta()), HOUR)
    assert (state.moved_to, state.moving) == (None, Move(url=ELSEWHERE, since=NOW, sightings=2))
    assert redirected(state, 71 * HOUR).moved_to is None
    moved = redirected(state, 72 * HOUR)
    assert (moved.moved_to, moved.moving) == (ELSEWHERE, None)


def test_two_sightings_are_too_few_however_far_apart() -> None:
    assert redirected(redirected(a_feed_state(), timedelta()), 9 * DAY).moved_to is None


@pytest.mark.parametrize("between", [None, "https://third.example/feed"])
def test_a_redirect_that_changes_meanwhile_is_counted_anew(between: str | None) -> None:
    state = redirected(redirected(a_feed_state(), timedelta()), HOUR)
    state = redirected(redirected(state, 2 * HOUR, between), 73 * HOUR)
    assert state.moved_to is None
    assert state.moving is not None
    assert (state.moving.url, state.moving.sightings) == (ELSEWHERE, 1)


def test_an_address_that_comes_to_nothing_is_given_up_for_the_operators() -> None:
    before = a_feed_state(moved_to=ELSEWHERE, etag='"e"')
    state = after_error(before, HttpStatus(ELSEWHERE, 410, None), NOW)
    assert (state.moved_to, state.disabled, state.etag) == (None, False, None)
    assert after_error(state, HttpStatus(URL, 410, None), NOW).disabled
