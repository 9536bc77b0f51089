"""The Parquet files: what is written is what two readers, written by others, read."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import arro3.io
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archive import BEGIN, a_record
from tocsin.archive import parquet
from tocsin.archive.columns import COLUMNS, Kind
from tocsin.archive.parquet import write
from tocsin.archive.records import Record

NAMES = [each.name for each in COLUMNS]


def by_duckdb(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(
            f"CAST({each.name} AS TIMESTAMP)" if each.kind is Kind.INSTANT else each.name
            for each in COLUMNS
        )
        return connection.execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()


def by_arrow(path: Path) -> list[tuple[Any, ...]]:
    table = arro3.io.read_parquet(path).read_all()
    assert table.column_names == NAMES
    columns = [[value.as_py() for value in table.column(name)] for name in NAMES]
    return [tuple(map(_naive, row)) for row in zip(*columns, strict=True)]


def _naive(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def expected(record: Record) -> tuple[Any, ...]:
    return tuple(_as_read(getattr(record, name)) for name in NAMES)


def _as_read(value: Any) -> Any:
    match value:
        case datetime():
            milliseconds = value.microsecond // 1000 * 1000
            return value.replace(tzinfo=None, microsecond=milliseconds)
        case tuple():
            return [*map(_as_read, value)]
        case str():
            return str(value).encode(errors="replace").decode()
    return value


YEARS = datetime(1990, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
INSTANTS = st.datetimes(*YEARS, timezones=st.just(UTC))
TEXTS = st.text(max_size=30)
RECORDS = st.builds(
    a_record,
    st.integers(0, 5000),
    title=TEXTS,
    text=TEXTS,
    publisher=TEXTS,
    country=st.none() | TEXTS,
    language=st.none() | st.sampled_from(["en", "uk"]),
    seen_at=INSTANTS,
    published_at=st.none() | INSTANTS,
    authors=st.lists(TEXTS, max_size=3).map(tuple),
    topics=st.lists(TEXTS, max_size=3).map(tuple),
    paywalled=st.none() | st.booleans(),
    version=st.integers(1, 2**31 - 1),
    story_id=st.none() | TEXTS,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(RECORDS, max_size=20))
def test_two_readers_read_what_was_written(records: list[Record]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part-0.parquet"
        assert write(iter(records), path) == len(records)
        wanted = [expected(each) for each in records]
        assert by_duckdb(path) == wanted
        assert by_arrow(path) == wanted


def test_more_articles_and_longer_texts_than_fit_at_a_time_are_all_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 7)
    monkeypatch.setattr(parquet, "GROUP_CHARACTERS", 4000)
    monkeypatch.setattr(parquet, "PAGE_BYTES", 900)
    records = [
        a_record(n, text="x" * (n * 97 % 1800), topics=("a", "b")[: n % 3]) for n in range(60)
    ]
    path = tmp_path / "part-0.parquet"
    write(records, path)
    wanted = [expected(each) for each in records]
    assert by_duckdb(path) == wanted
    assert by_arrow(path) == wanted
    groups = f"SELECT max(row_group_id), max(row_group_num_rows) FROM parquet_metadata('{path}')"
    last, rows = duckdb.execute(groups).fetchall()[0]
    assert last >= 60 // 7
    assert rows == 7


def test_a_group_is_on_disk_before_the_next_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A day need not fit in memory."""
    monkeypatch.setattr(parquet, "GROUP_ROWS", 3)
    path, sizes = tmp_path / "part-0.parquet", []

    def records() -> Iterator[Record]:
        for number in range(9):
            sizes.append(path.stat().st_size)
            noise = random.Random(number).randbytes(20_000).hex()
            yield a_record(number, text=noise)

    write(records(), path)
    # A little of what was written last may wait for more.
    assert [size // 20_000 for size in sizes] == [0, 0, 0, 3, 3, 3, 6, 6, 6]


def test_the_same_articles_give_the_same_bytes(tmp_path: Path) -> None:
    records = [a_record(each, topics=("a",)) for each in range(50)]
    write(records, tmp_path / "one")
    write(records, tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_readers_pass_over_groups_by_their_times(tmp_path: Path) -> None:
    path = tmp_path / "part-0.parquet"
    write([a_record(each) for each in range(10)], path)
    found = duckdb.execute(
        "SELECT stats_min_value, stats_max_value, stats_null_count"
        f" FROM parquet_metadata('{path}') WHERE path_in_schema = 'seen_at'"
    ).fetchall()
    assert found == [("2031-03-01 00:00:00+00", "2031-03-01 00:09:00+00", 0)]


def test_instants_are_in_utc_for_every_reader(tmp_path: Path) -> None:
    path = tmp_path / "part-0.parquet"
    write([a_record(1, seen_at=BEGIN + timedelta(microseconds=1999))], path)
    table = arro3.io.read_parquet(path).read_all()
    seen = table.column("seen_at")[0].as_py()
    assert seen == BEGIN + timedelta(milliseconds=1)


def test_what_the_articles_raise_is_raised(tmp_path: Path) -> None:
    def broken() -> Iterator[Record]:
        yield a_record(1)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        write(broken(), tmp_path / "part-0.parquet")
    with pytest.raises(duckdb.Error):
        by_duckdb(tmp_path / "part-0.parquet")
