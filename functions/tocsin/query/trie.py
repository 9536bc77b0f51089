"""Paths to a trie over features, one block for each first feature.

The rarest feature of a path comes first: few articles have it, so few blocks are looked into.

What is reached, as blocks hold it and `search.find` walks it:

    7, -8                       topic 7; topic ~-8, again 7, which may be reached in several ways
    b"..."                      several topics of the first kind, as 32-bit numbers
    ("x", then)                 then, if the article has this feature
    {"x": then, ...}            many of such at once
    (ABSENT, "x", then)         then, if it does not
    (FOLLOWING, "xyz", then)    then, if words of these features stand one after the other
    (HOLDING, program, then)    then, if the program holds
    (SEVERAL, b"...")           several topics of the second kind
    [then, ...]                 all of these
"""

import marshal
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tocsin.query.anchors import Path
from tocsin.query.canonical import NEAR, NOT, SEQUENCE, Form, words_in
from tocsin.query.directory import MARSHAL_VERSION
from tocsin.query.programs import Program, Spelling, all_of, program_of

# Told from features by their class; a byte each in a block.
ABSENT, FOLLOWING, HOLDING, SEVERAL = False, None, True, ...

Topics = list[int]
Row = tuple[Form, ...]  # the WORDs of a sequence
Rank = Callable[[Form], int]  # of a WORD: 0 is the most frequent
# Looking for one feature among an article's takes 60 ns, intersecting with all of them 250.
MANY = 5
ASKED_OF_A_SEQUENCE = 2


class Node:
    """What is known once the features from the root to here are in the article."""

    __slots__ = ("checked", "found", "inner", "several")

    def __init__(self) -> None:
        self.found: Topics = []
        self.several: Topics = []  # may be reached in several ways
        self.checked: list[tuple[bool | None, Program, Any]] = []
        self.inner: dict[str, Node] = {}

    def packed(self) -> Any:
        parts = [*_packed(self.found), *_packed_several(self.several), *self.checked]
        inner = {feature: node.packed() for feature, node in self.inner.items()}
        parts += [inner] if len(inner) >= MANY else inner.items()
        return _one_or_all(parts)


def _packed(found: Topics) -> list[Any]:
    return [array("I", found).tobytes()] if len(found) > 1 else found


def _packed_several(topics: Topics) -> list[Any]:
    if len(topics) > 1:
        return [(SEVERAL, array("I", topics).tobytes())]
    return [~topic for topic in topics]


def _one_or_all(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else parts


class Trie:
    """`pairs`: sequences of two are features, too: the set of an article's pairs costs some 50 µs,
    and saves more once many phrases are looked for."""

    def __init__(self, spelling: Spelling, rank: Rank, *, pairs: bool) -> None:
        self._spelling = spelling
        self._rank = rank
        self._pairs = pairs
        self._roots: dict[str, Node] = {}

    def add(self, paths: Sequence[Path], topics: Topics) -> None:
        for path in paths:
            self._add(path, topics, several=len(paths) > 1)

    def blocks(self) -> Iterable[tuple[str, bytes]]:
        for feature, node in self._roots.items():
            # Topic 0 alone would be as false as a feature that leads nowhere.
            yield feature, marshal.dumps(node.packed() or [0], MARSHAL_VERSION)

    def _add(self, path: Path, topics: Topics, *, several: bool) -> None:
        (first, *inner), checks = self._steps(path)
        node = self._roots.setdefault(first, Node())
        for step in inner:
            node = node.inner.setdefault(step, Node())
        if checks:
            then = _one_or_all((_packed_several if several else _packed)(topics))
            node.checked.append((*self._check(checks), then))
        else:
            (node.several if several else node.found).extend(topics)

    def _steps(self, path: Path) -> tuple[list[str], list[Form]]:
        """Features from the rarest on, pairs right after the first, and what they do not prove."""
        words = sorted(path.needs, key=self._rank, reverse=True)
        rows = [row for form in path.checks for row in _rows_in(form)]
        checks = list(path.checks)
        pairs: list[str] = []
        if self._pairs:
            pairs = list(dict.fromkeys(map(self._pair_in, rows)))
            checks = [form for form in checks if not _is_pair(form)]
        proven = {word for row in rows for word in self._proven(row)}
        in_pairs = set("".join(pairs))
        rest = [self._spelling(word[1], word[2]) for word in words[1:] if word not in proven]
        rest = [letter for letter in rest if letter not in in_pairs]
        return [self._spelling(words[0][1], words[0][2]), *pairs, *rest], checks

    def _pair_in(self, row: Row) -> str:
        """The one with the rarest word."""
        rarest = row.index(max(row, key=self._rank))
        begin = min(rarest, len(row) - 2)
        return "".join(self._spelling(number, "") for _, number, _ in row[begin : begin + 2])

    def _proven(self, row: Row) -> Iterable[Form]:
        """The words of a sequence that need not be asked for, as its check knows them: all but two.
        Most articles with two rare words of a name have the name."""
        return sorted(set(row), key=self._rank, reverse=True)[ASKED_OF_A_SEQUENCE:]

    def _check(self, checks: list[Form]) -> tuple[bool | None, Program]:
        """The cheap ones first."""
        ordered = sorted(checks, key=lambda form: (form[0] != NOT, form[0] == NEAR))
        program = all_of([program_of(form, self._spelling) for form in ordered])
        if isinstance(program, str):
            return FOLLOWING, program
        if program[0] == NOT and isinstance(program[1], str) and self._is_feature(program[1]):
            return ABSENT, program[1]
        return HOLDING, program

    def _is_feature(self, letters: str) -> bool:
        return len(letters) <= 1 + self._pairs


def _rows_in(form: Form) -> Iterable[Row]:
    """The sequences that are sure to be in an article for which a check holds."""
    match form:
        case ("s", _, _):
            yield tuple(words_in(form))
        case ("n", _, left, right, field):
            for side in (left, right):
                if side[0] == SEQUENCE:
                    yield tuple(words_in((*side[:-1], field)))


def _is_pair(form: Form) -> bool:
    return form[0] == SEQUENCE and len(form[1]) == 2 and not form[2]
