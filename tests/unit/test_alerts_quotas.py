"""How often one may ask."""

from datetime import timedelta

import pytest

from tests.builders import NOW
from tocsin.alerts.quotas import (
    BLOCKED,
    CONFIRMATION_PAUSE,
    NETWORK_DAY,
    NETWORK_HOUR,
    PENDING,
    ask_again,
    network_of,
    turn,
)
from tocsin.model.quotas import Asked


@pytest.mark.parametrize(
    ("source_ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("anna@example.org", "unknown"),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64_of_ipv6(source_ip: str, network: str) -> None:
    assert network_of(source_ip) == network


def test_a_window_has_one_counter_and_the_next_one_another() -> None:
    begins = NOW.replace(minute=0)
    within = {turn(NETWORK_HOUR, "a", begins + timedelta(minutes=each)).key for each in (0, 59)}
    assert within == {turn(NETWORK_HOUR, "a", begins).key}
    assert turn(NETWORK_HOUR, "a", begins + timedelta(hours=1)).key not in within
    assert turn(NETWORK_HOUR, "b", begins).key not in within
    assert turn(NETWORK_DAY, "a", begins).key not in within


def test_a_counter_is_not_forgotten_before_its_window_ends() -> None:
    begins = NOW.replace(minute=0)
    assert turn(NETWORK_HOUR, "a", begins).forget_at > begins + timedelta(hours=1)


def test_the_limits_are_those_that_are_documented() -> None:
    assert (NETWORK_HOUR.limit, NETWORK_DAY.limit, PENDING.limit) == (5, 20, 200)


def test_an_address_is_asked_once_a_day_and_three_times_without_an_answer() -> None:
    now, asked = NOW, ask_again(None, NOW)
    for _ in range(2):
        assert asked is not None
        assert ask_again(asked, now + CONFIRMATION_PAUSE - timedelta(seconds=1)) is None
        now += CONFIRMATION_PAUSE
        asked = ask_again(asked, now)
    assert asked is not None
    assert asked.unconfirmed == 3
    assert ask_again(asked, now + BLOCKED - timedelta(seconds=1)) is None
    again = ask_again(asked, now + BLOCKED)
    assert again == Asked(
        unconfirmed=1,
        free_at=now + BLOCKED + CONFIRMATION_PAUSE,
        forget_at=now + BLOCKED + BLOCKED,
    )
