"""JSON Feed 1.0 and 1.1."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import FeedError
from tocsin.feeds.entries import MAX_CONTENT_CHARACTERS
from tocsin.feeds.parser import MAX_ENTRIES, Document, parse
from tocsin.model.entries import Entry

URL = "https://harbour-post.example/feeds/all.json"


def read(feed: Any) -> Document:
    body = feed if isinstance(feed, bytes) else json.dumps(feed).encode()
    return parse(body, "application/feed+json", URL)


def entry_of(**item: Any) -> Entry:
    (entry,) = read({"items": [{"url": "https://post.example/1"} | item]}).entries
    return entry


def test_an_item_states_every_part_of_an_entry() -> None:
    assert entry_of(
        id="1",
        title=" Peace ",
        content_html="<p>Text</p>",
        date_published="2031-03-05T16:30:00+02:00",
        authors=[{"name": "Ada Lind"}, {"name": "Bo Ek"}],
    ) == Entry(
        url="https://post.example/1",
        guid="1",
        title="Peace",
        content_html="<p>Text</p>",
        authors=("Ada Lind", "Bo Ek"),
        published_at=datetime(2031, 3, 5, 14, 30, tzinfo=UTC),
    )


def test_items_keep_their_order() -> None:
    items = [{"url": f"https://post.example/{number}"} for number in (3, 1, 2)]
    assert [entry.url[-1] for entry in read({"items": items}).entries] == ["3", "1", "2"]


def test_a_byte_order_mark_and_space_before_the_document_are_skipped() -> None:
    document = {"items": [{"url": "https://post.example/1"}]}
    assert read(b"\xef\xbb\xbf" + json.dumps(document).encode()).entries
    assert read(b" \n\t" + json.dumps(document).encode()).entries


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/news/1", "https://harbour-post.example/news/1"),
        ("1", "https://harbour-post.example/feeds/1"),
        ("//m.post.example/1", "https://m.post.example/1"),
        (" https://post.example/1 ", "https://post.example/1"),
    ],
)
def test_links_are_resolved_against_where_the_document_came_from(link: str, url: str) -> None:
    assert entry_of(url=link).url == url


def test_a_link_to_elsewhere_serves_where_there_is_no_other() -> None:
    assert entry_of(url=None, external_url="https://agency.example/1").url.endswith("/1")


@pytest.mark.parametrize(
    "item",
    [{"id": "1"}, {"url": ""}, {"url": 5}, {"url": None}, {"url": "http://["}, "text", None, 7, []],
)
def test_an_item_without_a_link_is_skipped_and_no_other(item: Any) -> None:
    document = read({"items": [item, {"url": "https://post.example/1"}]})
    assert [entry.url for entry in document.entries] == ["https://post.example/1"]


@pytest.mark.parametrize(
    ("stated", "content"),
    [
        ({"content_html": "h", "content_text": "t", "summary": "s"}, "h"),
        ({"content_text": "t", "summary": "s"}, "t"),
        ({"summary": "s"}, "s"),
        ({"content_html": 1}, ""),
        ({}, ""),
    ],
)
def test_the_fullest_content_is_taken(stated: dict[str, Any], content: str) -> None:
    assert entry_of(**stated).content_html == content


def test_content_is_cut_to_size() -> None:
    long = "x" * (MAX_CONTENT_CHARACTERS + 1)
    assert len(entry_of(content_text=long).content_html) == MAX_CONTENT_CHARACTERS


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ({"author": {"name": "Ada"}}, ("Ada",)),
        ({"authors": [{"name": "Ada"}, {}, "Bo", None, {"name": 1}]}, ("Ada",)),
        ({"authors": "Ada"}, ("Of the feed",)),
        ({"authors": []}, ("Of the feed",)),
        ({}, ("Of the feed",)),
    ],
)
def test_authors_of_both_versions_are_read_else_the_feeds(
    authors: dict[str, Any], names: tuple[str, ...]
) -> None:
    feed = {
        "authors": [{"name": "Of the feed"}],
        "items": [{"url": "https://post.example/1"} | authors],
    }
    assert read(feed).entries[0].authors == names


@pytest.mark.parametrize("stated", ["soon", "", 17, None, "0001-01-01T00:00:00Z", "2031-99-99"])
def test_an_odd_date_is_none(stated: Any) -> None:
    assert entry_of(date_published=stated).published_at is None


def test_a_numeric_id_is_an_id() -> None:
    assert entry_of(id=17).guid == "17"


def test_half_a_character_is_replaced() -> None:
    body = b'{"items": [{"id": "\\ud83d", "url": "/\\ud83d/1", "title": "x\\ude00"}]}'
    (entry,) = read(body).entries
    assert (entry.guid, entry.title) == ("?", "x?")
    assert entry.url == "https://harbour-post.example/?/1"


def test_no_more_than_the_limit_is_read() -> None:
    items = [{"url": f"https://post.example/{number}"} for number in range(MAX_ENTRIES + 1)]
    entries = read({"items": items}).entries
    assert len(entries) == MAX_ENTRIES
    assert entries[0].url.endswith("/0")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b'{"items": {}}',
        b'{"items": null}',
        b'{"a":' * 100_000,
        b'{"items": [\xff]}',
        b'{"items": [{"url": "https://post.example/1"}',
    ],
)
def test_json_that_is_no_feed_is_a_feed_error(body: bytes) -> None:
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == "not_a_feed"
    assert refused.value.url == URL


SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("name"), inner),
    max_leaves=4,
)
NAMES = ["id", "url", "external_url", "title", "content_html", "authors", "author"]
ITEMS = st.lists(
    st.dictionaries(st.sampled_from([*NAMES, "date_published"]), VALUE) | VALUE, max_size=4
)


@given(ITEMS, VALUE)
def test_items_of_any_shape_are_read_or_skipped(items: list[Any], authors: Any) -> None:
    document = read({"items": items, "authors": authors})
    assert len(document.entries) <= len(items)
    for entry in document.entries:
        entry.model_dump_json().encode()
