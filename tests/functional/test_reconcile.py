"""What SNS says of who listens, put beside what we know."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import a_topic
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.confirmations import Confirmations
from tests.functional.conftest import PutTopics
from tests.functional.stack import Stack
from tests.functional.test_subscribe import (
    ANNA,
    PHONE,
    by_mail,
    by_sms,
    find,
    get,
    ip,
    listen,
    listeners,
    states,
)
from tocsin import wiring
from tocsin.alerts.listening import PAUSE
from tocsin.alerts.reconciling import LEFT_KEPT, PENDING_KEPT
from tocsin.aws.topics_table import TopicsTable
from tocsin.errors import SnsFailed
from tocsin.model.lines import Cadence
from tocsin.pipeline import manage
from tocsin.pipeline.reconcile import TIME, Outcome, Reconciling, reconcile
from tocsin.pipeline.subscribe import Outcome as Asked
from tocsin.pipeline.subscribe import Subscribing, ask


@pytest.fixture
def outside(
    enter: Callable[[str], None], put_topics: PutTopics, confirmations: Confirmations
) -> Subscribing:
    put_topics(a_topic("peace"), a_topic("harbour"))
    enter("ApiFunction")
    return wiring.self_service().subscribing


@pytest.fixture
def reconciling(outside: Subscribing, enter: Callable[[str], None]) -> Reconciling:
    enter("ReconcileFunction")
    return wiring.reconciling()


def told(outcomes: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items() if count}


def pending(stack: Stack) -> int:
    (kept,) = [e for e in stack.items("TopicsTable") if e["pk"] == "QUOTA#pending#now"]
    return int(kept["taken"])


def test_who_follows_the_link_in_the_mail_is_confirmed(
    outside: Subscribing,
    reconciling: Reconciling,
    confirmations: Confirmations,
    stack: Stack,
    clock: Clock,
) -> None:
    ask(by_mail(), ip(1), outside)
    clock.advance(minutes=30)
    assert told(reconcile(reconciling)) == {"unchanged": 1}
    assert pending(stack) == 1
    confirmations.confirm(ANNA)
    assert told(reconcile(reconciling)) == {"confirmed": 1}
    assert states(outside) == {"peace instant": "confirmed"}
    assert get(outside).subscriptions[0].arn.startswith("arn:aws:sns:")
    assert (pending(stack), listeners(stack)) == (0, {"instant": 1})


def test_an_address_that_has_confirmed_may_be_asked_again_at_once(
    outside: Subscribing, reconciling: Reconciling, confirmations: Confirmations
) -> None:
    ask(by_mail(), ip(1), outside)
    confirmations.confirm(ANNA)
    reconcile(reconciling)
    assert ask(by_mail(topic="harbour"), ip(2), outside) is Asked.ASKED


def test_who_never_confirms_is_forgotten_after_three_days(
    outside: Subscribing, reconciling: Reconciling, stack: Stack, clock: Clock
) -> None:
    ask(by_mail(), ip(1), outside)
    _leave(stack)  # as SNS does
    clock.now += PENDING_KEPT - timedelta(hours=1)
    assert told(reconcile(reconciling)) == {"unchanged": 1}
    clock.advance(hours=1)
    assert told(reconcile(reconciling)) == {"lapsed": 1}
    assert find(outside) is None


def _leave(stack: Stack) -> None:
    sns = stack.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])


def test_whom_sns_suspended_is_shown_so_until_they_confirm_again(
    outside: Subscribing, reconciling: Reconciling, confirmations: Confirmations, clock: Clock
) -> None:
    ask(by_mail(), ip(1), outside)
    confirmations.confirm(ANNA)
    reconcile(reconciling)
    clock.advance(hours=1)
    confirmations.suspend(ANNA)
    assert told(reconcile(reconciling)) == {"suspended": 1}
    assert states(outside) == {"peace instant": "suspended"}
    confirmations.confirm(ANNA)
    assert told(reconcile(reconciling)) == {"returned": 1}


def test_who_left_is_shown_for_a_month_and_then_forgotten(
    outside: Subscribing, reconciling: Reconciling, stack: Stack, clock: Clock
) -> None:
    listen(outside, by_sms())
    clock.advance(hours=1)
    _leave(stack)
    assert told(reconcile(reconciling)) == {"left": 1}
    assert (states(outside, PHONE), listeners(stack)) == ({"peace instant-sms": "left"}, {})
    clock.now += LEFT_KEPT
    assert told(reconcile(reconciling)) == {"forgotten": 1}
    assert find(outside, PHONE) is None


def test_a_pause_ends_within_the_hour(
    outside: Subscribing, reconciling: Reconciling, stack: Stack, clock: Clock
) -> None:
    row = listen(outside, by_sms())
    manage.pause(row.id, None, outside)
    clock.now += PAUSE - timedelta(minutes=1)
    assert told(reconcile(reconciling)) == {"unchanged": 1}
    assert _policy(stack) != "{}"
    clock.advance(hours=1)
    assert told(reconcile(reconciling)) == {"resumed": 1}
    assert _policy(stack) == "{}"
    assert get(outside, PHONE).subscriptions[0].paused_until is None


def _policy(stack: Stack) -> str:
    sns = stack.client("sns")
    (only,) = sns.list_subscriptions()["Subscriptions"]
    answer = sns.get_subscription_attributes(SubscriptionArn=only["SubscriptionArn"])
    return str(answer["Attributes"].get("FilterPolicy"))


def test_a_pause_that_a_crash_kept_from_sns_is_made_good(
    outside: Subscribing, reconciling: Reconciling, stack: Stack, calls: Calls
) -> None:
    row = listen(outside, by_sms())
    calls.before("sns:SetSubscriptionAttributes", crash)
    with pytest.raises(Crash):
        manage.pause(row.id, None, outside)
    assert _policy(stack) == "None"
    reconcile(reconciling)
    assert "never" in _policy(stack)


def test_the_former_line_is_left_once_the_new_cadence_is_confirmed(
    outside: Subscribing,
    reconciling: Reconciling,
    confirmations: Confirmations,
    stack: Stack,
    clock: Clock,
) -> None:
    ask(by_mail(), ip(1), outside)
    confirmations.confirm(ANNA)
    reconcile(reconciling)
    manage.change_cadence(get(outside).id, "peace", Cadence.DAILY, outside)
    clock.advance(hours=1)
    assert told(reconcile(reconciling)) == {"unchanged": 2}
    confirmations.confirm(ANNA)
    assert told(reconcile(reconciling)) == {"unchanged": 1, "confirmed": 1, "replaced": 1}
    assert states(outside) == {"peace daily": "confirmed"}
    (only,) = stack.client("sns").list_subscriptions()["Subscriptions"]
    assert only["TopicArn"].endswith("_daily")
    assert listeners(stack) == {"daily": 1}


def test_who_was_subscribed_by_hand_is_shown_from_now_on(
    outside: Subscribing, reconciling: Reconciling, topics: TopicsTable, stack: Stack
) -> None:
    row = topics.find("peace")
    assert row is not None
    stack.client("sns").subscribe(
        TopicArn=row.sns_topic_arns["instant"], Protocol="sms", Endpoint="+380501112233"
    )
    assert told(reconcile(reconciling)) == {"adopted": 1}
    assert states(outside, "+380501112233") == {"peace instant": "confirmed"}
    assert told(reconcile(reconciling)) == {"unchanged": 1}


def test_who_has_just_left_is_not_taken_back_from_a_list_that_lags(
    outside: Subscribing, reconciling: Reconciling
) -> None:
    row = listen(outside, by_sms())
    gone = row.subscriptions[0]
    manage.stop(row.id, None, outside)

    class Lagging:
        def list_page(self, sns_topic_arn, cursor):  # type: ignore[no-untyped-def]
            from tocsin.model.lines import SnsProtocol
            from tocsin.model.subscribers import Listed

            listed = Listed(protocol=SnsProtocol.SMS, endpoint=PHONE, arn=gone.arn)
            return ([listed] if gone.arn.startswith(sns_topic_arn + ":") else []), ""

    listing = replace(reconciling.listing, pages=Lagging())
    assert told(reconcile(replace(reconciling, listing=listing))) == {}
    assert find(outside, PHONE) is None


def test_what_is_listened_to_of_a_removed_topic_is_forgotten(
    outside: Subscribing, reconciling: Reconciling, topics: TopicsTable
) -> None:
    listen(outside, by_sms())
    topics.remove("peace")
    assert told(reconcile(reconciling)) == {"forgotten": 1}
    assert find(outside, PHONE) is None


def test_a_row_that_changes_meanwhile_is_left_for_the_next_hour(
    outside: Subscribing,
    reconciling: Reconciling,
    confirmations: Confirmations,
    calls: Calls,
) -> None:
    ask(by_mail(), ip(1), outside)
    confirmations.confirm(ANNA)
    calls.before(
        "sns:ListSubscriptionsByTopic", lambda: manage.stop(get(outside).id, None, outside)
    )
    assert told(reconcile(reconciling)) == {"passed_over": 1}


def test_counts_of_listeners_are_put_right(
    outside: Subscribing, reconciling: Reconciling, stack: Stack
) -> None:
    listen(outside, by_sms())
    outside.lines.add_listener("peace", "instant-sms", 5)
    reconcile(reconciling)
    assert listeners(stack) == {"instant-sms": 1}


def test_lists_of_many_are_read_to_their_end(
    outside: Subscribing, reconciling: Reconciling, topics: TopicsTable, stack: Stack, calls: Calls
) -> None:
    row = topics.find("peace")
    assert row is not None
    for number in range(101):
        stack.client("sns").subscribe(
            TopicArn=row.sns_topic_arns["instant"], Protocol="sms", Endpoint=f"+3805011{number:05d}"
        )
    calls.reset()
    assert told(reconcile(reconciling)) == {"adopted": 101}
    assert len(calls.of("sns:ListSubscriptionsByTopic")) == 3, "two pages, and the other topic"


def test_lists_are_asked_for_thirty_times_a_second_at_most(
    outside: Subscribing, reconciling: Reconciling, calls: Calls
) -> None:
    slept: list[float] = []
    listing = replace(reconciling.listing, sleep=slept.append)
    reconcile(replace(reconciling, listing=listing))
    assert len(slept) == len(calls.of("sns:ListSubscriptionsByTopic")) == 2
    assert all(each >= 1 / 30 for each in slept)


def test_a_run_without_time_goes_on_where_it_ended(
    outside: Subscribing, reconciling: Reconciling, clock: Clock, calls: Calls
) -> None:
    row = listen(outside, by_sms(topic="harbour"))
    assert row
    slow = replace(reconciling.listing, sleep=lambda _: clock.advance(seconds=TIME.total_seconds()))
    slowly = replace(reconciling, listing=slow)

    def asked() -> Iterator[str]:
        calls.reset()
        reconcile(slowly)
        for each in calls.of("sns:ListSubscriptionsByTopic"):
            yield each["TopicArn"].rpartition(":")[2].removeprefix("tocsin-")

    assert list(asked()) == ["harbour", "harbour_instant-sms"]
    assert list(asked()) == ["peace"]
    assert list(asked()) == ["harbour", "harbour_instant-sms"]


def test_a_run_may_crash_anywhere_and_the_next_one_sets_all_right(
    outside: Subscribing,
    reconciling: Reconciling,
    confirmations: Confirmations,
    calls: Calls,
    clock: Clock,
    stack: Stack,
) -> None:
    for nth in range(1, 60):
        row = listen(outside, by_sms())
        manage.pause(row.id, None, outside)
        clock.now += PAUSE
        calls.reset()
        calls.before(None, crash, nth)
        try:
            reconcile(reconciling)
        except Crash:
            calls.reset()
            reconcile(reconciling)
        else:
            calls.reset()
            break
        assert _policy(stack) == "{}"
        assert get(outside, PHONE).subscriptions[0].paused_until is None
        assert listeners(stack) == {"instant-sms": 1}
        manage.stop(row.id, None, outside)
    assert nth > 6


def test_a_subscription_that_sns_does_not_change_stops_no_other(
    outside: Subscribing, reconciling: Reconciling, stack: Stack, clock: Clock
) -> None:
    for number in (PHONE, "+380501234568"):
        row = listen(outside, by_sms(number))
        manage.pause(row.id, None, outside)
    first = get(outside, PHONE).subscriptions[0].arn
    clock.now += PAUSE

    class Refusing:
        def resume(self, arn: str) -> bool:
            if arn == first:
                raise SnsFailed("set_subscription_attributes", "FilterPolicyLimitExceeded")
            return reconciling.sns.resume(arn)

    assert told(reconcile(replace(reconciling, sns=Refusing()))) == {"failed": 1, "resumed": 1}
    assert told(reconcile(reconciling)) == {"unchanged": 1, "resumed": 1}
