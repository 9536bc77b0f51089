"""Which SQL is run, and that named queries keep to what both engines have."""

import re

import pytest

from tocsin.archive.queries import checked, get_named, named_queries, view
from tocsin.errors import InputError, NotFoundError


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  select 1 ;  ",
        "-- what is it\n/* of */ WITH a AS (SELECT 1) SELECT * FROM a",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "SELECT ';' -- ; \n",
    ],
)
def test_what_reads_is_run(sql: str) -> None:
    assert checked(sql) in sql


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE articles",
        "-- SELECT\nDELETE FROM articles",
        "/* SELECT */INSERT INTO articles SELECT 1",
        "UNLOAD (SELECT 1) TO 's3://bucket/'",
        "CREATE TABLE a AS SELECT 1",
        "COPY (SELECT 1) TO 'file'",
        "EXPLAIN ANALYZE SELECT 1",
        "EXECUTE something",
        "SELECTED",
        "é",
    ],
)
def test_what_changes_something_is_not(sql: str) -> None:
    with pytest.raises(InputError, match="only what reads"):
        checked(sql)


@pytest.mark.parametrize("sql", ["", "  ;", "-- SELECT 1", "/* SELECT 1 */"])
def test_nothing_is_no_query(sql: str) -> None:
    with pytest.raises(InputError, match="no statement"):
        checked(sql)


def test_a_comment_that_never_ends_is_refused_at_once() -> None:
    with pytest.raises(InputError):
        checked("/*" * 50_000)


def test_every_named_query_reads_and_says_what_it_answers() -> None:
    names = [each.name for each in named_queries()]
    assert names == ["first", "shares", "together", "volume"]
    for each in named_queries():
        assert checked(each.sql) == each.sql
        assert each.about.endswith(".")
        assert "--" not in each.about


def test_a_name_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFoundError, match="no named query 'volum'"):
        get_named("volum")


# Functions of the same name, arguments and meaning in Trino 4xx (which Athena 3 is made of) and in
# DuckDB; `date_diff` counts whole milliseconds in both, longer units differ.
SHARED = {
    *("count", "sum", "avg", "min", "max", "round", "coalesce", "cast", "unnest"),
    *("row_number", "lead", "over", "date_diff", "from_iso8601_timestamp"),
}
NO_FUNCTIONS = {"in", "matched", "one", "other", "from", "and", "exists"}


def test_queries_use_only_what_means_the_same_on_both_engines() -> None:
    for each in (*named_queries(), view()):
        called = {name.lower() for name in re.findall(r"\b(\w+)\s*\(", each.sql)}
        assert called - NO_FUNCTIONS <= SHARED, each.name
        assert set(re.findall(r"date_diff\('(\w+)'", each.sql)) <= {"millisecond"}
        # Of whole numbers / is a whole one in Trino, a fraction in DuckDB.
        for dividend in re.findall(r"([^\n]*)/", each.sql):
            assert "avg(" in dividend or "AS double)" in dividend, each.name
        # ::, QUALIFY, lists in brackets and the like are DuckDB's alone.
        assert not re.search(r"::|\[|\bQUALIFY\b|\bILIKE\b|\bEXCLUDE\b|\"", each.sql), each.name
        # A day less an interval is a day in Trino, an instant in DuckDB: it has to be made one.
        for date in re.findall(r"[^ ]* *current_date - INTERVAL[^)]*\)", each.sql):
            assert date.startswith("CAST(CAST(current_date"), each.name
            assert date.endswith("AS date)"), each.name


def test_named_queries_read_no_more_than_thirty_days() -> None:
    for each in named_queries():
        assert "WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS date)" in each.sql
