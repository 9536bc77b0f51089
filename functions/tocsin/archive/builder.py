"""Articles to a shard: one file, to be stored as it is.

Articles come in the order of their keys, each once, and are not held: a month of them passes
through 150 MB. One thread does it all: two would wait for each other at every row.
"""

import json
import os
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import apsw

from tocsin.archive import layout
from tocsin.archive.forms import form_blocks
from tocsin.archive.layout import Head, Range
from tocsin.archive.pages import Tree, walk
from tocsin.archive.records import Kept, Key, in_groups, key_of, to_stored
from tocsin.archive.vocabulary import words_of
from tocsin.archive.words import Spelling, codes_of, letter_of, name_words
from tocsin.model.archive import ShardEntry

_HANDED_OVER = 64  # articles at a time, whole blocks
# FTS5 sorts words in memory until they are that many bytes. Measured with 30,000 articles: 128 MB
# in all; with four times as much 175, and no faster.
_SORTED_BYTES = 12 << 20
_CACHE_KIB = 16 << 10
# What was sorted in memory is merged once, at the end: merging on the way takes 17 µs an article.
# A month leaves some hundred parts; FTS5 allows 2,000.
_NEVER_MERGED = {"automerge": 0, "crisismerge": 1_999}
INSERT = f"insert into words(rowid, {', '.join(layout.COLUMNS)}) values (?, ?, ?, ?, ?, ?)"  # noqa: S608

Row = tuple[int, str, str, str, str, str]


@dataclass(frozen=True)
class Analysed:
    rows: list[Row]
    stored: list[bytes]


@dataclass
class Facts:
    """What is gathered while articles pass; `last` is the key of the latest."""

    last: Key = (-1, "")
    seconds: "array[int]" = field(default_factory=lambda: array("I"))
    keys: bytearray = field(default_factory=bytearray)
    languages: set[str] = field(default_factory=set)
    revised: "array[int]" = field(default_factory=lambda: array("I"))
    versions: "array[int]" = field(default_factory=lambda: array("I"))
    columns: dict[str, "Column"] = field(
        default_factory=lambda: {name: Column() for name in layout.FACETS}
    )


