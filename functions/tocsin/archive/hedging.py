"""Requests that are sent a second time where the first has not answered for long.

S3 answers one in a hundred ranges after 80 ms or more, and a search of a hundred ranges waits for
the slowest. The second request takes another connection and mostly another server; the first answer
wins, and what the other one brings is dropped. At most `most` are under way at a time: where all
answers are late the network is full, and more requests would fill it further.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for_all
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")
Wait = Callable[[list[Future[Any]], float | None], object]


@dataclass(frozen=True, slots=True)
class Hedging:
    """`after_seconds` is S3's 99th percentile as others measured it from Lambda."""

    after_seconds: float = 0.08
    most: int = 4


NEVER = Hedging(most=0)


class Flight(Generic[Answer]):
    """A request until it is answered. `asked_at` is when the first left, None before."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._under_way = 0
        self.answer: Future[Answer] = Future()
        self.asked_at: float | None = None
        self.repeated = False

    def send(self, executor: Executor, clock: Callable[[], float]) -> Future[Answer] | None:
        """None, if it was answered meanwhile."""
        with self._lock:
            if self.answer.done():
                return None
            self._under_way += 1
        sent = executor.submit(self._run, clock)
        sent.add_done_callback(self._settle)
        return sent

    def _run(self, clock: Callable[[], float]) -> Answer:
        if self.asked_at is None:
            self.asked_at = clock()
        return self._ask()

    def _settle(self, sent: Future[Answer]) -> None:
        """The first answer wins; an error does only where no other request is under way."""
        error = sent.exception()
        with self._lock:
            self._under_way -= 1
            if self.answer.done():
                return
            if error is None:
                self.answer.set_result(sent.result())
            elif not self._under_way:
                self.answer.set_exception(error)


def overdue(
    flights: Iterable[Flight[Any]], now: float, hedging: Hedging, under_way: int
) -> list[Flight[Any]]:
    """Those to be sent a second time, the longest waiting first."""
    late = [
        (each.asked_at, each)
        for each in flights
        if not each.repeated
        and each.asked_at is not None
        and now - each.asked_at >= hedging.after_seconds
    ]
    late.sort(key=lambda one: one[0])
    return [each for _, each in late[: max(0, hedging.most - under_way)]]


def next_look(flights: Iterable[Flight[Any]], now: float, hedging: Hedging) -> float | None:
    """Seconds until one may be overdue; None, where none will be."""
    begun = [now if f.asked_at is None else f.asked_at for f in flights if not f.repeated]
    if not begun or not hedging.most:
        return None
    left = min(begun) + hedging.after_seconds - now
    return left if left > 0 else hedging.after_seconds  # all that may be are under way


class Hedged:
    """For many threads."""

    def __init__(
        self,
        executor: Executor,
        hedging: Hedging,
        clock: Callable[[], float] = monotonic,
        wait: Wait = wait_for_all,
    ) -> None:
        self._executor = executor
        self._hedging = hedging
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._under_way = 0
        self.repeated = 0  # in all

    def all(self, asks: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """What they return, in order. Raises what the first of them raises."""
        flights = [Flight(ask) for ask in asks]
        for each in flights:
            each.send(self._executor, self._clock)
        waiting = flights
        while waiting:
            look = next_look(waiting, self._clock(), self._hedging)
            self._wait([each.answer for each in waiting], look)
            waiting = [each for each in waiting if not each.answer.done()]
            for each in overdue(waiting, self._clock(), self._hedging, self._under_way):
                self._repeat(each)
        return [each.answer.result() for each in flights]

    def _repeat(self, flight: Flight[Any]) -> None:
        flight.repeated = True
        self._count(1)
        second = flight.send(self._executor, self._clock)
        if second is None:
            self._count(-1)
            return
        with self._lock:
            self.repeated += 1
        second.add_done_callback(lambda _: self._count(-1))

    def _count(self, more: int) -> None:
        with self._lock:
            self._under_way += more
