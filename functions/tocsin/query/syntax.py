"""The text of a query to its tree.

    either   := every (OR every)*
    every    := negation ([AND] negation)*
    negation := (NOT | -) negation | near
    near     := single [NEAR[/n] single]
    single   := field: single | ( either ) | [=] "phrase" | [=] word | word*

Operators are in upper case, since and, or, not are words too. A query that can be read in two ways,
or in none, is refused: a topic that is silently misread stays silent when it should ring.
"""

from collections.abc import Callable
from typing import NoReturn

from tocsin.query.analysis import terms_of
from tocsin.query.tokens import Kind, Token, refuse, tokens_of
from tocsin.query.tree import (
    CODE_FIELDS,
    And,
    Columns,
    In,
    Is,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Word,
)

MAX_CHARACTERS = 10_000  # 256 long words, each quoted, with an operator and a field
MAX_WORDS = 256  # a longer one is a list that its author no longer oversees
MAX_DEPTH = 32  # a person nests four deep; each level costs the parser stack

_BEGIN = (Kind.WORD, Kind.PREFIX, Kind.PHRASE, Kind.FIELD, Kind.NOT, Kind.OPEN)


def parse(query: str) -> Node:
    """Raises QuerySyntaxError, whatever the text."""
    if len(query) > MAX_CHARACTERS:
        problem = f"the query is longer than {MAX_CHARACTERS:,} characters"
        refuse(query, (MAX_CHARACTERS, len(query)), problem, "split it into several topics")
    return _Parser(query).whole()


def holds_of_nothing(node: Node) -> bool:
    """Whether an article that has none of its words satisfies it."""
    match node:
        case Not(part=part):
            return not holds_of_nothing(part)
        case And(parts=parts):
            return all(map(holds_of_nothing, parts))
        case Or(parts=parts):
            return any(map(holds_of_nothing, parts))
        case In(part=part):
            return holds_of_nothing(part)
        case _:
            return False


