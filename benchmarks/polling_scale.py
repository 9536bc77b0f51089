"""What 10,000 feeds need: a minute's dispatch with all of them due, a month's calls and dollars,
and what breaks first.

Dispatch is the real one, over the AWS SDK with answers that need no network: its processor time is
measured, its calls are counted, their latencies are assumed. The month is the simulated week's
counts, scaled. Prices are those of us-east-1, without free tiers.
"""

import io
import json
import math
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

from benchmarks.polling_world import BEGIN, Clock, Simulation
from infra.local.template import load_template
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.items import from_item, to_item
from tocsin.aws.queues import JobQueue
from tocsin.jobs import MAX_FEEDS_PER_JOB
from tocsin.model.feeds import FeedRow
from tocsin.model.values import to_text
from tocsin.pipeline.dispatch import Dispatching, dispatch

FEEDS = 10_000
DAYS_A_MONTH = 30
TEMPLATE = Path(__file__).parents[1] / "template.yaml"
# Lambda gives a whole processor at 1,769 MB, and less in proportion.
MB_PER_PROCESSOR = 1_769
CLAIM_SECONDS, SEND_SECONDS, QUERY_SECONDS = 0.005, 0.010, 0.050
CLAIMS_AT_ONCE = 10
PAGE_BYTES = 1_000_000
# One partition of an index takes 1,000 units a second; a new due_at takes a feed out and in again.
INDEX_UNITS_A_SECOND, INDEX_UNITS_A_CHANGE = 1_000, 2
PRICES = {  # dollars a million
    "write_units": 0.625,
    "read_units": 0.125,
    "sqs_requests": 0.40,
    "lambda_requests": 0.20,
    "lambda_gb_seconds": 13.3334,  # arm64
    "log_bytes": 0.0005,
}
LOG_BYTES_A_JOB, LOG_BYTES_A_FEED = 700, 350
# Lambda asks a queue in long polls of 20 s, from five pollers at least.
IDLE_RECEIVES_A_MONTH = 5 * 3 * 60 * 24 * DAYS_A_MONTH


