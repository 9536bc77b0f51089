"""export: what a range of the archive holds, into one file, part by part.

After each part the file is as long as its checkpoint says; what a crash leaves beyond that is cut
off, and the export goes on after the last article that counts. The range ends, at the latest, when
the export begins: what arrives meanwhile is newer, and moves nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from tocsin.archive.answers import Asked
from tocsin.archive.export import csv_head, to_csv, to_json_line
from tocsin.archive.records import Key, Record, in_groups
from tocsin.archive.search import Shards
from tocsin.archive.stream import cursor_of, following
from tocsin.articles.capture import warcinfo
from tocsin.errors import NotFoundError
from tocsin.model.archive import Manifest
from tocsin.model.articles import Capture
from tocsin.model.values import Instant, Value
from tocsin.query.meaning import Inflection

# Of a part: 2 MB of articles, or 20 MB of pages. A crash loses the part that was being written.
ARTICLES, PAGES = 500, 50


class Captures(Protocol):
    def find(self, article_ids: Sequence[str]) -> dict[str, Capture]: ...
    def read(self, capture: Capture) -> bytes: ...


class Output(Protocol):
    """A file. After `save` it holds what was written, whatever happens then."""

    def write(self, body: bytes) -> None: ...
    def save(self, checkpoint: "Checkpoint", /) -> None: ...


class Checkpoint(Value):
    """How far an export has come. `digest` tells what is exported from anything else. `until` is
    where its range ends, `cursor` the last article, `size` how many bytes there are by then. Of
    WARC, `missing` counts captures that are not there any more, `unkept` articles whose page was
    not kept as it was served."""

    digest: str
    begun_at: Instant
    until: Instant
    cursor: str | None = None
    size: int = 0
    exported: int = 0
    missing: int = 0
    unkept: int = 0


@dataclass(frozen=True)
class Part:
    body: bytes
    missing: int = 0
    unkept: int = 0


class Format(Protocol):
    """What a file begins with, and what of some articles follows. `at_once` is of how many."""

    @property
    def at_once(self) -> int: ...
    def head(self, checkpoint: Checkpoint, /) -> bytes: ...
    def part(self, records: Sequence[Record]) -> Part: ...


@dataclass(frozen=True)
class Csv:
    byte_order_mark: bool = False
    at_once: ClassVar[int] = ARTICLES

    def head(self, _: Checkpoint, /) -> bytes:
        return csv_head(byte_order_mark=self.byte_order_mark)

    def part(self, records: Sequence[Record]) -> Part:
        return Part(b"".join(map(to_csv, records)))


@dataclass(frozen=True)
class JsonLines:
    at_once: ClassVar[int] = ARTICLES

    def head(self, _: Checkpoint, /) -> bytes:
        return b""

    def part(self, records: Sequence[Record]) -> Part:
        return Part(b"".join(map(to_json_line, records)))


@dataclass(frozen=True)
class Warc:
    """The pages of the articles in their latest versions, byte for byte as they are stored."""

    captures: Captures
    executor: Executor
    software: str
    name: str
    at_once: ClassVar[int] = PAGES

    def head(self, checkpoint: Checkpoint, /) -> bytes:
        return warcinfo(
            self.name,
            checkpoint.begun_at,
            f"{checkpoint.digest} {checkpoint.begun_at}",
            software=self.software,
            format="WARC File Format 1.0",
            description="captures of a range of articles, newest first",
        )

    def part(self, records: Sequence[Record]) -> Part:
        places = self.captures.find([each.id for each in records])
        kept = [places[each.id] for each in records if each.id in places]
        read = list(self.executor.map(self._read, kept))
        found = [body for body in read if body is not None]
        return Part(b"".join(found), len(kept) - len(found), len(records) - len(kept))

    def _read(self, capture: Capture) -> bytes | None:
        try:
            return self.captures.read(capture)
        except NotFoundError:
            return None


@dataclass(frozen=True)
class Exporting:
    """What exporting needs from outside."""

    read: Callable[[], Manifest]
    shards: Shards
    inflection: Inflection


def begin(asked: Asked, options: Sequence[str], now: datetime) -> Checkpoint:
    """Of an export that begins now. `options` is what else decides on its bytes."""
    until, begun = asked.filters.until, now.replace(microsecond=0)
    return Checkpoint(
        digest=digest_of(asked, options),
        begun_at=now,
        until=min(until, begun) if until else begun,
    )


def digest_of(asked: Asked, options: Sequence[str]) -> str:
    stated = "\n".join([asked.model_dump_json(include={"query", "filters"}), *options])
    return hashlib.sha256(stated.encode()).hexdigest()


def export(
    asked: Asked, form: Format, at: Checkpoint, output: Output, outside: Exporting
) -> Iterator[tuple[Checkpoint, Key | None]]:
    """From `at` on; after each part how far it has come, and its last article."""
    if at.size == 0:
        at = _written(Part(form.head(at)), at, output)
        yield at, None
    filters = asked.filters.model_copy(update={"until": at.until})
    range_of = asked.model_copy(update={"filters": filters, "cursor": at.cursor})
    found = following(range_of, outside.read, outside.shards, outside.inflection)
    for group in in_groups(found, form.at_once):
        last = group[-1][0]
        part = form.part([record for _, record in group])
        counted = {"cursor": cursor_of(last), "exported": at.exported + len(group)}
        at = _written(part, at.model_copy(update=counted), output)
        yield at, last


def articles(asked: Asked, now: datetime, outside: Exporting) -> Iterator[Record]:
    """All of the range, for a file that is written whole."""
    filters = asked.filters.model_copy(update={"until": begin(asked, [], now).until})
    range_of = asked.model_copy(update={"filters": filters})
    found = following(range_of, outside.read, outside.shards, outside.inflection)
    return (record for _, record in found)


def _written(part: Part, at: Checkpoint, output: Output) -> Checkpoint:
    output.write(part.body)
    after = {
        "size": at.size + len(part.body),
        "missing": at.missing + part.missing,
        "unkept": at.unkept + part.unkept,
    }
    at = at.model_copy(update=after)
    output.save(at)
    return at
