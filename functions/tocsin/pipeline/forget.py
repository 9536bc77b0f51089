"""forget: everything of some articles goes, wherever it lies, and does not come back.

    find      in the batches, which have every article that was ever handed over
    rows      a tombstone in place of the card (ingest sees it from then on), matches and alerts
    objects   text in all versions; pages as they were served
    stories   what members, heads and keys say of them
    index     shards are written anew without them, and what was replaced is taken away at once
    batches   last of these: from them a run that was interrupted finds again what it had to do
    lake      files are made of the batches; their days are noted before, for the night to see to

Each step leaves nothing to do for whoever does it a second time, and none depends on one before it
having come to its end in the same run. Whoever writes at the same time is met in the order of
things: ingest finds the tombstone; of shards that are made or merged meanwhile the swap tells who
was first, and the loser looks again. Only a job that had looked the article up before the tombstone
was there may write of it afterwards: it is over within five minutes, and a second run finds it.
"""

import gzip
import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tocsin.archive.layout import VERSION
from tocsin.archive.manifest import DELETED, MAX_VOIDS
from tocsin.archive.ranges import Ranges
from tocsin.archive.records import Key, in_groups
from tocsin.archive.shard import Shard
from tocsin.articles.capture import Record as Place
from tocsin.articles.capture import blanked, pages_in
from tocsin.articles.urls import identity
from tocsin.errors import CorruptError, InputError, Overloaded
from tocsin.model.archive import Manifest, ShardEntry, Swap, Void
from tocsin.pipeline import lake
from tocsin.pipeline.archive import LEASE_DURATION, index, rewrite
from tocsin.pipeline.forgetting import (
    AT_ONCE,
    Forgetting,
    Found,
    Wanted,
    find_object,
    lines_of,
    read_all,
)
from tocsin.stories.head import from_bytes, to_bytes, unlearned
from tocsin.stories.terms import number_of

_ROOM = 16 << 20
_TRIES = 100  # of shards, against those who merge them: each is won by somebody
_HEAD = "HEAD"


@dataclass
class Removed:
    """How much was removed, of which days (as 2026-11-22)."""

    articles: int = 0
    days: frozenset[str] = frozenset()
    rows: int = 0
    objects: int = 0
    captures: int = 0
    story_rows: int = 0
    shards: int = 0
    batch_lines: int = 0
    lake_days: int = 0
    host_rows: int = 0


def forget(wanted: Wanted, found: Found, outside: Forgetting) -> Removed:
    done = Removed(articles=len(found.days), days=frozenset(found.all_days))
    voids = _hide(found, outside)
    _forget_articles(found, done, outside)
    _forget_captures(wanted, found, done, outside)
    _forget_in_stories(found.days, done, outside)
    _forget_in_shards(found, done, outside)
    _settle(voids, outside)
    if wanted.host:
        hosts = {wanted.host, f"www.{wanted.host}", *found.hosts}
        done.host_rows = outside.rows.remove_host(sorted(hosts))
    days = sorted(map(date.fromisoformat, found.all_days))
    lake.note_days(days, outside.laking)
    _forget_in_batches(found, done, outside)
    done.lake_days = _forget_in_lake(days, outside)
    return done


def _hide(found: Found, outside: Forgetting) -> list[Void]:
    """From searches, at once; of more articles than a transaction holds shards hide them, one
    after the other."""
    at = int(outside.clock().timestamp())
    voids = [
        Void(second=second, article_id=article_id, version=DELETED, noted_at=at)
        for second, article_id in sorted(found.keys)
    ]
    if not voids or len(voids) > MAX_VOIDS:
        return []
    outside.archiving.manifests.swap(Swap(voids=tuple(voids), at=at))
    return voids


def _settle(voids: Sequence[Void], outside: Forgetting) -> None:
    """Nothing is left that they hide."""
    if voids:
        at = int(outside.clock().timestamp())
        outside.archiving.manifests.swap(Swap(settled=tuple(voids), at=at))


