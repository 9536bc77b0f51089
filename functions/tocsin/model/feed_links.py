"""Questions to the archive that feed readers ask."""

from tocsin.model.values import Instant, Value


class FeedLink(Value):
    """A question to the archive that feed readers ask again and again, as names and texts."""

    id: str
    title: str
    asked: tuple[tuple[str, str], ...]
    made_at: Instant
