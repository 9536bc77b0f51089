"""The archive in parts answers as the archive as a whole."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.archive import BEGIN, FORMS, Archive, a_record
from tests.queries import trees
from tests.unit.archive_strategies import filters, groups
from tocsin.archive import fanout, layout, search
from tocsin.archive.answers import Answer, Asked, Order
from tocsin.archive.fanout import answer_event, grouped, invoking, search_all, side_by_side
from tocsin.archive.filters import Filters
from tocsin.archive.manifest import DELETED
from tocsin.archive.records import Record, key_of
from tocsin.errors import Overloaded, PartFailed
from tocsin.model.archive import ShardEntry, Void
from tocsin.query.tree import Node
from tocsin.query.written import write

Invoke = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture(scope="module")
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as made:
        yield made


@pytest.fixture
def archive(tmp_path: Path, threads: ThreadPoolExecutor) -> Archive:
    return Archive(tmp_path, threads)


@pytest.fixture(autouse=True)
def shard_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "PART_SHARDS", 1)


def function(archive: Archive) -> Invoke:
    """The function that searches a part, in a container of its own."""

    def invoke(event: dict[str, Any]) -> dict[str, Any]:
        sent = json.loads(json.dumps(event))
        return dict(json.loads(json.dumps(answer_event(sent, archive.shards(), FORMS))))

    return invoke


def in_parts(
    archive: Archive, callers: ThreadPoolExecutor, invoke: Invoke | None = None, **asked: Any
) -> Answer:
    run = side_by_side(invoking(invoke or function(archive)), callers)
    return search_all(Asked(**asked), archive.manifest, archive.shards(), FORMS, run)


def as_a_whole(archive: Archive, **asked: Any) -> Answer:
    return archive.search(everything=True, **asked)


@pytest.mark.parametrize("order", Order)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(parts=groups(), tree=trees(), filtered=filters())
def test_parts_find_what_the_whole_finds(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    callers: ThreadPoolExecutor,
    order: Order,
    parts: list[list[Record]],
    tree: Node,
    filtered: Filters,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    for part in parts:
        archive.add(part)
    asked = {"query": write(tree), "filters": filtered, "order": order, "limit": 100}
    asked["facets"] = layout.FACETS
    assert in_parts(archive, callers, **asked) == as_a_whole(archive, **asked)


def pages(of: Callable[..., Answer], **asked: Any) -> list[Answer]:
    answers = [of(**asked)]
    while answers[-1].cursor:
        answers.append(of(**asked, cursor=answers[-1].cursor))
    return answers


@pytest.mark.parametrize("query", ["troops", "troops OR men", "", "árbol OR troops"])
@pytest.mark.parametrize("order", Order)
def test_the_pages_of_parts_are_those_of_the_whole(
    archive: Archive, callers: ThreadPoolExecutor, order: Order, query: str
) -> None:
    for at in range(3):  # shards that overlap in time
        archive.add(
            a_record(n, title="men " * (n % 3), text="troops " * (n % 5 + 1))
            for n in range(30)
            if n % 3 == at
        )
    asked = {"query": query, "order": order, "limit": 7}
    of_parts = pages(lambda **more: in_parts(archive, callers, **more), **asked)
    whole = pages(lambda **more: as_a_whole(archive, **more), **asked)
    assert [each.hits for each in of_parts] == [each.hits for each in whole]
    found = [hit.article_id for each in of_parts for hit in each.hits]
    assert len(found) == len(set(found)) == 30


@pytest.mark.parametrize("order", Order)
def test_what_parts_could_not_verify_at_once_is_on_a_later_page(
    archive: Archive, callers: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    monkeypatch.setattr(search, "MAX_VERIFIED", 4)
    for at in range(2):
        archive.add(
            a_record(n, text="die Bühne" if n % 4 < 2 else "die Buhne")
            for n in range(24)
            if n % 2 == at
        )
    asked = {"query": "die NEAR/3 (bühne OR die)", "order": order, "limit": 3}
    found = pages(lambda **more: in_parts(archive, callers, **more), **asked)
    assert not found[0].exact
    if order is Order.NEWEST:
        of_all = {hit.article_id for each in found for hit in each.hits}
        whole = pages(lambda **more: as_a_whole(archive, **more), **asked)
        assert of_all == {hit.article_id for each in whole for hit in each.hits}


@pytest.mark.parametrize("order", Order)
def test_of_versions_in_several_parts_the_latest_is_found_once(
    archive: Archive, callers: ThreadPoolExecutor, order: Order
) -> None:
    archive.add([a_record(1, text="troops march"), a_record(2, text="troops")])
    archive.add([a_record(1, text="troops stay", version=2), a_record(3, text="troops")])
    archive.add([a_record(4, text="troops")])
    for number, version in ((1, 2), (3, DELETED)):
        second, article_id = key_of(a_record(number))
        archive.voids.append(Void(second=second, article_id=article_id, version=version))
    found = in_parts(archive, callers, query="troops", order=order)
    assert found == as_a_whole(archive, query="troops", order=order)
    assert {hit.snippet.text for hit in found.hits} == {"troops", "troops stay"}
    assert len(found.hits) == 3


@pytest.mark.parametrize("order", Order)
def test_a_part_that_fails_fails_the_search_and_is_named(
    archive: Archive, callers: ThreadPoolExecutor, order: Order
) -> None:
    for day in range(3):
        archive.add([a_record(1, text="troops", seen_at=BEGIN + timedelta(days=day))])
    invoke = function(archive)

    def throttled(event: dict[str, Any]) -> dict[str, Any]:
        (entry,) = event["part"]["manifest"]["shards"]
        if entry["key"] == "1":
            raise Overloaded("a table", "too many at once")
        return invoke(event)

    with pytest.raises(PartFailed, match=r"2031-03-02 to 2031-03-02 .*too many at once"):
        in_parts(archive, callers, throttled, query="troops", order=order)


@pytest.mark.parametrize("order", Order)
def test_an_archive_without_articles_has_no_parts(
    archive: Archive, callers: ThreadPoolExecutor, order: Order
) -> None:
    assert in_parts(archive, callers, query="troops", order=order).matches == 0


def test_parts_are_neighbours_of_about_a_million_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "PART_SHARDS", 4)
    docs = (10, 20, 300_000, 300_000, 300_000, 300_000, 300_000, 2_000_000, *[5] * 6)
    entries = [
        ShardEntry(
            key=f"{number}",
            level="month",
            size=1,
            head=0,
            docs=each,
            first=0,
            last=1,
            languages=(),
            forms=(),
            version=1,
        )
        for number, each in enumerate(docs)
    ]
    parts = grouped(entries)
    assert [entry for part in parts for entry in part] == entries
    assert [len(part) for part in parts] == [4, 3, 1, 4, 2]
