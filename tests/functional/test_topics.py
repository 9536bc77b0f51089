"""The topics in force: published in one step, picked up in a minute, refused when unreadable."""

import gzip
from pathlib import Path

import pytest
from click import ClickException

from tests.builders import NOW, SITE, a_topic, an_entry, an_ingest_job
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, in_force
from tests.functional.documents import page
from tests.functional.stack import NAME, Stack
from tests.functional.web import FakeWeb
from tests.matching import StemsOnly, compile_topics
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import TOPICS_KEY, Bucket
from tocsin.cli import publish as publishing
from tocsin.cli.publish import publish
from tocsin.cli.target import Account
from tocsin.errors import NotFoundError, TocsinError
from tocsin.model.publication import TopicsInForce
from tocsin.model.topics import Topic
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.topics import CurrentTopics
from tocsin.query import inflection
from tocsin.query.document import Document
from tocsin.query.keys import ANALYSIS_VERSION

PEACE = a_topic("peace", any=("peacekeepers",))
HARBOUR = a_topic("harbour", any=("harbour",))
TEXT = Document("Peacekeepers for the harbour", "")


@pytest.fixture
def current(bucket: Bucket, clock: Clock, tmp_path: Path) -> CurrentTopics:
    return CurrentTopics(bucket, clock, tmp_path, inflection.stem)


def matched(current: CurrentTopics) -> list[str]:
    return current.matcher().match(TEXT).topic_ids()


def put_in_force(bucket: Bucket, base: str) -> None:
    found = bucket.find_topics()
    made = TopicsInForce(base=base, analysis=ANALYSIS_VERSION)
    assert bucket.put_topics(made, found[1] if found else None)


def test_new_topics_are_in_force_within_a_minute_and_the_old_ones_until_then(
    bucket: Bucket, current: CurrentTopics, clock: Clock
) -> None:
    in_force(bucket, [PEACE])
    assert matched(current) == ["peace"]
    in_force(bucket, [HARBOUR])
    clock.advance(seconds=59)
    assert matched(current) == ["peace"]
    clock.advance(seconds=1)
    assert matched(current) == ["harbour"]


def test_before_anything_was_applied_ingest_says_so(current: CurrentTopics) -> None:
    with pytest.raises(NotFoundError):
        current.matcher()


def damaged(bucket: Bucket, stack: Stack) -> str:
    """Not what its key says."""
    key = bucket.put_compiled(compile_topics([HARBOUR]))
    stack.client("s3").put_object(Bucket=stack.ref("Bucket"), Key=key, Body=gzip.compress(b"?"))
    return key


def of_another_version(bucket: Bucket, stack: Stack) -> str:
    """Whole, but written for a reader that this is not."""
    compiled = compile_topics([HARBOUR])
    return bucket.put_compiled(b"?" + compiled[1:])


@pytest.mark.parametrize("make", [damaged, of_another_version])
def test_topics_that_cannot_be_read_leave_the_last_good_ones_in_force(
    make: object, bucket: Bucket, stack: Stack, current: CurrentTopics, clock: Clock
) -> None:
    in_force(bucket, [PEACE])
    assert (matched(current), current.refused) == (["peace"], "")
    put_in_force(bucket, make(bucket, stack))  # type: ignore[operator]
    clock.advance(seconds=60)
    assert matched(current) == ["peace"]
    assert "tocsin apply" in current.refused
    in_force(bucket, [HARBOUR])
    clock.advance(seconds=60)
    assert (matched(current), current.refused) == (["harbour"], "")


@pytest.mark.parametrize("make", [damaged, of_another_version])
def test_without_good_ones_the_job_comes_again(
    make: object, bucket: Bucket, stack: Stack, current: CurrentTopics
) -> None:
    in_force(bucket, [PEACE])
    put_in_force(bucket, make(bucket, stack))  # type: ignore[operator]
    with pytest.raises(TocsinError):
        current.matcher()


def test_the_former_topics_put_back_are_refused_no_more(
    bucket: Bucket, stack: Stack, current: CurrentTopics, clock: Clock
) -> None:
    in_force(bucket, [PEACE])
    matched(current)
    put_in_force(bucket, damaged(bucket, stack))
    clock.advance(seconds=60)
    matched(current)
    assert current.refused
    in_force(bucket, [PEACE])
    clock.advance(seconds=60)
    assert (matched(current), current.refused) == (["peace"], "")


def test_no_file_is_left_behind(bucket: Bucket, current: CurrentTopics, tmp_path: Path) -> None:
    in_force(bucket, [PEACE])
    assert matched(current) == ["peace"]
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def account(stack: Stack, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account(stack.session, NAME, stack.outputs())  # type: ignore[arg-type]
    monkeypatch.setitem(made.__dict__, "bucket", bucket)
    return made


def many(count: int) -> list[Topic]:
    return [a_topic(f"topic-{number}", any=(f"word{number}",)) for number in range(count)]


def test_one_topic_more_among_many_compiles_only_that_one(
    account: Account, bucket: Bucket, current: CurrentTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = [*many(1_000), PEACE]
    publish(account, topics, [topic.id for topic in topics], [], StemsOnly())  # type: ignore[arg-type]
    compiled: list[int] = []
    real = publishing.compile_topics

    def counting(topics: list[Topic], lexicon: object) -> bytes:
        compiled.append(len(topics))
        return real(topics, lexicon)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "compile_topics", counting)
    wanted = [*many(1_000), HARBOUR]
    publish(account, wanted, ["harbour"], ["peace"], StemsOnly())  # type: ignore[arg-type]
    assert compiled == [1]
    assert matched(current) == ["harbour"]


def test_of_two_that_apply_at_once_one_is_told(
    account: Account, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(bucket, [PEACE])
    real = publishing.compile_topics

    def meanwhile(topics: list[Topic], lexicon: object) -> bytes:
        in_force(bucket, [PEACE, HARBOUR])
        return real(topics, lexicon)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "compile_topics", meanwhile)
    with pytest.raises(ClickException, match="somebody else"):
        publish(account, [HARBOUR], ["harbour"], ["peace"], StemsOnly())  # type: ignore[arg-type]


def test_forms_of_words_are_found_in_the_articles_own_language(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, articles: ArticlesTable
) -> None:
    put_topics(a_topic("councils", any=("council",)))
    web.serve(
        f"{SITE}/news/1", page("Two councils", ["The councils of the bay met on Monday."] * 4)
    )
    ingest(an_ingest_job(an_entry(f"{SITE}/news/1"), seen_at=NOW), ingesting)
    (row,) = articles.matches_of(identity(f"{SITE}/news/1"))
    assert row.match.words == ("councils",)


def test_topics_lie_where_the_functions_may_read_them() -> None:
    assert TOPICS_KEY.startswith("topics/")
