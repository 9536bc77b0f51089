"""alert: matches that are due become alerts, and alerts one SNS message a line of a topic."""

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
from tocsin.alerts.pacing import MAX_ATTEMPTS
from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.sns import Publisher, SnsTopics
from tocsin.aws.topics_table import TopicsTable
from tocsin.model.alerts import AlertRow, AlertStatus
from tocsin.model.matches import Match, MatchRow, MatchStatus
from tocsin.pipeline.alert import Alerted, alert
from tocsin.pipeline.alerting import LEASE, MAX_CRASHES, Alerting, Outcome
from tocsin.pipeline.send import MAX_ALERTS_PER_NOTIFICATION

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


def alert_of(alerts: AlertsTable, match: Match) -> AlertRow:
    """The only one of its topic."""
    rows = alerts.alerts_of(match.article_id)
    (row,) = [row for row in rows if row.alert.topic_id == match.topic_id]
    return row


def decided(done: Alerted) -> dict[str, int]:
    """Matches by how they ended."""
    outcomes = [each.outcome.value for each in done.decided]
    return {each: outcomes.count(each) for each in outcomes}


def told(done: Alerted) -> dict[str, int]:
    """Alerts by how they ended."""
    sums: dict[str, int] = {}
    for each in done.told:
        sums[each.outcome.value] = sums.get(each.outcome.value, 0) + each.alerts
    return sums


def test_a_due_match_becomes_an_alert_that_is_sent_in_the_same_run(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    alerts: AlertsTable,
    ear: Ear,
    alerting: Alerting,
) -> None:
    match = ring()
    done = alert(alerting)
    assert (decided(done), told(done)) == ({"alerted": 1}, {"sent": 1})
    assert ear.heard() == ["Title one | Harbour Post | Peace"]
    row, sent = row_of(articles, match), alert_of(alerts, match)
    assert (row.status, row.attempts) == (MatchStatus.ALERTED, 1)
    assert row.alert_id == f"{match.article_id}.peace"
    assert (sent.status, sent.attempts) == (AlertStatus.SENT, 1)
    assert [note.outcome for note in sent.history] == ["held", "sent"]
    assert sent.notification_id
    assert sent.message_id


def test_a_message_has_a_body_of_its_own_for_each_kind_of_screen(
    ring: Callable[..., Match], alerting: Alerting, calls: Calls
) -> None:
    match = ring(published_at=NOW)
    alert(alerting)
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
    assert published["Subject"] == f"{match.title} | Harbour Post | Peace"


def test_a_message_says_in_attributes_what_subscriptions_can_filter_by(
    ring: Callable[..., Match], alerting: Alerting, calls: Calls
) -> None:
    match = ring(language="en", story_id="5" * 24)
    alert(alerting)
    attributes = calls.of("sns:Publish")[0]["MessageAttributes"]
    assert {name: each["StringValue"] for name, each in attributes.items()} == {
        "topic": "peace",
        "cadence": "instant",
        "severity": "normal",
        "language": "en",
        "publisher": "Harbour Post",
        "story_id": "5" * 24,
        "alert_id": f"{match.article_id}.peace.instant.0",
    }


def test_each_topic_gets_a_message_of_its_own_through_its_own_sns_topic(
    ring: Callable[..., Match], in_force: dict[str, str], alerting: Alerting, calls: Calls
) -> None:
    ring(topic="peace")
    ring(topic="harbour")
    assert told(alert(alerting)) == {"sent": 2}
    arns = {
        each["MessageAttributes"]["topic"]["StringValue"]: each["TopicArn"]
        for each in calls.of("sns:Publish")
    }
    assert arns == in_force


def test_several_matches_of_a_topic_are_told_in_one_message(
    ring: Callable[..., Match], ear: Ear, alerts: AlertsTable, alerting: Alerting, calls: Calls
) -> None:
    matches = [ring(name) for name in ("one", "two", "three")]
    assert told(alert(alerting)) == {"sent": 3}
    (subject,) = ear.heard()
    assert re.fullmatch(r"3 stories: Title (one|two|three) \| Peace", subject)
    body = json.loads(calls.of("sns:Publish")[0]["Message"])["email"]
    assert all(match.url in body for match in matches)
    assert len({alert_of(alerts, match).notification_id for match in matches}) == 1


def test_what_is_too_much_for_one_message_is_told_at_the_next_tick(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, clock: Clock
) -> None:
    for number in range(MAX_ALERTS_PER_NOTIFICATION + 3):
        ring(str(number))
    assert told(alert(alerting)) == {"sent": MAX_ALERTS_PER_NOTIFICATION}
    clock.advance(minutes=1)
    assert told(alert(alerting)) == {"sent": 3}
    assert len(ear.heard()) == 2


