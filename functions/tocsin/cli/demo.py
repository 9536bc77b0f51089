"""`tocsin demo`: the whole flow in a minute, on the embedded AWS and a newsroom of its own."""

import shutil
import socketserver
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from tocsin.cli.apply import apply_files
from tocsin.cli.articles import list_page, print_cards
from tocsin.cli.feeds import feeds_table, poll_now
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.local import bring_up, local_errors, print_delivery
from tocsin.cli.screen import excerpt_text, screen, step
from tocsin.cli.subscribers import listen
from tocsin.cli.target import Account, Place, lexicon_file
from tocsin.model.cards import Card
from tocsin.model.matches import MatchRow, MatchStatus

if TYPE_CHECKING:
    from infra.local.inbox import Delivery
    from infra.newsroom.server import Newsroom

EMAIL, PHONE = "anna@example.org", "+380501234567"
SHOWN_TOPIC = "security-guarantees"
EVERYTHING = 1000  # the newsroom has some twenty articles
DELIVERY_SECONDS = 10  # an alert is delivered in well under one


@click.command()
@click.pass_obj
def demo(place: Place) -> None:
    """Show the whole flow: feeds, articles, topics, e-mail and SMS.

    Starts the embedded AWS and a small newsroom on this machine, lets Tocsin poll it, and ends
    both. Fails where no alert arrives.
    """
    out = screen()
    with local_errors(), _newsroom() as newsroom, _account(out, place, newsroom) as account:
        subscribe_everybody(out, account)
        fill_the_archive(out, account, newsroom)
        ring(out, account, newsroom)
        show_why(out, account)
        show_deliveries(out, place)
        show_archive(out, account)
        show_how_to_go_on(out)


def subscribe_everybody(out: Console, account: Account) -> None:
    for row in account.topics.all():
        listen(account, row, email=EMAIL, sms=PHONE)
    names = ", ".join(row.topic.name for row in account.topics.all())
    out.print(f"{EMAIL} and {PHONE} subscribed to: {names}")


def fill_the_archive(out: Console, account: Account, newsroom: "Newsroom") -> None:
    _heading(out, "1  What came in")
    with step(out, f"first poll of the newsroom at {newsroom.url}"):
        rows = poll_now(account, _feed_ids(account))
    out.print(feeds_table(rows, datetime.now(UTC)))
    cards = _todays(account)
    languages = Counter(card.language or "unknown" for card in cards)
    counts = ", ".join(f"{count} {language}" for language, count in languages.most_common())
    out.print(f"{len(cards)} articles are in the archive ({counts}).")
    out.print("Nobody was told: the first poll of a feed fills the archive silently.")


def ring(out: Console, account: Account, newsroom: "Newsroom") -> None:
    _heading(out, "2  News")
    before = {card.article_id for card in _todays(account)}
    fresh = newsroom.publish_later()
    out.print(f"The newsroom publishes {len(fresh)} articles, one agency's story in four rewrites.")
    with step(out, "polling again, and sending what is due"):
        poll_now(account, _feed_ids(account))
        account.invoke("AlertFunction")
    new = [card for card in _todays(account) if card.article_id not in before]
    for card in new:
        topics = ", ".join(
            row.match.topic_id for row in account.articles.matches_of(card.article_id)
        )
        out.print(Text(f"  {card.title} ({card.publisher})"))
        out.print(Text(f"    topics: {topics or 'none'}", style="bold" if topics else "dim"))


def show_why(out: Console, account: Account) -> None:
    _heading(out, "3  Which topics matched, and why")
    for row in account.topics.all():
        out.print(Text(row.topic.name, style="bold"))
        for match in _told(account, row.topic.id):
            out.print(Text("  ").append_text(excerpt_text(match.match.excerpt)))


def show_deliveries(out: Console, place: Place) -> None:
    """Raises ClickException where no e-mail or no SMS arrived."""
    from infra.local.inbox import wait_for
    from infra.local.paths import StatePaths

    _heading(out, "4  What subscribers get")
    path = StatePaths.of(demo_place(place).local_dir).inbox
    for protocol in ("email", "sms"):
        found = wait_for(path, partial(_is_by, protocol), DELIVERY_SECONDS)
        if not found:
            raise click.ClickException(f"no {protocol} arrived; see {path.parent / 'aws.log'}")
        _print_first(out, found)


