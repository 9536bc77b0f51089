"""What becomes of a subscription when SNS's list says something else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tocsin.alerts.listening import listener_changes, paused
from tocsin.alerts.reconciling import LEFT_KEPT, PENDING_KEPT, SETTLED, Outcome, reconciled
from tocsin.model.lines import Cadence, Line, SnsProtocol
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState

INSTANT, DAILY = Line(cadence=Cadence.INSTANT), Line(cadence=Cadence.DAILY)
ARN = "arn:aws:sns:eu-central-1:123456789012:tocsin-peace:1"
PENDING, CONFIRMED, SUSPENDED, LEFT = SubscriptionState
HOUR = timedelta(hours=1)
NOT_LISTED = None


def listening(line: Line = INSTANT, **changes: Any) -> Subscription:
    known = {"topic_id": "peace", "line": line, "state": CONFIRMED, "since": NOW, "arn": ARN}
    return Subscription(**(known | changes))


def anna(*subscriptions: Subscription) -> Subscriber:
    return Subscriber(
        id="a" * 24,
        protocol=SnsProtocol.EMAIL,
        endpoint="anna@example.org",
        since=NOW,
        subscriptions=subscriptions,
    )


def compare(
    row: Subscriber, now: datetime, topics: tuple[str, ...] = ("peace",), **lines: str | None
) -> Any:
    listed = {
        ("peace", key): {} if arn is NOT_LISTED else {row.id: arn} for key, arn in lines.items()
    }
    return reconciled(row, listed, frozenset(topics), now)


@pytest.mark.parametrize(
    ("state", "listed", "age", "becomes", "outcome"),
    [
        (PENDING, ARN, HOUR, CONFIRMED, Outcome.CONFIRMED),
        (PENDING, "", PENDING_KEPT, PENDING, Outcome.UNCHANGED),
        (PENDING, NOT_LISTED, PENDING_KEPT - HOUR, PENDING, Outcome.UNCHANGED),
        (PENDING, NOT_LISTED, PENDING_KEPT, None, Outcome.LAPSED),
        (CONFIRMED, ARN, HOUR, CONFIRMED, Outcome.UNCHANGED),
        (CONFIRMED, "", HOUR, SUSPENDED, Outcome.SUSPENDED),
        (CONFIRMED, "", SETTLED / 2, CONFIRMED, Outcome.UNCHANGED),
        (CONFIRMED, NOT_LISTED, HOUR, LEFT, Outcome.LEFT),
        (CONFIRMED, NOT_LISTED, SETTLED / 2, CONFIRMED, Outcome.UNCHANGED),
        (SUSPENDED, ARN, HOUR, CONFIRMED, Outcome.RETURNED),
        (SUSPENDED, "", HOUR, SUSPENDED, Outcome.UNCHANGED),
        (SUSPENDED, NOT_LISTED, HOUR, LEFT, Outcome.LEFT),
        (LEFT, ARN, HOUR, CONFIRMED, Outcome.RETURNED),
        (LEFT, "", HOUR, PENDING, Outcome.UNCHANGED),
        (LEFT, NOT_LISTED, LEFT_KEPT - HOUR, LEFT, Outcome.UNCHANGED),
        (LEFT, NOT_LISTED, LEFT_KEPT, None, Outcome.FORGOTTEN),
    ],
)
def test_each_state_follows_from_what_is_listed(
    state: SubscriptionState,
    listed: str | None,
    age: timedelta,
    becomes: SubscriptionState | None,
    outcome: Outcome,
) -> None:
    made = compare(anna(listening(state=state)), NOW + age, instant=listed)
    assert [each.state for each in made.subscriber.subscriptions] == ([becomes] if becomes else [])
    assert made.outcomes == (outcome,)


def test_what_was_not_listed_to_the_end_is_left_as_it_is() -> None:
    row = anna(listening(DAILY, state=PENDING), listening())
    made = compare(row, NOW + PENDING_KEPT, instant=ARN)
    assert made.subscriber == row
    assert made.outcomes == (Outcome.UNCHANGED,)


def test_a_pause_that_has_ended_is_taken_off_and_one_that_has_not_is_kept() -> None:
    row = anna(listening(paused_until=NOW + HOUR))
    before = compare(row, NOW + HOUR / 2, instant=ARN)
    assert (before.resume, before.pause, before.subscriber) == ((), row.subscriptions, row)
    after = compare(row, NOW + HOUR, instant=ARN)
    assert (after.resume, after.pause) == (row.subscriptions, ())
    assert after.outcomes == (Outcome.RESUMED,)
    assert after.subscriber == anna(listening())


def test_the_former_line_is_left_once_the_new_one_is_confirmed() -> None:
    row = anna(listening(), listening(DAILY, state=PENDING, arn="", in_place_of="instant"))
    waiting = compare(row, NOW + HOUR, instant=ARN, daily="")
    assert (waiting.leave, len(waiting.subscriber.subscriptions)) == ((), 2)
    done = compare(row, NOW + HOUR, instant=ARN, daily=ARN + "2")
    assert [each.line for each in done.leave] == [INSTANT]
    (left,) = done.subscriber.subscriptions
    assert (left.line, left.state, left.arn) == (DAILY, CONFIRMED, ARN + "2")
    assert sorted(done.outcomes) == ["confirmed", "replaced", "unchanged"]


def test_what_was_listened_to_of_a_removed_topic_is_forgotten() -> None:
    made = compare(anna(listening()), NOW, topics=("harbour",))
    assert (made.subscriber.subscriptions, made.outcomes) == ((), (Outcome.FORGOTTEN,))


def test_comparing_twice_changes_nothing_more() -> None:
    row = anna(listening(state=PENDING, arn=""))
    once = compare(row, NOW + HOUR, instant=ARN).subscriber
    assert compare(once, NOW + HOUR, instant=ARN).subscriber == once


def test_only_who_is_told_counts_as_a_listener() -> None:
    pending, confirmed = anna(listening(state=PENDING)), anna(listening())
    assert listener_changes(pending, confirmed) == {("peace", "instant"): 1}
    assert listener_changes(confirmed, None) == {("peace", "instant"): -1}
    assert listener_changes(confirmed, paused(confirmed, "peace", NOW)) == {}
