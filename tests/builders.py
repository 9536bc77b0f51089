"""Values for tests, with good enough defaults: a test names only what it is about."""

from datetime import UTC, datetime
from typing import Any

from tocsin.articles.urls import identity
from tocsin.jobs import IngestJob
from tocsin.model.articles import Article
from tocsin.model.entries import Entry
from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.feeds import Feed, FeedState
from tocsin.model.matches import Match
from tocsin.model.topics import Topic

NOW = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
SITE = "https://harbour-post.example"
ARTICLE_URL = f"{SITE}/news/peacekeepers"


def a_feed(feed_id: str = "harbour-post", **changes: Any) -> Feed:
    known = {"id": feed_id, "url": f"{SITE}/{feed_id}.xml", "publisher": "Harbour Post"}
    return Feed(**(known | changes))


def a_feed_state(**changes: Any) -> FeedState:
    """Of a feed that was polled and is well."""
    return FeedState(**({"outcome": "ok", "polled_at": NOW, "filled_at": NOW} | changes))


def an_entry(url: str = ARTICLE_URL, **changes: Any) -> Entry:
    known = {"url": url, "guid": url, "title": "Peacekeepers for the bay", "content_html": "Soon."}
    return Entry(**(known | changes))


def an_ingest_job(*entries: Entry, **changes: Any) -> IngestJob:
    known = {
        "host": "harbour-post.example",
        "feed_id": "harbour-post",
        "publisher": "Harbour Post",
        "seen_at": NOW,
        "entries": entries or (an_entry(),),
    }
    return IngestJob(**(known | changes))


def an_article(url: str = ARTICLE_URL, **changes: Any) -> Article:
    known = {
        "id": identity(url),
        "url": url,
        "title": "Peacekeepers for the bay",
        "text": "The council asked for peacekeepers.\nNobody voted against it.",
        "publisher": "Harbour Post",
        "feed_id": "harbour-post",
        "seen_at": NOW,
    }
    return Article(**(known | changes))


def a_topic(topic_id: str = "peace", **changes: Any) -> Topic:
    return Topic(**({"id": topic_id, "name": topic_id.title(), "any": ("peacekeepers",)} | changes))


def a_match(url: str = ARTICLE_URL, topic_id: str = "peace", **changes: Any) -> Match:
    known = {
        "article_id": identity(url),
        "topic_id": topic_id,
        "title": "Peacekeepers for the bay",
        "url": url,
        "publisher": "Harbour Post",
        "seen_at": NOW,
        "words": ("peacekeepers",),
        "excerpt": Excerpt(text="They asked for peacekeepers.", marks=(Span(start=15, end=27),)),
    }
    return Match(**(known | changes))
