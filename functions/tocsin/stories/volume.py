"""How busy a topic is, and when that is out of the ordinary.

What is counted is stories or outlets an hour, never articles: else syndication itself is a surge.
An hour's expectation is a level times what is usual at that hour of the week. The level is an
exponentially weighted mean of the past; hours that stand out count no more than they would just not
have stood out, and the last six hours not yet, so that a surge does not raise what it is measured
by (Farrington et al., 1996; Noufaily et al., 2013). A surge or a silence is then a window of the
last 1, 3, 6 or 12 hours (a scan, after Kulldorff) whose sum has a small tail probability under a
negative binomial distribution of that mean and the dispersion seen so far.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model.stories import HourCount

WEEK = 168  # hours
WINDOWS = (1, 3, 6, 12)  # hours
LONGEST = WINDOWS[-1]
# After an alarm: the same event would raise another one each hour.
QUIET_HOURS = 12
GUARD_HOURS = 6
HALF_LIFE_HOURS = 72
# How many events it takes for an hour of the week to speak for itself, as against the mean.
SEASON_PRIOR = 20.0
# Nothing stands out before what is usual is known. In the third week there would be 1.2 false
# alarms, from the fourth on .6 and falling.
WARM_UP_HOURS = 3 * WEEK
# -log10 of the tail probability. Simulated: topics of .2 to 20 stories an hour with nights,
# weekends and dispersions of 1 to 3, followed for eight weeks, raise .45 to .47 alarms a topic and
# week.
THRESHOLD = 3.3
# Hours count for the level up to this many standard deviations above what was expected.
_MOST_DEVIATIONS = 3.0
_ORDINARY = 2.0  # standard deviations: nothing nearer than that is a matter of one in thousands
_LEAST_DISPERSION, _MOST_DISPERSION = 1.02, 20.0
_LEAST_MEAN = 1e-3  # an hour in six weeks; below, everything would be a surge
_DECAY = 0.5 ** (1 / HALF_LIFE_HOURS)
_SLOW_DECAY = 0.5 ** (1 / (2 * WEEK))  # of the dispersion, which takes more hours to know


class Change(StrEnum):
    SURGE = "surge"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Alarm:
    """In the `hours` before `until` there were `count` stories where `expected` were usual. `score`
    is -log10 of how probable that is."""

    change: Change
    until: datetime
    hours: int
    count: int
    expected: float
    score: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual. `seen` and `expected` are sums over each hour of the week; `recent` are the
    last twelve hours, oldest first, of which the last six are not in the rest yet."""

    hours: int = 0
    level: float = 0.0
    weight: float = 0.0
    dispersion: float = 1.0
    seen: tuple[float, ...] = (0.0,) * WEEK
    expected: tuple[float, ...] = (0.0,) * WEEK
    recent: tuple[int, ...] = ()


def hourly(counts: Iterable[HourCount], since: datetime, until: datetime) -> list[int]:
    """Stories of each hour from `since` to `until`, both whole hours; zero where nothing was."""
    by_hour = {count.at: count.stories for count in counts}
    hours = round((until - since) / timedelta(hours=1))
    return [by_hour.get(since + timedelta(hours=number), 0) for number in range(hours)]


def alarms(counts: Sequence[int], since: datetime) -> list[Alarm]:
    """What stood out in a series of hours, of which the first begins at `since`."""
    baseline, found = Baseline(), list[Alarm]()
    for number, count in enumerate(counts):
        at = since + timedelta(hours=number)
        baseline = observe(baseline, count, at)
        quiet = found and at < found[-1].until + timedelta(hours=QUIET_HOURS - 1)
        if not quiet and (alarm := scan(baseline, at + timedelta(hours=1))):
            found.append(alarm)
    return found


def expectations(counts: Sequence[int], since: datetime) -> list[float | None]:
    """What was usual in each hour of a series, by those before it; None while that is unknown."""
    baseline, found = Baseline(), list[float | None]()
    for number, count in enumerate(counts):
        at = since + timedelta(hours=number)
        found.append(usual(baseline, at) if baseline.hours >= WARM_UP_HOURS else None)
        baseline = observe(baseline, count, at)
    return found


def observe(baseline: Baseline, count: int, at: datetime) -> Baseline:
    """With one more hour, which began at `at`."""
    recent = (*baseline.recent, count)[-LONGEST:]
    if len(recent) > GUARD_HOURS:
        learned = at - timedelta(hours=GUARD_HOURS)
        baseline = _learn(baseline, recent[-1 - GUARD_HOURS], learned)
    return replace(baseline, recent=recent)


def usual(baseline: Baseline, at: datetime) -> float:
    """Stories expected in the hour that begins at `at`."""
    return baseline.level * _season(baseline, _hour_of_week(at))


