"""dispatch: which feeds are due? One poll job for each of their hosts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from tocsin.jobs import MAX_FEEDS_PER_JOB, PollJob, host_of
from tocsin.model.feeds import DueFeed

# A poll that has not ended by then has failed, and the feed is due again: with SQS, which delivers
# its job again after 30 minutes. More than 15 minutes after the poll that may have asked the feed.
LEASE = timedelta(minutes=30)
MAX_FEEDS_PER_TICK = 10_000
# The function's timeout is 60 s, and the next tick goes on with the rest.
TICK_TIME = timedelta(seconds=45)
# So many are claimed before they are sent: a crash in between delays no more than these.
HOSTS_AT_ONCE = 100


class Feeds(Protocol):
    def find_due(self, now: datetime, limit: int) -> list[DueFeed]: ...
    def claim(self, due: Sequence[DueFeed], until: datetime) -> list[DueFeed]: ...


class PollJobs(Protocol):
    def send_all(self, jobs: Sequence[PollJob]) -> None: ...


@dataclass(frozen=True)
class Dispatching:
    """What dispatching needs from outside."""

    feeds: Feeds
    jobs: PollJobs
    clock: Callable[[], datetime]


def dispatch(outside: Dispatching) -> list[PollJob]:
    """The jobs that were sent.

    Claims first and sends then: a crash in between delays a feed by its lease, and two ticks at
    once never send it twice. What is too much for one job or one tick stays due for the next.
    """
    now = outside.clock()
    hosts = by_host(outside.feeds.find_due(now, MAX_FEEDS_PER_TICK))
    sent: list[PollJob] = []
    for part in _parts(hosts):
        if outside.clock() - now > TICK_TIME:
            break
        jobs = _jobs(outside.feeds.claim(part, now + LEASE))
        outside.jobs.send_all(jobs)
        sent += jobs
    return sent


def _parts(hosts: dict[str, list[DueFeed]]) -> Iterator[list[DueFeed]]:
    """As many feeds of each host as one job takes."""
    wanted = (due[:MAX_FEEDS_PER_JOB] for due in hosts.values())
    while part := [each for of_host in islice(wanted, HOSTS_AT_ONCE) for each in of_host]:
        yield part


def _jobs(claimed: Iterable[DueFeed]) -> list[PollJob]:
    return [
        PollJob(host=host, feed_ids=tuple(each.id for each in due))
        for host, due in by_host(claimed).items()
    ]


def by_host(due: Iterable[DueFeed]) -> dict[str, list[DueFeed]]:
    """The same order within each host."""
    hosts: dict[str, list[DueFeed]] = defaultdict(list)
    for each in due:
        hosts[host_of(each.url)].append(each)
    return hosts
