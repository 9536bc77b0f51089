"""archive: what ingest stored becomes searchable, and stays so in few shards.

Each minute the batches that came become one small shard; many small ones become one of a day, a
month's days one of the month. Shards are never changed. A new one is stored first; then one swap of
the manifest puts it in the place of what it was made of, on condition that all of that is still in
force. Of two who do the same at the same time one wins, and the other takes its object away. A
crash between any two calls leaves the manifest as it was, or as it shall be; an object that nobody
refers to is swept up a day later, and one that was replaced an hour later.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tocsin.archive import layout
from tocsin.archive.builder import build
from tocsin.archive.manifest import (
    MAX_SOURCES,
    MAX_VOIDS,
    MICRO,
    ORPHANED_AFTER,
    Merge,
    long_replaced,
    next_merge,
    settled_by,
    voids_by,
    without_void,
)
from tocsin.archive.ranges import Ranges, Reader
from tocsin.archive.records import (
    Kept,
    Record,
    Stored,
    from_batch,
    in_groups,
    key_of,
    newest_versions,
)
from tocsin.archive.shard import Shard
from tocsin.model.archive import Batch, Manifest, ShardEntry, Swap, Void

MAX_DOCS = 2_000  # of one small shard: 20 MB of text in memory
LEASE = "merge"
LEASE_DURATION = timedelta(minutes=15)  # the longest that a function runs
# Merges begin only that long after the invocation did: the largest takes some five minutes.
MERGING = timedelta(minutes=8)
_ROOM = 64 << 20


class Manifests(Protocol):
    def read(self) -> Manifest: ...
    def add_batch(self, batch: Batch) -> None: ...
    def swap(self, swap: Swap) -> bool: ...
    def forget(self, shard: str) -> None: ...
    def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool: ...
    def release(self, name: str, owner: str) -> None: ...


class Objects(Reader, Protocol):
    def get_batch(self, key: str) -> bytes: ...
    def list_batches(self) -> list[str]: ...
    def put_shard(self, key: str, path: Path) -> None: ...
    def delete_shard(self, key: str) -> None: ...
    def shards_before(self, at: datetime) -> list[str]: ...


@dataclass(frozen=True)
class Archiving:
    """What archiving needs from outside. `folder` has room for the largest shard three times."""

    manifests: Manifests
    objects: Objects
    executor: Executor
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    folder: Path


@dataclass(frozen=True)
class Archived:
    """How one swap ended: `outcome` is `indexed`, `merged` or `lost` (another was faster)."""

    outcome: str
    level: str
    docs: int
    sources: int
    shard: str | None = None


@dataclass(frozen=True)
class Swept:
    replaced: int = 0
    orphans: int = 0


def archive(outside: Archiving) -> list[Archived]:
    """One invocation: everything that came, then what merges there is time for."""
    begun = outside.clock()
    done = list(index(outside))
    owner = outside.new_id()
    if next_merge(outside.manifests.read(), begun) is None:
        return done
    if not outside.manifests.lease(LEASE, owner, begun, begun + LEASE_DURATION):
        return done
    while outside.clock() - begun < MERGING:
        merged = merge_once(outside)
        if merged is None:
            break
        done.append(merged)
    outside.manifests.release(LEASE, owner)
    return done


def index(outside: Archiving) -> Iterator[Archived]:
    """Batches to small shards, until none is left or another is at the same ones."""
    while (manifest := outside.manifests.read()).batches:
        ended = _index_some(manifest, outside)
        yield ended
        if ended.outcome == "lost":
            return


def _index_some(manifest: Manifest, outside: Archiving) -> Archived:
    batches, read = _read(manifest.batches, outside)
    records = list(without_void(newest_versions(read), manifest.voids))
    at = int(outside.clock().timestamp())
    voids = voids_by(records, at)
    entry = _built(records, MICRO, layout.SMALL_PAGE, outside) if records else None
    swap = Swap(batches=batches, added=entry, voids=tuple(voids), at=at)
    return _swapped(swap, "indexed", MICRO, len(batches), outside)


def _read(batches: Sequence[Batch], outside: Archiving) -> tuple[tuple[str, ...], list[Record]]:
    """As many batches as fit in a shard and a transaction, and what is in them."""
    chosen = _as_many_as_fit(batches)
    bodies = outside.executor.map(outside.objects.get_batch, [each.key for each in chosen])
    keys: list[str] = []
    records: list[Record] = []
    voids = 0
    for batch, body in zip(chosen, bodies, strict=True):
        more = list(from_batch(batch.key, body))
        voids += len(voids_by(more, 0))
        if keys and voids > MAX_VOIDS:
            break
        keys.append(batch.key)
        records += more
    return tuple(keys), records


def _as_many_as_fit(batches: Sequence[Batch]) -> list[Batch]:
    chosen: list[Batch] = []
    docs = 0
    for batch in batches[:MAX_SOURCES]:
        docs += batch.docs
        if chosen and docs > MAX_DOCS:
            break
        chosen.append(batch)
    return chosen


def merge_once(outside: Archiving) -> Archived | None:
    """The merge that is most wanted; None where none is."""
    manifest, now = outside.manifests.read(), outside.clock()
    merge = next_merge(manifest, now)
    if merge is None:
        return None
    records = iter(_merged(merge, manifest.voids, outside))
    first = next(records, None)
    entry = None
    if first is not None:
        entry = _built(chain([first], records), merge.level, layout.PAGE, outside)
    swap = Swap(
        shards=tuple(each.key for each in merge.sources),
        added=entry,
        settled=tuple(settled_by(merge, manifest, now)),
        at=int(now.timestamp()),
    )
    return _swapped(swap, "merged", merge.level, len(merge.sources), outside)


def _merged(merge: Merge, voids: Sequence[Void], outside: Archiving) -> Iterable[Stored]:
    """The articles of all sources in the order of their keys, each in its latest version. They are
    read as they are asked for."""
    sources = sorted(merge.sources, key=lambda each: (each.built_at, each.key))
    passing = [_articles(each, outside) for each in sources]
    # Of equal keys those of the source that was built later come later.
    in_order = heapq.merge(*passing, key=key_of)
    newest = (newest_versions(versions)[0] for _, versions in groupby(in_order, key_of))
    return without_void(newest, voids)


def _articles(entry: ShardEntry, outside: Archiving) -> Iterator[Stored]:
    ranges = Ranges(outside.objects, outside.executor, _ROOM // MAX_SOURCES)
    return Shard(entry, ranges).articles()


def _built(records: Iterable[Kept], level: str, page: int, outside: Archiving) -> ShardEntry:
    """Stored, and in no manifest yet."""
    at = outside.clock()
    key = f"search/v{layout.VERSION}/{level}/{at:%Y-%m-%d}/{outside.new_id()}"
    with TemporaryDirectory(dir=outside.folder) as folder:
        path = Path(folder) / "shard"
        entry = build(records, path, key, level, int(at.timestamp()), page)
        outside.objects.put_shard(key, path)
    return entry


def _swapped(swap: Swap, outcome: str, level: str, sources: int, outside: Archiving) -> Archived:
    """Whoever loses takes its object away: nobody has ever known of it. An answer that was lost
    may have been that we won."""
    docs, key = (swap.added.docs, swap.added.key) if swap.added else (0, None)
    if outside.manifests.swap(swap):
        return Archived(outcome, level, docs, sources, key)
    if key and all(each.key != key for each in outside.manifests.read().shards):
        outside.objects.delete_shard(key)
        key = None
    return Archived(outcome if key else "lost", level, docs, sources, key)


def rebuild(outside: Archiving) -> int:
    """Lets the archive be made anew of all batches; how many there are. Until they are indexed a
    search finds what has been so far. A crash in between leaves some articles in two shards, which
    a search shows once; done again it goes on."""
    shards = [each.key for each in outside.manifests.read().shards]
    keys = outside.objects.list_batches()
    for group in in_groups(keys, MAX_SOURCES):
        bodies = outside.executor.map(outside.objects.get_batch, group)
        for key, body in zip(group, bodies, strict=True):
            docs = sum(1 for _ in from_batch(key, body))
            outside.manifests.add_batch(Batch(key=key, docs=docs))
    at = int(outside.clock().timestamp())
    for group in in_groups(shards, MAX_SOURCES):
        # One that was merged meanwhile is part of another: that one is as good as it was.
        outside.manifests.swap(Swap(shards=tuple(group), at=at))
    return len(keys)


def rewrite(entry: ShardEntry, keep: Callable[[Stored], bool], outside: Archiving) -> Archived:
    """A shard without what is not to be kept, in its place. It says of the rest nothing newer than
    it did: of two shards with an article the other is believed as before."""
    kept = (record for record in _articles(entry, outside) if keep(record))
    first = next(kept, None)
    made = None
    if first is not None:
        page = layout.SMALL_PAGE if entry.level == MICRO else layout.PAGE
        made = _built(chain([first], kept), entry.level, page, outside)
        made = made.model_copy(update={"built_at": entry.built_at})
    swap = Swap(shards=(entry.key,), added=made, at=int(outside.clock().timestamp()))
    return _swapped(swap, "rewritten", entry.level, 1, outside)


def sweep(outside: Archiving, *, orphans: bool = False) -> Swept:
    """Takes away what nobody reads any more; with `orphans` also what a crash left, for which all
    shards are listed."""
    manifest, now = outside.manifests.read(), outside.clock()
    replaced = long_replaced(manifest, now)
    for key in replaced:
        outside.objects.delete_shard(key)
        outside.manifests.forget(key)
    left = _orphans(now, outside) if orphans else []
    for key in left:
        outside.objects.delete_shard(key)
    return Swept(len(replaced), len(left))


def _orphans(now: datetime, outside: Archiving) -> list[str]:
    """Objects of a run that never ended. They are listed before the manifest is read: what is in
    force is never taken for one."""
    listed = outside.objects.shards_before(now - ORPHANED_AFTER)
    manifest = outside.manifests.read()
    known = {each.key for each in manifest.shards} | {key for key, _ in manifest.replaced}
    return [key for key in listed if key not in known]
