"""Topics compiled for tests: with stems and without dictionaries, which load for seconds."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tocsin.model.topics import Topic
from tocsin.query import inflection
from tocsin.query.compiled import compile_plans
from tocsin.query.document import Document
from tocsin.query.matcher import Hit, Matcher
from tocsin.query.meaning import plan_of


class StemsOnly:
    languages = inflection.LANGUAGES

    def __init__(self, remembered: Path | None = None) -> None:
        """As a Lexicon is made; this one has nothing to remember."""

    def prepare(self, words: Iterable[str]) -> None:
        """Nothing: stems are made one by one."""

    def stem(self, form: str, language: str) -> str:
        return inflection.stem(form, language)

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def variants(self, form: str, accented: str) -> frozenset[str]:
        return frozenset()


def compile_topics(topics: Iterable[Topic]) -> bytes:
    return compile_plans((topic.id, plan_of(topic, StemsOnly())) for topic in topics)


def matcher_of(compiled: bytes) -> Matcher:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(compiled)
        return Matcher.open(Path(file.name), stem=inflection.stem)


def hits_of(topic: Topic, title: str, text: str) -> tuple[Hit, ...]:
    matcher, document = matcher_of(compile_topics([topic])), Document(title, text)
    return tuple(matcher.spans(document, topic.id))
