"""alert: matches that are due, one SNS message a topic, and one bell a topic for what is the same.

Claim with a lease, take the bell, publish, mark the bell as rung and the match as sent if they are
still ours. A crash leaves a lease that ends, and the match is due again; a publish whose answer was
lost is the only thing told twice. A match whose story has rung for the topic is merged into that
alert. A bell that could not be rung is let go of, for the next article that is the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.alerts.bell import Verdict, verdict
from tocsin.alerts.render import render
from tocsin.errors import PublishFailed, PublishRefused
from tocsin.model import (
    Alert,
    Cadence,
    Line,
    Match,
    MatchRow,
    Notification,
    Place,
    Ring,
    StoryState,
    TopicRow,
)
from tocsin.pipeline.story import bell_of

LEASE = timedelta(seconds=120)  # twice the function's timeout, so that clocks may differ
# Keys only, 1.5 MB: enough that a topic with thousands of them does not hide the others.
MAX_DUE_PER_TICK = 10_000
# What a reader takes in at once, and far below SNS's 256 KiB; the rest follows a minute later.
MAX_ARTICLES_PER_NOTIFICATION = 20
MAX_ATTEMPTS = 5  # ten minutes of leases
# A story that its worker has not confirmed may yet become part of another. The worker has five
# minutes, three leases are six: if it has not by then it died, and news must not wait for it.
UNSETTLED_ATTEMPTS = 3


class Archive(Protocol):
    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]: ...
    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None: ...
    def mark_sent(
        self, match: Match, owner: str, alert_id: str, message_id: str | None, now: datetime
    ) -> bool: ...
    def mark_merged(self, match: Match, owner: str, ring: Ring) -> bool: ...
    def mark_failed(self, match: Match, owner: str, reason: str) -> bool: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def claim_ring(self, bell_id: str, ring: Ring, now: datetime) -> Ring: ...
    def mark_rung(self, bell_id: str, ring: Ring, now: datetime) -> bool: ...
    def release_ring(self, bell_id: str, topic_id: str, article_id: str) -> bool: ...


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...


class Publisher(Protocol):
    def publish(self, sns_topic_arn: str, notification: Notification) -> str: ...


@dataclass(frozen=True)
class Alerting:
    """What alerting needs from outside. `new_id` gives a fresh id at each call."""

    archive: Archive
    stories: Stories
    topics: Topics
    publisher: Publisher
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True)
class Alerted:
    """What became of one topic's due matches. Deferred ones are due again when their lease ends;
    `reason` says why some failed or were deferred."""

    topic_id: str
    sent: int = 0
    merged: int = 0
    failed: int = 0
    deferred: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Heard:
    """A claimed match, whose bell is its bell, and who has that for the topic."""

    match: Match
    verdict: Verdict
    bell_id: str = ""
    ring: Ring | None = None

    @property
    def holds_the_bell(self) -> bool:
        return self.ring is not None and self.ring.article_id == self.match.article_id


def alert(outside: Alerting) -> list[Alerted]:
    """At most one message a topic and tick. A topic that cannot be told stops no other."""
    due = outside.archive.find_due(outside.clock(), MAX_DUE_PER_TICK)
    return [
        alert_topic(topic_id, article_ids[:MAX_ARTICLES_PER_NOTIFICATION], outside)
        for topic_id, article_ids in by_topic(due).items()
    ]


def by_topic(due: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Article ids of each topic, in the order given."""
    topics: dict[str, list[str]] = defaultdict(list)
    for article_id, topic_id in due:
        topics[topic_id].append(article_id)
    return topics


def alert_topic(topic_id: str, article_ids: Sequence[str], outside: Alerting) -> Alerted:
    owner, topic = outside.new_id(), outside.topics.find(topic_id)
    rows = _claim(topic_id, article_ids, owner, outside)
    if topic is None:
        return _give_up(topic_id, rows, owner, "the topic was removed", outside)
    exhausted = [row for row in rows if row.attempts > MAX_ATTEMPTS]
    given_up = _give_up(topic_id, exhausted, owner, f"{MAX_ATTEMPTS} attempts failed", outside)
    heard = [_hear(row, owner, outside) for row in rows if row.attempts <= MAX_ATTEMPTS]
    ended = _end_told(heard, owner, outside)
    told = _tell(topic, heard, owner, outside)
    return _sum(topic_id, given_up, ended, told)


def _sum(topic_id: str, *parts: Alerted) -> Alerted:
    return Alerted(
        topic_id,
        sent=sum(part.sent for part in parts),
        merged=sum(part.merged for part in parts),
        failed=sum(part.failed for part in parts),
        deferred=sum(part.deferred for part in parts),
        reason=next((part.reason for part in reversed(parts) if part.reason), ""),
    )


