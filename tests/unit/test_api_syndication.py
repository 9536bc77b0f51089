"""Feeds that any reader takes: the rules of RFC 4287 and JSON Feed 1.1, and readers of others."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.builders import NOW
from tocsin.api.syndication import atom, json_feed
from tocsin.feeds.parser import parse
from tocsin.model import Card

FEED_URL = "https://api.example/feeds/abc.atom?x=1&y=2"
ATOM = "{http://www.w3.org/2005/Atom}"


def card(number: int = 1, **changes: Any) -> Card:
    known = {
        "article_id": f"{number:024x}",
        "url": f"https://harbour-post.example/{number}?a=1&b=2",
        "title": f"Ships & <sailors> {number}",
        "publisher": "Harbour Post",
        "seen_at": NOW - timedelta(minutes=number),
        "lede": "A sentence & <another>.",
    }
    return Card(**(known | changes))


CARDS = [card(1, published_at=NOW - timedelta(hours=2), language="uk"), card(2)]
# Whatever a page may state; half a character comes from JSON.
any_text = st.text(st.characters(), max_size=40)
cards = st.lists(
    st.builds(card, st.integers(1, 10**6), title=any_text, publisher=any_text, lede=any_text),
    max_size=4,
    unique_by=lambda each: each.article_id,
)


def assert_atom(document: str) -> etree._Element:
    """What RFC 4287 demands; the numbers are its sections."""
    feed = etree.fromstring(document.encode("utf-8", "surrogatepass"))
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.iterfind(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):  # 4.1.1, 4.1.2
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme  # 4.2.6
        assert element.findtext(f"{ATOM}updated").endswith("Z")  # 3.3
        assert len(element.findall(f"{ATOM}summary")) <= 1
    for entry in feed.iterfind(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}author/{ATOM}name") is not None  # 4.1.2, 3.2.1
        assert entry.find(f"{ATOM}link[@rel='alternate']").get("href")
    ids = [each.text for each in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return feed


def test_an_atom_feed_says_what_the_rules_ask_for() -> None:
    feed = assert_atom(atom("Troops & treaties", FEED_URL, CARDS))
    assert feed.findtext(f"{ATOM}title") == "Troops & treaties"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == FEED_URL
    assert feed.findtext(f"{ATOM}updated") == "2031-03-05T14:29:00Z"
    first = feed.find(f"{ATOM}entry")
    assert first.findtext(f"{ATOM}title") == "Ships & <sailors> 1"
    assert first.findtext(f"{ATOM}published") == "2031-03-05T12:30:00Z"
    assert first.findtext(f"{ATOM}summary") == "A sentence & <another>."


def test_an_empty_feed_is_a_feed() -> None:
    assert_atom(atom("Nothing yet", FEED_URL, []))
    assert json.loads(json_feed("Nothing yet", FEED_URL, []))["items"] == []


@pytest.mark.parametrize("write", [atom, json_feed])
def test_our_own_reader_reads_what_is_written(write: Any) -> None:
    parsed = parse(write("Ships", FEED_URL, CARDS).encode(), "", FEED_URL)
    assert [each.url for each in parsed.entries] == [each.url for each in CARDS]
    assert [each.title for each in parsed.entries] == [each.title for each in CARDS]
    assert parsed.entries[0].published_at == CARDS[0].published_at


def test_another_reader_finds_nothing_wrong() -> None:
    read = feedparser.parse(atom("Ships", FEED_URL, CARDS).encode())
    assert not read.bozo
    assert [each.link for each in read.entries] == [each.url for each in CARDS]


def test_an_article_keeps_its_id_wherever_the_feed_is() -> None:
    here, there = (
        json.loads(json_feed("a", url, CARDS)) for url in (FEED_URL, "https://b.example")
    )
    assert [each["id"] for each in here["items"]] == [each["id"] for each in there["items"]]


@given(title=any_text, listed=cards)
def test_whatever_a_page_states_the_feeds_stay_well_formed(title: str, listed: list[Card]) -> None:
    assert_atom(atom(title, FEED_URL, listed))
    feed = json.loads(json_feed(title, FEED_URL, listed).encode())
    assert len(feed["items"]) == len(listed)
    assert all({"id", "url", "content_text"} <= set(item) for item in feed["items"])
