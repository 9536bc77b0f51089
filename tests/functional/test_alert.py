"""alert: matches that are due become one SNS message a topic."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.builders import NOW, SITE, a_match, a_topic
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.stack import ACCOUNT, REGION, Stack
from tocsin.alerts.plain import fits_one_segment
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.sns import Publisher, SnsTopics
from tocsin.aws.topics_table import TopicsTable
from tocsin.model import Match, MatchRow, MatchStatus
from tocsin.pipeline.alert import (
    LEASE,
    MAX_ARTICLES_PER_NOTIFICATION,
    MAX_ATTEMPTS,
    Alerted,
    Alerting,
    alert,
)

PEACE, HARBOUR = a_topic("peace"), a_topic("harbour")


@pytest.fixture(autouse=True)
def in_force(put_topics: PutTopics) -> dict[str, str]:
    return put_topics(PEACE, HARBOUR)


@dataclass
class Ear:
    """A queue that is subscribed to a topic: what arrives there was told."""

    sqs: Any
    url: str

    def heard(self) -> list[str]:
        """Subjects of the messages since the last time."""
        subjects = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                subjects.append(json.loads(message["Body"])["Subject"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return subjects


@pytest.fixture
def ear(stack: Stack, in_force: dict[str, str]) -> Ear:
    """Hears both topics."""
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName="ear")["QueueUrl"]
    for arn in in_force.values():
        stack.client("sns").subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ear"
        )
    return Ear(sqs, url)


@pytest.fixture
def ring(articles: ArticlesTable) -> Callable[..., Match]:
    """Records a match that is due."""

    def add(name: str = "one", topic: str = "peace", **changes: Any) -> Match:
        match = a_match(f"{SITE}/news/{name}", topic, **({"title": f"Title {name}"} | changes))
        articles.add_match(match, NOW)
        return match

    return add


def row_of(articles: ArticlesTable, match: Match) -> MatchRow:
    rows = articles.matches_of(match.article_id)
    return next(row for row in rows if row.match.topic_id == match.topic_id)


def test_a_message_has_a_body_of_its_own_for_each_kind_of_screen(
    ring: Callable[..., Match], alerting: Alerting, calls: Calls
) -> None:
    match = ring(published_at=NOW)
    assert alert(alerting) == [Alerted("peace", sent=1)]
    (published,) = calls.of("sns:Publish")
    assert published["MessageStructure"] == "json"
    bodies = json.loads(published["Message"])
    assert set(bodies) == {"default", "email", "sms"}
    assert bodies["email"].startswith(
        f"{match.title}\n\nHarbour Post\n5 March 2031, 14:30 UTC\n\n"
        f"They asked for *peacekeepers*.\n\n{match.url}\n"
    )
    assert json.loads(bodies["default"])["items"][0]["article"]["url"] == match.url
    assert bodies["sms"] == f"Peace: {match.title} (Harbour Post) {match.url}"
    assert fits_one_segment(bodies["sms"])
    assert published["Subject"] == f"{match.title} | Harbour Post | Peace"


def test_a_message_names_its_alert_and_the_match_remembers_it(
    ring: Callable[..., Match], articles: ArticlesTable, alerting: Alerting, calls: Calls
) -> None:
    match = ring()
    alert(alerting)
    attributes = calls.of("sns:Publish")[0]["MessageAttributes"]
    row = row_of(articles, match)
    assert attributes["alert_id"]["StringValue"] == row.alert_id
    assert attributes["topic"]["StringValue"] == "peace"
    assert (row.status, row.sent_at, row.attempts) == (MatchStatus.SENT, NOW, 1)


def test_each_topic_gets_a_message_of_its_own_through_its_own_sns_topic(
    ring: Callable[..., Match], in_force: dict[str, str], alerting: Alerting, calls: Calls
) -> None:
    ring(topic="peace")
    ring(topic="harbour")
    told = sorted(alert(alerting), key=lambda each: each.topic_id)
    assert told == [Alerted("harbour", sent=1), Alerted("peace", sent=1)]
    arns = {
        each["MessageAttributes"]["topic"]["StringValue"]: each["TopicArn"]
        for each in calls.of("sns:Publish")
    }
    assert arns == in_force


def test_several_matches_of_a_topic_are_told_in_one_message(
    ring: Callable[..., Match], ear: Ear, articles: ArticlesTable, alerting: Alerting, calls: Calls
) -> None:
    matches = [ring(name) for name in ("one", "two", "three")]
    assert alert(alerting) == [Alerted("peace", sent=3)]
    (subject,) = ear.heard()
    assert re.fullmatch(r"3 stories: Title (one|two|three) \| Peace", subject)
    body = json.loads(calls.of("sns:Publish")[0]["Message"])["email"]
    assert all(match.url in body for match in matches)
    assert len({row_of(articles, match).alert_id for match in matches}) == 1


def test_what_is_too_much_for_one_message_is_told_at_the_next_tick_longest_due_first(
    articles: ArticlesTable, ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    matches = [a_match(f"{SITE}/{number}") for number in range(MAX_ARTICLES_PER_NOTIFICATION + 3)]
    for number, match in enumerate(reversed(matches)):
        articles.add_match(match, NOW - timedelta(seconds=number))
    assert alert(alerting) == [Alerted("peace", sent=MAX_ARTICLES_PER_NOTIFICATION)]
    told = {match.article_id for match in matches[:MAX_ARTICLES_PER_NOTIFICATION]}
    assert told.isdisjoint(article_id for article_id, _ in articles.find_due(NOW, 100))
    clock.advance(minutes=1)
    assert alert(alerting) == [Alerted("peace", sent=3)]
    assert len(ear.heard()) == 2


def test_where_nothing_is_due_nothing_is_sent(alerting: Alerting, calls: Calls) -> None:
    assert alert(alerting) == []
    assert calls.names() == ["dynamodb:Query"]


def test_a_match_is_not_told_before_it_is_due(
    articles: ArticlesTable, ear: Ear, alerting: Alerting, clock: Clock
) -> None:
    articles.add_match(a_match(), NOW + timedelta(minutes=1))
    alert(alerting)
    assert ear.heard() == []
    clock.advance(minutes=1)
    alert(alerting)
    assert len(ear.heard()) == 1


def test_what_was_told_is_not_told_again(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, clock: Clock
) -> None:
    ring()
    alert(alerting)
    clock.advance(days=1)
    assert alert(alerting) == []
    assert len(ear.heard()) == 1


def test_a_silent_match_never_rings(
    articles: ArticlesTable, ear: Ear, alerting: Alerting, clock: Clock
) -> None:
    articles.add_match(a_match(), None)
    clock.advance(days=365)
    assert alert(alerting) == []
    assert ear.heard() == []
    assert row_of(articles, a_match()).status is MatchStatus.SILENT


@pytest.mark.parametrize("call", range(1, 5))
def test_two_alerts_at_once_tell_each_match_once(
    call: int,
    ring: Callable[..., Match],
    articles: ArticlesTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
) -> None:
    matches = [ring("one"), ring("two")]
    told: list[Alerted] = []
    # Before the first run looks for the topic, claims one, claims the other, and publishes.
    calls.before(None, lambda: told.extend(alert(alerting)), nth=call + 1)
    told += alert(alerting)
    assert sum(each.sent for each in told) == 2
    messages = 2 if call == 3 else 1  # each run had claimed one
    assert len(ear.heard()) == messages
    assert {row_of(articles, match).status for match in matches} == {MatchStatus.SENT}


def test_a_match_that_another_run_has_leased_is_left_to_it(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    ring()

    def other_run() -> None:
        calls.before("sns:Publish", crash)
        with pytest.raises(Crash):
            alert(alerting)

    calls.before("dynamodb:UpdateItem", other_run)  # both runs have found the match due
    assert alert(alerting) == [Alerted("peace")]
    assert ear.heard() == []
    clock.now = NOW + LEASE
    assert alert(alerting) == [Alerted("peace", sent=1)]


def test_a_crash_after_the_claim_tells_when_the_lease_ends(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    ring()
    calls.before("sns:Publish", crash)
    with pytest.raises(Crash):
        alert(alerting)
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert alert(alerting) == []
    clock.now = NOW + LEASE
    assert alert(alerting) == [Alerted("peace", sent=1)]
    assert len(ear.heard()) == 1


def test_only_a_crash_right_after_publishing_tells_twice_and_then_never_again(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    ring()
    calls.after("sns:Publish", crash)
    with pytest.raises(Crash):
        alert(alerting)
    clock.now = NOW + LEASE
    alert(alerting)
    clock.advance(days=1)
    alert(alerting)
    assert len(ear.heard()) == 2


def test_a_crash_between_two_marks_tells_only_the_unmarked_match_again(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    ring("one")
    ring("two")
    calls.before("dynamodb:UpdateItem", crash, nth=4)  # two claims, one mark
    with pytest.raises(Crash):
        alert(alerting)
    clock.now = NOW + LEASE
    assert alert(alerting) == [Alerted("peace", sent=1)]
    first, second = ear.heard()
    assert [each.startswith("2 stories: ") for each in (first, second)] == [True, False]


def test_a_run_that_outlives_its_lease_does_not_end_the_match_of_its_successor(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
) -> None:
    match = ring()

    def successor() -> None:
        clock.now = NOW + LEASE
        calls.before("sns:Publish", crash)
        with pytest.raises(Crash):
            alert(alerting)

    calls.after("sns:Publish", successor)
    alert(alerting)
    row = row_of(articles, match)
    assert (row.status, row.attempts) == (MatchStatus.SENDING, 2)


def test_a_claim_whose_answer_was_lost_is_still_the_runs_own(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match = ring()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    calls.lose_answer("dynamodb:UpdateItem")
    assert alert(alerting) == [Alerted("peace", sent=1)]
    assert len(ear.heard()) == 1
    row = row_of(articles, match)
    assert (row.status, row.attempts) == (MatchStatus.SENT, 1)


def test_a_publish_whose_answer_was_lost_is_not_repeated_by_the_sdk(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match = ring()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    calls.lose_answer("sns:Publish")
    (told,) = alert(alerting)
    assert (told.sent, told.deferred, told.reason) == (0, 1, "ReadTimeoutError")
    assert len(ear.heard()) == 1
    assert row_of(articles, match).status is MatchStatus.SENDING


def test_a_message_that_sns_refuses_fails_with_the_reason_and_is_not_tried_again(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    in_force: dict[str, str],
    sns_topics: SnsTopics,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
) -> None:
    match = ring()
    sns_topics.remove(in_force["peace"])
    assert alert(alerting) == [Alerted("peace", failed=1, reason="SNS refused: NotFound")]
    row = row_of(articles, match)
    assert (row.status, row.reason) == (MatchStatus.FAILED, "SNS refused: NotFound")
    clock.advance(days=1)
    assert alert(alerting) == []
    assert len(calls.of("sns:Publish")) == 1


class ThrottledSns:
    def __init__(self, sns: Any, throttled_arn: str) -> None:
        self._sns, self._arn = sns, throttled_arn
        self.throttled = True

    def publish(self, **arguments: Any) -> Any:
        if self.throttled and arguments["TopicArn"] == self._arn:
            raise ClientError({"Error": {"Code": "Throttling"}}, "Publish")
        return self._sns.publish(**arguments)


@pytest.fixture
def throttled(stack: Stack, in_force: dict[str, str]) -> ThrottledSns:
    """SNS that will not take any more of the topic peace."""
    return ThrottledSns(stack.client("sns"), in_force["peace"])


def test_a_message_that_sns_may_take_later_is_due_again_after_the_lease(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    throttled: ThrottledSns,
    ear: Ear,
    alerting: Alerting,
    clock: Clock,
) -> None:
    match = ring()
    outside = replace(alerting, publisher=Publisher(throttled))
    assert alert(outside) == [Alerted("peace", deferred=1, reason="Throttling")]
    assert row_of(articles, match).status is MatchStatus.SENDING
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert alert(outside) == []
    clock.now = NOW + LEASE
    throttled.throttled = False
    assert alert(outside) == [Alerted("peace", sent=1)]
    assert len(ear.heard()) == 1
    assert row_of(articles, match).attempts == 2


def test_a_message_that_sns_never_takes_is_given_up_after_so_many_attempts(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    throttled: ThrottledSns,
    alerting: Alerting,
    clock: Clock,
) -> None:
    match = ring()
    outside = replace(alerting, publisher=Publisher(throttled))
    for _ in range(MAX_ATTEMPTS):
        assert alert(outside) == [Alerted("peace", deferred=1, reason="Throttling")]
        clock.now += LEASE
    reason = f"{MAX_ATTEMPTS} attempts failed"
    assert alert(outside) == [Alerted("peace", failed=1, reason=reason)]
    row = row_of(articles, match)
    assert (row.status, row.reason) == (MatchStatus.FAILED, reason)
    clock.advance(days=1)
    assert alert(outside) == []


def test_giving_up_on_an_old_match_does_not_hold_back_a_new_one(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    throttled: ThrottledSns,
    ear: Ear,
    alerting: Alerting,
    clock: Clock,
) -> None:
    old = ring("old")
    outside = replace(alerting, publisher=Publisher(throttled))
    for _ in range(MAX_ATTEMPTS):
        alert(outside)
        clock.now += LEASE
    new = ring("new")
    throttled.throttled = False
    (told,) = alert(outside)
    assert (told.sent, told.failed) == (1, 1)
    assert ear.heard() == ["Title new | Harbour Post | Peace"]
    assert row_of(articles, old).status is MatchStatus.FAILED
    assert row_of(articles, new).status is MatchStatus.SENT


def test_a_match_of_a_topic_that_was_removed_fails_and_says_so(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    topics: TopicsTable,
    ear: Ear,
    alerting: Alerting,
    clock: Clock,
) -> None:
    match = ring()
    topics.remove("peace")
    assert alert(alerting) == [Alerted("peace", failed=1, reason="the topic was removed")]
    row = row_of(articles, match)
    assert (row.status, row.reason) == (MatchStatus.FAILED, "the topic was removed")
    clock.advance(days=1)
    assert alert(alerting) == []
    assert ear.heard() == []


@pytest.mark.parametrize("failure", ["throttled", "refused", "removed"])
def test_one_topics_failure_stops_no_other(
    failure: str,
    ring: Callable[..., Match],
    in_force: dict[str, str],
    sns_topics: SnsTopics,
    topics: TopicsTable,
    throttled: ThrottledSns,
    ear: Ear,
    alerting: Alerting,
) -> None:
    ring("one", topic="peace")
    ring("two", topic="harbour")
    throttled.throttled = failure == "throttled"
    if failure == "refused":
        sns_topics.remove(in_force["peace"])
    if failure == "removed":
        topics.remove("peace")
    told = {
        each.topic_id: each for each in alert(replace(alerting, publisher=Publisher(throttled)))
    }
    assert told["harbour"] == Alerted("harbour", sent=1)
    assert (told["peace"].sent, bool(told["peace"].reason)) == (0, True)
    assert ear.heard() == ["Title two | Harbour Post | Harbour"]
