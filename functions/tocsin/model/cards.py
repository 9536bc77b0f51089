"""What lists show of articles."""

from tocsin.model.values import Instant, Value


class Card(Value):
    """What a list shows of an article."""

    article_id: str
    url: str
    title: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None = None
    language: str | None = None
    lede: str = ""


class CardPage(Value):
    """Some cards, newest first, and where to go on (None: that was all)."""

    cards: tuple[Card, ...]
    cursor: str | None
