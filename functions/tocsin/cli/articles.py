"""`tocsin articles` and `tocsin article`: the archive."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from tocsin import __version__
from tocsin.alerts.plain import one_line
from tocsin.articles.capture import Captured, Served, read_captures
from tocsin.articles.extraction import extract
from tocsin.articles.metadata import Facts
from tocsin.articles.urls import identity
from tocsin.cli.screen import excerpt_text, screen, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.errors import InputError, NotFoundError
from tocsin.model.alerts import AlertRow, AlertStatus
from tocsin.model.articles import Article, Change
from tocsin.model.cards import CardPage
from tocsin.model.matches import MatchRow, MatchStatus
from tocsin.pipeline.lists import list_story
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import PAGE_BYTES, Fetcher

MAX_PATH_CHARACTERS = 1_024  # what is longer is no path, and an error of the system


def _day(_context: click.Context, _option: click.Parameter, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise click.BadParameter("write it as 2026-11-22") from error


@click.command()
@click.option("--topic", help="Articles that matched this topic.")
@click.option("--day", metavar="YYYY-MM-DD", callback=_day, help="First seen that day [today].")
@click.option("--publisher", help="Articles of this publisher.")
@click.option("--story", metavar="ID|URL", help="Articles of this story.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--cursor", help="Go on where an earlier list ended.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def articles(
    place: Place,
    topic: str | None,
    day: date | None,
    publisher: str | None,
    story: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List articles, newest first, by topic, publisher, story or day (UTC)."""
    if sum(each is not None for each in (topic, day, publisher, story)) > 1:
        raise click.UsageError("give only one of a topic, a publisher, a story and a day")
    page = list_page(connect(place), topic, day, limit, cursor, publisher, story)
    if as_json:
        for card in page.cards:
            click.echo(card.model_dump_json())
        return
    out = screen()
    print_cards(out, page)
    if page.cursor:
        out.print(f"more: --cursor {page.cursor}", soft_wrap=True)


def list_page(
    account: Account,
    topic: str | None,
    day: date | None,
    limit: int,
    cursor: str | None = None,
    publisher: str | None = None,
    story: str | None = None,
) -> CardPage:
    """Raises InputError and NotFoundError."""
    if publisher is not None:
        return account.articles.list_publisher(publisher, limit, cursor)
    if story is not None:
        asked = identity(story) if "://" in story else story
        return list_story(asked, limit, cursor, account.articles, account.stories)
    if topic is None:
        return account.articles.list_day(day or datetime.now(UTC).date(), limit, cursor)
    if account.topics.find(topic) is None:
        known = ", ".join(row.topic.id for row in account.topics.all()) or "none yet"
        raise InputError("topic", f"no topic {topic!r}; there are {known}")
    return account.articles.list_topic(topic, limit, cursor)


def print_cards(out: Console, page: CardPage) -> None:
    rows = [
        (when(card.seen_at), card.publisher, card.language or "-", card.title, card.article_id)
        for card in page.cards
    ]
    out.print(table(("seen (UTC)", "publisher", "lang", "title", "id"), rows))


