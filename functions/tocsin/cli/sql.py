"""`tocsin sql`: all articles in SQL, on Athena or DuckDB. `tocsin lake`: the files it asks."""

import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from tocsin.alerts.plain import one_line
from tocsin.archive.export import harmless
from tocsin.archive.queries import checked, get_named, named_queries
from tocsin.aws.athena import Athena
from tocsin.aws.lake_bucket import LakeBucket
from tocsin.cli.screen import screen, table
from tocsin.cli.target import Account, Place, connect

if TYPE_CHECKING:
    from tocsin.cli.duck import Copies

ATHENA, DUCKDB = "athena", "duckdb"
_SHOWN_CHARACTERS = 200  # of one value in a table; --json and --csv show all
_READ_AS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("float", "real", "double"), float),
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class Answered:
    """`told` says afterwards what it took."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]
    told: str


def _day(_context: click.Context, _option: click.Parameter, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise click.BadParameter("write it as 2026-11-22") from error


@click.command("sql")
@click.argument("query", default="")
@click.option("--named", metavar="NAME", help="Ask one of the queries that --list shows.")
@click.option("--list", "lists", is_flag=True, help="Show the named queries.")
@click.option("--print", "prints", is_flag=True, help="Show the text of the query, to change it.")
@click.option("--json", "form", flag_value="json", help="One JSON object a row.")
@click.option("--csv", "form", flag_value="csv", help="Comma-separated values, safe to open.")
@click.option(
    "--engine",
    type=click.Choice([ATHENA, DUCKDB]),
    help="Athena where `make analytics` set it up, DuckDB on the embedded AWS.",
)
@click.option("--since", callback=_day, metavar="DATE", help="DuckDB only: fetch no earlier days.")
@click.option(
    "--timeout", default=300, show_default=True, type=click.IntRange(1), metavar="SECONDS"
)
@click.pass_obj
def sql_command(
    place: Place,
    query: str,
    named: str | None,
    lists: bool,
    prints: bool,
    form: str | None,
    engine: str | None,
    since: date | None,
    timeout: int,
) -> None:
    """Ask QUERY, in SQL, of every article: the view `news`, by its columns in docs/sql.md.

    Athena reads the files where they are, in the bucket; DuckDB fetches them and reads them here.
    `-` reads QUERY from the standard input.
    """
    if lists:
        rows = [(each.name, each.about) for each in named_queries()]
        screen().print(table(("query", "answers"), rows))
        return
    sql = _asked(query, named)
    if prints:
        click.echo(sql)
        return
    account = connect(place)
    chosen = engine or _engine_of(account)
    if chosen == ATHENA:
        answered = _on_athena(account, sql, timeout)
    else:
        answered = _on_duckdb(place, account, sql, timeout, since)
    _print(answered, form)


def _asked(query: str, named: str | None) -> str:
    if bool(query) == bool(named):
        raise click.UsageError("give QUERY or --named NAME; --list shows the names")
    if named:
        return get_named(named).sql
    return checked(sys.stdin.read() if query == "-" else query)


def _engine_of(account: Account) -> str:
    """Nobody has Athena on the embedded AWS but to try it."""
    return DUCKDB if account.endpoint_url else ATHENA


def _on_athena(account: Account, sql: str, timeout: int) -> Answered:
    name = f"{account.stack_name}-analytics"
    outputs = account.find_outputs(name)
    if outputs is None:
        raise click.ClickException(
            f"no stack {name!r}; `make analytics` sets Athena up, --engine duckdb does without"
        )
    athena = Athena(
        account.client("athena"),
        outputs["Workgroup"],
        outputs["Database"],
        sleep=time.sleep,
        clock=time.monotonic,
    )
    answer = athena.ask(sql, timeout)
    scanned = answer.scanned
    told = (
        f"Athena read {scanned.size / 1e6:,.1f} MB in {scanned.seconds:.1f} s: "
        f"about ${scanned.usd:.5f}"
    )
    rows = (_typed(row, answer.types) for row in answer.rows)
    return Answered(answer.columns, rows, told)


def _typed(row: Sequence[str | None], types: Sequence[str]) -> tuple[Any, ...]:
    return tuple(
        None if value is None else _READ_AS.get(kind, str)(value)
        for value, kind in zip(row, types, strict=True)
    )


def _on_duckdb(
    place: Place, account: Account, sql: str, timeout: int, since: date | None
) -> Answered:
    try:
        from tocsin.cli import duck
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "DuckDB is not installed; `make setup` brings it, or `pip install duckdb`"
        ) from error
    begun = time.monotonic()
    bucket = LakeBucket(account.client("s3"), account.outputs["Bucket"])
    copies = duck.fetch(bucket, place.local_dir / "lake" / bucket.name, since)
    answer = duck.ask(copies, sql, timeout)
    return Answered(answer.columns, answer.rows, _read(copies, time.monotonic() - begun))


def _read(copies: "Copies", seconds: float) -> str:
    days, batches = len(copies.articles), len(copies.arrivals)
    return (
        f"DuckDB over {days:,} days and {batches:,} batches of days without a file, "
        f"{copies.size / 1e6:,.1f} MB, in {seconds:.1f} s"
    )


def _print(answered: Answered, form: str | None) -> None:
    if form == "json":
        for row in answered.rows:
            named = dict(zip(answered.columns, map(_in_json, row), strict=True))
            click.echo(json.dumps(named, ensure_ascii=False))
    elif form == "csv":
        _print_csv(answered)
    else:
        rows = [[_shown(value) for value in row] for row in answered.rows]
        screen().print(table(answered.columns, rows))
        click.echo(f"{len(rows):,} rows")
    click.echo(answered.told, err=form is not None)


def _in_json(value: Any) -> Any:
    """JSON has no word for what is no number."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _print_csv(answered: Answered) -> None:
    click.echo(_csv_line(answered.columns), nl=False)
    for row in answered.rows:
        click.echo(
            _csv_line([harmless(value) if isinstance(value, str) else value for value in row]),
            nl=False,
        )


def _csv_line(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _shown(value: Any) -> str:
    text = "-" if value is None else one_line(str(value))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


@click.command("lake")
@click.option(
    "--since", callback=_day, metavar="DATE", help="That day and later [what is missing]."
)
@click.option("--until", callback=_day, metavar="DATE", help="That day and before [yesterday].")
@click.pass_obj
def lake(place: Place, since: date | None, until: date | None) -> None:
    """Write the days that are over as the files that SQL asks, as every night does.

    A day whose file is as it should be stays as it is. Athena needs the files; DuckDB reads the
    batches of days that have none.
    """
    if until and not since:
        raise click.UsageError("--until needs --since")
    account, failed = connect(place), dict[str, str]()
    asked = {"since": f"{since}"} if since else {}
    asked |= {"until": f"{until}"} if until else {}
    while True:
        done = account.invoke("ArchiveFunction", {"lake": asked})
        click.echo(f"{done['written']} days written, {done['articles']} articles")
        failed |= done["failed"]
        if not done["left"]:
            break
        asked = {**asked, "since": done["left"]}
    if failed:
        reasons = "; ".join(f"{day}: {reason}" for day, reason in sorted(failed.items()))
        raise click.ClickException(f"{len(failed)} days could not be written: {reasons}")