class Column:
    """A value for each article, as the number of one of the distinct values."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], int] = {}
        self.numbers = array("I")

    def add(self, value: tuple[str, ...]) -> None:
        self.numbers.append(self.values.setdefault(value, len(self.values)))


@dataclass(frozen=True)
class Index:
    """A finished index of words: the number of its one segment, and its forms in blocks."""

    segment: int
    forms: list[tuple[str, bytes]]


def build(
    records: Iterable[Kept],
    path: Path,
    key: str,
    level: str,
    built_at: int = 0,
    page: int = layout.PAGE,
) -> ShardEntry:
    """Writes the shard to `path`. `records` are in the order of their keys, each article once;
    `page` is SMALL_PAGE for a few hundred of them. Raises ValueError where they are in no order, or
    none."""
    facts, ends = Facts(), array("Q")
    path.unlink(missing_ok=True)  # an index is written to a new file only
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        articles = Path(folder) / "articles"
        with (
            closing(new_database(Path(folder) / "words.db", page)) as connection,
            articles.open("wb") as stored,
        ):
            _insert(records, connection, facts, stored, ends)
            if not facts.seconds:
                raise ValueError("a shard of no articles")
            index = finish(connection, path)
        with path.open("r+b") as out:
            head = _database(path, out, page)
            head.segment, head.articles_begin = index.segment, out.tell()
            _copy(articles, out)
            head.docs, head.articles = len(facts.seconds), ends
            forms = _sections(facts, index.forms, head, out)
            begin = out.tell()
            out.write(layout.pack_head(head))
            size = out.tell()
    return ShardEntry(
        key=key,
        level=level,
        size=size,
        head=begin,
        docs=head.docs,
        first=facts.seconds[0],
        last=facts.seconds[-1],
        languages=tuple(sorted(facts.languages)),
        forms=tuple(forms),
        built_at=built_at,
        version=layout.VERSION,
    )


def _insert(
    records: Iterable[Kept],
    connection: apsw.Connection,
    facts: Facts,
    stored: BinaryIO,
    ends: "array[int]",
) -> None:
    spelling = Spelling()
    with connection:
        for batch in in_groups(records, _HANDED_OVER):
            analysed = _analyse(batch, spelling, facts)
            connection.executemany(INSERT, analysed.rows)
            _store(analysed.stored, stored, ends)


def finish(connection: apsw.Connection, path: Path) -> Index:
    """One segment, in a file without gaps."""
    connection.execute("insert into words(words) values('optimize')")
    connection.execute("vacuum into ?", (str(path),))
    segment: int = connection.execute("select max(segid) from words_idx").get or 0
    return Index(segment, list(form_blocks(words_of(connection, segment))))


def new_database(path: Path, page: int) -> apsw.Connection:
    """For `INSERT`, then `finish`."""
    connection = apsw.Connection(str(path))
    connection.execute(
        f"pragma page_size={page}; pragma journal_mode=off; pragma synchronous=off;"
        f"pragma locking_mode=exclusive; pragma cache_size=-{_CACHE_KIB}; pragma temp_store=file"
    )
    connection.execute(layout.SCHEMA)
    settings = {"pgsz": layout.FTS_PAGES[page], "hashsize": _SORTED_BYTES, **_NEVER_MERGED}
    connection.executemany("insert into words(words, rank) values(?, ?)", settings.items())
    return connection


def _analyse(batch: Sequence[Kept], spelling: Spelling, facts: Facts) -> Analysed:
    rows, stored = [], []
    for record in batch:
        letter = letter_of(record.language)
        _note(record, facts)
        rows.append(
            (
                len(facts.seconds),
                spelling.text(record.text, letter),
                spelling.text(record.title, letter),
                name_words(record.authors),
                name_words([record.publisher]),
                codes_of(record),
            )
        )
        stored.append(to_stored(record))
    return Analysed(rows, stored)


def _note(record: Kept, facts: Facts) -> None:
    key = second, article_id = key_of(record)
    if key <= facts.last:
        raise ValueError(f"article {article_id} comes after one that is later")
    facts.last = key
    facts.seconds.append(second)
    facts.keys += layout.pack_key(second, article_id)
    facts.languages.add((record.language or "").casefold())
    if record.version > 1:
        facts.revised.append(len(facts.seconds))
        facts.versions.append(record.version)
    for name, value in facet_values(record).items():
        facts.columns[name].add(value)


def facet_values(record: Kept) -> dict[str, tuple[str, ...]]:
    return {
        "topic": record.topics,
        "publisher": (record.publisher,),
        "feed": (record.feed_id,),
        "language": (record.language,) if record.language else (),
        "country": (record.country,) if record.country else (),
        "day": (record.seen_at.date().isoformat(),),
    }


def _store(lines: Sequence[bytes], stored: BinaryIO, ends: "array[int]") -> None:
    for block in in_groups(lines, layout.BLOCK):
        # Level 1 takes a third of the time of level 6 and a tenth more room.
        stored.write(zlib.compress(b"\n".join(block), 1))
        ends.append(stored.tell())


def _database(path: Path, out: BinaryIO, page: int) -> Head:
    """Gives the head what it knows of the pages in the file, and leaves `out` behind them; a small
    database goes into the head."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        roots = dict(
            connection.execute("select name, rootpage from sqlite_master where rootpage > 0")
        )
    with path.open("rb") as file:

        def page_at(number: int) -> bytes:
            file.seek((number - 1) * page)
            return file.read(page)

        trees = {name: walk(root, page_at) for name, root in {**roots, "": 1}.items()}
        size = path.stat().st_size
        if size <= layout.INLINE:
            hot = list(range(1, size // page + 1))
        else:
            hot = sorted(set(chain.from_iterable(_hot(name, tree) for name, tree in trees.items())))
        page_bytes = b"".join(map(page_at, hot))
    if size <= layout.INLINE:
        out.truncate(0)
    out.seek(0, os.SEEK_END)
    words, lengths = trees["words_data"].leaves, trees["words_docsize"].leaves
    return Head(
        docs=0,
        page=page,
        database=size,
        keys=(0, 0),
        columns={},
        segment=0,
        articles_begin=0,
        pages=array("I", hot),
        word_rows=words.last_rows,
        word_pages=words.pages,
        length_rows=lengths.last_rows,
        length_pages=lengths.pages,
        page_bytes=page_bytes,
    )


def _hot(name: str, tree: Tree) -> Iterable[int]:
    """Pages that every query reads: those that lead to others, the index of words, the schema, and
    the first page of words, where FTS5 keeps its totals."""
    if name == "words_data":
        return [*tree.interior, tree.leaves.pages[0]]
    if name == "words_docsize":
        return tree.interior
    return [*tree.interior, *tree.leaves.pages]


def _sections(
    facts: Facts, forms: Iterable[tuple[str, bytes]], head: Head, out: BinaryIO
) -> list[tuple[str, int, int]]:
    head.seconds = facts.seconds[:: layout.KEYS_STEP]
    head.revised, head.versions = facts.revised, facts.versions
    head.keys = _put(bytes(facts.keys), out)
    for name, column in facts.columns.items():
        head.columns[name] = _put(pack_column(column), out)
    return [(first, *_put(zlib.compress(text, 6), out)) for first, text in forms]


def pack_column(column: Column) -> bytes:
    values = json.dumps(list(column.values)).encode()
    return zlib.compress(struct.pack(">I", len(values)) + values + column.numbers.tobytes(), 6)


def unpack_column(packed: bytes) -> tuple[list[tuple[str, ...]], "array[int]"]:
    """The distinct values, and the number of that of each article."""
    whole = zlib.decompress(packed)
    (length,) = struct.unpack_from(">I", whole)
    values = [tuple(value) for value in json.loads(whole[4 : 4 + length])]
    return values, array("I", whole[4 + length :])


def _put(part: bytes, out: BinaryIO) -> Range:
    begin = out.tell()
    out.write(part)
    return begin, len(part)


def _copy(path: Path, out: BinaryIO) -> None:
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            out.write(part)
