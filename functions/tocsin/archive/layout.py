"""How a shard is laid out: one immutable object, of which readers take ranges.

    pages       of SQLite with one FTS5 table, each packed by itself: those with words, in the order
                of the words, then those with lengths; of a small database all are in the head
    articles    JSON lines, packed, BLOCK articles each
    keys        16 bytes an article: the second it was seen in, and its id
    columns     for facets: distinct values, and which of them each article has
    forms       the words of each stem, sorted, in blocks
    head        where all of that is, and the pages of the database that every query needs

Articles are numbered from 1 in order of their keys: FTS5's rowid is the order of time. The entry of
the manifest says where the head and the forms are, so that both come with the first round.
"""

import json
import struct
from array import array
from dataclasses import dataclass, field
from typing import Any

from tocsin.archive.packing import SMALL, ZstdError, pack, unpack
from tocsin.errors import CorruptError

# Goes up with the layout and with text analysis: readers leave other versions alone, and the
# archive is built anew from its batches.
VERSION = 3

# Of 4 kB pages a query reads 400, of 64 kB 35, and the index is as large.
PAGE = 65_536
# Of a shard of a few articles most of such pages would be empty.
SMALL_PAGE = 4_096
# FTS5's own pages: two in one of the database's, or one.
FTS_PAGES = {PAGE: 32_000, SMALL_PAGE: 4_050}
# Pages up to this are in the head, all of them: one request opens the shard.
INLINE = 2 << 20
# Body first: FTS5 marks each word of any column but the first, which is two bytes for 300 distinct
# words of an article: 1,930 bytes of index an article instead of 2,680.
COLUMNS = ("body", "title", "author", "publisher", "code")
TOKENIZER = "ascii"
SCHEMA = (
    f"create virtual table words using fts5({', '.join(COLUMNS)}, content='', "
    f"tokenize=\"{TOKENIZER} tokenchars '-_'\")"
)
BLOCK = 8  # articles: 14 kB, as much as a request takes anyway
KEY = struct.Struct(">I12s")
KEYS_STEP = 256  # the head has each 256th second: what lies between is one range of 4 kB
FACETS = ("topic", "publisher", "feed", "language", "country", "day")

Range = tuple[int, int]  # offset and length


@dataclass
class Head:
    """Numbers of a shard. `database` is the size that SQLite sees. `pages` are those in
    `page_bytes`; `page_ends` has the end of each of `word_pages`, then of `length_pages`, in the
    object, where one that is in the head takes nothing. `articles` holds the end of each block
    of articles, `seconds` the second of each KEYS_STEPth article, `revised` the articles that are
    no first versions, and `versions` which they are."""

    docs: int
    page: int
    database: int
    keys: Range
    columns: dict[str, Range]
    segment: int
    articles_begin: int
    pages: "array[int]" = field(default_factory=lambda: array("I"))
    word_rows: "array[int]" = field(default_factory=lambda: array("q"))
    word_pages: "array[int]" = field(default_factory=lambda: array("I"))
    length_rows: "array[int]" = field(default_factory=lambda: array("q"))
    length_pages: "array[int]" = field(default_factory=lambda: array("I"))
    page_ends: "array[int]" = field(default_factory=lambda: array("Q"))
    articles: "array[int]" = field(default_factory=lambda: array("Q"))
    seconds: "array[int]" = field(default_factory=lambda: array("I"))
    revised: "array[int]" = field(default_factory=lambda: array("I"))
    versions: "array[int]" = field(default_factory=lambda: array("I"))
    page_bytes: bytes = b""


_ARRAYS = (
    "pages",
    "word_rows",
    "word_pages",
    "length_rows",
    "length_pages",
    "page_ends",
    "articles",
    "seconds",
    "revised",
    "versions",
)
_NUMBERS = ("docs", "page", "database", "keys", "columns", "segment", "articles_begin")


def pack_head(head: Head) -> bytes:
    arrays = {name: getattr(head, name) for name in _ARRAYS}
    facts: dict[str, Any] = {name: getattr(head, name) for name in _NUMBERS}
    facts["arrays"] = {n: [each.typecode, len(each) * each.itemsize] for n, each in arrays.items()}
    text = json.dumps(facts).encode()
    body = b"".join(each.tobytes() for each in arrays.values())
    return pack(struct.pack(">I", len(text)) + text + body + head.page_bytes, SMALL)


def unpack_head(key: str, packed: bytes) -> Head:
    """Raises CorruptError."""
    try:
        whole = unpack(packed)
        (length,) = struct.unpack_from(">I", whole)
        facts = json.loads(whole[4 : 4 + length])
        at = 4 + length
        read: dict[str, Any] = {}
        for name, (typecode, size) in facts.pop("arrays").items():
            read[name] = array(typecode, whole[at : at + size])
            at += size
        facts["keys"] = tuple(facts["keys"])
        facts["columns"] = {name: (begin, size) for name, (begin, size) in facts["columns"].items()}
        return Head(**facts, **read, page_bytes=whole[at:])
    except (ZstdError, struct.error, ValueError, TypeError, KeyError) as error:
        raise unreadable(key) from error


def unreadable(key: str) -> CorruptError:
    return CorruptError("shard", key, "rebuild the archive from its batches")


def pack_key(second: int, article_id: str) -> bytes:
    return KEY.pack(second, bytes.fromhex(article_id))


def unpack_key(packed: bytes, at: int) -> tuple[int, str]:
    second, article_id = KEY.unpack_from(packed, at * KEY.size)
    return second, article_id.hex()


def unpack_keys(packed: bytes) -> list[tuple[int, str]]:
    return [(second, article_id.hex()) for second, article_id in KEY.iter_unpack(packed)]
