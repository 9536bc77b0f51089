"""What a search finds as feeds that any reader takes: Atom (RFC 4287) and JSON Feed 1.1.

An entry's id is made of the article's alone: it stays the same in every feed, and when the API
moves. Text is escaped by the writers; what XML cannot hold is left out.
"""

import json
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from tocsin.archive.answers import Hit
from tocsin.model.values import to_text

ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Characters that no XML 1.0 document can hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(title: str, feed_url: str, made_at: datetime, hits: Sequence[Hit]) -> str:
    """`feed_url` is where this feed is, which is also its id; it was made at `made_at`. `hits` are
    newest first."""
    feed = Element("feed", {"xmlns": _NAMESPACE})
    _text(feed, "id", feed_url)
    _text(feed, "title", title)
    _text(feed, "updated", _updated(made_at, hits))
    SubElement(feed, "link", {"rel": "self", "href": _clean(feed_url)})
    SubElement(feed, "generator").text = "Tocsin"
    for hit in hits:
        _add_entry(feed, hit)
    return tostring(feed, encoding="unicode", xml_declaration=False)


def _add_entry(feed: Element, hit: Hit) -> None:
    entry = SubElement(feed, "entry", {_LANGUAGE: hit.language} if hit.language else {})
    _text(entry, "id", _entry_id(hit))
    _text(entry, "title", _title(hit))
    _text(entry, "updated", to_text(hit.seen_at))
    if hit.published_at:
        _text(entry, "published", to_text(hit.published_at))
    _text(SubElement(entry, "author"), "name", _publisher(hit))
    SubElement(entry, "link", {"rel": "alternate", "href": _clean(hit.url)})
    for topic in hit.topics:
        SubElement(entry, "category", {"term": _clean(topic)})
    _text(entry, "summary", hit.snippet.text)


def json_feed(title: str, feed_url: str, hits: Sequence[Hit]) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "feed_url": feed_url,
        "items": [_item(hit) for hit in hits],
    }
    return json.dumps(feed, ensure_ascii=True)  # half a character is no UTF-8


def _item(hit: Hit) -> dict[str, object]:
    item: dict[str, object] = {
        "id": _entry_id(hit),
        "url": hit.url,
        "title": _title(hit),
        "content_text": hit.snippet.text,
        "date_published": to_text(hit.published_at or hit.seen_at),
        "date_modified": to_text(hit.seen_at),
        "authors": [{"name": _publisher(hit)}],
        "tags": list(hit.topics),
    }
    return item | ({"language": hit.language} if hit.language else {})


def _entry_id(hit: Hit) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, hit.article_id).urn


def _title(hit: Hit) -> str:
    return _clean(hit.title.text).strip() or hit.url


def _publisher(hit: Hit) -> str:
    return _clean(hit.publisher).strip() or "-"  # who wrote it must have a name


def _updated(made_at: datetime, hits: Sequence[Hit]) -> str:
    return to_text(max([made_at, *(hit.seen_at for hit in hits)]))


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
