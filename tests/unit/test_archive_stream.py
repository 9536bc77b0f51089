"""A stream gives everything that matches, newest first, whole, and goes on where it was left. Held
against the oracle of tests/archive.py."""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive import BEGIN, Archive, a_record, matching
from tests.queries import trees
from tests.unit.archive_strategies import filters, groups, texts
from tests.unit.test_archive_search import FEW
from tocsin.archive import layout, shard, stream
from tocsin.archive.answers import Asked, Order
from tocsin.archive.filters import Filters
from tocsin.archive.manifest import DELETED, voids_by
from tocsin.archive.records import Key, Record, from_stored, key_of, to_stored
from tocsin.errors import InputError, QueryError
from tocsin.model.archive import Void
from tocsin.query.tree import Node
from tocsin.query.written import write


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture
def archive(tmp_path: Path, threads: ThreadPoolExecutor) -> Archive:
    return Archive(tmp_path, threads)


@pytest.fixture(params=["whole", "by ranges, few at a time"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "whole":
        monkeypatch.setattr(layout, "INLINE", 0)
        monkeypatch.setattr(shard, "SMALL", 0)
        monkeypatch.setattr(stream, "_READ_AT_ONCE", 2)
        monkeypatch.setattr(stream, "_OPENED_AT_ONCE", 1)


def streamed(archive: Archive, query: str = "", **asked: Any) -> Iterator[tuple[Key, Record]]:
    wanted = Asked(query=query, **asked)
    return stream.records(wanted, archive.manifest, archive.shards(), archive.inflection)


def ids(archive: Archive, query: str = "", **asked: Any) -> list[str]:
    return [record.id for _, record in streamed(archive, query, **asked)]


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Record]]:
    """Each for a shard. Some articles are revised in a later one, and then again."""
    parts = draw(groups())
    everything = [each for part in parts for each in part]
    for version in (2, 3):
        revised = draw(st.lists(st.sampled_from(everything), max_size=4, unique_by=key_of))
        changed = [each.model_copy(update={"text": draw(texts())}) for each in revised]
        parts.append([each.model_copy(update={"version": version}) for each in changed])
    return [part for part in parts if part]


def stored(archive: Archive, parts: Iterable[list[Record]]) -> list[Record]:
    """As indexing does it; the articles as they are now."""
    current: dict[Key, Record] = {}
    voids: dict[Key, Void] = {}
    for part in parts:
        archive.add(part)
        current |= {key_of(each): each for each in part}
        voids |= {(each.second, each.article_id): each for each in voids_by(part, 0)}
    archive.voids[:] = voids.values()
    return list(current.values())


@pytest.mark.usefixtures("read")
@FEW
@given(worlds(), trees(), filters(), st.data())
def test_gives_each_article_that_matches_once_whole_and_newest_first(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    tree: Node,
    asked: Filters,
    data: st.DataObject,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    articles = stored(archive, parts)
    for gone in data.draw(st.lists(st.sampled_from(articles), max_size=2, unique_by=key_of)):
        second, article_id = key_of(gone)
        archive.voids[:] = [each for each in archive.voids if each.article_id != article_id]
        archive.voids.append(Void(second=second, article_id=article_id, version=DELETED))
        articles.remove(gone)
    query = data.draw(st.sampled_from((write(tree), "")))
    expected = matching(query, articles, asked)
    found = list(streamed(archive, query, filters=asked))
    assert found == [(key_of(each), from_stored(to_stored(each))) for each in expected]


@pytest.mark.usefixtures("read")
@FEW
@given(worlds(), st.data())
def test_goes_on_after_any_article(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    data: st.DataObject,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    stored(archive, parts)
    whole = list(streamed(archive))
    at = data.draw(st.integers(1, len(whole)))
    rest = streamed(archive, cursor=stream.cursor_of(whole[at - 1][0]))
    assert list(rest) == whole[at:]


def test_neither_limit_nor_budget_ends_it(archive: Archive) -> None:
    for part in range(3):
        archive.add(a_record(n, text="troops") for n in range(600) if n % 3 == part)
    expected = [a_record(n).id for n in reversed(range(600))]
    assert ids(archive, "troops", limit=1, budget=1, order=Order.BEST) == expected


def test_opens_shards_when_their_turn_comes(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_OPENED_AT_ONCE", 2)
    for number in range(40):
        archive.add([a_record(number)])
    shards = archive.shards()
    found = stream.records(Asked(), archive.manifest, shards, archive.inflection)
    assert shards.ranges.effort.requests == 0
    assert [record.title for _, record in islice(found, 3)] == [
        "Article 39",
        "Article 38",
        "Article 37",
    ]
    assert shards.ranges.effort.requests == 4
    until = BEGIN + timedelta(minutes=4)
    assert len(ids(archive, filters=Filters(until=until))) == 4


def test_holds_few_articles_of_a_large_shard(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "INLINE", 0)
    monkeypatch.setattr(shard, "SMALL", 0)
    dense = (hashlib.sha512(b"%d" % number).hexdigest() for number in range(3_000))
    archive.add((a_record(n, text=text) for n, text in enumerate(dense)), layout.PAGE)
    shards = archive.shards()
    found = stream.records(Asked(), archive.manifest, shards, archive.inflection)
    next(found)
    begun = shards.ranges.effort.bytes
    assert sum(1 for _ in found) == 2_999
    articles = 3_000 * 64  # they are not smaller, compressed
    assert shards.ranges.effort.bytes - begun > articles, "read when their turn comes"


def test_what_cannot_be_asked_is_refused(archive: Archive) -> None:
    archive.add([a_record(1)])
    with pytest.raises(QueryError):
        ids(archive, "(troops")
    with pytest.raises(InputError, match="cursor"):
        ids(archive, cursor="x")
