"""A feed document to its entries: JSON Feed by its content, anything else by feedparser."""

from dataclasses import dataclass

from tocsin.errors import FeedError
from tocsin.model import Entry

# The largest news feeds list a few hundred; beyond this somebody is feeding us nonsense.
MAX_ENTRIES = 2_000


@dataclass(frozen=True)
class Document:
    """Entries in the feed's order. `damage` says what is wrong with a document of which not all
    could be read, empty where nothing is."""

    entries: tuple[Entry, ...]
    damage: str = ""


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Reads RSS, RDF, Atom or JSON Feed. Raises FeedError for what is neither.

    `url` is where the document came from: relative links are resolved against it.
    """
    if not body.strip():
        raise FeedError(url, "empty_body", "the document is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        from tocsin.feeds import jsonfeed

        return jsonfeed.parse(body, url)
    # Imported here: 60 ms that a poll whose feeds answer 304 never pays.
    from tocsin.feeds import xmlfeed

    return xmlfeed.parse(body, content_type, url)
