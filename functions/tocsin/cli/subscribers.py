"""`tocsin subscribe`, `tocsin subscribers` and `tocsin alert`."""

import re
from collections.abc import Iterator

import click

from tocsin.aws.sns import Subscription
from tocsin.cli.screen import screen, table
from tocsin.cli.target import Account, Place, connect
from tocsin.model import Channel, Line, TopicRow

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")  # E.164


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--email", help="An e-mail address.")
@click.option("--sms", help="A phone number as +380441234567, whose owner agreed to it.")
@click.pass_obj
def subscribe(place: Place, topic_id: str, email: str | None, sms: str | None) -> None:
    """Tell somebody about a topic, by e-mail, SMS or both.

    An e-mail address gets a message first and must confirm; an SMS needs no confirmation, so ask
    before you subscribe a number.
    """
    if not email and not sms:
        raise click.UsageError("give --email, --sms or both")
    _require(_EMAIL, "--email", email, "an address as anna@example.org")
    _require(_PHONE, "--sms", sms, "a number with its country, as +380441234567")
    account, out = connect(place), screen()
    row = get_topic(account, topic_id)
    for protocol, endpoint in (("email", email), ("sms", sms)):
        if endpoint:
            done = listen(account, row, protocol, endpoint)
            pending = "" if done.confirmed else "; waits for confirmation"
            out.print(f"{endpoint} hears of {row.topic.name}{pending}")


def listen(account: Account, row: TopicRow, protocol: str, endpoint: str) -> Subscription:
    """Subscribes at the topic's own cadence; by SMS, on a line for SMS alone."""
    channel = Channel.SMS if protocol == "sms" else Channel.MAIL
    line = Line(cadence=row.topic.alert.cadence, channel=channel)
    done = account.sns_topics.subscribe(get_line(account, row, line), protocol, endpoint)
    if channel is Channel.SMS:
        account.topics.add_listener(row.topic.id, line.key, 1)
    return done


def get_line(account: Account, row: TopicRow, line: Line) -> str:
    """The ARN of a line's `sns_topic`, which is made where there is none."""
    if arn := row.sns_topic_arns.get(line.key):
        return arn
    arn = account.sns_topics.make(row.topic.id, line)
    account.topics.add_line(row.topic.id, line.key, arn)
    return arn


def listeners_of(account: Account, row: TopicRow) -> Iterator[tuple[str, Subscription]]:
    """Who listens, by the key of the line."""
    for line_key, arn in sorted(row.sns_topic_arns.items()):
        for each in account.sns_topics.subscriptions(arn):
            yield line_key, each


def get_topic(account: Account, topic_id: str) -> TopicRow:
    row = account.topics.find(topic_id)
    if row is None:
        raise click.ClickException(f"no topic {topic_id!r}; `tocsin topics` lists them")
    return row


def _require(pattern: re.Pattern[str], option: str, value: str | None, wanted: str) -> None:
    if value is not None and not pattern.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not {wanted}", param_hint=option)


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.pass_obj
def subscribers(place: Place, topic_id: str) -> None:
    """Show who listens to a topic."""
    account = connect(place)
    found = listeners_of(account, get_topic(account, topic_id))
    rows = [
        (s.protocol, s.endpoint, line_key, "confirmed" if s.confirmed else "pending")
        for line_key, s in found
    ]
    screen().print(table(("by", "to", "line", "state"), rows))


@click.command()
@click.pass_obj
def alert(place: Place) -> None:
    """Send what is due now, rather than at the next minute."""
    sums = connect(place).invoke("AlertFunction")
    for what, counts in sums.items():
        screen().print(", ".join(f"{count} {what} {name}" for name, count in counts.items()))
