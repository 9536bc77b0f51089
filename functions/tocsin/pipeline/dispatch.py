"""dispatch: which feeds are due? One poll job for each of their hosts."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.jobs import MAX_FEEDS_PER_JOB, PollJob, host_of
from tocsin.model import DueFeed

# A poll that has not ended by then has failed, and the feed is due again. Longer than poll's
# timeout (300 s) and a wait in the queue.
LEASE = timedelta(minutes=15)
# At 5 ms a claim a tick stays well under its minute; 1,000 a minute is 15,000 feeds every 15.
MAX_FEEDS_PER_TICK = 1_000


class Feeds(Protocol):
    def find_due(self, now: datetime, limit: int) -> list[DueFeed]: ...
    def claim(self, due: DueFeed, until: datetime) -> bool: ...


class PollJobs(Protocol):
    def send(self, job: PollJob) -> None: ...


@dataclass(frozen=True)
class Dispatching:
    """What dispatching needs from outside."""

    feeds: Feeds
    jobs: PollJobs
    clock: Callable[[], datetime]


def dispatch(outside: Dispatching) -> list[PollJob]:
    """The jobs that were sent.

    Claims first and sends then: a crash in between delays a feed by its lease, and two ticks at
    once never send it twice. What is too much for one job stays due for the next tick.
    """
    now = outside.clock()
    sent: list[PollJob] = []
    for host, due in by_host(outside.feeds.find_due(now, MAX_FEEDS_PER_TICK)).items():
        wanted = due[:MAX_FEEDS_PER_JOB]
        claimed = [each.id for each in wanted if outside.feeds.claim(each, now + LEASE)]
        if claimed:
            job = PollJob(host=host, feed_ids=tuple(claimed))
            outside.jobs.send(job)
            sent.append(job)
    return sent


def by_host(due: Iterable[DueFeed]) -> dict[str, list[DueFeed]]:
    """The same order within each host."""
    hosts: dict[str, list[DueFeed]] = defaultdict(list)
    for each in due:
        hosts[host_of(each.url)].append(each)
    return hosts
