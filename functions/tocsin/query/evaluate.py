"""Whether an article satisfies a topic, straight from what the language says. Slow.

It knows nothing of keys, plans and the matcher: they are tested against it, and explanations are
made from it.

    word        stands in the title or the body, in one of its forms
    phrase      its words stand one after the other in one row
    NEAR/n      both stand in one row, do not overlap, and the first word of the later is at most
                n words after the last word of the earlier
    field       the same, in the rows of that field; each author is a row of its own

Words of authors and publishers have no forms but their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

from tocsin.model.topics import Topic
from tocsin.query.analysis import Term, terms_of
from tocsin.query.document import Document
from tocsin.query.meaning import Inflection
from tocsin.query.topics import tree_of
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word

Row = tuple[Term, ...]
Place = tuple[int, int]  # the first and the last token


def satisfies(topic: Topic, document: Document, inflection: Inflection) -> bool:
    """Raises QueryError for a topic that cannot be read."""
    return reading_of(topic, document, inflection).holds(tree_of(topic))


def reading_of(topic: Topic, document: Document, inflection: Inflection) -> "Reading":
    rows = {
        "title": (tuple(terms_of(document.title)),),
        "body": (tuple(terms_of(document.body)),),
        "author": tuple(tuple(terms_of(author)) for author in document.authors),
        "publisher": (tuple(terms_of(document.publisher)),),
    }
    return Reading(topic, document, inflection, inflection.languages, rows)


@dataclass(frozen=True)
class Reading:
    """An article as the words at one place of a query's tree see it."""

    topic: Topic
    document: Document
    inflection: Inflection
    languages: frozenset[str]
    rows: dict[str, tuple[Row, ...]]
    fields: tuple[str, ...] = ("title", "body")

    def holds(self, node: Node) -> bool:
        inner = self.inside(node)
        match node:
            case And(parts=parts):
                return all(inner.holds(part) for part in parts)
            case Or(parts=parts):
                return any(inner.holds(part) for part in parts)
            case Not(part=part):
                return not inner.holds(part)
            case In(part=part):
                return inner.holds(part)
            case Is(name=name, value=value):
                return self.code(name) == value.casefold()
            case Near():
                return any(any(self.near(node, row)) for row in self.asked_rows())
            case _:
                return any(self.places(node, row) for row in self.asked_rows())

    def inside(self, node: Node) -> "Reading":
        """How the parts of the node see the article."""
        if isinstance(node, In):
            return replace(self, fields=(node.name,))
        if isinstance(node, And):
            asked = [each for part in node.parts if (each := _languages(part)) is not None]
            if asked:
                said = reduce(frozenset.intersection, asked)
                return replace(self, languages=said & self.inflection.languages)
        return self

    def asked_rows(self) -> list[Row]:
        return [row for field in self.fields for row in self.rows[field]]

    def code(self, name: str) -> str | None:
        known = {
            "lang": self.document.language,
            "feed": self.document.feed,
            "country": self.document.country,
        }
        value = known[name]
        return value.casefold() if value else None

    def places(self, node: Node, row: Row) -> list[Place]:
        """Where it stands in the row."""
        match node:
            case Word(text=text, exact=exact):
                return self._runs(terms_of(text), exact, row)
            case Phrase(words=words, exact=exact):
                return self._runs(terms_of(" ".join(words)), exact, row)
            case Prefix(text=text):
                begin = terms_of(text)[0].text
                return [(at, at) for at, term in enumerate(row) if term.text.startswith(begin)]
            case Or(parts=parts):
                return [place for part in parts for place in self.places(part, row)]
            case _:
                raise TypeError(f"{type(node).__name__} stands at no place")

    def near(self, node: Near, row: Row) -> Iterator[tuple[Place, Place]]:
        """Pairs of a place of one side and a place of the other, in either order."""
        sides = self.places(node.left, row), self.places(node.right, row)
        return (pair for pair in product(*sides) if 0 < gap(*pair) <= node.distance)

    def _runs(self, words: list[Term], exact: bool, row: Row) -> list[Place]:
        meant = [self._meant(word, exact) for word in words]
        last = len(words) - 1
        return [
            (at, at + last)
            for at in range(len(row) - last)
            if all(is_meant(row[at + k]) for k, is_meant in enumerate(meant))
        ]

    def _meant(self, word: Term, exact: bool) -> Callable[[Term], bool]:
        """Which terms of the article the word of a query means."""
        if "author" in self.fields or "publisher" in self.fields:
            return lambda term: term.text == word.text
        if self.topic.accents:
            return lambda term: term.accented == word.accented
        if exact or not self.topic.inflection:
            return lambda term: term.text == word.text
        forms = {word.text, *self.inflection.variants(word.text, word.accented)}
        forms.update(*(self.inflection.forms(word.text, (each,)) for each in self.languages))
        stem, language = self._stem_meant(word.text), self.code("lang") or ""
        if stem is None:
            return lambda term: term.text in forms
        return lambda term: term.text in forms or self.inflection.stem(term.text, language) == stem

    def _stem_meant(self, word: str) -> str | None:
        """In the article's language, unless its dictionary knows the word."""
        language = self.code("lang")
        if language not in self.languages or self.inflection.forms(word, (language,)):
            return None
        return self.inflection.stem(word, language)


def gap(one: Place, other: Place) -> int:
    """From the last word of the earlier to the first of the later; below 1 they overlap."""
    return max(one[0] - other[1], other[0] - one[1])


def _languages(node: Node) -> frozenset[str] | None:
    """The languages that `lang:` here allows, None where it is not asked."""
    if isinstance(node, Is) and node.name == "lang":
        return frozenset({node.value.casefold()})
    if isinstance(node, And | Or):
        inner = [_languages(part) for part in node.parts]
        said = [each for each in inner if each is not None]
        if isinstance(node, And) and said:
            return reduce(frozenset.intersection, said)
        if said and len(said) == len(inner):
            return reduce(frozenset.union, said)
    return None
