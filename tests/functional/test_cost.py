"""What an operator pays for: the AWS calls of each stage, counted."""

from collections import Counter

from tests.builders import NOW, SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.conftest import PutTopics
from tests.functional.documents import page, rss
from tests.functional.web import FakeWeb
from tocsin.aws.feeds_table import FeedsTable
from tocsin.jobs import PollJob
from tocsin.pipeline.alert import Alerting, alert
from tocsin.pipeline.dispatch import Dispatching, dispatch
from tocsin.pipeline.ingest import Ingesting, ingest
from tocsin.pipeline.poll import Polling, poll

FEED = a_feed()
PEACE = a_topic("peace", any=("peacekeepers",))
HARBOUR = a_topic("harbour", any=("harbour",))


def cost(calls: Calls) -> dict[str, int]:
    counted = dict(Counter(calls.names()))
    calls.reset()
    return counted


def test_a_tick_with_nothing_to_do_costs_one_query_each(
    dispatching: Dispatching, alerting: Alerting, calls: Calls
) -> None:
    dispatch(dispatching)
    assert cost(calls) == {"dynamodb:Query": 1}
    alert(alerting)
    assert cost(calls) == {"dynamodb:Query": 1}


def test_a_feed_that_is_unchanged_costs_two_calls_to_poll(
    feeds: FeedsTable, web: FakeWeb, polling: Polling, calls: Calls
) -> None:
    feeds.put_feed(FEED, NOW)
    web.serve(FEED.url, status=304)
    calls.reset()
    poll(PollJob(host="harbour.example", feed_ids=(FEED.id,)), polling)
    assert cost(calls) == {"dynamodb:GetItem": 1, "dynamodb:UpdateItem": 1}


def test_ten_new_entries_travel_in_one_message(
    feeds: FeedsTable, web: FakeWeb, polling: Polling, calls: Calls
) -> None:
    feeds.put_feed(FEED, NOW)
    web.serve(FEED.url, rss(*(f"{SITE}/news/{number}" for number in range(10))))
    calls.reset()
    poll(PollJob(host="harbour.example", feed_ids=(FEED.id,)), polling)
    assert cost(calls) == {"dynamodb:GetItem": 1, "sqs:SendMessage": 1, "dynamodb:UpdateItem": 1}


def test_an_article_costs_three_calls_and_one_for_each_match(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, calls: Calls
) -> None:
    """A look, its text and its row. Which topics are in force is read once a minute, the topics
    once a container, and pages are written once a job."""
    put_topics(PEACE, HARBOUR)
    urls = [f"{SITE}/news/{number}" for number in range(10)]
    for url in urls:
        web.serve(url, page("Peacekeepers for the harbour"))
    calls.reset()
    ingest(an_ingest_job(*map(an_entry, urls)), ingesting)
    assert cost(calls) == {
        "dynamodb:GetItem": 10,
        "s3:GetObject": 1 + 1,
        "s3:PutObject": 1 + 10,
        "dynamodb:PutItem": 10 + 2 * 10,
    }


def test_an_entry_that_is_known_costs_one_read(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, calls: Calls
) -> None:
    put_topics(PEACE)
    web.serve(f"{SITE}/news/1", page("Peacekeepers"))
    ingest(an_ingest_job(an_entry(f"{SITE}/news/1")), ingesting)
    calls.reset()
    ingest(an_ingest_job(an_entry(f"{SITE}/news/1")), ingesting)
    assert cost(calls) == {"dynamodb:GetItem": 1}


def test_ten_matches_of_a_topic_are_told_in_one_message(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, alerting: Alerting, calls: Calls
) -> None:
    """And claimed and marked one by one."""
    put_topics(PEACE)
    urls = [f"{SITE}/news/{number}" for number in range(10)]
    for url in urls:
        web.serve(url, page("Peacekeepers"))
    ingest(an_ingest_job(*map(an_entry, urls)), ingesting)
    calls.reset()
    alert(alerting)
    assert cost(calls) == {
        "dynamodb:Query": 1,
        "dynamodb:GetItem": 1,
        "dynamodb:UpdateItem": 10 + 10,
        "sns:Publish": 1,
    }
