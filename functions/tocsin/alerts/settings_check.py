"""What an operator may not have meant in a topic's alert settings."""

import difflib
from zoneinfo import ZoneInfo, available_timezones

from tocsin.alerts.schedule import MIN_HEARD_HOURS
from tocsin.model.lines import Cadence
from tocsin.model.topics import AlertSettings

_DAY_MINUTES = 24 * 60


def problem_of(settings: AlertSettings) -> tuple[str, str] | None:
    """The first key that cannot be meant so, and why, with the remedy; None where all is well."""
    checks = {
        "time_zone": _time_zone(settings.time_zone),
        "quiet_hours": _quiet_hours(settings),
        "max_per_hour": _cap(settings),
        "update_at": _steps(settings),
        "not_publishers": _both(settings.only_publishers, settings.not_publishers),
        "not_languages": _both(settings.only_languages, settings.not_languages),
    }
    return next(((key, why) for key, why in checks.items() if why), None)


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        remedy = f"did you mean {near[0]}?" if near else "write one as Europe/Kyiv"
        return f"unknown time zone {name!r}; {remedy}"
    return ""


def _quiet_hours(settings: AlertSettings) -> str:
    if settings.quiet_hours is None:
        return ""
    start, end = (_minutes(each) for each in settings.quiet_hours)
    if start == end:
        return "begin and end at the same time; mute the topic if nobody is to hear of it"
    heard = (start - end) % _DAY_MINUTES
    if heard < MIN_HEARD_HOURS * 60:
        return f"leave less than {MIN_HEARD_HOURS} hours of the day; end them earlier"
    return ""


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _cap(settings: AlertSettings) -> str:
    if settings.max_per_hour is None or settings.cadence is Cadence.INSTANT:
        return ""
    return f"a {settings.cadence} digest is one message; take it out, or the cadence"


def _steps(settings: AlertSettings) -> str:
    steps = settings.update_at
    if list(steps) != sorted(set(steps)):
        return "the steps do not rise; write them as [3, 5, 10]"
    if steps and steps[0] <= settings.min_publishers:
        return f"the first alert tells of {settings.min_publishers} already; begin above that"
    return ""


def _both(wanted: tuple[str, ...], refused: tuple[str, ...]) -> str:
    both = [each for each in refused if each in wanted]
    return f"{both[0]!r} is wanted and refused; take it out of one of them" if both else ""
