"""`tocsin articles` and `tocsin article`: the archive."""

import json
from datetime import UTC, date, datetime

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.articles.urls import identity
from tocsin.cli.screen import excerpt_text, screen, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.errors import InputError, NotFoundError
from tocsin.model import Article, CardPage, MatchRow, MatchStatus


def _day(_context: click.Context, _option: click.Parameter, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise click.BadParameter("write it as 2026-11-22") from error


@click.command()
@click.option("--topic", help="Articles that matched this topic.")
@click.option("--day", metavar="YYYY-MM-DD", callback=_day, help="First seen that day [today].")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--cursor", help="Go on where an earlier list ended.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def articles(
    place: Place,
    topic: str | None,
    day: date | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List articles, newest first, by topic or by day (UTC)."""
    if topic and day:
        raise click.UsageError("give either a topic or a day, not both")
    page = list_page(connect(place), topic, day, limit, cursor)
    if as_json:
        for card in page.cards:
            click.echo(card.model_dump_json())
        return
    out = screen()
    print_cards(out, page)
    if page.cursor:
        out.print(f"more: --cursor {page.cursor}", soft_wrap=True)


def list_page(
    account: Account, topic: str | None, day: date | None, limit: int, cursor: str | None = None
) -> CardPage:
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
@click.argument("article_id", metavar="ID|URL")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def article(place: Place, article_id: str, as_json: bool) -> None:
    """Show one article: its text, where it comes from, which topics it matched and why."""
    account = connect(place)
    asked = identity(article_id) if "://" in article_id else article_id
    stored_id = account.articles.find_article_id(asked)
    if stored_id is None:
        raise NotFoundError("article", article_id)
    found, matches = account.bucket.get_article(stored_id), account.articles.matches_of(stored_id)
    if as_json:
        shown = found.model_dump(mode="json")
        shown["matches"] = [row.model_dump(mode="json") for row in matches]
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    print_article(screen(), found, matches)


def print_article(out: Console, found: Article, matches: list[MatchRow]) -> None:
    out.print(Text(one_line(found.title), style="bold"))
    out.print(one_line(f"{found.publisher}, {when(found.published_at)} UTC, {found.url}"))
    if found.text_from != "page":
        out.print(f"text from the feed: the page was not to be had ({found.page_outcome})")
    for row in matches:
        out.print(Text(f"matched {row.match.topic_id} on {', '.join(row.match.words)}: "))
        out.print(Text("  ").append_text(excerpt_text(row.match.excerpt)))
        out.print(f"  {alert_words(row)}")
    for line in found.text.splitlines():
        out.print()
        out.print(one_line(line))


def alert_words(row: MatchRow) -> str:
    """What became of the match's alert."""
    match row.status:
        case MatchStatus.SENT:
            return f"alert {row.alert_id} sent at {when(row.sent_at)} UTC"
        case MatchStatus.SILENT:
            return "no alert: it came with the first poll of its feed"
        case MatchStatus.FAILED:
            return f"no alert: {row.reason}"
        case MatchStatus.DUE | MatchStatus.SENDING:
            return f"alert under way ({row.status})"
