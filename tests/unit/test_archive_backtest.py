"""What a topic would have matched: all that the matcher accepts, and nothing else."""

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.archive import BEGIN, Archive, a_record
from tests.builders import a_topic
from tests.queries import WORDS, trees
from tests.unit.test_archive_search import FEW, groups
from tocsin.archive import backtest
from tocsin.archive.backtest import Asking
from tocsin.archive.reading import document_of
from tocsin.archive.records import Record, key_of
from tocsin.errors import QueryError
from tocsin.model.topics import Topic
from tocsin.query.compiled import compile_plans
from tocsin.query.inflection import StemsAlone
from tocsin.query.matcher import Matcher
from tocsin.query.meaning import plan_of
from tocsin.query.tree import And, Near, Node, Not, Prefix, Word
from tocsin.query.written import write


class Dictionary(StemsAlone):
    """As `apply` has it: words that it knows mean their forms, others their stems."""

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        known = frozenset({"man", "men"})
        return known if form in known and "en" in languages else frozenset()


FORMS = Dictionary()
END = BEGIN + timedelta(days=365)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def asking(topic: Topic) -> Asking:
    plan = plan_of(topic, FORMS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topics"
        path.write_bytes(compile_plans([(topic.id, plan)]))
        return Asking(topic.id, plan, Matcher.open(path, stem=FORMS.stem), FORMS)


def found(archive: Archive, topic: Topic) -> list[str]:
    stored = backtest.Archive(archive.manifest, archive.shards())
    return [each.record.id for each in stored.matched(asking(topic), BEGIN, END)]


def accepted(topic: Topic, records: list[Record]) -> list[str]:
    """By the matcher alone, article by article."""
    asked = asking(topic)
    chosen = [r for r in records if asked.matcher.match(document_of(r)).topic_ids()]
    return [each.id for each in sorted(chosen, key=key_of, reverse=True)]


def topics() -> st.SearchStrategy[Topic]:
    """Lists, queries and switches of all kinds; one at least asks for something."""
    words = st.lists(st.sampled_from(WORDS), max_size=2).map(tuple)
    queries = trees().map(write)
    return st.builds(
        a_topic,
        any=words,
        all=words,
        none=words,
        query=queries,
        accents=st.booleans(),
        inflection=st.booleans(),
        aliases=st.sampled_from(((), (("man", "troop"),))),
        publishers=st.sampled_from(((), ("harbour post",))),
    ).filter(usable)


def usable(topic: Topic) -> bool:
    try:
        return bool(plan_of(topic, FORMS))
    except QueryError:
        return False


NOT_ACCENTED = a_topic(any=("troop",), none=("café",), accents=True)
NEAR_ITSELF: Node = And((Word("men"), Not(Near(2, Prefix("tro"), Prefix("tro")))))
BOTH = [[a_record(1, text="troop cafe men"), a_record(2, text="troop café")]]


@FEW
@given(groups(), topics())
@example(BOTH, NOT_ACCENTED)
@example(BOTH, a_topic(any=(), query=write(NEAR_ITSELF)))
def test_the_index_names_every_article_that_the_matcher_accepts(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    topic: Topic,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads, inflection=FORMS)
    for part in parts:
        archive.add(part)
    assert found(archive, topic) == accepted(topic, [each for part in parts for each in part])
