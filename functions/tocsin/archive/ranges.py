"""Ranges of objects: fetched many at a time, kept while there is room.

What a search waits for is not bytes but rounds: whatever is known to be needed is asked for at once
(`fetch`). A range is kept under the offset it begins at; readers always ask for the same ones.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from tocsin.archive.hedging import NEVER, Hedged, Hedging

# Neighbours become one request up to this: at 80 MB/s a connection it takes as long as the wait.
_MOST_AT_ONCE = 1 << 20
# What lies between two ranges is fetched with them up to this.
_GAP = 16 << 10


class Reader(Protocol):
    def read_range(self, key: str, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A range of an object that is kept as one."""

    key: str
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass
class Effort:
    """What was asked for: `rounds` one after the other, each of requests side by side, of which
    `repeated` were second ones for what was late."""

    rounds: int = 0
    requests: int = 0
    bytes: int = 0
    repeated: int = 0


class Ranges:
    """For many threads. `executor` runs as many requests at once as it has threads; with `hedging`
    what is late is asked for twice."""

    def __init__(
        self, reader: Reader, executor: Executor, room: int, hedging: Hedging = NEVER
    ) -> None:
        self._reader = reader
        self._hedged = Hedged(executor, hedging)
        self._room = room
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self.effort = Effort()

    def fetch(self, wanted: Iterable[Piece]) -> None:
        """Has them at hand, after one round of requests at the most."""
        with self._lock:
            missing = sorted({each for each in wanted if (each.key, each.offset) not in self._kept})
        runs = _runs(missing)
        if not runs:
            return
        self._count(rounds=1)
        answers = self._hedged.all([partial(self._read_run, run) for run in runs])
        self.effort.repeated = self._hedged.repeated
        for run, got in zip(runs, answers, strict=True):
            self._keep_run(run, got)

    def has(self, wanted: Iterable[Piece]) -> bool:
        """Whether all of them are at hand."""
        with self._lock:
            return all((each.key, each.offset) in self._kept for each in wanted)

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Fetches what is not at hand: a round of its own."""
        with self._lock:
            found = self._kept.get((key, offset))
            if found is not None:
                self._kept.move_to_end((key, offset))
                return found
        self._count(rounds=1)
        piece = Piece(key, offset, length)
        got = self._read_run([piece])
        self._keep(piece, got)
        return got

    def _read_run(self, run: list[Piece]) -> bytes:
        begin, end = run[0].offset, max(each.end for each in run)
        got = self._reader.read_range(run[0].key, begin, end - begin)
        self._count(requests=1, size=len(got))
        return got

    def _keep_run(self, run: list[Piece], got: bytes) -> None:
        begin = run[0].offset
        for piece in run:
            self._keep(piece, got[piece.offset - begin : piece.end - begin])

    def _keep(self, piece: Piece, part: bytes) -> None:
        name = (piece.key, piece.offset)
        with self._lock:
            self._size += len(part) - len(self._kept.pop(name, b""))
            self._kept[name] = part
            while self._size > self._room and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest)

    def _count(self, rounds: int = 0, requests: int = 0, size: int = 0) -> None:
        with self._lock:
            self.effort.rounds += rounds
            self.effort.requests += requests
            self.effort.bytes += size


def _runs(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Neighbours together. `pieces` are sorted."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        run = runs[-1] if runs else None
        if (
            run
            and run[0].key == piece.key
            and piece.offset - run[-1].end <= _GAP
            and piece.end - run[0].offset <= _MOST_AT_ONCE
        ):
            run.append(piece)
        else:
            runs.append([piece])
    return runs
