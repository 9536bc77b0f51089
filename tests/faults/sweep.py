"""Every plan of one, two and three faults in a small world: two articles, three alerts.

A world goes on in steps, in each of which one kind of worker is at work: jobs are received,
matches are decided, alerts are sent. Between two steps nobody is at work, and what comes is decided
by what is stored alone. So plans that lead to the same stored state, with as many faults left, go
on in the same way: they are followed once. Within a step every plan is run.

Left out are faults that are the same as others, or as none:

    throttle, 5xx   of any call but a publish: the SDK asks again, and nothing else has changed;
                    of a publish both are the same
    crash before    a call: the same as after the one before it (the first of a step is kept)
    crash after     a read, or a lost answer of one: it has changed nothing
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.builders import NOW
from tests.faults.injector import Fault, Publication, Script, Trace
from tests.faults.news import News, Piece, a_row, job_of
from tests.faults.oracle import LONGEST, is_broken, judge
from tests.faults.world import MINUTE, World, stood_in
from tocsin.articles.urls import identity
from tocsin.model.entries import Entry
from tocsin.pipeline.alerting import Tick
from tocsin.pipeline.decide import UNSETTLED, decide
from tocsin.pipeline.rehearsal.rows import Row, Table
from tocsin.pipeline.send import send

Plan = tuple[tuple[int, Fault], ...]
ALWAYS = (Fault.OTHERS, Fault.FREEZE)
OF_WRITES = (*ALWAYS, Fault.LOST, Fault.CRASH_AFTER)
READS = ("find", "get", "published", "volume", "all")


def two_articles(same: bool = False) -> News:
    """One that matches two topics, and another one that matches one of them, or is the same and
    matches both."""
    second = ("a", "b") if same else ("a",)
    pieces = [_piece(1, ("a", "b"), same), _piece(2, second, same)]
    urls = [identity(each.entry.url) for each in pieces]
    return News(
        topics=(a_row("a"), a_row("b", "instant daily" if same else "instant")),
        pieces=tuple(pieces),
        jobs=tuple((0, job_of([each])) for each in pieces),
        begin=NOW,
        founders={urls[1]: urls[0]} if same else {},
    )


def _piece(number: int, topics: tuple[str, ...], same: bool) -> Piece:
    url = f"https://paper.example/{number}"
    title = "One report" if same else f"Report {number}"
    entry = Entry(url=url, guid=url, title=title)
    return Piece(entry, f"Paper {number}", topics, "both" if same else "")


@dataclass
class Sweep:
    """What a sweep came to: `runs` are steps that were run, `states` what was met between them,
    `plans` how many plans that is in all."""

    runs: int = 0
    states: int = 0
    plans: int = 0
    ends: int = 0
    wrong: list[str] = field(default_factory=list)


class Sweeper:
    def __init__(self, news: News, faults: int) -> None:
        self._news, self._faults = news, faults
        self._world = World(news, Script({}), Script({}))
        self._plans_from: dict[tuple[Any, int], int] = {}
        self.result = Sweep()
        injector = self._world.alert_injector
        injector.others = lambda: injector.run(self._decide_and_send)

    def sweep(self) -> Sweep:
        with stood_in(self._news):
            for _, body in self._news.jobs:
                self._world.queue.put(body)
            start = _take(self._world, 0)
            self.result.plans = self._explore(start, self._faults)
        self.result.states = len(self._plans_from)
        return self.result

    def _explore(self, state: "State", left: int) -> int:
        """How many plans go on from here."""
        known = (state.key(), left)
        if known in self._plans_from:
            return self._plans_from[known]
        self._plans_from[known] = 0  # where nothing changes any more, there is nothing to follow
        plans = 0
        for used, after in [*self._step(state, (), left)]:
            plans += 1 if after is None else self._explore(after, left - used)
        self._plans_from[known] = plans
        return plans

    def _step(self, state: "State", plan: Plan, left: int) -> Iterator[tuple[int, "State | None"]]:
        """What comes of a step, with every plan of so many faults that begins like this one."""
        calls = self._run(state, plan)
        yield len(plan), self._next(state.step)
        if len(plan) == left:
            return
        last = plan[-1][0] if plan else 0
        for call, name, nested in calls:
            if call > last:
                for fault in _faults(call, name, nested):
                    yield from self._step(state, (*plan, (call, fault)), left)

    def _run(self, state: "State", plan: Plan) -> list[tuple[int, str, bool]]:
        world = self._world
        state.put_back(world)
        injector = world.alert_injector if state.step else world.ingest_injector
        injector.choose(Script(dict(plan)))
        injector.kinds = []
        work: tuple[Callable[[], Any], ...] = (world.receive, self._decide, self._send)
        if state.step:
            injector.run(work[state.step])
        else:
            work[0]()
        self.result.runs += 1
        calls, injector.kinds = injector.kinds, None
        injector.choose(Script({}))
        return calls

    def _decide(self) -> None:
        decide(self._world.alerting, Tick(self._world.alerting))

    def _send(self) -> None:
        send(self._world.alerting, Tick(self._world.alerting))

    def _decide_and_send(self) -> None:
        self._decide()
        self._send()

    def _next(self, step: int) -> "State | None":
        """The state before the following step; None where nothing follows."""
        world = self._world
        if step == 2:
            at = world.next_at()
            if at is None or world.clock() > self._news.begin + LONGEST:
                self._judge()
                return None
            world.clock.to(max(at, world.clock() + MINUTE))
        return _take(world, (step + 1) % 3)

    def _judge(self) -> None:
        self.result.ends += 1
        verdict = judge(self._world)
        if verdict.violations and len(self.result.wrong) < 20:
            self.result.wrong += verdict.wrong


def _faults(call: int, name: str, nested: bool) -> Iterator[Fault]:
    if call == 1:
        yield Fault.CRASH_BEFORE
    if name == "publish":
        yield Fault.THROTTLE
    for fault in ALWAYS if name.startswith(READS) else OF_WRITES:
        if not (nested and fault in ALWAYS):  # the others let no others in
            yield fault


@dataclass
class State:
    """What is stored between two steps. `told` counts an alert's messages: those that were marked
    in time, and the broken ones."""

    step: int
    now: datetime
    known: dict[str, Any]
    matches: Table
    alerts: Table
    stories: dict[str, dict[Any, Any]]
    budgets: dict[str, Any]
    queue: list[Any]
    letters: list[Any]
    told: dict[Any, tuple[int, int]]

    def put_back(self, world: World) -> None:
        world.clock.now = self.now
        world.articles.known = dict(self.known)
        world.articles.matches.table = self.matches.copy()
        world.alerts.alerts.table = self.alerts.copy()
        for name, values in self.stories.items():
            setattr(world.stories, name, dict(values))
        world.budgets.paces = dict(self.budgets)
        world.queue.restore(self.queue, self.letters)
        trace = world.alert_injector.trace = Trace()
        for key, (good, broken) in self.told.items():
            sent = [Publication((key,), 0, 0) for _ in range(good)]
            sent += [Publication((key,), 0, 0, lost=True) for _ in range(broken)]
            trace.publications += sent

    def key(self) -> Any:
        """Of what is stored only that which is asked for again: no names of workers, which are
        gone; times as they are from now, of rows that are overdue their order; nothing of rows
        that have ended but how; of a topic that nothing waits for, no bell and no pace."""
        waits = {key[1].split("#")[1] for key, row in self._rows() if row.due_at is not None}
        if self.queue:
            waits = {*self._topics()}
        overdue = sorted((row.due_at, key) for key, row in self._rows() if _is_over(row, self.now))
        rank = {key: number for number, (_, key) in enumerate(overdue)}
        return (
            self.step,
            tuple(sorted(self.known)),
            tuple(
                sorted((key, *_state_of(row, rank.get(key), self.now)) for key, row in self._rows())
            ),
            tuple(
                (key, ring.article_id, ring.step, None if ring.rung_at else self._ago(at))
                for key, (ring, at) in sorted(self.stories["rings"].items())
                if key[1] in waits
            ),
            tuple(sorted((key, each.state) for key, each in self.stories["places"].items())),
            tuple(sorted((key, len(each)) for key, each in self.stories["members"].items())),
            tuple(
                (topic, tuple(map(self._ago, each)))
                for topic, each in sorted(self.budgets.items())
                if topic in waits
            ),
            tuple(sorted((body, self._ago(at), receives) for body, at, receives in self.queue)),
            tuple(sorted(self.letters)),
            # One that was marked and one more is told twice; how often beyond, nothing asks.
            tuple(
                sorted((key, min(good, 2), min(bad, 1)) for key, (good, bad) in self.told.items())
            ),
        )

    def _rows(self) -> Iterator[tuple[Any, Row]]:
        yield from self.matches.rows.items()
        yield from self.alerts.rows.items()

    def _topics(self) -> Iterator[str]:
        yield from self.budgets
        yield from (topic for _, topic in self.stories["rings"])

    def _ago(self, at: datetime) -> timedelta:
        """What was before the longest lease and pace is as good as any time before."""
        return max(at - self.now, -timedelta(hours=1))


def _is_over(row: Row, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now


def _state_of(row: Row, rank: int | None, now: datetime) -> tuple[Any, ...]:
    status, alert_id = str(row.status), row.alert_id or ""
    if row.due_at is None:
        return status, alert_id
    looks = sum(note.reason == UNSETTLED for note in row.history)
    due = str(row.due_at - now) if rank is None else f"overdue {rank}"
    return status, alert_id, row.partition, due, row.attempts, row.paid, looks


def _take(world: World, step: int) -> State:
    trace = world.alert_injector.trace
    told: dict[Any, tuple[int, int]] = {}
    for each in trace.publications:
        for key in each.keys:
            good, broken = told.get(key, (0, 0))
            is_bad = is_broken(key, each, trace)
            told[key] = (good + (not is_bad), broken + is_bad)
    stories = ("places", "founders", "members", "postings", "rings", "counted")
    return State(
        step=step,
        now=world.clock(),
        known=dict(world.articles.known),
        matches=world.articles.matches.table.copy(),
        alerts=world.alerts.alerts.table.copy(),
        stories={name: dict(getattr(world.stories, name)) for name in stories},
        budgets=dict(world.budgets.paces),
        queue=world.queue.waiting(),
        letters=[*world.queue.letters],
        told=told,
    )


def sweep(faults: int, same: bool = False) -> Sweep:
    return Sweeper(two_articles(same), faults).sweep()