def _forget_articles(found: Found, done: Removed, outside: Forgetting) -> None:
    def one(article: tuple[str, set[str]]) -> tuple[int, int]:
        return _forget_article(*article, outside)

    ended = 0
    for group in in_groups(sorted(found.days.items()), AT_ONCE):
        for rows, objects in outside.executor.map(one, group):
            done.rows += rows
            done.objects += objects
        ended += len(group)
        outside.tell(f"articles: {ended:,} of {len(found.days):,}")


def _forget_article(article_id: str, days: Collection[str], outside: Forgetting) -> tuple[int, int]:
    """How many rows and objects were removed. The tombstone first: nothing comes back from then
    on."""
    outside.rows.add_tombstone(article_id, min(days), max(days), outside.clock())
    rows = outside.rows.keys_of(article_id)
    outside.rows.remove(article_id, rows)
    objects = outside.objects.keys(f"articles/{article_id}")
    outside.objects.remove(objects)
    return len(rows), len(objects)


# ── captures ──


def _forget_captures(wanted: Wanted, found: Found, done: Removed, outside: Forgetting) -> None:
    """In every file of the days: a job that crashed may have left one that no row names."""
    days = sorted(found.all_days)
    keys = [k for day in days for k in outside.objects.keys(f"raw/{day.replace('-', '/')}/")]
    for number, (key, body) in enumerate(read_all(keys, outside), 1):
        outside.tell(f"captures: {number:,} of {len(keys):,} files")
        pages = _pages_in(key, body)
        gone = _pages_of(wanted, found, pages, outside)
        if gone and len(gone) == len(pages):
            outside.objects.remove([key])
        elif gone:
            blank = blanked(body, gone, outside.clock())
            outside.objects.replace(key, blank, "application/warc")
        done.captures += len(gone)


def _pages_in(key: str, body: bytes) -> list[tuple[str, Place]]:
    try:
        return pages_in(body)
    except InputError as error:
        raise CorruptError("file of captures", key, "remove it, and run this again") from error


def _pages_of(
    wanted: Wanted, found: Found, pages: Sequence[tuple[str, Place]], outside: Forgetting
) -> list[Place]:
    """Those whose URL is an article's, or leads to one."""
    identities = {url: identity(url) for url, _ in pages}
    unknown = sorted({each for each in identities.values() if each not in found.days})
    leads = outside.rows.find_ids(unknown)
    return [
        place
        for url, place in pages
        if wanted.holds_url(url) or leads.get(identities[url], identities[url]) in found.days
    ]


# ── stories ──


def _forget_in_stories(articles: Collection[str], done: Removed, outside: Forgetting) -> None:
    outside.tell("stories")
    for row in outside.stories.rows():
        done.story_rows += _forget_in_row(row, articles, outside)


def _forget_in_row(row: dict[str, Any], articles: Collection[str], outside: Forgetting) -> bool:
    """Whether it said something of them."""
    owner, sk = row["pk"].partition("#")[2], row["sk"]
    if sk == _HEAD and owner in articles:
        if "forgotten_at" in row:
            return False
        outside.stories.clear(row, outside.clock())
    elif sk == _HEAD:
        return _unlearn(row, articles, outside)
    elif sk.startswith("A#") and sk[2:] in articles:
        if "forgotten_at" in row:
            return False
        _forget_member(row, outside)
    elif gone := {each.hex() for each in row.get("ids", ())} & {*articles}:
        outside.stories.unpost(row, gone)
    else:
        return False
    return True


def _forget_member(row: dict[str, Any], outside: Forgetting) -> None:
    """One that brought others along stays as what leads to them."""
    if row.get("founded"):
        outside.stories.clear(row, outside.clock())
    else:
        outside.stories.remove(row)


def _unlearn(row: dict[str, Any], articles: Collection[str], outside: Forgetting) -> bool:
    learned = {each.hex() for each in row.get("learned", ())}
    gone = learned & {*articles}
    if not gone:
        return False
    outside.stories.put_head(row, _without(row["head"], gone), learned - gone)
    return True


