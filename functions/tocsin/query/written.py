"""The tree of a query to its text, such that parsing it gives the same tree."""

from tocsin.errors import QuerySyntaxError
from tocsin.query.tokens import Kind, tokens_of
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word


def write(node: Node) -> str:
    """One line. Every AND is written, and parentheses where they help the eye."""
    match node:
        case Word(text=text, exact=exact):
            return _marked(text, exact)
        case Phrase(words=words, exact=exact):
            return _quoted(" ".join(words), exact)
        case Prefix(text=text):
            return f"{text}*"
        case Is(name=name, value=value):
            return f"{name}:{_marked(value)}"
        case _:
            return _joined(node)


def _joined(node: And | Or | Not | Near | In) -> str:
    match node:
        case And(parts=parts):
            return " AND ".join(map(_grouped, parts))
        case Or(parts=parts):
            return " OR ".join(map(_grouped, parts))
        case Not(part=part):
            return f"NOT {_grouped(part)}"
        case Near(distance=distance, left=left, right=right):
            return f"{_grouped(left)} NEAR/{distance} {_grouped(right)}"
        case In(name=name, part=part):
            return (
                f"{name}:({write(part)})" if isinstance(part, Not) else f"{name}:{_grouped(part)}"
            )


def _grouped(node: Node) -> str:
    text = write(node)
    return f"({text})" if isinstance(node, And | Or | Near) else text


def _marked(word: str, exact: bool = False) -> str:
    bare = f"={word}" if exact else word
    return bare if _reads_as_itself(bare, word) else _quoted(word, exact)


def _reads_as_itself(bare: str, word: str) -> bool:
    try:
        token, *others = tokens_of(bare)
    except QuerySyntaxError:
        return False
    return len(others) == 1 and token.kind is Kind.WORD and token.text == word


def _quoted(text: str, exact: bool) -> str:
    return f'{"=" if exact else ""}"{text}"'
