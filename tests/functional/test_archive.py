"""The archive in DynamoDB and S3: from an ingested page to a hit, and a manifest that adds up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.archive import FORMS, a_record
from tests.builders import ARTICLE_URL, NOW, a_topic, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.archive.answers import Answer, Asked
from tocsin.archive.ranges import Ranges
from tocsin.archive.records import to_batch
from tocsin.archive.search import Shards, search
from tocsin.articles.urls import identity
from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.batches import Batches
from tocsin.aws.shards_table import ShardsTable
from tocsin.errors import NotFoundError, Overloaded
from tocsin.handlers import archive as door
from tocsin.model.archive import Batch, Swap
from tocsin.pipeline.archive import Archiving, archive, merge_once, sweep
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting

ID = identity(ARTICLE_URL)


@pytest.fixture
def archiving(enter: Callable[[str], None]) -> Archiving:
    enter("ArchiveFunction")
    return wiring.archiving()


@pytest.fixture
def shards(stack: Stack) -> ShardsTable:
    client, name = stack.client("dynamodb"), stack.ref("ArticlesTable")
    return ShardsTable(client, name, sleep=lambda seconds: None, jitter=lambda: 0.5)


@pytest.fixture
def objects(stack: Stack) -> ArchiveBucket:
    return ArchiveBucket(stack.client("s3"), stack.ref("Bucket"))


@pytest.fixture
def find(shards: ShardsTable, objects: ArchiveBucket) -> Callable[[str], Answer]:
    def found(query: str) -> Answer:
        with ThreadPoolExecutor(2) as threads:
            opened = Shards(Ranges(objects, threads, 1 << 20), threads)
            return search(Asked(query=query, limit=50), shards.read(), opened, FORMS)

    return found


@pytest.fixture
def hand_over(shards: ShardsTable, objects: ArchiveBucket) -> Callable[..., None]:
    """Articles of today."""

    def add(*numbers: int) -> None:
        records = [a_record(each, seen_at=NOW + timedelta(seconds=each)) for each in numbers]
        Batches(objects, shards).add(to_batch(records), len(records), NOW)

    return add


def test_what_was_ingested_is_found_after_the_next_run(
    put_topics: PutTopics,
    web: FakeWeb,
    ingesting: Ingesting,
    enter: Callable[[str], None],
    find: Callable[[str], Answer],
) -> None:
    put_topics(a_topic("harbour", any=("harbour master",)))
    web.serve(ARTICLE_URL, page())
    ingest(an_ingest_job(country="de"), ingesting)
    assert find("harbour").hits == ()
    enter("ArchiveFunction")
    (ended,) = archive(wiring.archiving())
    assert (ended.outcome, ended.docs, ended.sources) == ("indexed", 1, 1)
    (hit,) = find('"harbour master" country:de NOT lang:fr').hits
    assert (hit.article_id, hit.topics, hit.story_id) == (ID, ("harbour",), ID)
    assert "harbour master" in [hit.snippet.text[m.start : m.end] for m in hit.snippet.marks]


def test_a_minute_without_news_costs_two_queries(archiving: Archiving, calls: Calls) -> None:
    archive(archiving)
    sweep(archiving)
    assert calls.names() == ["dynamodb:Query"] * 3


def test_the_door_says_how_much_was_indexed(
    archiving: Archiving, hand_over: Callable[..., None]
) -> None:
    hand_over(1, 2)
    assert door.handler({}, None) == {"indexed": 2, "merged": 0}


CALLS_OF_A_RUN = 9  # before and after each of which the run below dies


def test_a_run_makes_as_many_calls_as_it_is_crashed_after_below(
    archiving: Archiving, hand_over: Callable[..., None], calls: Calls, clock: Clock
) -> None:
    hand_over(1, 2)
    clock.advance(days=1)
    calls.reset()
    archive(archiving)
    names = calls.names()
    assert "dynamodb:TransactWriteItems" in names
    assert len(names) >= CALLS_OF_A_RUN


@pytest.mark.parametrize("number", range(1, CALLS_OF_A_RUN + 1))
def test_a_crash_after_any_call_loses_nothing_and_shows_nothing_twice(
    number: int,
    archiving: Archiving,
    hand_over: Callable[..., None],
    find: Callable[[str], Answer],
    calls: Calls,
    clock: Clock,
) -> None:
    hand_over(1, 2)
    clock.advance(days=1)
    calls.reset()
    calls.after(None, crash, nth=number)
    with pytest.raises(Crash):
        archive(archiving)
    clock.advance(minutes=16)  # until the lease of who died ends
    archive(archiving)
    assert len(find("").hits) == 2
    (entry,) = archiving.manifests.read().shards
    assert (entry.level, entry.docs) == ("day", 2)


def test_of_two_who_index_the_same_batches_one_wins(
    archiving: Archiving,
    hand_over: Callable[..., None],
    find: Callable[[str], Answer],
    objects: ArchiveBucket,
    calls: Calls,
    stack: Stack,
) -> None:
    hand_over(1, 2)
    calls.before("dynamodb:TransactWriteItems", lambda: archive(archiving))
    outcomes = [each.outcome for each in archive(archiving)]
    assert outcomes == ["lost"]
    assert len(find("").hits) == 2
    assert len(stack.objects("search/")) == 1


def test_a_batch_that_comes_during_a_merge_is_not_lost(
    archiving: Archiving,
    hand_over: Callable[..., None],
    find: Callable[[str], Answer],
    calls: Calls,
    clock: Clock,
) -> None:
    hand_over(1)
    archive(archiving)
    clock.advance(days=1)
    calls.before("dynamodb:TransactWriteItems", lambda: hand_over(2))
    assert merge_once(archiving) is not None
    assert len(find("").hits) == 1
    archive(archiving)
    assert len(find("").hits) == 2


# The manifest


def test_a_view_that_does_not_add_up_is_read_again(
    archiving: Archiving, hand_over: Callable[..., None], shards: ShardsTable, stack: Stack
) -> None:
    """As a query sees it that meets a transaction half done."""
    hand_over(1)
    archive(archiving)
    (entry,) = shards.read().shards
    table, client = stack.ref("ArticlesTable"), stack.client("dynamodb")
    key = {"pk": {"S": "SHARDS#1"}, "sk": {"S": f"S#{entry.key}"}}
    item = client.get_item(TableName=table, Key=key)["Item"]
    client.delete_item(TableName=table, Key=key)
    slept: list[float] = []

    def mend(seconds: float) -> None:
        slept.append(seconds)
        client.put_item(TableName=table, Item=item)

    patient = ShardsTable(client, table, sleep=mend, jitter=lambda: 0.5)
    assert patient.read().shards == (entry,)
    assert len(slept) == 1
    client.delete_item(TableName=table, Key=key)
    with pytest.raises(Overloaded, match="no consistent view"):
        shards.read()


def test_a_swap_whose_source_is_not_in_force_changes_nothing(
    archiving: Archiving, hand_over: Callable[..., None], shards: ShardsTable
) -> None:
    hand_over(1)
    archive(archiving)
    before = shards.read()
    (entry,) = before.shards
    other = entry.model_copy(update={"key": "search/other"})
    assert not shards.swap(Swap(shards=("search/gone",), added=other, at=1))
    assert not shards.swap(Swap(batches=("batch/gone",), added=other, at=1))
    assert shards.read() == before
    assert shards.swap(Swap(shards=(entry.key,), added=other, at=7))
    third = entry.model_copy(update={"key": "search/third"})
    assert not shards.swap(Swap(shards=(entry.key,), added=third, at=8))
    after = shards.read()
    assert (after.shards, after.replaced) == ((other,), ((entry.key, 7),))


def test_a_swap_that_meets_another_is_tried_again(
    shards: ShardsTable, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stack.client("dynamodb")
    shards.add_batch(Batch(key="batch/x", docs=1))
    write, left = client.transact_write_items, [1]

    def conflicts(**request: object) -> object:
        if left:
            left.pop()
            answer = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
            }
            error = client.exceptions.TransactionCanceledException
            raise error(answer, "TransactWriteItems")
        return write(**request)

    monkeypatch.setattr(client, "transact_write_items", conflicts)
    assert shards.swap(Swap(batches=("batch/x",), at=1))
    assert shards.read().batches == ()


def test_a_lease_is_one_workers_until_it_ends(shards: ShardsTable) -> None:
    until = NOW + timedelta(minutes=15)
    assert shards.lease("merge", "a", NOW, until)
    assert not shards.lease("merge", "b", NOW, until)
    shards.release("merge", "b")
    assert not shards.lease("merge", "b", NOW, until)
    assert shards.lease("merge", "b", until + timedelta(seconds=1), until + timedelta(hours=1))
    shards.release("merge", "b")
    assert shards.lease("merge", "a", NOW, until)


# The bucket


def test_an_object_that_is_not_there_is_named(objects: ArchiveBucket) -> None:
    with pytest.raises(NotFoundError, match="search/x"):
        objects.read_range("search/x", 0, 10)
    with pytest.raises(NotFoundError, match="batch/x"):
        objects.get_batch("batch/x")


def test_the_same_batch_is_stored_once(objects: ArchiveBucket, stack: Stack) -> None:
    batch = to_batch([a_record(1)])
    assert objects.put_batch(batch, NOW) == objects.put_batch(batch, NOW)
    assert objects.list_batches() == list(stack.objects("batch/"))
    assert objects.list_batches("2031-03-05") == objects.list_batches()
    assert objects.list_batches("2031-03-06") == []


def test_what_was_replaced_is_swept_up_with_what_a_crash_left(
    archiving: Archiving,
    hand_over: Callable[..., None],
    stack: Stack,
    clock: Clock,
    calls: Calls,
) -> None:
    hand_over(1)
    archive(archiving)
    # What is stored is as old as the machine's clock says; all of that is before this.
    clock.now = max(clock.now, datetime.now(UTC)) + timedelta(days=2)
    calls.after("s3:PutObject", crash)
    with pytest.raises(Crash):
        merge_once(archiving)
    merge_once(archiving)
    assert len(stack.objects("search/")) == 3
    clock.advance(hours=2)
    swept = sweep(archiving, orphans=True)
    assert (swept.replaced, swept.orphans) == (1, 1)
    (entry,) = archiving.manifests.read().shards
    assert list(stack.objects("search/")) == [entry.key]


def test_other_errors_of_a_swap_are_raised(shards: ShardsTable, stack: Stack) -> None:
    missing = ShardsTable(
        stack.client("dynamodb"), "no-table", sleep=lambda seconds: None, jitter=lambda: 0.5
    )
    with pytest.raises(ClientError, match="ResourceNotFound"):
        missing.swap(Swap(batches=("batch/x",), at=1))
