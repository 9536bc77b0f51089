"""When a topic's subscribers hear: the next slot of a digest, the end of quiet hours.

Times of day are the clock's on the wall in the topic's time zone. A time that the clock jumps over
in spring is the moment it jumps to; one that it shows twice in autumn is the first of both, but
quiet hours end with the second.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tocsin.model.lines import Cadence
from tocsin.model.topics import AlertSettings, Weekday

_DAY = timedelta(days=1)
_WEEKDAYS = list(Weekday)
# Room for what subscribers are told: with less, an hour that a clock skips could leave none.
MIN_HEARD_HOURS = 2


def due_at(cadence: Cadence, settings: AlertSettings, now: datetime) -> datetime:
    """When a line of that cadence may tell of what is known now: never before `now`, never in quiet
    hours, and never more than eight days ahead."""
    return after_quiet_hours(settings, next_slot(cadence, settings, now))


def next_slot(cadence: Cadence, settings: AlertSettings, now: datetime) -> datetime:
    """`now` itself where it is one."""
    if cadence is Cadence.INSTANT:
        return now
    zone = ZoneInfo(settings.time_zone)
    if cadence is Cadence.HOURLY:
        return _next_hour(zone, now)
    weekday = _WEEKDAYS.index(settings.weekday) if cadence is Cadence.WEEKLY else None
    at, day = _time(settings.at), now.astimezone(zone).date()
    # Eight days: today's slot of the week may have passed. One more: no clock shows every day.
    days = (day + _DAY * number for number in range(9))
    slots = (at_clock(each, at, zone) for each in days if weekday in (None, each.weekday()))
    return next(slot for slot in slots if slot >= now)


def overflow_at(settings: AlertSettings, now: datetime) -> datetime:
    """When what a cap holds back is told: with the topic's next digest, at the latest in an hour
    where it has none."""
    instant = settings.cadence is Cadence.INSTANT
    cadence = Cadence.HOURLY if instant else settings.cadence
    return due_at(cadence, settings, now + timedelta(seconds=1))


def after_quiet_hours(settings: AlertSettings, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours that it is in."""
    if settings.quiet_hours is None:
        return at
    zone = ZoneInfo(settings.time_zone)
    start, end = (_time(each) for each in settings.quiet_hours)
    today = at.astimezone(zone).date()
    # Yesterday's may reach into today.
    for day in (today - _DAY, today, today + _DAY):
        last_day = day + _DAY if end <= start else day
        until = at_clock(last_day, end, zone, fold=1)
        if at_clock(day, start, zone) <= at < until:
            at = until
    return at


def at_clock(day: date, at: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The moment at which the clock shows that time, or the first one after it was skipped."""
    shown = datetime.combine(day, at, zone).replace(fold=fold)
    moment = shown.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return moment
    return _jump(shown, zone)


def _jump(skipped: datetime, zone: ZoneInfo) -> datetime:
    """When the clock jumped over that time: between what it would be by the offset after the jump
    and by the one before."""
    early, late = sorted(skipped.replace(fold=each).astimezone(UTC) for each in (0, 1))
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return (late + timedelta(microseconds=500_000)).replace(microsecond=0)


def _next_hour(zone: ZoneInfo, now: datetime) -> datetime:
    """Full hours are the clock's: in Nepal they are at a quarter past."""
    local = now.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now + timedelta(hours=1) - past if past else now


def _time(clock: str) -> time:
    return time(int(clock[:2]), int(clock[3:]))
