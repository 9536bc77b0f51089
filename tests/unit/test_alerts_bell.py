"""Whether a match rings, or another one has for it."""

import pytest

from tests.builders import NOW, a_match
from tocsin.alerts.bell import Verdict, verdict
from tocsin.model.stories import Ring

MATCH = a_match()


def a_ring(article_id: str = "another", rung: bool = False) -> Ring:
    at = NOW if rung else None
    return Ring(topic_id="peace", article_id=article_id, alert_id="a", rung_at=at)


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        (a_ring(MATCH.article_id), Verdict.RING),
        (a_ring(MATCH.article_id, rung=True), Verdict.RING),
        (a_ring(rung=True), Verdict.MERGE),
        (a_ring(), Verdict.WAIT),
    ],
    ids=["ours", "ours, rung before a crash", "rung", "about to ring"],
)
def test_a_match_rings_where_nothing_that_is_the_same_has(ring: Ring, expected: Verdict) -> None:
    assert verdict(MATCH, ring) is expected
