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
from tocsin.query.canonical import NEAR, NOT, SEQUENCE, Form
from tocsin.query.directory import MARSHAL_VERSION
from tocsin.query.programs import Program, Spelling, all_of, program_of

# Told from features by their class; a byte each in a block.
ABSENT, FOLLOWING, HOLDING, SEVERAL = False, None, True, ...

Topics = list[int]
Rank = Callable[[Form], int]  # of a WORD: 0 is the most frequent
# Looking for one feature among an article's takes 60 ns, intersecting with all of them 250.
MANY = 5


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
        checks = list(path.checks)
        pairs: list[str] = []
        if self._pairs:
            pairs = list(dict.fromkeys(pair for form in checks for pair in self._pairs_in(form)))
            checks = [form for form in checks if not _is_pair(form)]
        in_pairs = set("".join(pairs))
        letters = [self._spelling(number, field) for _, number, field in words]
        rest = [letter for letter in letters[1:] if letter not in in_pairs]
        return [letters[0], *pairs, *rest], checks

    def _pairs_in(self, form: Form) -> Iterable[str]:
        """That are sure to be in an article for which the form holds."""
        match form:
            case ("s", numbers, _):
                letters = [self._spelling(number, "") for number in numbers]
                yield from map(str.__add__, letters, letters[1:])
            case ("n", _, left, right, _):
                yield from (*self._pairs_in(left), *self._pairs_in(right))

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


def _is_pair(form: Form) -> bool:
    return form[0] == SEQUENCE and len(form[1]) == 2 and not form[2]
