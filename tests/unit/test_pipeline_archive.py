"""The archive's stage on a store in memory: what came is found once, whoever crashes and races."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive import BEGIN, FORMS, a_record
from tocsin.archive import manifest as rules
from tocsin.archive.answers import Asked
from tocsin.archive.manifest import DAY, MICRO, MONTH
from tocsin.archive.ranges import Ranges
from tocsin.archive.records import Record, key_of, to_batch
from tocsin.archive.search import Shards, search
from tocsin.archive.shard import Shard
from tocsin.errors import CorruptError, NotFoundError
from tocsin.model.archive import Batch, Manifest, ShardEntry, Swap, Void
from tocsin.pipeline import archive as stage
from tocsin.pipeline.archive import Archiving, archive, index, merge_once, rebuild, sweep

T = TypeVar("T")
LATER = BEGIN + timedelta(days=2)


class Crash(BaseException):
    """The process ends here."""


@dataclass
class Store:
    """Bucket and manifest in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)
    written_at: dict[str, datetime] = field(default_factory=dict)
    shards: dict[str, ShardEntry] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    voids: dict[tuple[int, str], Void] = field(default_factory=dict)
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    now: datetime = LATER

    def hand_over(self, *records: Record) -> None:
        """As ingest does."""
        key = f"batch/{len(self.objects)}"
        self.objects[key] = to_batch(records)
        self.batches[key] = Batch(key=key, docs=len(records))

    def manifest(self) -> Manifest:
        in_force = [each for key, each in self.shards.items() if key not in self.replaced]
        return Manifest(
            shards=tuple(in_force),
            batches=tuple(self.batches.values()),
            voids=tuple(self.voids.values()),
            replaced=tuple(self.replaced.items()),
        )

    def apply(self, swap: Swap) -> bool:
        shards_gone = any(k not in self.shards or k in self.replaced for k in swap.shards)
        if shards_gone or any(key not in self.batches for key in swap.batches):
            return False
        for key in swap.batches:
            del self.batches[key]
        self.replaced |= dict.fromkeys(swap.shards, swap.at)
        if swap.added:
            self.shards[swap.added.key] = swap.added
        self.voids |= {(each.second, each.article_id): each for each in swap.voids}
        for each in swap.settled:
            self.voids.pop((each.second, each.article_id), None)
        return True


@dataclass
class Worker:
    """A worker's way to the store: `between` is called before and after each call."""

    store: Store
    between: Callable[[], None] = lambda: None

    def _do(self, act: Callable[[], T]) -> T:
        self.between()
        done = act()
        self.between()
        return done

    # Manifests

    def read(self) -> Manifest:
        return self._do(self.store.manifest)

    def add_batch(self, batch: Batch) -> None:
        def act() -> None:
            self.store.batches[batch.key] = batch

        self._do(act)

    def swap(self, swap: Swap) -> bool:
        return self._do(lambda: self.store.apply(swap))

    def forget(self, shard: str) -> None:
        def act() -> None:
            self.store.shards.pop(shard, None)
            self.store.replaced.pop(shard, None)

        self._do(act)

    def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        def act() -> bool:
            held = self.store.leases.get(name)
            if held and held[0] != owner and held[1] >= now:
                return False
            self.store.leases[name] = owner, until
            return True

        return self._do(act)

    def release(self, name: str, owner: str) -> None:
        self._do(lambda: self.store.leases.pop(name, None))

    # Objects

    def get_batch(self, key: str) -> bytes:
        return self.store.objects[key]  # by several threads: nothing comes between

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        if key not in self.store.objects:
            raise NotFoundError("shard", key)
        return self.store.objects[key][offset : offset + length]

    def list_batches(self) -> list[str]:
        return self._do(lambda: [key for key in self.store.objects if key.startswith("batch/")])

    def put_shard(self, key: str, path: Path) -> None:
        def act() -> None:
            self.store.objects[key] = path.read_bytes()
            self.store.written_at[key] = self.store.now

        self._do(act)

    def delete_shard(self, key: str) -> None:
        self._do(lambda: self.store.objects.pop(key, None))

    def shards_before(self, at: datetime) -> list[str]:
        return self._do(lambda: [k for k, when in self.store.written_at.items() if when < at])


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@dataclass
class World:
    threads: ThreadPoolExecutor
    folder: Path
    store: Store = field(default_factory=Store)
    ids: Iterator[int] = field(default_factory=count)
    known: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)

    def worker(self, between: Callable[[], None] = lambda: None) -> Archiving:
        way = Worker(self.store, between)
        return Archiving(
            manifests=way,
            objects=way,
            executor=self.threads,
            clock=lambda: self.store.now,
            new_id=lambda: f"{next(self.ids)}",
            folder=self.folder,
        )

    def found(self, query: str = "") -> list[tuple[str, int]]:
        """Article ids and versions, as a search finds them."""
        ranges = Ranges(Worker(self.store), self.threads, 64 << 20)
        asked = Asked(query=query, limit=1000)
        answer = search(asked, self.store.manifest(), Shards(ranges, self.threads), FORMS)
        return [(hit.article_id, hit.version) for hit in answer.hits]

    def visible(self, manifest: Manifest) -> dict[str, int]:
        """By article the version that a reader of this manifest sees; fails where it sees one of
        them twice. Cheaper than a search: shards do not change."""
        voids = {(each.second, each.article_id): each.version for each in manifest.voids}
        seen: dict[str, int] = {}
        for entry in manifest.shards:
            for second, article_id, version in self._rows(entry):
                if version >= voids.get((second, article_id), 0):
                    assert article_id not in seen, f"{article_id} is seen twice"
                    seen[article_id] = version
        return seen

    def _rows(self, entry: ShardEntry) -> list[tuple[int, str, int]]:
        assert entry.key in self.store.objects, f"{entry.key} is in force and gone"
        if entry.key not in self.known:
            shard = Shard(entry, Ranges(Worker(self.store), self.threads, 1 << 20))
            self.known[entry.key] = [(*key_of(each), each.version) for each in shard.articles()]
        return self.known[entry.key]

    def levels(self) -> list[str]:
        return sorted(each.level for each in self.store.manifest().shards)


