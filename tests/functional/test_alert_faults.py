"""The real tables, and what goes wrong on the way to them: throttles, lost answers, crashes, other
workers at every request. What tests/unit/test_alert_faults.py shows of the fake holds on moto."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from moto.core.models import botocore_stubber

from tests.builders import NOW, SITE, a_match, a_topic
from tests.faults.injector import (
    AFFECTED,
    CRASHES,
    LET_OTHERS,
    Crash,
    Dice,
    Fault,
    Injector,
    Publication,
    ServiceFailed,
)
from tests.faults.news import News, Poison, make_news
from tests.faults.oracle import Verdict, judge
from tests.faults.outside import FakePages, TitleMatcher
from tests.faults.world import OF_ALERTING, OF_INGESTING, World
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import CachedSession, PutTopics
from tests.functional.stack import Stack
from tocsin import wiring
from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.sns import SnsTopics
from tocsin.errors import PublishRefused
from tocsin.model.alerts import AlertKey, AlertStatus
from tocsin.model.lines import Line
from tocsin.model.matches import Note
from tocsin.model.topics import TopicRow
from tocsin.model.values import to_instant
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import LEASE, Alerting
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.rehearsal.rows import Row

ARTICLES, SEEDS = 100, (11, 12, 13)  # 300 in all: moto takes a hundred times as long as the fakes


class NotedAlerts:
    """The alerts' table; keeps for the oracle who claimed and marked what."""

    def __init__(self, table: AlertsTable, injector: Injector) -> None:
        self._table, self._injector = table, injector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def claim(self, key: AlertKey, *args: Any) -> Any:
        row = self._table.claim(key, *args)
        if row is not None:
            self._injector.trace.claimed[key, self._injector.worker] = self._injector.calls
        return row

    def mark_sent(self, key: AlertKey, *args: Any) -> bool:
        at = (key, self._injector.worker)
        try:
            marked = self._table.mark_sent(key, *args)
        except Exception:
            self._injector.trace.unmarked.add(at)
            raise
        if marked:
            self._injector.trace.marked[at] = self._injector.calls
        return marked


