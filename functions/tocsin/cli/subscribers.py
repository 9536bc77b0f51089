"""`tocsin subscribe`, `tocsin subscribers` and `tocsin alert`."""

import re

import click

from tocsin.cli.screen import screen, table
from tocsin.cli.target import Account, Place, connect
from tocsin.model import TopicRow

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
            done = account.sns_topics.subscribe(row.sns_topic_arn, protocol, endpoint)
            pending = "" if done.confirmed else "; waits for confirmation"
            out.print(f"{endpoint} hears of {row.topic.name}{pending}")


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
    found = account.sns_topics.subscriptions(get_topic(account, topic_id).sns_topic_arn)
    rows = [(s.protocol, s.endpoint, "confirmed" if s.confirmed else "pending") for s in found]
    screen().print(table(("by", "to", "state"), rows))


@click.command()
@click.pass_obj
def alert(place: Place) -> None:
    """Send what is due now, rather than at the next minute."""
    sums = connect(place).invoke("AlertFunction")
    screen().print(", ".join(f"{count} matches {name}" for name, count in sums.items()))