def test_where_nothing_is_due_nothing_is_sent(alerting: Alerting, calls: Calls) -> None:
    alert(alerting)  # of the hour, how busy topics are
    calls.reset()
    assert alert(alerting) == Alerted()
    assert calls.names() == ["dynamodb:Query", "dynamodb:Query", "dynamodb:GetItem"]


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
    assert alert(alerting) == Alerted()
    assert len(ear.heard()) == 1


def test_a_silent_match_never_rings(
    articles: ArticlesTable, ear: Ear, alerting: Alerting, clock: Clock
) -> None:
    articles.add_match(a_match(), None)
    clock.advance(days=365)
    assert alert(alerting) == Alerted()
    assert ear.heard() == []
    assert row_of(articles, a_match()).status is MatchStatus.SILENT


# ── two runs at once, crashes, lost answers ──

# With one match and one alert: find, claim, topic, bell (place, claim), add, rung, end; find,
# claim, story, pace (read, write), publish, sent; four for the hour's volume.
CALLS_OF_A_RUN = 19


def test_a_run_makes_as_many_calls_as_are_interrupted_below(
    ring: Callable[..., Match], alerting: Alerting, calls: Calls
) -> None:
    ring(story_id="5" * 24)
    calls.reset()
    alert(alerting)
    assert len(calls.names()) == CALLS_OF_A_RUN


@pytest.mark.parametrize("call", range(1, CALLS_OF_A_RUN + 1))
def test_a_crash_after_any_call_is_made_up_for_and_only_one_after_publishing_tells_twice(
    call: int,
    ring: Callable[..., Match],
    articles: ArticlesTable,
    alerts: AlertsTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
) -> None:
    match = ring(story_id="5" * 24)
    calls.reset()
    calls.after(None, crash, nth=call)
    with pytest.raises(Crash):
        alert(alerting)
    told_unmarked = calls.names()[-1] == "sns:Publish"
    for _ in range(2):
        clock.now += LEASE
        alert(alerting)
    assert len(ear.heard()) == (2 if told_unmarked else 1)
    assert row_of(articles, match).status is MatchStatus.ALERTED
    assert alert_of(alerts, match).status is AlertStatus.SENT


@pytest.mark.parametrize("call", range(1, CALLS_OF_A_RUN + 1))
def test_two_runs_at_once_tell_each_match_once(
    call: int,
    ring: Callable[..., Match],
    alerts: AlertsTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
) -> None:
    matches = [ring("one", story_id="5" * 24), ring("two", story_id="6" * 24)]
    calls.reset()
    calls.before(None, lambda: alert(alerting), nth=call)
    alert(alerting)
    clock.now += LEASE
    alert(alerting)
    heard = ear.heard()
    assert sum(subject.startswith(("Title one", "2 stories")) for subject in heard) == 1
    assert len(heard) <= 2
    assert {alert_of(alerts, match).status for match in matches} == {AlertStatus.SENT}
    assert {len(alert_of(alerts, match).history) for match in matches} == {2}


