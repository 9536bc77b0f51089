"""Who pushes what a feed publishes (WebSub)."""

from tocsin.model.values import Identifier, Instant, Value


class HubLease(Value):
    """A feed's subscription at its hub (WebSub), which pushes what is published until `expires_at`.

    `token` is the unguessable part of the address that the hub calls, `secret` what it signs with.
    `missed_at` is when a poll last found what it had not brought.
    """

    feed_id: Identifier
    hub_url: str
    topic_url: str
    token: str
    secret: str
    asked_at: Instant
    expires_at: Instant | None = None
    refused: str = ""
    pushed_at: Instant | None = None
    missed_at: Instant | None = None
