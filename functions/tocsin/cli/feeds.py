"""`tocsin feeds` and `tocsin poll`: the feeds' health, and a poll now."""

import time
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table
from rich.text import Text

from tocsin.cli.screen import screen, step, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.feeds.health import health_of
from tocsin.model.feeds import FeedRow, HealthState

# Ten feeds of a host one after the other at 20 s each, and a queue before them.
POLL_SECONDS = 300
MOMENT_TRIES = 40  # 12 s: who finds a host busy that may be asked without pause waits less


@click.group(invoke_without_command=True)
@click.option("--failing", is_flag=True, help="Only feeds that are not well.")
@click.pass_context
def feeds(context: click.Context, failing: bool) -> None:
    """Show every feed: how it is and since when, when it is asked next, what it brings."""
    if context.invoked_subcommand is not None:
        return
    account, out = connect(context.obj), screen()
    now = datetime.now(UTC)
    out.print(feeds_table([r for r in account.feeds.all() if not failing or _ails(r, now)], now))
    if failed := account.jobs_failed():
        out.print(Text(f"{failed} jobs failed three times and are kept for 14 days", style="red"))


def feeds_table(rows: list[FeedRow], now: datetime) -> Table:
    columns = ("feed", "is", "since (UTC)", "last poll", "next", "a week", "in all", "why")
    return table(columns, (_cells(row, now) for row in rows))


def _ails(row: FeedRow, now: datetime) -> bool:
    return health_of(row, now).state is not HealthState.OK


def _cells(row: FeedRow, now: datetime) -> tuple[str | Text, ...]:
    state, health = row.state, health_of(row, now)
    well = health.state is HealthState.OK
    usual = "" if health.baseline is None else f" (usually {health.baseline:.0f})"
    return (
        row.feed.id,
        Text("new" if state.polled_at is None else health.state, style="green" if well else "red"),
        when(health.since),
        Text(f"{state.outcome} {when(state.polled_at)}" if state.polled_at else "-"),
        "never" if state.disabled else when(row.due_at),
        f"{health.entries_a_week}{usual}",
        str(state.entries_total),
        health.reason,
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
    out.print(feeds_table(rows, datetime.now(UTC)))


def poll_now(account: Account, feed_ids: tuple[str, ...]) -> list[FeedRow]:
    """The feeds, after they were polled and everything that they brought was ingested."""
    begun = _moment_after_the_last_poll(account)
    for feed_id in feed_ids:
        if not account.feeds.make_due(feed_id, begun):
            raise click.ClickException(f"no feed {feed_id!r}; `tocsin feeds` lists them")
    waiting = set(feed_ids)
    deadline = time.monotonic() + POLL_SECONDS
    while waiting or not _all_is_in(account):
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"not done in {POLL_SECONDS} s: {', '.join(sorted(waiting)) or 'articles'} go on"
            )
        account.invoke("DispatchFunction")
        waiting -= {i for i in waiting if _polled_since(account, i, begun)}
        time.sleep(0.3)
    return [row for row in account.feeds.all() if row.feed.id in feed_ids]


def _all_is_in(account: Account) -> bool:
    """Nothing is under way, and nothing was put off for a moment only."""
    for _ in range(MOMENT_TRIES):
        jobs = account.count_jobs()
        if jobs.under_way:
            return False
        if not jobs.put_off:
            return True
        time.sleep(0.3)
    return True


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
