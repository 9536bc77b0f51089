"""How rare a term is: in its language, and in what has come in of late."""

import math
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from tocsin.stories.terms import number_of

FILE = Path(__file__).with_name("frequencies.bin")
# An entry is a number of 32 bits: the upper 24 of the term's, and how rare it is in steps of a
# sixteenth of the natural logarithm. Of 16.7 million such numbers 12,000 are taken: one unknown
# term in 1,400 is mistaken for a known one.
_STEPS = 16
_RAREST = 255
MOST_FREQUENT = math.exp(-_RAREST / _STEPS)
# That of a term in no list: one in a million is where wordfreq's small lists end.
_UNKNOWN = 2.5e-7
# How many words of an article count: chances of a word become chances of an article.
_WORDS = 150
# How many articles the static lists count for beside those of the stream.
STATIC_ARTICLES = 3_000
_MEMORY = 65_536


@dataclass(frozen=True, slots=True)
class StreamFrequency:
    """In how many of the `articles` lately seen each term was, by `number_of` it. What is in very
    few may be left out."""

    articles: int
    counts: Mapping[int, int]


NOTHING_SEEN = StreamFrequency(0, {})


def entry_of(term: str, share: float) -> int:
    rare = min(_RAREST, round(-math.log(share) * _STEPS))
    return number_of(term) >> 8 << 8 | rare


def rarity(term: str, language: str, stream: StreamFrequency) -> float:
    """The natural logarithm of one in how many articles has it."""
    seen = stream.counts.get(number_of(term), 0)
    expected = STATIC_ARTICLES * share_of_articles(term, language)
    return math.log((stream.articles + STATIC_ARTICLES) / (seen + expected))


@lru_cache(_MEMORY)
def share_of_articles(term: str, language: str) -> float:
    """Of the articles in a language, by the static lists; by the English one where there is none.
    A number is as rare as its digits are many."""
    if term[0].isdigit():
        return max(10.0 ** -(len(term) + 1), 1e-5)
    entries = _tables().get(language) or _tables()["en"]
    number = number_of(term) >> 8
    at = bisect_left(entries, number << 8)
    known = at < len(entries) and entries[at] >> 8 == number
    share = math.exp(-(entries[at] & 0xFF) / _STEPS) if known else _UNKNOWN
    return 1 - (1 - share) ** _WORDS


@cache
def _tables() -> Mapping[str, "array[int]"]:
    data = FILE.read_bytes()
    (count,) = struct.unpack_from("<H", data)
    index = [struct.unpack_from("<2sI", data, 2 + 6 * place) for place in range(count)]
    at = 2 + 6 * count
    tables = {}
    for code, size in index:
        tables[code.decode()] = array("I", data[at : at + size])
        at += size
    return tables


class RecentArticles:
    """Counts what comes in, in memory. Twice as many articles as it keeps, and all counts are
    halved: what was in one article only is forgotten, and the vocabulary stays small."""

    def __init__(self, kept: int = 10_000) -> None:
        self._kept = kept
        self._articles = 0
        self._counts: dict[int, int] = {}
        self._ids: set[str] = set()

    def add(self, article_id: str, terms: Iterable[int]) -> None:
        """`terms` are those of the article, each once. One that comes again counts once."""
        if article_id in self._ids:
            return
        self._ids.add(article_id)
        self._articles += 1
        for term in terms:
            self._counts[term] = self._counts.get(term, 0) + 1
        if self._articles >= 2 * self._kept:
            self._articles //= 2
            self._counts = {term: n // 2 for term, n in self._counts.items() if n > 1}
            self._ids.clear()

    def frequency(self) -> StreamFrequency:
        """As of now: it changes with the next article."""
        return StreamFrequency(self._articles, self._counts)
