"""Queries that go by a name, and what any query has to be.

They are written in what Athena's SQL (Trino) and DuckDB's have in common and mean the same by: the
same text is asked of both, and infra/analytics.yaml holds it again.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tocsin.errors import InputError, NotFoundError

VIEW = "news"
_FOLDER = Path(__file__).parent / "sql"
# What begins a statement that reads. All others change something: in Athena even tables and files.
_READING = ("SELECT", "WITH", "VALUES", "EXPLAIN", "DESCRIBE", "SHOW")
_COMMENT = re.compile(r"\s+|--[^\n]*(\n|$)|/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]*")
# ANALYZE in EXPLAIN runs what it explains.
_RUNNING = re.compile(r"EXPLAIN\b.*?\bANALY[SZ]E\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class NamedQuery:
    """`about` is its first line, `sql` the rest."""

    name: str
    about: str
    sql: str


@cache
def named_queries() -> tuple[NamedQuery, ...]:
    names = sorted(path.stem for path in _FOLDER.glob("*.sql"))
    return tuple(_read(name) for name in names if name != VIEW)


def get_named(name: str) -> NamedQuery:
    """Raises NotFoundError."""
    for query in named_queries():
        if query.name == name:
            return query
    raise NotFoundError("named query", name)


def view() -> NamedQuery:
    """What `news` stands for, over the tables `articles` and `arrivals`."""
    return _read(VIEW)


def _read(name: str) -> NamedQuery:
    about, _, sql = (_FOLDER / f"{name}.sql").read_text().partition("\n")
    return NamedQuery(name, about.removeprefix("-- "), sql.strip())


def checked(sql: str) -> str:
    """The one statement, without what ends it. Raises InputError where it is none, or is to change
    something; which tables it may read is for those who run it."""
    statement = sql.strip().rstrip(";").rstrip()
    begin = 0
    while begin < len(statement) and (blank := _COMMENT.match(statement, begin)):
        begin = blank.end()
    if begin >= len(statement):
        raise InputError("sql", "there is no statement; `tocsin sql --list` shows some")
    found = _WORD.match(statement, begin)
    word = found[0].upper() if found else ""
    reads = statement[begin] == "(" or word in _READING
    if not reads or _RUNNING.match(statement, begin):
        raise InputError("sql", "only what reads is run here: begin it with SELECT or WITH")
    return statement
