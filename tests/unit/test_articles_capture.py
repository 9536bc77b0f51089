"""Pages as they were served, each readable by itself."""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from tocsin.articles.capture import (
    Captured,
    Record,
    blanked,
    pages_in,
    read_captures,
    warcinfo,
    write_captures,
)
from tocsin.errors import CorruptError, InputError

AT = datetime(2031, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    url: str = "https://post.example/a"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"<html></html>"


def read_alone(file: bytes, place: Record) -> tuple[ArcWarcRecord, bytes]:
    """The record in these very bytes, which must hold one record and nothing else."""
    cut = file[place.offset : place.offset + place.length]
    records = [(each, each.content_stream().read()) for each in ArchiveIterator(io.BytesIO(cut))]
    (only,) = records
    return only


@given(st.lists(st.binary(max_size=5_000), min_size=1, max_size=4))
def test_each_page_is_read_alone_and_is_what_was_served(bodies: list[bytes]) -> None:
    pages = [
        Page(f"https://post.example/{number}", body=body) for number, body in enumerate(bodies)
    ]
    file, places = write_captures(pages)
    assert len(places) == len(pages)
    for page, place in zip(pages, places, strict=True):
        record, body = read_alone(file, place)
        assert body == page.body
        assert record.rec_type == "response"
        assert record.rec_headers.get_header("WARC-Target-URI") == page.url


def test_records_lie_one_after_the_other_and_fill_the_file() -> None:
    file, places = write_captures([Page(body=b"a" * 1000), Page(body=b"b"), Page(body=b"")])
    at = 0
    for place in places:
        assert place.offset == at
        at += place.length
    assert at == len(file)


def test_each_record_is_compressed_by_itself() -> None:
    page = Page(body=b"<p>the same again</p>" * 1_000)
    file, places = write_captures([page, page])
    for place in places:
        assert place.length < len(page.body) / 10
        assert page.body in gzip.decompress(file[place.offset : place.offset + place.length])


def test_the_whole_file_reads_in_order() -> None:
    file, _ = write_captures([Page("https://post.example/1"), Page("https://post.example/2")])
    urls = [
        each.rec_headers.get_header("WARC-Target-URI") for each in ArchiveIterator(io.BytesIO(file))
    ]
    assert urls == ["https://post.example/1", "https://post.example/2"]


def test_status_and_headers_are_kept() -> None:
    page = Page(status=203, headers={"content-type": "text/html", "server": "Schön/1.0"})
    file, (place,) = write_captures([page])
    record, _ = read_alone(file, place)
    assert record.http_headers.get_statuscode() == "203"
    assert record.http_headers.get_header("content-type") == "text/html"
    assert record.http_headers.get_header("server")


@pytest.mark.parametrize("header", ["content-encoding", "transfer-encoding", "content-length"])
def test_headers_of_the_transfer_do_not_describe_the_decoded_body(header: str) -> None:
    values = {"content-encoding": "gzip", "transfer-encoding": "chunked", "content-length": "3"}
    page = Page(headers={header: values[header]}, body=b"<html>decoded</html>")
    file, (place,) = write_captures([page])
    record, body = read_alone(file, place)
    assert record.http_headers.get_header(header) is None
    assert body == page.body


@given(st.lists(st.binary(max_size=2_000), max_size=3))
def test_what_was_written_is_read_back(bodies: list[bytes]) -> None:
    headers = {"content-type": "text/html; charset=windows-1251", "etag": '"1"'}
    pages = [Page(f"https://post.example/{n}", 203, headers, body) for n, body in enumerate(bodies)]
    file, places = write_captures(pages)
    read = [Captured(page.url, page.status, page.headers, page.body) for page in pages]
    assert list(read_captures(file)) == read
    for page, place in zip(read, places, strict=True):
        assert list(read_captures(file[place.offset : place.offset + place.length])) == [page]


@pytest.mark.parametrize("file", [b"<html></html>", b"\x1f\x8b broken"])
def test_what_is_no_capture_is_named(file: bytes) -> None:
    with pytest.raises(InputError, match="capture"):
        list(read_captures(file))


# What is taken out


@given(
    st.lists(st.binary(max_size=2_000), min_size=1, max_size=4),
    st.sets(st.integers(0, 3)),
)
def test_what_is_blanked_is_gone_and_all_else_lies_where_it_did(
    bodies: list[bytes], gone: set[int]
) -> None:
    pages = [
        Page(f"https://post.example/{number}", body=body) for number, body in enumerate(bodies)
    ]
    file, places = write_captures(pages)
    wanted = [places[number] for number in gone if number < len(pages)]
    after = blanked(file, wanted, AT)
    assert len(after) == len(file)
    for number, (page, place) in enumerate(zip(pages, places, strict=True)):
        record, body = read_alone(after, place)
        expected = ("metadata", b"") if number in gone else ("response", page.body)
        assert (record.rec_type, body) == expected
    assert [url for url, _ in pages_in(after)] == [
        page.url for number, page in enumerate(pages) if number not in gone
    ]
    assert blanked(after, [], AT) == after


def test_a_blank_says_nothing_of_what_was_there() -> None:
    page = Page("https://post.example/secret", headers={"x-secret": "yes"}, body=b"secret")
    file, (place,) = write_captures([page])
    whole = blanked(file, [place], AT)
    assert b"secret" not in whole
    assert b"secret" not in gzip.decompress(whole)
    assert b"2031-03-01T08:00:00Z" in gzip.decompress(whole)


def test_a_record_that_is_too_short_to_be_blanked_is_told() -> None:
    with pytest.raises(CorruptError, match="by hand"):
        blanked(b"x" * 60, [Record(0, 60)], AT)


def test_pages_are_found_with_their_places() -> None:
    file, places = write_captures([Page("https://post.example/1"), Page("https://post.example/2")])
    urls = ["https://post.example/1", "https://post.example/2"]
    assert pages_in(file) == list(zip(urls, places, strict=True))
    with pytest.raises(InputError, match="no WARC file"):
        pages_in(b"nothing of the kind")


def test_a_file_s_own_record_is_the_same_each_time_and_says_what_it_is() -> None:
    made = warcinfo("a.warc.gz", AT, "one", software="Tocsin", description="pages")
    assert made == warcinfo("a.warc.gz", AT, "one", software="Tocsin", description="pages")
    assert made != warcinfo("a.warc.gz", AT, "another", software="Tocsin", description="pages")
    (record,) = ArchiveIterator(io.BytesIO(made))
    assert record.rec_type == "warcinfo"
    assert record.rec_headers.get_header("WARC-Filename") == "a.warc.gz"
    assert record.rec_headers.get_header("WARC-Date") == "2031-03-01T08:00:00Z"
