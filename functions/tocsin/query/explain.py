"""A query in words, and as a tree."""

from collections.abc import Sequence

from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word

FIELDS = {"title": "title", "body": "text", "author": "author", "publisher": "publisher"}
CODES = {"feed": "feed", "lang": "language", "country": "country"}
INDENT = "  "


def in_words(node: Node) -> str:
    """One English sentence."""
    return f"An article matches if it has {said(node)}."


def as_tree(node: Node) -> str:
    """One line for each part, those of a part indented below it."""
    return "\n".join(_lines(node, 0))


# In words


def said(node: Node) -> str:
    """What an article has that satisfies it."""
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
            return f"in its {FIELDS[name]} {_grouped(part)}"
        case Is(name=name, value=value):
            return f"the {CODES[name]} {value}"
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
    *before, end = [_grouped(part) for part in parts] or [""]
    return f"{', '.join(before)} {last} {end}" if before else end


def _grouped(node: Node) -> str:
    """What holds a list of its own stands in parentheses, or nobody knows where it ends."""
    return f"({said(node)})" if isinstance(node, And | Or | Near) else said(node)


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
            return f"in the {FIELDS[name]}", (part,)
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
            return f"{CODES[name]} is {value}"
