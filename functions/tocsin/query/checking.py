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
        self._ranges = reading.ranges
        self._carriers = reading.alphabet.carriers
        self._places: dict[str, list[Place]] = {}

    def holds(self, program: Program) -> bool:
        if isinstance(program, str):
            return program in self._features if len(program) == 1 else self._follows(program)
        kind = program[0]
        if kind == NEAR:
            return self._near(program)
        if kind == NOT:
            return not self.holds(program[1])
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
            return {place for pair in _close(left, right, program[1]) for place in pair}
        parts = program[1:] if kind == ALL else filter(self.holds, program[1:])
        return set[Place]().union(*map(self.marks, parts))

    def places(self, program: Program) -> list[Place]:
        """Of a word, a sequence, or any of such; sorted."""
        if isinstance(program, str):
            known = self._places.get(program)
            if known is None:
                known = self._places[program] = self._find(program)
            return known
        return sorted({place for part in program[1:] for place in self.places(part)})

    def _follows(self, letters: str) -> bool:
        """Most words are one feature, and most phrases substrings."""
        if letters in self._characters:
            return True
        return any(map(self._carriers_of, letters)) and bool(self.places(letters))

    def _find(self, letters: str) -> list[Place]:
        if len(letters) == 1:
            return [(at, at) for at in self._positions(letters)]
        starts = set(self._positions(letters[0]))
        for offset, letter in enumerate(letters[1:], 1):
            if not starts:
                break
            starts.intersection_update([at - offset for at in self._positions(letter)])
        last = len(letters) - 1
        return [(start, start + last) for start in sorted(starts)]

    def _positions(self, letter: str) -> list[int]:
        """Where the character stands, and those that stand for it among others; sorted."""
        carriers = self._carriers_of(letter)
        if not carriers:
            return _found(self._characters, letter)
        letters = (letter, *carriers)
        return sorted(at for each in letters for at in _found(self._characters, each))

    def _carriers_of(self, letter: str) -> list[str]:
        known = self._carriers.get(letter)
        return [each for each in known if each in self._features] if known else []

    def _near(self, program: tuple[Any, ...]) -> bool:
        left, right = self._sides(program)
        return next(_close(left, right, program[1]), None) is not None

    def _sides(self, program: tuple[Any, ...]) -> tuple[list[Place], list[Place]]:
        _, _, left, right, field = program
        sides = self.places(left), self.places(right)
        if not field:
            return sides
        return self._within(field, sides[0]), self._within(field, sides[1])

    def _within(self, field: str, places: list[Place]) -> list[Place]:
        begin, end = self._ranges[field]
        return [place for place in places if begin <= place[0] and place[1] < end]


def _close(left: list[Place], right: list[Place], distance: int) -> Iterator[tuple[Place, Place]]:
    for one, other in ((left, right), (right, left)):
        for place in one:
            at = bisect_left(other, (place[1] + 1,))
            while at < len(other) and other[at][0] <= place[1] + distance:
                yield place, other[at]
                at += 1


def _found(text: str, character: str) -> list[int]:
    positions = []
    at = text.find(character)
    while at >= 0:
        positions.append(at)
        at = text.find(character, at + 1)
    return positions