@pytest.mark.parametrize(
    "name", ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query"]
)
def test_an_answer_of_a_table_that_was_lost_changes_nothing(
    name: str,
    ring: Callable[..., Match],
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    calls.lose_answer(name)
    alert(alerting)
    clock.now += LEASE
    alert(alerting)
    assert len(ear.heard()) == 1


def test_a_claim_whose_answer_was_lost_is_still_the_runs_own(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    alerting: Alerting,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match = ring()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    calls.lose_answer("dynamodb:UpdateItem")
    assert decided(alert(alerting)) == {"alerted": 1}
    assert row_of(articles, match).attempts == 1


def test_an_alert_that_another_run_has_leased_is_left_to_it(
    ring: Callable[..., Match], ear: Ear, alerting: Alerting, calls: Calls, clock: Clock
) -> None:
    ring()
    calls.before("sns:Publish", crash)
    with pytest.raises(Crash):
        alert(alerting)
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert alert(alerting) == Alerted()
    clock.now = NOW + LEASE + timedelta(seconds=1)
    assert told(alert(alerting)) == {"sent": 1}
    assert len(ear.heard()) == 1


def test_a_run_that_outlives_its_lease_does_not_end_the_alert_of_its_successor(
    ring: Callable[..., Match],
    alerts: AlertsTable,
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
    row = alert_of(alerts, match)
    assert (row.status, row.attempts) == (AlertStatus.SENDING, 2)


def test_a_publish_whose_answer_was_lost_is_not_repeated_by_the_sdk_and_backs_off(
    ring: Callable[..., Match],
    alerts: AlertsTable,
    ear: Ear,
    alerting: Alerting,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match = ring()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    calls.lose_answer("sns:Publish")
    assert told(alert(alerting)) == {"held": 1}
    assert len(ear.heard()) == 1
    row = alert_of(alerts, match)
    assert (row.status, row.reason, row.attempts) == (AlertStatus.HELD, "ReadTimeoutError", 1)


# ── what SNS does not take ──


def test_a_line_whose_sns_topic_is_gone_fails_with_the_reason_and_can_be_put_back(
    ring: Callable[..., Match],
    alerts: AlertsTable,
    in_force: dict[str, str],
    sns_topics: SnsTopics,
    put_topics: PutTopics,
    alerting: Alerting,
    calls: Calls,
    clock: Clock,
) -> None:
    matches = [ring("one"), ring("two")]
    sns_topics.remove(in_force["peace"])
    assert told(alert(alerting)) == {"failed": 2}
    assert len(calls.of("sns:Publish")) == 1
    clock.advance(days=1)
    assert alert(alerting) == Alerted()
    failed = alerts.failed(10)
    assert {each.reason for each in failed} == {"SNS refused: NotFound"}
    assert {each.title for each in failed} == {match.title for match in matches}
    put_topics(PEACE)
    assert [alerts.redrive(each, clock.now) for each in failed] == [True, True]
    assert not alerts.redrive(failed[0], clock.now)
    assert told(alert(alerting)) == {"sent": 2}
    assert alerts.failed(10) == []
    outcomes = [note.outcome for note in alert_of(alerts, matches[0]).history]
    assert outcomes == ["held", "failed", "redriven", "sent"]


class Sns:
    """SNS that will not take some messages."""

    def __init__(self, sns: Any) -> None:
        self._sns = sns
        self.throttled_arn = ""
        self.refused_word = ""

    def publish(self, **arguments: Any) -> Any:
        if self.throttled_arn == arguments["TopicArn"]:
            raise ClientError({"Error": {"Code": "Throttling"}}, "Publish")
        if self.refused_word and self.refused_word in arguments["Message"]:
            raise ClientError({"Error": {"Code": "InvalidParameter"}}, "Publish")
        return self._sns.publish(**arguments)


@pytest.fixture
def sns(stack: Stack) -> Sns:
    return Sns(stack.client("sns"))


@pytest.fixture
def choosy(alerting: Alerting, sns: Sns) -> Alerting:
    """Without jitter: back-offs are as long as they get."""
    return replace(alerting, publisher=Publisher(sns, "0.10"), jitter=lambda: 1.0)


def test_one_alert_that_sns_refuses_fails_alone_and_the_others_are_told(
    ring: Callable[..., Match], alerts: AlertsTable, choosy: Alerting, sns: Sns, ear: Ear
) -> None:
    names = ["one", "two", "poison", "four", "five", "six"]
    matches = {name: ring(name) for name in names}
    sns.refused_word = "Title poison"
    assert told(alert(choosy)) == {"sent": 5, "failed": 1}
    row = alert_of(alerts, matches["poison"])
    assert (row.status, row.reason) == (AlertStatus.FAILED, "SNS refused: InvalidParameter")
    assert all(matches[name].title for name in names)
    assert 1 < len(ear.heard()) <= 4


def test_a_message_that_sns_may_take_later_backs_off_longer_each_time(
    ring: Callable[..., Match],
    in_force: dict[str, str],
    alerts: AlertsTable,
    choosy: Alerting,
    sns: Sns,
    ear: Ear,
    clock: Clock,
) -> None:
    match = ring()
    sns.throttled_arn = in_force["peace"]
    for attempt, minutes in enumerate((1, 2, 4), start=1):
        assert told(alert(choosy)) == {"held": 1}
        row = alert_of(alerts, match)
        assert (row.status, row.reason) == (AlertStatus.HELD, "Throttling")
        assert (row.attempts, row.due_at) == (attempt, clock.now + timedelta(minutes=minutes))
        clock.advance(minutes=minutes, seconds=-1)
        assert alert(choosy) == Alerted()
        clock.advance(seconds=1)
    sns.throttled_arn = ""
    assert told(alert(choosy)) == {"sent": 1}
    assert len(ear.heard()) == 1


def test_a_message_that_sns_never_takes_is_given_up_after_so_many_attempts(
    ring: Callable[..., Match],
    in_force: dict[str, str],
    alerts: AlertsTable,
    choosy: Alerting,
    sns: Sns,
    ear: Ear,
    clock: Clock,
) -> None:
    match = ring()
    sns.throttled_arn = in_force["peace"]
    for _ in range(MAX_ATTEMPTS):
        assert told(alert(choosy)) == {"held": 1}
        clock.advance(hours=1)
    new = ring("new")
    sns.throttled_arn = ""
    assert told(alert(choosy)) == {"failed": 1, "sent": 1}
    reason = f"{MAX_ATTEMPTS} attempts failed; the last: Throttling"
    assert alert_of(alerts, match).reason == reason
    assert alert_of(alerts, new).status is AlertStatus.SENT
    assert ear.heard() == ["Title new | Harbour Post | Peace"]


def test_a_match_whose_decision_never_ends_is_given_up_with_its_reason(
    ring: Callable[..., Match],
    articles: ArticlesTable,
    alerts: AlertsTable,
    alerting: Alerting,
    ear: Ear,
    clock: Clock,
) -> None:
    match = ring(story_id="5" * 24)

    class Broken:
        """Of what the table does, only places cannot be had."""

        def __getattr__(self, name: str) -> Any:
            return getattr(alerting.stories, name)

        def find_place(self, article_id: str) -> None:
            raise RuntimeError("out of order")

    broken: Any = Broken()
    for attempt in range(1, MAX_CRASHES):
        (done,) = alert(replace(alerting, stories=broken)).decided
        assert (done.outcome, done.reason) == (Outcome.DEFERRED, "RuntimeError: out of order")
        assert row_of(articles, match).attempts == attempt
        clock.now += LEASE
    ring("two")
    done = alert(replace(alerting, stories=broken))
    assert decided(done) == {"failed": 1, "alerted": 1}
    assert ear.heard() == ["Title two | Harbour Post | Peace"]
    (failed,) = alerts.failed(10)
    assert (failed.reason, failed.attempts) == ("RuntimeError: out of order", MAX_CRASHES)
    assert alerts.redrive(failed, clock.now)
    assert decided(alert(alerting)) == {"alerted": 1}


def test_a_row_that_cannot_be_read_goes_to_the_failed_ones_and_stops_no_other(
    ring: Callable[..., Match], stack: Stack, alerts: AlertsTable, alerting: Alerting, ear: Ear
) -> None:
    match = ring("poison")
    stack.client("dynamodb").update_item(
        TableName=stack.ref("ArticlesTable"),
        Key={"pk": {"S": f"A#{match.article_id}"}, "sk": {"S": "M#peace"}},
        UpdateExpression="REMOVE excerpt",
    )
    ring("good")
    assert decided(alert(alerting)) == {"failed": 1, "alerted": 1}
    assert ear.heard() == ["Title good | Harbour Post | Peace"]
    (failed,) = alerts.failed(10)
    assert failed.title == "Title poison"
    assert "cannot be read" in failed.reason


@pytest.mark.parametrize("failure", ["throttled", "gone", "removed"])
def test_one_topics_failure_stops_no_other(
    failure: str,
    ring: Callable[..., Match],
    in_force: dict[str, str],
    sns_topics: SnsTopics,
    topics: TopicsTable,
    choosy: Alerting,
    sns: Sns,
    ear: Ear,
) -> None:
    ring("one", topic="peace")
    ring("two", topic="harbour")
    sns.throttled_arn = in_force["peace"] if failure == "throttled" else ""
    if failure == "gone":
        sns_topics.remove(in_force["peace"])
    if failure == "removed":
        topics.remove("peace")
    alert(choosy)
    assert ear.heard() == ["Title two | Harbour Post | Harbour"]


def test_an_alert_that_cannot_be_put_in_words_fails_alone(
    ring: Callable[..., Match], alerts: AlertsTable, alerting: Alerting, ear: Ear
) -> None:
    matches = [ring(name) for name in ("one", "poison", "three")]

    def choking(*arguments: Any) -> Any:
        if any("poison" in each.match.title for each in arguments[3]):
            raise ValueError("no words for it")
        return alerting.render(*arguments)

    assert told(alert(replace(alerting, render=choking))) == {"sent": 2, "failed": 1}
    assert alert_of(alerts, matches[1]).reason == "ValueError: no words for it"
    assert len(ear.heard()) == 2
