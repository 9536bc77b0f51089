"""How busy a topic was, hour by hour, beside what was usual and what stood out."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tocsin.model.stories import HourCount
from tocsin.model.values import Instant, Value
from tocsin.stories.volume import Alarm, Change, alarms, expectations, hourly

BASELINE = timedelta(weeks=8)
KEPT = timedelta(weeks=10)  # what is older has expired
SHOWN = timedelta(weeks=1)
_HOUR = timedelta(hours=1)


class BusyHour(Value):
    """The hour that begins at `at`. `usual` is how many stories were to be expected by the hours
    before it, None before three weeks of them are known."""

    at: Instant
    stories: int
    outlets: int
    usual: float | None


class Outstanding(Value):
    """In the `hours` before `until` there were `stories` where `usual` were to be expected."""

    change: Change
    until: Instant
    hours: int
    stories: int
    usual: float


class Volume(Value):
    """Hours of a topic since its first match, oldest first, and what was out of the ordinary in
    them. The hour that runs is not over."""

    topic: str
    hours: tuple[BusyHour, ...]
    alarms: tuple[Outstanding, ...]


def volume_of(
    topic_id: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    read: Callable[[str, datetime, datetime], Sequence[HourCount]],
) -> Volume:
    """From the hour of `since` on [a week ago], before that of `until` [now]. `read` as that of the
    stories."""
    running = _whole(now)
    first = max(_whole(since or now - SHOWN), running - KEPT)
    last = min(_whole(until) if until else running, running)
    counts = read(topic_id, min(first, running - BASELINE), running + _HOUR)
    begun = min((each.at for each in counts), default=running)
    series = hourly(counts, begun, running)
    # What is usual is known of an hour that is not over, too.
    usual = expectations([*series, 0], begun)
    by_hour = {each.at: each for each in counts}
    hours = [
        _hour(by_hour.get(at), at, usual[round((at - begun) / _HOUR)])
        for at in _hours(max(first, begun), last if until else running + _HOUR)
    ]
    found = [each for each in alarms(series, begun) if first < each.until <= last]
    return Volume(topic=topic_id, hours=tuple(hours), alarms=tuple(map(_outstanding, found)))


def _whole(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hours(first: datetime, end: datetime) -> list[datetime]:
    return [first + number * _HOUR for number in range(round((end - first) / _HOUR))]


def _hour(count: HourCount | None, at: datetime, usual: float | None) -> BusyHour:
    stories, outlets = (count.stories, count.outlets) if count else (0, 0)
    rounded = None if usual is None else round(usual, 2)
    return BusyHour(at=at, stories=stories, outlets=outlets, usual=rounded)


def _outstanding(alarm: Alarm) -> Outstanding:
    return Outstanding(
        change=alarm.change,
        until=alarm.until,
        hours=alarm.hours,
        stories=alarm.count,
        usual=round(alarm.expected, 2),
    )