class _Parser:
    """One query's; used once."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = tokens_of(query)
        self._next = 0
        self._depth = 0
        self._words = 0
        self._field = ""

    def whole(self) -> Node:
        if len(self._tokens) == 1:
            self._refuse((0, len(self._query)), "the query is empty", "write a word to look for")
        tree = self._either()
        if self._token.kind is Kind.CLOSE:
            self._refuse(self._token.at, "closes no parenthesis", "take it away, or add ( before")
        if holds_of_nothing(tree):
            self._refuse_negative(tree)
        return tree

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _refuse(self, at: Columns, problem: str, remedy: str) -> NoReturn:
        refuse(self._query, at, problem, remedy)

    def _refuse_negative(self, tree: Node) -> NoReturn:
        """At the alternative that is to blame."""
        while isinstance(tree, Or):
            tree = next(part for part in tree.parts if holds_of_nothing(part))
        problem = "only says what must not be there, and matches nearly every article"
        self._refuse(tree.at, problem, "add a word that must be there, as in merger NOT rumour")

    def _either(self) -> Node:
        parts = [self._every()]
        while self._token.kind is Kind.OR:
            self._take()
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Or(tuple(parts), _span(parts))

    def _every(self) -> Node:
        parts = [self._negation()]
        while self._token.kind is Kind.AND or self._token.kind in _BEGIN:
            if self._token.kind is Kind.AND:
                self._take()
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts), _span(parts))

    def _negation(self) -> Node:
        if self._token.kind is not Kind.NOT:
            return self._near()
        sign = self._take()
        part = self._deeper(self._negation, sign)
        return Not(part, (sign.at[0], part.at[1]))

    def _near(self) -> Node:
        left = self._single()
        if self._token.kind is not Kind.NEAR:
            return left
        near = self._take()
        right = self._single()
        if self._token.kind is Kind.NEAR:
            remedy = "join two at a time, as in a NEAR/5 b AND b NEAR/5 c"
            self._refuse(self._token.at, "NEAR has two sides", remedy)
        for side in (left, right):
            self._require_places(side)
        return Near(int(near.text), left, right, _span([left, right]))

    def _require_places(self, node: Node) -> None:
        """What NEAR measures between stands at a place of its own."""
        if isinstance(node, Or):
            for part in node.parts:
                self._require_places(part)
        elif not isinstance(node, Word | Phrase | Prefix):
            remedy = "put fields around it, as in title:(a NEAR/5 b), and AND and NOT beside it"
            problem = "NEAR joins words, phrases, prefixes, and those with OR between"
            self._refuse(node.at, problem, remedy)

    def _single(self) -> Node:
        if self._token.kind not in _BEGIN or self._token.kind is Kind.NOT:
            self._refuse_operand()
        token = self._take()
        if token.kind is Kind.OPEN:
            return self._group(token)
        if token.kind is Kind.FIELD:
            return self._in_field(token)
        return self._words_of(token)

    def _group(self, opening: Token) -> Node:
        if self._token.kind is Kind.CLOSE:
            span = (opening.at[0], self._token.at[1])
            self._refuse(span, "empty parentheses", "write words between them, or take them away")
        inside = self._deeper(self._either, opening)
        if self._token.kind is Kind.END:
            self._refuse(opening.at, "a parenthesis is never closed", "add ) after its last word")
        self._take()
        return inside

    def _in_field(self, token: Token) -> Node:
        if self._field:
            remedy = f"close {self._field}: first, and write the other beside it"
            self._refuse(token.at, f"{token.text}: inside {self._field}:", remedy)
        self._field = token.text
        part = self._deeper(self._single, token)
        self._field = ""
        if token.text in CODE_FIELDS:
            return self._codes(token, part)
        if holds_of_nothing(part):
            remedy = f"write NOT before the field, as in NOT {token.text}:word"
            self._refuse(part.at, f"{token.text}: with nothing that must be there", remedy)
        return In(token.text, part, (token.at[0], part.at[1]))

    def _codes(self, field: Token, part: Node) -> Node:
        if isinstance(part, Or):
            return Or(tuple(self._codes(field, each) for each in part.parts), part.at)
        if not isinstance(part, Word) or part.exact:
            remedy = f"write {field.text}:a, or {field.text}:(a OR b)"
            self._refuse(part.at, f"{field.text}: takes codes", remedy)
        return Is(field.text, part.text, (min(field.at[0], part.at[0]), part.at[1]))

    def _words_of(self, token: Token) -> Word | Phrase | Prefix:
        self._words += len(terms_of(token.text))
        if self._words > MAX_WORDS:
            self._refuse(token.at, f"more than {MAX_WORDS} words", "split it into several topics")
        if token.kind is Kind.PREFIX:
            return Prefix(token.text, token.at)
        words = tuple(token.text.split())
        if len(words) == 1:
            return Word(words[0], token.exact, token.at)
        return Phrase(words, token.exact, token.at)

    def _deeper(self, parse: Callable[[], Node], token: Token) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            remedy = "take away parentheses that it does not need, or split it into several topics"
            self._refuse(token.at, f"nested more than {MAX_DEPTH} deep", remedy)
        node = parse()
        self._depth -= 1
        return node

    def _refuse_operand(self) -> NoReturn:
        """Something must stand here and does not: the operator before it is to blame, if any."""
        token, before = self._token, self._tokens[self._next - 1] if self._next else None
        if before is None or before.kind is Kind.OPEN or token.kind is Kind.NOT:
            self._refuse_unexpected(token, before)
        name = self._query[slice(*before.at)]
        self._refuse(before.at, f"nothing to look for after {name}", f"add a word after {name}")

    def _refuse_unexpected(self, token: Token, before: Token | None) -> NoReturn:
        name = self._query[slice(*token.at)]
        if token.kind is Kind.NOT and before:
            remedy = f"write NOT before the whole, as in NOT {self._query[slice(*before.at)]}word"
            if before.kind is Kind.NEAR:
                remedy = "write the word that must be near, and AND NOT with the other"
            outer = self._query[slice(*before.at)]
            self._refuse(token.at, f"{name} has no meaning right after {outer}", remedy)
        if token.kind is Kind.END and before:
            self._refuse(before.at, "a parenthesis is never closed", "add ) after its last word")
        if token.kind is Kind.CLOSE:
            self._refuse(token.at, "closes no parenthesis", "take it away, or add ( before")
        remedy = f"add a word before it, or quotes to look for the word {name.lower()}"
        self._refuse(token.at, f"nothing to look for before {name}", remedy)


def _span(parts: list[Node]) -> Columns:
    return parts[0].at[0], parts[-1].at[1]
