"""Lists of articles as feeds that any reader takes: Atom (RFC 4287) and JSON Feed 1.1.

An entry's id is made of the article's alone: it stays the same when the API moves. Text is escaped
by the writers; what XML cannot hold is left out.
"""

import json
import re
import uuid
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from tocsin.model import Card, to_text

ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_EPOCH = "1970-01-01T00:00:00Z"  # of a feed that has never had an entry
# Characters that no XML 1.0 document can hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(title: str, feed_url: str, cards: Sequence[Card]) -> str:
    """`feed_url` is where this feed is, which is also its id. `cards` are newest first."""
    feed = Element("feed", {"xmlns": _NAMESPACE})
    _text(feed, "id", feed_url)
    _text(feed, "title", title)
    _text(feed, "updated", _updated(cards))
    SubElement(feed, "link", {"rel": "self", "href": _clean(feed_url)})
    SubElement(feed, "generator").text = "Tocsin"
    for card in cards:
        _add_entry(feed, card)
    return tostring(feed, encoding="unicode", xml_declaration=False)


def _add_entry(feed: Element, card: Card) -> None:
    entry = SubElement(feed, "entry")
    _text(entry, "id", _entry_id(card))
    _text(entry, "title", card.title or card.url)
    _text(entry, "updated", to_text(card.seen_at))
    if card.published_at:
        _text(entry, "published", to_text(card.published_at))
    _text(SubElement(entry, "author"), "name", card.publisher)
    SubElement(entry, "link", {"rel": "alternate", "href": _clean(card.url)})
    _text(entry, "summary", card.lede)


def json_feed(title: str, feed_url: str, cards: Sequence[Card]) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "feed_url": feed_url,
        "items": [_item(card) for card in cards],
    }
    return json.dumps(feed, ensure_ascii=True)  # half a character is no UTF-8


def _item(card: Card) -> dict[str, object]:
    item: dict[str, object] = {
        "id": _entry_id(card),
        "url": card.url,
        "title": card.title or card.url,
        "content_text": card.lede,
        "date_published": to_text(card.published_at or card.seen_at),
        "date_modified": to_text(card.seen_at),
        "authors": [{"name": card.publisher}],
    }
    return item | ({"language": card.language} if card.language else {})


def _entry_id(card: Card) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, card.article_id).urn


def _updated(cards: Sequence[Card]) -> str:
    return max((to_text(card.seen_at) for card in cards), default=_EPOCH)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
