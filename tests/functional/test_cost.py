"""What an operator pays for: the AWS calls of each stage, counted."""

from collections import Counter
from datetime import timedelta
from math import ceil
from typing import Any

from tests.builders import NOW, SITE, a_feed, a_topic, an_article, an_entry, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import PARAGRAPHS, page, rss
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tests.rewrites import ORIGINAL, REWRITES
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.aws.stories_table import StoriesTable
from tocsin.jobs import PollJob
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.dispatch import Dispatching, dispatch
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.poll import Polling, poll
from tocsin.pipeline.story import enter_story

FEED = a_feed()
PEACE = a_topic("peace", any=("peacekeepers",))
HARBOUR = a_topic("harbour", any=("harbour",))
SUBJECTS = (
    *("lighthouses", "kelp", "turbines", "beekeepers", "trombones"),
    *("glaciers", "volleyball", "mortgages", "tugboats", "asteroids"),
)


def cost(calls: Calls) -> dict[str, int]:
    counted = dict(Counter(calls.names()))
    calls.reset()
    return counted


def test_a_tick_with_nothing_to_do_costs_a_query_for_each_thing_that_can_be_due(
    dispatching: Dispatching, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    """Feeds; matches and alerts. Once an hour topics are listed, for how busy each of them is."""
    dispatch(dispatching)
    assert cost(calls) == {"dynamodb:Query": 1}
    looked = {"dynamodb:Query": 2, "dynamodb:GetItem": 1}
    alert(alerting)
    assert cost(calls) == looked | {"dynamodb:Scan": 1, "dynamodb:UpdateItem": 2}
    clock.advance(minutes=1)
    alert(alerting)
    assert cost(calls) == looked


def test_a_feed_that_is_unchanged_costs_two_calls_to_poll_and_its_host_two(
    feeds: FeedsTable, web: FakeWeb, polling: Polling, calls: Calls
) -> None:
    """The host is taken and given back."""
    feeds.put_feed(FEED, NOW)
    web.serve(FEED.url, status=304)
    calls.reset()
    poll(PollJob(host="harbour-post.example", feed_ids=(FEED.id,)), polling)
    assert cost(calls) == {"dynamodb:GetItem": 1, "dynamodb:UpdateItem": 1 + 2}


def test_ten_new_entries_travel_in_one_message(
    feeds: FeedsTable, web: FakeWeb, polling: Polling, calls: Calls
) -> None:
    feeds.put_feed(FEED, NOW)
    web.serve(FEED.url, rss(*(f"{SITE}/news/{number}" for number in range(10))))
    calls.reset()
    poll(PollJob(host="harbour-post.example", feed_ids=(FEED.id,)), polling)
    assert cost(calls) == {
        "dynamodb:GetItem": 1,
        "sqs:SendMessage": 1,
        "dynamodb:UpdateItem": 1 + 2,
    }


def test_ten_hosts_whose_feeds_are_due_are_sent_in_one_message(
    feeds: FeedsTable, dispatching: Dispatching, calls: Calls
) -> None:
    for number in range(10):
        url = f"https://{number}.example/feed"
        feeds.put_feed(FEED.model_copy(update={"id": f"feed-{number}", "url": url}), NOW)
    calls.reset()
    dispatch(dispatching)
    assert cost(calls) == {
        "dynamodb:Query": 1,
        "dynamodb:UpdateItem": 10,
        "sqs:SendMessageBatch": 1,
    }


def test_an_article_costs_three_calls_two_for_each_match_those_of_its_story_and_a_job_ten(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, calls: Calls
) -> None:
    """A look, its text and its row. Which topics are in force is read once a minute, the topics
    once a container, and pages and the batch (an object and its row) are written once a job, and
    what the host's pages have in common is read and written once. The first article founds a story;
    the others are versions of it: they look for their place, and for the story. A job takes its
    host and gives it back; the host's robots.txt is read once a container and written once a
    day."""
    put_topics(PEACE, HARBOUR)
    urls = [f"{SITE}/news/{number}" for number in range(10)]
    for subject, url in zip(SUBJECTS, urls, strict=True):
        own = [f"As friends of {subject} say: {each}" for each in PARAGRAPHS]
        web.serve(url, page("Peacekeepers for the harbour", own))
    calls.reset()
    ingest(an_ingest_job(*map(an_entry, urls)), ingesting)
    assert cost(calls) == {
        "dynamodb:GetItem": 10 + 1 + 1 + 9 * 2 + 1,
        "dynamodb:BatchGetItem": 10 + 9,
        "s3:GetObject": 1 + 1,
        "s3:PutObject": 1 + 10 + 1,
        "dynamodb:PutItem": 10 + 2 * 10 + 1 + 1 + 9 * 2 + 1 + 1,
        "dynamodb:UpdateItem": 2 * 10 + 8 + 2,
    }


def units(calls: Calls, stack: Stack) -> tuple[float, float]:
    """What the calls to the Stories table cost in read and write units, as DynamoDB counts: reads
    by 4,096 bytes, at half where they need not be consistent, writes by 1,024. Items are as great
    as they are in the end, which is as great as they get."""
    table = stack.ref("StoriesTable")
    answer = stack.client("dynamodb").scan(TableName=table)
    sizes = {_key(item): item_bytes(item) for item in answer["Items"]}
    reads = writes = 0.0
    for call in calls.made:
        params = call.params
        if call.name == "dynamodb:BatchGetItem" and table in params["RequestItems"]:
            keys = params["RequestItems"][table]["Keys"]
            reads += sum(ceil(sizes.get(_key(key), 1) / 4_096) / 2 for key in keys)
        elif params.get("TableName") == table and call.name == "dynamodb:GetItem":
            whole = ceil(sizes.get(_key(params["Key"]), 1) / 4_096)
            reads += whole if params.get("ConsistentRead") else whole / 2
        elif params.get("TableName") == table and call.writes:
            writes += ceil(sizes[_key(params.get("Item") or params["Key"])] / 1_024)
    calls.reset()
    return reads, writes


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def item_bytes(item: dict[str, Any]) -> int:
    return sum(len(name) + _bytes(attribute) for name, attribute in item.items())


def _bytes(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "B":
            return len(value)
        case "BS":
            return 3 + sum(len(each) + 1 for each in value)
        case "N":
            return len(value) // 2 + 2
        case "L":
            return 3 + sum(_bytes(each) + 1 for each in value)
    return 1


def test_the_story_of_an_article_costs_at_most_sixteen_read_and_nine_write_units(
    stories: StoriesTable, stack: Stack, calls: Calls
) -> None:
    """Whether it founds one, joins one or comes again: the rewrites in three languages, twice."""
    spent = []
    reports = (ORIGINAL, *REWRITES)
    for number, report in enumerate((*reports, *reports)):
        article = an_article(
            f"{SITE}/{number % len(reports)}",
            title=report.title,
            text="\n".join(report.paragraphs),
            publisher=report.outlet,
            language=report.language,
            seen_at=NOW + timedelta(minutes=number),
        )
        enter_story(article, stories)
        spent.append(units(calls, stack))
    assert max(reads for reads, _ in spent) <= 16
    assert max(writes for _, writes in spent) <= 9
    assert spent[0] == (1 + 22 / 2, 1 + 7 + 1)


def test_a_job_whose_host_is_busy_costs_one_write_and_one_message(
    web: FakeWeb, ingesting: Ingesting, stack: Stack, calls: Calls
) -> None:
    hosts = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    hosts.take("harbour-post.example", "another", NOW, NOW + timedelta(minutes=1))
    calls.reset()
    urls = [f"{SITE}/news/{number}" for number in range(10)]
    ingest(an_ingest_job(*map(an_entry, urls)), ingesting)
    assert cost(calls) == {"dynamodb:UpdateItem": 1, "sqs:SendMessage": 1}


def test_an_entry_that_is_known_costs_one_read_and_its_job_two_writes(
    put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting, calls: Calls
) -> None:
    put_topics(PEACE)
    web.serve(f"{SITE}/news/1", page("Peacekeepers"))
    ingest(an_ingest_job(an_entry(f"{SITE}/news/1")), ingesting)
    calls.reset()
    ingest(an_ingest_job(an_entry(f"{SITE}/news/1")), ingesting)
    assert cost(calls) == {"dynamodb:GetItem": 1, "dynamodb:UpdateItem": 2}


def test_ten_matches_of_a_topic_are_told_in_one_message(
    put_topics: PutTopics,
    web: FakeWeb,
    ingesting: Ingesting,
    alerting: Alerting,
    calls: Calls,
) -> None:
    """And claimed and marked one by one, as are the bells of their stories and their alerts."""
    put_topics(PEACE)
    alert(alerting)  # of the hour, how busy topics are
    urls = [f"{SITE}/news/{number}" for number in range(10)]
    for url, subject in zip(urls, SUBJECTS, strict=True):
        web.serve(url, page(f"Peacekeepers and {subject}", [f"Of {subject} nobody spoke."]))
    ingest(an_ingest_job(*map(an_entry, urls)), ingesting)
    calls.reset()
    alert(alerting)
    assert cost(calls) == {
        # What is due; for each alert its story.
        "dynamodb:Query": 2 + 10,
        # The topic, each bell, when the topic last told something, and whether its hour is done.
        "dynamodb:GetItem": 1 + 10 + 1 + 1,
        # Match and bell are claimed and ended, as is the alert; and the topic's pace.
        "dynamodb:UpdateItem": 4 * 10 + 2 * 10 + 1,
        "dynamodb:PutItem": 10,
        "sns:Publish": 1,
    }