def _without(head: bytes, gone: Collection[str]) -> bytes | None:
    try:
        left = unlearned(from_bytes(head), {number_of(each) for each in gone})
    except ValueError:  # another version of this program wrote it
        return None
    return to_bytes(left) if left else None


# ── the index ──


def _forget_in_shards(found: Found, done: Removed, outside: Forgetting) -> None:
    """What waits to be indexed first: then all that there is is in shards."""
    archiving = outside.archiving
    keys = sorted(found.keys)
    clean: set[str] = set()
    for _ in range(_TRIES * (1 + len(archiving.manifests.read().shards))):
        for _ in index(archiving):
            outside.tell("index: what came last")
        manifest = archiving.manifests.read()
        dirty = _find_dirty(manifest, keys, clean, outside)
        if dirty is None and not manifest.batches:
            _sweep(outside)
            return
        if dirty is not None:
            outside.tell(f"index: a shard of {dirty.docs:,} articles")
            ended = rewrite(dirty, lambda each: each.id not in found.days, archiving)
            done.shards += ended.outcome == "rewritten"
    raise Overloaded("shards", "others change them all the time; run it again")


def _find_dirty(
    manifest: Manifest, keys: Sequence[Key], clean: set[str], outside: Forgetting
) -> ShardEntry | None:
    """A shard with one of these. Those without are noted."""
    for entry in manifest.shards:
        if entry.version != VERSION:
            raise InputError(
                "archive", f"{entry.key} is of another version; rebuild the archive first"
            )
        if entry.key not in clean and _has_any(entry, keys, outside):
            return entry
        clean.add(entry.key)
    return None


def _has_any(entry: ShardEntry, keys: Sequence[Key], outside: Forgetting) -> bool:
    within = keys[bisect_left(keys, (entry.first, "")) : bisect_right(keys, (entry.last, "~"))]
    if not within:
        return False
    ranges = Ranges(outside.archiving.objects, outside.archiving.executor, _ROOM)
    shard = Shard(entry, ranges)
    ranges.fetch(shard.boundary_pieces({second for second, _ in within}))
    return any(shard.find_row(key) for key in within)


def _sweep(outside: Forgetting) -> None:
    """All shards that are not in force, at once: what they were replaced for is that they have
    it. One that a crash left may have it, too. Whoever is making one at this moment has made it of
    what is in force, or will not get it there."""
    manifests = outside.archiving.manifests
    left = outside.archiving.objects.shards_before(outside.clock() - LEASE_DURATION)
    manifest = manifests.read()
    replaced = [key for key, _ in manifest.replaced]
    known = {*replaced, *(each.key for each in manifest.shards)}
    outside.objects.remove([*replaced, *(key for key in left if key not in known)])
    for key in replaced:
        manifests.forget(key)


# ── batches and the lake ──


def _forget_in_lake(days: Sequence[date], outside: Forgetting) -> int:
    """How many files were written anew, or removed."""
    outside.tell(f"files of {len(days):,} days")
    written = lake.rewrite(days, outside.laking)
    return sum(each.outcome in ("written", "emptied") for each in written)


def _forget_in_batches(found: Found, done: Removed, outside: Forgetting) -> None:
    for number, key in enumerate(sorted(found.lines), 1):
        _forget_in_batch(key, found.days, done, outside)
        outside.tell(f"batches: {number:,} of {len(found.lines):,}")


def _forget_in_batch(
    key: str, articles: Collection[str], done: Removed, outside: Forgetting
) -> None:
    """Under its former key: the manifest may name it."""
    body = find_object(key, outside)
    if body is None:
        return
    lines = lines_of(key, body)
    kept = [line for line in lines if json.loads(line)["id"] not in articles]
    if len(kept) < len(lines):
        whole = b"".join(line + b"\n" for line in kept)
        outside.objects.replace(key, gzip.compress(whole, mtime=0), "application/gzip")
        done.batch_lines += len(lines) - len(kept)
