"""Articles as a Parquet file, with the columns of `columns`.

The format is https://parquet.apache.org/docs/file-format/: what its readers all know of it, and no
more. Values are plain, pages Zstandard; instants are in UTC, to the millisecond that Athena keeps.
The same articles give the same bytes. That it is written here and not by a library is for the sake
of the functions' package: docs/decisions.md has the sizes.
"""

import struct as packing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from tocsin.archive.columns import COLUMNS, Column, Kind
from tocsin.archive.packing import pack
from tocsin.archive.records import Record
from tocsin.archive.thrift import Value, binary, flag, i32, i64, listed, struct, text, varint

# A row group is what is in memory at a time: rows, or text, whatever there is more of.
GROUP_ROWS = 4096
GROUP_CHARACTERS = 16 << 20
PAGE_BYTES = 1 << 20  # as libraries have it: what a reader unpacks at a time
_LEVEL = 9  # of a day: .5 s and 1,710 bytes a row; 6: .3 s and 1,761; gzip's 6: 1.2 s and 1,887
_MAGIC = b"PAR1"
# The numbers of parquet.thrift.
_BOOLEAN, _INT32, _INT64, _BYTES = 0, 1, 2, 6
_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2
_UTF8, _LIST, _MILLIS = 0, 3, 9
_PLAIN, _RLE, _ZSTD, _DATA_PAGE = 0, 3, 6, 0
_PHYSICAL = {
    Kind.TEXT: _BYTES,
    Kind.TEXTS: _BYTES,
    Kind.INSTANT: _INT64,
    Kind.FLAG: _BOOLEAN,
    Kind.NUMBER: _INT32,
}
_NOTHING = struct({})


@dataclass(frozen=True)
class Page:
    """A column's values of some rows. Levels say which of them are there (`defined`) and which go
    on with the list of the one before (`repeated`); empty where they can be no other."""

    values: bytes
    count: int
    defined: Sequence[int] = ()
    repeated: Sequence[int] = ()

    def encoded(self) -> bytes:
        levels = b"".join(_levels(each) for each in (self.repeated, self.defined) if each)
        return levels + self.values


def write(records: Iterable[Record], path: Path, columns: Sequence[Column] = COLUMNS) -> int:
    """How many there were. They are read as they are written: none need be in memory before. What
    they raise is raised, and leaves a file that is none."""
    with path.open("wb") as file:
        file.write(_MAGIC)
        groups: list[Value] = []
        rows = 0
        for group in _gathered(records):
            groups.append(_write_group(group, columns, file))
            rows += len(group)
        footer = _footer(groups, columns, rows)
        file.write(footer + packing.pack("<I", len(footer)) + _MAGIC)
    return rows


