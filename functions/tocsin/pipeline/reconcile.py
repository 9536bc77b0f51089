"""reconcile: every hour, what SNS says of who listens is put beside what we know.

Hourly and not nightly, since pauses end here, and people who confirm a new cadence would hear twice
until then. An hour costs a scan of the Topics table and one free list call a hundred subscribers.

Rows are read before the lists: whoever subscribes in between is in a list and in no row, and is
left for the next hour, since the row's edition has changed. Where a run has no time left, the next
one goes on; after a crash it begins where the one before did.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.alerts.listening import confirmed
from tocsin.alerts.reconciling import Outcome as Outcome
from tocsin.alerts.reconciling import Reconciled, reconciled
from tocsin.alerts.signing import mark_of, subscriber_id
from tocsin.alerts.subscribing import mailbox_of
from tocsin.errors import SnsFailed
from tocsin.model.lines import Line, SnsProtocol
from tocsin.model.quotas import Turn
from tocsin.model.subscribers import Listed, Subscriber
from tocsin.model.topics import TopicRow
from tocsin.pipeline.listing import Listing, list_listeners
from tocsin.pipeline.subscribe import pending_turn

TIME = timedelta(seconds=200)  # for lists; the rest of the function's 300 s is for what they change


class Topics(Protocol):
    def all(self) -> list[TopicRow]: ...


class Subscribers(Protocol):
    def all(self) -> Iterator[Subscriber]: ...
    def put(self, subscriber: Subscriber) -> bool: ...
    def remove(self, subscriber: Subscriber) -> bool: ...


class Lines(Protocol):
    def put_listeners(self, topic_id: str, counts: dict[str, int]) -> bool: ...


class Quotas(Protocol):
    def put_count(self, turn: Turn, count: int) -> None: ...
    def remove_asked(self, mark: str) -> None: ...


class Sns(Protocol):
    def unsubscribe(self, arn: str) -> bool: ...
    def pause(self, arn: str) -> bool: ...
    def resume(self, arn: str) -> bool: ...
    def find_owner(self, arn: str) -> tuple[str, SnsProtocol, str] | None: ...


class Places(Protocol):
    def find_place(self) -> str: ...
    def put_place(self, topic_id: str) -> None: ...


@dataclass(frozen=True)
class Reconciling:
    """What reconciling needs from outside. `places` keeps the topic that a run ended with."""

    topics: Topics
    subscribers: Subscribers
    lines: Lines
    quotas: Quotas
    sns: Sns
    listing: Listing
    places: Places
    pepper: Callable[[], bytes]
    clock: Callable[[], datetime]


@dataclass
class Lists:
    """What was listed: by topic and line, who, and with which ARN; and those as SNS names them."""

    by_line: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    endpoints: dict[str, Listed] = field(default_factory=dict)
    pending: int = 0


def reconcile(outside: Reconciling) -> Counter[Outcome]:
    """How each subscription that was compared ended."""
    topics = outside.topics.all()
    rows = {row.id: row for row in outside.subscribers.all()}
    covered, lists = _list(topics, outside)
    outcomes = Counter[Outcome]()
    in_force = frozenset(row.topic.id for row in topics)
    for row in rows.values():
        outcomes.update(_reconcile_row(row, lists, in_force, outside))
    outcomes.update(_adopt(rows, covered, lists, outside))
    _put_counts(covered, lists, outside)
    if len(covered) == len(topics):
        now = outside.clock()
        outside.quotas.put_count(pending_turn(now), lists.pending)
    return outcomes


def _list(topics: Sequence[TopicRow], outside: Reconciling) -> tuple[list[TopicRow], Lists]:
    """The topics whose lists were read to their end, in the time that there is."""
    lists, ends_at = Lists(), outside.clock() + TIME
    covered: list[TopicRow] = []
    place = outside.places.find_place()
    later = [row for row in topics if row.topic.id > place]
    for row in [*later, *(row for row in topics if row.topic.id <= place)]:
        if covered and outside.clock() >= ends_at:
            break
        for key, arn in row.sns_topic_arns.items():
            lists.by_line[(row.topic.id, key)] = _listed(arn, lists, outside)
        covered.append(row)
    ended = covered[-1].topic.id if len(covered) < len(topics) else ""
    if ended != place:
        outside.places.put_place(ended)
    return covered, lists


def _listed(arn: str, lists: Lists, outside: Reconciling) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in list_listeners(arn, outside.listing):
        subscriber = subscriber_id(outside.pepper(), each.protocol, each.endpoint)
        # Listed twice, as one that waits and one that was confirmed: the latter counts.
        found[subscriber] = found.get(subscriber, "") or each.arn
        lists.endpoints[subscriber] = each
        lists.pending += not each.arn
    return found


def _reconcile_row(
    row: Subscriber, lists: Lists, in_force: frozenset[str], outside: Reconciling
) -> Iterable[Outcome]:
    made = reconciled(row, lists.by_line, in_force, outside.clock())
    try:
        _change_in_sns(made, lists, outside)
    except SnsFailed:
        return [Outcome.FAILED]  # one that SNS does not change must not stop the others
    if made.subscriber != row and not _write(made, outside):
        return [Outcome.PASSED_OVER]
    if {Outcome.CONFIRMED, Outcome.RETURNED} & set(made.outcomes):
        _forget_asked(row, outside)
    return made.outcomes


def _change_in_sns(made: Reconciled, lists: Lists, outside: Reconciling) -> None:
    for each in made.leave:
        outside.sns.unsubscribe(each.arn)
        line = lists.by_line.get((each.topic_id, each.line.key), {})
        line.pop(made.subscriber.id, None)
    for each in made.resume:
        outside.sns.resume(each.arn)
    for each in made.pause:
        outside.sns.pause(each.arn)


def _write(made: Reconciled, outside: Reconciling) -> bool:
    if made.subscriber.subscriptions:
        return outside.subscribers.put(made.subscriber)
    return outside.subscribers.remove(made.subscriber)


def _forget_asked(row: Subscriber, outside: Reconciling) -> None:
    """Who confirms wanted it: the address may be asked again at once."""
    if row.protocol is SnsProtocol.EMAIL:
        mark = mark_of(outside.pepper(), "mailbox", mailbox_of(row.endpoint))
        outside.quotas.remove_asked(mark)


def _adopt(
    rows: dict[str, Subscriber], covered: Sequence[TopicRow], lists: Lists, outside: Reconciling
) -> Iterator[Outcome]:
    """Those who listen and are in no row: subscribed by hand in SNS, or by a link in an e-mail
    after their row was removed. From now on they are shown, and may be forgotten."""
    for topic_id, key in [(row.topic.id, key) for row in covered for key in row.sns_topic_arns]:
        for subscriber, arn in lists.by_line[(topic_id, key)].items():
            known = rows.get(subscriber)
            if arn and not (known and _knows(known, topic_id, key)):
                new = known or _unknown(subscriber, lists, outside)
                if (adopted := _adopt_one(new, topic_id, key, arn, outside)) is not None:
                    rows[subscriber] = adopted
                    yield Outcome.ADOPTED


def _unknown(subscriber: str, lists: Lists, outside: Reconciling) -> Subscriber:
    seen = lists.endpoints[subscriber]
    return Subscriber(
        id=subscriber, protocol=seen.protocol, endpoint=seen.endpoint, since=outside.clock()
    )


def _adopt_one(
    row: Subscriber, topic_id: str, key: str, arn: str, outside: Reconciling
) -> Subscriber | None:
    """None where it has just left: a list may lag behind, and who is forgotten stays so."""
    if outside.sns.find_owner(arn) is None:
        return None
    adopted = confirmed(row, topic_id, Line.of_key(key), arn, outside.clock())
    if not outside.subscribers.put(adopted):
        return None
    return adopted.model_copy(update={"edition": row.edition + 1})


def _knows(subscriber: Subscriber, topic_id: str, line_key: str) -> bool:
    return any((s.topic_id, s.line.key) == (topic_id, line_key) for s in subscriber.subscriptions)


def _put_counts(covered: Sequence[TopicRow], lists: Lists, outside: Reconciling) -> None:
    for row in covered:
        counts = {
            key: sum(map(bool, lists.by_line[(row.topic.id, key)].values()))
            for key in row.sns_topic_arns
        }
        if counts != row.listeners:
            outside.lines.put_listeners(row.topic.id, counts)
