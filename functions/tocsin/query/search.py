"""The topics of one compiled file that an article satisfies."""

import marshal
from array import array
from operator import concat
from typing import Any

from tocsin.errors import CompiledTopicsError
from tocsin.query.alphabet import to_number
from tocsin.query.checking import Checking
from tocsin.query.fileformat import Contents
from tocsin.query.reading import Reading
from tocsin.query.recent import Recent

# Bytes of blocks that are kept decoded, in either of two generations; decoded they take some five
# times as much. All that 400 articles touch of a million topics.
MAX_DECODED = 12 << 20
_ENTRY = 16  # what a feature without a block counts


class Search:
    def __init__(self, contents: Contents) -> None:
        self._count: int = contents.facts["features"]
        self._pairs: bool = contents.facts["pairs"]
        self._ends = contents.sections["block_ends"].cast("I")
        self._blocks = contents.sections["blocks"]
        self._roots: Recent[str, Any] = Recent(self._root, MAX_DECODED, self._size)

    def find(self, reading: Reading) -> "array[int]":  # noqa: C901
        """Topic numbers, each once, in no order.

        One long function: it runs once for each node that an article reaches, some thousands of
        times at a million topics, and a call for each would take longer than what it does.
        """
        features = reading.features
        checking: Checking | None = None
        # Packed numbers of topics, and of those that may be found by several paths.
        found: list[bytes] = []
        repeated: list[bytes] = []
        nodes = [*filter(None, map(self._roots.__getitem__, features))]
        if self._pairs:
            add_pairs(reading)
        for node in nodes:
            if node.__class__ is bytes:
                found.append(node)
                continue
            here, here_several, leaves, leaves_several, inner, absent, checks, checks_several = node
            if here:
                found.append(here)
            if here_several:
                repeated.append(here_several)
            if leaves is not None and (there := leaves.keys() & features):
                found.extend(map(leaves.__getitem__, there))
            if leaves_several is not None and (there := leaves_several.keys() & features):
                repeated.extend(map(leaves_several.__getitem__, there))
            if inner is not None and (there := inner.keys() & features):
                nodes.extend(map(inner.__getitem__, there))
            if absent is not None:
                found.extend(map(absent.__getitem__, absent.keys() - features))
            if checks is not None or checks_several is not None:
                if checking is None:
                    checking = Checking(reading)
                holds = checking.holds
                found.extend([topics for program, topics in checks or () if holds(program)])
                repeated.extend(
                    [topics for program, topics in checks_several or () if holds(program)]
                )
        if repeated:
            found.append(array("I", set(_numbers(repeated))).tobytes())
        return _numbers(found)

    def _size(self, feature: str) -> int:
        number = to_number(feature)
        known = 0 <= number < self._count
        return _ENTRY + (self._ends[number + 1] - self._ends[number] if known else 0)

    def _root(self, feature: str) -> Any:
        """A decoded node; nothing for a feature that no path begins with."""
        number = to_number(feature)
        if not 0 <= number < self._count:
            return b""
        begin, end = self._ends[number], self._ends[number + 1]
        if begin == end:
            return b""
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
    # A quarter faster than str.__add__; of two str it makes a str.
    features.update(map(concat, text, text[1:]))  # type: ignore[arg-type]
    for character in spread:
        at = text.find(character)
        while at >= 0:
            for pair in (text[max(at - 1, 0) : at + 1], text[at : at + 2]):
                if len(pair) == 2:
                    one, other = (sequences.get(letter, letter) for letter in pair)
                    features.update([first + second for first in one for second in other])
            at = text.find(character, at + 1)
