"""`tocsin subscribe`, `subscribers`, `unsubscribe` and the like: who hears of what; and `alert`."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from tocsin.alerts.signing import PEPPER_BYTES, subscriber_id
from tocsin.alerts.subscribing import endpoint_of, protocol_of
from tocsin.aws.lines import Lines
from tocsin.aws.pepper import Pepper
from tocsin.aws.quotas_table import QuotasTable
from tocsin.aws.subscribers_table import SubscribersTable
from tocsin.aws.subscriptions import SnsSubscriptions
from tocsin.cli.screen import screen, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.errors import InputError, NotFoundError
from tocsin.model.lines import Cadence, SnsProtocol
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState
from tocsin.model.topics import TopicRow
from tocsin.pipeline.listing import Listing
from tocsin.pipeline.manage import Forgotten, forget_endpoint, link_path, stop
from tocsin.pipeline.subscribe import Outcome, Subscribing, subscribe_for_operator, wish_of
from tocsin.pipeline.subscribe import confirm as confirm_number

_NO_SMS = "SMS is off in this stack; deploy it with EnableSms=true and SmsCountries, as DE,UA"
_HEARD = {
    Outcome.ASKED: "waits for confirmation",
    Outcome.CODE_SENT: "was sent a code: `tocsin confirm NUMBER CODE`",
    Outcome.LISTENS: "hears of it already",
    Outcome.CONFIRMED: "hears of it from now on",
}
_STATES = {
    SubscriptionState.PENDING: "pending: asked to confirm",
    SubscriptionState.CONFIRMED: "confirmed",
    SubscriptionState.SUSPENDED: "suspended by SNS: asked to confirm again",
    SubscriptionState.LEFT: "left, or bounced",
}


def subscribing(account: Account) -> Subscribing:
    dynamodb, name = account.client("dynamodb"), account.outputs["TopicsTable"]
    sns = account.client("sns")
    pepper = Pepper(dynamodb, name, secrets.token_bytes)
    return Subscribing(
        subscribers=SubscribersTable(dynamodb, name),
        quotas=QuotasTable(dynamodb, name),
        lines=Lines(account.topics, lambda: account.sns_topics),
        sns=SnsSubscriptions(lambda: sns),
        pepper=lambda: pepper.get(PEPPER_BYTES),
        clock=lambda: datetime.now(UTC),
        randbelow=secrets.randbelow,
    )


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--email", help="An e-mail address; SNS asks it to confirm.")
@click.option("--sms", help="A mobile number as +380501234567; it is sent a code first.")
@click.option("--https", help="A URL that takes what SNS posts; SNS asks it to confirm.")
@click.option("--sqs", help="The ARN of a queue that lets SNS send to it.")
@click.option("--lambda", "function", help="The ARN of a function that lets SNS invoke it.")
@click.option(
    "--cadence", type=click.Choice([each.value for each in Cadence]), help="[the topic's own]"
)
@click.option("--agreed", is_flag=True, help="The number's owner agreed in writing: send no code.")
@click.pass_obj
def subscribe(
    place: Place,
    topic_id: str,
    email: str | None,
    sms: str | None,
    https: str | None,
    sqs: str | None,
    function: str | None,
    cadence: str | None,
    agreed: bool,
) -> None:
    """Tell somebody about a topic, by one or more ways."""
    given = {
        SnsProtocol.EMAIL: email,
        SnsProtocol.SMS: sms,
        SnsProtocol.HTTPS: https,
        SnsProtocol.SQS: sqs,
        SnsProtocol.LAMBDA: function,
    }
    wanted = {protocol: text for protocol, text in given.items() if text}
    if not wanted:
        raise click.UsageError("give --email, --sms, --https, --sqs or --lambda")
    account, out = connect(place), screen()
    row, outside = get_topic(account, topic_id), subscribing(account)
    how_often = cadence or row.topic.alert.cadence.value
    countries = _countries(account) if sms else None
    wishes = [
        wish_of(topic_id, protocol, text, how_often, countries) for protocol, text in wanted.items()
    ]
    for wish in wishes:
        outcome = subscribe_for_operator(wish, agreed, outside)
        out.print(f"{wish.endpoint}: {row.topic.name}, {how_often}: {_HEARD[outcome]}")


def listen(account: Account, row: TopicRow, **endpoints: str) -> None:
    """Subscribes those who are known to agree, at the topic's own cadence; by protocol, as
    `email="anna@example.org"`."""
    outside, cadence = subscribing(account), row.topic.alert.cadence.value
    for protocol, endpoint in endpoints.items():
        wish = wish_of(row.topic.id, SnsProtocol(protocol), endpoint, cadence, None)
        subscribe_for_operator(wish, True, outside)


def _countries(account: Account) -> str:
    countries = account.outputs.get("SmsCountries", "")
    if account.outputs.get("EnableSms") != "true" or not countries:
        raise click.ClickException(_NO_SMS)
    return countries


def get_topic(account: Account, topic_id: str) -> TopicRow:
    row = account.topics.find(topic_id)
    if row is None:
        raise click.ClickException(f"no topic {topic_id!r}; `tocsin topics` lists them")
    return row


@click.command()
@click.argument("number")
@click.argument("code")
@click.pass_obj
def confirm(place: Place, number: str, code: str) -> None:
    """Subscribe a number by the code that it was sent."""
    row = confirm_number(number, code, subscribing(connect(place)))
    screen().print(f"{row.endpoint} hears of it from now on")


@click.command()
@click.argument("topic_id", metavar="[TOPIC]", required=False)
@click.option("--check", is_flag=True, help="Ask SNS first, rather than at the next full hour.")
@click.pass_obj
def subscribers(place: Place, topic_id: str | None, check: bool) -> None:
    """Show who listens to a topic, or to any."""
    account = connect(place)
    if topic_id:
        get_topic(account, topic_id)
    if check:
        account.invoke("ReconcileFunction")
    kept = SubscribersTable(account.client("dynamodb"), account.outputs["TopicsTable"])
    rows = sorted(
        (
            each.topic_id,
            each.line.key,
            row.protocol.value,
            row.endpoint,
            _state(each),
            when(each.since),
        )
        for row in kept.all()
        for each in row.subscriptions
        if topic_id in (None, each.topic_id)
    )
    screen().print(table(("topic", "line", "by", "to", "state", "since (UTC)"), rows))


def _state(each: Subscription) -> str:
    words = _STATES[each.state]
    if each.in_place_of:
        words += f", in place of {each.in_place_of}"
    return f"paused until {when(each.paused_until)}" if each.paused_until else words


@click.command()
@click.argument("address")
@click.option("--topic", "topic_id", help="Only from this one.")
@click.pass_obj
def unsubscribe(place: Place, address: str, topic_id: str | None) -> None:
    """Let an address hear of one topic, or of all, no more."""
    outside = subscribing(connect(place))
    row = get_subscriber(address, outside)
    if topic_id and not any(each.topic_id == topic_id for each in row.subscriptions):
        raise InputError("topic", f"{row.endpoint} is not subscribed to {topic_id!r}")
    stop(row.id, topic_id, outside)
    what = f"{topic_id} no more" if topic_id else "nothing any more"
    screen().print(f"{row.endpoint} hears of {what}")


def get_subscriber(address: str, outside: Subscribing) -> Subscriber:
    """Raises NotFoundError, InputError."""
    protocol = protocol_of(address)
    endpoint = endpoint_of(protocol, address)
    row = outside.subscribers.find(subscriber_id(outside.pepper(), protocol, endpoint))
    if row is None:
        raise NotFoundError("subscriber", endpoint)
    return row


def forget_subscriber(place: Place, subscriber: str, *, yes: bool) -> None:
    account = connect(place)
    protocol = protocol_of(subscriber)
    endpoint = endpoint_of(protocol, subscriber)
    if not yes:
        click.confirm(f"remove every trace of {endpoint}?", abort=True)
    outside = subscribing(account)
    listing = Listing(SnsSubscriptions(lambda: account.client("sns")), time.sleep)
    done = forget_endpoint(protocol, endpoint, _arns(account), listing, outside)
    for line in _what_was_forgotten(done):
        screen().print(line)


def _arns(account: Account) -> Iterator[str]:
    """Of every `sns_topic` of a topic in force."""
    for row in account.topics.all():
        yield from row.sns_topic_arns.values()


def _what_was_forgotten(done: Forgotten) -> Iterator[str]:
    yield f"subscriptions ended in SNS: {done.subscriptions}"
    yield f"records of the subscriber removed: {int(done.row)}"
    yield f"counters and codes removed: {done.counters}"
    if done.unconfirmed:
        yield f"never confirmed: {done.unconfirmed}; SNS forgets them by itself within three days"


@click.command()
@click.argument("address")
@click.pass_obj
def link(place: Place, address: str) -> None:
    """Print the link by which a subscriber pauses, changes or stops; hand it to nobody else."""
    account = connect(place)
    if account.outputs.get("PublicSubscriptions") != "true":
        raise click.ClickException("links lead nowhere here; deploy with PublicSubscriptions=true")
    outside = subscribing(account)
    row = get_subscriber(address, outside)
    click.echo(account.outputs["HttpApiUrl"] + link_path(row.id, outside))


@click.command()
@click.pass_obj
def alert(place: Place) -> None:
    """Send what is due now, rather than at the next minute."""
    sums = connect(place).invoke("AlertFunction")
    for what, counts in sums.items():
        screen().print(", ".join(f"{count} {what} {name}" for name, count in counts.items()))
