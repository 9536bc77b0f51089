"""The text of a query to its tokens: words, phrases, operators, names of fields, parentheses."""

import difflib
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NoReturn

from tocsin.errors import QuerySyntaxError
from tocsin.query.analysis import terms_of
from tocsin.query.tree import CODE_FIELDS, TEXT_FIELDS, Columns

MIN_PREFIX = 3  # shorter ones begin words of nearly every article
MIN_DISTANCE, DEFAULT_DISTANCE, MAX_DISTANCE = 1, 10, 50  # 50 words are a paragraph of news

_FIELDS = (*TEXT_FIELDS, *CODE_FIELDS)
_CLOSING = {
    '"': '"',
    "“": '”“"',
    "”": '”"',
    "„": '“”"',
    "‟": '”"',
    "«": '»"',
    "»": '«»"',
    "「": "」",
    "『": "』",
}
_QUOTES = "".join(_CLOSING) + "」』"
_DASHES = "-−–"  # word processors turn a leading hyphen into the others
_RUN = re.compile(rf"[^\s(){_QUOTES}]+")
_FIELD = re.compile(r"([^\W\d_]+):")
_NEAR = re.compile(r"NEAR(?:/(?P<any>.*))?|(?:near|[Ww])/(?P<number>[0-9]+)")


class Kind(Enum):
    WORD = auto()
    PREFIX = auto()
    PHRASE = auto()
    FIELD = auto()
    NEAR = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    OPEN = auto()
    CLOSE = auto()
    END = auto()


_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what it says: a phrase without its quotes, a field's name, NEAR's distance."""

    kind: Kind
    text: str
    at: Columns
    exact: bool = False


def tokens_of(query: str) -> list[Token]:
    """The last one is END. Raises QuerySyntaxError."""
    tokens = []
    at = _past_space(query, 0)
    while at < len(query):
        token = _token(query, at)
        tokens.append(token)
        at = _past_space(query, token.at[1])
    return [*tokens, Token(Kind.END, "", (len(query), len(query)))]


def refuse(query: str, at: Columns, problem: str, remedy: str) -> NoReturn:
    raise QuerySyntaxError(query, *at, problem, remedy)


def _past_space(query: str, at: int) -> int:
    while at < len(query) and query[at].isspace():
        at += 1
    return at


def _token(query: str, at: int) -> Token:
    first = query[at]
    opening = at + (first == "=")
    if first in "()":
        return Token(Kind.OPEN if first == "(" else Kind.CLOSE, first, (at, at + 1))
    if first in _DASHES and _leads(query, at):
        return Token(Kind.NOT, first, (at, at + 1))
    if query[opening : opening + 1] in tuple(_QUOTES):
        return _phrase(query, at, exact=first == "=")
    return _run(query, at)


def _leads(query: str, at: int) -> bool:
    """Whether the dash at this place stands before a word and belongs to none."""
    before, after = query[max(at - 1, 0) : at], query[at + 1 : at + 2]
    alone = not after or after.isspace() or after == ")"
    return not alone and (not before or before.isspace() or before in f"(:{_DASHES}")


def _phrase(query: str, at: int, *, exact: bool) -> Token:
    opening = at + exact
    closing = tuple(_CLOSING.get(query[opening], ""))
    ends = [found for each in closing if (found := query.find(each, opening + 1)) >= 0]
    if not ends:
        refuse(query, (opening, opening + 1), "a quote is never closed", 'add " after the phrase')
    text, span = query[opening + 1 : min(ends)], (at, min(ends) + 1)
    if "*" in text:
        remedy = "write the parts as in troop* NEAR/1 border"
        refuse(query, span, "a phrase takes no wildcard", remedy)
    _require_letters(query, text, span)
    return Token(Kind.PHRASE, text, span, exact)


def _run(query: str, at: int) -> Token:
    """What stands without a space: a word, an operator, or a field's name."""
    if field := _FIELD.match(query, at):
        return _field(query, field)
    found = _RUN.match(query, at)
    assert found, "a quote, a parenthesis and a space are no runs"  # noqa: S101
    text, span = found.group(), found.span()
    if text in _OPERATORS:
        return Token(_OPERATORS[text], text, span)
    if near := _NEAR.fullmatch(text):
        return Token(Kind.NEAR, _distance(query, near, span), span)
    exact = text[0] == "=" and len(text) > 1
    return _word(query, text[exact:], span, exact=exact)


def _field(query: str, found: re.Match[str]) -> Token:
    name = found[1].lower()
    if name not in _FIELDS:
        near = difflib.get_close_matches(name, _FIELDS, n=1)
        known = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(_FIELDS)}"
        remedy = f"{known} (for a colon in the text put quotes around it)"
        refuse(query, found.span(1), f"unknown field {found[1]!r}", remedy)
    return Token(Kind.FIELD, name, found.span())


def _distance(query: str, near: re.Match[str], at: Columns) -> str:
    stated = near["any"] if near["any"] is not None else near["number"]
    if stated is None:
        return str(DEFAULT_DISTANCE)
    # Four digits are out of range however they are read.
    digits = re.fullmatch("[0-9]{1,3}", stated)
    if not digits or not MIN_DISTANCE <= int(stated) <= MAX_DISTANCE:
        remedy = f"write a number from {MIN_DISTANCE} to {MAX_DISTANCE}, as in NEAR/5"
        refuse(query, at, f"{stated!r} is no distance for NEAR", remedy)
    return stated


def _word(query: str, text: str, at: Columns, *, exact: bool) -> Token:
    if "*" not in text and "?" not in text:
        _require_letters(query, text, at)
        return Token(Kind.WORD, text, at, exact)
    stem = text[:-1]
    if text[-1] != "*" or "*" in stem or "?" in stem or not stem:
        remedy = "a * ends a word, as in troop*; put quotes around a sign that belongs to the text"
        refuse(query, at, "a wildcard at the start of a word, inside it, or other than *", remedy)
    if exact:
        refuse(query, at, "an exact word has no other endings", "take away the = or the *")
    terms = terms_of(stem)
    if len(terms) > 1:
        remedy = "put the parts before it in a phrase of their own, with NEAR/1"
        refuse(query, at, "a prefix is the beginning of one word", remedy)
    if not terms or len(terms[0].text) < MIN_PREFIX:
        problem = f"a prefix needs at least {MIN_PREFIX} letters"
        refuse(query, at, problem, "write more of the word, or the words that are meant with OR")
    return Token(Kind.PREFIX, stem, at)


def _require_letters(query: str, text: str, at: Columns) -> None:
    if not terms_of(text):
        remedy = "take it away, or write AND, OR, NOT in words"
        refuse(query, at, "holds no letter or digit to look for", remedy)
