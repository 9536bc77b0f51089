"""A feed document to its entries: JSON Feed or XML, by its content, whatever its type says."""

import zlib
from dataclasses import dataclass

from tocsin.errors import FeedError
from tocsin.model.entries import Entry

# The largest news feeds list a few hundred; beyond this somebody is feeding us nonsense.
MAX_ENTRIES = 2_000
# Of a sitemap that is itself a gzip file (sitemap.xml.gz): as much as is read of any feed.
MAX_INFLATED_BYTES = 5_000_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class FeedFacts:
    """What a document says of the feed itself. URLs are absolute; what is not stated is empty.

    `kind` is one of rss, rdf, atom, cdf, json, sitemap, sitemap_index. Hours are 0 to 23 in UTC,
    days 0 to 6 from Monday. `sitemaps` are those that a sitemap index lists, newest first.
    """

    kind: str = ""
    title: str = ""
    language: str | None = None
    site_url: str = ""
    self_url: str = ""
    hub_urls: tuple[str, ...] = ()
    ttl_minutes: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """Entries in the feed's order. `damage` says what is wrong with a document of which not all
    could be read, empty where nothing is."""

    entries: tuple[Entry, ...]
    damage: str = ""
    facts: FeedFacts = FeedFacts()


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Reads RSS, RDF, Atom, CDF, JSON Feed, a sitemap or a sitemap index, also as a gzip file.
    Raises FeedError for what is neither.

    `url` is where the document came from: relative links are resolved against it. Items without a
    link are left out: there is nothing to read behind them.
    """
    if body.startswith(_GZIP):
        body = _inflated(body, url)
    if not body.strip():
        raise FeedError(url, "empty_body", "the document is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        from tocsin.feeds import jsonfeed

        return jsonfeed.parse(body, url)
    # Imported here: 30 ms with lxml that a poll whose feeds answer 304 never pays.
    from tocsin.feeds.entries import make_entries
    from tocsin.feeds.xmlfeed import read

    reading = read(body, content_type, url)
    return Document(make_entries(url, reading.items), reading.damage, reading.facts)


def _inflated(body: bytes, url: str) -> bytes:
    """What is there of a file that was cut off."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        inflated = inflate.decompress(body, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise FeedError(url, "unreadable", f"a gzip file that is none: {error}") from error
    if len(inflated) > MAX_INFLATED_BYTES:
        raise FeedError(url, "unreadable", f"inflates to more than {MAX_INFLATED_BYTES} bytes")
    return inflated
