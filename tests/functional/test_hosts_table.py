"""Who may ask a host, and what its robots.txt says."""

import random
from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.functional.calls import Calls
from tests.functional.stack import Stack
from tocsin.aws.hosts_table import HostsTable
from tocsin.model.hosts import Robots

HOST, ORIGIN = "harbour-post.example", "https://harbour-post.example"
UNTIL = NOW + timedelta(minutes=5)


@pytest.fixture
def hosts(stack: Stack) -> HostsTable:
    return HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))


def test_a_host_has_one_owner_until_it_is_given_back(hosts: HostsTable) -> None:
    assert hosts.take(HOST, "one", NOW, UNTIL)
    assert not hosts.take(HOST, "two", NOW, UNTIL)
    assert hosts.take("other.example", "two", NOW, UNTIL)
    hosts.release(HOST, "one")
    assert hosts.take(HOST, "two", NOW, UNTIL)


def test_who_does_not_come_back_loses_the_host_when_the_lease_is_over(hosts: HostsTable) -> None:
    assert hosts.take(HOST, "one", NOW, UNTIL)
    assert not hosts.take(HOST, "two", UNTIL - timedelta(seconds=1), UNTIL)
    assert hosts.take(HOST, "two", UNTIL, UNTIL + timedelta(minutes=5))
    hosts.release(HOST, "one")
    assert not hosts.take(HOST, "three", UNTIL, UNTIL)


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_a_host_that_rests_is_nobodys_until_it_has_rested(
    microseconds: int, hosts: HostsTable
) -> None:
    free_at = NOW + timedelta(seconds=2, microseconds=microseconds)
    hosts.take(HOST, "one", NOW, UNTIL)
    hosts.release(HOST, "one", free_at)
    assert not hosts.take(HOST, "two", free_at - timedelta(microseconds=1), UNTIL)
    assert hosts.take(HOST, "two", NOW + timedelta(seconds=3), UNTIL)


def test_whose_answer_was_lost_has_the_host_all_the_same(hosts: HostsTable, calls: Calls) -> None:
    calls.lose_answer("dynamodb:UpdateItem")
    assert hosts.take(HOST, "one", NOW, UNTIL)
    assert not hosts.take(HOST, "two", NOW, UNTIL)


def test_a_host_name_of_any_length_has_a_slot(hosts: HostsTable) -> None:
    assert hosts.take("x" * 5_000, "one", NOW, UNTIL)
    assert hosts.take("", "one", NOW, UNTIL)


@pytest.mark.parametrize("text", ["", "User-agent: *\nDisallow: /новини\n", None])
def test_a_robots_txt_is_kept_to_the_letter(text: str | None, hosts: HostsTable) -> None:
    assert hosts.find_robots(ORIGIN) is None
    robots = Robots(text=text, fetched_at=NOW)
    assert hosts.put_robots(ORIGIN, robots)
    assert hosts.find_robots(ORIGIN) == robots
    assert hosts.find_robots(f"{ORIGIN}:8080") is None


def test_a_robots_txt_that_no_item_holds_is_not_kept(hosts: HostsTable) -> None:
    noise = random.Random(4).randbytes(400_000).hex()
    assert not hosts.put_robots(ORIGIN, Robots(text=noise, fetched_at=NOW))
    assert hosts.find_robots(ORIGIN) is None


def test_what_is_kept_of_a_host_is_forgotten_after_two_days(
    hosts: HostsTable, stack: Stack
) -> None:
    hosts.take(HOST, "one", NOW, UNTIL)
    hosts.put_robots(ORIGIN, Robots(text="", fetched_at=NOW))
    day = timedelta(days=1).total_seconds()
    ages = [item["forget_at"] - NOW.timestamp() for item in stack.items("FeedsTable")]
    assert len(ages) == 2
    assert all(2 * day <= age < 3 * day for age in ages)
    table = stack.template["Resources"]["FeedsTable"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "forget_at", "Enabled": True}
