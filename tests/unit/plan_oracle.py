"""What plans mean, as plan.py says it and in no clever way: the judge of the matcher."""

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.query.analysis import terms_of
from tocsin.query.document import Document
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without


@dataclass(frozen=True)
class Token:
    """`form` is what prefixes look at, with the field's name before it where there is one."""

    form: str
    keys: frozenset[str]


Row = tuple[Token, ...]
Place = tuple[int, int, int]  # row, first token, last token
TITLE, BODY = 0, 1
ROWS = {"title": (TITLE,), "body": (BODY,)}


def rows_of(document: Document, stem: Callable[[str, str], str]) -> list[Row]:
    authors = [_field_row("author", author) for author in document.authors]
    codes = {"lang": document.language, "feed": document.feed, "country": document.country}
    return [
        _text_row(document.title, document.language, stem),
        _text_row(document.body, document.language, stem),
        *authors,
        _field_row("publisher", document.publisher),
        *[(_only(code_key(name, value)),) for name, value in codes.items() if value],
    ]


def _text_row(text: str, language: str | None, stem: Callable[[str, str], str]) -> Row:
    row = []
    for term in terms_of(text):
        keys = {term.text, accented_key(term.accented)}
        if language:
            keys.add(stem_key(language, stem(term.text, language)))
        row.append(Token(term.text, frozenset(keys)))
    return tuple(row)


def _field_row(name: str, text: str) -> Row:
    return tuple(_only(field_key(name, term.text)) for term in terms_of(text))


def _only(key: str) -> Token:
    return Token(key, frozenset({key}))


def holds(plan: Plan, rows: list[Row], where: tuple[int, ...] | None = None) -> bool:
    match plan:
        case Every(parts):
            return all(holds(part, rows, where) for part in parts)
        case Either(parts):
            return any(holds(part, rows, where) for part in parts)
        case Without(part):
            return not holds(part, rows, where)
        case Within(field, part):
            return holds(part, rows, ROWS[field])
        case Close():
            return bool(close_pairs(plan, rows, where))
        case _:
            return bool(places(plan, rows, where))


def places(plan: Plan, rows: list[Row], where: tuple[int, ...] | None) -> set[Place]:
    """Of words, sequences, and either of those."""
    if isinstance(plan, Either):
        return {place for part in plan.parts for place in places(part, rows, where)}
    size = len(plan.parts) if isinstance(plan, Sequence) else 1
    return {
        (row, at, at + size - 1)
        for row, tokens in enumerate(rows)
        for at in range(len(tokens) - size + 1)
        if (where is None or row in where) and stands_at(plan, tokens[at : at + size])
    }


def stands_at(plan: Plan, tokens: Row) -> bool:
    match plan:
        case One(keys):
            return bool(keys & tokens[0].keys)
        case Start(prefix):
            return tokens[0].form.startswith(prefix)
        case Sequence(parts):
            return all(stands_at(part, (token,)) for part, token in zip(parts, tokens, strict=True))
        case _:
            raise TypeError(plan)


def close_pairs(
    plan: Close, rows: list[Row], where: tuple[int, ...] | None
) -> list[tuple[Place, Place]]:
    return [
        (one, other)
        for one in places(plan.left, rows, where)
        for other in places(plan.right, rows, where)
        if one[0] == other[0]
        and (0 < other[1] - one[2] <= plan.distance or 0 < one[1] - other[2] <= plan.distance)
    ]


def marks(
    plan: Plan, rows: list[Row], where: tuple[int, ...] | None = None, *, wanted: bool = True
) -> set[Place]:
    """What is shown of a plan that holds: nothing that is not wanted, and of alternatives those
    that hold."""
    match plan:
        case Without(part):
            return marks(part, rows, where, wanted=not wanted)
        case Within(field, part):
            return marks(part, rows, ROWS[field], wanted=wanted)
        case Every(parts) | Either(parts):
            alternatives = isinstance(plan, Either) == wanted
            shown = [
                marks(part, rows, where, wanted=wanted)
                for part in parts
                if not alternatives or holds(part, rows, where) == wanted
            ]
            return set[Place]().union(*shown)
        case _ if not wanted:
            return set()
        case Close():
            return {place for pair in close_pairs(plan, rows, where) for place in pair}
        case _:
            return places(plan, rows, where)
