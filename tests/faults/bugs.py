"""Bugs in the protocol, seeded on purpose: an oracle that misses one proves nothing.

Each is a way to break one rule of the stages, or of what the tables promise them.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from itertools import product
from typing import Any
from unittest.mock import patch

from tests.faults.articles import FakeAlerts
from tests.faults.injector import Fault
from tests.faults.news import News
from tests.faults.oracle import judge
from tests.faults.queue import FakeQueue
from tests.faults.stories import FakeStories
from tests.faults.world import OF_ALERTING, OF_INGESTING, random_world
from tocsin.model.matches import Note
from tocsin.pipeline import decide, ingest, send, store
from tocsin.pipeline.rehearsal.rows import Leased, Row

Bug = Callable[[], AbstractContextManager[Any]]


def no_lease() -> AbstractContextManager[Any]:
    """Whoever asks for a row that is due has it, and it stays due."""

    def claim(self: Leased, key: Any, owner: str, now: Any, until: Any) -> Row | None:
        row = self.table.rows[key]
        if row.due_at is None or row.due_at > now:
            return None
        self.table.put(key, row._replace(owner=owner))
        return self.table.rows[key]

    return patch.object(Leased, "claim", claim)


def lease_never_ends() -> AbstractContextManager[Any]:
    """A row of a worker that died stays its own."""

    def is_free(self: Leased, row: Row, now: Any) -> bool:
        return row.status == self.waiting and row.due_at is not None and row.due_at <= now

    return patch.object(Leased, "is_free", is_free)


@contextmanager
def lease_too_short() -> Iterator[None]:
    """It is over while its worker is at work."""
    with patch.object(decide, "LEASE", timedelta(0)), patch.object(send, "LEASE", timedelta(0)):
        yield


def writes_without_a_lease() -> AbstractContextManager[Any]:
    """Who lost its lease writes all the same."""
    write = Leased.write

    def always(self: Leased, key: Any, owner: str, note: Note, **changes: Any) -> bool:
        return write(self, key, self.table.rows[key].owner, note, **changes)

    return patch.object(Leased, "write", always)


def marks_before_it_publishes() -> AbstractContextManager[Any]:
    publish = send._Line._publish

    def early(self: Any, message: Any, leased: Any, topic: Any) -> None:
        note = Note(at=self._outside.clock(), outcome="sent")
        for each in leased:
            self._outside.alerts.mark_sent(each.key, self._tick.owner, message.id, "", note)
        publish(self, message, leased, topic)

    return patch.object(send._Line, "_publish", early)


def bell_is_not_marked_as_rung() -> AbstractContextManager[Any]:
    return patch.object(FakeStories, "mark_rung", lambda *args, **named: True)


def bell_is_anybodys() -> AbstractContextManager[Any]:
    """Who asks for it has it."""
    return patch.object(FakeStories, "claim_ring", lambda self, bell_id, ring, now, lease: ring)


def alert_keys_by_chance() -> AbstractContextManager[Any]:
    """The same decision, made twice, is two alerts."""
    add = decide.add_alerts

    def other(draft: Any, *args: Any) -> int:
        return add(draft.model_copy(update={"key": uuid.uuid4().hex[:6]}), *args)

    return patch.object(decide, "add_alerts", other)


def article_first() -> AbstractContextManager[Any]:
    """Its row is there before its matches are."""
    prepare = store.prepare

    def early(draft: Any, job: Any, matcher: Any, outside: Any) -> Any:
        outside.archive.add_article(draft.article, draft.stated)
        return prepare(draft, job, matcher, outside)

    return patch.object(ingest, "prepare", early)


def match_ends_before_its_alerts_are_there() -> AbstractContextManager[Any]:
    add = decide._Look._add_alerts

    def late(self: Any, alert: Any, topic: Any) -> int:
        self._alerted(0, "too early")
        return int(add(self, alert, topic))

    return patch.object(decide._Look, "_add_alerts", late)


def failed_publish_counts_as_sent() -> AbstractContextManager[Any]:
    def sent(self: Any, leased: Any, reason: str) -> None:
        self._sent(leased, "", "")

    return patch.object(send._Line, "_back_off", sent)


def held_alerts_are_forgotten() -> AbstractContextManager[Any]:
    """What a cap, a pace or a back-off puts off is not due any more."""
    hold = FakeAlerts.hold

    def away(self: Any, key: Any, owner: str, until: Any, note: Note, *args: Any) -> bool:
        return hold(self, key, owner, until + timedelta(days=9_999), note, *args)

    return patch.object(FakeAlerts, "hold", away)


def poison_vanishes() -> AbstractContextManager[Any]:
    """A job that is given up goes nowhere."""
    return patch.object(FakeQueue, "give_up", lambda self, body, reason: None)


def poison_without_a_reason() -> AbstractContextManager[Any]:
    return patch.object(
        FakeQueue, "give_up", lambda self, body, reason: self.letters.append((body, ""))
    )


@contextmanager
def failed_jobs_count_as_done() -> Iterator[None]:
    """An error in one entry ends the whole job."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(ingest, "cut", lambda job, why, outside: []))
        yield


def one_mark_stops_the_others() -> AbstractContextManager[Any]:
    """An alert that cannot be marked leaves those after it in its message unmarked."""

    def stops(self: Any, leased: Any, notification_id: str, message_id: str) -> None:
        note = Note(at=self._outside.clock(), outcome="sent")
        for each in leased:
            self._outside.alerts.mark_sent(
                each.key, self._tick.owner, notification_id, message_id, note
            )
            self.unended.pop(each.key)

    return patch.object(send._Line, "_sent", stops)


# Faults among which to look for them: usual ones, and more of those that few bugs show under.
THROTTLED = {Fault.THROTTLE: 0.5}
BUSY = {Fault.LOST: 0.01, Fault.THROTTLE: 0.25, Fault.OTHERS: 0.02, Fault.FREEZE: 0.02}
HUNTS = ((OF_INGESTING, OF_ALERTING), (BUSY, BUSY), (THROTTLED, THROTTLED))
SEEDS = 6


def caught(bug: Bug, news: News) -> str:
    """What the oracle says of the bug, empty where it sees nothing."""
    for seed, rates in product(range(SEEDS), HUNTS):
        scale = 3.0 if rates is HUNTS[0] else 1.0
        with bug():
            world = random_world(news, seed, scale, rates)
            world.run()
            verdict = judge(world)
        if verdict.violations:
            return (verdict.wrong or ["poison that has no letter, or one without a reason"])[0]
    return ""


BUGS: tuple[Bug, ...] = (
    no_lease,
    lease_never_ends,
    lease_too_short,
    writes_without_a_lease,
    marks_before_it_publishes,
    bell_is_not_marked_as_rung,
    bell_is_anybodys,
    alert_keys_by_chance,
    article_first,
    match_ends_before_its_alerts_are_there,
    failed_publish_counts_as_sent,
    held_alerts_are_forgotten,
    poison_vanishes,
    poison_without_a_reason,
    failed_jobs_count_as_done,
    one_mark_stops_the_others,
)
