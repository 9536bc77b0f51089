"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from tocsin.errors import FeedError
from tocsin.feeds.parser import MAX_CONTENT_CHARACTERS, MAX_ENTRIES, Document
from tocsin.model import Entry, stated_instant


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
    link = _text(item, "url") or _text(item, "external_url")
    try:
        url = urljoin(base, link)
    except ValueError:  # as `http://[`
        return None
    if not link:
        return None
    content = _text(item, "content_html") or _text(item, "content_text") or _text(item, "summary")
    return Entry(
        url=url,
        guid=_whole(str(item.get("id", ""))),
        title=_text(item, "title"),
        content_html=content[:MAX_CONTENT_CHARACTERS],
        authors=_authors(item) or feed_authors,
        published_at=stated_instant(_text(item, "date_published")),
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return _whole(value.strip()) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """JSON can state half of a character (\\ud83d), which no encoding can store."""
    return text.encode(errors="replace").decode()


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    """1.1 has `authors`, 1.0 had `author`."""
    stated = item.get("authors") or [item.get("author")]
    listed: Iterable[Any] = stated if isinstance(stated, list) else []
    names = (_text(author, "name") for author in listed if isinstance(author, dict))
    return tuple(name for name in names if name)
