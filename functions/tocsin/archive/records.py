"""What the archive keeps of an article, and the batches in which ingest hands articles over."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from pydantic import ValidationError

from tocsin.errors import CorruptError
from tocsin.model import Article

Each = TypeVar("Each")


class Record(Article):
    """An article, and the country of the feed that brought it."""

    country: str | None = None


# Newest and highest sort last. Two records with one key are versions of one article.
Key = tuple[int, str]

# What a hit shows, a filter asks and a merge needs; the rest is in the article's own object.
NOT_IN_SHARDS = {
    "origins",
    "change",
    "capture",
    "extractor",
    "published_zone",
    "page_outcome",
    "text_from",
}


def key_of(record: Record) -> Key:
    return int(record.seen_at.timestamp()), record.id


def newest_versions(records: Iterable[Record]) -> list[Record]:
    """In order of their keys, each article once. Of two records of one version either will do: the
    later one is taken."""
    best: dict[Key, Record] = {}
    for record in records:
        known = best.get(key_of(record))
        if known is None or record.version >= known.version:
            best[key_of(record)] = record
    return [best[key] for key in sorted(best)]


def to_stored(record: Record) -> bytes:
    """As a shard keeps it."""
    return record.model_dump_json(exclude=NOT_IN_SHARDS, exclude_defaults=True).encode(
        errors="replace"
    )


def from_stored(line: bytes) -> Record:
    return Record.model_validate_json(line)


def to_batch(records: Iterable[Record]) -> bytes:
    """JSON lines, gzip. A job that runs again gives the same bytes; its captures would not be the
    same, and are left out."""
    dumped = (each.model_dump_json(exclude_none=True, exclude={"capture"}) for each in records)
    lines = (line + "\n" for line in dumped)
    return gzip.compress("".join(lines).encode(errors="replace"), mtime=0)


def from_batch(key: str, body: bytes) -> Iterator[Record]:
    """Raises CorruptError."""
    try:
        lines = gzip.decompress(body).splitlines()
        yield from (Record.model_validate_json(line) for line in lines)
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise CorruptError("batch", key, "restore it from the articles it names") from error


def in_groups(items: Iterable[Each], size: int) -> Iterator[list[Each]]:
    """As many at a time; the last may be fewer."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group
