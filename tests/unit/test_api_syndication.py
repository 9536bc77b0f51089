"""Feeds that any reader takes: the rules of RFC 4287 and JSON Feed 1.1, and readers of others."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.builders import NOW
from tocsin.api.syndication import atom, json_feed
from tocsin.archive.answers import Hit
from tocsin.feeds.parser import parse
from tocsin.model.excerpts import Excerpt

FEED_URL = "https://api.example/feeds/abc.atom?x=1&y=2"
ATOM = "{http://www.w3.org/2005/Atom}"
GRAMMAR = etree.RelaxNG(file=str(Path(__file__).parents[1] / "schemas" / "atom.rng"))


def a_hit(number: int = 1, *, title: str = "", lede: str | None = None, **changes: Any) -> Hit:
    known = {
        "article_id": f"{number:024x}",
        "version": 1,
        "url": f"https://harbour-post.example/{number}?a=1&b=2",
        "title": Excerpt(text=title or f"Ships & <sailors> {number}"),
        "snippet": Excerpt(text="A sentence & <another>." if lede is None else lede),
        "publisher": "Harbour Post",
        "seen_at": NOW - timedelta(minutes=number),
        "published_at": None,
        "language": None,
        "country": None,
        "feed_id": "harbour-post",
        "topics": (),
        "story_id": None,
    }
    return Hit(**(known | changes))


HITS = [
    a_hit(1, published_at=NOW - timedelta(hours=2), language="uk", topics=("floods", "ports")),
    a_hit(2),
]
# Whatever a page may state; half a character comes from JSON.
any_text = st.text(st.characters(), max_size=40)
any_hits = st.lists(
    st.builds(a_hit, st.integers(1, 10**6), title=any_text, publisher=any_text, lede=any_text),
    max_size=4,
    unique_by=lambda each: each.article_id,
)


def an_atom(title: str, hits: list[Hit], url: str = FEED_URL) -> str:
    return atom(title, url, NOW - timedelta(days=1), hits)


def a_json_feed(title: str, hits: list[Hit], url: str = FEED_URL) -> str:
    return json_feed(title, url, hits)


def assert_atom(document: str) -> etree._Element:
    """What RFC 4287 demands: its grammar, and the rules that a grammar cannot state."""
    feed = etree.fromstring(document.encode("utf-8", "surrogatepass"))
    assert GRAMMAR.validate(feed), GRAMMAR.error_log
    entries = feed.findall(f"{ATOM}entry")
    assert feed.find(f"{ATOM}link[@rel='self']").get("href")  # 4.1.1, SHOULD
    for entry in entries:
        assert entry.find(f"{ATOM}author/{ATOM}name").text  # 4.1.1: the feed has none
        links = entry.findall(f"{ATOM}link[@rel='alternate']")
        assert len(links) == 1  # 4.1.2: no two of one type and language
    ids = [each.text for each in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))  # 4.2.6
    return feed


def assert_json_feed(text: str) -> Any:
    """What JSON Feed 1.1 demands."""
    feed = json.loads(text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert isinstance(feed["items"], list)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["id"]
        assert isinstance(item["content_text"], str)  # one of the two there are
        assert all(set(author) & {"name", "url", "avatar"} for author in item["authors"])
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert item["date_published"].endswith("Z")
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
    return feed


@pytest.mark.parametrize(
    "wrong",
    [
        "<feed xmlns='http://www.w3.org/2005/Atom'><title/><updated>2031-03-05T14:30:00Z</updated>"
        "</feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>a:b</id><title/><updated>yesterday</updated>"
        "</feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>a:b</id><title/><title/>"
        "<updated>2031-03-05T14:30:00Z</updated></feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>no iri</id><title/>"
        "<updated>2031-03-05T14:30:00Z</updated></feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>a:b</id><title/><link rel='self'/>"
        "<updated>2031-03-05T14:30:00Z</updated></feed>",
    ],
    ids=["without id", "no date", "two titles", "no IRI", "link to nowhere"],
)
def test_the_grammar_refuses_what_is_no_atom_feed(wrong: str) -> None:
    assert not GRAMMAR.validate(etree.fromstring(wrong))


def test_an_atom_feed_says_what_the_rules_ask_for() -> None:
    feed = assert_atom(an_atom("Troops & treaties", HITS))
    assert feed.findtext(f"{ATOM}title") == "Troops & treaties"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == FEED_URL
    assert feed.findtext(f"{ATOM}updated") == "2031-03-05T14:29:00Z"
    first = feed.find(f"{ATOM}entry")
    assert first.findtext(f"{ATOM}title") == "Ships & <sailors> 1"
    assert first.findtext(f"{ATOM}published") == "2031-03-05T12:30:00Z"
    assert first.findtext(f"{ATOM}summary") == "A sentence & <another>."
    assert [each.get("term") for each in first.iter(f"{ATOM}category")] == ["floods", "ports"]
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "uk"


def test_an_empty_feed_is_a_feed_and_dates_from_when_it_was_made() -> None:
    feed = assert_atom(an_atom("Nothing yet", []))
    assert feed.findtext(f"{ATOM}updated") == "2031-03-04T14:30:00Z"
    assert assert_json_feed(a_json_feed("Nothing yet", []))["items"] == []


@pytest.mark.parametrize("write", [an_atom, a_json_feed])
def test_our_own_reader_reads_what_is_written(write: Any) -> None:
    parsed = parse(write("Ships", HITS).encode(), "", FEED_URL)
    assert [each.url for each in parsed.entries] == [each.url for each in HITS]
    assert [each.title for each in parsed.entries] == [each.title.text for each in HITS]
    assert parsed.entries[0].published_at == HITS[0].published_at


def test_another_reader_finds_nothing_wrong() -> None:
    read = feedparser.parse(an_atom("Ships", HITS).encode())
    assert not read.bozo
    assert [each.link for each in read.entries] == [each.url for each in HITS]


def test_an_article_keeps_its_id_wherever_the_feed_is() -> None:
    here, there = (
        assert_json_feed(a_json_feed("a", HITS, url)) for url in (FEED_URL, "https://b.example")
    )
    assert [each["id"] for each in here["items"]] == [each["id"] for each in there["items"]]


@given(title=any_text, hits=any_hits)
def test_whatever_a_page_states_the_feeds_stay_valid(title: str, hits: list[Hit]) -> None:
    assert_atom(an_atom(title, hits))
    feed = assert_json_feed(a_json_feed(title, hits))
    assert len(feed["items"]) == len(hits)