def scan(baseline: Baseline, until: datetime) -> Alarm | None:
    """What stands out most in the hours that have just ended, if anything does enough."""
    if baseline.hours < WARM_UP_HOURS:
        return None
    begun = [until - timedelta(hours=back) for back in range(1, LONGEST + 1)]
    means = [usual(baseline, at) for at in begun]
    known = [baseline.expected[_hour_of_week(at)] + SEASON_PRIOR for at in begun]
    found = (
        _window(baseline, hours, sum(means[:hours]), sum(known[:hours]), until) for hours in WINDOWS
    )
    most = max(found, key=lambda alarm: alarm.score)
    return most if most.score >= THRESHOLD else None


def _window(baseline: Baseline, hours: int, mean: float, known: float, until: datetime) -> Alarm:
    """What is expected is an estimate, of as many events as the level and these hours of the week
    rest on: the variance of a sum grows with its mean by one in so many (`known`: the latter)."""
    count, mean = sum(baseline.recent[-hours:]), max(_LEAST_MEAN, mean)
    doubt = 1 / max(1.0, baseline.level * baseline.weight) + 1 / known
    dispersion = baseline.dispersion * (1 + mean * doubt)
    change = Change.SURGE if count > mean else Change.SILENCE
    ordinary = (count - mean) ** 2 < _ORDINARY**2 * mean * dispersion
    score = 0.0 if ordinary else -math.log10(_tail(change, count, mean, dispersion))
    return Alarm(change, until, hours, count, mean, score)


def _tail(change: Change, count: int, mean: float, dispersion: float) -> float:
    tail = upper_tail if change is Change.SURGE else lower_tail
    return max(tail(count, mean, dispersion), 1e-300)


def _learn(baseline: Baseline, count: int, at: datetime) -> Baseline:
    hour = _hour_of_week(at)
    season = _season(baseline, hour)
    mean = max(_LEAST_MEAN, baseline.level * season)
    most = mean + _MOST_DEVIATIONS * math.sqrt(mean * baseline.dispersion) + 1
    kept = min(float(count), most) if baseline.hours >= WEEK else float(count)
    # The first weeks are a plain mean; later hours count for less and less of the level.
    weight = baseline.weight * _DECAY + season
    level = (baseline.level * baseline.weight * _DECAY + kept) / weight
    known = baseline.hours >= WEEK
    off = (kept - mean) ** 2 / mean if known else baseline.dispersion
    dispersion = baseline.dispersion * _SLOW_DECAY + off * (1 - _SLOW_DECAY)
    return replace(
        baseline,
        hours=baseline.hours + 1,
        level=level,
        weight=weight,
        dispersion=min(max(dispersion, _LEAST_DISPERSION), _MOST_DISPERSION),
        seen=_add(baseline.seen, hour, kept),
        expected=_add(baseline.expected, hour, level),
    )


def _season(baseline: Baseline, hour: int) -> float:
    """How much of the level is usual at an hour of the week: the hour itself as far as it is known,
    and beside it the same hour of all days."""
    daily_seen = sum(baseline.seen[hour % 24 :: 24])
    daily_expected = sum(baseline.expected[hour % 24 :: 24])
    daily = (daily_seen + SEASON_PRIOR) / (daily_expected + SEASON_PRIOR)
    own = baseline.seen[hour] + SEASON_PRIOR * daily
    return own / (baseline.expected[hour] + SEASON_PRIOR)


def _hour_of_week(at: datetime) -> int:
    return at.weekday() * 24 + at.hour


def _add(sums: tuple[float, ...], place: int, value: float) -> tuple[float, ...]:
    return (*sums[:place], sums[place] + value, *sums[place + 1 :])


def upper_tail(count: int, mean: float, dispersion: float) -> float:
    """How probable `count`, which is above the mean, or more is: for a negative binomial
    distribution with this mean and with `dispersion` times the mean as variance."""
    size, share = _parameters(mean, dispersion)
    term, total, number = _probability(count, size, share), 0.0, count
    while term > total * 1e-9:
        total += term
        term *= (number + size) / (number + 1) * share
        number += 1
    return min(1.0, total)


def lower_tail(count: int, mean: float, dispersion: float) -> float:
    """Likewise of `count`, which is not above the mean, or fewer."""
    size, share = _parameters(mean, dispersion)
    term, total, number = _probability(count, size, share), 0.0, count
    while number >= 0 and term > total * 1e-9:
        total += term
        term *= number / ((number - 1 + size) * share) if number else 0.0
        number -= 1
    return min(1.0, total)


def _parameters(mean: float, dispersion: float) -> tuple[float, float]:
    return mean / (dispersion - 1), 1 - 1 / dispersion


def _probability(count: int, size: float, share: float) -> float:
    """In logarithms: of great means the factors are too small to be numbers."""
    combinations = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    return math.exp(combinations + size * math.log1p(-share) + count * math.log(share))
