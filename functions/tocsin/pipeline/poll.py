"""poll: ask a host's feeds; send entries not seen before, or stated anew, to ingest, keep what was
learned.

A host is asked by one job at a time, over all functions: a job that finds it taken goes back into
the queue for a moment. A feed is asked when its time has come, whatever jobs there are for it: one
that was delivered twice, or is late, finds that out from the feed and asks nothing.
"""

import base64
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.errors import FeedError, FetchError, HttpStatus, PublishFailed, PublishRefused
from tocsin.feeds import websub
from tocsin.feeds.answers import (
    Answer,
    after_document,
    after_error,
    after_push,
    after_unchanged,
)
from tocsin.feeds.cadence import MAX_WAIT, fresh_seconds, next_poll_at
from tocsin.feeds.entries import believed
from tocsin.feeds.health import is_challenge, notice_of, with_health
from tocsin.feeds.parser import Document, parse
from tocsin.feeds.seen import restated, unseen
from tocsin.feeds.validators import conditions, hash_of
from tocsin.feeds.websub import has_missed, offer_of
from tocsin.jobs import (
    MAX_ENTRIES_PER_JOB,
    MAX_ENTRY_BYTES_PER_JOB,
    IngestJob,
    PollJob,
    Push,
    host_of,
)
from tocsin.model.entries import Entry
from tocsin.model.feeds import Feed, FeedRow, FeedState
from tocsin.pipeline.push import Subscribing, keep_subscribed
from tocsin.web.fetcher import FEED_BYTES, Response, Web
from tocsin.web.politeness import HostSlots

REMOVED = "removed"  # the operator took the feed away, or gave it another URL, while it was polled
NOT_YET = "not_yet"  # it was asked meanwhile, and its next time has not come
HOST_TAKEN = "host_taken"  # another job asks the host: this one comes again
PUT_OFF = "put_off"  # by want of time, or because the host asked to wait
NOTHING_TO_ASK = "disabled"

# The function's timeout (300 s) less one feed that takes all it may: 20 s for each document, and
# for its hub.
JOB_TIME = timedelta(seconds=190)
# Beyond the function's timeout nobody is there any more to give the host free.
HOST_LEASE = timedelta(seconds=310)
HOST_TAKEN_SECONDS = 10  # a job of ten feeds that are well takes five
_NOT_ASKED = frozenset({REMOVED, NOT_YET, HOST_TAKEN, PUT_OFF, NOTHING_TO_ASK})
TELL_AGAIN = timedelta(hours=1)
MAX_SITEMAPS = 3  # of an index: the newest; news of two days, as Google takes it, fits one
SITEMAP_PAUSE_SECONDS = 2.0
PERMANENT = frozenset({301, 308})
OVERLOADED = frozenset({429, 503})  # whoever answers so means the host, not the one feed


class Feeds(Protocol):
    def find(self, feed_id: str) -> FeedRow | None: ...
    def save_state(self, feed: Feed, state: FeedState, due_at: datetime | None) -> bool: ...


class IngestJobs(Protocol):
    def send(self, job: IngestJob) -> None: ...


class PollJobs(Protocol):
    def send(self, job: PollJob, delay_seconds: int = 0) -> None: ...


class Operator(Protocol):
    def tell(self, subject: str, text: str) -> None: ...


@dataclass(frozen=True)
class Polling:
    """What polling needs from outside. `jitter` gives random numbers from 0 to 1, `new_id` a fresh
    id at each call; `pause` waits for so many seconds."""

    feeds: Feeds
    jobs: IngestJobs
    polls: PollJobs
    slots: HostSlots
    operator: Operator
    web: Web
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    new_id: Callable[[], str]
    pause: Callable[[float], None]
    subscribing: Subscribing


@dataclass(frozen=True)
class Polled:
    """How one feed's poll ended. `notice` is what the operator was told of it; `host_waits_until`
    is when its host wants to be asked again, None where it did not say."""

    feed_id: str
    outcome: str
    detail: str = ""
    failed: bool = False
    new_entries: int = 0
    notice: str = ""
    host_waits_until: datetime | None = None

    @property
    def asked(self) -> bool:
        return self.outcome not in _NOT_ASKED


