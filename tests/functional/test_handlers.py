"""The doors that Lambda knocks on, with its own events and the environment of the template."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from tests.builders import ARTICLE_URL, NOW, a_feed, a_match, a_topic, an_article, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.conftest import PutTopics
from tests.functional.documents import page, rss
from tests.functional.events import api_event, read_event, sqs_event
from tests.functional.stack import OPERATOR_CONTACT, Stack
from tests.functional.web import FakeWeb
from tocsin import settings, telemetry, wiring
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.errors import ConfigurationError
from tocsin.handlers import alert, api, dispatch, ingest, poll, reconcile, search
from tocsin.jobs import IngestJob, PollJob

HANDLERS = {
    "DispatchFunction": dispatch.handler,
    "PollFunction": poll.handler,
    "IngestFunction": ingest.handler,
    "AlertFunction": alert.handler,
    "ApiFunction": api.handler,
    "ReconcileFunction": reconcile.handler,
    "SearchFunction": search.handler,
}
OPTIONAL = {
    "ALLOWED_ENDPOINTS",
    "ENABLE_SMS",
    "PAGE_PAUSE_SECONDS",
    "PROJECT_URL",
    "PUBLIC_SUBSCRIPTIONS",
    "REQUESTS_PER_MINUTE",
    "SEARCHES_PER_MINUTE",
    "SMS_COUNTRIES",
}


@dataclass(frozen=True)
class Context:
    """What the functions read of Lambda's."""

    aws_request_id: str = "8f507cfc-0a1b-4c2d-9e3f-0123456789ab"
    function_name: str = "tocsin"


@dataclass
class Lines:
    """What a function wrote to its log since the last time."""

    capsys: pytest.CaptureFixture[str]

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """A logger keeps the stream that it was made with: each test gets loggers of its own."""
    _forget_loggers()
    yield Lines(capsys)
    _forget_loggers()


def _forget_loggers() -> None:
    telemetry._of_stage.cache_clear()
    for stage in ("dispatch", "poll", "ingest", "alert", "api", "reconcile", "search"):
        logging.Logger.manager.loggerDict.pop(stage, None)


