"""A feed document to its entries: JSON Feed by its content, anything else by feedparser."""

from dataclasses import dataclass, replace

from tocsin.errors import FeedError
from tocsin.model import Entry

# The largest news feeds list a few hundred; beyond this somebody is feeding us nonsense.
MAX_ENTRIES = 2_000
MAX_CONTENT_CHARACTERS = 20_000  # a long article; ten of them fit an SQS message five times over
# Real ones are far below. One feed's entry must not make a job that no message can hold.
MAX_LINK_CHARACTERS = 2_048
MAX_FIELD_CHARACTERS = 500  # of a title or guid
MAX_AUTHORS, MAX_AUTHOR_CHARACTERS = 10, 100


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

        return _bounded(jsonfeed.parse(body, url))
    # Imported here: 60 ms that a poll whose feeds answer 304 never pays.
    from tocsin.feeds import xmlfeed

    return _bounded(xmlfeed.parse(body, content_type, url))


def _bounded(document: Document) -> Document:
    """Without links that nobody can follow, and the rest of each entry cut to size."""
    kept = (entry for entry in document.entries if len(entry.url) <= MAX_LINK_CHARACTERS)
    return replace(document, entries=tuple(_cut(entry) for entry in kept))


def _cut(entry: Entry) -> Entry:
    fields = {
        "guid": entry.guid[:MAX_FIELD_CHARACTERS],
        "title": entry.title[:MAX_FIELD_CHARACTERS],
        "authors": tuple(name[:MAX_AUTHOR_CHARACTERS] for name in entry.authors[:MAX_AUTHORS]),
    }
    return entry.model_copy(update=fields)
