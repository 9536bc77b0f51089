"""Rows that wait for a time and are leased: what aws/leases.py does in DynamoDB, in memory."""

from bisect import bisect_right, insort
from datetime import datetime
from typing import Any, NamedTuple

from tocsin.model.matches import Note

FAILED = "failed"
Key = tuple[str, str]


class Row(NamedTuple):
    """`more` holds what only some rows have. Rows are values: a change makes another."""

    value: Any
    status: str
    partition: str = ""
    due_at: datetime | None = None
    owner: str = ""
    attempts: int = 0
    paid: bool = False
    alert_id: str | None = None
    revision: Any = None
    revised_to: int = 0
    revisions: int = 0
    history: tuple[Note, ...] = ()


class Due:
    """A sparse index: keys by partition and time. Entries that are out of date are left until they
    are met."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[datetime, Key]]] = {}

    def add(self, partition: str, at: datetime, key: Key) -> None:
        insort(self._of.setdefault(partition, []), (at, key))

    def find(self, partition: str, now: datetime, rows: dict[Key, Row]) -> list[Key]:
        entries = self._of.get(partition, [])
        end = bisect_right(entries, now, key=lambda each: each[0])
        kept = [(at, key) for at, key in entries[:end] if _is(rows.get(key), partition, at)]
        kept = list(dict.fromkeys(kept))
        entries[:end] = kept
        return [key for _, key in kept]

    def next_at(self, partition: str, rows: dict[Key, Row]) -> datetime | None:
        """When the next row is due."""
        entries = self._of.get(partition, [])
        while entries and not _is(rows.get(entries[0][1]), partition, entries[0][0]):
            entries.pop(0)
        return entries[0][0] if entries else None

    def copy(self) -> "Due":
        made = Due()
        made._of = {partition: [*entries] for partition, entries in self._of.items()}
        return made


def _is(row: Row | None, partition: str, at: datetime) -> bool:
    return row is not None and row.partition == partition and row.due_at == at


def seconds(at: datetime) -> datetime:
    """As the tables keep times."""
    return at.replace(microsecond=0) if at.microsecond else at


class Table:
    """Rows by key, and their index."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self.due = Due()

    def put(self, key: Key, row: Row) -> None:
        if row.partition and row.due_at is not None:
            self.due.add(row.partition, row.due_at, key)
        self.rows[key] = row

    def copy(self) -> "Table":
        made = Table()
        made.rows, made.due = dict(self.rows), self.due.copy()
        return made


class Leased:
    """`partition` is where they wait, `waiting` and `leased` are what their status then says."""

    def __init__(self, table: Table, partition: str, waiting: str, leased: str) -> None:
        self.table = table
        self.partition, self.waiting, self.leased = partition, waiting, leased

    def find_due(self, now: datetime, limit: int) -> list[Key]:
        return self.table.due.find(self.partition, seconds(now), self.table.rows)[:limit]

    def add(self, key: Key, row: Row) -> bool:
        if key in self.table.rows:
            return False
        self.table.put(key, row)
        return True

    def claim(self, key: Key, owner: str, now: datetime, until: datetime) -> Row | None:
        row = self.table.rows.get(key)
        if row is None:
            return None
        if not self.is_free(row, seconds(now)):
            return row if row.owner == owner else None
        row = row._replace(
            status=self.leased, owner=owner, due_at=seconds(until), attempts=row.attempts + 1
        )
        self.table.put(key, row)
        return row

    def is_free(self, row: Row, now: datetime) -> bool:
        waits = row.status in (self.waiting, self.leased)
        return waits and row.due_at is not None and row.due_at <= now

    def hold(self, key: Key, owner: str, until: datetime, note: Note, **more: Any) -> bool:
        waits = {"status": self.waiting, "partition": self.partition, "due_at": seconds(until)}
        return self.write(key, owner, note, **waits, **({"attempts": 0} | more))

    def end(self, key: Key, owner: str, note: Note, **changes: Any) -> bool:
        return self.write(key, owner, note, **{"partition": "", "due_at": None, **changes})

    def fail(self, key: Key, owner: str, note: Note) -> bool:
        gone = {"status": FAILED, "partition": FAILED, "due_at": seconds(note.at)}
        return self.write(key, owner, note, **gone)

    def write(self, key: Key, owner: str, note: Note, **changes: Any) -> bool:
        row = self.table.rows.get(key)
        if row is None or row.owner != owner:
            return False
        history = (*row.history, note)
        self.table.put(key, row._replace(owner="", history=history, **changes))
        return True
