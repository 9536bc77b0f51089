"""One bell for what is the same: whether a match rings, or another one has for it."""

from enum import StrEnum

from tocsin.model.matches import Match
from tocsin.model.stories import Ring


class Verdict(StrEnum):
    RING = "ring"
    MERGE = "merge"  # into the alert that rang already
    WAIT = "wait"  # another run is about to ring, or died


def verdict(match: Match, ring: Ring) -> Verdict:
    """`ring` is who has the match's bell. One that its own match has rung rings again: the alerts
    are the same, and are added once."""
    if ring.article_id == match.article_id:
        return Verdict.RING
    return Verdict.MERGE if ring.rung_at else Verdict.WAIT
