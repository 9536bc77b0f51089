"""The alert stage on memory and a virtual clock: what comes in, and what would have been told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.alerts.plain import sms_units
from tocsin.alerts.render import render
from tocsin.model.alerts import Alert, AlertKey
from tocsin.model.lines import Channel, Line
from tocsin.model.matches import Match
from tocsin.model.notifications import Notification
from tocsin.model.stories import Member, Place, StoryState
from tocsin.model.topics import Topic, TopicRow
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting, Render
from tocsin.pipeline.rehearsal.budgets import MemoryBudgets
from tocsin.pipeline.rehearsal.clock import Clock
from tocsin.pipeline.rehearsal.matches import MemoryAlerts, MemoryMatches
from tocsin.pipeline.rehearsal.stories import MemoryStories
from tocsin.pipeline.volume import SETTLED

MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
NO_LIMIT = 1 << 40  # SMS segments of a month


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it comes in: its place among the stories (`same_as` names the article that it
    has one bell with), and its matches. What is `silent` neither rings nor counts, what is `past`
    came before a topic was there and only counts for what is usual."""

    member: Member
    story_id: str | None = None
    same_as: str = ""
    matches: tuple[Match, ...] = ()
    silent: bool = False
    past: bool = False

    @property
    def at(self) -> datetime:
        return self.member.seen_at


@dataclass(frozen=True, slots=True)
class Said:
    """A message that would have gone out on a line, and the alerts in it. `segments` is of an
    SMS."""

    at: datetime
    topic_id: str
    line: Line
    keys: tuple[AlertKey, ...]
    sms: str = ""

    @property
    def segments(self) -> int:
        return segments_of(self.sms) if self.line.channel is Channel.SMS else 0


def segments_of(text: str) -> int:
    """Of one SMS, by the alphabet that it needs."""
    units, room = sms_units(text)
    return -(-units // room)


class MemoryTopics:
    def __init__(self, rows: Iterable[TopicRow]) -> None:
        self.rows = {row.topic.id: row for row in rows}

    def find(self, topic_id: str) -> TopicRow | None:
        return self.rows.get(topic_id)

    def all(self) -> list[TopicRow]:
        return [*self.rows.values()]


class SilentOperator:
    """Notices to the operator are about the stack, not about topics."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, subject: str, text: str) -> None:  # noqa: ARG002  subjects say enough
        self.told.append(subject)


@dataclass
class _Ear:
    """Hears what is published; `said` are the alerts of a notification that was rendered."""

    clock: Clock
    render: Render
    told: list[Said]
    said: dict[str, tuple[AlertKey, ...]] = field(default_factory=dict)

    def rendered(
        self,
        notification_id: str,
        topic: Topic,
        line: Line,
        alerts: Sequence[Alert],
        api_url: str,
    ) -> Notification:
        self.said[notification_id] = tuple(AlertKey.of(each) for each in alerts)
        return self.render(notification_id, topic, line, alerts, api_url)

    def publish(self, _arn: str, made: Notification) -> str:
        keys = self.said.pop(made.id)
        self.told.append(Said(self.clock(), made.topic_id, made.line, keys, made.sms))
        return made.id


class Rehearsal:
    """Of these topics, from `begin` on, listening for surges from `listens_from` on. `bring` does
    what ingest does with an article, `run` lets time pass."""

    def __init__(
        self,
        rows: Iterable[TopicRow],
        begin: datetime,
        *,
        jitter: Callable[[], float] = lambda: 0.5,
        api_url: str = "",
        sms_segments: int = NO_LIMIT,
        listens_from: datetime | None = None,
    ) -> None:
        self.clock = Clock(begin)
        self.matches, self.alerts = MemoryMatches(), MemoryAlerts()
        self.stories, self.topics = MemoryStories(), MemoryTopics(rows)
        self.operator = SilentOperator()
        self.told: list[Said] = []
        self.ticks = self.heard = 0
        self._minute = _whole_minute(begin)
        ids = iter(range(1 << 60))
        ear = _Ear(self.clock, render, self.told)
        self._outside = Alerting(
            matches=self.matches,
            alerts=self.alerts,
            stories=self.stories,
            topics=self.topics,
            budgets=MemoryBudgets(),
            publisher=ear,
            operator=self.operator,
            clock=self.clock,
            new_id=lambda: f"{next(ids):032x}",
            jitter=jitter,
            pause=self.clock.sleep,
            api_url=api_url,
            sms_segments=sms_segments,
            render=ear.rendered,
        )
        alerts = [row.topic.alert for row in self.topics.all()]
        self._listens = any(each.surge or each.silence for each in alerts)
        self._listens_from = listens_from or begin

    def bring(self, arrival: Arrival) -> int:
        """How many of its matches are new."""
        if arrival.story_id is not None and not arrival.past:
            self._enter(arrival, arrival.story_id)
        return sum(self._match(each, arrival) for each in arrival.matches)

    def _enter(self, arrival: Arrival, story_id: str) -> None:
        member = arrival.member
        if story_id not in self.stories.places:
            # Its founder perhaps matched nothing: the story begins with who came first.
            self.stories.begin_story(story_id, member)
        if member.article_id != story_id:
            said = {"into": story_id, "kind": member.kind, "same_as": arrival.same_as}
            self.stories.add_place(member, Place(state=StoryState.MERGED, **said))
        self.stories.put_member(story_id, member)

    def _match(self, match: Match, arrival: Arrival) -> bool:
        if match.story_id is not None and not arrival.silent:
            self.stories.count(match.topic_id, match.story_id, match.publisher, arrival.at)
        if arrival.past:
            return False
        return self.matches.add_match(match, None if arrival.silent else arrival.at)

    def run(self, coming: Sequence[Arrival], until: datetime, run_out: timedelta) -> None:
        """Minute by minute until then, and on while anything waits, but no longer than
        `run_out`. `coming` is in order of time."""
        at, minute, last = 0, self._minute, until + run_out
        while minute < until or (minute < last and self.next_due() is not None):
            while at < len(coming) and coming[at].at <= minute:
                self.bring(coming[at])
                at += 1
            self.clock.to(minute)
            if self._has_work(minute, until):
                self.ticks += 1
                self.heard += len(alert(self._outside).heard)
            minute = self._next_minute(minute, coming[at].at if at < len(coming) else None, until)
        for arrival in coming[at:]:  # since the last whole minute: they wait for the next
            self.bring(arrival)
        self._minute = minute

    def _has_work(self, minute: datetime, until: datetime) -> bool:
        due = self.next_due()
        # Once an hour it listens whether topics are louder than usual.
        within = self._listens_from <= minute < until
        listens = self._listens and within and minute.minute == SETTLED.seconds // 60
        return (due is not None and due <= minute) or listens

    def _next_minute(self, minute: datetime, arrives: datetime | None, until: datetime) -> datetime:
        """The next one at which there is something to do: most have nothing."""
        times = [arrives, self.next_due()]
        if self._listens:
            times.append(_whole_hour(minute + _HOUR - SETTLED) + SETTLED)
        known = [each for each in times if each is not None]
        return max(minute + MINUTE, _whole_minute(min(known, default=until)))

    def next_due(self) -> datetime | None:
        matches, alerts = self.matches.matches.table, self.alerts.alerts.table
        times = (
            matches.due.next_at("match", matches.rows),
            alerts.due.next_at("alert", alerts.rows),
        )
        return min((at for at in times if at is not None), default=None)


def _whole_minute(at: datetime) -> datetime:
    """The first one that is not before it."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + MINUTE


def _whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
