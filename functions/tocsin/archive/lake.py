"""The lake: one Parquet file a day, made of the day's batches. Decisions, and what happens on disk.

An article belongs to the day (UTC) that it was first seen on, with all its versions: that is the
day of its batches, and a file holds each article of its day once, in its newest version. What comes
on another day than it belongs to is noted under the day it came on: nobody has to look for it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO, Protocol

from tocsin.archive.columns import SCHEMA_VERSION
from tocsin.archive.manifest import DELETED
from tocsin.archive.records import Key, Record, key_of
from tocsin.model.archive import Void

# Nights that may fail one after the other and be made up for by the next.
NIGHTS = 7


class Source(Protocol):
    """A batch as the bucket lists it; another `tag`, other bytes."""

    @property
    def key(self) -> str: ...
    @property
    def tag(self) -> str: ...


def ended_days(now: datetime, days: int = NIGHTS) -> list[date]:
    """The last days that are over, oldest first."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(days, 0, -1)]


def days_between(since: date, until: date, now: datetime) -> list[date]:
    """Both inclusive, as far as they are over, oldest first."""
    last = min(until, now.astimezone(UTC).date() - timedelta(days=1))
    return [since + timedelta(days=number) for number in range((last - since).days + 1)]


def voids_of(day: date, voids: Iterable[Void]) -> list[Void]:
    """The deletions among the articles of a day."""
    begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    end = begin + 86_400
    return sorted(
        (each for each in voids if each.version == DELETED and begin <= each.second < end),
        key=lambda each: (each.second, each.article_id),
    )


def digest_of(sources: Iterable[Source], voids: Iterable[Void]) -> str:
    """Of everything that a file is made of: a file with the same need not be written."""
    made_of = [f"schema {SCHEMA_VERSION}"]
    made_of += sorted(f"{each.key} {each.tag}" for each in sources)
    made_of += [f"without {each.second} {each.article_id}" for each in voids]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


@dataclass
class Spool:
    """Articles of one day on disk; in memory only where each lies, some 300 bytes an article."""

    file: BinaryIO
    day: date
    deleted: Sequence[Void] = ()
    strays: int = 0  # articles of another day: they are in that day's batches, too
    _places: dict[Key, tuple[int, int, int]] = field(default_factory=dict)

    def add(self, records: Iterable[Record]) -> None:
        """Of two records of one version either will do."""
        gone = {(each.second, each.article_id) for each in self.deleted}
        for record in records:
            key = key_of(record)
            known = self._places.get(key)
            if record.seen_at.date() != self.day:
                self.strays += 1
            elif key not in gone and (known is None or record.version > known[0]):
                self._places[key] = (record.version, *self._write(record))

    def _write(self, record: Record) -> tuple[int, int]:
        line = record.model_dump_json(exclude_defaults=True).encode(errors="replace")
        return self.file.tell(), self.file.write(line)

    def __len__(self) -> int:
        return len(self._places)

    def records(self) -> Iterator[Record]:
        """Each article once, in its newest version, in the order of the keys. Nothing is to be
        added after."""
        for _, (_, offset, length) in sorted(self._places.items()):
            self.file.seek(offset)
            yield Record.model_validate_json(self.file.read(length))
