"""What has to be checked of an article, as the compiled file holds it.

    "x"                     the article has this feature
    "xyz"                   words of these features stand one after the other
    (IN, field, "xyz")      they do so in this field
    (NEAR, distance, side, side, field)    sides are "x", "xyz" or (ANY, side, ...)
    (NOT, program)   (ALL, program, ...)   (ANY, program, ...)

A letter is a feature's character: a word anywhere, or a word in one field.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from tocsin.query.canonical import ALL, NEAR, NOT, Form

Program: TypeAlias = str | tuple[Any, ...]
Spelling: TypeAlias = Callable[[int, str], str]  # the character of a word's number in a field
IN = "i"


def program_of(form: Form, spelling: Spelling) -> Program:
    """To decide only: words in one field are features of their own."""
    if form[0] == "w":
        return spelling(form[1], form[2])
    return _program(form, spelling, program_of)


def placing_program_of(form: Form, spelling: Spelling) -> Program:
    """To say where, too: words in one field are words that are looked for there."""
    if form[0] == "w":
        word = spelling(form[1], "")
        return (IN, form[2], word) if form[2] else word
    return _program(form, spelling, placing_program_of)


def _program(form: Form, spelling: Spelling, inner: Callable[[Form, Spelling], Program]) -> Program:
    match form:
        case ("s", numbers, field):
            letters = "".join(spelling(number, "") for number in numbers)
            return (IN, field, letters) if field else letters
        case ("n", distance, left, right, field):
            sides = (program_of(side, spelling) for side in (left, right))
            return (NEAR, distance, *sides, field)
        case ("!", leaf):
            return (NOT, inner(leaf, spelling))
        case (kind, parts):
            return (kind, *(inner(part, spelling) for part in parts))
        case _:
            raise TypeError(form)


def all_of(programs: list[Program]) -> Program:
    return programs[0] if len(programs) == 1 else (ALL, *programs)
