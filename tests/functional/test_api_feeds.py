"""Links of feeds: made and ended by `tocsin feed-link`, followed by readers without an identity."""

import json
from collections.abc import Callable
from typing import Any

import feedparser
import pytest
from click.testing import Result

from tests.builders import a_topic
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.functional.events import hub_event
from tests.functional.stack import API_URL, Stack
from tests.unit.test_api_syndication import assert_atom, assert_json_feed
from tocsin import wiring
from tocsin.api.feeds import ENTRIES, FRESH_SECONDS
from tocsin.api.searching import resolver

Tocsin = Callable[..., Result]
Read = Callable[..., dict[str, Any]]
Store = Callable[..., None]
FERRY = {"title": "Ferries sail again", "text": "The ferry left Kestrel Bay at noon."}
FLOOD = {"title": "Water rises", "text": "It rained.", "topics": ("floods",)}


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def read(enter: Callable[[str], None]) -> Read:
    """What a reader is answered at a URL: nobody signed that."""
    enter("SearchFunction")

    def answer(url: str, **headers: str) -> dict[str, Any]:
        app = resolver(wiring.searching(), wiring.feeding(), raised)
        return app.resolve(hub_event("GET", url.removeprefix(API_URL), **headers), None)

    return answer


def links(tocsin: Tocsin, *arguments: str) -> tuple[str, str]:
    atom, json_feed = done(tocsin("feed-link", *arguments)).split()
    return atom, json_feed


def test_a_topic_is_followed_by_whoever_has_the_link(
    tocsin: Tocsin, read: Read, stored: Store, put_topics: PutTopics
) -> None:
    stored(FERRY, FLOOD)
    put_topics(a_topic("floods", name="Floods & storms"))
    atom, json_feed = links(tocsin, "floods")
    answer = read(atom)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith("application/atom+xml")
    feed = assert_atom(answer["body"])
    assert feedparser.parse(answer["body"]).feed.title == "Floods & storms"
    assert [each.title for each in feedparser.parse(answer["body"]).entries] == ["Water rises"]
    assert feed.find("{*}link[@rel='self']").get("href") == atom
    answer = read(json_feed)
    assert answer["headers"]["Content-Type"].startswith("application/feed+json")
    shown = assert_json_feed(answer["body"])
    assert (shown["title"], shown["feed_url"]) == ("Floods & storms", json_feed)
    assert [each["title"] for each in shown["items"]] == ["Water rises"]


def test_any_search_can_be_followed(tocsin: Tocsin, read: Read, stored: Store) -> None:
    stored(FERRY, FLOOD | {"publisher": "Times, The"}, {"publisher": "Times, The"})
    _, by_words = links(tocsin, "--query", "ferries", "--title", "Boats")
    shown = json.loads(read(by_words)["body"])
    assert (shown["title"], len(shown["items"])) == ("Boats", 1)
    _, by_both = links(tocsin, "--query", "rained", "--publisher", "Times, The")
    assert [each["title"] for each in json.loads(read(by_both)["body"])["items"]] == ["Water rises"]


def test_a_feed_holds_the_newest_so_many(tocsin: Tocsin, read: Read, stored: Store) -> None:
    stored(*({} for _ in range(ENTRIES + 3)))
    _, url = links(tocsin, "--language", "en")
    items = json.loads(read(url)["body"])["items"]
    assert [each["title"] for each in items] == [
        f"Article {ENTRIES + 2 - n}" for n in range(ENTRIES)
    ]


def test_a_reader_that_has_the_feed_is_not_sent_it_again(
    tocsin: Tocsin, read: Read, stored: Store
) -> None:
    stored(FERRY)
    for url in links(tocsin, "--query", "ferry"):
        first = read(url)
        assert first["headers"]["Cache-Control"] == f"private, max-age={FRESH_SECONDS}"
        again = read(url, if_none_match=first["headers"]["ETag"])
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["ETag"] == first["headers"]["ETag"]


def test_a_link_that_was_ended_says_so_and_no_other_ends(
    tocsin: Tocsin, read: Read, stored: Store
) -> None:
    stored(FERRY)
    one, other = links(tocsin, "--query", "ferry")[0], links(tocsin, "--query", "ferry")[0]
    assert one != other
    listed = done(tocsin("feed-link", "--list"))
    assert one in listed
    assert other in listed
    assert "ended: ferry" in done(tocsin("feed-link", "--revoke", one))
    gone = read(one)
    assert gone["statusCode"] == 410
    assert gone["headers"]["Content-Type"] == "application/problem+json"
    assert read(other)["statusCode"] == 200
    assert one not in done(tocsin("feed-link", "--list"))
    assert "no feed link" in str(tocsin("feed-link", "--revoke", one).exception)


@pytest.mark.parametrize(
    "file", ["x.atom", "A" * 32 + ".atom", ".json", "feed", "A" * 32 + ".rss", "é" * 32 + ".atom"]
)
def test_a_token_that_was_never_ours_is_refused_without_a_look_at_the_table(
    file: str, tocsin: Tocsin, read: Read, calls: Calls
) -> None:
    links(tocsin, "--query", "ferry")
    read("/feeds/x.atom")  # has the secret at hand
    calls.reset()
    answer = read(f"/feeds/{file}")
    assert answer["statusCode"] == 404
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert calls.of("dynamodb:GetItem") == calls.of("dynamodb:UpdateItem") == []


def test_without_any_link_there_is_no_feed_and_no_secret(read: Read, stack: Stack) -> None:
    assert read("/feeds/" + "A" * 32 + ".atom")["statusCode"] == 404
    assert stack.items("TopicsTable") == []


def test_a_token_says_nothing_that_could_be_changed(
    tocsin: Tocsin, read: Read, stored: Store
) -> None:
    url, _ = links(tocsin, "--query", "ferry")
    token = url.rpartition("/")[2].removesuffix(".atom")
    for at in range(len(token)):
        other = "B" if token[at] == "A" else "A"
        changed = token[:at] + other + token[at + 1 :]
        assert read(f"/feeds/{changed}.atom")["statusCode"] == 404


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a topic, or give --query"),
        (("war",), "no topic 'war'"),
        (("--query", "a AND"), "column"),
        (("--publisher", ""), "publisher: 1 to 200 characters"),
        (("--revoke", "https://elsewhere.example/feeds/x.atom"), "no feed link"),
    ],
)
def test_a_link_to_nothing_is_not_made(
    arguments: tuple[str, ...], said: str, tocsin: Tocsin, stack: Stack, put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace"))
    result = tocsin("feed-link", *arguments)
    assert said in f"{result.output} {result.exception}"
    assert not [each for each in stack.items("TopicsTable") if each["pk"].startswith("LINK#")]


def test_a_link_is_asked_so_often_a_minute(
    tocsin: Tocsin, read: Read, stored: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(FERRY)
    monkeypatch.setenv("SEARCHES_PER_MINUTE", "2")
    one, other = links(tocsin, "--query", "ferry")
    elsewhere, _ = links(tocsin, "--query", "ferry")
    wiring.feeding.cache_clear()
    assert [read(url)["statusCode"] for url in (one, other, one)] == [200, 200, 429]
    assert read(elsewhere)["statusCode"] == 200
    clock.advance(seconds=60)
    assert read(one)["statusCode"] == 200
