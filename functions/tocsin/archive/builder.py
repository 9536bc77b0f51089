"""Articles to a shard: one file, to be stored as it is.

Articles come in the order of their keys, each once, and are not held: a month of them passes
through 150 MB. One thread does it all: two would wait for each other at every row.
"""

import json
import struct
import tempfile
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import apsw

from tocsin.archive import layout
from tocsin.archive.forms import form_blocks
from tocsin.archive.layout import Head, Range
from tocsin.archive.packing import CLOSE, SMALL, pack, unpack
from tocsin.archive.pages import Leaves, Tree, tidied, walk
from tocsin.archive.records import Kept, Key, in_groups, key_of, to_stored
from tocsin.archive.vocabulary import words_of
from tocsin.archive.words import Spelling, codes_of, letter_of, name_words, words_of_name
from tocsin.model.archive import ShardEntry

# Articles at a time, whole blocks: meanwhile what FTS5 looks at stays in a core's caches.
_HANDED_OVER = 512
# FTS5 sorts words in memory until they are that many bytes. With three times as much a word is
# found there in a sixth more time, as fewer of them are in a core's caches; with half as much there
# is more to be merged.
_SORTED_BYTES = 4 << 20
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
    """A finished index of words: the number of its one segment, its forms in blocks, and the roots
    of its tables."""

    segment: int
    forms: list[tuple[str, bytes]]
    roots: dict[str, int]


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
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        articles, words = Path(folder) / "articles", Path(folder) / "words.db"
        with closing(new_database(words, page)) as connection, articles.open("wb") as stored:
            _insert(records, connection, facts, stored, ends)
            if not facts.seconds:
                raise ValueError("a shard of no articles")
            index = finish(connection)
        with path.open("wb") as out:
            head = _database(words, index, page, out)
            head.articles_begin = out.tell()
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


def finish(connection: apsw.Connection) -> Index:
    """Makes it one segment."""
    connection.execute("insert into words(words) values('optimize')")
    segment: int = connection.execute("select max(segid) from words_idx").get or 0
    tables = connection.execute("select name, rootpage from sqlite_master where rootpage > 0")
    return Index(segment, list(form_blocks(words_of(connection, segment))), dict(tables))


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
        stored.append(to_stored(record))  # first: it leaves the text's bytes for the next to take
        rows.append(
            (
                len(facts.seconds),
                spelling.text(record.text, letter),
                spelling.text(record.title, letter),
                name_words(record.authors),
                words_of_name(record.publisher),
                codes_of(record),
            )
        )
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
        stored.write(pack(b"\n".join(block)))
        ends.append(stored.tell())


def _database(path: Path, index: Index, page: int, out: BinaryIO) -> Head:
    """Writes the pages that a search may ask for, packed; the head has those that all ask for. What
    SQLite left free is left out."""
    with path.open("rb") as file:

        def page_at(number: int) -> bytes:
            file.seek((number - 1) * page)
            return file.read(page)

        trees = {name: walk(root, page_at) for name, root in {**index.roots, "": 1}.items()}
        hot = _in_head(trees, page)
        words, lengths = trees["words_data"].leaves, trees["words_docsize"].leaves
        ends = _write_pages([words, lengths], hot, page_at, out)
        return Head(
            docs=0,
            page=page,
            database=path.stat().st_size,
            keys=(0, 0),
            columns={},
            segment=index.segment,
            articles_begin=0,
            pages=array("I", hot),
            word_rows=words.last_rows,
            word_pages=words.pages,
            length_rows=lengths.last_rows,
            length_pages=lengths.pages,
            page_ends=ends,
            page_bytes=b"".join(map(page_at, hot)),
        )


def _in_head(trees: dict[str, Tree], page: int) -> list[int]:
    """All pages of a small database."""
    every = {number for tree in trees.values() for number in (*tree.interior, *tree.leaves.pages)}
    if len(every) * page <= layout.INLINE:
        return sorted(every)
    return sorted(set(chain.from_iterable(_hot(name, tree) for name, tree in trees.items())))


def _write_pages(
    tables: Iterable[Leaves], hot: Sequence[int], page_at: Callable[[int], bytes], out: BinaryIO
) -> "array[int]":
    """All that are not in the head; where each of them ends."""
    ends, in_head = array("Q"), frozenset(hot)
    for number in chain.from_iterable(leaves.pages for leaves in tables):
        if number not in in_head:
            out.write(pack(tidied(page_at(number)), CLOSE))
        ends.append(out.tell())
    return ends


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
    return [(first, *_put(block, out)) for first, block in forms]


def pack_column(column: Column) -> bytes:
    values = json.dumps(list(column.values)).encode()
    return pack(struct.pack(">I", len(values)) + values + column.numbers.tobytes(), SMALL)


def unpack_column(packed: bytes) -> tuple[list[tuple[str, ...]], "array[int]"]:
    """The distinct values, and the number of that of each article."""
    whole = unpack(packed)
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