@pytest.fixture
def world(threads: ThreadPoolExecutor, tmp_path: Path) -> World:
    return World(threads, tmp_path)


def hand_over(world: World, groups: int = 4) -> dict[str, int]:
    """Articles in several batches, one of them revised in another; what is to be found of them."""
    for number in range(groups):
        world.store.hand_over(*(a_record(4 * number + each) for each in range(3)))
    world.store.hand_over(a_record(1, version=2, text="Something did."))
    return {
        a_record(4 * n + k).id: 2 if (n, k) == (0, 1) else 1
        for n in range(groups)
        for k in range(3)
    }


# One worker


def test_batches_become_one_small_shard_and_are_found(world: World) -> None:
    expected = hand_over(world)
    assert [each.outcome for each in index(world.worker())] == ["indexed"]
    assert world.levels() == [MICRO]
    assert dict(world.found()) == expected
    assert world.found("something") == [(a_record(1).id, 2)]
    assert world.store.batches == {}


def test_small_shards_of_a_past_day_become_one_of_the_day(world: World) -> None:
    for number in range(3):
        world.store.hand_over(a_record(number))
        list(index(world.worker()))
    merged = merge_once(world.worker())
    assert merged is not None
    assert (merged.outcome, merged.docs, merged.sources) == ("merged", 3, 3)
    assert world.levels() == [DAY]
    assert len(world.found()) == 3
    assert merge_once(world.worker()) is None


def test_small_shards_of_today_stay_until_there_are_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MANY_MICRO", 3)
    world.store.now = BEGIN + timedelta(hours=1)
    for number in range(2):
        world.store.hand_over(a_record(number))
        archive(world.worker())
    assert world.levels() == [MICRO, MICRO]
    world.store.hand_over(a_record(2))
    archive(world.worker())
    assert world.levels() == [DAY]


def test_days_of_a_past_month_become_one_of_the_month(world: World) -> None:
    for number in range(3):
        world.store.hand_over(a_record(number, seen_at=BEGIN + timedelta(days=number)))
        list(index(world.worker()))
    world.store.now = BEGIN + timedelta(days=40)
    archive(world.worker())
    assert world.levels() == [MONTH]
    assert len(world.found()) == 3


def test_a_revision_hides_what_it_replaced_until_that_is_gone(world: World) -> None:
    world.store.hand_over(a_record(1, text="Troops march."), a_record(2))
    list(index(world.worker()))
    world.store.hand_over(a_record(1, text="Troops stay.", version=2))
    list(index(world.worker()))
    assert world.found("march") == []
    assert len(world.store.voids) == 1
    world.store.now += timedelta(hours=2)
    merge_once(world.worker())
    assert world.store.voids == {}
    assert world.found("march") == []
    assert world.found("stay") == [(a_record(1).id, 2)]


def test_what_was_deleted_stays_so_when_its_batch_is_indexed_again(world: World) -> None:
    second, article_id = key_of(a_record(1))
    gone = Void(second=second, article_id=article_id, version=rules.DELETED)
    world.store.voids[second, article_id] = gone
    world.store.hand_over(a_record(1), a_record(2))
    list(index(world.worker()))
    assert world.found() == [(a_record(2).id, 1)]
    world.store.now += timedelta(hours=2)
    merge_once(world.worker())
    assert world.store.voids


def test_an_article_that_two_batches_have_is_found_once(world: World) -> None:
    for _ in range(2):
        world.store.hand_over(a_record(1))
        list(index(world.worker()))
    assert world.found() == [(a_record(1).id, 1)]
    merge_once(world.worker())
    assert world.found() == [(a_record(1).id, 1)]
    assert [each.docs for each in world.store.manifest().shards] == [1]


def test_batches_of_nothing_but_deleted_articles_leave_no_shard(world: World) -> None:
    second, article_id = key_of(a_record(1))
    gone = Void(second=second, article_id=article_id, version=rules.DELETED)
    world.store.voids[second, article_id] = gone
    world.store.hand_over(a_record(1))
    list(index(world.worker()))
    assert (world.levels(), world.store.batches) == ([], {})