def metrics(lines: list[dict[str, Any]]) -> dict[str, float]:
    """Of the one metrics line, by name."""
    (line,) = [line for line in lines if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Tocsin", [["service"]])
    return {each["Name"]: line[each["Name"]][0] for each in directive["Metrics"]}


def messages(lines: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("message") == message]


def test_dispatch_sends_what_is_due_and_counts_it(
    enter: Callable[[str], None], feeds: FeedsTable, stack: Stack, lines: Lines
) -> None:
    enter("DispatchFunction")
    for feed_id in ("news", "sport"):
        feeds.put_feed(a_feed(feed_id), NOW)
    answer = dispatch.handler(read_event("schedule"), Context())
    assert answer == {"feeds": 2, "jobs": 1}
    assert metrics(lines.read()) == {"FeedsDispatched": 2}
    (job,) = stack.receive("PollQueue", PollJob)
    assert sorted(job.feed_ids) == ["news", "sport"]


def test_a_quiet_minute_is_counted_as_such(enter: Callable[[str], None], lines: Lines) -> None:
    enter("DispatchFunction")
    dispatch.handler(read_event("schedule"), Context())
    enter("AlertFunction")
    alert.handler(read_event("schedule"), Context())
    first, second = ([line] for line in lines.read() if "_aws" in line)
    assert metrics(first) == {"FeedsDispatched": 0}
    assert set(metrics(second).values()) == {0}


def test_poll_decodes_its_job_and_counts_how_each_feed_ended(
    enter: Callable[[str], None], feeds: FeedsTable, stack: Stack, web: FakeWeb, lines: Lines
) -> None:
    enter("PollFunction")
    good, bad = a_feed("good"), a_feed("bad")
    for feed in (good, bad):
        feeds.put_feed(feed, NOW)
    web.serve(good.url, rss(ARTICLE_URL))
    job = PollJob(host="harbour-post.example", feed_ids=("good", "bad"))
    poll.handler(sqs_event(job.model_dump_json()), Context())
    read = lines.read()
    assert metrics(read) == {"FeedsPolled": 2, "FeedsFailed": 1, "EntriesSentOn": 1}
    told = {line["feed_id"]: line["outcome"] for line in messages(read, "feed polled")}
    assert told == {"good": "ok", "bad": "http_404"}
    assert len(stack.receive("IngestQueue", IngestJob)) == 1


def test_ingest_decodes_its_job_and_counts_how_each_entry_ended(
    enter: Callable[[str], None],
    articles: ArticlesTable,
    put_topics: PutTopics,
    web: FakeWeb,
    lines: Lines,
) -> None:
    enter("IngestFunction")
    put_topics(a_topic())
    web.serve(ARTICLE_URL, page())
    event = sqs_event(an_ingest_job().model_dump_json(exclude_defaults=True))
    ingest.handler(event, Context())
    counted = {
        "ArticlesKnown": 0,
        "ArticlesRevised": 0,
        "ArticlesDeferred": 0,
        "ArticlesWaiting": 0,
        "ArticlesEmpty": 0,
        "ArticlesCut": 0,
        "TopicsRefused": 0,
    }
    read = lines.read()
    assert metrics(read) == counted | {"ArticlesStored": 1, "Matches": 1}
    (line,) = messages(read, "entry ended")
    assert (line["outcome"], line["service"]) == ("stored", "ingest")
    assert line["request_id"] == Context.aws_request_id
    assert len(articles.find_due(NOW, 10)) == 1
    ingest.handler(event, Context())
    known = metrics(lines.read())
    assert (known["ArticlesStored"], known["ArticlesKnown"], known["Matches"]) == (0, 1, 0)


def test_alert_tells_what_is_due_and_counts_it(
    enter: Callable[[str], None],
    articles: ArticlesTable,
    put_topics: PutTopics,
    lines: Lines,
    calls: Calls,
) -> None:
    enter("AlertFunction")
    put_topics(a_topic())
    articles.add_match(a_match(), NOW)
    articles.add_match(a_match(topic_id="removed"), NOW)
    answer = alert.handler(read_event("schedule"), Context())
    none = dict.fromkeys(("held", "merged", "dropped", "failed", "deferred"), 0)
    assert answer == {
        "matches": none | {"alerted": 1, "dropped": 1},
        "alerts": none | {"sent": 1},
        "notifications": {"published": 1},
    }
    read = lines.read()
    ends = ("Held", "Merged", "Dropped", "Failed", "Deferred")
    assert metrics(read) == dict.fromkeys(
        [f"{what}{end}" for what in ("Matches", "Alerts") for end in ends], 0
    ) | {"MatchesAlerted": 1, "MatchesDropped": 1, "AlertsSent": 1, "Notifications": 1}
    told = {line["topic_id"]: line["reason"] for line in messages(read, "match decided")}
    assert told == {"peace": "", "removed": "the topic was removed"}
    (line,) = messages(read, "line told")
    assert (line["topic_id"], line["line_key"], line["outcome"]) == ("peace", "instant", "sent")
    assert len(calls.of("sns:Publish")) == 1


def test_api_answers_in_the_form_that_api_gateway_takes(
    enter: Callable[[str], None], articles: ArticlesTable, bucket: Bucket, lines: Lines
) -> None:
    enter("ApiFunction")
    bucket.put_article(an_article())
    articles.add_article(an_article())
    answer = api.handler(api_event(f"/v1/articles/{an_article().id}"), Context())
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert json.loads(answer["body"])["id"] == an_article().id
    assert api.handler(api_event("/v1/articles/nope"), Context())["statusCode"] == 404


def test_api_tells_the_log_what_it_keeps_from_the_caller(
    enter: Callable[[str], None], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter("ApiFunction")
    monkeypatch.setattr(ArticlesTable, "list_day", lambda *_: 1 / 0)
    assert api.handler(api_event("/v1/articles"), Context())["statusCode"] == 500
    written = lines.read()
    assert metrics(written)["RequestsFailed"] == 1
    (failure,) = messages(written, "request failed")
    assert (failure["reason"], failure["exception_name"]) == (
        "division by zero",
        "ZeroDivisionError",
    )


POISON = {
    "no JSON": "{",
    "another job": '{"city": "Kyiv"}',
    "a field of a later version": '{"host": "a.example", "feed_ids": [], "colour": "red"}',
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
@pytest.mark.parametrize("function", ["PollFunction", "IngestFunction"])
def test_a_message_that_cannot_be_read_raises_so_that_sqs_delivers_it_again(
    function: str, body: str, enter: Callable[[str], None], lines: Lines, calls: Calls
) -> None:
    enter(function)
    with pytest.raises(ValidationError):
        HANDLERS[function](sqs_event(body), Context())
    assert calls.names() == []
    assert lines.read() == []


def test_a_job_whose_aws_calls_fail_raises_so_that_sqs_delivers_it_again(
    enter: Callable[[str], None], stack: Stack, feeds: FeedsTable, web: FakeWeb, lines: Lines
) -> None:
    enter("PollFunction")
    feeds.put_feed(a_feed(), NOW)
    web.serve(a_feed().url, rss(ARTICLE_URL))
    stack.client("sqs").delete_queue(QueueUrl=stack.ref("IngestQueue"))
    job = PollJob(host="harbour-post.example", feed_ids=(a_feed().id,))
    with pytest.raises(ClientError, match="NonExistentQueue"):
        poll.handler(sqs_event(job.model_dump_json()), Context())
    row = feeds.find(a_feed().id)
    assert row is not None
    assert row.state.polled_at is None


@pytest.mark.parametrize("function", HANDLERS)
def test_a_function_says_which_variables_it_misses(
    function: str, enter: Callable[[str], None], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(function)
    own = stack.template["Resources"][function]["Properties"]["Environment"]["Variables"]
    required = set(own) - OPTIONAL
    for name in own:
        monkeypatch.delenv(name)
    event = api_event("/v1/articles") if function == "ApiFunction" else sqs_event("{}")
    if function in ("PollFunction", "IngestFunction"):
        event = sqs_event(_job_of(function))
    with pytest.raises(ConfigurationError) as raised:
        HANDLERS[function](event, Context())
    assert {name for name in required if name in str(raised.value)} == required


def _job_of(function: str) -> str:
    if function == "PollFunction":
        return PollJob(host="a.example", feed_ids=("a",)).model_dump_json()
    return an_ingest_job().model_dump_json()


def test_sites_are_told_who_asks_and_whom_they_can_ask(stack: Stack) -> None:
    read = settings.PollSettings.read(stack.environment("PollFunction"))
    assert OPERATOR_CONTACT in wiring.user_agent(read.operator_contact, read.project_url)
    told = wiring.user_agent("me@example.org", "https://example.org/bot")
    assert told.endswith("(+https://example.org/bot; operator: me@example.org)")


def test_a_container_builds_its_stage_once(enter: Callable[[str], None]) -> None:
    enter("PollFunction")
    assert wiring.polling() is wiring.polling()
