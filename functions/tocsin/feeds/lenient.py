"""Feeds that are no XML, by feedparser: slow, and at home with every mistake."""

import io
from calendar import timegm
from datetime import UTC, datetime
from html import escape
from typing import Any

import feedparser

from tocsin.errors import FeedError
from tocsin.feeds.dates import stated_date
from tocsin.feeds.entries import Item, absolute, looks_like_html, title_of, whole
from tocsin.feeds.parser import MAX_ENTRIES, FeedFacts
from tocsin.model.values import FIRST_YEAR, LAST_YEAR

# feedparser mends these by itself and loses nothing.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_KINDS = {"rss090": "rdf", "rss10": "rdf"}
_DATES = ("published", "updated", "created")


def read(text: str, url: str) -> tuple[list[Item], FeedFacts, str]:
    """Items, facts and damage. `text` has passed the guards."""
    if not text.strip():
        raise FeedError(url, "not_a_feed", "nothing that could be read")
    # A stream, never the bytes: feedparser would open a file whose name a document happens to be.
    # Sanitising and resolving every link in every text cost two thirds of its time; entries are
    # turned into text later, and links are resolved once for all formats.
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # a document that breaks the parser, too, stops no other feed
        raise FeedError(url, "unreadable", f"broke the parser: {type(error).__name__}") from error
    if not parsed.version and not parsed.entries:
        raise FeedError(url, "not_a_feed", _not_a_feed(parsed))
    items = [_item(entry) for entry in parsed.entries[:MAX_ENTRIES]]
    return items, _facts(parsed, url), _damage(parsed)


def _not_a_feed(parsed: Any) -> str:
    return f"neither a feed nor anything like one ({parsed.get('bozo_exception', 'no error')})"


def _damage(parsed: Any) -> str:
    if not parsed.bozo or isinstance(parsed.bozo_exception, _HARMLESS):
        return ""
    return str(parsed.bozo_exception)[:200]


def _item(entry: Any) -> Item:
    is_html = (entry.get("title_detail") or {}).get("type", "text/plain") != "text/plain"
    names = (_text(author, "name") for author in entry.get("authors") or [])
    return Item(
        link=_text(entry, "link"),
        guid=_text(entry, "id"),
        title=title_of(_text(entry, "title"), is_html),
        content_html=_content(entry),
        authors=tuple(filter(None, names)),
        published_at=next(filter(None, (_date(entry, name) for name in _DATES)), None),
        updated_at=_date(entry, "updated"),
    )


def _text(stated: Any, name: str) -> str:
    """feedparser leaves None, or an element's attributes, where tags are crossed."""
    value = stated.get(name)
    return value if isinstance(value, str) else ""


def _content(entry: Any) -> str:
    """The longest of what a feed may state twice, as a teaser and in full."""
    texts = [*(entry.get("content") or []), entry.get("summary_detail") or {}]
    stated = [_html(_text(text, "value"), _text(text, "type")) for text in texts]
    return whole(max([*stated, "" if any(stated) else _text(entry, "summary")], key=len))


def _html(value: str, kind: str) -> str:
    is_text = kind == "text/plain" and not looks_like_html(value)
    return escape(value, quote=False) if is_text else value


def _date(entry: Any, name: str) -> datetime | None:
    """As read elsewhere; feedparser's own reading, in UTC, of what only it can read."""
    if name not in entry:
        return None
    parsed = entry.get(f"{name}_parsed")
    at = stated_date(_text(entry, name))
    if at is not None or parsed is None or not FIRST_YEAR <= parsed.tm_year <= LAST_YEAR:
        return at
    return datetime.fromtimestamp(timegm(parsed), UTC)


def _facts(parsed: Any, url: str) -> FeedFacts:
    feed = parsed.feed
    ttl = str(feed.get("ttl", ""))
    return FeedFacts(
        kind=_KINDS.get(parsed.version) or parsed.version.rstrip("0123456789unt") or "rss",
        title=title_of(_text(feed, "title")),
        language=_text(feed, "language")[:35] or None,
        site_url=absolute(url, _text(feed, "link")),
        self_url=next(iter(_links(feed, "self", url)), ""),
        hub_urls=tuple(_links(feed, "hub", url)[:5]),
        ttl_minutes=int(ttl) if ttl.isascii() and ttl.isdigit() and len(ttl) < 7 else None,
    )


def _links(feed: Any, rel: str, url: str) -> list[str]:
    links = (link for link in feed.get("links") or [] if link.get("rel") == rel)
    stated = (_text(link, "href") for link in links)
    return list(dict.fromkeys(filter(None, (absolute(url, href) for href in stated))))
