"""Which shards there are, and what of them is void. Values, and what is to be merged next.

    batch    what an ingest job stored, not in a shard yet
    shard    immutable; `micro` of the batches of a minute, then `day`, then `month`
    void     an article that was revised or deleted since: of a shard's rows those of lower versions

A shard takes the place of others in one step, or not at all: who reads the manifest sees the ones
or the other. Replaced shards stay for those who still read them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.archive.layout import VERSION, Entry
from tocsin.archive.records import Key

MICRO, DAY, MONTH = "micro", "day", "month"
# Sources of one merge: with their replacement and what becomes void in one DynamoDB transaction of
# 100 items.
MAX_SOURCES = 60
MAX_VOIDS = 35
# A search asks each shard once a round. Thirty small ones are read side by side in two rounds.
MANY_MICRO = 30
MONTH_DOCS = 300_000  # larger ones rank slower, and take more room to merge than /tmp has
# Merging a day over and over costs its articles each time: not before it has grown by so much.
GROWTH = 0.2
DELETED = 1 << 31  # more than any version


@dataclass(frozen=True)
class Void:
    """Of this article all versions below `version`. `noted_at` says since when."""

    second: int
    article_id: str
    version: int
    noted_at: int = 0

    @property
    def key(self) -> Key:
        return self.second, self.article_id


@dataclass(frozen=True)
class Batch:
    key: str
    docs: int


@dataclass(frozen=True)
class Manifest:
    """One consistent view. `replaced` are shards that nobody is to open any more, with the second
    since when."""

    shards: tuple[Entry, ...] = ()
    batches: tuple[Batch, ...] = ()
    voids: tuple[Void, ...] = ()
    replaced: tuple[tuple[str, int], ...] = ()

    def newest_first(self) -> list[Entry]:
        known = [each for each in self.shards if each.version == VERSION]
        return sorted(known, key=lambda each: (each.last, each.first, each.key), reverse=True)

    def voids_in(self, entry: Entry) -> list[Void]:
        return [each for each in self.voids if entry.first <= each.second <= entry.last]


@dataclass(frozen=True)
class Merge:
    """Shards that are to become one of a level."""

    level: str
    sources: tuple[Entry, ...] = field(default_factory=tuple)


def next_merge(manifest: Manifest, now: datetime) -> Merge | None:
    """The merge that is most wanted, if any is."""
    return _days(manifest, now) or _months(manifest, now)


def _days(manifest: Manifest, now: datetime) -> Merge | None:
    """Small shards by the day of their newest article; those of past days as soon as the day is
    over, those of today when there are many."""
    groups = _grouped((each for each in manifest.shards if each.level in (MICRO, DAY)), 10)
    today = f"{now:%Y-%m-%d}"
    for day, shards in sorted(groups.items()):
        small = [each for each in shards if each.level == MICRO]
        if not small or (day >= today and len(small) < MANY_MICRO):
            continue
        return Merge(DAY, _worth_merging(small, [each for each in shards if each.level == DAY]))
    return None


def _worth_merging(small: list[Entry], days: list[Entry]) -> tuple[Entry, ...]:
    """With the day's own shards where those are no much larger: each article is then written some
    log(n) times. Oldest first, no more than fit in a transaction."""
    chosen = sorted(small, key=lambda each: (each.first, each.key))[
        : MAX_SOURCES - len(days) or None
    ]
    docs = sum(each.docs for each in chosen)
    for day in sorted(days, key=lambda each: each.docs):
        if docs >= GROWTH * day.docs and len(chosen) < MAX_SOURCES:
            chosen.append(day)
            docs += day.docs
    return tuple(chosen)


def _months(manifest: Manifest, now: datetime) -> Merge | None:
    """Days of a month that ended a day ago or more, as many as one shard takes."""
    over = f"{now - timedelta(days=1):%Y-%m}"
    groups = _grouped((each for each in manifest.shards if each.level == DAY), 7)
    for month, days in sorted(groups.items()):
        if month >= over or len(days) < 2:
            continue
        chosen: list[Entry] = []
        for day in sorted(days, key=lambda each: (each.first, each.key)):
            if chosen and sum(each.docs for each in chosen) + day.docs > MONTH_DOCS:
                break
            chosen.append(day)
        return Merge(MONTH, tuple(chosen[:MAX_SOURCES]))
    return None


def _grouped(shards: Iterable[Entry], length: int) -> dict[str, list[Entry]]:
    """By the beginning of the date of their newest article."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for each in shards:
        groups[f"{datetime.fromtimestamp(each.last, UTC):%Y-%m-%d}"[:length]].append(each)
    return groups
