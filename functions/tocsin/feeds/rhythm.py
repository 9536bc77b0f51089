"""When a feed publishes: learned from its entries, asked by cadence and health. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.entries import Entry
from tocsin.model.feeds import FeedState, Rhythm

DAYS = 28  # four of each weekday
HOURS, QUARTERS = 24, 96
# As if one entry in eight hours had been seen: a feed that nothing is known of is asked hourly.
FIRST_ENTRIES, FIRST_HOURS = 1.0, 8.0
# What was seen has to outweigh so many entries spread evenly over the day, so many spread evenly
# over the hour, and a day of the mean.
EVEN_IN_DAY = 6.0
EVEN_IN_HOUR = 4.0
EVEN_DAYS = 1.0


def appeared(entries: Sequence[Entry], state: FeedState, now: datetime) -> tuple[datetime, ...]:
    """When entries that are new to us came up.

    A date counts where it can be true: since the last poll that listed entries, and not in the
    future. Else the middle of that time stands for it. At the first poll dates are all there is,
    and entries without one tell nothing.
    """
    if state.filled_at is None or state.polled_at is None:
        dates = [e.published_at for e in entries if e.published_at and e.published_at <= now]
        return tuple(dates)
    before = state.polled_at
    middle = before + (now - before) / 2
    return tuple(
        e.published_at if e.published_at and before <= e.published_at <= now else middle
        for e in entries
    )


def learn(rhythm: Rhythm, times: Sequence[datetime], now: datetime) -> Rhythm:
    """The rhythm with `times` counted in. Without any it stays as it is: silence is judged by the
    rhythm that came before it."""
    today = now.toordinal()
    days = [at.toordinal() for at in times]
    since = min([rhythm.since or today, *days])
    recent = [at for at in times if today - DAYS < at.toordinal() <= today]
    if not recent:
        return rhythm if rhythm.since else Rhythm(since=since)
    day = max(rhythm.day, *days)
    daily, quarters = list(daily_until(rhythm, day)), _halved(rhythm, day)
    for at in recent:
        daily[DAYS - 1 - (day - at.toordinal())] += 1
        quarter = quarter_of(at)
        quarters[quarter] = min(255, quarters[quarter] + 1)
    return Rhythm(since=since, day=day, daily=tuple(daily), quarters=bytes(quarters))


def quarter_of(at: datetime) -> int:
    return at.hour * 4 + at.minute // 15


def daily_until(rhythm: Rhythm, day: int) -> tuple[int, ...]:
    """Entries on each of the 28 days up to `day`: none since the last one that is counted."""
    counts = rhythm.daily or (0,) * DAYS
    passed = min(DAYS, max(0, day - rhythm.day))
    return (*counts[passed:], *(0,) * passed)


def _halved(rhythm: Rhythm, day: int) -> list[int]:
    """The quarters, halved for each week that ended since they were counted."""
    weeks = day // 7 - rhythm.day // 7
    return [count >> min(weeks, 8) for count in rhythm.quarters or bytes(QUARTERS)]


@dataclass(frozen=True)
class Forecast:
    """Entries an hour to be expected: a mean, and how the quarters of the day (UTC) and the days of
    the week (from Monday) differ from it."""

    an_hour: float
    of_quarter: tuple[float, ...]
    of_day: tuple[float, ...]

    def at(self, when: datetime) -> float:
        return self.an_hour * self.of_quarter[quarter_of(when)] * self.of_day[when.weekday()]


def forecast(rhythm: Rhythm, now: datetime) -> Forecast:
    """By the last 28 days, each drawn towards an even spread while little is known."""
    today = now.toordinal()
    daily = daily_until(rhythm, today)
    known = min(DAYS, today - rhythm.since + 1) if rhythm.since else 0
    observed = max(0.0, (known - 1) * 24 + now.hour + now.minute / 60)
    an_hour = (sum(daily) + FIRST_ENTRIES) / (observed + FIRST_HOURS)
    return Forecast(an_hour, _of_quarters(rhythm), _of_days(daily, known, today))


def _of_quarters(rhythm: Rhythm) -> tuple[float, ...]:
    counts = rhythm.quarters or bytes(QUARTERS)
    total = sum(counts) + EVEN_IN_DAY
    found: list[float] = []
    for first in range(0, QUARTERS, 4):
        quarters = counts[first : first + 4]
        hour = sum(quarters)
        of_hour = (hour * HOURS + EVEN_IN_DAY) / total
        found += (of_hour * (q * 4 + EVEN_IN_HOUR) / (hour + EVEN_IN_HOUR) for q in quarters)
    return tuple(found)


def _of_days(daily: Sequence[int], known: int, today: int) -> tuple[float, ...]:
    """Whole days only: of today's entries some are still to come."""
    days = [(today - back, daily[DAYS - 1 - back]) for back in range(1, known)]
    mean = sum(count for _, count in days) / len(days) if days else 0.0
    if not mean:
        return (1.0,) * 7
    found = []
    for weekday in range(7):
        counts = [count for day, count in days if (day - 1) % 7 == weekday]  # ordinal 1: a Monday
        found.append((sum(counts) + EVEN_DAYS * mean) / ((len(counts) + EVEN_DAYS) * mean))
    return tuple(found)


def expected(rhythm: Rhythm, begin: datetime, end: datetime) -> float:
    """How many entries a feed would have brought in that time, going on as it did before."""
    usual = forecast(rhythm, _last_known(rhythm, begin))
    whole, rest = divmod(end - begin, timedelta(days=1))
    days = min(max(0, whole), 10 * DAYS)
    sum_of_days = sum(usual.of_day[(begin.weekday() + n) % 7] for n in range(days))
    part = usual.of_day[end.weekday()] * (rest / timedelta(days=1))
    return usual.an_hour * 24 * (sum_of_days + part)


def _last_known(rhythm: Rhythm, begin: datetime) -> datetime:
    if not rhythm.day:
        return begin
    end_of_day = datetime.fromordinal(rhythm.day).replace(hour=23, minute=59, tzinfo=begin.tzinfo)
    return min(end_of_day, begin)
