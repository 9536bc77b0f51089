"""Exported lines: CSV that no spreadsheet runs and that can be read back, JSON with every field."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.archive import a_record
from tocsin.archive.export import (
    COLUMNS,
    csv_head,
    harmless,
    harmless_url,
    to_csv,
    to_json_line,
)
from tocsin.archive.records import Record

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
# What strangers may write, made of what matters here.
NASTY = st.text(st.sampled_from([*SIGNS, *"\t\r\n ,;|\"'“a1\ufeff\x00"]), max_size=12) | st.text()


def cells_of(csv_bytes: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes.decode(), newline="")))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 40", "'+49 40"),
        ("-3 degrees", "'-3 degrees"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ('"=1+1', "\"'=1+1"),
        ("'=1", "''=1"),
        ("  =1", "  '=1"),
        ("said;=1", "said;'=1"),
        ("first\n=1", "first\n'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("peace-keepers = men", "peace-keepers = men"),
        ("", ""),
    ],
)
def test_what_a_cell_must_not_begin_with_has_an_apostrophe_before_it(text: str, cell: str) -> None:
    assert harmless(text) == cell


# An apostrophe before a sign with which a cell begins, and one before a tab or a line's end.
_BEFORE = r"((?:^|[,;|\t\r\n])(?:[^\S\t\r\n]|[\"'\u2018-\u201f\ufeff\x00])*)"
_SIGN = re.compile(f"{_BEFORE}'([{re.escape(''.join(SIGNS))}])")
_CONTROL = re.compile("'+[\t\r]")


def as_it_was(cell: str) -> str:
    """What a reader of the file takes off again."""
    text = cell[1:] if _CONTROL.match(cell) else cell
    return _SIGN.sub(r"\1\2", text)


@given(NASTY)
@example("'\tx")
@example("''=1")
def test_no_text_begins_a_formula_however_it_is_cut_into_cells(text: str) -> None:
    cell = harmless(text)
    assert not cell.startswith(("\t", "\r"))
    for part in re.split(r"[,;|\t\r\n]", cell):
        begins = re.sub(r"^(?:\s|[\"\u2018-\u201f\ufeff\x00])+", "", part)
        assert not begins.startswith(tuple(SIGNS))


@given(NASTY)
@example("'\tx")
@example("''\t=1")
@example(",'=;=\t=")
def test_the_text_can_be_had_back(text: str) -> None:
    assert as_it_was(harmless(text)) == text


@given(NASTY, NASTY, st.lists(NASTY, max_size=3))
def test_a_row_is_read_back_as_it_was_written(title: str, text: str, authors: list[str]) -> None:
    record = a_record(1, title=title, text=text, authors=tuple(authors))
    (row,) = cells_of(to_csv(record))
    found = dict(zip(COLUMNS, row, strict=True))
    assert as_it_was(found["title"]) == title
    assert as_it_was(found["text"]) == text
    assert as_it_was(found["authors"]) == "; ".join(authors)


def test_a_url_still_leads_to_its_page() -> None:
    assert harmless_url("https://a.example/x,-3;=1?a=b") == "https://a.example/x,%2D3;%3D1?a=b"
    assert harmless_url("https://a.example/x-3?a=-1&b=@c") == "https://a.example/x-3?a=-1&b=@c"
    assert harmless_url('=HYPERLINK("x")') == '%3DHYPERLINK("x")'


def test_the_columns_are_these_and_in_this_order() -> None:
    """Others come after them: a program may go by their numbers."""
    assert list(COLUMNS)[:21] == [
        *("id", "version", "seen_at", "published_at", "updated_at", "revised_at"),
        *("publisher", "feed", "country", "language", "title", "url", "authors", "section"),
        *("topics", "story", "agency", "attribution", "paywalled", "image", "text"),
    ]


def test_a_row_has_every_fact_of_the_article() -> None:
    at = datetime(2031, 3, 1, 8, 30, tzinfo=UTC)
    stated = {"published_at": at, "updated_at": at, "revised_at": at, "paywalled": False}
    named = {"authors": ("Ann Lee", "Bo Ek"), "section": "World", "agency": "AP", "country": "de"}
    record = a_record(
        1, **stated, **named, topics=("a", "b"), story_id="0a", image="https://a.example/i.png"
    )
    head, row = cells_of(csv_head(byte_order_mark=False) + to_csv(record))
    found = dict(zip(head, row, strict=True))
    assert found == {
        **dict.fromkeys(("published_at", "updated_at", "revised_at"), "2031-03-01T08:30:00Z"),
        "id": record.id,
        "version": "1",
        "seen_at": "2031-03-01T00:01:00Z",
        "publisher": "Harbour Post",
        "feed": "harbour-post",
        "country": "de",
        "language": "en",
        "title": "Article 1",
        "url": record.url,
        "authors": "Ann Lee; Bo Ek",
        "section": "World",
        "topics": "a; b",
        "story": "0a",
        "agency": "AP",
        "attribution": "",
        "paywalled": "false",
        "image": "https://a.example/i.png",
        "text": "Nothing happened.",
    }


def test_lines_end_as_the_standard_says_and_a_mark_is_put_where_asked_for() -> None:
    assert csv_head(byte_order_mark=True).startswith(b'\xef\xbb\xbf"id","version"')
    assert csv_head(byte_order_mark=False).startswith(b'"id"')
    assert to_csv(a_record(1)).endswith(b'"\r\n')


def test_a_json_line_has_every_field_and_can_be_read_back() -> None:
    record = a_record(1, text="a\nb\u2028c", authors=("Ann",))
    line = to_json_line(record)
    assert line.count(b"\n") == 1
    assert Record.model_validate_json(line) == record
    assert json.loads(line).keys() == json.loads(to_json_line(a_record(2))).keys()
