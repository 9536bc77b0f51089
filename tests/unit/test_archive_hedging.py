"""What is late is asked for twice, and the first answer is taken. Time is made up: it passes when
somebody waits."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tocsin.archive.hedging import Hedged, Hedging
from tocsin.archive.ranges import Piece, Ranges

Script = Callable[[int, int], tuple[float, str | Exception]]
AFTER = 0.08


@dataclass
class World(Executor):
    """Requests that answer when the script says: for the so manieth try of a number, after how many
    seconds, and what. At most `threads` run at once."""

    script: Script
    threads: int = 100
    now: float = 0.0
    tries: dict[int, int] = field(default_factory=dict)
    asked: list[tuple[float, int]] = field(default_factory=list)
    queue: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = field(
        default_factory=list
    )
    running: list[tuple[float, Future[Any], str | Exception]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.queue.append((future, fn, args))
        self._start()
        return future

    def _start(self) -> None:
        while self.queue and len(self.running) < self.threads:
            future, fn, args = self.queue.pop(0)
            number = fn(*args)
            self.tries[number] = self.tries.get(number, 0) + 1
            self.asked.append((round(self.now, 3), number))
            seconds, answer = self.script(number, self.tries[number])
            self.running.append((self.now + seconds, future, answer))

    def wait(self, futures: list[Future[Any]], timeout: float | None) -> None:
        end = float("inf") if timeout is None else self.now + timeout
        while self.running and not all(each.done() for each in futures):
            first = min(self.running, key=lambda one: one[0])
            if first[0] > end:
                break
            self.running.remove(first)
            self.now, future, answer = first
            self._start()
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        else:
            return
        self.now = end

    def hedged(self, most: int = 4) -> Hedged:
        return Hedged(self, Hedging(AFTER, most), self.clock, self.wait)

    def all(self, count: int, most: int = 4) -> list[Any]:
        return self.hedged(most).all([lambda n=n: n for n in range(count)])  # type: ignore[misc]


def steady(_number: int, _try: int) -> tuple[float, str]:
    return 0.025, "answer"


def test_what_answers_in_time_is_asked_for_once() -> None:
    world = World(steady)
    assert world.all(5) == ["answer"] * 5
    assert len(world.asked) == 5


def test_what_is_late_is_asked_for_again_and_the_first_answer_is_taken() -> None:
    def late(number: int, attempt: int) -> tuple[float, str]:
        return (9.0, "late") if (number, attempt) == (1, 1) else (0.02, f"{number}.{attempt}")

    world = World(late)
    assert world.all(3) == ["0.1", "1.2", "2.1"]
    assert world.asked[3:] == [(AFTER, 1)]
    assert world.now == pytest.approx(AFTER + 0.02)


def test_the_first_request_may_still_win() -> None:
    world = World(lambda _, attempt: (0.1, "first") if attempt == 1 else (9.0, "second"))
    assert world.all(1) == ["first"]
    assert len(world.asked) == 2


def test_nothing_is_asked_for_a_third_time() -> None:
    world = World(lambda _number, _try: (5.0, "slow"))
    assert world.all(1) == ["slow"]
    assert len(world.asked) == 2


def test_no_more_second_requests_are_under_way_than_allowed() -> None:
    world = World(lambda number, attempt: (1.0 if attempt == 1 else 0.05, f"{number}.{attempt}"))
    world.all(10, most=2)
    again = world.asked[10:]
    assert again[:2] == [(AFTER, 0), (AFTER, 1)]
    for at, _ in again:
        assert sum(1 for other, _ in again if other <= at < other + 0.05) <= 2


def test_the_time_in_a_queue_does_not_count() -> None:
    world = World(steady, threads=1)
    assert world.all(20) == ["answer"] * 20
    assert len(world.asked) == 20


def test_an_error_is_that_of_the_request_unless_the_other_answers() -> None:
    def failing(number: int, attempt: int) -> tuple[float, str | Exception]:
        return (0.1, OSError("cut off")) if attempt == 1 else (0.05, "second")

    assert World(failing).all(1) == ["second"]
    with pytest.raises(OSError, match="cut off"):
        World(lambda _number, _try: (0.01, OSError("cut off"))).all(2)
    with pytest.raises(OSError, match="first"):
        World(lambda _, attempt: (0.2 / attempt, OSError("first" if attempt == 1 else "x"))).all(1)


class Store:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        self.asked.append(offset)
        return f"{key}{offset >> 20:07}".encode()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def test_second_requests_are_counted_and_change_nothing(threads: ThreadPoolExecutor) -> None:
    store = Store()
    always = Hedging(after_seconds=0.0, most=100)  # everything is late
    ranges = Ranges(store, threads, 1 << 20, always)
    pieces = [Piece("a", at << 20, 8) for at in range(50)]
    ranges.fetch(pieces)
    threads.shutdown()
    for number, each in enumerate(pieces):
        assert ranges.get(each.key, each.offset, 8) == f"a{number:07}".encode()
    assert ranges.effort.rounds == 1
    assert len(store.asked) == ranges.effort.requests == 50 + ranges.effort.repeated


def test_where_none_is_allowed_nothing_is_asked_for_twice() -> None:
    world = World(lambda _number, _try: (5.0, "slow"))
    assert world.all(3, most=0) == ["slow"] * 3
    assert len(world.asked) == 3
