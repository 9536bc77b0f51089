"""The compiled form of topics: what `tocsin apply` publishes and the functions load."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.errors import QueryError
from tocsin.model import Topic
from tocsin.query.analysis import terms_of

FORMAT = 1
MAX_PHRASES = 256  # of one topic
MAX_WORDS = 32  # of one phrase

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class CompiledTopic:
    """Phrases as folded terms: one of `any`, each of `all`, nothing of `none`."""

    id: str
    any: tuple[Phrase, ...]
    all: tuple[Phrase, ...]
    none: tuple[Phrase, ...]


def compile_topic(topic: Topic) -> CompiledTopic:
    """Raises QueryError naming the phrase that cannot be used."""
    if not topic.any and not topic.all:
        raise QueryError(
            topic.id, "needs words under `any` or `all`: `none` alone matches the world"
        )
    if len(topic.any) + len(topic.all) + len(topic.none) > MAX_PHRASES:
        raise QueryError(topic.id, f"has more than {MAX_PHRASES} phrases; split it in two topics")
    return CompiledTopic(
        topic.id,
        any=tuple(_phrase(words) for words in topic.any),
        all=tuple(_phrase(words) for words in topic.all),
        none=tuple(_phrase(words) for words in topic.none),
    )


def _phrase(words: str) -> Phrase:
    phrase = tuple(term.text for term in terms_of(words))
    if not phrase:
        raise QueryError(words, "holds no letter or digit to look for")
    if len(phrase) > MAX_WORDS:
        raise QueryError(words, f"is longer than {MAX_WORDS} words; take the telling part of it")
    return phrase


def compile_topics(topics: Iterable[Topic]) -> bytes:
    """The same topics give the same bytes. Raises QueryError."""
    compiled = sorted((compile_topic(topic) for topic in topics), key=lambda topic: topic.id)
    rows = [[topic.id, topic.any, topic.all, topic.none] for topic in compiled]
    return json.dumps({"format": FORMAT, "topics": rows}, ensure_ascii=False).encode()


def load_topics(compiled: bytes) -> list[CompiledTopic]:
    """Raises QueryError for another format than this code reads."""
    document = json.loads(compiled)
    if document["format"] != FORMAT:
        raise QueryError(
            "compiled topics",
            f"format {document['format']}, this version reads {FORMAT}; run `tocsin apply` again",
        )
    return [
        CompiledTopic(topic_id, *(tuple(map(tuple, phrases)) for phrases in lists))
        for topic_id, *lists in document["topics"]
    ]
