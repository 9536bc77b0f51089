"""A query as it was written: the tree that the parser builds and that can be written out again.

`at` is where a part stands in the query's text, for errors and explanations; it is no part of what
two trees are compared by.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

Columns: TypeAlias = tuple[int, int]  # first and one past the last, counted from 0
NOWHERE: Columns = (0, 0)

# Where words may be looked for; the text is the body.
TEXT_FIELDS = ("title", "body", "author", "publisher")
# What an article has one of, compared whole.
CODE_FIELDS = ("feed", "lang", "country")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in all its forms; `exact` in this form only. `text` is as written."""

    text: str
    exact: bool = False
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so."""

    text: str
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other."""

    words: tuple[str, ...]
    exact: bool = False
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Both within `distance` words of each other, in either order, in one field."""

    distance: int
    left: "Node"
    right: "Node"
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Looked for in one field only: one of TEXT_FIELDS."""

    name: str
    part: "Node"
    at: Columns = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    """The article's code (one of CODE_FIELDS) is this."""

    name: str
    value: str
    at: Columns = field(default=NOWHERE, compare=False)


Node: TypeAlias = Word | Prefix | Phrase | Near | And | Or | Not | In | Is
