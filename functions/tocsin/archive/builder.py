"""Articles to a shard: one file, to be stored as it is.

Articles come in the order of their keys, each once, and are not held: a month of them passes
through 150 MB. One thread does it all: two would wait for each other at every row.
"""

import json
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
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
from tocsin.archive.records import Record, in_groups, key_of, to_stored
from tocsin.archive.words import Spelling, codes_of, letter_of, name_words
from tocsin.model import ShardEntry

_HANDED_OVER = 64  # articles at a time, whole blocks
# FTS5 sorts words in memory until they are that many bytes. Measured with 30,000 articles: 128 MB
# in all; with four times as much 175, and no faster.
_SORTED_BYTES = 12 << 20
_CACHE_KIB = 16 << 10
_INSERT = f"insert into words(rowid, {', '.join(layout.COLUMNS)}) values (?, ?, ?, ?, ?, ?)"  # noqa: S608

Row = tuple[int, str, str, str, str, str]


@dataclass(frozen=True)
class Analysed:
    rows: list[Row]
    stored: list[bytes]


@dataclass
class Facts:
    """What is gathered while articles pass."""

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


def build(
    records: Iterable[Record],
    path: Path,
    key: str,
    level: str,
    built_at: int = 0,
    page: int = layout.PAGE,
) -> ShardEntry:
    """Writes the shard to `path`. `records` are in the order of their keys, each article once;
    `page` is SMALL_PAGE for a few hundred of them. Raises ValueError where they are in no order, or
    none."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, path.open("wb") as out:
        database, articles = Path(folder) / "words.db", Path(folder) / "articles"
        with articles.open("wb") as stored:
            spelling, facts, ends = _index(records, database, stored, page)
        if not facts.seconds:
            raise ValueError("a shard of no articles")
        head = _database(database, out, page)
        head.articles_begin = out.tell()
        _copy(articles, out)
        head.docs, head.articles = len(facts.seconds), ends
        forms = _sections(facts, spelling, head, out)
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


def _index(
    records: Iterable[Record], database: Path, stored: BinaryIO, page: int
) -> tuple[Spelling, Facts, "array[int]"]:
    spelling, facts, ends = Spelling(), Facts(), array("Q")
    with closing(_new_database(database, page)) as connection:
        with connection:
            for batch in in_groups(_checked(records), _HANDED_OVER):
                analysed = _analyse(batch, spelling, facts)
                connection.executemany(_INSERT, analysed.rows)
                _store(analysed.stored, stored, ends)
        connection.execute("insert into words(words) values('optimize')")
        connection.execute("vacuum")
    return spelling, facts, ends


def _checked(records: Iterable[Record]) -> Iterator[Record]:
    before = (-1, "")
    for record in records:
        if key_of(record) <= before:
            raise ValueError(f"article {record.id} comes after one that is later")
        before = key_of(record)
        yield record


def _new_database(path: Path, page: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.execute(
        f"pragma page_size={page}; pragma journal_mode=off; pragma synchronous=off;"
        f"pragma locking_mode=exclusive; pragma cache_size=-{_CACHE_KIB}; pragma temp_store=file"
    )
    connection.execute(layout.SCHEMA)
    connection.execute(
        "insert into words(words, rank) values('pgsz', ?)", (layout.FTS_PAGES[page],)
    )
    connection.execute("insert into words(words, rank) values('hashsize', ?)", (_SORTED_BYTES,))
    return connection


def _analyse(batch: Sequence[Record], spelling: Spelling, facts: Facts) -> Analysed:
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


def _note(record: Record, facts: Facts) -> None:
    second, article_id = key_of(record)
    facts.seconds.append(second)
    facts.keys += layout.pack_key(second, article_id)
    facts.languages.add((record.language or "").casefold())
    if record.version > 1:
        facts.revised.append(len(facts.seconds))
        facts.versions.append(record.version)
    for name, value in facet_values(record).items():
        facts.columns[name].add(value)


def facet_values(record: Record) -> dict[str, tuple[str, ...]]:
    return {
        "topic": record.topics,
        "publisher": (record.publisher,),
        "feed": (record.feed_id,),
        "language": (record.language,) if record.language else (),
        "country": (record.country,) if record.country else (),
        "day": (f"{record.seen_at:%Y-%m-%d}",),
    }


def _store(lines: Sequence[bytes], stored: BinaryIO, ends: "array[int]") -> None:
    for block in in_groups(lines, layout.BLOCK):
        # Level 1 takes a third of the time of level 6 and a tenth more room.
        stored.write(zlib.compress(b"\n".join(block), 1))
        ends.append(stored.tell())


def _database(path: Path, out: BinaryIO, page: int) -> Head:
    """Copies the database, and gives the head what it knows of its pages."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        roots = dict(
            connection.execute("select name, rootpage from sqlite_master where rootpage > 0")
        )
        segments = connection.execute("select max(segid) from words_idx").get
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
            _copy(path, out)
        page_bytes = b"".join(map(page_at, hot))
    words, lengths = trees["words_data"].leaves, trees["words_docsize"].leaves
    return Head(
        docs=0,
        page=page,
        database=size,
        keys=(0, 0),
        columns={},
        segment=segments or 0,
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
    facts: Facts, spelling: Spelling, head: Head, out: BinaryIO
) -> list[tuple[str, int, int]]:
    head.seconds = facts.seconds[:: layout.KEYS_STEP]
    head.revised, head.versions = facts.revised, facts.versions
    head.keys = _put(bytes(facts.keys), out)
    for name, column in facts.columns.items():
        head.columns[name] = _put(pack_column(column), out)
    blocks = form_blocks(spelling.forms)
    return [(first, *_put(zlib.compress(text, 6), out)) for first, text in blocks]


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
