"""What the alert stage works with, and how what it looks at ends (`alert.py` tells the story)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Protocol, TypeVar

from tocsin.alerts.pacing import MAX_PER_SECOND
from tocsin.alerts.render import render
from tocsin.model.alerts import Alert, AlertKey, AlertRow, AlertStatus
from tocsin.model.lines import Line
from tocsin.model.matches import Match, MatchRow, Note
from tocsin.model.notifications import Notification
from tocsin.model.stories import HourCount, Place, Ring, Story
from tocsin.model.topics import Topic, TopicRow

LEASE = timedelta(seconds=120)  # twice the function's timeout, so that clocks may differ
# Keys only, 1.5 MB: enough that a topic with thousands of them does not hide the others.
MAX_DUE_PER_TICK = 10_000
MAX_CRASHES = 5  # ten minutes of leases; what ends a worker five times ends every worker
# Of the minute that the function has. What there was no time for is due still, a minute later.
DECIDE_TIME, SEND_TIME = timedelta(seconds=25), timedelta(seconds=45)

Item = TypeVar("Item")


class Matches(Protocol):
    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]: ...
    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None: ...
    def mark_alerted(self, match: Match, owner: str, alert_id: str, note: Note) -> bool: ...
    def mark_merged(self, match: Match, owner: str, alert_id: str, note: Note) -> bool: ...
    def mark_dropped(self, match: Match, owner: str, note: Note) -> bool: ...
    def hold(self, match: Match, owner: str, until: datetime, note: Note) -> bool: ...
    def mark_failed(self, article_id: str, topic_id: str, owner: str, note: Note) -> bool: ...


class Alerts(Protocol):
    def add(self, alert: Alert, due_at: datetime, note: Note) -> bool: ...
    def find_due(self, now: datetime, limit: int) -> list[AlertKey]: ...
    def claim(
        self, key: AlertKey, owner: str, now: datetime, until: datetime
    ) -> AlertRow | None: ...
    def hold(
        self,
        key: AlertKey,
        owner: str,
        until: datetime,
        note: Note,
        attempts: int = 0,
        paid: bool = False,
    ) -> bool: ...
    def mark_sent(
        self, key: AlertKey, owner: str, notification_id: str, message_id: str, note: Note
    ) -> bool: ...
    def mark_ended(self, key: AlertKey, owner: str, status: AlertStatus, note: Note) -> bool: ...
    def mark_failed(self, key: AlertKey, owner: str, note: Note) -> bool: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_story(self, story_id: str) -> Story | None: ...
    def claim_ring(self, bell_id: str, ring: Ring, now: datetime, lease: timedelta) -> Ring: ...
    def mark_rung(self, bell_id: str, ring: Ring, now: datetime, step: int = 0) -> bool: ...
    def take_step(self, bell_id: str, topic_id: str, step: int, article_id: str) -> bool: ...
    def volume(self, topic_id: str, since: datetime, until: datetime) -> list[HourCount]: ...


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...
    def all(self) -> list[TopicRow]: ...


class Budgets(Protocol):
    def published(self, topic_id: str) -> tuple[datetime, ...]: ...
    def put_published(
        self, topic_id: str, was: Sequence[datetime], now: Sequence[datetime]
    ) -> bool: ...
    def take_places(self, topic_id: str, now: datetime, wanted: int, most: int) -> int: ...
    def take_segments(self, now: datetime, wanted: int, most: int) -> bool: ...
    def tell_once(self, now: datetime) -> bool: ...
    def is_done(self, name: str, hour: datetime) -> bool: ...
    def begin_hour(self, name: str, hour: datetime, now: datetime, until: datetime) -> bool: ...
    def end_hour(self, name: str, hour: datetime) -> None: ...


class Render(Protocol):
    def __call__(
        self,
        notification_id: str,
        topic: Topic,
        line: Line,
        alerts: Sequence[Alert],
        api_url: str,
    ) -> Notification: ...


class Publisher(Protocol):
    def publish(self, sns_topic_arn: str, notification: Notification) -> str: ...


class Operator(Protocol):
    def tell(self, subject: str, text: str) -> None: ...


@dataclass(frozen=True)
class Alerting:
    """What alerting needs from outside. `new_id` gives a fresh id at each call, `jitter` a number
    from 0 to 1, `pause` sleeps so many seconds. `sms_segments` is what a month has of them.
    `render` puts alerts in words; who simulates months may do with fewer."""

    matches: Matches
    alerts: Alerts
    stories: Stories
    topics: Topics
    budgets: Budgets
    publisher: Publisher
    operator: Operator
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    jitter: Callable[[], float]
    pause: Callable[[float], None]
    api_url: str = ""
    sms_segments: int = 0
    render: Render = render


class Outcome(StrEnum):
    """How a tick leaves a match or an alert."""

    ALERTED = "alerted"  # a match: it has alerts now
    SENT = "sent"  # an alert
    HELD = "held"
    MERGED = "merged"
    DROPPED = "dropped"
    FAILED = "failed"
    DEFERRED = "deferred"  # something went wrong: it is due again when its lease ends


@dataclass(frozen=True)
class Decided:
    """How a look at a match ended; `alerts` is how many it led to."""

    topic_id: str
    article_id: str
    outcome: Outcome
    reason: str = ""
    alerts: int = 0


@dataclass(frozen=True)
class Told:
    """How so many alerts of a line ended in a tick; those sent were in one notification."""

    topic_id: str
    line_key: str
    outcome: Outcome
    alerts: int = 1
    reason: str = ""
    notification_id: str = ""


class Tick:
    """One run: its topics, read once each, and its time."""

    def __init__(self, outside: Alerting) -> None:
        self._outside = outside
        self._begun_at = outside.clock()
        self._topics: dict[str, TopicRow | None] = {}
        self._published_at: datetime | None = None
        self.owner = outside.new_id()

    def topic(self, topic_id: str) -> TopicRow | None:
        if topic_id not in self._topics:
            self._topics[topic_id] = self._outside.topics.find(topic_id)
        return self._topics[topic_id]

    def has_time(self, limit: timedelta) -> bool:
        return self._outside.clock() - self._begun_at < limit

    def pace(self) -> None:
        """Waits until one more message, of whatever topic, is not too many a second."""
        gap = timedelta(seconds=1 / MAX_PER_SECOND)
        now = self._outside.clock()
        if self._published_at is not None and now < self._published_at + gap:
            self._outside.pause((self._published_at + gap - now).total_seconds())
            now = self._outside.clock()
        self._published_at = now


def in_turn(groups: Iterable[Sequence[Item]]) -> list[Item]:
    """The first of each group, then the second of each: no group hides the others."""
    rounds = zip_longest(*groups)
    return [each for each in chain.from_iterable(rounds) if each is not None]


def in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
