"""The file of compiled topics: parts, mostly one, each a header and then sections that are read
where they lie.

    magic, format, Python (major, minor), analysis, size of the facts,
    size from here to the end of the file, crc32 of what follows the header up to there,
    crc32 of the header and facts
    facts (marshal): what the matcher has to know of the part, and the sections' sizes
    sections, each beginning at a multiple of 8

Opening maps the file and reads the facts, whatever its size; sections come into memory as articles
touch them. Numbers are little-endian, as on every processor that runs this. Blocks are in the
format of `marshal`, which only one version of Python is sure to read, and which must come from a
trusted place: the bucket that `tocsin apply` writes to.
"""

import marshal
import mmap
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.errors import CompiledTopicsError
from tocsin.query.keys import ANALYSIS_VERSION

MAGIC = b"TOCSINQ\0"
FORMAT = 4  # 1 was JSON, 2 had one part and larger blocks, 3 four bytes for each block's place
_HEADER = struct.Struct("<8sHBBIIQI")  # without its own checksum
_CHECKSUM = struct.Struct("<I")
_BEGIN = _HEADER.size + _CHECKSUM.size
_ALIGNMENT = 8
_PYTHON = sys.version_info[:2]
_STEP = 1 << 20  # of a file that is read for its checksum


@dataclass(frozen=True, slots=True)
class Contents:
    """A part of a file in memory: its facts, and its sections by name."""

    facts: dict[str, Any]
    sections: dict[str, memoryview]


Part = tuple[Mapping[str, Any], Mapping[str, bytes]]  # facts are numbers, strings, tuples of them


def written(parts: Sequence[Part]) -> bytes:
    """The file as bytes."""
    rest = b""
    for facts, sections in reversed(parts):
        rest = _part(facts, sections, rest)
    return rest


def _part(facts: Mapping[str, Any], sections: Mapping[str, bytes], rest: bytes) -> bytes:
    sizes = tuple((name, len(section)) for name, section in sections.items())
    stated = _aligned(marshal.dumps({**facts, "sections": sizes}, 2))
    body = b"".join((bytes(-_BEGIN % _ALIGNMENT), stated, *map(_aligned, sections.values()), rest))
    total = _BEGIN + len(body)
    header = _HEADER.pack(
        MAGIC, FORMAT, *_PYTHON, ANALYSIS_VERSION, len(stated), total, zlib.crc32(body)
    )
    checksum = zlib.crc32(stated, zlib.crc32(header))
    return b"".join((header, _CHECKSUM.pack(checksum), body))


def _aligned(section: bytes) -> bytes:
    return section + bytes(-len(section) % _ALIGNMENT)


def opened(path: Path) -> list[Contents]:
    """Its parts. Checks headers and the size only: `verify` reads the whole. Raises
    CompiledTopicsError, OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < _BEGIN:
            raise CompiledTopicsError(str(path), "is cut short")
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    parts = []
    while content:
        begin, stated_size = _checked(str(path), content)
        facts = marshal.loads(content[begin : begin + stated_size])  # noqa: S302 (checked above)
        content = content[begin + stated_size :]
        sections, content = _sections(facts.pop("sections"), content)
        parts.append(Contents(facts, sections))
    return parts


def _sections(sizes: Any, content: memoryview) -> tuple[dict[str, memoryview], memoryview]:
    """And what follows them."""
    sections = {}
    for name, size in sizes:
        sections[name] = content[:size]
        content = content[size + -size % _ALIGNMENT :]
    return sections, content


def _checked(name: str, content: memoryview) -> tuple[int, int]:
    """Where the facts begin, and their size."""
    magic, form, major, minor, version, stated, total, _ = _HEADER.unpack_from(content)
    if magic != MAGIC:
        raise CompiledTopicsError(name, "is no file of compiled topics")
    if form != FORMAT:
        raise CompiledTopicsError(name, f"has format {form}, this version reads {FORMAT}")
    if (major, minor) != _PYTHON:
        here = ".".join(map(str, _PYTHON))
        raise CompiledTopicsError(name, f"was compiled by Python {major}.{minor}, this is {here}")
    if version != ANALYSIS_VERSION:
        raise CompiledTopicsError(
            name, f"has analysis {version}, this version reads {ANALYSIS_VERSION}"
        )
    if total != len(content):
        raise CompiledTopicsError(name, f"has {len(content)} bytes of {total}")
    begin = _BEGIN + -_BEGIN % _ALIGNMENT
    facts = content[begin : begin + stated]
    expected = zlib.crc32(facts, zlib.crc32(content[: _HEADER.size]))
    if expected != _CHECKSUM.unpack_from(content, _HEADER.size)[0]:
        raise CompiledTopicsError(name, "is corrupt in its header")
    return begin, stated


def verify(path: Path) -> None:
    """Reads all of a file, once after it was written or downloaded: some 60 ms for a million
    topics, which opening does not spend. Raises CompiledTopicsError, OSError."""
    contents_checksum = 0
    with path.open("rb") as file:
        start = file.read(_BEGIN)
        while step := file.read(_STEP):
            contents_checksum = zlib.crc32(step, contents_checksum)
    opened(path)
    if contents_checksum != _HEADER.unpack_from(start)[-1]:
        raise CompiledTopicsError(str(path), "is corrupt")
