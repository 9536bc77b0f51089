"""`tocsin feeds` and `tocsin poll`: the feeds' health, and a poll now."""

import time
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table
from rich.text import Text

from tocsin.cli.screen import screen, step, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.model import FeedRow

WELL = ("ok", "unchanged", "new")
# Ten feeds of a host one after the other at 20 s each, and a queue before them.
POLL_SECONDS = 300


@click.command()
@click.option("--failing", is_flag=True, help="Only feeds whose last poll failed.")
@click.pass_obj
def feeds(place: Place, failing: bool) -> None:
    """Show every feed: how its last poll ended, when the next one is, what it brought."""
    account, out = connect(place), screen()
    out.print(feeds_table([row for row in account.feeds.all() if not failing or _ails(row)]))
    if failed := account.jobs_failed():
        out.print(Text(f"{failed} jobs failed three times and are kept for 14 days", style="red"))


def feeds_table(rows: list[FeedRow]) -> Table:
    return table(
        ("feed", "outcome", "polled (UTC)", "next", "entries", "detail"), map(_cells, rows)
    )


def _ails(row: FeedRow) -> bool:
    return row.state.outcome not in WELL


def _cells(row: FeedRow) -> tuple[str | Text, ...]:
    state = row.state
    outcome = Text(state.outcome, style="red" if _ails(row) else "green")
    if state.errors_in_a_row > 1:
        outcome.append(f" ({state.errors_in_a_row} times)")
    following = "never: it is gone" if state.disabled else when(row.due_at)
    return (
        row.feed.id,
        outcome,
        when(state.polled_at),
        following,
        str(state.entries_total),
        state.detail,
    )


@click.command()
@click.argument("feed_ids", nargs=-1, metavar="[FEED]...")
@click.option("--all", "every", is_flag=True, help="Every feed.")
@click.pass_obj
def poll(place: Place, feed_ids: tuple[str, ...], every: bool) -> None:
    """Poll feeds now, and wait until they and their articles are in."""
    account = connect(place)
    if every:
        feed_ids = tuple(row.feed.id for row in account.feeds.all())
    if not feed_ids:
        raise click.UsageError("name feeds, or say --all; `tocsin feeds` lists them")
    out = screen()
    with step(out, f"polling {len(feed_ids)} feeds"):
        rows = poll_now(account, feed_ids)
    out.print(feeds_table(rows))


def poll_now(account: Account, feed_ids: tuple[str, ...]) -> list[FeedRow]:
    """The feeds, after they were polled and everything that they brought was ingested."""
    begun = _moment_after_the_last_poll(account)
    for feed_id in feed_ids:
        if not account.feeds.make_due(feed_id, begun):
            raise click.ClickException(f"no feed {feed_id!r}; `tocsin feeds` lists them")
    waiting = set(feed_ids)
    deadline = time.monotonic() + POLL_SECONDS
    while waiting or account.jobs_under_way():
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"not done in {POLL_SECONDS} s: {', '.join(sorted(waiting)) or 'articles'} go on"
            )
        account.invoke("DispatchFunction")
        waiting -= {i for i in waiting if _polled_since(account, i, begun)}
        time.sleep(0.3)
    return [row for row in account.feeds.all() if row.feed.id in feed_ids]


def _moment_after_the_last_poll(account: Account) -> datetime:
    """Times are kept to the second: a poll in this very second must not pass for the next one."""
    polled = [row.state.polled_at for row in account.feeds.all() if row.state.polled_at]
    now = datetime.now(UTC).replace(microsecond=0)
    if now in polled:
        time.sleep(1)
        now += timedelta(seconds=1)
    return now


def _polled_since(account: Account, feed_id: str, begun: datetime) -> bool:
    row = account.feeds.find(feed_id)
    return row is None or (row.state.polled_at is not None and row.state.polled_at >= begun)