def test_a_batch_that_cannot_be_read_is_named(world: World) -> None:
    world.store.objects["batch/x"] = b"no gzip"
    world.store.batches["batch/x"] = Batch(key="batch/x", docs=1)
    with pytest.raises(CorruptError, match="batch/x"):
        list(index(world.worker()))


def test_what_was_replaced_is_kept_for_an_hour_and_then_swept_up(world: World) -> None:
    hand_over(world)
    list(index(world.worker()))
    before = world.store.manifest()
    merge_once(world.worker())
    assert sweep(world.worker()).replaced == 0
    assert len(world.visible(before)) == 12  # who read the manifest before can go on
    world.store.now += timedelta(hours=2)
    assert sweep(world.worker()).replaced == 1
    assert world.store.replaced == {}
    assert len(world.found()) == 12


def test_an_object_that_a_crash_left_is_swept_up_a_day_later(world: World) -> None:
    hand_over(world)
    list(index(world.worker()))
    orphan = "search/v1/micro/orphan"
    world.store.objects[orphan], world.store.written_at[orphan] = b"", world.store.now
    sweep(world.worker(), orphans=True)
    assert orphan in world.store.objects
    world.store.now += timedelta(days=1, minutes=1)
    assert sweep(world.worker(), orphans=True).orphans == 1
    assert orphan not in world.store.objects
    assert len(world.found()) == 12


def test_of_two_who_merge_one_goes_home(world: World) -> None:
    hand_over(world)
    list(index(world.worker()))
    world.store.leases[stage.LEASE] = "other", world.store.now + timedelta(minutes=1)
    assert [each.outcome for each in archive(world.worker())] == []
    world.store.now += timedelta(minutes=2)
    assert [each.outcome for each in archive(world.worker())] == ["merged"]


@pytest.mark.parametrize("damage", ["version", "object"])
def test_the_archive_can_be_made_anew_of_its_batches(world: World, damage: str) -> None:
    """Of shards that this code cannot read, because they are an older one's or damaged."""
    expected = hand_over(world)
    archive(world.worker())
    (entry,) = world.store.manifest().shards
    if damage == "version":
        world.store.shards[entry.key] = entry.model_copy(update={"version": 0})
    else:
        world.store.objects[entry.key] = b""
    assert rebuild(world.worker()) == 5
    archive(world.worker())
    assert dict(world.found()) == expected
    assert len(world.found()) == len(expected)
    assert entry.key not in {each.key for each in world.store.manifest().shards}


def test_a_rebuilding_that_dies_shows_nothing_twice_and_can_be_done_again(world: World) -> None:
    expected = hand_over(world)
    archive(world.worker())
    calls = count()

    def dies() -> None:
        if next(calls) == 8:
            raise Crash

    with pytest.raises(Crash):
        rebuild(world.worker(dies))
    archive(world.worker())
    assert sorted(world.found()) == sorted(expected.items())
    rebuild(world.worker())
    archive(world.worker())
    assert sorted(world.found()) == sorted(expected.items())


# Many workers, and crashes


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    others=st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 12)), max_size=2),
    crash=st.none() | st.integers(0, 30),
)
def test_a_reader_sees_every_article_once_whoever_races_and_crashes(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    others: list[tuple[int, int | None]],
    crash: int | None,
) -> None:
    """At some calls of one worker another does all there is to do, or dies at a call of its own;
    the first may die, too. A reader looks in between any two calls."""
    world = World(threads, tmp_path_factory.mktemp("world"))
    expected = hand_over(world, 2)
    seen: dict[str, int] = {}

    def look() -> None:
        visible = world.visible(world.store.manifest())
        assert all(visible.get(each, 0) >= version for each, version in seen.items())
        seen.update(visible)

    def dies_at(call: int | None, at_call: dict[int, Callable[[], None]]) -> Callable[[], None]:
        numbers = count()

        def between() -> None:
            look()
            number = next(numbers)
            if act := at_call.get(number):
                act()
            if number == call:
                raise Crash

        return between

    def all_there_is(between: Callable[[], None]) -> None:
        with suppress(Crash):
            archive(world.worker(between))
            sweep(world.worker(between))

    nested = {
        number: (lambda dies=dies: all_there_is(dies_at(dies, {}))) for number, dies in others
    }
    all_there_is(dies_at(crash, nested))
    world.store.hand_over(a_record(99))  # what comes late is not lost
    world.store.now += timedelta(hours=1)  # until a lease that was left behind ends
    all_there_is(look)
    expected[a_record(99).id] = 1
    assert dict(world.found()) == expected
    assert len(world.found()) == len(expected)
    world.store.now += timedelta(days=3)
    sweep(world.worker(), orphans=True)
    shards = {key for key in world.store.objects if key.startswith("search/")}
    assert shards == {each.key for each in world.store.manifest().shards}
    assert dict(world.found()) == expected
