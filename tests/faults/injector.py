"""What happens to calls: every one goes through an Injector, which knows when which fault is due.

An SDK's own retries are part of a call: a request that is throttled, fails, or whose answer is lost
is made again, up to TRIES times in all; a publish is not (its client does not retry).
"""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

TRIES = 4  # as wiring.py sets them


class Fault(StrEnum):
    THROTTLE = "throttle"
    ERROR = "error"  # 5xx
    LOST = "lost"  # it has its effect, its answer never comes
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    OTHERS = "others"  # another worker does the same work, from begin to end, at this moment
    FREEZE = "freeze"  # likewise, while this one stands still until its lease is over


AFFECTED = frozenset({Fault.LOST, Fault.CRASH_AFTER})  # the call has its effect all the same
CRASHES = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER})
LET_OTHERS = frozenset({Fault.OTHERS, Fault.FREEZE})


class Crash(BaseException):
    """The worker ends here. No `except Exception` stands in its way."""


class ServiceFailed(Exception):
    """What an SDK raises when its retries are used up."""


class Choice(Protocol):
    """Which fault is due at which call, counted from 1."""

    def first(self) -> int: ...
    def fault(self, call: int) -> tuple[Fault, int]:
        """The one that is due at that call, and at which call the next one is."""


NEVER = 1 << 60


class Script:
    """Faults at given calls."""

    def __init__(self, faults: Mapping[int, Fault]) -> None:
        self._faults = faults
        self._calls = sorted(faults)

    def first(self) -> int:
        return self._calls[0] if self._calls else NEVER

    def fault(self, call: int) -> tuple[Fault, int]:
        return self._faults[call], next((each for each in self._calls if each > call), NEVER)


class Dice:
    """Faults by chance: `rates` are per call. Two are at least `apart` calls apart."""

    def __init__(self, rng: random.Random, rates: Mapping[Fault, float], apart: int = 1) -> None:
        self._rng, self._apart = rng, apart
        self._faults, self._weights = [*rates], [*rates.values()]
        self._log = math.log1p(-sum(self._weights)) if self._weights else 0.0

    def first(self) -> int:
        return self._gap()

    def fault(self, call: int) -> tuple[Fault, int]:
        (fault,) = self._rng.choices(self._faults, self._weights)
        return fault, call + self._gap()

    def _gap(self) -> int:
        if not self._log:
            return NEVER
        return self._apart + int(math.log(1 - self._rng.random()) / self._log)


@dataclass
class Publication:
    """A message that SNS took: the alerts in it, the worker that sent it, at which call."""

    keys: Sequence[Any]
    worker: int
    call: int
    lost: bool = False


@dataclass
class Trace:
    """What was done, for the oracle; by alert and worker where both matter."""

    publications: list[Publication] = field(default_factory=list)
    claimed: dict[tuple[Any, int], int] = field(default_factory=dict)
    marked: dict[tuple[Any, int], int] = field(default_factory=dict)
    unmarked: set[tuple[Any, int]] = field(default_factory=set)  # the mark failed, by injection
    crashed: set[int] = field(default_factory=set)
    frozen: list[tuple[int, int, int]] = field(default_factory=list)  # worker, from call, to call
    faults: dict[Fault, int] = field(default_factory=dict)


class Injector:
    """`others` lets another worker run, `freeze` moves the clock beyond the lease of this one."""

    def __init__(self, choice: Choice) -> None:
        self.calls = 0
        self.trace = Trace()
        self.worker = 0
        self.others: Callable[[], None] = lambda: None
        self.freeze: Callable[[], None] = lambda: None
        self.failures: tuple[type[Exception], ...] = (ServiceFailed,)
        self.kinds: list[tuple[int, str, bool]] | None = None  # of calls, where wanted
        self._workers = 0
        self._depth = 0
        self.choose(choice)

    def choose(self, choice: Choice) -> None:
        """Calls go on to be counted from here: the first that follows is the choice's first."""
        self._choice, self._base = choice, self.calls
        self._due = self.calls + choice.first()

    def run(self, work: Callable[[], object]) -> bool:
        """Whether a worker came to its end; False where it crashed, or failed by injection."""
        self._workers += 1
        before, self.worker = self.worker, self._workers
        try:
            work()
        except Crash:
            self.trace.crashed.add(self.worker)
            return False
        except self.failures:
            return False
        finally:
            self.worker = before
        return True

    def through(
        self,
        name: str,
        method: Callable[..., Any],
        tries: int = TRIES,
        failure: type[Exception] = ServiceFailed,
    ) -> Callable[..., Any]:
        """`method` as the stages call it."""

        def call(*args: Any, **named: Any) -> Any:
            self.calls += 1
            if self.kinds is not None:
                self._note(name)
            if self.calls < self._due:
                return method(*args, **named)
            return self._meet(name, method, args, named, tries, failure)

        return call

    def _note(self, name: str) -> None:
        if self.kinds is not None:
            self.kinds.append((self.calls - self._base, name, self._depth > 0))

    def _meet(
        self,
        name: str,
        method: Callable[..., Any],
        args: Sequence[Any],
        named: Mapping[str, Any],
        tries: int,
        failure: type[Exception],
    ) -> Any:
        fault: Fault | None = self._take()
        for attempt in range(tries):
            if attempt:
                fault = self._again(name)
            if fault in LET_OTHERS:
                self._let_others(fault)
            if fault is None or fault in LET_OTHERS:
                return method(*args, **named)
            if fault in AFFECTED:
                self._affect(name, method, args, named)
            if fault in CRASHES:
                raise Crash
        if name == "mark_sent":
            self.trace.unmarked.add((args[0], self.worker))
        raise failure(f"{name}: {fault}")

    def _again(self, name: str) -> Fault | None:
        """An SDK's next attempt is a call like others."""
        self.calls += 1
        if self.kinds is not None:
            self._note(name)
        return self._take() if self.calls >= self._due else None

    def _affect(
        self,
        name: str,
        method: Callable[..., Any],
        args: Sequence[Any],
        named: Mapping[str, Any],
    ) -> None:
        method(*args, **named)
        if name == "publish":
            self.trace.publications[-1].lost = True

    def _take(self) -> Fault:
        fault, following = self._choice.fault(self.calls - self._base)
        self._due = self._base + following
        self.trace.faults[fault] = self.trace.faults.get(fault, 0) + 1
        return fault

    def _let_others(self, fault: Fault | None) -> None:
        if self._depth:
            return
        self._depth += 1
        begun = self.calls
        if fault is Fault.FREEZE:
            self.freeze()
        self.others()
        if fault is Fault.FREEZE:
            self.trace.frozen.append((self.worker, begun, self.calls))
        self._depth -= 1


class Through:
    """An object whose methods of these names go through an injector."""

    def __init__(self, injector: Injector, target: Any, names: Iterable[str]) -> None:
        for name in names:
            setattr(self, name, injector.through(name, getattr(target, name)))