class MotoWorld(World):
    """The world with its tables in moto; the queue is the fake. Faults meet requests."""

    def use(self, ingesting: Ingesting, alerting: Alerting, stack: Stack) -> None:
        self.stack, self.active = stack, list[Injector]()
        self.publishing: tuple[AlertKey, ...] = ()
        self.ingesting = replace(
            ingesting,
            jobs=self.queue,
            web=FakePages(self.news),
            topics=TitleMatcher(self.news),
            clock=self.clock,
        )
        self._publisher = alerting.publisher
        self.alerting = replace(
            alerting,
            alerts=NotedAlerts(alerting.alerts, self.alert_injector),
            publisher=self,
            clock=self.clock,
            pause=self.clock.sleep,
            jitter=self.jitter,
            sms_segments=self.news.sms_segments,
            render=self.alerting.render,
        )
        for injector in (self.ingest_injector, self.alert_injector):
            injector.failures = (ServiceFailed, ClientError, BotoCoreError)

    def publish(self, sns_topic_arn: str, notification: Any) -> str:
        self.publishing = self.said[notification.id]
        if any(self.news.of[key.pk[2:]].poison is Poison.REFUSED for key in self.publishing):
            raise PublishRefused("InvalidParameter")
        return self._publisher.publish(sns_topic_arn, notification)

    def _tick(self) -> None:
        self.active.append(self.alert_injector)
        try:
            super()._tick()
        finally:
            self.active.pop()

    def _ingest(self, message: Any) -> bool:
        self.active.append(self.ingest_injector)
        try:
            return super()._ingest(message)
        finally:
            self.active.pop()

    def meet(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        """Before a request is sent. An answer from here is the request's; None lets it go on."""
        if not self.active:
            return None
        injector, keys = self.active[-1], self.publishing  # before others publish
        injector.calls += 1
        fault = injector._take() if injector.calls >= injector._due else None
        if fault in LET_OTHERS:
            injector._let_others(fault)
        if fault in (Fault.THROTTLE, Fault.ERROR):
            return _refusal(event_name, request, fault)
        if fault is Fault.CRASH_BEFORE:
            raise Crash
        if event_name.endswith("sns.Publish"):
            made = Publication(keys, injector.worker, injector.calls, fault in AFFECTED)
            injector.trace.publications.append(made)
        if fault in AFFECTED:
            botocore_stubber(event_name, request)
            if fault in CRASHES:
                raise Crash
            raise ReadTimeoutError(endpoint_url=request.url)
        return None

    def next_at(self) -> datetime | None:
        times = [self.queue.next_at(), self._next_due("match"), self._next_due("alert")]
        return min((at for at in times if at is not None), default=None)

    def _next_due(self, partition: str) -> datetime | None:
        (first,) = self.stack.client("dynamodb").query(
            TableName=self.stack.ref("ArticlesTable"),
            IndexName="due",
            KeyConditionExpression="due_partition = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            Limit=1,
        )["Items"] or [None]
        return to_instant(first["due_at"]["S"]) if first else None

    def verdict(self) -> Verdict:
        """Of what is stored."""
        items = self.stack.items("ArticlesTable")
        known = {item["pk"][2:] for item in items if item["sk"] == "META"}
        return judge(
            SimpleNamespace(  # type: ignore[arg-type]
                news=self.news,
                articles=SimpleNamespace(known=known, matches=_table(items, "M#")),
                alerts=SimpleNamespace(alerts=_table(items, "L#")),
                queue=self.queue,
                clock=self.clock,
                alert_injector=self.alert_injector,
            )
        )


def _table(items: list[dict[str, Any]], prefix: str) -> SimpleNamespace:
    rows = {AlertKey(i["pk"], i["sk"]): _row(i) for i in items if i["sk"].startswith(prefix)}
    return SimpleNamespace(table=SimpleNamespace(rows=rows))


def _row(item: dict[str, Any]) -> Row:
    history = tuple(Note.model_validate(note) for note in item.get("history", ()))
    return Row(None, item["status"], item.get("due_partition", ""), history=history)


_REFUSALS = {
    "dynamodb": '{"__type": "%s", "message": "injected"}',
    "sns": "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code></Error></ErrorResponse>",
    "s3": "<Error><Code>%s</Code><Message>injected</Message></Error>",
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def _refusal(event_name: str, request: Any, fault: Fault) -> AWSResponse:
    code, status = ("ThrottlingException", 400) if fault is Fault.THROTTLE else ("Internal", 500)
    body = _REFUSALS[event_name.split(".")[1]] % code
    return AWSResponse(request.url, status, {}, _Raw(body.encode()))


@pytest.fixture(params=SEEDS)
def news(request: pytest.FixtureRequest) -> News:
    """A row that nobody can read has a test of its own, in test_alert.py."""
    made = make_news(ARTICLES, seed=request.param)
    pieces = tuple(
        replace(each, poison=Poison.REFUSED) if each.poison is Poison.CORRUPT else each
        for each in made.pieces
    )
    return replace(made, pieces=pieces, of={})


@pytest.fixture
def world(
    news: News,
    stack: Stack,
    sns_topics: SnsTopics,
    alerting: Alerting,
    aws_session: CachedSession,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MotoWorld]:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    rng = random.Random(5)
    made = MotoWorld(
        news,
        Dice(rng, OF_INGESTING),
        Dice(rng, OF_ALERTING),
        rng.shuffle,
        lambda: rng.random() < 0.05,
        rng.random,
    )
    made.topics.rows = {row.topic.id: _heard(row, sns_topics) for row in news.topics}
    for name, value in stack.environment("IngestFunction").items():
        monkeypatch.setenv(name, value)
    made.use(wiring.ingesting(), replace(alerting, topics=made.topics), stack)
    # Each client has handlers of its own, and all that the stages use are made by now.
    clients = [*aws_session.clients.values()]
    for each in clients:
        each.meta.events.register_first("before-send", made.meet)
    yield made
    for each in clients:
        each.meta.events.unregister("before-send", made.meet)


def _heard(row: TopicRow, sns_topics: SnsTopics) -> TopicRow:
    """With `sns_topic`s that are there."""
    arns = {key: sns_topics.make(row.topic.id, Line.of_key(key)) for key in row.sns_topic_arns}
    return row.model_copy(update={"sns_topic_arns": arns})


def test_on_the_real_tables_too_nothing_is_lost_unsent_or_told_twice_without_a_reason(
    world: MotoWorld,
) -> None:
    world.run()
    verdict = world.verdict()
    assert verdict.wrong == []
    assert (verdict.lost, verdict.unsent, verdict.told_twice) == (0, 0, 0)
    assert verdict.extra == verdict.extra_explained
    assert verdict.poison == verdict.poison_in_dlq > 0
    assert verdict.good_in_dlq == 0
    # Nothing else would show anything.
    assert verdict.alerts > 30
    assert len(world.alert_injector.trace.faults) >= 4


# ── what the worlds found ──


@pytest.fixture
def two(articles: ArticlesTable, put_topics: PutTopics) -> list[Any]:
    """Alerts that go out in one message."""
    put_topics(a_topic())
    matches = [a_match(f"{SITE}/news/{name}") for name in ("one", "two")]
    for match in matches:
        articles.add_match(match, NOW)
    return matches


def test_an_alert_that_cannot_be_marked_leaves_no_other_of_its_message_unmarked(
    two: list[Any], alerts: AlertsTable, alerting: Alerting, clock: Clock, calls: Calls
) -> None:
    table, failed = alerting.alerts, list[AlertKey]()

    def once(key: AlertKey, *args: Any) -> bool:
        if not failed:
            failed.append(key)
            raise BotoCoreError
        return table.mark_sent(key, *args)

    noted = NotedAlerts(table, Injector(Dice(random.Random(0), {})))  # type: ignore[arg-type]
    noted.mark_sent = once  # type: ignore[method-assign]
    alert(replace(alerting, alerts=noted))
    ended = {row.status for match in two for row in alerts.alerts_of(match.article_id)}
    assert ended == {AlertStatus.SENDING, AlertStatus.SENT}
    clock.advance(seconds=LEASE.total_seconds())
    done = alert(alerting)
    assert [each.alerts for each in done.told] == [1]
    assert len(calls.of("sns:Publish")) == 2


def test_each_lease_begins_when_it_is_asked_for(
    two: list[Any],
    alerts: AlertsTable,
    alerting: Alerting,
    clock: Clock,
    calls: Calls,
    crash_at_publish: Callable[[], None],
) -> None:
    """However long the leases before it took."""
    claim = alerting.alerts.claim

    def slow(*args: Any) -> Any:
        row = claim(*args)
        clock.advance(seconds=100)
        return row

    noted = NotedAlerts(alerting.alerts, Injector(Dice(random.Random(0), {})))  # type: ignore[arg-type]
    noted.claim = slow  # type: ignore[method-assign]
    crash_at_publish()
    with pytest.raises(Crash):
        alert(replace(alerting, alerts=noted))
    rows = [row for match in two for row in alerts.alerts_of(match.article_id)]
    ends = sorted(row.due_at for row in rows if row.due_at)
    assert ends[1] - ends[0] == timedelta(seconds=100)


@pytest.fixture
def crash_at_publish(calls: Calls) -> Callable[[], None]:
    def crash() -> None:
        raise Crash

    return lambda: calls.before("sns:Publish", crash)
