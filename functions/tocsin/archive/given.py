"""Texts that a caller gave, read: dates, numbers, names that are known. Who lists articles needs no
more of the archive than this."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from tocsin.errors import InputError

MAX_VALUES = 50  # of one name: each is looked up in each shard
MAX_CHARACTERS = 200  # of a value: no name of a publisher or an author is as long


def gathered(
    pairs: Iterable[tuple[str, str]], known: Collection[str], repeated: Collection[str]
) -> Mapping[str, list[str]]:
    """Values by name. Raises InputError for a name that is not known, or given too often."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            shown = name[:MAX_CHARACTERS]
            raise InputError(shown, f"no such parameter; there are {', '.join(known)}")
        values.setdefault(name, []).append(value)
    for name, given in values.items():
        most = MAX_VALUES if name in repeated else 1
        if len(given) > most:
            times = "once" if most == 1 else f"{most} times at most"
            raise InputError(name, f"given {len(given)} times; give it {times}")
    return values


def instant(name: str, text: str) -> datetime:
    """A day is its beginning (UTC); as the end of a range the whole day is in it. Raises
    InputError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(name, text)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # The last day that there is has no end.
    whole = timedelta(days=1) if name == "until" and day != date.max else timedelta()
    return begin + whole


def _instant(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(name, "write it as 2026-11-22 or 2026-11-22T14:00Z") from error


def whole_number(name: str, text: str, most: int) -> int:
    """Raises InputError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise InputError(name, f"a whole number from 1 to {most}")
    return int(text)


def truth(name: str, text: str) -> bool:
    """Raises InputError."""
    if text not in ("true", "false"):
        raise InputError(name, "true or false")
    return text == "true"
