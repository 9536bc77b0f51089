"""Which headlines are like one that was missed, and which feeds may be why it is not there."""

import shlex
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_feed, a_feed_state
from tocsin.model.cards import Card
from tocsin.model.feeds import FeedRow
from tocsin.model.hosts import Robots
from tocsin.pipeline.audit import (
    MAX_CANDIDATES,
    MAX_COMMANDS,
    Absence,
    alike,
    feeds_of,
    feeds_to_blame,
    next_steps,
    notes_of,
    same_owner,
    words_in_url,
)
from tocsin.web.robots import read


@pytest.mark.parametrize(
    ("host", "other", "same"),
    [
        ("site.example", "site.example", True),
        ("www.site.example", "feeds.site.example", True),
        ("SITE.example.", "site.example", True),
        ("news.site.co.uk", "site.co.uk", True),
        ("site.co.uk", "other.co.uk", False),
        ("one.com.ua", "other.com.ua", False),
        ("site.example", "other.example", False),
        ("bbc.com", "cnn.com", False),
        ("", "", False),
    ],
)
def test_hosts_of_one_owner_are_told_by_their_names(host: str, other: str, same: bool) -> None:
    assert same_owner(host, other) is same


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://site.example/world/2031/03/05/kelp-is-back-4711.html", "kelp is back"),
        ("https://site.example/a/kelp_is_back/amp", "kelp is back"),
        (f"https://site.example/{quote('порт-відкрито')}", "порт відкрито"),
        ("https://site.example/4711", ""),
        ("https://site.example/news", ""),
        ("https://site.example", ""),
        ("http://[", ""),
    ],
)
def test_a_url_often_holds_the_headline(url: str, words: str) -> None:
    assert words_in_url(url) == words


@given(st.text())
def test_no_url_is_too_odd_to_look_for_words_in(text: str) -> None:
    assert isinstance(words_in_url(f"https://{text}"), str)


def card(title: str, hours: int = 0) -> Card:
    return Card(
        article_id=f"{hours}",
        url="https://site.example/",
        title=title,
        publisher="Harbour Post",
        seen_at=NOW - timedelta(hours=hours),
        language="en",
    )


def test_of_headlines_alike_the_one_with_least_beside_comes_first_then_the_newest() -> None:
    kelp = [card("Kelp is back in the bay", 2), card("Kelp is back", 1), card("Kelp is back", 0)]
    found = alike("kelp back", [card("Ferry is late"), *kelp])
    assert [each.card.seen_at for each in found] == [NOW, NOW - timedelta(hours=1), kelp[0].seen_at]


def test_no_more_are_explained_than_a_reader_takes_in() -> None:
    assert len(alike("kelp", [card("Kelp is back", n) for n in range(9)])) == MAX_CANDIDATES


def row(feed_id: str, url: str = "", **changes: object) -> FeedRow:
    feed = a_feed(feed_id, url=url or f"https://{feed_id}.example/feed")
    return FeedRow(feed=feed, state=a_feed_state(**changes), due_at=NOW)


def test_the_feeds_of_a_site_are_those_that_are_asked_there_or_were() -> None:
    rows = [
        row("moved", "https://old.site.example/feed", moved_to="https://new.example/feed"),
        row("there", "https://feeds.site.example/feed"),
        row("other"),
    ]
    found = feeds_of("https://www.site.example/kelp", rows)
    assert [each.feed.id for each in found] == ["moved", "there"]
    assert [each.feed.id for each in feeds_of("https://new.example/", rows)] == ["moved"]


def test_by_words_only_feeds_that_are_not_well_are_named_the_longest_unpolled_first() -> None:
    failing = {"errors_in_a_row": 5, "outcome": "timed_out"}
    rows = [
        row("well"),
        row("late", **failing, polled_at=NOW - timedelta(days=2)),
        row("ill", **failing),
    ]
    notes = feeds_to_blame(None, rows, NOW)
    assert [(each.feed_id, each.state) for each in notes] == [
        ("late", "failing"),
        ("ill", "failing"),
    ]


def test_commands_quote_what_strangers_wrote_and_are_few() -> None:
    url = "https://site.example/a;rm -rf '$HOME'"
    known = tuple(feeds_to_blame(url, [row("site", "https://site.example/$(reboot)")], NOW))
    check, look = next_steps(Absence("kelp", url, 1, known))
    assert check.startswith("tocsin feeds check 'https://site.example/$(reboot)': ")
    assert look.startswith(f"tocsin audit {shlex.quote(url)} --days 30: ")
    ill = [row(f"f{n}", errors_in_a_row=5, outcome="http_500") for n in range(9)]
    by_words = Absence("kelp $(reboot)", None, 9, tuple(feeds_to_blame(None, ill, NOW)))
    steps = list(next_steps(by_words))
    assert sum(step.startswith("tocsin poll ") for step in steps) == MAX_COMMANDS
    assert "tocsin audit 'kelp $(reboot)' --days 30" in steps[-1]


def test_a_robots_txt_that_could_not_be_had_is_no_refusal() -> None:
    url = "https://site.example/kelp"
    unknown = read(Robots(text=None, fetched_at=NOW))
    assert len(list(notes_of(Absence("", url, 1, (), 0, unknown)))) == 1
    refused = read(Robots(text="User-agent: *\nDisallow: /\n", fetched_at=NOW))
    assert len(list(notes_of(Absence("", url, 1, (), 0, refused)))) == 2