def poll(job: PollJob, outside: Polling) -> list[Polled]:
    """One feed after the other. A feed that fails stops no other. A document that was pushed asks
    nobody anything; it waits for its host, too, so that no poll of the feed goes on meanwhile."""
    owner, now = outside.new_id(), outside.clock()
    if not outside.slots.take(job.host, owner, now, now + HOST_LEASE):
        outside.polls.send(job, HOST_TAKEN_SECONDS)
        return [Polled(feed_id, HOST_TAKEN) for feed_id in job.feed_ids]
    try:
        if job.push is not None:
            return [take_push(feed_id, job.push, outside) for feed_id in job.feed_ids]
        return list(_poll_host(job, now + JOB_TIME, outside))
    finally:
        outside.slots.release(job.host, owner)


def _poll_host(job: PollJob, deadline: datetime, outside: Polling) -> Iterator[Polled]:
    """A host that asks to wait is not asked for the job's other feeds, either."""
    waits_until: datetime | None = None
    for number, feed_id in enumerate(job.feed_ids):
        if outside.clock() >= deadline:
            rest = job.feed_ids[number:]
            outside.polls.send(PollJob(host=job.host, feed_ids=rest))
            yield from (Polled(each, PUT_OFF) for each in rest)
            return
        if waits_until is not None:
            yield put_off(feed_id, waits_until, outside)
            continue
        polled = poll_feed(feed_id, job.host, outside)
        waits_until = polled.host_waits_until
        yield polled


def put_off(feed_id: str, until: datetime, outside: Polling) -> Polled:
    row = outside.feeds.find(feed_id)
    if row is not None and not row.state.disabled:
        due_at = max(until, row.state.next_at or until)
        state = row.state.model_copy(update={"next_at": due_at})
        outside.feeds.save_state(row.feed, state, due_at)
    return Polled(feed_id, PUT_OFF)


def poll_feed(feed_id: str, host: str, outside: Polling) -> Polled:
    """Sends first and saves then: a crash in between sends entries again, and ingest knows them."""
    row = outside.feeds.find(feed_id)
    if row is None:
        return Polled(feed_id, REMOVED)
    if row.state.disabled:
        return _keep(row, row.state, outside, Polled(feed_id, NOTHING_TO_ASK))
    now = outside.clock()
    if row.state.next_at is not None and now < row.state.next_at:
        return Polled(feed_id, NOT_YET)
    if host_of(row.url) != host:
        outside.polls.send(PollJob(host=host_of(row.url), feed_ids=(feed_id,)))
        return Polled(feed_id, PUT_OFF)
    retry_after: int | None = None
    waits_until: datetime | None = None
    new: Sequence[Entry] = ()
    try:
        state, new = _ask(row, now, outside)
    except (FetchError, FeedError) as error:
        state = after_error(row.state, error, now)
        if isinstance(error, HttpStatus):
            retry_after = error.retry_after_seconds
            waits_until = _host_waits_until(error, now)
    ended = Polled(
        feed_id,
        state.outcome,
        state.detail,
        state.errors_in_a_row > 0,
        len(new),
        host_waits_until=waits_until,
    )
    due_at = next_poll_at(row.feed, state, now, outside.jitter(), retry_after)
    due_at = _with_hub(row, state, new, due_at, now, outside)
    return _keep(row, with_health(state, now), outside, ended, due_at)


def _with_hub(
    row: FeedRow,
    state: FeedState,
    new: Sequence[Entry],
    due_at: datetime | None,
    now: datetime,
    outside: Polling,
) -> datetime | None:
    """When to poll again where a hub may push meanwhile; sees to it that it does."""
    if due_at is None:
        return None
    lease = keep_subscribed(row.feed.id, offer_of(state), now, outside.subscribing)
    if lease is None:
        return due_at
    published = [entry.published_at for entry in new if entry.published_at]
    if has_missed(lease, row.state.polled_at, published, now):
        lease = lease.model_copy(update={"missed_at": now})
        outside.subscribing.leases.note_miss(lease, now)
    return websub.next_poll_at(due_at, lease, now)


def _host_waits_until(error: HttpStatus, now: datetime) -> datetime | None:
    if error.status not in OVERLOADED or not error.retry_after_seconds:
        return None
    return now + min(timedelta(seconds=error.retry_after_seconds), MAX_WAIT)


def _keep(
    row: FeedRow,
    state: FeedState,
    outside: Polling,
    ended: Polled,
    due_at: datetime | None = None,
) -> Polled:
    """Tells the operator first and saves then: a notice may go out twice, and is never lost. A feed
    that will not be asked again is due as long as there is something to tell of it."""
    now = outside.clock()
    notice = notice_of(FeedRow(feed=row.feed, state=state, due_at=due_at), now)
    if notice is not None:
        try:
            outside.operator.tell(notice.subject, notice.text)
            state = state.model_copy(update=notice.told)
            ended = replace(ended, notice=notice.subject)
        except (PublishFailed, PublishRefused) as error:
            due_at = due_at or now + TELL_AGAIN
            ended = replace(ended, notice=f"not told: {error}")
    state = state.model_copy(update={"next_at": due_at})
    return ended if outside.feeds.save_state(row.feed, state, due_at) else _removed(ended)


