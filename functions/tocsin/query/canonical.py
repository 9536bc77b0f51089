"""Plans in one spelling, so that equal ones meet: flat, sorted, NOT and fields at the leaves.

A form is a tuple that begins with its kind. `field` is "title", "body" or "" for anywhere:

    (WORD, number, field)                   a word by its number in `Words`
    (SEQUENCE, (number, ...), field)
    (NEAR, distance, side, side, field)     sides are WORD, SEQUENCE or ANY of them, anywhere
    (NOT, leaf)                             of one of the above
    (ALL, (form, ...))   (ANY, (form, ...))

Forms are tuples, not classes: a million are built, compared and looked up in a compilation.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without

Form: TypeAlias = tuple[Any, ...]
WORD, SEQUENCE, NEAR, NOT, ALL, ANY = "w", "s", "n", "!", "&", "|"


class Words:
    """The distinct words of all plans, numbered as they come: the keys of one of which a token
    must have, or the beginning of its form."""

    def __init__(self) -> None:
        self._numbers: dict[frozenset[str] | str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, word: frozenset[str] | str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))

    def in_order(self) -> list[frozenset[str] | str]:
        return list(self._numbers)


def canonical(plan: Plan, words: Words, field: str = "", *, positive: bool = True) -> Form:
    match plan:
        case Every(parts):
            kind = ALL if positive else ANY
        case Either(parts):
            kind = ANY if positive else ALL
        case Without(part):
            return canonical(part, words, field, positive=not positive)
        case Within(name, part):
            return canonical(part, words, name, positive=positive)
        case _:
            leaf = _leaf(plan, words, field)
            return leaf if positive else (NOT, leaf)
    return _joined(kind, (canonical(part, words, field, positive=positive) for part in parts))


def _leaf(plan: Plan, words: Words, field: str) -> Form:
    match plan:
        case One(keys):
            return (WORD, words.number(keys), field)
        case Start(prefix):
            return (WORD, words.number(prefix), field)
        case Sequence((part,)):
            return (WORD, words.number(part.keys), field)
        case Sequence(parts):
            return (SEQUENCE, tuple(words.number(part.keys) for part in parts), field)
        case Close(distance, left, right):
            return (NEAR, distance, *sorted((_side(left, words), _side(right, words))), field)
        case _:
            raise TypeError(f"{type(plan).__name__} has no place in the text")


def _side(plan: Plan, words: Words) -> Form:
    match plan:
        case One() | Start() | Sequence():
            return _leaf(plan, words, "")
        case Either(parts):
            return _joined(ANY, (_side(part, words) for part in parts))
        case _:
            raise TypeError(f"{type(plan).__name__} cannot be a side of Close")


def _joined(kind: str, forms: Iterable[Form]) -> Form:
    """Parts of the same kind are taken apart, repeated ones left out; one alone is itself."""
    flat: set[Form] = set()
    for form in forms:
        flat.update(form[1] if form[0] == kind else (form,))
    return next(iter(flat)) if len(flat) == 1 else (kind, tuple(sorted(flat)))


def words_in(form: Form) -> Iterable[Form]:
    """Every WORD of a form, those of sequences and of NEAR in the field of these."""
    match form:
        case ("w", _, _):
            yield form
        case ("s", numbers, field):
            yield from ((WORD, number, field) for number in numbers)
        case ("n", _, left, right, field):
            for _, number, _ in (*words_in(left), *words_in(right)):
                yield (WORD, number, field)
        case ("!", leaf):
            yield from words_in(leaf)
        case (_, parts):
            for part in parts:
                yield from words_in(part)


def sequences_in(form: Form) -> Iterable[tuple[int, ...]]:
    match form:
        case ("s", numbers, _):
            yield numbers
        case ("n", _, left, right, _):
            yield from (*sequences_in(left), *sequences_in(right))
        case ("!", leaf):
            yield from sequences_in(leaf)
        case ("&" | "|", parts):
            for part in parts:
                yield from sequences_in(part)


def distances_in(form: Form) -> Iterable[int]:
    match form:
        case ("n", distance, _, _, _):
            yield distance
        case ("!", leaf):
            yield from distances_in(leaf)
        case ("&" | "|", parts):
            for part in parts:
                yield from distances_in(part)
