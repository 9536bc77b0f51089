"""Whether a match rings, or another one has for it."""

import pytest

from tests.builders import NOW, a_match
from tocsin.alerts.bell import Verdict, verdict
from tocsin.model import Ring

MATCH = a_match()


def a_ring(article_id: str = "another", alert_id: str = "other", rung: bool = False) -> Ring:
    at = NOW if rung else None
    return Ring(topic_id="peace", article_id=article_id, alert_id=alert_id, rung_at=at)


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        (None, Verdict.RING),
        (a_ring(MATCH.article_id, "ours"), Verdict.RING),
        (a_ring(MATCH.article_id, "earlier", rung=True), Verdict.TOLD),
        (a_ring(rung=True), Verdict.MERGE),
        (a_ring(alert_id="ours"), Verdict.JOIN),
        (a_ring(), Verdict.WAIT),
    ],
    ids=["no story", "ours", "ours, rung", "rung", "in this alert", "in another alert"],
)
def test_a_match_rings_where_nothing_that_is_the_same_has(
    ring: Ring | None, expected: Verdict
) -> None:
    assert verdict(MATCH, ring, "ours") is expected
