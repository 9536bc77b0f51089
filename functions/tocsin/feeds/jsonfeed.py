"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Iterable
from typing import Any

from tocsin.errors import FeedError
from tocsin.feeds.entries import make_entry
from tocsin.feeds.parser import MAX_ENTRIES, Document
from tocsin.model import Entry, stated_instant

_CONTENT = ("content_html", "content_text", "summary")


def parse(body: bytes, url: str) -> Document:
    """Raises FeedError for JSON that is no JSON Feed; skips items without a URL."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError(url, "not_a_feed", f"begins like JSON and is none: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError(url, "not_a_feed", "JSON without a list of items is no JSON Feed")
    items = [item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict)]
    feed_authors = _authors(document)
    entries = (_entry(item, url, feed_authors) for item in items)
    return Document(tuple(entry for entry in entries if entry is not None))


def _entry(item: dict[str, Any], base: str, feed_authors: tuple[str, ...]) -> Entry | None:
    return make_entry(
        base,
        _text(item, "url") or _text(item, "external_url"),
        guid=str(item.get("id", "")),
        title=_text(item, "title"),
        content_html=next(filter(None, (_text(item, name) for name in _CONTENT)), ""),
        authors=_authors(item) or feed_authors,
        published_at=stated_instant(_text(item, "date_published")),
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    """1.1 has `authors`, 1.0 had `author`."""
    stated = item.get("authors") or [item.get("author")]
    listed: Iterable[Any] = stated if isinstance(stated, list) else []
    names = (_text(author, "name") for author in listed if isinstance(author, dict))
    return tuple(name for name in names if name)
