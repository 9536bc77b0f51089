"""How near an article comes to a topic, and the least that it lacks.

A topic's words are its conditions. `share` says how much of them an article has: of a list of which
one is enough, that of the nearest; of a phrase, half of the share of its words. What a topic does
not want, and codes as `lang:uk`, count only where they stand in the way: that an article is not
about golf does not bring it near to one on peace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from heapq import nlargest, nsmallest
from itertools import product

from tocsin.model.topics import Topic
from tocsin.query.analysis import Term, terms_of
from tocsin.query.document import Document
from tocsin.query.evaluate import Reading, gap, reading_of
from tocsin.query.explain import CODES, FIELDS, said
from tocsin.query.meaning import Inflection, languages_asked
from tocsin.query.topics import tree_of
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word
from tocsin.query.written import write
from tocsin.stopwords import STOP_WORDS

# Of a condition that fails: words of a phrase are worth less than the phrase, and words that stand
# too far apart less than if they did not.
_PART_OF_PHRASE, _APART = 0.5, 0.75
# Read in full, at up to 20 ms each for an article of 500 words; of more topics those that may be
# near by the first letters of their words, which most forms of a word share.
MOST_READ, _BEGINNING = 100, 4
_MOST_NAMED = 3  # of alternatives, and of parts that are there: a list of 200 says nothing
_SMALL = frozenset().union(*STOP_WORDS.values())


@dataclass(frozen=True, slots=True)
class Lack:
    """A part of a topic that does not hold. It would, if the article had it in one of `fields`; or,
    for a NOT, if it had not what it says. `reason` says what is there instead."""

    part: Node
    fields: tuple[str, ...]
    reason: str

    @property
    def clause(self) -> str:
        """As a query says it."""
        return write(self.part)


@dataclass(frozen=True, slots=True)
class Nearness:
    """`has` are the words looked for that are there, `lacks` the fewest parts that would have to
    hold for the article to match."""

    has: tuple[Node, ...] = ()
    lacks: tuple[Lack, ...] = ()
    met: float = 0.0
    asked: int = 0

    @property
    def matches(self) -> bool:
        return not self.lacks

    @property
    def share(self) -> float:
        """Of what is asked for, 0 to 1."""
        return self.met / self.asked if self.asked else float(self.matches)


def nearness(topic: Topic, document: Document, inflection: Inflection) -> Nearness:
    """Raises QueryError."""
    return _near(tree_of(topic), reading_of(topic, document, inflection))


def nearest(
    topics: Sequence[Topic], document: Document, inflection: Inflection, most: int
) -> list[tuple[Topic, Nearness]]:
    """The topics of which the article has the largest share, and lacks least; none of which it has
    nothing. Raises QueryError."""
    if not topics:
        return []
    reading = reading_of(topics[0], document, inflection)
    trees = [(topic, tree_of(topic)) for topic in topics]
    likely = trees if len(trees) <= MOST_READ else _likely(trees, reading)
    found = [(topic, _near(tree, replace(reading, topic=topic))) for topic, tree in likely]
    near = [each for each in found if each[1].share > 0]
    return nsmallest(most, near, key=lambda each: (*_rank(each[1]), each[0].id))


def in_words(near: Nearness) -> str:
    """What is missing, then what is there."""
    if near.matches:
        return "it has all that the topic asks for"
    there = [said(part) for part in near.has[:_MOST_NAMED]]
    more = len(near.has) - len(there)
    named = _joined([*there, f"{more} more"] if more else there)
    missing = "; ".join(map(_missing, near.lacks))
    is_are = "is" if len(near.has) == 1 else "are"
    return f"{missing}; {named} {is_are} there" if there else missing


def _missing(lack: Lack) -> str:
    if isinstance(lack.part, Not | Is):
        return lack.reason
    return f"{_shortened(lack.part)}: {lack.reason}"


def _shortened(part: Node) -> str:
    if isinstance(part, Or) and len(part.parts) > _MOST_NAMED:
        first = [said(each) for each in part.parts[:_MOST_NAMED]]
        return f"{', '.join(first)} or one of {len(part.parts) - len(first)} more"
    return said(part)


def _joined(words: Sequence[str]) -> str:
    *before, last = words or [""]
    return f"{', '.join(before)} and {last}" if before else last


def _rank(near: Nearness) -> tuple[float, int]:
    return -near.share, len(near.lacks)


# ── a first look ──


def _likely(trees: Sequence[tuple[Topic, Node]], reading: Reading) -> list[tuple[Topic, Node]]:
    """By the beginnings of words alone."""
    rows = (row for rows in reading.rows.values() for row in rows)
    beginnings = frozenset(term.text[:_BEGINNING] for row in rows for term in row)
    return nlargest(MOST_READ, trees, key=lambda each: _guess(each[1], beginnings) or 0.0)


def _guess(node: Node, beginnings: frozenset[str]) -> float | None:
    """The share of it that may be there; None of what does not count."""
    match node:
        case And(parts=parts):
            shares = _known(_guess(part, beginnings) for part in parts)
            return sum(shares) / len(shares) if shares else None
        case Or(parts=parts):
            return max(_known(_guess(part, beginnings) for part in parts), default=None)
        case In(part=part):
            return _guess(part, beginnings)
        case Near(left=left, right=right):
            return _guess(And((left, right)), beginnings)
        case Not() | Is():
            return None
        case Word(text=text) | Prefix(text=text):
            return _there(terms_of(text), beginnings)
        case Phrase(words=words):
            return _there(terms_of(" ".join(words)), beginnings)


def _known(shares: Iterable[float | None]) -> list[float]:
    return [share for share in shares if share is not None]


def _there(terms: Sequence[Term], beginnings: frozenset[str]) -> float:
    return sum(term.text[:_BEGINNING] in beginnings for term in terms) / max(1, len(terms))


# ── over the tree ──


def _near(node: Node, reading: Reading) -> Nearness:
    inner = reading.inside(node)
    match node:
        case And(parts=parts):
            seen = inner if _in_language_asked(parts, inner) else reading
            return _sum(_near(part, seen) for part in parts)
        case Or(parts=parts):
            return _either(node, parts, inner)
        case In(part=part):
            return _near(part, inner)
        case Not(part=part):
            return Nearness() if inner.holds(node) else _unwanted(node, part, inner)
        case Is():
            return Nearness() if inner.holds(node) else _other_code(node, inner)
        case _ if reading.holds(node):
            return Nearness((node,), (), 1.0, 1)
        case Near():
            return _apart(node, inner)
        case _:
            return _absent(node, inner)


def _in_language_asked(parts: Sequence[Node], reading: Reading) -> bool:
    """Else its words are looked for as if no language were asked: that it is in another one is
    what it lacks, and not each of its words as well."""
    asking = [part for part in parts if languages_asked(part) is not None]
    return all(reading.holds(part) for part in asking)


def _sum(each: Iterable[Nearness]) -> Nearness:
    return reduce(_added, each, Nearness())


def _added(one: Nearness, other: Nearness) -> Nearness:
    return Nearness(
        one.has + other.has,
        one.lacks + other.lacks,
        one.met + other.met,
        one.asked + other.asked,
    )


def _either(node: Or, parts: Sequence[Node], reading: Reading) -> Nearness:
    """The alternative that lacks least. Words lack the same, and fail as one."""
    ways = [_near(part, reading) for part in parts]
    best = min(ways, key=lambda way: (len(way.lacks), -way.share))
    words = all(isinstance(part, Word | Phrase | Prefix) for part in parts)
    if words and not best.met:
        lack = Lack(node, reading.fields, f"none of them is in the {_where(reading)}")
        return Nearness((), (lack,), 0.0, 1)
    return best


def _unwanted(node: Not, part: Node, reading: Reading) -> Nearness:
    return Nearness((), (Lack(node, reading.fields, f"{said(part)} is there"),), 0.0, 1)


def _other_code(node: Is, reading: Reading) -> Nearness:
    name, have = CODES[node.name], reading.code(node.name)
    wanted = f", and {node.value} is asked for"
    reason = f"the {name} is {have}{wanted}" if have else f"the {name} is not known{wanted}"
    return Nearness((), (Lack(node, (), reason),), 0.0, 1)


def _absent(node: Node, reading: Reading) -> Nearness:
    words, there = _words_there(node, reading)
    if not there:
        reason = f"not in the {_where(reading)}"
    elif len(there) == len(words):
        reason = "its words are there, but not one after the other"
    else:
        reason = f"only {_joined([f'“{word}”' for word in there])} of it is there"
    met = _PART_OF_PHRASE * len(there) / len(words) if there else 0.0
    return Nearness((), (Lack(node, reading.fields, reason),), met, 1)


def _words_there(node: Node, reading: Reading) -> tuple[list[str], list[str]]:
    """The words of a phrase that tell something, and those of them that the article has."""
    if not isinstance(node, Phrase):
        return [], []
    terms = {word: terms_of(word) for word in node.words}
    telling = [word for word, of in terms.items() if any(each.text not in _SMALL for each in of)]
    return telling, [word for word in telling if reading.holds(Word(word, node.exact))]


def _apart(node: Near, reading: Reading) -> Nearness:
    sides = [_near(node.left, reading), _near(node.right, reading)]
    met = _APART * sum(side.share for side in sides) / len(sides)
    lack = Lack(node, reading.fields, _apart_reason(node, sides, reading))
    return Nearness((), (lack,), met, 1)


def _apart_reason(node: Near, sides: Sequence[Nearness], reading: Reading) -> str:
    missing = [
        side for side, near in zip((node.left, node.right), sides, strict=True) if near.lacks
    ]
    if missing:
        return f"{_joined([_shortened(side) for side in missing])} not in the {_where(reading)}"
    gaps = (
        gap(*pair)
        for row in reading.asked_rows()
        for pair in product(reading.places(node.left, row), reading.places(node.right, row))
    )
    apart = [each for each in gaps if each > 0]
    if not apart:
        return f"both are there, but never apart in one {_rows(reading)}"
    return f"both are there, {min(apart)} words apart at the nearest"


def _where(reading: Reading) -> str:
    return " or ".join(FIELDS[name] for name in reading.fields)


def _rows(reading: Reading) -> str:
    return "field" if len(reading.fields) > 1 else _where(reading)
