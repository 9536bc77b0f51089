"""lake: the days that ended as Parquet files, for SQL.

Every night each day of the last week is looked at, each day to which something came late, and each
that has no file; a day whose file is not made of what is there now is written anew, whole, in one
PUT. So a night that failed is made up for by the next, a file can be written again at any time, and
whoever reads sees a day as it was or as it is. A day that is not over has no file: its articles are
in the batches.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from tocsin.archive.lake import (
    NIGHTS,
    Source,
    Spool,
    days_between,
    digest_of,
    ended_days,
    voids_of,
)
from tocsin.archive.parquet import write
from tocsin.archive.records import from_batch, in_groups
from tocsin.errors import CorruptError, NotFoundError
from tocsin.model.archive import Manifest, Void

# No day begins that long after the invocation did: a day of 100,000 articles takes a minute.
WRITING = timedelta(minutes=12)
_AT_ONCE = 30  # batches in memory


class Manifests(Protocol):
    def read(self) -> Manifest: ...


class Batches(Protocol):
    def get_batch(self, key: str) -> bytes: ...
    def late_days(self, noted_on: date) -> list[date]: ...
    def note_late(self, day: date, now: datetime) -> None: ...


class Files(Protocol):
    def sources(self, day: date) -> Sequence[Source]: ...
    def files(self) -> Mapping[date, object]: ...
    def days_with_batches(self) -> list[date]: ...
    def find_digest(self, day: date) -> str | None: ...
    def put_day(self, day: date, path: Path, digest: str) -> None: ...
    def delete_day(self, day: date) -> None: ...


@dataclass(frozen=True)
class Laking:
    """What it needs from outside. `folder` has room for the articles of a day."""

    manifests: Manifests
    batches: Batches
    files: Files
    executor: Executor
    clock: Callable[[], datetime]
    folder: Path


@dataclass(frozen=True)
class Written:
    """How one day ended: `outcome` is `written`, `unchanged`, `emptied` (nothing is left of it),
    `nothing` (none of what came is of it), `failed` for `reason`, or `left` for want of time."""

    day: str
    outcome: str
    articles: int = 0
    strays: int = 0
    reason: str = ""


def write_nightly(outside: Laking) -> list[Written]:
    """The days that may have changed, and those that no night has come to."""
    missing = set(outside.files.days_with_batches()) - set(outside.files.files())
    return write_days({*ended_days(outside.clock())} | _late_days(outside) | missing, outside)


def _late_days(outside: Laking) -> set[date]:
    """Those to which something came on another day: on the last ones, or today."""
    now = outside.clock()
    noted_on = [*ended_days(now, NIGHTS), now.date()]
    return {day for noted in noted_on for day in outside.batches.late_days(noted)}


def write_range(since: date, until: date, outside: Laking) -> list[Written]:
    """Whatever of it is over and not as it should be."""
    return write_days(days_between(since, until, outside.clock()), outside)


def note_days(days: Iterable[date], outside: Laking) -> None:
    """For whoever is about to take articles out of these days' batches: should that be all they
    come to, the night writes the files anew."""
    for day in days:
        outside.batches.note_late(day, outside.clock())


def rewrite(days: Iterable[date], outside: Laking) -> list[Written]:
    """The files, where there are any, of days out of whose batches articles were taken: without
    these. What fails, or is left, is the next night's: `note_days` sees to that."""
    return write_days(set(days) & set(outside.files.files()), outside)


def write_days(days: Iterable[date], outside: Laking) -> list[Written]:
    """Oldest first, as far as there is anything of them. One that fails keeps no other from being
    written."""
    begun = outside.clock()
    there = {*outside.files.days_with_batches(), *outside.files.files()}
    voids = outside.manifests.read().voids
    done: list[Written] = []
    for day in sorted(day for day in there & set(days) if day < begun.date()):
        if outside.clock() - begun < WRITING:
            done.append(_ended(day, voids, outside))
        else:
            done.append(Written(f"{day}", "left"))
    return done


def _ended(day: date, voids: Iterable[Void], outside: Laking) -> Written:
    try:
        return _write_day(day, voids_of(day, voids), outside)
    except (CorruptError, NotFoundError) as error:
        return Written(f"{day}", "failed", reason=str(error))


def _write_day(day: date, deleted: list[Void], outside: Laking) -> Written:
    """Raises CorruptError, NotFoundError."""
    sources = outside.files.sources(day)
    digest, known = digest_of(sources, deleted), outside.files.find_digest(day)
    if digest == known:
        return Written(f"{day}", "unchanged")
    with tempfile.TemporaryDirectory(dir=outside.folder) as name:
        path = Path(name) / "part-0.parquet"
        with (Path(name) / "spool").open("w+b") as file:
            spool = Spool(cast(BinaryIO, file), day, deleted)
            _fill(spool, sources, outside)
            written = write(spool.records(), path) if len(spool) else 0
        if written:
            outside.files.put_day(day, path, digest)
            return Written(f"{day}", "written", written, spool.strays)
    if known is not None:
        outside.files.delete_day(day)
    return Written(f"{day}", "nothing" if known is None else "emptied", strays=spool.strays)


def _fill(spool: Spool, sources: Iterable[Source], outside: Laking) -> None:
    for key, body in _bodies([each.key for each in sources], outside):
        spool.add(from_batch(key, body))


def _bodies(keys: list[str], outside: Laking) -> Iterator[tuple[str, bytes]]:
    for group in in_groups(keys, _AT_ONCE):
        yield from zip(group, outside.executor.map(outside.batches.get_batch, group), strict=True)
