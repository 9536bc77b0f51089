"""Paths to a trie over features, one block for each first feature.

The rarest feature of a path comes first: few articles have it, so few blocks are looked into. A
step down is one intersection of a node's children with the article's features.
"""

import marshal
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tocsin.query.anchors import Path
from tocsin.query.canonical import NEAR, NOT, SEQUENCE, WORD, Form
from tocsin.query.directory import MARSHAL_VERSION
from tocsin.query.programs import Program, Spelling, all_of, program_of

Topics = list[int]
Rank = Callable[[Form], int]  # of a WORD: 0 is the most frequent


class Node:
    """What is known once the features from the root to here are in the article. `several` are of
    topics that can be found by several paths, and so more than once."""

    __slots__ = ("absent", "checks", "found", "inner", "leaves", "several")

    def __init__(self) -> None:
        self.found: dict[bool, Topics] = {}
        self.leaves: dict[bool, dict[str, Topics]] = {False: {}, True: {}}
        self.inner: dict[str, Node] = {}
        self.absent: dict[str, Topics] = {}  # found unless the feature is there
        self.checks: dict[bool, dict[Program, Topics]] = {False: {}, True: {}}

    def packed(self) -> Any:
        """As the search reads it: bytes for a node that only finds, else a tuple in the order of
        `search.find`. Topics are packed as 32-bit numbers."""
        found = _packed(self.found.get(False, []))
        rest = (
            _packed(self.found.get(True, [])),
            *(_packed_values(self.leaves[several]) for several in (False, True)),
            {feature: node.packed() for feature, node in self.inner.items()} or None,
            _packed_values(self.absent),
            *(_packed_items(self.checks[several]) for several in (False, True)),
        )
        return (found, *rest) if any(rest) else found


def _packed(topics: Topics) -> bytes:
    return array("I", topics).tobytes()


def _packed_values(topics_by: dict[str, Topics]) -> dict[str, bytes] | None:
    return {key: _packed(topics) for key, topics in topics_by.items()} or None


def _packed_items(topics_by: dict[Program, Topics]) -> tuple[tuple[Program, bytes], ...] | None:
    return tuple((key, _packed(topics)) for key, topics in topics_by.items()) or None


class Trie:
    """`pairs`: sequences of two are features, too: the set of an article's pairs costs some 75 µs,
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
            yield feature, marshal.dumps(node.packed(), MARSHAL_VERSION)

    def _add(self, path: Path, topics: Topics, *, several: bool) -> None:
        steps, checks = self._steps(path)
        node = self._roots.setdefault(steps[0], Node())
        inner = steps[1:]
        if inner and not checks:
            leaf = inner.pop()
        for step in inner:
            node = node.inner.setdefault(step, Node())
        if len(steps) > 1 and not checks:
            node.leaves[several].setdefault(leaf, []).extend(topics)
        elif not checks:
            node.found.setdefault(several, []).extend(topics)
        elif absent := self._absent(checks, several=several):
            node.absent.setdefault(absent, []).extend(topics)
        else:
            node.checks[several].setdefault(self._program(checks), []).extend(topics)

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

    def _absent(self, checks: list[Form], *, several: bool) -> str | None:
        """The feature of a single NOT that is decided by one."""
        if several or len(checks) > 1 or checks[0][0] != NOT:
            return None
        leaf = checks[0][1]
        if leaf[0] == WORD or (self._pairs and _is_pair(leaf)):
            program = program_of(leaf, self._spelling)
            return program if isinstance(program, str) else None
        return None

    def _program(self, checks: list[Form]) -> Program:
        """The cheap ones first."""
        ordered = sorted(checks, key=lambda form: (form[0] != NOT, form[0] == NEAR))
        return all_of([program_of(form, self._spelling) for form in ordered])


def _is_pair(form: Form) -> bool:
    return form[0] == SEQUENCE and len(form[1]) == 2 and not form[2]