def _is_by(protocol: str, delivery: "Delivery") -> bool:
    return delivery.protocol == protocol


def _print_first(out: Console, deliveries: Sequence["Delivery"]) -> None:
    print_delivery(out, deliveries[0])
    if len(deliveries) > 1:
        out.print(f"... and {len(deliveries) - 1} more by {deliveries[0].protocol}")
        out.print()


def show_archive(out: Console, account: Account) -> None:
    _heading(out, "5  Asking the archive")
    out.print(Text(f"$ tocsin articles --topic {SHOWN_TOPIC}", style="bold"))
    print_cards(out, list_page(account, SHOWN_TOPIC, None, 20))


def show_how_to_go_on(out: Console) -> None:
    _heading(out, "6  Your own news")
    out.print("feeds.yaml and topics.yaml hold the feeds and topics: make them yours, then")
    for command, what in (
        ("make up", "start it on this machine, with your files"),
        (". .venv/bin/activate", "have the tocsin command at hand"),
        ("tocsin subscribe TOPIC --email YOU", "hear of a topic"),
        ("tocsin feeds", "see how every feed is"),
        ("tocsin inbox", "read what was delivered"),
        ("make deploy", "run it in your AWS account"),
    ):
        out.print(f"  {command:<36} {what}")


def demo_place(place: Place) -> Place:
    """A state of its own: the demo leaves alone what `tocsin up` keeps."""
    return replace(place, local_dir=place.local_dir / "demo")


@contextmanager
def _newsroom() -> Iterator["Newsroom"]:
    from infra.newsroom.server import Newsroom

    with Newsroom() as newsroom:
        yield newsroom


@contextmanager
def _account(out: Console, place: Place, newsroom: "Newsroom") -> Iterator[Account]:
    """The embedded AWS with the newsroom's feeds and the topics that ship; gone afterwards."""
    from infra.local import lifecycle

    own = demo_place(place)
    if lifecycle.find_running(own.local_dir):
        lifecycle.stop(own.local_dir)
    shutil.rmtree(own.local_dir, ignore_errors=True)
    own.local_dir.mkdir(parents=True)
    try:
        # The newsroom is ours: nobody minds if its pages are asked without a pause.
        ours = {"AllowedEndpoints": f"127.0.0.1:{newsroom.port}", "PagePauseSeconds": "0"}
        account = bring_up(out, own, _free_port(), parameters=ours)
        feeds = _feeds_file(own.local_dir, newsroom)
        with step(out, "applying feeds and topics"):
            lexicon = Lexicon(lexicon_file(place))
            apply_files(account, feeds, own.project_root / "topics.yaml", lexicon)
        yield account
    finally:
        if lifecycle.find_running(own.local_dir):
            lifecycle.stop(own.local_dir)


def _free_port() -> int:
    """One that nobody listens on: the usual one may be taken by `tocsin up`."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as probe:
        return int(probe.server_address[1])


def _feeds_file(folder: Path, newsroom: "Newsroom") -> Path:
    from infra.newsroom.content import load_sites

    feeds = [
        {
            "id": site.key,
            "url": newsroom.feed_urls[site.key],
            "publisher": site.name,
            "language": site.language,
        }
        for site in load_sites()
    ]
    feeds.append({"id": "lantern-weekly", "url": newsroom.broken_feed_url})
    path = folder / "feeds.yaml"
    path.write_text(yaml.safe_dump({"feeds": feeds}, allow_unicode=True), encoding="utf-8")
    return path


def _feed_ids(account: Account) -> tuple[str, ...]:
    return tuple(row.feed.id for row in account.feeds.all())


def _todays(account: Account) -> tuple[Card, ...]:
    """And yesterday's: the demo may run at midnight."""
    today = datetime.now(UTC).date()
    days = (today, today - timedelta(days=1))
    return tuple(card for day in days for card in list_page(account, None, day, EVERYTHING).cards)


def _told(account: Account, topic_id: str) -> list[MatchRow]:
    """The matches of a topic that rang."""
    cards = list_page(account, topic_id, None, EVERYTHING).cards
    rows = [row for card in cards for row in account.articles.matches_of(card.article_id)]
    return [
        row for row in rows if row.match.topic_id == topic_id and row.status is MatchStatus.ALERTED
    ]


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Rule(Text(text, style="bold"), align="left"))