@click.command()
@click.argument("source", metavar="FILE|URL|ID")
@click.option("--version", type=click.IntRange(1), help="As it was before it was revised.")
@click.option("--page", is_flag=True, help="Fetch the URL, stored or not, as its page is now.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def article(place: Place, source: str, version: int | None, page: bool, as_json: bool) -> None:
    """Show one article: its text, where each fact is from, which topics it matched and why.

    A FILE is a page (HTML) or a capture (WARC): shown is what extraction makes of it, and what it
    drops; likewise of a URL that the archive does not have. What it has goes by ID or by any URL.
    """
    if is_file(source):
        pages = pages_in(Path(source))
    elif page or is_unknown(place, source):
        pages = [fetched(source)]
    else:
        return show_stored(connect(place), source, version, as_json)
    for each in pages:
        show_page(screen(), each, as_json)
    return None


def is_unknown(place: Place, source: str) -> bool:
    """A URL that the archive does not have; without an archive, any."""
    if "://" not in source:
        return False
    try:
        return connect(place).articles.find_article_id(identity(source)) is None
    except click.ClickException:  # no archive is running or deployed: none is needed for this
        return True


def is_file(source: str) -> bool:
    return len(source) <= MAX_PATH_CHARACTERS and Path(source).is_file()


def pages_in(path: Path) -> list[Served]:
    """Raises InputError for a capture that cannot be read or holds no page."""
    body = path.read_bytes()
    if not path.name.endswith((".warc", ".warc.gz")):
        whole = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        return [Captured(url=path.name, status=200, headers={}, body=whole)]
    if not (found := list(read_captures(body))):
        raise InputError("file", f"{path} holds no answer of a server")
    return list(found)


def fetched(url: str) -> Served:
    """Raises FetchError."""
    web = Fetcher(f"Tocsin/{__version__} (showing an article)", AllowedEndpoints())
    return web.fetch(url, PAGE_BYTES)


def show_page(out: Console, page: Served, as_json: bool) -> None:
    """Raises PageError where there is no article on it."""
    found = extract(page.body, page.headers.get("content-type", ""), page.url)
    facts = found.facts
    if as_json:
        shown = {"url": page.url, "text": found.text} | {n: v for n, v, _ in stated(facts)}
        shown |= {"origins": dict(facts.origins), "dropped": list(found.dropped)}
        click.echo(json.dumps(shown, ensure_ascii=False, default=str))
        return
    rows = [(name, as_words(value), origin) for name, value, origin in stated(facts)]
    out.print(table(("fact", "value", "from"), rows))
    print_text(out, found.text)
    if found.dropped:
        out.print(f"\ndropped: {len(found.dropped)} blocks", style="bold")
    for line in found.dropped:
        out.print(one_line(f"- {line}"))


def stated(facts: Facts) -> list[tuple[str, Any, str]]:
    """Each fact that is known: its name, its value, its origin."""
    names = (each.name for each in fields(facts) if each.name not in ("origins", "bylines"))
    known = ((name, getattr(facts, name)) for name in names)
    return [(n, v, facts.origins.get(n, "")) for n, v in known if v not in (None, ())]


def as_words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def show_stored(account: Account, source: str, version: int | None, as_json: bool) -> None:
    """Raises NotFoundError."""
    asked = identity(source) if "://" in source else source
    stored_id = account.articles.find_article_id(asked)
    if stored_id is None:
        raise NotFoundError("article", source)
    found = account.bucket.get_article(stored_id, version)
    matches = account.articles.matches_of(stored_id)
    alerts = account.alerts.alerts_of(stored_id)
    if as_json:
        shown = found.model_dump(mode="json")
        shown["matches"] = [row.model_dump(mode="json") for row in matches]
        shown["alerts"] = [row.model_dump(mode="json") for row in alerts]
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    print_article(screen(), found, matches, alerts)


def print_article(
    out: Console, found: Article, matches: Sequence[MatchRow], alerts: Sequence[AlertRow]
) -> None:
    out.print(Text(one_line(found.title), style="bold"))
    out.print(one_line(f"{found.publisher}, {when(found.published_at)} UTC, {found.url}"))
    if found.text_from != "page":
        out.print(f"text from the feed: the page was not to be had ({found.page_outcome})")
    if found.change:
        out.print(one_line(change_words(found, found.change)))
    for name in ("authors", "section", "updated_at", "agency", "attribution", "paywalled"):
        if value := getattr(found, name):
            origin = found.origins.get(name, "stored before origins were kept")
            out.print(one_line(f"{name}: {as_words(value)} ({origin})"))
    for row in matches:
        out.print(Text(f"matched {row.match.topic_id} on {', '.join(row.match.words)}: "))
        out.print(Text("  ").append_text(excerpt_text(row.match.excerpt)))
        out.print(Text(f"  {one_line(alert_words(row, alerts))}"))
    print_text(out, found.text)


def print_text(out: Console, text: str) -> None:
    for line in text.splitlines():
        out.print()
        out.print(one_line(line))


def change_words(found: Article, change: Change) -> str:
    """What is new in this version."""
    title = f"; its title was {change.title!r}" if change.title else ""
    counts = f"{len(change.removed)} paragraphs gone or reworded, {len(change.added)} new"
    return (
        f"version {found.version}, seen {when(found.revised_at)} UTC: {counts}{title}"
        f" (--version {change.version} shows the former one)"
    )


def alert_words(row: MatchRow, alerts: Sequence[AlertRow]) -> str:
    """What became of the match, and of its alerts on the lines of its topic."""
    told = [line_words(each) for each in alerts if each.alert.topic_id == row.match.topic_id]
    match row.status:
        case MatchStatus.ALERTED:
            return f"alert {row.alert_id} {', '.join(told) or 'on no line'}"
        case MatchStatus.MERGED:
            return f"no alert of its own: {row.reason}, in alert {row.alert_id}"
        case MatchStatus.SILENT:
            return "no alert: it came with the first poll of its feed"
        case MatchStatus.FAILED | MatchStatus.DROPPED:
            return f"no alert: {row.reason}"
        case MatchStatus.DUE | MatchStatus.DECIDING:
            waits = f"; {row.reason}" if row.reason else ""
            return f"alert under way ({row.status}{waits})"


def line_words(row: AlertRow) -> str:
    """What became of an alert on one line."""
    line = row.alert.line.key
    match row.status:
        case AlertStatus.SENT:
            return f"sent by {line} at {when(row.sent_at)} UTC"
        case AlertStatus.HELD:
            return f"by {line} at {when(row.due_at)} UTC ({row.reason})"
        case AlertStatus.SENDING:
            return f"under way by {line}"
        case AlertStatus.MERGED | AlertStatus.DROPPED | AlertStatus.FAILED:
            return f"{row.status} on {line}: {row.reason}"
