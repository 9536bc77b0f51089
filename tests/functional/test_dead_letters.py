"""A job that fails for good ends in its dead-letter queue, with the reason, and alone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.events import sqs_event
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.aws.feeds_table import FeedsTable
from tocsin.handlers import ingest, poll
from tocsin.jobs import IngestJob, PollJob
from tocsin.pipeline.dead_letters import DIED, MAX_RECEIVES, MAX_TRIES
from tocsin.web.politeness import SLOT_LEASE

DOORS = {"Poll": poll.handler, "Ingest": ingest.handler}
GOOD, BAD = an_entry(f"{SITE}/good", title="Good"), an_entry(f"{SITE}/bad", title="Bad")


class ParserFault(Exception):
    pass


@pytest.fixture(autouse=True)
def faulty(web: FakeWeb, put_topics: PutTopics, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that what reads it cannot stand."""
    put_topics(a_topic())
    fetch = web.fetch

    def fetched(url: str, *args: Any, **named: Any) -> Any:
        if url == BAD.url:
            raise ParserFault("a page with\nsomething in it")
        return fetch(url, *args, **named)

    monkeypatch.setattr(web, "fetch", fetched)


def letters(stack: Stack, stage: str) -> list[tuple[str, str]]:
    """Body and reason of each."""
    answer = stack.client("sqs").receive_message(
        QueueUrl=stack.ref(f"{stage}DeadLetterQueue"),
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    return [
        (each["Body"], each["MessageAttributes"]["reason"]["StringValue"])
        for each in answer.get("Messages", [])
    ]


@pytest.mark.parametrize("stage", DOORS)
def test_what_is_no_job_is_given_up_at_the_last_try(
    stage: str, enter: Callable[[str], None], stack: Stack
) -> None:
    enter(f"{stage}Function")
    for receives in range(1, MAX_TRIES):
        with pytest.raises(ValueError, match="validation error"):
            DOORS[stage](sqs_event("no job", receives=receives), None)
    assert letters(stack, stage) == []
    DOORS[stage](sqs_event("no job", receives=MAX_TRIES), None)
    ((body, reason),) = letters(stack, stage)
    assert body == "no job"
    assert reason.startswith("ValidationError: 1 validation error")


@pytest.mark.parametrize("stage", DOORS)
def test_a_job_whose_workers_died_is_not_tried_any_more(
    stage: str, enter: Callable[[str], None], stack: Stack, calls: Calls
) -> None:
    enter(f"{stage}Function")
    DOORS[stage](sqs_event("no job", receives=MAX_RECEIVES), None)
    assert calls.names() == ["sqs:SendMessage"]
    assert letters(stack, stage) == [("no job", DIED)]


def test_a_job_that_cannot_be_given_up_comes_again(
    enter: Callable[[str], None], stack: Stack
) -> None:
    enter("IngestFunction")
    url = stack.ref("IngestDeadLetterQueue")
    stack.client("sqs").delete_queue(QueueUrl=url)
    with pytest.raises(Exception, match="NonExistentQueue"):
        ingest.handler(sqs_event("no job", receives=MAX_TRIES), None)


def test_an_entry_that_cannot_be_ingested_takes_no_other_with_it(
    enter: Callable[[str], None], stack: Stack, clock: Clock
) -> None:
    enter("IngestFunction")
    job = an_ingest_job(BAD, GOOD)
    ingest.handler(sqs_event(job.model_dump_json()), None)
    alone = take_out(stack)
    assert [[entry.url for entry in each.entries] for each in alone] == [[BAD.url], [GOOD.url]]
    bad, good = (each.model_dump_json() for each in alone)
    clock.advance(seconds=SLOT_LEASE.total_seconds())  # of the visit that was broken off
    ingest.handler(sqs_event(good), None)
    for receives in range(1, MAX_TRIES):
        with pytest.raises(ParserFault):
            ingest.handler(sqs_event(bad, receives=receives), None)
        clock.advance(seconds=SLOT_LEASE.total_seconds())
    ingest.handler(sqs_event(bad, receives=MAX_TRIES), None)
    ((body, reason),) = letters(stack, "Ingest")
    assert IngestJob.model_validate_json(body) == alone[0]
    assert reason == "ParserFault: a page with something in it"
    stored = [item["title"] for item in stack.items("ArticlesTable") if item["sk"] == "META"]
    assert stored == ["Good"]


def test_a_job_that_came_again_is_cut_before_it_is_tried(
    enter: Callable[[str], None], stack: Stack, calls: Calls
) -> None:
    """Its worker died, perhaps of one of its entries."""
    enter("IngestFunction")
    job = an_ingest_job(GOOD, BAD)
    ingest.handler(sqs_event(job.model_dump_json(), receives=2), None)
    assert calls.names() == ["sqs:SendMessage"] * 2
    assert [len(each.entries) for each in take_out(stack)] == [1, 1]


def test_an_error_that_was_mended_in_time_leaves_no_letter(
    enter: Callable[[str], None], stack: Stack, feeds: FeedsTable
) -> None:
    enter("PollFunction")
    feeds.put_feed(a_feed("news"), wiring.utc_now())
    job = PollJob(host="harbour-post.example", feed_ids=("news",))
    poll.handler(sqs_event(job.model_dump_json(), receives=MAX_TRIES), None)
    assert letters(stack, "Poll") == []


def take_out(stack: Stack) -> list[IngestJob]:
    """Of the ingest queue, as if the time they are held back were over."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sqs.models import sqs_backends

    backend = sqs_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"]
    queue = backend.queues["tocsin-IngestQueue"]
    for message in queue._messages:
        message.delayed_until = 0
    return stack.receive("IngestQueue", IngestJob)
