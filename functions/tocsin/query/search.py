"""The topics of one compiled file that an article satisfies."""

import marshal
from array import array
from operator import concat
from typing import Any

from tocsin.errors import CompiledTopicsError
from tocsin.query.alphabet import to_number
from tocsin.query.checking import Checking
from tocsin.query.fileformat import Contents
from tocsin.query.offsets import Offsets
from tocsin.query.reading import Reading
from tocsin.query.recent import Recent
from tocsin.query.trie import ABSENT, FOLLOWING, SEVERAL

# Bytes of blocks that are kept decoded, in either of two generations; decoded they take some five
# times as much. All that 400 articles touch of a million topics.
MAX_DECODED = 12 << 20
_ENTRY = 16  # what a feature without a block counts


class Search:
    def __init__(self, contents: Contents) -> None:
        self._count: int = contents.facts["features"]
        self._pairs: bool = contents.facts["pairs"]
        self._span = Offsets(contents.sections, "block", self._count).span
        self._blocks = contents.sections["blocks"]
        self._roots: Recent[str, Any] = Recent(self._root, MAX_DECODED, self._size)

    def find(self, reading: Reading) -> "array[int]":  # noqa: C901
        """Topic numbers, each once, in no order.

        One long function: it goes round for each part of a block that an article reaches, some
        thousands of times at a million topics, and a call for each would take longer than what it
        does.
        """
        features, text = reading.features, reading.characters
        found: list[int] = []
        packed: list[bytes] = []
        several: list[int] = []
        packed_several: list[bytes] = []
        reached = [*filter(None, map(self._roots.__getitem__, features))]
        if self._pairs:
            add_pairs(reading)
        checking = Checking(reading)
        holds, follows = checking.holds, checking.follows
        reach, add, add_several = reached.append, found.append, several.append
        for each in reached:
            kind = each.__class__
            if kind is tuple:
                first = each[0]
                if first in features:
                    reach(each[1])
                elif first.__class__ is not str:
                    if first is ABSENT:
                        if each[1] not in features:
                            reach(each[2])
                    elif first is FOLLOWING:
                        if each[1] in text or follows(each[1]):
                            reach(each[2])
                    elif first is SEVERAL:
                        packed_several.append(each[1])
                    elif holds(each[1]):
                        reach(each[2])
            elif kind is int:
                (add if each >= 0 else add_several)(each)
            elif kind is list:
                reached.extend(each)
            elif kind is bytes:
                packed.append(each)
            else:
                reached.extend(map(each.__getitem__, each.keys() & features))
        once = {~topic for topic in several}.union(_numbers(packed_several))
        return array("I", found) + _numbers(packed) + array("I", once)

    def _size(self, feature: str) -> int:
        number = to_number(feature)
        begin, end = self._span(number) if 0 <= number < self._count else (0, 0)
        return _ENTRY + end - begin

    def _root(self, feature: str) -> Any:
        """What the feature leads to; None for one that no path begins with."""
        number = to_number(feature)
        if not 0 <= number < self._count:
            return None
        begin, end = self._span(number)
        if begin == end:
            return None
        try:
            return marshal.loads(self._blocks[begin:end])  # noqa: S302 (fileformat says why)
        except (ValueError, EOFError, TypeError) as error:
            raise CompiledTopicsError("topics", f"block {number} is corrupt") from error


def _numbers(packed: list[bytes]) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(b"".join(packed))
    return numbers


def add_pairs(reading: Reading) -> None:
    """Every two neighbours become a feature, in all that they can be parts of."""
    text, features = reading.characters, reading.features
    sequences = reading.alphabet.sequences
    spread = sequences.keys() & features
    for pieces in reading.rows:
        row = [*filter(None, pieces)]  # a piece without a letter stands between no two words
        # A quarter faster than str.__add__; of two str it makes a str.
        features.update(map(concat, row, row[1:]))  # type: ignore[arg-type]
    for several in reading.compounds:
        at = text.find(several)
        while at >= 0:
            around = text[max(at - 1, 0) : at + len(several) + 1]
            features.update(map(concat, around, around[1:]))  # type: ignore[arg-type]
            at = text.find(several, at + 1)
    for letter in spread:
        at = text.find(letter)
        while at >= 0:
            for pair in (text[max(at - 1, 0) : at + 1], text[at : at + 2]):
                if len(pair) == 2:
                    one, other = (sequences.get(each, each) for each in pair)
                    features.update([first + second for first in one for second in other])
            at = text.find(letter, at + 1)
    reading.longest = 2
