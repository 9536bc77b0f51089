"""One bell for what is the same: whether a match rings, or another one has for it."""

from enum import StrEnum

from tocsin.model import Match, Ring


class Verdict(StrEnum):
    RING = "ring"
    TOLD = "told"  # an earlier run told it, and could not write so
    MERGE = "merge"  # into the alert that rang already
    JOIN = "join"  # merge, once this very alert has gone out: it rings for a match that is the same
    WAIT = "wait"  # another run is about to ring


def verdict(match: Match, ring: Ring | None, alert_id: str) -> Verdict:
    """`ring` is who has the match's bell, None for a match without story; `alert_id` is the alert
    that would tell of the match."""
    if ring is None:
        return Verdict.RING
    if ring.article_id == match.article_id:
        return Verdict.TOLD if ring.rung_at else Verdict.RING
    if ring.rung_at:
        return Verdict.MERGE
    return Verdict.JOIN if ring.alert_id == alert_id else Verdict.WAIT