def _removed(ended: Polled) -> Polled:
    return Polled(ended.feed_id, REMOVED)


def _ask(row: FeedRow, now: datetime, outside: Polling) -> tuple[FeedState, Sequence[Entry]]:
    """The state after the feed's answer, and the entries that were sent on."""
    asked = conditions(row.state, now)
    response = outside.web.fetch(row.url, FEED_BYTES, asked)
    answer = _answer(response, bool(asked), row.url, now, outside.clock())
    if response.status == 304:
        return after_unchanged(row.state, answer, now, whole=False), ()
    if answer.body_hash == row.state.body_hash:
        return after_unchanged(row.state, answer, now, whole=True), ()
    document = _read(response)
    if document.facts.sitemaps:
        document = _with_sitemaps(document, response.url, outside)
        # An index may stay as it is while what it lists changes: it is read each time.
        answer = replace(answer, etag=None, last_modified=None, body_hash=b"")
    offer = websub.find_offer(document.facts, response.headers.get("link", ""), row.url)
    new = _send(row, document, now, outside)
    return after_document(row.state, document, replace(answer, offer=offer), new, now), new


def _answer(
    response: Response, conditional: bool, asked_url: str, asked_at: datetime, now: datetime
) -> Answer:
    permanent = all(each.status in PERMANENT for each in response.redirects)
    moved = bool(response.redirects) and permanent and response.url != asked_url
    return Answer(
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        body_hash=b"" if response.status == 304 else hash_of(response.body),
        conditional=conditional,
        permanent_url=response.url if moved else None,
        fresh_seconds=fresh_seconds(response.headers, now),
        milliseconds=int((now - asked_at) / timedelta(milliseconds=1)),
    )


def _read(response: Response) -> Document:
    try:
        return parse(response.body, response.headers.get("content-type", ""), response.url)
    except FeedError as error:
        if is_challenge(response.body):
            raise FeedError(
                response.url, "challenged", "a page that asks whether we are human, not a feed"
            ) from error
        raise


def _with_sitemaps(index: Document, url: str, outside: Polling) -> Document:
    """The index with the entries of its newest sitemaps, on the host that is ours to ask."""
    entries, damage = list(index.entries), index.damage
    of_host = [each for each in index.facts.sitemaps if host_of(each) == host_of(url)]
    for sitemap in of_host[:MAX_SITEMAPS]:
        outside.pause(SITEMAP_PAUSE_SECONDS)
        try:
            entries += _read(outside.web.fetch(sitemap, FEED_BYTES)).entries
        except (FetchError, FeedError) as error:
            damage = str(error)
    return replace(index, entries=tuple(entries), damage=damage)


def take_push(feed_id: str, push: Push, outside: Polling) -> Polled:
    """A document that a hub brought. When the feed is polled next stays as it is."""
    row = outside.feeds.find(feed_id)
    if row is None:
        return Polled(feed_id, REMOVED)
    now = outside.clock()
    body = gzip.decompress(base64.b64decode(push.body))
    try:
        document = parse(body, push.content_type, row.url)
    except FeedError as error:
        return Polled(feed_id, error.outcome, error.reason, failed=True)
    new = _send(row, document, now, outside)
    state = after_push(row.state, document, new, now)
    ended = Polled(feed_id, "pushed", document.damage, new_entries=len(new))
    return ended if outside.feeds.save_state(row.feed, state, row.due_at) else _removed(ended)


def _send(row: FeedRow, document: Document, now: datetime, outside: Polling) -> list[Entry]:
    """Sends on what is new, which it gives, and what is stated anew. The first document goes to the
    archive without an alert."""
    new = unseen(document.entries, row.state.seen)
    sent = [*new, *restated(document.entries, row.state.seen)]
    for job in ingest_jobs(row.feed, sent, silent=row.state.filled_at is None, seen_at=now):
        outside.jobs.send(job)
    return new


def ingest_jobs(
    feed: Feed, entries: Sequence[Entry], silent: bool, seen_at: datetime
) -> Iterator[IngestJob]:
    """Jobs for one host each, small enough to be done and to be sent."""
    hosts: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        hosts[host_of(entry.url)].append(believed(entry, seen_at))
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
