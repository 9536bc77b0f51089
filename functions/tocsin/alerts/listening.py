"""What a subscriber listens to, and how that changes. Each change, made twice, is the same."""

from collections import Counter
from datetime import datetime, timedelta

from tocsin.model.lines import Line
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState

PAUSE = timedelta(days=7)
# Those who are told, or would be but for a pause of theirs.
_LISTENING = SubscriptionState.CONFIRMED


def find_subscription(subscriber: Subscriber, topic_id: str, line: Line) -> Subscription | None:
    return next(
        (s for s in subscriber.subscriptions if (s.topic_id, s.line) == (topic_id, line)), None
    )


def listens(subscriber: Subscriber | None, topic_id: str, line: Line) -> bool:
    found = find_subscription(subscriber, topic_id, line) if subscriber else None
    return found is not None and found.state is _LISTENING


def put_subscription(subscriber: Subscriber, subscription: Subscription) -> Subscriber:
    """In place of what was known of the topic and line."""
    name = (subscription.topic_id, subscription.line)
    others = (s for s in subscriber.subscriptions if (s.topic_id, s.line) != name)
    kept = sorted((*others, subscription), key=lambda s: (s.topic_id, s.line.key))
    return subscriber.model_copy(update={"subscriptions": tuple(kept)})


def drop_subscriptions(subscriber: Subscriber, gone: tuple[Subscription, ...]) -> Subscriber:
    names = {(s.topic_id, s.line.key) for s in gone}
    kept = tuple(s for s in subscriber.subscriptions if (s.topic_id, s.line.key) not in names)
    return subscriber.model_copy(update={"subscriptions": kept})


def asked(
    subscriber: Subscriber, topic_id: str, line: Line, now: datetime, in_place_of: str = ""
) -> Subscriber:
    """Its owner is asked to confirm. Who listens already goes on listening."""
    if listens(subscriber, topic_id, line):
        return subscriber
    wanted = Subscription(
        topic_id=topic_id,
        line=line,
        state=SubscriptionState.PENDING,
        since=now,
        in_place_of=in_place_of,
    )
    return put_subscription(subscriber, wanted)


def confirmed(
    subscriber: Subscriber, topic_id: str, line: Line, arn: str, now: datetime
) -> Subscriber:
    """Since its owner said yes, or SNS needs no yes."""
    known = find_subscription(subscriber, topic_id, line)
    if known and known.state is _LISTENING:
        return put_subscription(subscriber, known.model_copy(update={"arn": arn}))
    since = {"state": _LISTENING, "since": now, "arn": arn}
    if known:
        return put_subscription(subscriber, known.model_copy(update=since))
    return put_subscription(subscriber, Subscription(topic_id=topic_id, line=line, **since))


def paused(subscriber: Subscriber, topic_id: str, until: datetime | None) -> Subscriber:
    """None ends the pause. Only who listens can pause."""
    return subscriber.model_copy(
        update={
            "subscriptions": tuple(
                s.model_copy(update={"paused_until": until})
                if s.topic_id == topic_id and s.state is _LISTENING
                else s
                for s in subscriber.subscriptions
            )
        }
    )


def line_to_leave(subscriber: Subscriber | None, topic_id: str, line: Line) -> str:
    """The key of another line by which the topic is listened to; one wants one of them."""
    kept = subscriber.subscriptions if subscriber else ()
    others = (s for s in kept if s.topic_id == topic_id and s.line != line)
    return next((s.line.key for s in others if s.state is _LISTENING), "")


def of_topic(subscriber: Subscriber, topic_id: str | None) -> tuple[Subscription, ...]:
    """None: of every topic."""
    return tuple(s for s in subscriber.subscriptions if topic_id in (None, s.topic_id))


def replaced(subscriber: Subscriber) -> tuple[Subscription, ...]:
    """Those in whose place another one is confirmed by now."""
    former = {
        (s.topic_id, s.in_place_of)
        for s in subscriber.subscriptions
        if s.in_place_of and s.state is _LISTENING
    }
    return tuple(s for s in subscriber.subscriptions if (s.topic_id, s.line.key) in former)


def listener_changes(
    before: Subscriber | None, after: Subscriber | None
) -> dict[tuple[str, str], int]:
    """How many more listen, by topic and key of the line."""
    changes: Counter[tuple[str, str]] = Counter()
    changes.update(_lines_listened_to(after))
    changes.subtract(_lines_listened_to(before))
    return {line: delta for line, delta in changes.items() if delta}


def _lines_listened_to(subscriber: Subscriber | None) -> list[tuple[str, str]]:
    kept = subscriber.subscriptions if subscriber else ()
    return [(s.topic_id, s.line.key) for s in kept if s.state is _LISTENING]