class _Answers:
    """A transport that answers at once, and counts."""

    def __init__(self, due: list[dict[str, Any]]) -> None:
        self._due = json.dumps({"Items": due, "Count": len(due)}).encode()
        self.calls: Counter[str] = Counter()

    def __call__(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self.calls[operation] += 1
        body = self._due if operation == "Query" else b"{}"
        raw = io.BytesIO(body)
        raw.stream = lambda *_args, **_named: iter([body])  # type: ignore[attr-defined]
        return AWSResponse(request.url, 200, {}, raw)


def dispatch_figures(feeds: int) -> dict[str, Any]:
    """All of them due at once, each on a host of its own: the most jobs there can be."""
    due = [
        to_item(
            {
                "pk": f"FEED#feed-{n:05}",
                "url": f"https://site-{n:05}.example/feeds/news.xml",
                "due_partition": "feed",
                "due_at": to_text(BEGIN),
            }
        )
        for n in range(feeds)
    ]
    answers = _Answers(due)
    session = botocore.session.Session()
    session.set_credentials("none", "none")
    session.set_config_variable("region", "us-east-1")
    session.register("before-send", answers)
    table = FeedsTable(session.create_client("dynamodb"), "feeds")
    queue = JobQueue(session.create_client("sqs"), "https://sqs.us-east-1.amazonaws.com/0/polls")
    begun = time.process_time()
    jobs = dispatch(Dispatching(feeds=table, jobs=queue, clock=Clock()))
    processor = time.process_time() - begun
    assert sum(len(job.feed_ids) for job in jobs) == feeds
    return _seconds(answers.calls, processor, len(json.dumps(due)))


def _seconds(calls: Counter[str], processor: float, due_bytes: int) -> dict[str, Any]:
    """The slowest of what goes on at the same time."""
    resources = load_template(TEMPLATE)["Resources"]
    memory = resources["DispatchFunction"]["Properties"]["MemorySize"]
    pages = math.ceil(due_bytes / PAGE_BYTES)
    waiting = (
        calls["UpdateItem"] * CLAIM_SECONDS / CLAIMS_AT_ONCE
        + calls["SendMessageBatch"] * SEND_SECONDS
        + pages * QUERY_SECONDS
    )
    index = calls["UpdateItem"] * INDEX_UNITS_A_CHANGE / INDEX_UNITS_A_SECOND
    in_lambda = processor * MB_PER_PROCESSOR / memory
    return {
        "dispatch_seconds_10000": max(waiting, index, in_lambda),
        "dispatch_waiting_seconds": waiting,
        "dispatch_index_seconds": index,
        "dispatch_processor_seconds_in_lambda": in_lambda,
        "dispatch_memory_mb": memory,
        "dispatch_calls": {**calls, "Query": pages},
    }


def item_bytes(row: FeedRow) -> int:
    """As DynamoDB counts, within a few bytes."""
    kept: list[dict[str, Any]] = []

    class Keep:
        def update_item(self, **arguments: Any) -> None:
            kept.append(arguments["ExpressionAttributeValues"])

    FeedsTable(Keep(), "feeds").save_state(row.feed, row.state, row.due_at)  # type: ignore[arg-type]
    feed = row.feed.model_dump(exclude_none=True)
    return _bytes_of({**from_item(kept[0]), "feed": feed, "pk": row.feed.id})


def _bytes_of(value: Any) -> int:
    match value:
        case bool() | None:
            return 1
        case int():
            return 1 + (len(str(value)) + 1) // 2
        case str() | bytes():
            return len(value)
        case list() | tuple():
            return 3 + sum(1 + _bytes_of(each) for each in value)
        case dict():
            return 3 + sum(1 + len(name) + _bytes_of(each) for name, each in value.items())
    raise TypeError(type(value).__name__)


def month_of(made: Simulation, feeds: int) -> dict[str, Any]:
    """Polling only: articles cost by their own number, whoever finds them."""
    times = feeds / len(made.sites) * DAYS_A_MONTH / made.days
    size = mean(item_bytes(row) for row in made.feeds.rows.values())
    units = math.ceil(size / 1024)
    table = made.feeds
    polls = times * table.saves
    calls = {
        "dynamodb:GetItem": times * table.finds,
        "dynamodb:UpdateItem": times * (table.claims + table.saves + made.slots.taken * 2),
        "dynamodb:Query": DAYS_A_MONTH * 24 * 60,
        "sqs": times * (made.queue.calls + made.jobs * 2 + made.sent.calls) + IDLE_RECEIVES_A_MONTH,
        "lambda": times * made.jobs + DAYS_A_MONTH * 24 * 60,
    }
    changes = table.claims + table.saves
    amounts = {
        "write_units": times * (changes * (units + INDEX_UNITS_A_CHANGE) + made.slots.taken * 2),
        "read_units": calls["dynamodb:GetItem"] * math.ceil(size / 4096) + calls["dynamodb:Query"],
        "sqs_requests": calls["sqs"],
        "lambda_requests": calls["lambda"],
        "lambda_gb_seconds": times * made.busy.total_seconds() * 0.5
        + calls["dynamodb:Query"] * 0.2,
        "log_bytes": times * made.jobs * LOG_BYTES_A_JOB + polls * LOG_BYTES_A_FEED,
    }
    dollars = {name: amount * PRICES[name] / 1e6 for name, amount in amounts.items()}
    return {
        "item_bytes": size,
        "calls_per_month": sum(calls.values()),
        "calls": calls,
        "dollars_per_month": sum(dollars.values()),
        "dollars": dollars,
    }


def limits_of(made: Simulation) -> dict[str, Any]:
    """At how many feeds each part has no room left, in the order in which they do."""
    minutes = made.days * 24 * 60
    polls_a_minute = made.feeds.saves / minutes / len(made.sites)
    busy_minutes = made.busy / timedelta(minutes=1) / minutes / len(made.sites)
    parameters = load_template(TEMPLATE)["Parameters"]
    concurrency = parameters["PollConcurrency"]["Default"]
    index_a_minute = INDEX_UNITS_A_SECOND / (2 * INDEX_UNITS_A_CHANGE) * 60
    limits = {
        "feeds_of_one_host": MAX_FEEDS_PER_JOB / polls_a_minute,
        f"feeds_with_poll_concurrency_{concurrency}": concurrency / busy_minutes,
        "feeds_with_poll_concurrency_100": 100 / busy_minutes,
        "feeds_of_the_index_of_due_feeds": index_a_minute / polls_a_minute,
    }
    return dict(sorted(limits.items(), key=lambda limit: limit[1]))


def scale_of(made: Simulation) -> dict[str, Any]:
    return {
        **dispatch_figures(FEEDS),
        **month_of(made, FEEDS),
        "breaks_first_at": limits_of(made),
    }
