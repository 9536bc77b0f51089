"""What SNS says of who listens, beside what we know: it is where people confirm and leave.

SNS tells neither: its lists are compared. Whoever is listed with an ARN has confirmed; whoever had
and is listed without one was suspended (SNS asks for a new confirmation after failed deliveries);
whoever is not listed any more has left, by the link in an e-mail's footer, or bounced too often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.alerts.listening import drop_subscriptions, put_subscription, replaced
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState

PENDING_KEPT = timedelta(days=3)  # SNS forgets who has not confirmed by then
LEFT_KEPT = timedelta(days=30)  # so long the operator sees that somebody left
# SNS's lists may lag behind, and a subscription may be made while they are read.
SETTLED = timedelta(minutes=15)


class Outcome(StrEnum):
    """What became of one subscription."""

    UNCHANGED = "unchanged"
    CONFIRMED = "confirmed"
    RETURNED = "returned"  # was suspended or had left, and confirmed anew
    SUSPENDED = "suspended"
    LEFT = "left"
    LAPSED = "lapsed"  # never confirmed
    RESUMED = "resumed"
    REPLACED = "replaced"  # by another line of the topic
    FORGOTTEN = "forgotten"  # left long ago, or its topic was removed
    ADOPTED = "adopted"  # in SNS, and in no row until now
    FAILED = "failed"  # SNS refused a change to its subscriber: next time
    PASSED_OVER = "passed_over"  # its row was changed meanwhile: next time


# By topic and key of the line: every listed subscriber's ARN, empty for who has not confirmed.
ByLine = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Reconciled:
    """`resume` are those whose pause has ended, `pause` those that are paused (again: a crash may
    have kept it from SNS), `leave` those to be unsubscribed: all in SNS, before `subscriber` is
    written. `outcomes` are of each subscription that was compared."""

    subscriber: Subscriber
    resume: tuple[Subscription, ...] = ()
    pause: tuple[Subscription, ...] = ()
    leave: tuple[Subscription, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def reconciled(
    before: Subscriber, listed: ByLine, topic_ids: frozenset[str], now: datetime
) -> Reconciled:
    """`listed` holds the lines whose lists were read to their end; what is on others is left as it
    is. `topic_ids` are those in force."""
    after, outcomes, resume = before, [], []
    for each in before.subscriptions:
        changed, outcome = _compared(each, before.id, listed, topic_ids, now)
        if changed is None:
            after = drop_subscriptions(after, (each,))
        elif outcome is Outcome.RESUMED:
            resume.append(each)
        if changed is not None:
            after = put_subscription(after, changed)
        if outcome is not None:
            outcomes.append(outcome)
    leave = replaced(after)
    after = drop_subscriptions(after, leave)
    outcomes += [Outcome.REPLACED] * len(leave)
    pause = tuple(s for s in after.subscriptions if s.paused_until)
    return Reconciled(after, tuple(resume), pause, leave, tuple(outcomes))


def _compared(
    each: Subscription,
    subscriber_id: str,
    listed: ByLine,
    topic_ids: frozenset[str],
    now: datetime,
) -> tuple[Subscription | None, Outcome | None]:
    if each.topic_id not in topic_ids:
        return None, Outcome.FORGOTTEN
    line = listed.get((each.topic_id, each.line.key))
    if line is None:
        return each, None
    arn = line.get(subscriber_id)
    if arn:
        return _listed_as_confirmed(each, arn, now)
    return _not_listed(each, now) if arn is None else _listed_as_pending(each, now)


def _listed_as_confirmed(
    each: Subscription, arn: str, now: datetime
) -> tuple[Subscription, Outcome]:
    if each.state is not SubscriptionState.CONFIRMED:
        new = each.state is SubscriptionState.PENDING
        since = {"state": SubscriptionState.CONFIRMED, "since": now, "arn": arn}
        changed = each.model_copy(update=since)
        return changed, Outcome.CONFIRMED if new else Outcome.RETURNED
    if each.paused_until and each.paused_until <= now:
        changes = {"paused_until": None, "arn": arn}
        return each.model_copy(update=changes), Outcome.RESUMED
    return each.model_copy(update={"arn": arn}), Outcome.UNCHANGED


def _listed_as_pending(each: Subscription, now: datetime) -> tuple[Subscription, Outcome]:
    settled = now - each.since >= SETTLED
    if each.state is SubscriptionState.CONFIRMED and settled:
        return _became(each, SubscriptionState.SUSPENDED, now), Outcome.SUSPENDED
    if each.state is SubscriptionState.LEFT:
        return _became(each, SubscriptionState.PENDING, now), Outcome.UNCHANGED
    return each, Outcome.UNCHANGED


def _not_listed(each: Subscription, now: datetime) -> tuple[Subscription | None, Outcome]:
    age = now - each.since
    if each.state is SubscriptionState.PENDING:
        return (None, Outcome.LAPSED) if age >= PENDING_KEPT else (each, Outcome.UNCHANGED)
    if each.state is SubscriptionState.LEFT:
        return (None, Outcome.FORGOTTEN) if age >= LEFT_KEPT else (each, Outcome.UNCHANGED)
    if age < SETTLED:
        return each, Outcome.UNCHANGED
    return _became(each, SubscriptionState.LEFT, now), Outcome.LEFT


def _became(each: Subscription, state: SubscriptionState, now: datetime) -> Subscription:
    arn = "" if state is SubscriptionState.LEFT else each.arn
    changes = {"state": state, "since": now, "paused_until": None, "arn": arn}
    return each.model_copy(update=changes)
