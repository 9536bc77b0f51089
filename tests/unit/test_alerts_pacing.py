"""How fast a topic may speak."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tocsin.alerts.pacing import (
    MAX_ATTEMPTS,
    MAX_IN_WINDOW,
    MIN_GAP,
    WINDOW,
    backoff,
    next_free,
    with_one_more,
)


@given(st.lists(st.integers(0, 200_000), max_size=80))
def test_a_topic_speaks_once_a_second_and_ten_times_in_ten_minutes_whenever_it_wants_to(
    gaps: list[int],
) -> None:
    now, remembered, told = NOW, tuple[datetime, ...](), list[datetime]()
    for milliseconds in gaps:
        now += timedelta(milliseconds=milliseconds)
        free = next_free(remembered, now)
        assert free >= now
        remembered = with_one_more(remembered, free)
        told.append(free)
        now = free
    assert len(remembered) <= MAX_IN_WINDOW
    assert all(b - a >= MIN_GAP for a, b in pairwise(told))
    later = told[MAX_IN_WINDOW:]
    assert all(b - a >= WINDOW for a, b in zip(told, later, strict=False))


def test_a_topic_that_has_been_silent_speaks_at_once() -> None:
    assert next_free((), NOW) == NOW
    assert next_free((NOW - timedelta(minutes=11),) * MAX_IN_WINDOW, NOW) == NOW


def test_attempts_are_spread_and_the_last_is_hours_after_the_first() -> None:
    waits = [backoff(attempt, 1.0) for attempt in range(1, MAX_ATTEMPTS)]
    assert waits[:3] == [timedelta(minutes=each) for each in (1, 2, 4)]
    assert waits[-1] == timedelta(hours=1)
    assert sum(waits, timedelta()) > timedelta(hours=3)
    assert backoff(1, 0.0) == timedelta(seconds=30)
