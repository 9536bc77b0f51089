"""`tocsin snooze`, `mute` and `failures`: what an operator does about alerts."""

import re
from datetime import UTC, datetime, timedelta

import click
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.cli.screen import screen, table, when
from tocsin.cli.subscribers import get_topic
from tocsin.cli.target import Place, connect
from tocsin.errors import InputError
from tocsin.model.alerts import AlertKey, Failed

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([1-9]\d{0,3})([mhdw])")
MAX_SNOOZE = timedelta(days=366)  # longer is a topic to be muted, or removed
MAX_SHOWN = 200


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--for", "duration", metavar="TIME", help="For so long, as 3d, 12h or 2w.")
@click.option("--until", metavar="TIME", help="Until then, as 2031-03-05T08:00 (UTC).")
@click.option("--off", is_flag=True, help="Ring again.")
@click.pass_obj
def snooze(place: Place, topic_id: str, duration: str | None, until: str | None, off: bool) -> None:
    """Let a topic's alerts wait, and tell them when that ends."""
    if sum(map(bool, (duration, until, off))) != 1:
        raise click.UsageError("give one of --for, --until and --off")
    account, now = connect(place), datetime.now(UTC)
    row = get_topic(account, topic_id)
    at = None if off else _end_of_snooze(duration, until, now)
    account.topics.snooze(topic_id, at)
    said = f"is snoozed until {when(at)} UTC" if at else "rings again"
    screen().print(Text(f"{row.topic.name} {said}"))


def _end_of_snooze(duration: str | None, until: str | None, now: datetime) -> datetime:
    """Raises InputError."""
    at = now + _duration(duration) if duration else _instant(until or "")
    if not now < at <= now + MAX_SNOOZE:
        field = "--for" if duration else "--until"
        raise InputError(
            field, "ends in the past, or in more than a year; `tocsin mute` is for good"
        )
    return at


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if not found:
        raise InputError("--for", f"{text!r} is no duration; write it as 90m, 12h, 3d or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("--until", f"{text!r} is no time; write it as 2031-03-05T08:00") from error
    return at.replace(tzinfo=at.tzinfo or UTC)


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--off", is_flag=True, help="Ring again.")
@click.pass_obj
def mute(place: Place, topic_id: str, off: bool) -> None:
    """Keep a topic from ringing: what it matches is dropped, and stays in the archive."""
    account = connect(place)
    row = get_topic(account, topic_id)
    account.topics.mute(topic_id, not off)
    screen().print(Text(f"{row.topic.name} {'rings again' if off else 'is muted'}"))


@click.command()
@click.option("--redrive", is_flag=True, help="Try them all again.")
@click.pass_obj
def failures(place: Place, redrive: bool) -> None:
    """Show the alerts that were given up, and why."""
    account, out = connect(place), screen()
    found = account.alerts.failed(MAX_SHOWN)
    out.print(table(("given up (UTC)", "alert", "attempts", "title", "why"), map(_row, found)))
    if redrive:
        now = datetime.now(UTC)
        again = sum(account.alerts.redrive(each, now) for each in found)
        out.print(f"{again} are tried again within a minute")


def _row(failed: Failed) -> tuple[str, str, str, str, str]:
    return (
        when(failed.failed_at),
        AlertKey(failed.pk, failed.sk).id,
        str(failed.attempts),
        one_line(failed.title),
        one_line(failed.reason),
    )
