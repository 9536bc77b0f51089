"""How busy a topic is, and when that is out of the ordinary."""

import math
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tocsin.model.stories import HourCount
from tocsin.stories.volume import (
    QUIET_HOURS,
    WARM_UP_HOURS,
    WEEK,
    Change,
    alarms,
    hourly,
    lower_tail,
    upper_tail,
)

MONDAY = datetime(2031, 3, 3, tzinfo=UTC)
RATES = (0.2, 1.0, 4.0, 20.0)  # stories an hour
DISPERSIONS = (1.0, 1.5, 2.0, 3.0)


def poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def usual_of(number: int, rate: float) -> float:
    """With a day, whose nights are five times as quiet, and a weekend."""
    at = MONDAY + timedelta(hours=number)
    day = 1 + 0.8 * math.sin((at.hour - 8) / 24 * 2 * math.pi)
    return rate * day * (0.5 if at.weekday() >= 5 else 1.2)


def simulated(rng: random.Random, rate: float, dispersion: float, weeks: int) -> list[int]:
    """Hours of a topic on which nothing out of the ordinary happened."""
    counts = []
    for number in range(weeks * WEEK):
        mean = usual_of(number, rate)
        if dispersion > 1:
            mean = rng.gammavariate(mean / (dispersion - 1), dispersion - 1)
        counts.append(poisson(rng, mean))
    return counts


def test_where_nothing_happens_there_is_half_an_alarm_a_topic_and_week() -> None:
    rng, weeks = random.Random(10), 8
    kinds = [(rate, dispersion) for rate in RATES for dispersion in DISPERSIONS]
    raised = sum(len(alarms(simulated(rng, *kind, weeks), MONDAY)) for kind in kinds)
    topic_weeks = len(kinds) * (weeks - WARM_UP_HOURS // WEEK)
    assert 0.35 <= raised / topic_weeks <= 0.6


@pytest.mark.parametrize(("rate", "times"), [(1.0, 6), (4.0, 3), (20.0, 2)])
def test_a_surge_of_half_a_day_is_found_in_its_hours(rate: float, times: int) -> None:
    rng, begin = random.Random(11), 4 * WEEK + 8
    found = 0
    for _ in range(5):
        counts = simulated(rng, rate, 1.5, 5)
        for number in range(begin, begin + 12):
            counts[number] += poisson(rng, (times - 1) * max(1, usual_of(number, rate)))
        during = MONDAY + timedelta(hours=begin), MONDAY + timedelta(hours=begin + 12)
        raised = [each for each in alarms(counts, MONDAY) if each.change is Change.SURGE]
        found += any(during[0] < each.until <= during[1] for each in raised)
    assert found >= 4


def test_silence_of_a_busy_topic_is_found() -> None:
    counts = simulated(random.Random(13), 20.0, 1.5, 5)
    begin = 4 * WEEK + 8
    counts[begin : begin + 12] = [0] * 12
    silent = [each for each in alarms(counts, MONDAY) if each.change is Change.SILENCE]
    assert any(0 < (each.until - MONDAY) / timedelta(hours=1) - begin <= 3 for each in silent)


def test_a_topic_that_is_seldom_in_the_news_is_never_silent() -> None:
    counts = simulated(random.Random(17), 0.05, 1.0, 6)
    assert all(each.change is Change.SURGE for each in alarms(counts, MONDAY))


def test_nothing_stands_out_before_three_weeks_have_shown_what_is_usual() -> None:
    counts = [0] * (WARM_UP_HOURS - 1)
    counts[-1] = 1_000
    assert alarms(counts, MONDAY) == []


def test_an_alarm_keeps_quiet_for_half_a_day() -> None:
    counts = simulated(random.Random(19), 4.0, 1.5, 5)
    counts[-36:] = [count + 40 for count in counts[-36:]]
    raised = alarms(counts, MONDAY)
    assert all(b.until - a.until >= timedelta(hours=QUIET_HOURS) for a, b in pairwise(raised))
    assert len(raised) >= 2


def test_a_surge_does_not_raise_what_the_next_is_measured_by() -> None:
    """For a day after one, expectations are those of before."""
    counts = simulated(random.Random(23), 4.0, 1.0, 6)
    begin = 5 * WEEK
    counts[begin : begin + 12] = [60] * 12
    counts[begin + 48 : begin + 54] = [30] * 6
    raised = [each.until - MONDAY for each in alarms(counts, MONDAY)]
    assert any(0 < each / timedelta(hours=1) - begin - 48 <= 6 for each in raised)


@pytest.mark.parametrize("dispersion", [1.02, 1.5, 3.0, 20.0])
@pytest.mark.parametrize("mean", [0.001, 0.4, 7.0, 90.0, 5_000.0])
def test_tails_are_those_of_the_distribution(mean: float, dispersion: float) -> None:
    """Both together make one, and they grow towards the mean."""
    middle = int(mean)
    whole = upper_tail(middle + 1, mean, dispersion) + lower_tail(middle, mean, dispersion)
    assert whole == pytest.approx(1.0, abs=1e-6)
    far = int(mean + 6 * math.sqrt(mean * dispersion)) + 3
    assert 0 < upper_tail(far, mean, dispersion) < upper_tail(far - 1, mean, dispersion) < 0.1
    if middle > 2 * math.sqrt(mean * dispersion) + 1:
        near = int(mean - 2 * math.sqrt(mean * dispersion))
        assert lower_tail(near - 1, mean, dispersion) < lower_tail(near, mean, dispersion) < 0.1


def test_hours_without_a_count_are_zero() -> None:
    counts = [HourCount(at=MONDAY + timedelta(hours=2), stories=5, outlets=9)]
    assert hourly(counts, MONDAY, MONDAY + timedelta(hours=4)) == [0, 0, 5, 0]
