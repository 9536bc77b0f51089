"""poll: ask a host's feeds; send entries not seen before to ingest, keep what was learned."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tocsin.errors import FeedError, FetchError, HttpStatus
from tocsin.feeds.health import Answer, after_document, after_error, after_unchanged, next_poll_at
from tocsin.feeds.parser import parse
from tocsin.feeds.seen import unseen
from tocsin.jobs import (
    MAX_ENTRIES_PER_JOB,
    MAX_ENTRY_BYTES_PER_JOB,
    IngestJob,
    PollJob,
    host_of,
)
from tocsin.model import Entry, Feed, FeedRow, FeedState
from tocsin.web.fetcher import FEED_BYTES, Web

REMOVED = "removed"  # the operator took the feed away, or gave it another URL, while it was polled


class Feeds(Protocol):
    def find(self, feed_id: str) -> FeedRow | None: ...
    def save_state(self, feed: Feed, state: FeedState, due_at: datetime | None) -> bool: ...


class IngestJobs(Protocol):
    def send(self, job: IngestJob) -> None: ...


@dataclass(frozen=True)
class Polling:
    """What polling needs from outside. `jitter` gives random numbers from 0 to 1."""

    feeds: Feeds
    jobs: IngestJobs
    web: Web
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


@dataclass(frozen=True)
class Polled:
    """How one feed's poll ended."""

    feed_id: str
    outcome: str
    detail: str = ""
    failed: bool = False
    new_entries: int = 0


def poll(job: PollJob, outside: Polling) -> list[Polled]:
    """One feed after the other: a host gets one connection. A feed that fails stops no other."""
    return [poll_feed(feed_id, outside) for feed_id in job.feed_ids]


def poll_feed(feed_id: str, outside: Polling) -> Polled:
    """Sends first and saves then: a crash in between sends entries again, and ingest knows them."""
    row = outside.feeds.find(feed_id)
    if row is None:
        return Polled(feed_id, REMOVED)
    now, retry_after, new = outside.clock(), None, 0
    try:
        state, new = _ask(row.feed, row.state, now, outside)
    except (FetchError, FeedError) as error:
        state = after_error(row.state, error, now)
        retry_after = error.retry_after_seconds if isinstance(error, HttpStatus) else None
    due_at = next_poll_at(row.feed, state, now, outside.jitter(), retry_after)
    if not outside.feeds.save_state(row.feed, state, due_at):
        return Polled(feed_id, REMOVED)
    return Polled(feed_id, state.outcome, state.detail, state.errors_in_a_row > 0, new)


def _ask(feed: Feed, state: FeedState, now: datetime, outside: Polling) -> tuple[FeedState, int]:
    """The state after the feed's answer, and how many entries were sent on."""
    response = outside.web.fetch(feed.url, FEED_BYTES, _conditions(state))
    if response.status == 304:
        return after_unchanged(state, now), 0
    document = parse(response.body, response.headers.get("content-type", ""), response.url)
    new = unseen(document.entries, state.seen)
    for job in ingest_jobs(feed, new, silent=state.filled_at is None, seen_at=now):
        outside.jobs.send(job)
    answer = Answer(response.headers.get("etag"), response.headers.get("last-modified"))
    return after_document(state, document, answer, len(new), now), len(new)


def _conditions(state: FeedState) -> dict[str, str]:
    """The server's own validators, to the letter: a server compares them as text."""
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def ingest_jobs(
    feed: Feed, entries: Sequence[Entry], silent: bool, seen_at: datetime
) -> Iterator[IngestJob]:
    """Jobs for one host each, small enough to be done and to be sent."""
    hosts: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        hosts[host_of(entry.url)].append(entry)
    for host, of_host in hosts.items():
        for part in parts(of_host):
            yield IngestJob(
                host=host,
                feed_id=feed.id,
                publisher=feed.publisher,
                language=feed.language,
                country=feed.country,
                silent=silent,
                seen_at=seen_at,
                entries=part,
            )


def parts(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """In order, each of at most MAX_ENTRIES_PER_JOB entries and MAX_ENTRY_BYTES_PER_JOB bytes. An
    entry alone is smaller than that: its fields are cut to size."""
    part: list[Entry] = []
    room = MAX_ENTRY_BYTES_PER_JOB
    for entry in entries:
        size = len(entry.model_dump_json().encode())
        if part and (size > room or len(part) == MAX_ENTRIES_PER_JOB):
            yield tuple(part)
            part, room = [], MAX_ENTRY_BYTES_PER_JOB
        part.append(entry)
        room -= size
    if part:
        yield tuple(part)
