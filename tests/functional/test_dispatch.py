"""dispatch: feeds that are due become poll jobs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, a_feed, a_feed_state
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.stack import Stack
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.queues import JobQueue
from tocsin.errors import SendFailed
from tocsin.jobs import MAX_FEEDS_PER_JOB, PollJob
from tocsin.pipeline import dispatch as dispatch_module
from tocsin.pipeline.dispatch import LEASE, Dispatching, dispatch


def put_due(feeds: FeedsTable, *feed_ids: str, host: str = "harbour-post.example") -> None:
    for feed_id in feed_ids:
        feeds.put_feed(a_feed(feed_id, url=f"https://{host}/{feed_id}.xml"), NOW)


def sent(stack: Stack) -> list[PollJob]:
    return stack.receive("PollQueue", PollJob)


def feed_ids(jobs: list[PollJob]) -> list[str]:
    return [feed_id for job in jobs for feed_id in job.feed_ids]


def test_due_feeds_become_one_job_a_host(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching
) -> None:
    put_due(feeds, "news", "sport")
    put_due(feeds, "bote", host="kesseltaler-bote.example")
    told = dispatch(dispatching)
    jobs = sorted(sent(stack), key=lambda job: job.host)
    assert [(job.host, sorted(job.feed_ids)) for job in jobs] == [
        ("harbour-post.example", ["news", "sport"]),
        ("kesseltaler-bote.example", ["bote"]),
    ]
    assert sorted(told, key=lambda job: job.host) == jobs


def test_a_feed_that_is_not_due_is_not_sent(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, clock: Clock
) -> None:
    put_due(feeds, "news", "later")
    feeds.save_state(a_feed("later"), a_feed_state(), NOW + timedelta(seconds=1))
    assert dispatch(dispatching) == sent(stack)
    assert feeds.find("later").due_at == NOW + timedelta(seconds=1)
    clock.advance(seconds=1)
    dispatch(dispatching)
    assert feed_ids(sent(stack)) == ["later"]


def test_a_feed_that_is_never_to_be_polled_again_is_not_sent(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, clock: Clock
) -> None:
    put_due(feeds, "news")
    feeds.save_state(a_feed("news"), a_feed_state(disabled=True), None)
    clock.advance(days=30)
    assert dispatch(dispatching) == []
    assert sent(stack) == []


def test_two_dispatches_at_once_send_each_feed_once(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, calls: Calls
) -> None:
    put_due(feeds, "news", "sport", "weather")
    calls.before("dynamodb:UpdateItem", lambda: dispatch(dispatching), nth=2)
    dispatch(dispatching)  # claims one, is overtaken before it claims the second
    assert sorted(feed_ids(sent(stack))) == ["news", "sport", "weather"]


def test_a_dispatch_that_was_overtaken_at_every_feed_sends_no_empty_job(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, calls: Calls
) -> None:
    put_due(feeds, "news")
    calls.before("dynamodb:UpdateItem", lambda: dispatch(dispatching))
    assert dispatch(dispatching) == []
    assert len(sent(stack)) == 1


def test_what_is_too_much_for_one_job_stays_due_longest_overdue_first(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, clock: Clock
) -> None:
    ids = [f"feed-{number:02}" for number in range(MAX_FEEDS_PER_JOB + 2)]
    for number, feed_id in enumerate(reversed(ids)):
        feeds.put_feed(a_feed(feed_id), NOW - timedelta(minutes=number))
    dispatch(dispatching)
    assert [job.feed_ids for job in sent(stack)] == [tuple(ids[:MAX_FEEDS_PER_JOB])]
    clock.advance(minutes=1)
    dispatch(dispatching)
    assert [job.feed_ids for job in sent(stack)] == [tuple(ids[MAX_FEEDS_PER_JOB:])]


def test_a_claimed_feed_is_due_again_when_its_lease_ends(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, clock: Clock
) -> None:
    put_due(feeds, "news")
    dispatch(dispatching)
    assert feeds.find("news").due_at == NOW + LEASE
    sent(stack)
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert dispatch(dispatching) == []
    clock.now = NOW + LEASE
    dispatch(dispatching)
    assert feed_ids(sent(stack)) == ["news"]


def test_a_crash_between_claim_and_send_loses_no_feed(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, calls: Calls, clock: Clock
) -> None:
    put_due(feeds, "news")
    put_due(feeds, "bote", host="kesseltaler-bote.example")
    calls.before("sqs:SendMessageBatch", crash)
    with pytest.raises(Crash):
        dispatch(dispatching)
    assert sent(stack) == []
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert dispatch(dispatching) == []
    clock.now = NOW + LEASE
    dispatch(dispatching)
    assert sorted(feed_ids(sent(stack))) == ["bote", "news"]


def test_a_feed_that_was_removed_after_it_was_found_is_not_sent(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, calls: Calls
) -> None:
    put_due(feeds, "news")
    calls.before("dynamodb:UpdateItem", lambda: feeds.remove("news"))
    dispatch(dispatching)
    assert sent(stack) == []
    assert feeds.find("news") is None


def test_a_feed_whose_url_cannot_be_read_stops_no_other(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching
) -> None:
    feeds.put_feed(a_feed("broken", url="https://[/feed.xml"), NOW)
    put_due(feeds, "news")
    dispatch(dispatching)
    assert sorted(feed_ids(sent(stack))) == ["broken", "news"]


def test_a_tick_ends_in_time_and_leaves_the_rest_to_the_next(
    stack: Stack,
    feeds: FeedsTable,
    dispatching: Dispatching,
    calls: Calls,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch_module, "HOSTS_AT_ONCE", 10)
    for number in range(11):
        put_due(feeds, f"feed-{number}", host=f"{number}.example")
    calls.before("sqs:SendMessageBatch", lambda: clock.advance(seconds=46))
    assert len(dispatch(dispatching)) == 10
    assert len(dispatch(dispatching)) == 1
    assert len(feed_ids(sent(stack))) == 11


def test_jobs_that_sqs_does_not_take_are_named_and_the_others_sent(
    stack: Stack, feeds: FeedsTable, dispatching: Dispatching, clock: Clock
) -> None:
    class HalfDown:
        def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
            first, *rest = arguments["Entries"]
            self.taken = rest
            return {"Failed": [{"Id": first["Id"], "Code": "InternalError"}]}

    client: Any = HalfDown()
    put_due(feeds, "news")
    put_due(feeds, "bote", host="kesseltaler-bote.example")
    queue = JobQueue(client, stack.ref("PollQueue"))
    with pytest.raises(SendFailed, match="1 jobs were not taken, the first for InternalError"):
        dispatch(replace(dispatching, jobs=queue))
    assert len(client.taken) == 1
    clock.now = NOW + LEASE
    dispatch(dispatching)
    assert sorted(feed_ids(sent(stack))) == ["bote", "news"]
