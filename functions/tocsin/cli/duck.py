"""SQL on DuckDB, over copies of the files that Athena asks.

The copies are kept between two queries and fetched anew where the bucket has others. A query can
read nothing else: DuckDB's way to files, network and extensions is shut before it runs.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb

from tocsin.archive.columns import COLUMNS, DAY, Column
from tocsin.archive.queries import VIEW, view
from tocsin.aws.lake_bucket import LakeBucket, Listed
from tocsin.errors import SqlFailed

# A year of 10,000 articles a day takes 4.3 GB. Who has more is better off with Athena.
MOST_BYTES = 20 << 30
_MEMORY = "2GB"
_CONNECTIONS = 10  # as many as the bucket's client keeps
_ROWS = 1000
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_NAMES = "docs/sql.md names the tables and columns"
# Functions of Athena that DuckDB has under other names. Its timestamps keep milliseconds.
_MACROS = (
    "from_iso8601_timestamp(t) AS date_trunc('millisecond', CAST(t AS TIMESTAMPTZ))",
    "to_unixtime(t) AS epoch_ms(CAST(t AS TIMESTAMP)) / 1000.0::DOUBLE",
    "regexp_like(t, pattern) AS regexp_matches(t, pattern)",
    "cardinality(list) AS len(list)",
)


@dataclass(frozen=True)
class Copies:
    """Files on this machine, and what they take together."""

    folder: Path
    articles: tuple[Path, ...]
    arrivals: tuple[Path, ...]
    size: int


@dataclass(frozen=True)
class Answer:
    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def fetch(bucket: LakeBucket, folder: Path, since: date | None = None) -> Copies:
    """The days that have a file, and the batches of those that have none; from `since` on. Raises
    SqlFailed where that is too much for one machine."""
    files = {day: each for day, each in bucket.files().items() if since is None or day >= since}
    days = [day for day in bucket.days_with_batches() if since is None or day >= since]
    batches = [each for day in days if day not in files for each in bucket.sources(day)]
    wanted = {folder / "articles" / f"dt={d}" / f"{e.tag}.parquet": e for d, e in files.items()}
    articles = tuple(wanted)
    wanted |= {folder / each.key: each for each in batches}
    size = sum(each.size for each in wanted.values())
    if size > MOST_BYTES:
        reason = f"the files take {size / 1e9:.0f} GB"
        raise SqlFailed(reason, "--since asks those of some days only; Athena reads all of them")
    _download(bucket, wanted)
    _remove_others(folder, set(wanted))
    return Copies(folder, articles, tuple(folder / each.key for each in batches), size)


def _download(bucket: LakeBucket, wanted: dict[Path, Listed]) -> None:
    """What is not there yet: a file's name changes with what is in it."""
    missing = [(path, each.key) for path, each in wanted.items() if not path.is_file()]
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        for _ in threads.map(lambda pair: _copy(bucket, *pair), missing):
            pass


def _copy(bucket: LakeBucket, path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    bucket.download(key, part)
    part.replace(path)


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    for path in (*folder.glob("articles/*/*"), *folder.glob("batch/*/*")):
        if path not in wanted:
            path.unlink(missing_ok=True)


def ask(copies: Copies, sql: str, timeout_seconds: float) -> Answer:
    """Raises SqlFailed; so does going through the rows."""
    with _told():
        connection = _connection(copies)
        statements = duckdb.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in _READING:
            raise SqlFailed("not one statement that reads", "begin it with SELECT or WITH")
        # Until the last row: a query is run as its rows are asked for.
        timer = Timer(timeout_seconds, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            connection.execute(sql)
        except BaseException:
            timer.cancel()
            raise
    columns = tuple(str(each[0]) for each in connection.description or ())
    return Answer(columns, _rows(connection, timer.cancel))


def _rows(
    connection: duckdb.DuckDBPyConnection, at_end: Callable[[], None]
) -> Iterator[tuple[Any, ...]]:
    try:
        with _told():
            while rows := connection.fetchmany(_ROWS):
                for row in rows:
                    yield tuple(as_athena_does(value) for value in row)
    finally:
        at_end()
        connection.close()


@contextmanager
def _told() -> Iterator[None]:
    """What DuckDB says goes wrong."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise SqlFailed("not answered in time", "--timeout gives it more") from error
    except duckdb.OutOfMemoryException as error:
        remedy = "ask for fewer days (`dt`) or fewer columns; Athena has more"
        raise SqlFailed(f"more than {_MEMORY} of memory", remedy) from error
    except duckdb.Error as error:
        raise SqlFailed(str(error).strip(), _NAMES) from error


def _connection(copies: Copies) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for macro in _MACROS:
        connection.execute(f"CREATE MACRO {macro}")
    _table(connection, "articles", _parquet(copies.articles), _instant)
    _table(connection, "arrivals", _json(copies.arrivals), _as_it_is)
    connection.execute(f"CREATE VIEW {VIEW} AS {view().sql}")
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute(f"SET temp_directory = {_quoted(copies.folder / 'spilled')}")
    connection.execute(f"SET allowed_directories = [{_quoted(copies.folder)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    relation: str | None,
    value: Callable[[Column], str],
) -> None:
    """All columns, also those that older files do not have, or that no file has."""
    in_batches = name == "arrivals"
    types = {
        each.name: (each.kind.in_batches if in_batches else each.kind).in_duckdb for each in COLUMNS
    }
    shape = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in types.items())
    connection.execute(
        f"CREATE VIEW {name}_shape AS SELECT {shape}, NULL::VARCHAR AS {DAY} LIMIT 0"
    )
    source = f"{name}_shape"
    if relation is not None:
        source = f"(FROM {name}_shape UNION ALL BY NAME FROM {relation})"
    columns = ", ".join(value(each) for each in COLUMNS)
    connection.execute(f"CREATE VIEW {name} AS SELECT {columns}, {DAY} FROM {source}")


def _instant(column: Column) -> str:
    return f'CAST("{column.name}" AS {column.kind.in_duckdb}) AS "{column.name}"'


def _as_it_is(column: Column) -> str:
    return f'"{column.name}"'


def _parquet(files: Sequence[Path]) -> str | None:
    options = f"union_by_name = true, hive_partitioning = true, hive_types = {{'{DAY}': VARCHAR}}"
    return f"read_parquet({_listed(files)}, {options})" if files else None


def _json(files: Sequence[Path]) -> str | None:
    columns = ", ".join(f"'{each.name}': '{each.kind.in_batches.in_duckdb}'" for each in COLUMNS)
    options = f"hive_partitioning = true, hive_types = {{'{DAY}': VARCHAR}}"
    text = f"format = 'newline_delimited', columns = {{{columns}}}, {options}"
    return f"read_json({_listed(files)}, {text})" if files else None


def _listed(files: Sequence[Path]) -> str:
    return f"[{', '.join(_quoted(each) for each in files)}]"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def as_athena_does(value: Any) -> Any:
    """Whole numbers, floating ones and truth as they are, all else as the text that Athena gives:
    a program need not know which engine answered."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
        case list() | tuple():
            return f"[{', '.join(_inside(each) for each in value)}]"
        case dict():
            return "{" + ", ".join(f"{k}={_inside(v)}" for k, v in value.items()) + "}"
    return str(value)


def _inside(value: Any) -> str:
    return "null" if value is None else str(as_athena_does(value))
