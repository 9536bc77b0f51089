"""A query in words, as a tree, and why an article does not satisfy it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.model import Topic
from tocsin.query.document import Document
from tocsin.query.evaluate import Reading, gap, reading_of
from tocsin.query.meaning import Inflection
from tocsin.query.topics import tree_of
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word
from tocsin.query.written import write

_FIELDS = {"title": "title", "body": "text", "author": "author", "publisher": "publisher"}
_CODES = {"feed": "feed", "lang": "language", "country": "country"}
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Failure:
    """A clause that an article fails: as a query says it, and what the article has instead."""

    clause: str
    reason: str


def in_words(node: Node) -> str:
    """One English sentence."""
    return f"An article matches if it has {_said(node)}."


def as_tree(node: Node) -> str:
    """One line for each part, those of a part indented below it."""
    return "\n".join(_lines(node, 0))


def why_not(topic: Topic, document: Document, inflection: Inflection) -> tuple[Failure, ...]:
    """The fewest clauses that would have to hold for the article to match; none if it matches.
    Raises QueryError."""
    return tuple(_failures(tree_of(topic), reading_of(topic, document, inflection)))


# In words


def _said(node: Node) -> str:
    match node:
        case And(parts=parts):
            return _all_said(parts)
        case Or(parts=parts):
            return f"either {_listed(parts, 'or')}" if len(parts) == 2 else _one_of(parts)
        case Not(part=part):
            return f"not {_grouped(part)}"
        case Near(distance=distance, left=left, right=right):
            words = "1 word" if distance == 1 else f"{distance} words"
            return f"{_grouped(left)} within {words} of {_grouped(right)}"
        case In(name=name, part=part):
            return f"in its {_FIELDS[name]} {_grouped(part)}"
        case Is(name=name, value=value):
            return f"the {_CODES[name]} {value}"
        case _:
            return _leaf(node)


def _leaf(node: Word | Phrase | Prefix) -> str:
    match node:
        case Word(text=text, exact=exact):
            return f"exactly “{text}”" if exact else f"“{text}”"
        case Phrase(words=words, exact=exact):
            return f"the {'exact ' if exact else ''}phrase “{' '.join(words)}”"
        case Prefix(text=text):
            return f"a word that begins with “{text}”"


def _all_said(parts: Sequence[Node]) -> str:
    wanted = [part for part in parts if not isinstance(part, Not)]
    unwanted = [part.part for part in parts if isinstance(part, Not)]
    but = f", but not {_listed(unwanted, 'nor')}" if unwanted else ""
    return (_listed(wanted, "and") + but).removeprefix(", but ")


def _one_of(parts: Sequence[Node]) -> str:
    return f"one of {_listed(parts, 'or')}"


def _listed(parts: Sequence[Node], last: str) -> str:
    *said, end = [_grouped(part) for part in parts] or [""]
    return f"{', '.join(said)} {last} {end}" if said else end


def _grouped(node: Node) -> str:
    """What holds a list of its own stands in parentheses, or nobody knows where it ends."""
    return f"({_said(node)})" if isinstance(node, And | Or | Near) else _said(node)


# As a tree


def _lines(node: Node, depth: int) -> list[str]:
    title, parts = _titled(node)
    below = [line for part in parts for line in _lines(part, depth + 1)]
    return [INDENT * depth + title, *below]


def _titled(node: Node) -> tuple[str, tuple[Node, ...]]:
    match node:
        case And(parts=parts):
            return "all of", parts
        case Or(parts=parts):
            return "any of", parts
        case Not(part=part):
            return "not", (part,)
        case Near(distance=distance, left=left, right=right):
            return f"within {distance} of each other", (left, right)
        case In(name=name, part=part):
            return f"in the {_FIELDS[name]}", (part,)
        case _:
            return _titled_leaf(node), ()


def _titled_leaf(node: Word | Phrase | Prefix | Is) -> str:
    match node:
        case Word(text=text, exact=exact):
            return f"{'exact word' if exact else 'word'} {text}"
        case Phrase(words=words, exact=exact):
            return f"{'exact phrase' if exact else 'phrase'} {' '.join(words)}"
        case Prefix(text=text):
            return f"words that begin with {text}"
        case Is(name=name, value=value):
            return f"{_CODES[name]} is {value}"


# Why not


def _failures(node: Node, reading: Reading) -> list[Failure]:
    if reading.holds(node):
        return []
    inner = reading.inside(node)
    match node:
        case And(parts=parts):
            seen = inner if inner.in_its_language() else reading
            return [failure for part in parts for failure in _failures(part, seen)]
        case Or(parts=parts):
            return _nearest(node, parts, inner)
        case In(part=part):
            return _failures(part, inner)
        case Not(part=part):
            return [Failure(write(node), f"{_said(part)} is there")]
        case Is(name=name):
            have = inner.code(name)
            reason = f"the {_CODES[name]} is {have}" if have else f"the {_CODES[name]} is not known"
            return [Failure(write(node), reason)]
        case Near(left=left, right=right):
            return _apart(node, left, right, inner)
        case _:
            return [Failure(write(node), f"not in the {_where(inner)}")]


def _nearest(node: Or, parts: Sequence[Node], reading: Reading) -> list[Failure]:
    """What the alternative that lacks least lacks; words lack the same, and fail as one."""
    if all(isinstance(part, Word | Phrase | Prefix) for part in parts):
        return [Failure(write(node), f"none of them is in the {_where(reading)}")]
    return min((_failures(part, reading) for part in parts), key=len)


def _apart(near: Near, left: Node, right: Node, reading: Reading) -> list[Failure]:
    if missing := [*_failures(left, reading), *_failures(right, reading)]:
        return missing
    gaps = [
        gap(a, b)
        for row in reading.asked_rows()
        for a in reading.places(left, row)
        for b in reading.places(right, row)
    ]
    apart = [each for each in gaps if each > 0]
    if not apart:
        return [Failure(write(near), f"both are there, but never apart in one {_rows(reading)}")]
    reason = f"both are there, {min(apart)} words apart at the nearest"
    return [Failure(write(near), reason)]


def _where(reading: Reading) -> str:
    return " or ".join(_FIELDS[name] for name in reading.fields)


def _rows(reading: Reading) -> str:
    return "field" if len(reading.fields) > 1 else _where(reading)
