"""Articles as lines of a file: JSON, or CSV that no spreadsheet runs.

A spreadsheet takes a cell that begins with = + - @ for a formula, and what strangers write ends up
in cells. An apostrophe before such a sign makes it text (https://owasp.org/www-community/attacks/
CSV_Injection). It is put wherever a cell may begin: at the beginning, and after what separates
cells or lines for a program that was told other separators than ours, be there quotes and spaces in
between. So it can be taken away again at the same places. In URLs the sign is written as %3D and
the like instead, so that they still lead to their pages.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from tocsin.archive.records import NOT_IN_SHARDS, Record
from tocsin.model.values import to_text

# In this order. A column is never renamed or taken away; new ones come at the end.
COLUMNS: dict[str, Callable[[Record], object]] = {
    "id": lambda each: each.id,
    "version": lambda each: each.version,
    "seen_at": lambda each: _when(each.seen_at),
    "published_at": lambda each: _when(each.published_at),
    "updated_at": lambda each: _when(each.updated_at),
    "revised_at": lambda each: _when(each.revised_at),
    "publisher": lambda each: harmless(each.publisher),
    "feed": lambda each: harmless(each.feed_id),
    "country": lambda each: harmless(each.country or ""),
    "language": lambda each: harmless(each.language or ""),
    "title": lambda each: harmless(each.title),
    "url": lambda each: harmless_url(each.url),
    "authors": lambda each: harmless("; ".join(each.authors)),
    "section": lambda each: harmless(each.section or ""),
    "topics": lambda each: harmless("; ".join(each.topics)),
    "story": lambda each: each.story_id or "",
    "agency": lambda each: harmless(each.agency or ""),
    "attribution": lambda each: harmless(each.attribution or ""),
    "paywalled": lambda each: {None: "", True: "true", False: "false"}[each.paywalled],
    "image": lambda each: harmless_url(each.image or ""),
    "text": lambda each: harmless(each.text),
}
BYTE_ORDER_MARK = "\ufeff"

# Also as wide as a Chinese character, which some take for the same.
_FORMULA = "=+@\uff1d\uff0b\uff0d\uff20-"
# Where a cell may begin: with spaces and quotes of any kind, and what is not seen, before it.
_BEFORE = r"((?:^|[,;|\t\r\n])(?:[^\S\t\r\n]|[\"'\u2018-\u201f\ufeff\x00])*)"
_BEGINS = re.compile(f"{_BEFORE}([{_FORMULA}])")
# A tab or a line's end at the beginning, and what one with apostrophes is taken from again.
_CONTROL = re.compile("'*[\t\r]")


def harmless(text: str) -> str:
    """The text as a cell's, with apostrophes before what a cell must not begin with."""
    marked = _BEGINS.sub(r"\1'\2", text)
    return f"'{marked}" if _CONTROL.match(marked) else marked


def harmless_url(url: str) -> str:
    return harmless(_BEGINS.sub(lambda found: found[1] + _percent(found[2]), url))


def _percent(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode())


def csv_head(*, byte_order_mark: bool) -> bytes:
    mark = BYTE_ORDER_MARK if byte_order_mark else ""
    return (mark + _row(COLUMNS)).encode()


def to_csv(record: Record) -> bytes:
    """RFC 4180, every cell in quotes."""
    return _row(cell(record) for cell in COLUMNS.values()).encode()


def to_json_line(record: Record) -> bytes:
    """Every field that the archive's index keeps, null or not: no line has others."""
    return record.model_dump_json(exclude=NOT_IN_SHARDS).encode() + b"\n"


def _row(cells: Iterable[object]) -> str:
    row = io.StringIO()
    csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(list(cells))
    return row.getvalue()


def _when(at: datetime | None) -> str:
    return to_text(at) if at else ""
