"""A question to the archive as names and texts: how a URL has it, and the link of a feed.

The same names as the options of `tocsin search`: `query`, `topic`, `publisher`, `feed`, `language`,
`country`, `author`, `story` (each of these several times: any of its values), `since`, `until`,
`order`, `limit`, `cursor`, `facet`, `everything`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tocsin.archive.answers import Asked, Order
from tocsin.archive.filters import Filters
from tocsin.archive.layout import FACETS
from tocsin.errors import InputError

# By the name of one value, the field of `Filters`.
FILTERS = {
    "topic": "topics",
    "publisher": "publishers",
    "feed": "feeds",
    "language": "languages",
    "country": "countries",
    "author": "authors",
    "story": "stories",
}
_REPEATED = (*FILTERS, "facet")
NAMES = ("query", *FILTERS, "since", "until", "order", "limit", "cursor", "facet", "everything")
MAX_VALUES = 50  # of one name: each is looked up in each shard
MAX_CHARACTERS = 200  # of a value: no name of a publisher or an author is as long
MAX_CURSOR_CHARACTERS = 500  # ours have a hundred


def asked_of(pairs: Iterable[tuple[str, str]], default_limit: int, most: int) -> Asked:
    """Raises InputError naming the parameter that is wrong, and the remedy. The words of `query`
    are not looked at: whoever searches does that."""
    values = gathered(pairs, NAMES, _REPEATED)
    filters: dict[str, Any] = {FILTERS[name]: _texts(values, name) for name in FILTERS}
    for name in ("since", "until"):
        if name in values:
            filters[name] = instant(name, values[name][0])
    return Asked(
        query=values.get("query", [""])[0],
        filters=Filters(**filters),
        order=_order(values.get("order", [Order.NEWEST])[0]),
        limit=whole_number("limit", values.get("limit", [str(default_limit)])[0], most),
        cursor=_cursor(values.get("cursor", [""])[0]),
        facets=_facets(values.get("facet", [])),
        everything=truth("everything", values.get("everything", ["false"])[0]),
    )


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


def _texts(values: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    given = values.get(name, [])
    if not all(1 <= len(each) <= MAX_CHARACTERS for each in given):
        raise InputError(name, f"1 to {MAX_CHARACTERS} characters")
    return tuple(dict.fromkeys(given))


def _order(text: str) -> Order:
    try:
        return Order(text)
    except ValueError as error:
        raise InputError("order", f"one of {', '.join(Order)}") from error


def _cursor(text: str) -> str | None:
    if len(text) > MAX_CURSOR_CHARACTERS:
        raise InputError("cursor", "not one that a search gave; begin again without it")
    return text or None


def _facets(given: Iterable[str]) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(given))
    for each in named:
        if each not in FACETS:
            raise InputError("facet", f"one of {', '.join(FACETS)}")
    return named
