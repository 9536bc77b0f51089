"""Two days of a made-up web: what benchmarks/polling.py measures over a week, held as gates."""

from typing import Any

import pytest

from benchmarks.polling_figures import figures_of
from benchmarks.polling_world import Simulation, simulate


@pytest.fixture(scope="module")
def made() -> Simulation:
    return simulate(feeds=40, days=2)


@pytest.fixture(scope="module")
def figures(made: Simulation) -> dict[str, Any]:
    return figures_of(made)


def test_the_days_were_busy_and_troubled(made: Simulation, figures: dict[str, Any]) -> None:
    """Nothing else would show anything."""
    statuses = {each.status for each in made.web.requests}
    assert {200, 304, 429, 503} <= statuses
    assert figures["requests"] > 1_000
    assert figures["entries_published"] > 1_000
    assert figures["notices"] > 0


def test_no_feed_is_asked_twice_within_15_minutes(figures: dict[str, Any]) -> None:
    assert figures["requests_closer_than_15_min"] == 0


def test_a_server_that_gave_validators_is_asked_with_them(figures: dict[str, Any]) -> None:
    assert figures["conditional_share"] >= 0.99


def test_no_server_is_asked_before_it_wants_to_be(figures: dict[str, Any]) -> None:
    assert figures["before_retry_after"] == figures["before_max_age_or_ttl"] == 0


def test_a_host_has_one_connection_at_a_time(figures: dict[str, Any]) -> None:
    assert figures["max_open_per_host"] == 1


def test_no_entry_is_missed_that_was_there_to_be_seen(figures: dict[str, Any]) -> None:
    assert figures["entries_missed"] == 0


def test_news_arrives_in_half_the_time_of_fixed_polling(figures: dict[str, Any]) -> None:
    assert figures["delay_ratio"] <= 0.5
