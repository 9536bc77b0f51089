"""What strangers may ask for, and how often they did."""

from tocsin.model.lines import Line
from tocsin.model.values import Identifier, Instant, Value


class Turn(Value):
    """One more under `key`, if that leaves its counter within `limit`. `forget_at` is when the
    counter says nothing any more."""

    key: str
    limit: int
    forget_at: Instant


class Asked(Value):
    """How often an address was asked to confirm since it last did. It may be asked again at
    `free_at`; at `forget_at` all of that is forgotten."""

    unconfirmed: int
    free_at: Instant
    forget_at: Instant


class SentCode(Value):
    """A code that was sent to a number, as its mark, and what it is to subscribe to."""

    topic_id: Identifier
    line: Line
    mark: str
    sent_at: Instant
    ends_at: Instant
    tries: int = 0