def _gathered(records: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    characters = 0
    for record in records:
        group.append(record)
        characters += len(record.text)
        if characters >= GROUP_CHARACTERS or len(group) >= GROUP_ROWS:
            yield group
            group, characters = [], 0
    if group:
        yield group


# What is written


def _write_group(records: Sequence[Record], columns: Sequence[Column], file: BinaryIO) -> Value:
    """The row group as the footer has it."""
    chunks, size, begin = [], 0, file.tell()
    for column in columns:
        values = [getattr(record, column.name) for record in records]
        chunk, unpacked = _write_chunk(column, values, file)
        chunks.append(chunk)
        size += unpacked
    packed = file.tell() - begin
    fields = {1: listed(chunks), 2: i64(size), 3: i64(len(records)), 5: i64(begin), 6: i64(packed)}
    return struct(fields)


def _write_chunk(column: Column, values: Sequence[Any], file: BinaryIO) -> tuple[Value, int]:
    """A column of a row group as the footer has it, and how large it is when unpacked."""
    begin, size, count = file.tell(), 0, 0
    for page in _pages(column, values):
        content = page.encoded()
        packed = pack(content, _LEVEL)
        head = _page_head(page, len(content), len(packed))
        file.write(head + packed)
        size += len(head) + len(content)
        count += page.count
    metadata = {
        1: i32(_PHYSICAL[column.kind]),
        2: listed([i32(_PLAIN), i32(_RLE)]),
        3: listed([text(each) for each in _path(column)]),
        4: i32(_ZSTD),
        5: i64(count),
        6: i64(size),
        7: i64(file.tell() - begin),
        9: i64(begin),
        12: _statistics(column, values),
    }
    return struct({2: i64(begin), 3: struct(metadata)}), size


def _page_head(page: Page, size: int, packed: int) -> bytes:
    data = {1: i32(page.count), 2: i32(_PLAIN), 3: i32(_RLE), 4: i32(_RLE)}
    fields = {1: i32(_DATA_PAGE), 2: i32(size), 3: i32(packed), 5: struct(data)}
    return struct(fields).encoded


def _statistics(column: Column, values: Sequence[Any]) -> Value:
    """Of numbers and instants the least and the largest: a reader passes over whole groups."""
    there = [each for each in values if each is not None]
    fields = {3: i64(len(values) - len(there))}
    if there and column.kind in (Kind.INSTANT, Kind.NUMBER):
        fields |= {5: binary(_plain(column.kind, [max(there)]))}
        fields |= {6: binary(_plain(column.kind, [min(there)]))}
    return struct(fields)


# Values


def _pages(column: Column, values: Sequence[Any]) -> Iterator[Page]:
    if column.kind is Kind.TEXTS:
        yield _page_of_lists(values)
        return
    optional = not column.is_always_there
    for some in _in_pages(column, values):
        there = [each for each in some if each is not None]
        defined = [int(each is not None) for each in some] if optional else ()
        yield Page(_plain(column.kind, there), len(some), defined)


def _in_pages(column: Column, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """As many as fit in a page; only texts are ever more."""
    if column.kind is not Kind.TEXT:
        yield values
        return
    begin = size = 0
    for at, each in enumerate(values):
        size += len(each or "")
        if size >= PAGE_BYTES:
            yield values[begin : at + 1]
            begin, size = at + 1, 0
    if begin < len(values):
        yield values[begin:]


def _page_of_lists(lists: Sequence[Sequence[str]]) -> Page:
    """An empty list takes a place, too, with nothing there."""
    defined = [level for each in lists for level in ([1] * len(each) or [0])]
    repeated = [int(at > 0) for each in lists for at in range(len(each) or 1)]
    values = _plain(Kind.TEXT, [value for each in lists for value in each])
    return Page(values, len(defined), defined, repeated)


def _plain(kind: Kind, values: Sequence[Any]) -> bytes:
    match kind:
        case Kind.INSTANT:
            return packing.pack(f"<{len(values)}q", *map(_milliseconds, values))
        case Kind.NUMBER:
            return packing.pack(f"<{len(values)}i", *values)
        case Kind.FLAG:
            return _bits(values)
    return b"".join(map(_text, values))


def _milliseconds(at: datetime) -> int:
    """Those that were over: of a float they could be one more."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def _text(value: str) -> bytes:
    """Half a pair of surrogates is no text outside of Python."""
    content = str(value).encode(errors="replace")
    return packing.pack("<I", len(content)) + content


def _bits(values: Sequence[bool]) -> bytes:
    packed = bytearray((len(values) + 7) // 8)
    for at, value in enumerate(values):
        packed[at // 8] |= value << at % 8
    return bytes(packed)


def _levels(levels: Sequence[int]) -> bytes:
    """As runs of one level."""
    runs = b"".join(varint(len([*run]) << 1) + bytes([level]) for level, run in groupby(levels))
    return packing.pack("<I", len(runs)) + runs


# The footer


def _footer(groups: Sequence[Value], columns: Sequence[Column], rows: int) -> bytes:
    root = struct({4: text("article"), 5: i32(len(columns))})
    schema = [root, *(element for column in columns for element in _elements(column))]
    # Minima and maxima are by the order that a type has.
    orders = [struct({1: _NOTHING})] * len(columns)
    fields = {1: i32(1), 2: listed(schema), 3: i64(rows), 4: listed(groups)}
    fields |= {6: text("tocsin"), 7: listed(orders)}
    return struct(fields).encoded


def _path(column: Column) -> list[str]:
    return [column.name, *(["list", "element"] if column.kind is Kind.TEXTS else [])]


def _elements(column: Column) -> list[Value]:
    repetition = _REQUIRED if column.is_always_there else _OPTIONAL
    if column.kind is not Kind.TEXTS:
        return [_leaf(column.name, column.kind, repetition)]
    outer = {3: i32(_REQUIRED), 4: text(column.name), 5: i32(1), 6: i32(_LIST)}
    return [
        struct(outer | {10: struct({3: _NOTHING})}),
        struct({3: i32(_REPEATED), 4: text("list"), 5: i32(1)}),
        _leaf("element", Kind.TEXT, _REQUIRED),
    ]


def _leaf(name: str, kind: Kind, repetition: int) -> Value:
    fields = {1: i32(_PHYSICAL[kind]), 3: i32(repetition), 4: text(name)}
    match kind:
        case Kind.TEXT:
            fields |= {6: i32(_UTF8), 10: struct({1: _NOTHING})}
        case Kind.INSTANT:
            in_utc = struct({1: flag(True), 2: struct({1: _NOTHING})})
            fields |= {6: i32(_MILLIS), 10: struct({8: in_utc})}
    return struct(fields)
