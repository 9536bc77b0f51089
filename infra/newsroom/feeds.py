"""What a site lists, as the document its readers poll: RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1.

Two requests without a publication between them get the same bytes: nothing in a feed reads a clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from infra.newsroom.content import Site
from infra.newsroom.edition import Piece

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_XML_PREFIXES = {"xmlns:atom": _ATOM, "xmlns:dc": _DC}


@dataclass(frozen=True)
class FeedDocument:
    content_type: str
    body: bytes


def feed_document(site: Site, pieces: Sequence[Piece], base_url: str) -> FeedDocument:
    """The site's feed over these pieces, in their order. `base_url` has no slash at its end."""
    content_type, write = _WRITERS[site.feed_kind]
    return FeedDocument(content_type, write(site, pieces, base_url))


def _rss(site: Site, pieces: Sequence[Piece], base_url: str) -> bytes:
    # Prefixes are written by hand: ElementTree's registry of prefixes belongs to the whole process.
    root = ET.Element("rss", {"version": "2.0", **_XML_PREFIXES})
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", site.name)
    _text(channel, "link", base_url + site.home_path)
    _text(channel, "description", site.description)
    _text(channel, "language", site.language)
    link = {"rel": "self", "type": "application/rss+xml", "href": base_url + site.feed_path}
    ET.SubElement(channel, "atom:link", link)
    if pieces:
        _text(channel, "lastBuildDate", format_datetime(pieces[0].published_at, usegmt=True))
    for piece in pieces:
        _rss_item(channel, piece, base_url)
    return _xml(root)


def _rss_item(channel: ET.Element, piece: Piece, base_url: str) -> None:
    item = ET.SubElement(channel, "item")
    _text(item, "title", piece.article.title)
    _text(item, "link", base_url + piece.path)
    _text(item, "guid", base_url + piece.path, isPermaLink="true")
    _text(item, "pubDate", format_datetime(piece.published_at, usegmt=True))
    _text(item, "dc:creator", piece.article.author)
    _text(item, "category", piece.article.section)
    _text(item, "description", piece.article.summary)


def _atom(site: Site, pieces: Sequence[Piece], base_url: str) -> bytes:
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": site.language})
    _text(root, "id", base_url + site.home_path)
    _text(root, "title", site.name)
    _text(root, "subtitle", site.description)
    ET.SubElement(root, "link", {"rel": "self", "href": base_url + site.feed_path})
    ET.SubElement(root, "link", {"rel": "alternate", "href": base_url + site.home_path})
    if pieces:
        _text(root, "updated", pieces[0].published_at.isoformat())
    for piece in pieces:
        _atom_entry(root, piece, base_url)
    return _xml(root)


def _atom_entry(root: ET.Element, piece: Piece, base_url: str) -> None:
    entry = ET.SubElement(root, "entry")
    _text(entry, "id", base_url + piece.path)
    _text(entry, "title", piece.article.title)
    ET.SubElement(entry, "link", {"rel": "alternate", "href": base_url + piece.path})
    _text(entry, "published", piece.published_at.isoformat())
    _text(entry, "updated", piece.published_at.isoformat())
    _text(ET.SubElement(entry, "author"), "name", piece.article.author)
    ET.SubElement(entry, "category", {"term": piece.article.section})
    _text(entry, "summary", piece.article.summary)


def _json_feed(site: Site, pieces: Sequence[Piece], base_url: str) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.name,
        "description": site.description,
        "language": site.language,
        "home_page_url": base_url + site.home_path,
        "feed_url": base_url + site.feed_path,
        "items": [_json_item(piece, base_url) for piece in pieces],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(piece: Piece, base_url: str) -> dict[str, object]:
    return {
        "id": base_url + piece.path,
        "url": base_url + piece.path,
        "title": piece.article.title,
        "summary": piece.article.summary,
        # JSON Feed 1.1 asks every item for a content; a feed that only teases repeats its summary.
        "content_text": piece.article.summary,
        "date_published": piece.published_at.isoformat(),
        "authors": [{"name": piece.article.author}],
        "tags": [piece.article.section],
        "language": piece.site.language,
    }


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


_Writer = Callable[[Site, Sequence[Piece], str], bytes]
_WRITERS: dict[str, tuple[str, _Writer]] = {
    "rss": ("application/rss+xml; charset=utf-8", _rss),
    "atom": ("application/atom+xml; charset=utf-8", _atom),
    "json": ("application/feed+json; charset=utf-8", _json_feed),
}
