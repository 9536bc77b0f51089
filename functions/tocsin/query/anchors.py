"""A form to the words that an article must have for it to match, and what is left to check then.

A form becomes alternative paths (its disjunctive normal form). All `needs` of a path must be in the
article, and all `checks` must hold: those say what the presence of words cannot.
"""

from collections.abc import Callable, Iterable
from itertools import product
from typing import NamedTuple

from tocsin.query.canonical import ANY, WORD, Form, words_in

# Paths that one conjunction may grow to. (a or b or c) and (d or e) has 6; beyond this the whole
# form is checked where the words of its rarest part are found.
MAX_PRODUCT = 64
MAX_ABSORBED = 64  # comparing all pairs of more paths than these costs more than it saves

Cost = Callable[[Form], float]  # how many articles have a word


class Path(NamedTuple):
    needs: frozenset[Form]  # WORDs
    checks: tuple[Form, ...] = ()


def paths_of(form: Form, cost: Cost) -> list[Path]:
    """At least one for each way to match. A path without needs has to be checked always."""
    expanded = _expand(form, cost)
    if expanded is None:
        required = _required(form, cost)
        return [Path(needs, (form,)) for needs in dict.fromkeys(required or [frozenset()])]
    return _absorbed(dict.fromkeys(expanded))


def _expand(form: Form, cost: Cost) -> list[Path] | None:
    """None where there would be too many."""
    match form[0]:
        case "w":
            return [Path(frozenset((form,)))]
        case "s":
            return [Path(frozenset(words_in(form)), (form,))]
        case "n":
            return [Path(needs, (form,)) for needs in _near(form, cost)]
        case "!":
            return [Path(frozenset(), (form,))]
    parts = [_expand(part, cost) for part in form[1]]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return [path for part in known for path in part] if form[0] == ANY else _product(known)


def _product(parts: list[list[Path]]) -> list[Path] | None:
    result = [Path(frozenset())]
    for part in parts:
        if len(part) > 1 and len(result) * len(part) > max(MAX_PRODUCT, len(part)):
            return None
        result = [
            Path(one.needs | other.needs, tuple(dict.fromkeys(one.checks + other.checks)))
            for one, other in product(result, part)
        ]
    return result


def _absorbed(paths: Iterable[Path]) -> list[Path]:
    """Without the paths that another one makes superfluous by asking for less."""
    paths = list(paths)
    if not 1 < len(paths) <= MAX_ABSORBED:
        return paths
    return [path for path in paths if not any(_asks_less(other, path) for other in paths)]


def _asks_less(one: Path, than: Path) -> bool:
    return (
        one is not than
        and one.needs <= than.needs
        and set(one.checks) <= set(than.checks)
        and (one.needs != than.needs or len(one.checks) < len(than.checks))
    )


def _near(form: Form, cost: Cost) -> list[frozenset[Form]]:
    _, _, left, right, field = form
    sides = [_alternatives(side, field) for side in (left, right)]
    if len(sides[0]) * len(sides[1]) <= MAX_PRODUCT:
        return [one | other for one, other in product(*sides)]
    return min(sides, key=lambda side: _cost_of(side, cost))


def _alternatives(side: Form, field: str) -> list[frozenset[Form]]:
    parts = side[1] if side[0] == ANY else (side,)
    return [frozenset((WORD, number, field) for _, number, _ in words_in(part)) for part in parts]


def _required(form: Form, cost: Cost) -> list[frozenset[Form]] | None:
    """Sets of words one of which is whole in any article that matches; None: no word is needed."""
    match form[0]:
        case "w" | "s":
            return [frozenset(words_in(form))]
        case "n":
            return _near(form, cost)
        case "!":
            return None
    parts = [_required(part, cost) for part in form[1]]
    known = [part for part in parts if part is not None]
    if form[0] == ANY:
        return [needs for part in known for needs in part] if len(known) == len(parts) else None
    return _rarest(known, cost) if known else None


def _rarest(parts: list[list[frozenset[Form]]], cost: Cost) -> list[frozenset[Form]]:
    """The alternatives of the rarest part, with what each of the parts without a choice needs."""
    rarest = min(parts, key=lambda part: _cost_of(part, cost))
    certain = frozenset[Form]().union(*(part[0] for part in parts if len(part) == 1))
    return [needs | certain for needs in rarest]


def _cost_of(alternatives: list[frozenset[Form]], cost: Cost) -> float:
    return sum(min(map(cost, needs), default=0.0) for needs in alternatives)
