"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from tocsin.errors import FeedError
from tocsin.feeds.charsets import utf8
from tocsin.feeds.dates import stated_date
from tocsin.feeds.entries import Item, absolute, make_entries, title_of, whole
from tocsin.feeds.parser import MAX_ENTRIES, Document, FeedFacts


def parse(body: bytes, url: str) -> Document:
    """Raises FeedError for JSON that is no JSON Feed; skips items without a URL."""
    document = _document(body, url)
    facts = FeedFacts(
        kind="json",
        title=title_of(_text(document, "title")),
        language=_text(document, "language")[:35] or None,
        site_url=absolute(url, _text(document, "home_page_url")),
        self_url=absolute(url, _text(document, "feed_url")),
        hub_urls=tuple(_hubs(document, url)),
    )
    return Document(make_entries(url, items(document)), facts=facts)


def items(document: dict[str, Any]) -> list[Item]:
    feed_authors = _authors(document)
    listed = [item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict)]
    return [_item(item, feed_authors) for item in listed]


def _document(body: bytes, url: str) -> dict[str, Any]:
    try:
        # Newlines within strings are a mistake that costs nothing to read.
        document = json.loads(utf8(body, ""), strict=False)
    except (ValueError, RecursionError) as error:
        raise FeedError(url, "not_a_feed", f"begins like JSON and is none: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError(url, "not_a_feed", "JSON without a list of items is no JSON Feed")
    return document


def _item(item: dict[str, Any], feed_authors: tuple[str, ...]) -> Item:
    link = _text(item, "url") or _text(item, "external_url")
    guid = item.get("id", "")
    modified = stated_date(_text(item, "date_modified"))
    return Item(
        link=link or _link_in(guid),
        guid=guid if isinstance(guid, str) else str(guid),
        title=title_of(_text(item, "title"), is_html=False),
        content_html=_content(item),
        authors=_authors(item) or feed_authors,
        published_at=stated_date(_text(item, "date_published")) or modified,
        updated_at=modified,
    )


def _link_in(guid: object) -> str:
    """1.1 asks for URLs as ids, and some have no other."""
    is_link = isinstance(guid, str) and guid.startswith(("http://", "https://"))
    return str(guid) if is_link else ""


def _content(item: dict[str, Any]) -> str:
    text = _text(item, "content_text") or _text(item, "summary")
    return whole(_text(item, "content_html") or escape(text, quote=False))


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


def _hubs(document: dict[str, Any], url: str) -> list[str]:
    stated = document.get("hubs")
    listed: list[Any] = stated if isinstance(stated, list) else []
    urls = (absolute(url, _text(hub, "url")) for hub in listed[:5] if isinstance(hub, dict))
    return [hub for hub in urls if hub]


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    """1.1 has `authors`, 1.0 had `author`."""
    stated = item.get("authors") or [item.get("author")]
    listed: Iterable[Any] = stated if isinstance(stated, list) else []
    names = (_text(author, "name") for author in listed if isinstance(author, dict))
    return tuple(name for name in names if name)
