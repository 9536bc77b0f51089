"""push: subscribing to a feed's hub, and what the hub asks and brings through the API (WebSub)."""

import base64
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tocsin.errors import FetchError
from tocsin.feeds.cadence import MIN_WAIT
from tocsin.feeds.websub import (
    Offer,
    callback_path,
    granted_until,
    is_of,
    is_signed,
    lease_to_ask_for,
    subscription_form,
)
from tocsin.jobs import PollJob, Push, host_of
from tocsin.model.feeds import FeedRow
from tocsin.model.hubs import HubLease

# SQS takes a mebibyte, base64 makes four bytes of three, and something stands around it.
MAX_PUSHED_BYTES = 750_000  # compressed; a larger document is polled instead


class Leases(Protocol):
    def find(self, feed_id: str) -> HubLease | None: ...
    def put(self, lease: HubLease) -> None: ...
    def confirm(self, lease: HubLease, expires_at: datetime) -> bool: ...
    def refuse(self, lease: HubLease, reason: str) -> bool: ...
    def note_push(self, lease: HubLease, at: datetime) -> bool: ...
    def note_miss(self, lease: HubLease, at: datetime) -> bool: ...


class Feeds(Protocol):
    def find(self, feed_id: str) -> FeedRow | None: ...
    def hasten(self, feed_id: str, due_at: datetime) -> bool: ...


class PollJobs(Protocol):
    def send(self, job: PollJob) -> None: ...


@dataclass(frozen=True)
class Pushing:
    """What taking pushes needs from outside."""

    leases: Leases
    feeds: Feeds
    jobs: PollJobs
    clock: Callable[[], datetime]


class Hub(Protocol):
    def post(self, url: str, form: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Subscribing:
    """What subscribing to hubs needs from outside. `api_url` is where hubs reach us, without a
    slash at its end; empty where they cannot. `random_text` makes a token of so many bytes."""

    leases: Leases
    hub: Hub
    api_url: str
    random_text: Callable[[int], str]


def keep_subscribed(
    feed_id: str, offer: Offer | None, now: datetime, outside: Subscribing
) -> HubLease | None:
    """The feed's lease, asked for or renewed where it is time to.

    Kept first and asked then: a hub may call back before it answers. One that does not answer is
    asked again some hours later, one that refuses some days later; until then the feed is polled
    as any other.
    """
    if not outside.api_url or offer is None:
        return None
    lease = outside.leases.find(feed_id)
    wanted = lease_to_ask_for(feed_id, offer, lease, now, outside.random_text)
    if wanted is None:
        return lease
    outside.leases.put(wanted)
    try:
        outside.hub.post(
            wanted.hub_url, subscription_form(wanted, outside.api_url + callback_path(wanted))
        )
    except FetchError as error:
        if not error.retryable:
            outside.leases.refuse(wanted, error.reason[:200])
    return outside.leases.find(feed_id)


class Answer(StrEnum):
    """How a hub's call ended."""

    CONFIRMED = "confirmed"
    REFUSAL_NOTED = "refusal_noted"
    TAKEN = "taken"
    NOT_SIGNED = "not_signed"  # dropped, and the hub is not told so: WebSub, section 8
    TO_BE_POLLED = "to_be_polled"  # too large for a message: the feed is polled instead
    UNKNOWN = "unknown"  # we did not ask for that, or not any more


@dataclass(frozen=True)
class Called:
    """How one call of a hub ended."""

    feed_id: str
    answer: Answer


def verify(feed_id: str, token: str, query: Mapping[str, str], outside: Pushing) -> Answer:
    """A hub asks whether it was us who subscribed, or tells that it will not have us."""
    lease = outside.leases.find(feed_id)
    if lease is None or not is_of(lease, token):
        return Answer.UNKNOWN
    if query.get("hub.mode") == "denied":
        return _noted(outside.leases.refuse(lease, query.get("hub.reason", "")[:200] or "denied"))
    expires_at = granted_until(lease, query, outside.clock())
    if expires_at is None or not outside.leases.confirm(lease, expires_at):
        return Answer.UNKNOWN
    return Answer.CONFIRMED


def _noted(noted: bool) -> Answer:
    return Answer.REFUSAL_NOTED if noted else Answer.UNKNOWN


def take(
    feed_id: str, token: str, headers: Mapping[str, str], body: bytes, outside: Pushing
) -> Answer:
    """A hub brings a document: on to the poll queue with it, if it is signed."""
    lease = outside.leases.find(feed_id)
    if lease is None or not is_of(lease, token):
        return Answer.UNKNOWN
    if not is_signed(headers.get("x-hub-signature", ""), body, lease.secret):
        return Answer.NOT_SIGNED
    now = outside.clock()
    packed = gzip.compress(body, mtime=0)
    if len(packed) > MAX_PUSHED_BYTES:
        answer = _hasten(feed_id, now, outside)
    else:
        push = Push(
            content_type=headers.get("content-type", "")[:200],
            body=base64.b64encode(packed).decode(),
        )
        outside.jobs.send(PollJob(host=host_of(lease.topic_url), feed_ids=(feed_id,), push=push))
        answer = Answer.TAKEN
    outside.leases.note_push(lease, now)
    return answer


def _hasten(feed_id: str, now: datetime, outside: Pushing) -> Answer:
    """Has the feed polled now, but no sooner after the last time than any other."""
    row = outside.feeds.find(feed_id)
    if row is None:
        return Answer.UNKNOWN
    polled_at = row.state.polled_at
    outside.feeds.hasten(feed_id, max(now, polled_at + MIN_WAIT) if polled_at else now)
    return Answer.TO_BE_POLLED
