"""The real stages in a world of fakes, with faults at every call.

    jobs ─▶ FakeQueue ─▶ pipeline.dead_letters.tried ─▶ pipeline.ingest.take ─▶ FakeArticles
                                                                                     │
    every minute ─▶ pipeline.alert.alert ◀───────────────────────────────────────────┘

What only reads or makes texts stands in, because it takes longer than all the rest and touches
nothing outside: the words of a notification (`render`), the language of a title, the agency that a
text credits, the bytes of a batch, and the story of an article that is alone in it, whose place is
written and confirmed all the same. Articles that are the same go through the real `enter_story`,
their fingerprints kept from seed to seed.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any
from unittest.mock import patch

from tests.faults.articles import ALERTS, ARCHIVE, MATCHES, FakeAlerts, FakeArticles
from tests.faults.budgets import BUDGETS, FakeBudgets
from tests.faults.injector import Choice, Dice, Fault, Injector, Through
from tests.faults.news import MINUTE, News, Poison, later
from tests.faults.outside import (
    FakeBatches,
    FakeOperator,
    FakePages,
    FakePublisher,
    FakeStore,
    FakeTopics,
    ParserFault,
    TitleMatcher,
)
from tests.faults.queue import VISIBILITY, FakeQueue, Sent
from tests.faults.stories import STORIES, FakeStories
from tocsin.articles.languages import language_of
from tocsin.articles.urls import identity
from tocsin.errors import PublishFailed
from tocsin.jobs import IngestJob
from tocsin.model.alerts import Alert, AlertKey
from tocsin.model.articles import Article
from tocsin.model.lines import Line
from tocsin.model.notifications import Notification
from tocsin.model.stories import Member, Place, StoryState
from tocsin.model.topics import Topic
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import LEASE, Alerting
from tocsin.pipeline.dead_letters import Message, tried
from tocsin.pipeline.ingest import take
from tocsin.pipeline.ingesting import Ingested, Ingesting
from tocsin.pipeline.rehearsal.clock import Clock
from tocsin.pipeline.story import InStory, enter_story
from tocsin.stories.fingerprint import Fingerprint
from tocsin.stories.reading import fingerprint_of

# Chances a call. A worker of the alert stage makes hundreds of calls a minute, and its leases give
# a match six tries; a message has three, and a worker a few dozen calls for it.
ERRORS = {Fault.THROTTLE: 0.03, Fault.ERROR: 0.01}
OF_ALERTING = ERRORS | {
    Fault.LOST: 0.01,
    Fault.CRASH_BEFORE: 0.001,
    Fault.CRASH_AFTER: 0.001,
    Fault.OTHERS: 0.002,
    Fault.FREEZE: 0.0005,
}
OF_INGESTING = ERRORS | {
    Fault.LOST: 0.01,
    Fault.CRASH_BEFORE: 0.0002,
    Fault.CRASH_AFTER: 0.0002,
    Fault.OTHERS: 0.0005,
    Fault.FREEZE: 0.0002,
}
# Nothing that hides whether a call had its effect, and nothing that outlasts the SDK's retries.
CALM, CALM_APART = {Fault.THROTTLE: 0.09, Fault.ERROR: 0.03}, 2
DUPLICATES = 0.05  # of messages that SQS hands over twice
MOST_MINUTES = 4_000  # of a world that does not come to rest


@dataclass
class World:
    """`choices` are faults of ingesting and of alerting; `shuffle` orders messages."""

    news: News
    ingest_choice: Choice
    alert_choice: Choice
    shuffle: Callable[[list[Any]], None] = lambda items: None
    is_double: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = lambda: 0.5
    minutes: int = 0
    said: dict[str, tuple[AlertKey, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        news = self.news
        self.clock = Clock(news.begin)
        self.ingest_injector = Injector(self.ingest_choice)
        self.alert_injector = Injector(self.alert_choice)
        self.articles = FakeArticles()
        poisoned = [each for each in news.pieces if each.poison is Poison.CORRUPT]
        self.articles.corrupt = {(each.id, t) for each in poisoned for t in each.topics}
        self.alerts = FakeAlerts(self.alert_injector)
        self.stories = FakeStories()
        self.budgets = FakeBudgets()
        self.topics = FakeTopics(news.topics)
        self.queue = FakeQueue(self.clock, self.shuffle)
        self._ids = 0
        self.ingesting = self._make_ingesting()
        self.alerting = self._make_alerting()
        self.alert_injector.others = self._tick
        self.alert_injector.freeze = lambda: self.clock.sleep((LEASE * 1.25).total_seconds())

    def _make_ingesting(self) -> Ingesting:
        news, injector = self.news, self.ingest_injector
        self._delete = injector.through("delete", self.queue.delete)
        self._dead = Through(injector, DeadQueue(self.queue), ("add",))
        return Ingesting(
            archive=Through(injector, self.articles, ARCHIVE[:4]),
            store=Through(injector, FakeStore(), ("put_article",)),
            batches=Through(injector, FakeBatches(), ("add",)),
            stories=Through(injector, self.stories, STORIES),
            jobs=Through(injector, self.queue, ("send",)),
            web=FakePages(news),
            topics=TitleMatcher(news),
            clock=self.clock,
        )

    def _make_alerting(self) -> Alerting:
        injector = self.alert_injector
        publisher = FakePublisher(self.news, self.said, injector)
        made = Through(injector, publisher, ())
        made.publish = injector.through("publish", publisher.publish, 1, PublishFailed)
        return Alerting(
            matches=Through(injector, self.articles, MATCHES),
            alerts=Through(injector, self.alerts, ALERTS),
            stories=Through(injector, self.stories, STORIES),
            topics=Through(injector, self.topics, ("find", "all")),
            budgets=Through(injector, self.budgets, BUDGETS),
            publisher=made,
            operator=Through(injector, FakeOperator(), ("tell",)),
            clock=self.clock,
            new_id=self._new_id,
            jitter=self.jitter,
            pause=self.clock.sleep,
            sms_segments=self.news.sms_segments,
            render=partial(_render, self.news, self.said),
        )

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    # ── what workers do ──

    def _tick(self) -> None:
        self.alert_injector.run(lambda: alert(self.alerting))

    def receive(self) -> None:
        for message in self.queue.receive():
            self.handle(message)

    def handle(self, message: Sent) -> None:
        injector = self.ingest_injector
        injector.others = partial(self._ingest, message)
        injector.freeze = self._outlast_visibility
        if self._ingest(message):
            injector.run(lambda: self._delete(message))

    def _outlast_visibility(self) -> None:
        """Alerting goes on meanwhile."""
        until = self.clock() + VISIBILITY + MINUTE
        while self.clock() < until:
            self.clock.sleep(60)
            self._tick()

    def _ingest(self, message: Sent) -> bool:
        given = Message(message.body, message.receives)
        try:
            return self.ingest_injector.run(lambda: tried(given, self._take(given), self._dead))
        except (ParserFault, ValueError):
            return False

    def _take(self, message: Message) -> Callable[[str], list[Ingested]]:
        return lambda body: take(
            IngestJob.model_validate_json(body), message.receives, self.ingesting
        )

    # ── time ──

    def run(self) -> None:
        """Until nothing waits any more."""
        with stood_in(self.news):
            for minute, arrived in self._arrivals():
                self.clock.to(self.news.begin + minute * MINUTE)
                for body in arrived:
                    for _ in range(1 + self.is_double()):
                        self.queue.put(later(body, self.clock()))
                self.minute()
            while (at := self.next_at()) is not None and self.minutes < MOST_MINUTES:
                self.clock.to(max(at, self.clock() + MINUTE))
                self.minute()

    def minute(self) -> None:
        self.minutes += 1
        self.receive()
        self._tick()

    def _arrivals(self) -> Iterator[tuple[int, list[str]]]:
        of_minute: dict[int, list[str]] = {0: [*self.news.garbage]}
        for minute, body in self.news.jobs:
            of_minute.setdefault(minute, []).append(body)
        for minute in sorted(of_minute):
            self.shuffle(of_minute[minute])
            yield minute, of_minute[minute]

    def next_at(self) -> Any:
        """When something is to be done next; None when all is done."""
        matches, alerts = self.articles.matches.table, self.alerts.alerts.table
        times = (
            self.queue.next_at(),
            matches.due.next_at("match", matches.rows),
            alerts.due.next_at("alert", alerts.rows),
        )
        return min((at for at in times if at is not None), default=None)


@dataclass
class DeadQueue:
    queue: FakeQueue

    def add(self, body: str, reason: str) -> None:
        self.queue.give_up(body, reason)


# ── what stands in ──


@contextmanager
def stood_in(news: News) -> Iterator[None]:
    with (
        patch("tocsin.pipeline.store.enter_story", partial(_enter, news)),
        patch("tocsin.pipeline.reading.language_of", _language_of),
        patch("tocsin.pipeline.draft.identity", _identity),
        patch("tocsin.pipeline.reading.identity", _identity),
        patch("tocsin.pipeline.reading.with_credits", lambda facts, text: facts),
        patch("tocsin.pipeline.store.to_batch", lambda records: b""),
        patch("tocsin.pipeline.story.fingerprint_of", _fingerprint),
    ):
        yield


def _enter(news: News, article: Article, stories: Any, recent: Any = None) -> InStory:
    piece = news.of[article.id]
    if piece.group and not news.founders:
        return enter_story(article, stories)
    member = Member(
        article_id=article.id,
        title=article.title,
        publisher=article.publisher,
        seen_at=article.seen_at,
        kind="new",
    )
    if founder := news.founders.get(article.id):
        part = Place(state=StoryState.MERGED, into=founder, kind="copy", same_as=founder)
        stories.add_place(member, part)
        stories.put_member(founder, member)
        return InStory(founder, "copy")
    place = stories.add_place(member, _PENDING)
    if place.state is StoryState.PENDING:
        stories.confirm(article.id)
    return InStory(article.id, "new")


_language_of, _identity = cache(language_of), cache(identity)  # from seed to seed
_PENDING = Place(state=StoryState.PENDING)
_fingerprints: dict[str, Fingerprint] = {}


def _fingerprint(article_id: str, *args: Any, seen_at: int, **named: Any) -> Fingerprint:
    """Words are the same in each world, times are not."""
    if article_id not in _fingerprints:
        _fingerprints[article_id] = fingerprint_of(article_id, *args, seen_at=seen_at, **named)
    known = _fingerprints[article_id]
    return replace(known, trace=replace(known.trace, seen_at=seen_at))


def _render(
    news: News,
    said: dict[str, tuple[AlertKey, ...]],
    notification_id: str,
    topic: Topic,
    line: Line,
    alerts: Sequence[Alert],
    api_url: str,
) -> Notification:
    keys = tuple(AlertKey.of(each) for each in alerts)
    if any(news.of[key.pk[2:]].poison is Poison.UNSPEAKABLE for key in keys):
        raise ValueError("no words for it")
    said[notification_id] = keys
    return Notification(
        id=notification_id,
        topic_id=topic.id,
        line=line,
        subject="",
        email="",
        sms="",
        json="",
        attributes={},
        article_ids=(),
    )


def random_world(
    news: News,
    seed: int,
    scale: float = 1.0,
    rates: tuple[Mapping[Fault, float], Mapping[Fault, float]] = (OF_INGESTING, OF_ALERTING),
    apart: int = 1,
) -> World:
    """With faults by chance, `scale` times as many as usual."""
    rng = random.Random(seed)
    scaled = [{fault: rate * scale for fault, rate in each.items()} for each in rates]
    ingest_choice, alert_choice = (Dice(rng, each, apart) for each in scaled)
    return World(
        news,
        ingest_choice,
        alert_choice,
        rng.shuffle,
        lambda: rng.random() < DUPLICATES * min(scale, 1.0),
        rng.random,
    )