def _claim(
    topic_id: str, article_ids: Sequence[str], owner: str, outside: Alerting
) -> list[MatchRow]:
    now = outside.clock()
    claims = (
        outside.archive.claim(article_id, topic_id, owner, now, now + LEASE)
        for article_id in article_ids
    )
    return [row for row in claims if row is not None]


def _hear(row: MatchRow, owner: str, outside: Alerting) -> Heard:
    """Takes the match's bell, where it is to be had."""
    match = row.match
    if match.story_id is None:
        return Heard(match, Verdict.RING)
    bell_id, place = bell_of(match.article_id, outside.stories)
    pending = place is not None and place.state is StoryState.PENDING
    if pending and row.attempts <= UNSETTLED_ATTEMPTS:
        return Heard(match, Verdict.WAIT, bell_id)
    wanted = Ring(topic_id=match.topic_id, article_id=match.article_id, alert_id=owner)
    ring = outside.stories.claim_ring(bell_id, wanted, outside.clock())
    return Heard(match, verdict(match, ring, owner), bell_id, ring)


def _end_told(heard: Sequence[Heard], owner: str, outside: Alerting) -> Alerted:
    """Matches that an earlier alert has told of, or told their story."""
    told = [each for each in heard if each.verdict is Verdict.TOLD]
    merged = [each for each in heard if each.verdict is Verdict.MERGE]
    for each in told:
        if each.ring and each.ring.rung_at:
            at, alert_id = each.ring.rung_at, each.ring.alert_id
            outside.archive.mark_sent(each.match, owner, alert_id, None, at)
    _merge(merged, owner, outside)
    waiting = sum(each.verdict is Verdict.WAIT for each in heard)
    reason = "their story is not settled yet, or about to be told" if waiting else ""
    return Alerted("", len(told), len(merged), 0, waiting, reason)


def _tell(topic: TopicRow, heard: Sequence[Heard], owner: str, outside: Alerting) -> Alerted:
    ringing = [each for each in heard if each.verdict is Verdict.RING]
    joining = [each for each in heard if each.verdict is Verdict.JOIN]
    if not ringing:
        return Alerted(topic.topic.id)
    line = Line(cadence=Cadence.INSTANT)
    alerts = [_alert(each.match, line) for each in ringing]
    notification = render(owner, topic.topic, line, alerts, "")
    try:
        message_id = outside.publisher.publish(topic.sns_topic_arn, notification)
    except PublishRefused as error:
        return _refused(topic.topic.id, ringing, joining, owner, error, outside)
    except PublishFailed as error:
        waiting = len(ringing) + len(joining)
        return Alerted(topic.topic.id, deferred=waiting, reason=str(error))
    _mark_told(ringing, owner, message_id, outside)
    _merge(joining, owner, outside)
    return Alerted(topic.topic.id, len(ringing), len(joining))


def _alert(match: Match, line: Line) -> Alert:
    return Alert(key=f"{line.key}#0", topic_id=match.topic_id, line=line, match=match)


def _mark_told(ringing: Sequence[Heard], owner: str, message_id: str, outside: Alerting) -> None:
    """First the bells: a match that is marked is not looked at again, a bell that is not marked
    would keep the story's next articles waiting."""
    now = outside.clock()
    for each in ringing:
        if each.ring is not None and each.holds_the_bell:
            outside.stories.mark_rung(each.bell_id, each.ring, now)
    for each in ringing:
        outside.archive.mark_sent(each.match, owner, owner, message_id, now)


def _merge(heard: Sequence[Heard], owner: str, outside: Alerting) -> None:
    for each in heard:
        if each.ring is not None:
            outside.archive.mark_merged(each.match, owner, each.ring)


def _refused(
    topic_id: str,
    ringing: Sequence[Heard],
    joining: Sequence[Heard],
    owner: str,
    error: PublishRefused,
    outside: Alerting,
) -> Alerted:
    """What joined goes with what it joined: SNS would refuse it, too."""
    reason = f"SNS refused: {error.code}"
    for each in (*joining, *ringing):
        _fail(each.match, each.bell_id, owner, reason, outside)
    return Alerted(topic_id, failed=len(ringing) + len(joining), reason=reason)


def _give_up(
    topic_id: str, rows: Sequence[MatchRow], owner: str, reason: str, outside: Alerting
) -> Alerted:
    for row in rows:
        in_story = row.match.story_id is not None
        bell_id = bell_of(row.match.article_id, outside.stories)[0] if in_story else ""
        _fail(row.match, bell_id, owner, reason, outside)
    return Alerted(topic_id, failed=len(rows), reason=reason if rows else "")


def _fail(match: Match, bell_id: str, owner: str, reason: str, outside: Alerting) -> None:
    """The bell goes first: after a crash in between, the match comes again."""
    if bell_id:
        outside.stories.release_ring(bell_id, match.topic_id, match.article_id)
    outside.archive.mark_failed(match, owner, reason)
