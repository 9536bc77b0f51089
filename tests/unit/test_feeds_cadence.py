"""When to ask a feed again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_feed, a_feed_state
from tocsin.feeds.cadence import (
    JITTER,
    MAX_WAIT,
    MIN_WAIT,
    fresh_seconds,
    next_poll_at,
    rhythm_wait,
)
from tocsin.feeds.rhythm import learn
from tocsin.model.feeds import MAX_POLL_MINUTES, MIN_POLL_MINUTES, FeedState, Rhythm

MIDDLE = 0.5  # of the jitter: neither earlier nor later
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def minutes_until(
    poll_minutes: int | None = 15, retry_after: int | None = None, **changes: object
) -> float:
    feed = a_feed(poll_minutes=poll_minutes)
    due = next_poll_at(feed, a_feed_state(**changes), NOW, MIDDLE, retry_after)
    assert due is not None
    return (due - NOW).total_seconds() / 60


def a_rhythm(step: timedelta, days: int = 28) -> Rhythm:
    """One entry a step, at no particular time of it."""
    count = int(timedelta(days=days) / step)
    return learn(Rhythm(), [NOW - step * (n + 0.618 * n % 1) for n in range(count)], NOW)


# ── The feed's own rhythm ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("step", "least", "most"),
    [
        (timedelta(minutes=5), 0, 15),
        (timedelta(minutes=20), 0, 16),
        (3 * HOUR, 30, 60),
        (DAY, 75, 180),
        (7 * DAY, 180, 600),
    ],
)
def test_who_publishes_more_is_asked_more_often(step: timedelta, least: float, most: float) -> None:
    wait = rhythm_wait(a_feed_state(rhythm=a_rhythm(step)), NOW) / timedelta(minutes=1)
    assert least <= wait <= most


def test_a_feed_that_nothing_is_known_of_is_asked_within_the_hour_or_two() -> None:
    assert HOUR < rhythm_wait(FeedState(), NOW) < 2 * HOUR


def test_a_feed_is_asked_when_its_batch_comes() -> None:
    """Twenty entries at six, every day: at midnight the next poll is for then."""
    midnight = datetime(2031, 3, 5, tzinfo=UTC)
    times = [midnight - n * DAY + 6 * HOUR for n in range(1, 15) for _ in range(20)]
    state = a_feed_state(rhythm=learn(Rhythm(), times, midnight))
    now, polls = midnight, []
    while now < midnight + 12 * HOUR:
        now += max(MIN_WAIT, rhythm_wait(state, now))
        polls.append((now - midnight) / HOUR)
    assert any(6 <= at < 6.25 for at in polls)
    assert len(polls) < 12


def test_news_comes_in_bursts() -> None:
    rhythm = a_rhythm(6 * HOUR)
    fresh = rhythm_wait(a_feed_state(rhythm=rhythm, newest_at=NOW), NOW)
    stale = rhythm_wait(a_feed_state(rhythm=rhythm, newest_at=NOW - 5 * HOUR), NOW)
    assert fresh < stale / 2


def test_a_feed_is_asked_before_half_of_what_it_lists_is_replaced() -> None:
    rhythm = a_rhythm(HOUR)
    assert rhythm_wait(a_feed_state(rhythm=rhythm, listed=1), NOW) <= HOUR / 2 + MIN_WAIT
    assert minutes_until(None, rhythm=rhythm, listed=1) >= 15


def test_a_feed_that_overran_is_asked_twice_as_often_for_a_week() -> None:
    overrun = {"rhythm": a_rhythm(DAY), "overrun_minutes": 60}
    assert minutes_until(None, overran_at=NOW - 6 * DAY, **overrun) == 30
    assert minutes_until(None, overran_at=NOW - 7 * DAY, **overrun) > 60
    assert minutes_until(240, overran_at=NOW - DAY, **overrun) == 240


def test_the_operators_interval_goes_before_the_rhythm() -> None:
    assert minutes_until(120, rhythm=a_rhythm(timedelta(minutes=5))) == 120


@pytest.mark.parametrize("minutes", range(MIN_POLL_MINUTES, 15))
def test_no_interval_makes_us_ask_more_often_than_every_15_minutes(minutes: int) -> None:
    assert minutes_until(minutes) == 15


# ── After errors ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("errors", "minutes"), [(0, 15), (1, 30), (2, 60), (3, 120), (6, 960), (7, 1440), (10**6, 1440)]
)
def test_the_wait_doubles_with_each_error_up_to_a_day(errors: int, minutes: int) -> None:
    assert minutes_until(errors_in_a_row=errors) == minutes


def test_a_slow_rhythm_is_not_made_quicker_by_errors() -> None:
    assert minutes_until(300, errors_in_a_row=1) == 300


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


def test_a_disabled_feed_is_never_asked() -> None:
    assert next_poll_at(a_feed(), a_feed_state(disabled=True), NOW, MIDDLE, 60) is None


# ── What the site asks for ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ({"ttl_minutes": 60}, 60),
        ({"ttl_minutes": 5}, 15),
        ({"ttl_minutes": 10**6}, 1440),
        ({"fresh_seconds": 1800}, 30),
        ({"fresh_seconds": 1800, "ttl_minutes": 60}, 60),
        ({"fresh_seconds": 10**8}, 1440),
    ],
)
def test_ttl_and_max_age_are_waited_for_up_to_a_day(asked: dict[str, int], minutes: float) -> None:
    assert minutes_until(**asked) == minutes


def test_hours_and_days_to_be_skipped_are_left_out() -> None:
    """NOW is a Wednesday, 14:30."""
    assert minutes_until(skip_hours=(14, 15)) == 90
    assert minutes_until(skip_hours=tuple(range(15)), poll_minutes=15) == 30
    assert minutes_until(skip_days=(2,)) == 9.5 * 60


def test_who_asks_never_to_be_asked_is_asked_all_the_same() -> None:
    assert minutes_until(skip_hours=tuple(range(24))) == 15
    assert minutes_until(skip_days=(2, 3, 4)) == 1440


HEADERS = {
    # Cache-Control, more headers, the seconds
    "max-age": ("max-age=300", {}, 300),
    "among others": ("public, s-maxage=9, Max-Age=60, must-revalidate", {}, 60),
    "quoted": ('max-age="60"', {}, 60),
    "partly over": ("max-age=300", {"age": "100"}, 200),
    "over": ("max-age=300", {"age": "400"}, 0),
    "an age that is none": ("max-age=300", {"age": "old"}, 300),
    "s-maxage is not ours": ("s-maxage=300", {}, None),
    "not to be kept": ("no-cache", {"expires": "Thu, 06 Mar 2031 14:30:00 GMT"}, 0),
    "without end": ("max-age=999999999999", {}, 999_999_999),
    "nothing": ("", {}, None),
    "expires": ("", {"expires": "Wed, 05 Mar 2031 14:40:00 GMT"}, 600),
    "by the server's own clock": (
        "",
        {"expires": "Wed, 05 Mar 2031 10:10:00 GMT", "date": "Wed, 05 Mar 2031 10:00:00 GMT"},
        600,
    ),
    "expired": ("", {"expires": "Wed, 05 Mar 2031 14:00:00 GMT"}, 0),
    "no date": ("", {"expires": "0"}, None),
    "no date either": ("", {"expires": "-1"}, None),
    "max-age goes first": ("max-age=60", {"expires": "Wed, 05 Mar 2031 15:30:00 GMT"}, 60),
}


@pytest.mark.parametrize(("control", "more", "seconds"), HEADERS.values(), ids=HEADERS)
def test_what_headers_say_of_freshness(
    control: str, more: dict[str, str], seconds: int | None
) -> None:
    assert fresh_seconds({"cache-control": control} | more, NOW) == seconds


@given(st.text(), st.text(), st.text(), st.text())
def test_no_header_breaks_it(control: str, age: str, expires: str, date: str) -> None:
    headers = {"cache-control": control, "age": age, "expires": expires, "date": date}
    found = fresh_seconds(headers, NOW)
    assert found is None or found >= 0


# ── All together ─────────────────────────────────────────────────────────────────────────────────


@given(
    st.none() | st.integers(MIN_POLL_MINUTES, MAX_POLL_MINUTES),
    st.integers(0, 10_000),
    st.floats(0, 1),
    st.none() | st.integers(0, 10**8),
    st.integers(0, 10**8),
    st.lists(st.integers(-3, 30)),
    st.integers(0, 999_999),
)
def test_the_next_poll_is_15_minutes_to_a_day_away_and_not_before_it_is_asked_for(
    minutes: int | None,
    errors: int,
    jitter: float,
    retry_after: int | None,
    fresh: int,
    skipped: list[int],
    microsecond: int,
) -> None:
    feed = a_feed(poll_minutes=minutes)
    state = a_feed_state(errors_in_a_row=errors, fresh_seconds=fresh, skip_hours=tuple(skipped))
    now = NOW.replace(microsecond=microsecond)
    due = next_poll_at(feed, state, now, jitter, retry_after)
    assert due is not None
    assert due.microsecond == 0
    asked = max(retry_after or 0, fresh)
    least = max(MIN_WAIT, timedelta(seconds=min(asked, 86_400)))
    assert least <= due - now < MAX_WAIT + timedelta(seconds=1)


@pytest.mark.parametrize(("jitter", "minutes"), [(0.0, 54), (0.5, 60), (1.0, 66)])
def test_the_jitter_is_a_tenth_of_the_interval_either_way(jitter: float, minutes: float) -> None:
    due = next_poll_at(a_feed(poll_minutes=60), a_feed_state(), NOW, jitter)
    assert due == NOW + timedelta(minutes=minutes)
    assert JITTER == 0.1
