"""Which shards there are, and what is to be merged next. Decisions only: the manifest is a value.

    batch    what an ingest job stored, not in a shard yet
    shard    immutable; `micro` of the batches of a minute, then `day`, then `month`
    void     an article that was revised or deleted since: of a shard's rows those of lower versions

A shard takes the place of others in one step, or not at all: who reads the manifest sees the ones
or the other. Replaced shards stay for those who still read them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.archive.layout import VERSION
from tocsin.archive.records import EachKept, Record, key_of
from tocsin.model.archive import Manifest, ShardEntry, Void

MICRO, DAY, MONTH = "micro", "day", "month"
# Sources of one swap, and voids: with the rest of it in one DynamoDB transaction of 100 items.
MAX_SOURCES = 60
MAX_VOIDS = 35
# A search asks each shard once a round. Thirty small ones are asked in two rounds of 24 threads.
MANY_MICRO = 30
MONTH_DOCS = 300_000  # a larger one takes more than 3 GB of room to be made
# A day's shard is written anew once this part of it has come: each article some ten times a day.
GROWTH = 0.2
# An article's versions come minutes apart at the least, a batch is in a shard after two.
SETTLED_AFTER = timedelta(hours=1)
REPLACED_KEPT = timedelta(hours=1)  # nobody reads by a manifest that is so old
ORPHANED_AFTER = timedelta(days=1)  # a function that wrote the object has ended long before
DELETED = 1 << 31  # more than any version


@dataclass(frozen=True)
class Merge:
    """Shards that are to become one of a level."""

    level: str
    sources: tuple[ShardEntry, ...]


def newest_first(manifest: Manifest) -> list[ShardEntry]:
    """Those that this version of the code can read."""
    known = [each for each in manifest.shards if each.version == VERSION]
    return sorted(known, key=lambda each: (each.last, each.first, each.key), reverse=True)


def voids_in(manifest: Manifest, entry: ShardEntry) -> list[Void]:
    return [each for each in manifest.voids if entry.first <= each.second <= entry.last]


def without_void(records: Iterable[EachKept], voids: Iterable[Void]) -> Iterable[EachKept]:
    versions = {(each.second, each.article_id): each.version for each in voids}
    return (each for each in records if each.version >= versions.get(key_of(each), 0))


def voids_by(records: Iterable[Record], at: int) -> list[Void]:
    """What records of later versions make void."""
    return [
        Void(second=key_of(each)[0], article_id=each.id, version=each.version, noted_at=at)
        for each in records
        if each.version > 1
    ]


def settled_by(merge: Merge, manifest: Manifest, now: datetime) -> list[Void]:
    """Voids that nothing is left of once the sources are replaced. Deletions stay: a batch from
    which the archive is rebuilt may have the article."""
    if manifest.batches:
        return []
    merged = {each.key for each in merge.sources}
    others = [each for each in manifest.shards if each.key not in merged]
    old = int((now - SETTLED_AFTER).timestamp())
    return [
        void
        for void in manifest.voids
        if void.version != DELETED and void.noted_at < old and not _covers(others, void)
    ][:MAX_VOIDS]


def _covers(shards: Iterable[ShardEntry], void: Void) -> bool:
    return any(each.first <= void.second <= each.last for each in shards)


def next_merge(manifest: Manifest, now: datetime) -> Merge | None:
    """The merge that is most wanted, if any is."""
    shards = newest_first(manifest)
    return _days(shards, now) or _months(shards, now)


def _days(shards: Sequence[ShardEntry], now: datetime) -> Merge | None:
    """Small shards by the day of their newest article: of past days all, of today many."""
    today = f"{now:%Y-%m-%d}"
    for day, group in sorted(_by_date(shards, (MICRO, DAY), "%Y-%m-%d").items()):
        small = [each for each in group if each.level == MICRO]
        if len(small) >= (MANY_MICRO if day >= today else 1):
            return Merge(DAY, _worth_merging(small, [e for e in group if e.level == DAY]))
    return None


def _worth_merging(
    small: Sequence[ShardEntry], days: Sequence[ShardEntry]
) -> tuple[ShardEntry, ...]:
    """The oldest small ones, and of the day's own shards those that are not much larger."""
    chosen = sorted(small, key=lambda each: (each.first, each.key))[: MAX_SOURCES // 2]
    docs = sum(each.docs for each in chosen)
    for day in sorted(days, key=lambda each: each.docs):
        if docs >= GROWTH * day.docs and len(chosen) < MAX_SOURCES:
            chosen.append(day)
            docs += day.docs
    return tuple(chosen)


def _months(shards: Sequence[ShardEntry], now: datetime) -> Merge | None:
    """Days of a month that ended a day ago or more, as many as one shard takes."""
    current = f"{now - timedelta(days=1):%Y-%m}"
    for month, days in sorted(_by_date(shards, (DAY,), "%Y-%m").items()):
        if month < current and len(days) > 1:
            chosen = _as_many_as_fit(sorted(days, key=lambda each: (each.first, each.key)))
            if len(chosen) > 1:
                return Merge(MONTH, chosen)
    return None


def _as_many_as_fit(days: Sequence[ShardEntry]) -> tuple[ShardEntry, ...]:
    chosen: list[ShardEntry] = []
    for day in days[:MAX_SOURCES]:
        if sum(each.docs for each in chosen) + day.docs <= MONTH_DOCS:
            chosen.append(day)
    return tuple(chosen)


def _by_date(
    shards: Iterable[ShardEntry], levels: Collection[str], form: str
) -> dict[str, list[ShardEntry]]:
    """By the date of their newest article."""
    groups: dict[str, list[ShardEntry]] = defaultdict(list)
    for each in shards:
        if each.level in levels:
            groups[f"{datetime.fromtimestamp(each.last, UTC):{form}}"].append(each)
    return groups


def long_replaced(manifest: Manifest, now: datetime) -> list[str]:
    old = int((now - REPLACED_KEPT).timestamp())
    return [key for key, since in manifest.replaced if since < old]
