"""Pages as they were served, in WARC (ISO 28500): one file a job, a record a page."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tocsin.errors import CorruptError, InputError
from tocsin.model.values import to_text


class Served(Protocol):
    """An answer of a web server; header names are in lower case."""

    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True)
class Captured:
    """An answer read back: what `Served` asks for."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


_OURS = UUID("6d1c9c5e-6f53-4d0e-9a27-20b1c8f0f8a4")  # the namespace of records that we name


@dataclass(frozen=True)
class Record:
    """Where a page's record lies in its file, in bytes of the compressed file."""

    offset: int
    length: int


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio leaves a temporary file open for each record; pages are small enough for memory."""

    @staticmethod
    def _create_temp_file() -> io.BytesIO:
        return io.BytesIO()


# The body is stored as decoded and whole: these would describe it wrongly.
_OF_THE_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def write_captures(responses: Sequence[Served]) -> tuple[bytes, list[Record]]:
    """A gzipped WARC file and where in it each response lies; each record opens by itself."""
    file = io.BytesIO()
    writer = _Writer(file, gzip=True)
    records = []
    for response in responses:
        start = file.tell()
        writer.write_record(_record(writer, response))
        records.append(Record(start, file.tell() - start))
    return file.getvalue(), records


def warcinfo(name: str, at: datetime, identity: str, **fields: str) -> bytes:
    """The record that a WARC file begins with (ISO 28500, 6.2), gzipped; of the same values the
    same bytes. `identity` is what the file is told from others by."""
    file = io.BytesIO()
    writer = _Writer(file, gzip=True)
    record = writer.create_warcinfo_record(name, fields)
    record.rec_headers.replace_header("WARC-Record-ID", f"<urn:uuid:{uuid5(_OURS, identity)}>")
    record.rec_headers.replace_header("WARC-Date", to_text(at))
    writer.write_record(record)
    return file.getvalue()


def read_captures(file: bytes) -> Iterator[Captured]:
    """The answers in a WARC file or in a part of it that begins and ends with a record. Raises
    InputError for what is none."""
    try:
        for record in ArchiveIterator(io.BytesIO(file)):
            if record.rec_type == "response":
                yield _captured(record)
    except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
        raise InputError("capture", f"is no WARC file: {error}") from error


def pages_in(file: bytes) -> list[tuple[str, Record]]:
    """The URL of each answer in a WARC file of ours, and where it lies. Raises InputError."""
    try:
        records = ArchiveIterator(io.BytesIO(file))
        return [
            (url, Record(records.get_record_offset(), records.get_record_length()))
            for url in filter(None, (_url_at_end(each, records) for each in records))
        ]
    except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
        raise InputError("capture", f"is no WARC file: {error}") from error


def _url_at_end(record: Any, records: ArchiveIterator) -> str | None:
    """Once it was read: where it ends is known then."""
    records.read_to_end(record)
    is_answer = record.rec_type == "response"
    return record.rec_headers.get_header("WARC-Target-URI") if is_answer else None


def blanked(file: bytes, gone: Iterable[Record], at: datetime) -> bytes:
    """The file with records in place of these that say nothing, each as long as what it replaces:
    where the others lie is written down in many places, and stays true. Raises CorruptError."""
    for each in gone:
        end = each.offset + each.length
        blank = _blank(each.length, f"{hashlib.sha256(file).hexdigest()} {each.offset}", at)
        file = file[: each.offset] + blank + file[end:]
    return file


def _blank(length: int, name: str, at: datetime) -> bytes:
    """A record without content. What is missing in length stands in the comment of its gzip header
    (RFC 1952, 2.3), which readers pass over."""
    identity = uuid5(_OURS, name)
    stated = (
        f"WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{identity}>\r\n"
        f"WARC-Date: {to_text(at)}\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    ).encode()
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packing.compress(stated) + packing.flush()
    sums = struct.pack("<II", zlib.crc32(stated), len(stated))
    room = length - len(_WITH_COMMENT) - 1 - len(packed) - len(sums)
    if room < 0:
        raise CorruptError("capture", f"record of {length} bytes", "delete its object by hand")
    return _WITH_COMMENT + b" " * room + b"\x00" + packed + sums


# Deflate; a comment follows; no time, no system.
_WITH_COMMENT = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x02\xff"


def _captured(record: Any) -> Captured:
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    return Captured(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        body=record.content_stream().read(),
    )


def _record(writer: WARCWriter, response: Served) -> object:
    kept = [(n, v) for n, v in response.headers.items() if n not in _OF_THE_TRANSFER]
    headers = StatusAndHeaders(f"{response.status} OK", kept, protocol="HTTP/1.1")
    body = io.BytesIO(response.body)
    return writer.create_warc_record(response.url, "response", payload=body, http_headers=headers)
