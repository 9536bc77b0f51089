"""Which topics an article satisfies, and on which of its words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tocsin.model import Span
from tocsin.query.analysis import Term, terms_of
from tocsin.query.compiled import CompiledTopic, Phrase, load_topics


@dataclass(frozen=True)
class Hit:
    """A phrase of a topic where it stands: `field` is 0 for the title, 1 for the text."""

    field: int
    span: Span


@dataclass(frozen=True)
class Found:
    """A topic that matched; its hits in reading order, title first."""

    topic_id: str
    hits: tuple[Hit, ...]


class Matcher:
    """Immutable; one for each published set of topics."""

    def __init__(self, topics: Sequence[CompiledTopic]) -> None:
        self._topics = topics
        self._phrases = _by_first_word(
            phrase for topic in topics for phrase in (*topic.any, *topic.all, *topic.none)
        )

    @classmethod
    def load(cls, compiled: bytes) -> "Matcher":
        """From what `compile_topics` gave. Raises QueryError."""
        return cls(load_topics(compiled))

    def match(self, title: str, text: str) -> list[Found]:
        """Phrases never reach across from the title into the text."""
        places: dict[Phrase, list[Hit]] = defaultdict(list)
        for field, content in enumerate((title, text)):
            self._find(field, terms_of(content), places)
        return [
            Found(topic.id, _hits(topic, places))
            for topic in self._topics
            if _satisfied(topic, places)
        ]

    def _find(self, field: int, terms: Sequence[Term], places: dict[Phrase, list[Hit]]) -> None:
        words = [term.text for term in terms]
        for at, word in enumerate(words):
            for phrase in self._phrases.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    last = terms[at + len(phrase) - 1]
                    span = Span(start=terms[at].start, end=last.end)
                    places[phrase].append(Hit(field, span))


def _by_first_word(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    begins: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in dict.fromkeys(phrases):
        begins[phrase[0]].append(phrase)
    return dict(begins)


def _satisfied(topic: CompiledTopic, places: dict[Phrase, list[Hit]]) -> bool:
    return (
        all(phrase in places for phrase in topic.all)
        and (not topic.any or any(phrase in places for phrase in topic.any))
        and not any(phrase in places for phrase in topic.none)
    )


def _hits(topic: CompiledTopic, places: dict[Phrase, list[Hit]]) -> tuple[Hit, ...]:
    found = (hit for phrase in (*topic.any, *topic.all) for hit in places.get(phrase, ()))
    return tuple(sorted(dict.fromkeys(found), key=lambda hit: (hit.field, hit.span.start)))
