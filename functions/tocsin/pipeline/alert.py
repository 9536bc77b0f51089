"""alert: matches that are due, one SNS message a topic.

Claim with a lease, publish, mark as sent if the lease is still ours. A crash leaves a lease that
ends, and the match is due again; a publish whose answer was lost is the only thing told twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.alerts.render import render
from tocsin.errors import PublishFailed, PublishRefused
from tocsin.model import Match, MatchRow, Notification, TopicRow

LEASE = timedelta(seconds=120)  # twice the function's timeout, so that clocks may differ
# Keys only, 1.5 MB: enough that a topic with thousands of them does not hide the others.
MAX_DUE_PER_TICK = 10_000
# What a reader takes in at once, and far below SNS's 256 KiB; the rest follows a minute later.
MAX_ARTICLES_PER_NOTIFICATION = 20
MAX_ATTEMPTS = 5  # ten minutes of leases


class Archive(Protocol):
    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]: ...
    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None: ...
    def mark_sent(
        self, match: Match, owner: str, alert_id: str, message_id: str, now: datetime
    ) -> bool: ...
    def mark_failed(self, match: Match, owner: str, reason: str) -> bool: ...


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...


class Publisher(Protocol):
    def publish(self, sns_topic_arn: str, notification: Notification) -> str: ...


@dataclass(frozen=True)
class Alerting:
    """What alerting needs from outside. `new_id` gives a fresh id at each call."""

    archive: Archive
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
    failed: int = 0
    deferred: int = 0
    reason: str = ""


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
    matches = [row.match for row in rows if row.attempts <= MAX_ATTEMPTS]
    if not matches:
        return given_up
    try:
        sent = _tell(topic, matches, owner, outside)
    except PublishRefused as error:
        remaining = [row for row in rows if row not in exhausted]
        refused = _give_up(topic_id, remaining, owner, f"SNS refused: {error.code}", outside)
        return Alerted(topic_id, 0, given_up.failed + refused.failed, 0, refused.reason)
    except PublishFailed as error:
        return Alerted(topic_id, 0, given_up.failed, len(matches), str(error))
    return Alerted(topic_id, sent, given_up.failed, 0, given_up.reason)


def _claim(
    topic_id: str, article_ids: Sequence[str], owner: str, outside: Alerting
) -> list[MatchRow]:
    now = outside.clock()
    claims = (
        outside.archive.claim(article_id, topic_id, owner, now, now + LEASE)
        for article_id in article_ids
    )
    return [row for row in claims if row is not None]


def _tell(topic: TopicRow, matches: Sequence[Match], owner: str, outside: Alerting) -> int:
    notification = render(owner, topic.topic, matches)
    message_id = outside.publisher.publish(topic.sns_topic_arn, notification)
    for match in matches:
        outside.archive.mark_sent(match, owner, owner, message_id, outside.clock())
    return len(matches)


def _give_up(
    topic_id: str, rows: Sequence[MatchRow], owner: str, reason: str, outside: Alerting
) -> Alerted:
    for row in rows:
        outside.archive.mark_failed(row.match, owner, reason)
    return Alerted(topic_id, failed=len(rows), reason=reason if rows else "")
