"""When a feed publishes: learned, and asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_feed_state, an_entry
from tocsin.feeds.rhythm import (
    DAYS,
    QUARTERS,
    appeared,
    daily_until,
    expected,
    forecast,
    learn,
    quarter_of,
)
from tocsin.model.feeds import FeedState, Rhythm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLLED = a_feed_state(polled_at=NOW - HOUR)


def every(step: timedelta, days: int, begin: datetime | None = None) -> list[datetime]:
    begin = begin or NOW - timedelta(days=days)
    return [begin + step * n for n in range(int(timedelta(days=days) / step))]


def learned(times: list[datetime], now: datetime = NOW) -> Rhythm:
    return learn(Rhythm(), times, now)


# ── When entries appeared ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stated", "taken"),
    [
        (NOW - timedelta(minutes=20), NOW - timedelta(minutes=20)),
        (NOW - timedelta(days=3), NOW - timedelta(minutes=30)),  # before the last poll
        (NOW + HOUR, NOW - timedelta(minutes=30)),  # not yet
        (None, NOW - timedelta(minutes=30)),
    ],
)
def test_a_date_counts_where_it_can_be_true_else_the_middle_between_two_polls(
    stated: datetime | None, taken: datetime
) -> None:
    assert appeared([an_entry(published_at=stated)], POLLED, NOW) == (taken,)


def test_at_the_first_poll_dates_are_all_there_is() -> None:
    old = NOW - timedelta(days=9)
    entries = [
        an_entry(published_at=old),
        an_entry(),
        an_entry(published_at=NOW + HOUR),
    ]
    assert appeared(entries, FeedState(), NOW) == (old,)


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────


def test_days_and_quarters_are_counted() -> None:
    rhythm = learned([NOW, NOW - HOUR, NOW - DAY])
    assert rhythm.daily[-2:] == (1, 2)
    assert rhythm.quarters[quarter_of(NOW)] == 2
    assert (rhythm.day, rhythm.since) == (NOW.toordinal(), NOW.toordinal() - 1)


def test_four_weeks_are_remembered() -> None:
    rhythm = learn(learned([NOW]), [NOW + DAYS * DAY], NOW + DAYS * DAY)
    assert sum(rhythm.daily) == 1


def test_quarters_fade_by_half_each_week() -> None:
    later = NOW + timedelta(days=21, hours=6)
    rhythm = learn(learned([NOW] * 16), [later], later)
    assert rhythm.quarters[quarter_of(NOW)] == 2


def test_without_entries_a_rhythm_stays_as_it_was() -> None:
    rhythm = learned(every(HOUR, 3))
    assert learn(rhythm, [], NOW + 9 * DAY) == rhythm
    assert daily_until(rhythm, NOW.toordinal() + 9)[-9:] == (0,) * 9


def test_a_feed_whose_entries_are_all_old_is_known_since_then() -> None:
    rhythm = learned([NOW - 90 * DAY])
    assert not any(rhythm.daily)
    assert forecast(rhythm, NOW).an_hour < 0.005


@given(
    st.lists(st.lists(st.integers(0, 100 * 24 * 60), max_size=30).map(sorted), max_size=6).map(
        lambda polls: sorted(filter(None, polls), key=lambda poll: poll[-1])
    )
)
def test_whatever_comes_counts_are_of_their_sizes(polls: list[list[int]]) -> None:
    rhythm = Rhythm()
    for minutes in polls:
        times = [NOW + timedelta(minutes=each) for each in minutes]
        rhythm = learn(rhythm, times, times[-1])
        assert len(rhythm.daily) == DAYS
        assert len(rhythm.quarters) == QUARTERS
        assert min(rhythm.daily) >= 0
        assert rhythm.since <= rhythm.day


# ── What is expected ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("an_hour", [0.25, 1, 4])
def test_a_steady_feed_is_expected_to_go_on(an_hour: float) -> None:
    rhythm = learned(every(HOUR / an_hour, 14))
    assert forecast(rhythm, NOW).an_hour == pytest.approx(an_hour, rel=0.1)


def test_a_feed_that_nothing_is_known_of_is_expected_to_publish_every_eight_hours() -> None:
    assert forecast(Rhythm(), NOW).an_hour == 1 / 8


def test_most_is_expected_when_most_came() -> None:
    at_six = [NOW.replace(hour=6, minute=3) - n * DAY for n in range(1, 15) for _ in range(5)]
    usual = forecast(learned(at_six), NOW)
    then, soon_after, at_nine = (
        usual.at(NOW.replace(hour=hour, minute=minute))
        for hour, minute in ((6, 5), (6, 20), (9, 0))
    )
    assert then > 5 * soon_after > at_nine


def test_days_off_are_expected_to_stay_so() -> None:
    monday = datetime(2031, 3, 3, tzinfo=UTC)
    weekdays = [
        monday - timedelta(days=28 - n) + 9 * HOUR for n in range(28) if n % 7 < 5 for _ in range(6)
    ]
    usual = forecast(learned(weekdays, monday), monday)
    assert usual.of_day[0] > 3 * usual.of_day[6]


def test_shares_of_a_day_and_a_week_even_out() -> None:
    usual = forecast(learned(every(timedelta(minutes=37), 20)), NOW)
    assert sum(usual.of_quarter) == pytest.approx(QUARTERS)
    assert sum(usual.of_day) == pytest.approx(7, rel=0.05)


@pytest.mark.parametrize(("days", "entries"), [(1, 24), (2, 48), (0.5, 12)])
def test_what_is_missing_is_what_would_have_come(days: float, entries: float) -> None:
    rhythm = learned(every(HOUR, 20))
    assert expected(rhythm, NOW, NOW + days * DAY) == pytest.approx(entries, rel=0.2)


def test_a_feed_that_never_brought_anything_is_given_less_and_less() -> None:
    rhythm = Rhythm(since=NOW.toordinal())
    at_first, later = (expected(rhythm, NOW + n * DAY, NOW + (n + 1) * DAY) for n in (0, 9))
    assert at_first > 1 > later
