"""What of the archive is asked for, besides words."""

from collections.abc import Iterator
from datetime import datetime

from tocsin.archive.translate import Leaf, code_filter
from tocsin.archive.words import code, name_code
from tocsin.model.values import Instant, Value

# An article's topics and codes are compared whole; names without case, accents and punctuation.
_CODES = {"topics": "t", "feeds": "d", "languages": "l", "countries": "c", "stories": "s"}
_NAMES = {"publishers": "p", "authors": "a"}


class Filters(Value):
    """All that is given must hold; of several values one. Articles first seen from `since` on and
    before `until`."""

    topics: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    since: Instant | None = None
    until: Instant | None = None

    def leaves(self) -> Iterator[Leaf]:
        for name, kind in _CODES.items():
            if values := getattr(self, name):
                yield code_filter(code(kind, value) for value in values)
        for name, kind in _NAMES.items():
            if values := getattr(self, name):
                yield code_filter(name_code(kind, value) for value in values)

    def seconds(self) -> tuple[int, int]:
        """From and before, as the seconds of keys."""
        return _second(self.since, 0), _second(self.until, 1 << 32)


def _second(at: datetime | None, default: int) -> int:
    """An article is seen at a whole second: one within the second of a boundary is after it."""
    return default if at is None else -int(-at.timestamp() // 1)
