"""Subscribing: what is sent, what is counted, and what nobody learns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import a_topic
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.confirmations import Confirmations
from tests.functional.conftest import PutTopics
from tests.functional.stack import Stack
from tocsin import wiring
from tocsin.alerts.listening import PAUSE
from tocsin.alerts.quotas import CONFIRMATIONS_DAY, turn
from tocsin.alerts.signing import subscriber_id
from tocsin.api.subscriptions import SelfService
from tocsin.aws.pepper import Pepper
from tocsin.errors import InputError, NotFoundError, SnsFailed, TooManyRequests
from tocsin.model.lines import Cadence, SnsProtocol
from tocsin.model.subscribers import Subscriber, SubscriptionState
from tocsin.pipeline import manage
from tocsin.pipeline.subscribe import (
    Outcome,
    Subscribing,
    Wish,
    ask,
    confirm,
    pending_turn,
    subscribe_for_operator,
    take_try,
    wish_of,
)

ANNA, PHONE = "anna@example.org", "+380501234567"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:news"


@pytest.fixture
def self_service(enter: Callable[[str], None]) -> SelfService:
    enter("ApiFunction")
    return wiring.self_service()


@pytest.fixture
def outside(
    self_service: SelfService, put_topics: PutTopics, confirmations: Confirmations
) -> Subscribing:
    put_topics(a_topic("peace"), a_topic("harbour"))
    codes = iter(range(100_000, 200_000))
    return replace(self_service.subscribing, randbelow=lambda below: next(codes))


def by_mail(address: str = ANNA, topic: str = "peace", cadence: str = "instant") -> Wish:
    return wish_of(topic, SnsProtocol.EMAIL, address, cadence, None)


def by_sms(number: str = PHONE, topic: str = "peace", cadence: str = "instant") -> Wish:
    return wish_of(topic, SnsProtocol.SMS, number, cadence, "UA")


def ip(number: int) -> str:
    """Of a network of its own."""
    return f"2001:db8:0:{number:x}::1"


def find(outside: Subscribing, endpoint: str = ANNA) -> Subscriber | None:
    protocol = SnsProtocol.EMAIL if "@" in endpoint else SnsProtocol.SMS
    return outside.subscribers.find(subscriber_id(outside.pepper(), protocol, endpoint))


def get(outside: Subscribing, endpoint: str = ANNA) -> Subscriber:
    found = find(outside, endpoint)
    assert found is not None
    return found


def states(outside: Subscribing, endpoint: str = ANNA) -> dict[str, str]:
    return {
        f"{each.topic_id} {each.line.key}": each.state.value
        for each in get(outside, endpoint).subscriptions
    }


def listen(outside: Subscribing, *wishes: Wish) -> Subscriber:
    """Subscribed and confirmed."""
    for wish in wishes:
        subscribe_for_operator(wish, True, outside)
    return get(outside, wishes[0].endpoint)


def listeners(stack: Stack, topic: str = "peace") -> dict[str, int]:
    (row,) = [each for each in stack.items("TopicsTable") if each["pk"] == f"TOPIC#{topic}"]
    return {key: count for key, count in row["listeners"].items() if count}


def last_sms(calls: Calls) -> str:
    return str(calls.of("sns:Publish")[-1]["Message"])


def test_an_address_is_asked_to_confirm_and_hears_nothing_before(
    outside: Subscribing, confirmations: Confirmations, stack: Stack
) -> None:
    assert ask(by_mail(), ip(1), outside) is Outcome.ASKED
    assert confirmations.mails == [ANNA]
    assert states(outside) == {"peace instant": "pending"}
    assert listeners(stack) == {}


def test_an_address_is_one_subscriber_however_it_is_written(
    outside: Subscribing, confirmations: Confirmations
) -> None:
    ask(by_mail("Anna@Example.ORG"), ip(1), outside)
    ask(by_mail("anna@example.org", "harbour"), ip(2), outside)
    assert get(outside).endpoint == ANNA
    assert confirmations.mails == [ANNA], "the second is within a day of the first"


def test_a_topic_that_there_is_not_is_named(outside: Subscribing) -> None:
    with pytest.raises(NotFoundError, match="no topic 'peas'"):
        ask(by_mail(topic="peas"), ip(1), outside)


def test_an_address_is_asked_once_in_a_day_whatever_the_topic_network_and_tag(
    outside: Subscribing, confirmations: Confirmations, clock: Clock
) -> None:
    ask(by_mail(), ip(1), outside)
    assert ask(by_mail(topic="harbour"), ip(2), outside) is Outcome.ADDRESS_LIMIT
    assert ask(by_mail("anna+1@example.org"), ip(3), outside) is Outcome.ADDRESS_LIMIT
    clock.advance(days=1)
    assert ask(by_mail(topic="harbour"), ip(4), outside) is Outcome.ASKED
    assert confirmations.mails == [ANNA, ANNA]


def test_an_address_that_leaves_three_unanswered_is_left_alone_for_a_month(
    outside: Subscribing, confirmations: Confirmations, clock: Clock
) -> None:
    begun = clock.now
    for day in (0, 1, 2, 3, 20, 31):  # the third goes out on day 2
        clock.now = begun + timedelta(days=day)
        ask(by_mail(), ip(day), outside)
    assert len(confirmations.mails) == 3
    clock.now = begun + timedelta(days=32)
    assert ask(by_mail(), ip(32), outside) is Outcome.ASKED


def test_a_network_may_ask_five_times_an_hour_and_twenty_times_a_day(
    outside: Subscribing, confirmations: Confirmations, clock: Clock
) -> None:
    asked = 0
    for hour in range(5):
        for number in range(6):
            try:
                ask(by_mail(f"a{hour}-{number}@example.org"), f"2001:db8::{number}", outside)
                asked += 1
            except TooManyRequests:
                continue
        assert asked == min(5 * (hour + 1), 20)
        clock.advance(hours=1)
    assert len(confirmations.mails) == 20


def test_all_together_may_be_asked_a_hundred_times_a_day(
    outside: Subscribing, confirmations: Confirmations, clock: Clock
) -> None:
    today = turn(CONFIRMATIONS_DAY, "", clock.now)
    outside.quotas.put_count(today, CONFIRMATIONS_DAY.limit - 2)
    outcomes = [ask(by_mail(f"a{n}@example.org"), ip(n), outside) for n in range(4)]
    assert outcomes == [Outcome.ASKED] * 2 + [Outcome.STACK_LIMIT] * 2
    assert len(confirmations.mails) == 2
    clock.advance(days=1)
    assert ask(by_mail("a3@example.org"), ip(1), outside) is Outcome.ASKED


def test_no_more_than_two_hundred_may_wait_for_a_yes(
    outside: Subscribing, confirmations: Confirmations, stack: Stack
) -> None:
    outside.quotas.put_count(pending_turn(outside.clock()), 199)
    assert ask(by_mail(), ip(1), outside) is Outcome.ASKED
    assert ask(by_mail("bo@example.org"), ip(2), outside) is Outcome.STACK_LIMIT
    assert confirmations.mails == [ANNA]


def test_an_address_refused_for_the_sake_of_all_may_ask_the_next_day(
    outside: Subscribing, clock: Clock
) -> None:
    """All counters or none: what was not sent is not held against it."""
    outside.quotas.put_count(pending_turn(outside.clock()), 200)
    assert ask(by_mail(), ip(1), outside) is Outcome.STACK_LIMIT
    outside.quotas.put_count(pending_turn(outside.clock()), 0)
    assert ask(by_mail(), ip(2), outside) is Outcome.ASKED


def test_every_counter_and_code_is_forgotten_by_itself(outside: Subscribing, stack: Stack) -> None:
    ask(by_mail(), ip(1), outside)
    ask(by_mail(), ip(1), outside)
    ask(by_sms(), ip(2), outside)
    kept = ("TOPIC#", "SUB#", "SECRET#")
    counters = [each for each in stack.items("TopicsTable") if not each["pk"].startswith(kept)]
    assert len(counters) > 8
    assert all(each["forget_at"] > outside.clock().timestamp() for each in counters)
    ttl = stack.template["Resources"]["TopicsTable"]["Properties"]["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "forget_at", "Enabled": True}


def test_no_counter_names_an_address_a_number_or_a_network(
    outside: Subscribing, stack: Stack
) -> None:
    ask(by_mail(), "203.0.113.7", outside)
    ask(by_sms(), "203.0.113.7", outside)
    kept = [each for each in stack.items("TopicsTable") if not each["pk"].startswith("SUB#")]
    assert not any(
        text in str(kept) for text in ("anna", "example.org", "380501234567", "203.0.113")
    )


def test_as_much_is_done_for_an_address_that_is_known_as_for_a_new_one(
    outside: Subscribing, confirmations: Confirmations, calls: Calls, clock: Clock
) -> None:
    def kinds(wish: Wish, network: int) -> tuple[Outcome, list[str]]:
        calls.reset()
        outcome = ask(wish, ip(network), outside)
        return outcome, sorted(name.partition(":")[0] for name in calls.names())

    listen(outside, by_mail("bo@example.org"))
    confirmations.confirm("bo@example.org")
    listen(outside, by_mail("bo@example.org"))
    new, work = kinds(by_mail(), 1)
    known = kinds(by_mail(), 2)
    listening = kinds(by_mail("bo@example.org"), 3)
    assert (new, known[0], listening[0]) == (
        Outcome.ASKED,
        Outcome.ADDRESS_LIMIT,
        Outcome.LISTENS,
    )
    assert known[1] == listening[1] == work
    assert work.count("sns") == 1


def test_a_line_is_made_when_somebody_wants_it(
    outside: Subscribing, stack: Stack, calls: Calls
) -> None:
    ask(by_mail(cadence="daily"), ip(1), outside)
    ask(by_mail("bo@example.org", cadence="daily"), ip(2), outside)
    (made,) = calls.of("sns:CreateTopic")
    assert made["Name"] == "tocsin-peace_daily"
    assert {each["Key"]: each["Value"] for each in made["Tags"]} == {
        "tocsin:topic": "peace",
        "tocsin:line": "daily",
    }


def test_a_number_is_subscribed_only_after_its_code(
    outside: Subscribing, calls: Calls, stack: Stack
) -> None:
    assert ask(by_sms(), ip(1), outside) is Outcome.CODE_SENT
    (sent,) = calls.of("sns:Publish")
    assert (sent["PhoneNumber"], sent["Message"][:6]) == (PHONE, "100000")
    assert calls.of("sns:Subscribe") == []
    assert find(outside, PHONE) is None
    row = confirm("+380 50 123 45 67", "100000", outside)
    assert states(outside, PHONE) == {"peace instant-sms": "confirmed"}
    (asked,) = calls.of("sns:Subscribe")
    assert asked["TopicArn"].endswith(":tocsin-peace_instant-sms")
    assert row.subscriptions[0].arn.startswith(asked["TopicArn"])
    assert listeners(stack) == {"instant-sms": 1}


def test_a_code_is_stored_so_that_it_cannot_be_read(outside: Subscribing, stack: Stack) -> None:
    ask(by_sms(), ip(1), outside)
    (kept,) = [each for each in stack.items("TopicsTable") if each["pk"].startswith("CODE#")]
    assert "100000" not in str(kept)


def test_a_code_ends_after_ten_minutes(outside: Subscribing, clock: Clock) -> None:
    ask(by_sms(), ip(1), outside)
    clock.advance(minutes=10)
    with pytest.raises(InputError, match="ask for a new one"):
        confirm(PHONE, "100000", outside)


def test_a_code_can_be_tried_five_times(outside: Subscribing) -> None:
    ask(by_sms(), ip(1), outside)
    for guess in range(5):
        with pytest.raises(InputError, match="wrong"):
            confirm(PHONE, f"00000{guess}", outside)
    with pytest.raises(InputError, match="wrong"):
        confirm(PHONE, "100000", outside)
    assert find(outside, PHONE) is None


def test_a_code_is_of_use_once_and_for_its_own_number(outside: Subscribing) -> None:
    ask(by_sms(), ip(1), outside)
    with pytest.raises(InputError):
        confirm("+380501234568", "100000", outside)
    confirm(PHONE, "100000", outside)
    with pytest.raises(InputError):
        confirm(PHONE, "100000", outside)


def test_another_code_can_be_had_after_a_minute_and_three_a_day(
    outside: Subscribing, clock: Clock, calls: Calls
) -> None:
    outcomes = []
    for number in range(5):
        outcomes.append(ask(by_sms(), ip(number), outside))
        assert ask(by_sms(), ip(number), outside) is Outcome.ADDRESS_LIMIT
        clock.advance(seconds=60)
    assert outcomes == [Outcome.CODE_SENT] * 3 + [Outcome.ADDRESS_LIMIT] * 2
    assert len(calls.of("sns:Publish")) == 3


def test_a_newer_code_takes_the_place_of_the_older(outside: Subscribing, clock: Clock) -> None:
    ask(by_sms(), ip(1), outside)
    clock.advance(seconds=60)
    ask(by_sms(), ip(1), outside)
    with pytest.raises(InputError):
        confirm(PHONE, "100000", outside)
    confirm(PHONE, "100001", outside)


def test_a_network_has_ten_codes_a_day_and_all_together_twenty(
    outside: Subscribing, clock: Clock, calls: Calls
) -> None:
    refused = 0
    for number in range(15):
        try:
            ask(by_sms(f"+3805012345{number:02d}"), ip(1), outside)
        except TooManyRequests:
            refused += 1
        clock.advance(minutes=20)
    assert (len(calls.of("sns:Publish")), refused) == (10, 5)
    outcomes = [ask(by_sms(f"+3805012346{n:02d}"), ip(2 + n), outside) for n in range(12)]
    assert outcomes == [Outcome.CODE_SENT] * 10 + [Outcome.STACK_LIMIT] * 2


def test_guesses_of_a_network_are_limited(outside: Subscribing) -> None:
    for _ in range(20):
        take_try("203.0.113.7", outside)
    with pytest.raises(TooManyRequests):
        take_try("203.0.113.7", outside)
    take_try("203.0.113.8", outside)


def test_a_crash_anywhere_in_confirming_a_number_is_mended_by_the_same_code(
    outside: Subscribing, calls: Calls, stack: Stack
) -> None:
    ask(by_sms(), ip(1), outside)
    crashes = 0
    for nth in range(1, 30):
        calls.reset()
        calls.before(None, crash, nth)
        try:
            confirm(PHONE, "100000", replace(outside, pepper=outside.pepper))
        except Crash:
            crashes += 1
            (code,) = [e for e in stack.items("TopicsTable") if e["pk"].startswith("CODE#")]
            _untried(stack, code["pk"])
        else:
            break
    calls.reset()
    assert crashes > 5
    assert states(outside, PHONE) == {"peace instant-sms": "confirmed"}
    arn = get(outside, PHONE).subscriptions[0].arn.rpartition(":")[0]
    listed = stack.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert len(listed) == 1


def _untried(stack: Stack, pk: str) -> None:
    """So that the fifth crash is not the last."""
    stack.client("dynamodb").update_item(
        TableName=stack.ref("TopicsTable"),
        Key={"pk": {"S": pk}},
        UpdateExpression="SET tries = :none",
        ExpressionAttributeValues={":none": {"N": "0"}},
    )


def test_what_sns_says_of_an_error_goes_no_further(
    outside: Subscribing, stack: Stack, calls: Calls
) -> None:
    wish = by_mail()
    row = outside.lines.make_line("peace", wish.line)
    stack.client("sns").delete_topic(TopicArn=row)
    with pytest.raises(SnsFailed) as failed:
        ask(wish, ip(1), outside)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    assert "anna" not in str(failed.value)


def test_a_pause_lets_nothing_through_and_its_end_everything(
    outside: Subscribing, stack: Stack
) -> None:
    row = listen(outside, by_sms())
    (listening,) = row.subscriptions

    def policy() -> str | None:
        answer = stack.client("sns").get_subscription_attributes(SubscriptionArn=listening.arn)
        return answer["Attributes"].get("FilterPolicy")

    paused = manage.pause(row.id, "peace", outside)
    assert paused is not None
    assert paused.subscriptions[0].paused_until == outside.clock() + PAUSE
    assert policy() == '{"tocsin-paused": ["never"]}'
    manage.pause(row.id, "peace", outside)
    resumed = manage.resume(row.id, "peace", outside)
    assert resumed is not None
    assert resumed.subscriptions[0].paused_until is None
    assert policy() == "{}"


def test_a_pause_may_be_of_one_topic_or_of_all(outside: Subscribing) -> None:
    row = listen(outside, by_sms(), by_sms(topic="harbour"))
    one = manage.pause(row.id, "harbour", outside)
    assert one is not None
    assert [bool(s.paused_until) for s in one.subscriptions] == [True, False]
    every = manage.pause(row.id, None, outside)
    assert every is not None
    assert all(s.paused_until for s in every.subscriptions)


def test_who_stops_one_topic_hears_of_the_others(outside: Subscribing, stack: Stack) -> None:
    row = listen(outside, by_sms(), by_sms(topic="harbour"))
    manage.stop(row.id, "peace", outside)
    assert states(outside, PHONE) == {"harbour instant-sms": "confirmed"}
    assert (listeners(stack), listeners(stack, "harbour")) == ({}, {"instant-sms": 1})


def test_who_stops_all_is_kept_no_longer(outside: Subscribing, stack: Stack) -> None:
    row = listen(outside, by_sms(), by_sms(topic="harbour"))
    manage.stop(row.id, None, outside)
    manage.stop(row.id, None, outside)
    assert find(outside, PHONE) is None
    assert stack.client("sns").list_subscriptions()["Subscriptions"] == []


def test_stopping_may_be_interrupted_anywhere_and_repeated(
    outside: Subscribing, stack: Stack, calls: Calls
) -> None:
    for nth in range(1, 30):
        row = listen(outside, by_sms())
        calls.reset()
        calls.before(None, crash, nth)
        try:
            manage.stop(row.id, None, outside)
        except Crash:
            calls.reset()
            manage.stop(row.id, None, outside)
            assert find(outside, PHONE) is None
            assert stack.client("sns").list_subscriptions()["Subscriptions"] == []
        else:
            calls.reset()
            break
    assert nth > 4


def test_a_number_changes_its_cadence_at_once(outside: Subscribing, stack: Stack) -> None:
    row = listen(outside, by_sms())
    manage.change_cadence(row.id, "peace", Cadence.DAILY, outside)
    assert states(outside, PHONE) == {"peace daily-sms": "confirmed"}
    (left,) = stack.client("sns").list_subscriptions()["Subscriptions"]
    assert left["TopicArn"].endswith("_daily-sms")
    assert listeners(stack) == {"daily-sms": 1}


def test_a_mailbox_keeps_its_former_line_until_the_new_one_is_confirmed(
    outside: Subscribing, confirmations: Confirmations
) -> None:
    confirmations.on = False
    row = listen(outside, by_mail())
    confirmations.on = True
    manage.change_cadence(row.id, "peace", Cadence.WEEKLY, outside)
    assert states(outside) == {"peace instant": "confirmed", "peace weekly": "pending"}
    assert confirmations.mails == [ANNA]
    with pytest.raises(TooManyRequests, match="try tomorrow"):
        manage.change_cadence(row.id, "peace", Cadence.DAILY, outside)
    manage.change_cadence(row.id, "peace", Cadence.INSTANT, outside)
    assert states(outside) == {"peace instant": "confirmed"}


def test_only_a_topic_that_is_listened_to_has_a_cadence(outside: Subscribing) -> None:
    ask(by_mail(), ip(1), outside)
    with pytest.raises(InputError, match="confirm it first"):
        manage.change_cadence(get(outside).id, "peace", Cadence.DAILY, outside)


def test_two_changes_at_once_are_both_made(outside: Subscribing, calls: Calls) -> None:
    row = listen(outside, by_sms(), by_sms(topic="harbour"))
    calls.before("dynamodb:PutItem", lambda: manage.stop(row.id, "peace", outside))
    manage.pause(row.id, "harbour", outside)
    (left,) = get(outside, PHONE).subscriptions
    assert left.topic_id == "harbour"
    assert left.paused_until is not None


FOOTER = (
    "If you wish to stop receiving notifications from this topic, please click or visit the link "
    "below to unsubscribe:\nhttps://sns.eu-central-1.amazonaws.com/unsubscribe.html?"
    "SubscriptionArn={arn}&Endpoint=anna@example.org\n"
)


def test_the_footer_of_an_e_mail_leads_to_its_subscriber(
    outside: Subscribing, confirmations: Confirmations
) -> None:
    confirmations.on = False
    row = listen(outside, by_mail())
    arn = row.subscriptions[0].arn
    for pasted in (arn, FOOTER.format(arn=arn), f" {arn.replace(':', '%3A')} "):
        assert manage.find_pasted(pasted, "tocsin", outside) == row.id


def test_a_footer_of_nobody_or_of_another_stack_leads_nowhere(
    outside: Subscribing, confirmations: Confirmations, stack: Stack
) -> None:
    """Though who has it is a subscriber of this one, too."""
    confirmations.on = False
    row, sns = listen(outside, by_mail()), stack.client("sns")
    other = sns.create_topic(Name="payroll")["TopicArn"]
    foreign = sns.subscribe(TopicArn=other, Protocol="email", Endpoint=ANNA)["SubscriptionArn"]
    own = row.subscriptions[0].arn
    unknown = own[:-36] + "00000000-0000-0000-0000-000000000000"
    for pasted in ("", ANNA, foreign, unknown, own[:-1], "arn:aws:sns:" * 200):
        assert manage.find_pasted(pasted, "tocsin", outside) is None


def test_an_operator_subscribes_what_strangers_may_not(outside: Subscribing) -> None:
    wish = wish_of("peace", SnsProtocol.SQS, QUEUE, "instant", None)
    assert subscribe_for_operator(wish, False, outside) is Outcome.CONFIRMED
    assert subscribe_for_operator(wish, False, outside) is Outcome.LISTENS
    row = outside.subscribers.find(subscriber_id(outside.pepper(), SnsProtocol.SQS, QUEUE))
    assert row is not None
    assert row.subscriptions[0].state is SubscriptionState.CONFIRMED


def test_the_secret_is_made_once_however_many_need_it_first(stack: Stack, calls: Calls) -> None:
    def pepper(letter: bytes) -> Pepper:
        client = stack.client("dynamodb")
        return Pepper(client, stack.ref("TopicsTable"), lambda size: letter * size)

    first, second = pepper(b"a"), pepper(b"b")
    calls.before("dynamodb:PutItem", lambda: second.get(32))
    assert first.get(32) == second.get(32) == b"b" * 32
