"""What a feed states of an article."""

from tocsin.model.values import Instant, Value


class Entry(Value):
    """One item of a feed, as the feed states it. `content_html` is untrusted and cut to size."""

    url: str
    guid: str = ""
    title: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: Instant | None = None
    updated_at: Instant | None = None
