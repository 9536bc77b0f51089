"""What a query means, in the keys that an article's words have: what compiling and matching see.

An article is a row of tokens in its title and one in its body; each token has keys (its folded
form, its stem in the article's language, ...). Authors, publisher and codes are tokens of rows of
their own, whose keys begin with the field's name, so that no other word is taken for them. Words of
a query are sets of keys: a token is meant if it has one of them.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class One:
    """A token with one of these keys."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Start:
    """A token whose folded form begins so; with the field's name before it where it must."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Tokens one after the other in one field. At least two."""

    parts: tuple[One, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Two places in one field that do not overlap, with at most `distance` - 1 tokens in between,
    in either order: the first token of the later less the last of the earlier is at most
    `distance`. Sides are One, Start, Sequence, or Either of those."""

    distance: int
    left: "Plan"
    right: "Plan"


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Plan", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Plan", ...]


@dataclass(frozen=True, slots=True)
class Without:
    part: "Plan"


@dataclass(frozen=True, slots=True)
class Within:
    """Looked for in the title only, or in the body only. Not nested; not around another field's
    keys, and not around Without."""

    field: str  # "title" or "body"
    part: "Plan"


Plan: TypeAlias = One | Start | Sequence | Close | Every | Either | Without | Within
