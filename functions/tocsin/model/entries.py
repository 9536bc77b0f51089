"""What a feed states of an article."""

from tocsin.model.values import Instant, Value

# Of the keys by which an entry is known again: two of a feed's meet by chance once in 10^12.
SEEN_KEY_BYTES = 8


class Entry(Value):
    """One item of a feed, as the feed states it. `content_html` is untrusted and cut to size."""

    url: str
    guid: str = ""
    title: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: Instant | None = None
    updated_at: Instant | None = None
