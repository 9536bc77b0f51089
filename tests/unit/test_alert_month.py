"""Three days of a made-up month: what benchmarks/alerts.py measures over 31, held as gates."""

from typing import Any

import pytest

from benchmarks.alert_month import Month, simulate
from benchmarks.alerts import figures_of, misses


@pytest.fixture(scope="module")
def month() -> Month:
    return simulate(number=30, subscribers=300, days=3, events_a_day=60)


@pytest.fixture(scope="module")
def figures(month: Month) -> dict[str, Any]:
    return figures_of(month)


def test_the_days_were_busy(figures: dict[str, Any]) -> None:
    """Nothing else would show anything."""
    assert figures["alerts"] > 1_000
    assert figures["max_publishes_in_ten_minutes_per_topic"] > 2
    assert (
        min(figures[name] for name in ("updates", "sms", "matches_merged", "matches_dropped")) > 0
    )


def test_every_goal_is_met(figures: dict[str, Any]) -> None:
    assert misses(figures) == []


def test_a_goal_that_is_missed_is_told(figures: dict[str, Any]) -> None:
    assert misses(figures | {"held_never_sent": 1}) == ["held_never_sent: 1"]
