"""A question to the archive as names and texts: how a URL has it, and the link of a feed.

The same names as the options of `tocsin search`: `query`, `topic`, `publisher`, `feed`, `language`,
`country`, `author`, `story` (each of these several times: any of its values), `since`, `until`,
`order`, `limit`, `cursor`, `facet`, `everything`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tocsin.archive.answers import ENTITY, Asked, Order
from tocsin.archive.filters import Filters
from tocsin.archive.given import MAX_CHARACTERS, gathered, instant, truth, whole_number
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
COUNTED = (*FACETS, ENTITY)
_REPEATED = (*FILTERS, "facet")
NAMES = ("query", *FILTERS, "since", "until", "order", "limit", "cursor", "facet", "everything")
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
        facets=facets_of(values.get("facet", [])),
        everything=truth("everything", values.get("everything", ["false"])[0]),
    )


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


def facets_of(given: Iterable[str]) -> tuple[str, ...]:
    """Raises InputError."""
    named = tuple(dict.fromkeys(given))
    for each in named:
        if each not in COUNTED:
            raise InputError("facet", f"one of {', '.join(COUNTED)}")
    return named
