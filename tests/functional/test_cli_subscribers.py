"""What an operator does with subscribers, at the command line."""

import dataclasses
import sys
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.builders import a_topic
from tests.functional.calls import Calls
from tests.functional.confirmations import Confirmations
from tests.functional.conftest import PutTopics, done
from tests.functional.stack import API_URL, Stack
from tests.functional.test_subscribe import by_mail, ip
from tocsin import wiring
from tocsin.alerts.signing import mark_of, subscriber_id
from tocsin.cli.target import Account
from tocsin.model.lines import Cadence, SnsProtocol
from tocsin.model.topics import AlertSettings
from tocsin.pipeline.subscribe import Subscribing, ask

PHONE = "+380501234567"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:news"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:news"
Tocsin = Callable[..., Result]


@pytest.fixture
def sms(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that sends SMS to Ukraine."""
    outputs = account.outputs | {"EnableSms": "true", "SmsCountries": "UA"}
    other = dataclasses.replace(account, outputs=outputs)
    monkeypatch.setattr(sys.modules["tocsin.cli.subscribers"], "connect", lambda place: other)


def rows(tocsin: Tocsin, *arguments: str) -> list[list[str]]:
    """Topic, line, protocol, endpoint and the first word of the state."""
    _, *lines = done(tocsin("subscribers", *arguments)).splitlines()
    return [line.split()[:5] for line in lines]


def test_an_address_that_must_confirm_first_is_said_to(
    tocsin: Tocsin, put_topics: PutTopics, confirmations: Confirmations
) -> None:
    put_topics(a_topic())
    shown = done(tocsin("subscribe", "peace", "--email", "Anna@example.org"))
    assert shown.splitlines() == ["anna@example.org: Peace, instant: waits for confirmation"]
    assert rows(tocsin) == [["peace", "instant", "email", "anna@example.org", "pending:"]]


def test_endpoints_of_machines_are_subscribed_at_once(
    tocsin: Tocsin, put_topics: PutTopics, confirmations: Confirmations
) -> None:
    put_topics(a_topic())
    done(tocsin("subscribe", "peace", "--sqs", QUEUE, "--lambda", FUNCTION))
    done(tocsin("subscribe", "peace", "--https", "https://example.org/hook"))
    assert rows(tocsin) == [
        ["peace", "instant", "https", "https://example.org/hook", "pending:"],
        ["peace", "instant", "lambda", FUNCTION, "confirmed"],
        ["peace", "instant", "sqs", QUEUE, "confirmed"],
    ]


def test_the_cadence_is_the_topics_own_unless_another_is_given(
    tocsin: Tocsin, put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace", alert=AlertSettings(cadence=Cadence.DAILY)))
    done(tocsin("subscribe", "peace", "--email", "a@example.org"))
    done(tocsin("subscribe", "peace", "--email", "b@example.org", "--cadence", "weekly"))
    assert [row[1] for row in rows(tocsin)] == ["daily", "weekly"]


def test_subscribers_are_shown_of_one_topic_or_of_all(
    tocsin: Tocsin, put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace"), a_topic("harbour"))
    done(tocsin("subscribe", "peace", "--email", "a@example.org"))
    done(tocsin("subscribe", "harbour", "--email", "b@example.org"))
    assert [row[3] for row in rows(tocsin)] == ["b@example.org", "a@example.org"]
    assert [row[3] for row in rows(tocsin, "peace")] == ["a@example.org"]


def test_a_number_is_subscribed_by_its_code(
    tocsin: Tocsin, put_topics: PutTopics, sms: None, calls: Calls
) -> None:
    put_topics(a_topic())
    shown = done(tocsin("subscribe", "peace", "--sms", "+380 50 123 45 67"))
    assert "was sent a code: `tocsin confirm NUMBER CODE`" in shown
    assert rows(tocsin) == []
    (sent,) = calls.of("sns:Publish")
    again = tocsin("subscribe", "peace", "--sms", PHONE)
    assert "less than a minute ago" in str(again.exception)
    assert "hears of it from now on" in done(tocsin("confirm", PHONE, sent["Message"][:6]))
    assert rows(tocsin) == [["peace", "instant-sms", "sms", PHONE, "confirmed"]]


def test_a_number_whose_owner_agreed_is_sent_no_code(
    tocsin: Tocsin, put_topics: PutTopics, sms: None, calls: Calls
) -> None:
    put_topics(a_topic())
    shown = done(tocsin("subscribe", "peace", "--sms", PHONE, "--agreed"))
    assert "hears of it from now on" in shown
    assert calls.of("sns:Publish") == []


def test_a_stack_without_sms_says_how_to_have_it(
    tocsin: Tocsin, put_topics: PutTopics, calls: Calls
) -> None:
    put_topics(a_topic())
    result = tocsin("subscribe", "peace", "--sms", PHONE)
    assert result.exit_code == 1
    assert "EnableSms=true" in result.output
    assert calls.of("sns:Subscribe") == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--email", "anna", "an address has an @"),
        ("--email", "anna@localhost", "no domain"),
        ("--sms", "0441234567", "with its country"),
        ("--sms", "+380441234567", "not a mobile number"),
        ("--sms", "+4915123456789", "only numbers of UA"),
        ("--https", "http://example.org/", "https://example.org/hook"),
        ("--sqs", FUNCTION, "arn:aws:sqs"),
        ("--lambda", QUEUE, "arn:aws:lambda"),
    ],
)
def test_what_is_no_endpoint_is_refused_before_anything_is_sent(
    option: str,
    value: str,
    words: str,
    tocsin: Tocsin,
    put_topics: PutTopics,
    sms: None,
    calls: Calls,
) -> None:
    put_topics(a_topic())
    calls.reset()
    arguments = ("--email", "a@example.org") if option != "--email" else ("--sqs", QUEUE)
    result = tocsin("subscribe", "peace", *arguments, option, value)
    assert words in str(result.exception)
    assert calls.writes() == []


def test_nobody_can_be_subscribed_without_an_address(tocsin: Tocsin) -> None:
    result = tocsin("subscribe", "peace")
    assert result.exit_code == 2
    assert "give --email, --sms, --https, --sqs or --lambda" in result.output


@pytest.mark.parametrize(
    "command",
    [("subscribe", "peas", "--email", "a@example.org"), ("subscribers", "peas")],
    ids=["subscribe", "subscribers"],
)
def test_a_topic_that_is_not_there_is_named(
    command: tuple[str, ...], tocsin: Tocsin, calls: Calls
) -> None:
    result = tocsin(*command)
    assert result.exit_code == 1
    assert "no topic 'peas'; `tocsin topics` lists them" in result.output
    assert calls.of("sns:Subscribe") == []


def test_an_address_is_unsubscribed_from_one_topic_or_from_all(
    tocsin: Tocsin, put_topics: PutTopics, stack: Stack
) -> None:
    put_topics(a_topic("peace"), a_topic("harbour"), a_topic("ferry"))
    for topic in ("peace", "harbour", "ferry"):
        done(tocsin("subscribe", topic, "--email", "a@example.org"))
    assert "hears of peace no more" in done(
        tocsin("unsubscribe", "A@example.org", "--topic", "peace")
    )
    assert [row[0] for row in rows(tocsin)] == ["ferry", "harbour"]
    assert "nothing any more" in done(tocsin("unsubscribe", "a@example.org"))
    assert rows(tocsin) == []
    assert stack.client("sns").list_subscriptions()["Subscriptions"] == []


def test_who_is_not_subscribed_is_said_to_be_not(tocsin: Tocsin, put_topics: PutTopics) -> None:
    put_topics(a_topic())
    for command in ("unsubscribe", "link"):
        assert "no subscriber 'a@example.org'" in str(tocsin(command, "a@example.org").exception)
    done(tocsin("subscribe", "peace", "--email", "a@example.org"))
    result = tocsin("unsubscribe", "a@example.org", "--topic", "harbour")
    assert "not subscribed to 'harbour'" in str(result.exception)


def test_a_link_is_printed_for_a_subscriber_to_be_given(
    tocsin: Tocsin, put_topics: PutTopics
) -> None:
    put_topics(a_topic())
    done(tocsin("subscribe", "peace", "--email", "a@example.org"))
    shown = done(tocsin("link", "a@example.org")).strip()
    assert shown.startswith(f"{API_URL}/subscriptions/")
    assert len(shown.rpartition("/")[2]) == 68


def test_forgetting_asks_first(tocsin: Tocsin, put_topics: PutTopics) -> None:
    put_topics(a_topic())
    done(tocsin("subscribe", "peace", "--email", "a@example.org"))
    assert tocsin("forget", "--subscriber", "a@example.org", answer="n\n").exit_code == 1
    assert len(rows(tocsin)) == 1
    assert tocsin("forget").exit_code == 2


def test_nothing_is_left_of_a_mailbox_that_is_forgotten(
    tocsin: Tocsin,
    put_topics: PutTopics,
    stack: Stack,
    confirmations: Confirmations,
    enter: Callable[[str], None],
) -> None:
    arns = put_topics(a_topic("peace"), a_topic("harbour"), a_topic("ferry"))
    enter("ApiFunction")
    before = _everything(stack)
    outside = wiring.self_service().subscribing
    outside.pepper()
    confirmations.on = False
    done(tocsin("subscribe", "peace", "--email", "anna@example.org"))
    confirmations.on = True
    ask(by_mail(topic="harbour"), ip(1), outside)
    confirmations.on = False
    stack.client("sns").subscribe(
        TopicArn=arns["ferry"], Protocol="email", Endpoint="Anna@Example.org"
    )
    confirmations.on = True
    known = outside.subscribers.find(_id(outside))
    assert known is not None
    shown = done(tocsin("forget", "--subscriber", "ANNA@example.org", "--yes"))
    assert shown.splitlines() == [
        "subscriptions ended in SNS: 2",
        "records of the subscriber removed: 1",
        "counters and codes removed: 1",
        "never confirmed: 1; SNS forgets them by itself within three days",
    ]
    after = _everything(stack)
    for trace in ("anna", known.id, *_marks(outside)):
        assert trace not in str(after).lower()
    # What is left counts all together, or a network; nothing of it is the mailbox's.
    left = {key for key in after if key not in before and not key.startswith("QUOTA#")}
    assert left == {"SECRET#pepper"}


def test_nothing_is_left_of_a_number_that_is_forgotten(
    tocsin: Tocsin, put_topics: PutTopics, stack: Stack, sms: None
) -> None:
    put_topics(a_topic())
    done(tocsin("subscribe", "peace", "--sms", PHONE))
    done(tocsin("subscribe", "peace", "--sms", PHONE, "--agreed"))
    shown = done(tocsin("forget", "--subscriber", PHONE, "--yes"))
    assert "subscriptions ended in SNS: 1" in shown
    assert "counters and codes removed: 1" in shown
    assert set(_everything(stack)) == {"TOPIC#peace", "SECRET#pepper"}
    assert stack.client("sns").list_subscriptions()["Subscriptions"] == []


def _everything(stack: Stack) -> dict[str, str]:
    """Every item of every table, by its key."""
    tables = ("FeedsTable", "ArticlesTable", "StoriesTable", "TopicsTable")
    return {each["pk"]: str(each) for table in tables for each in stack.items(table)}


def _id(outside: Subscribing) -> str:
    return subscriber_id(outside.pepper(), SnsProtocol.EMAIL, "anna@example.org")


def _marks(outside: Subscribing) -> list[str]:
    return [mark_of(outside.pepper(), "mailbox", "anna@example.org")]
