"""Whom we are polite to."""

from tocsin.model.values import Instant, Value


class Robots(Value):
    """What a robots.txt held for us at `fetched_at`; None where it could not be had."""

    text: str | None
    fetched_at: Instant
