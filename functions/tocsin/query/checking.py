"""What the presence of features does not say: order, distance, fields, and where words stand."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from tocsin.query.canonical import ALL, NEAR, NOT
from tocsin.query.programs import IN, Program
from tocsin.query.reading import Reading

Place = tuple[int, int]  # the first and the last word


class Checking:
    """Programs on one article."""

    def __init__(self, reading: Reading) -> None:
        self._characters = reading.characters
        self._features = reading.features
        self._longest = reading.longest
        self._ranges = reading.ranges
        self._carriers = reading.alphabet.carriers
        self._starts: dict[str, list[int]] = {}

    def holds(self, program: Program) -> bool:
        if isinstance(program, str):
            if len(program) <= self._longest:
                return program in self._features
            return program in self._characters or self.follows(program)
        kind = program[0]
        if kind == NOT:
            return not self.holds(program[1])
        if kind == NEAR:
            return self._near(program)
        if kind == IN:
            return bool(self._within(program[1], self.places(program[2])))
        if kind == ALL:
            return all(map(self.holds, program[1:]))
        return any(map(self.holds, program[1:]))

    def marks(self, program: Program) -> set[Place]:
        """What a reader is shown of a program that holds: nothing of NOT, and of alternatives those
        that hold."""
        if isinstance(program, str):
            return set(self.places(program))
        kind = program[0]
        if kind == NOT:
            return set()
        if kind == IN:
            return set(self._within(program[1], self.places(program[2])))
        if kind == NEAR:
            left, right = self._sides(program)
            return {place for pair in close(left, right, program[1]) for place in pair}
        parts = program[1:] if kind == ALL else filter(self.holds, program[1:])
        return set[Place]().union(*map(self.marks, parts))

    def places(self, program: Program) -> list[Place]:
        """Of a word, a sequence, or any of such; sorted."""
        if isinstance(program, str):
            last = len(program) - 1
            return [(start, start + last) for start in self._starting(program)]
        return sorted({place for part in program[1:] for place in self.places(part)})

    def follows(self, letters: str) -> bool:
        """Whether they do where they are no substring, as most are: where words of several features
        stand for them."""
        return not self._carriers.keys().isdisjoint(letters) and bool(self._starting(letters))

    def _starting(self, letters: str) -> list[int]:
        """Where a word or a sequence begins; sorted."""
        known = self._starts.get(letters)
        if known is None:
            known = self._starts[letters] = self._find(letters)
        return known

    def _find(self, letters: str) -> list[int]:
        if self._carriers.keys().isdisjoint(letters):
            return _found(self._characters, letters)
        starts = set(self._positions(letters[0]))
        for offset, letter in enumerate(letters[1:], 1):
            if not starts:
                break
            starts.intersection_update([at - offset for at in self._positions(letter)])
        return sorted(starts)

    def _positions(self, letter: str) -> list[int]:
        """Where the character stands, and those that stand for it among others."""
        carriers = self._carriers.get(letter, set()) & self._features
        return [at for each in (letter, *carriers) for at in _found(self._characters, each)]

    def _near(self, program: tuple[Any, ...]) -> bool:
        _, distance, left, right, field = program
        if field or left.__class__ is not str or right.__class__ is not str:
            return next(close(*self._sides(program), distance), None) is not None
        if self._carriers.keys().isdisjoint(left + right):
            return _are_near(self._characters, left, right, distance)
        if not (ones := self._starting(left)) or not (others := self._starting(right)):
            return False
        return _one_after(ones, len(left), others, distance) or _one_after(
            others, len(right), ones, distance
        )

    def _sides(self, program: tuple[Any, ...]) -> tuple[list[Place], list[Place]]:
        _, _, left, right, field = program
        sides = self.places(left), self.places(right)
        if not field:
            return sides
        return self._within(field, sides[0]), self._within(field, sides[1])

    def _within(self, field: str, places: list[Place]) -> list[Place]:
        begin, end = self._ranges[field]
        return [place for place in places if begin <= place[0] and place[1] < end]


def close(left: list[Place], right: list[Place], distance: int) -> Iterator[tuple[Place, Place]]:
    """Those that do not overlap and are at most so many words apart. Both are sorted."""
    for one, other in ((left, right), (right, left)):
        for place in one:
            at = bisect_left(other, (place[1] + 1,))
            while at < len(other) and other[at][0] <= place[1] + distance:
                yield place, other[at]
                at += 1


def _are_near(text: str, left: str, right: str, distance: int) -> bool:
    """Of letters that stand for nothing else: the right side is looked for around the left one
    only, which takes a third of the time of listing where both are."""
    size, reach = len(left), distance + len(right) - 1
    at = text.find(left)
    while at >= 0:
        end = at + size
        if text.find(right, end, end + reach) >= 0 or text.find(right, max(at - reach, 0), at) >= 0:
            return True
        at = text.find(left, at + 1)
    return False


def _one_after(starts: list[int], size: int, others: list[int], distance: int) -> bool:
    """Whether one of the others starts at most so far after the end of a sequence."""
    for start in starts:
        at = bisect_left(others, start + size)
        if at < len(others) and others[at] < start + size + distance:
            return True
    return False


def _found(text: str, letters: str) -> list[int]:
    positions = []
    at = text.find(letters)
    while at >= 0:
        positions.append(at)
        at = text.find(letters, at + 1)
    return positions
