"""What the archive keeps of an article, and the batches in which ingest hands articles over."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from tocsin.errors import CorruptError
from tocsin.model.articles import Article

Each = TypeVar("Each")


class Record(Article):
    """An article, and the country of the feed that brought it."""

    country: str | None = None


class Stored(NamedTuple):
    """An article as a shard has it: `line`, which goes from shard to shard as it is, and of its
    facts those by which it is found."""

    line: bytes
    id: str
    title: str
    text: str
    publisher: str
    feed_id: str
    seen_at: datetime
    version: int
    language: str | None
    country: str | None
    story_id: str | None
    topics: tuple[str, ...]
    authors: tuple[str, ...]


Kept: TypeAlias = Record | Stored
EachKept = TypeVar("EachKept", Record, Stored)

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


def key_of(record: Kept) -> Key:
    return int(record.seen_at.timestamp()), record.id


def newest_versions(records: Iterable[EachKept]) -> list[EachKept]:
    """In order of their keys, each article once. Of two records of one version either will do: the
    later one is taken."""
    best: dict[Key, EachKept] = {}
    for record in records:
        key = key_of(record)
        known = best.get(key)
        if known is None or record.version >= known.version:
            best[key] = record
    return [best[key] for key in sorted(best)]


def to_stored(record: Kept) -> bytes:
    """As a shard keeps it."""
    if isinstance(record, Stored):
        return record.line
    return _as_record().dump_json(record, exclude=NOT_IN_SHARDS, exclude_defaults=True)


@cache
def _as_record() -> TypeAdapter[Record]:
    """Gives bytes: the model itself gives a text, which would take half as long again."""
    return TypeAdapter(Record)


def from_stored(line: bytes) -> Record:
    return Record.model_validate_json(line)


def stored(line: bytes) -> Stored:
    """Of a line of a shard, that was valid when it was written."""
    facts: dict[str, Any] = from_json(line)
    return Stored(
        line=line,
        id=facts["id"],
        title=facts["title"],
        text=facts["text"],
        publisher=facts["publisher"],
        feed_id=facts["feed_id"],
        seen_at=datetime.fromisoformat(facts["seen_at"]),
        version=facts.get("version", 1),
        language=facts.get("language"),
        country=facts.get("country"),
        story_id=facts.get("story_id"),
        topics=tuple(facts.get("topics", ())),
        authors=tuple(facts.get("authors", ())),
    )


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
