"""Which topics an article satisfies, and on which of its words."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import NotFoundError
from tocsin.model.excerpts import Span
from tocsin.query import fileformat
from tocsin.query.analysis import Term, terms_of
from tocsin.query.checking import Checking, Place
from tocsin.query.directory import Directory
from tocsin.query.document import Document
from tocsin.query.keytable import KeyTable
from tocsin.query.reading import Reader, Reading, Stem
from tocsin.query.search import Search


@dataclass(frozen=True)
class Hit:
    """A word or phrase of a topic where it stands: `field` is 0 for the title, 1 for the body."""

    field: int
    span: Span


class Matches:
    """The topics of one article. Numbers until somebody asks for their ids."""

    def __init__(self, parts: Sequence[tuple[Directory, "array[int]"]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(numbers) for _, numbers in self._parts)

    def topic_ids(self) -> list[str]:
        """Sorted."""
        ids = [topics.topic_id(number) for topics, numbers in self._parts for number in numbers]
        return sorted(ids)


class _Layer:
    """One part of a compiled file, without the topics in `removed`. Remembers how it read the last
    article: spans are asked for right after its match."""

    def __init__(self, contents: fileformat.Contents, stem: Stem) -> None:
        self.removed: frozenset[int] = frozenset()
        self.topics = Directory(contents.sections, contents.facts["topics"])
        self._reader = Reader(contents.facts, KeyTable(contents.sections), stem)
        self._search = Search(contents)
        self._last: tuple[Document, Reading] | None = None

    def read(self, document: Document) -> Reading:
        if self._last is None or self._last[0] is not document:
            self._last = document, self._reader.read(document)
        return self._last[1]

    def remove(self, topic_ids: Iterable[str]) -> None:
        numbers = map(self.topics.number, topic_ids)
        self.removed = frozenset(number for number in numbers if number is not None)

    def find(self, document: Document) -> "array[int]":
        found = self._search.find(self.read(document))
        if self.removed.isdisjoint(found):
            return found
        return array("I", [number for number in found if number not in self.removed])

    def number(self, topic_id: str) -> int | None:
        number = self.topics.number(topic_id)
        return None if number in self.removed else number

    def hits(self, document: Document, number: int) -> list[Hit]:
        reading = self.read(document)
        checking = Checking(reading)
        program = self.topics.program(number)
        return _hits(document, reading, checking.marks(program)) if checking.holds(program) else []


class Matcher:
    """For one published set of topics: one file, or a base with what changed since. For one thread
    at a time. No topic is in two layers."""

    def __init__(self, layers: Sequence[_Layer]) -> None:
        self._layers = layers

    @classmethod
    def open(cls, path: Path, *, stem: Stem) -> "Matcher":
        """A file of `compile_plans`. `stem` gives the stem of a folded form in a language. Raises
        CompiledTopicsError for a file of another version or damaged (see `fileformat.verify`, which
        reads all of it), OSError."""
        return cls(_layers(path, stem))

    @classmethod
    def layered(
        cls, base: Path, delta: Path | None, removed: frozenset[str], *, stem: Stem
    ) -> "Matcher":
        """The base without `removed`, and without the topics in `delta`, which has them newer. Ids
        that the base does not have are no error. Raises as `open` does."""
        above = _layers(delta, stem) if delta else []
        newer = [x.topics.topic_id(number) for x in above for number in range(len(x.topics))]
        below = _layers(base, stem)
        for layer in below:
            layer.remove(removed.union(newer))
        return cls([*below, *above])

    def match(self, document: Document) -> Matches:
        return Matches([(layer.topics, layer.find(document)) for layer in self._layers])

    def spans(self, document: Document, topic_id: str) -> list[Hit]:
        """The words by which a topic matches, in reading order; none if it does not. Only words of
        the title and the body are shown. Raises NotFoundError."""
        for layer in self._layers:
            number = layer.number(topic_id)
            if number is not None:
                return layer.hits(document, number)
        raise NotFoundError("topic", topic_id)

    def read(self, document: Document) -> None:
        """What `match` does first: the article's words as features. For measuring."""
        for layer in self._layers:
            layer.read(document)


def _layers(path: Path, stem: Stem) -> list[_Layer]:
    return [_Layer(contents, stem) for contents in fileformat.opened(path)]


def _hits(document: Document, reading: Reading, places: Iterable[Place]) -> list[Hit]:
    fields = ((0, "title", document.title), (1, "body", document.body))
    found = []
    for field, name, text in fields:
        begin, end = reading.ranges[name]
        inside = [place for place in sorted(places) if begin <= place[0] < end]
        terms = terms_of(text) if inside else []
        found += [Hit(field, _span(terms, first - begin, last - begin)) for first, last in inside]
    return found


def _span(terms: Sequence[Term], first: int, last: int) -> Span:
    return Span(start=terms[first].start, end=terms[last].end)
