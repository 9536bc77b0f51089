"""RSS, RDF and Atom by feedparser."""

import io
import re
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

import feedparser

from tocsin.errors import FeedError
from tocsin.feeds.entries import make_entry
from tocsin.feeds.parser import MAX_ENTRIES, Document
from tocsin.model import FIRST_YEAR, LAST_YEAR, Entry

# feedparser mends these by itself and loses nothing.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_WHOLE = re.compile(rb"</\s*(rss|feed|rdf:rdf|channel)\s*>\s*$", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,1000}|[0-9]{1,1000});?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,1000}>")


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Raises FeedError for what is no feed at all; keeps what is readable of a damaged one."""
    # A stream, never the bytes: feedparser would open a file whose name a document happens to be.
    # Sanitising and resolving every link in every text cost two thirds of its time; entries are
    # turned into text later, and links resolved below.
    try:
        parsed = feedparser.parse(
            io.BytesIO(_REFERENCE.sub(_possible, body)),
            response_headers={"content-type": content_type, "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # a document that breaks the parser, too, stops no other feed
        raise FeedError(url, "unreadable", f"broke the parser: {type(error).__name__}") from error
    if not parsed.version and not parsed.entries:
        raise FeedError(url, "not_a_feed", _not_a_feed(body, parsed))
    items = parsed.entries[:MAX_ENTRIES]
    damage = _damage(parsed)
    if damage and not _WHOLE.search(body[-1000:]):
        items = items[:-1]  # cut within its last entry: half a link is a wrong link
        damage = f"cut off before its end, {damage}"
    entries = (_entry(item, url) for item in items)
    return Document(tuple(entry for entry in entries if entry is not None), damage)


def _possible(reference: re.Match[bytes]) -> bytes:
    """Without the halves of characters (&#55357;) that some sites write an emoji with: feedparser
    gives up the whole document for one."""
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    whole = number < 0xD800 or 0xDFFF < number <= 0x10FFFF
    return reference[0] if whole else b"&#xFFFD;"


def _not_a_feed(body: bytes, parsed: Any) -> str:
    if b"<html" in body[:2000].lower():
        return "an HTML page, not a feed"
    return f"neither a feed nor anything like one ({parsed.get('bozo_exception', 'no error')})"


def _damage(parsed: Any) -> str:
    if not parsed.bozo or isinstance(parsed.bozo_exception, _HARMLESS):
        return ""
    return str(parsed.bozo_exception)[:200]


def _entry(item: Any, base: str) -> Entry | None:
    return make_entry(
        base,
        item.get("link", ""),
        guid=item.get("id", ""),
        title=_title(item),
        content_html=_content(item),
        authors=[author.get("name", "") for author in item.get("authors", [])],
        published_at=_instant(item.get("published_parsed") or item.get("updated_parsed")),
    )


def _title(item: Any) -> str:
    """feedparser has undone the feed's own escaping; what still looks like a tag is one."""
    return " ".join(_TAG.sub(" ", item.get("title", "")).split())


def _content(item: Any) -> str:
    """The longest of what a feed may state twice, as a teaser and in full."""
    stated = [content.get("value", "") for content in item.get("content", [])]
    return str(max([*stated, item.get("summary", "")], key=len))


def _instant(parsed: Any) -> datetime | None:
    """feedparser gives UTC."""
    if parsed is None or not FIRST_YEAR <= parsed.tm_year <= LAST_YEAR:
        return None
    return datetime.fromtimestamp(timegm(parsed), UTC)
