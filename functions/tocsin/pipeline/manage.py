"""manage: what a subscriber, or the operator for one, changes: pause, cadence, stop, forget.

Who holds a signed link may do so. Each step may be repeated after a crash: the row says what is
wanted before SNS is told, but where SNS alone knows what is lost by that (a subscription).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tocsin.alerts.listening import (
    PAUSE,
    drop_subscriptions,
    listens,
    of_topic,
    paused,
)
from tocsin.alerts.quotas import CONFIRMATIONS_DAY, ask_again, turn
from tocsin.alerts.signing import LINK_LASTS, Link, find_link, mark_of, subscriber_id, to_token
from tocsin.alerts.subscribing import line_of, mailbox_of, masked
from tocsin.errors import InputError, TooManyRequests
from tocsin.model.lines import Cadence, SnsProtocol
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState
from tocsin.model.topics import TopicRow
from tocsin.pipeline.listing import Listing, list_listeners
from tocsin.pipeline.subscribe import Subscribing, Wish, change, listen, pending_turn

# As it stands in the footer of SNS's e-mails, in a link or alone.
_ARN = re.compile(
    r"arn(?::|%3A)aws[a-z-]*(?::|%3A)sns(?::|%3A)[a-z0-9-]{1,32}(?::|%3A)\d{12}(?::|%3A)"
    r"[A-Za-z0-9_-]{1,256}(?::|%3A)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.ASCII | re.IGNORECASE,
)
MAX_PASTED_CHARACTERS = 2_000  # a footer has some 400


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...


def link_path(subscriber: str, outside: Subscribing) -> str:
    """Where a subscriber finds what they listen to, for a month."""
    link = Link(subscriber, outside.clock() + LINK_LASTS)
    return f"/subscriptions/{to_token(outside.pepper(), link)}"


def find_owner(token: str, outside: Subscribing) -> str | None:
    """The id of the subscriber whose signed link it is; None if it has ended or is none of ours."""
    link = find_link(outside.pepper(), token, "manage", outside.clock())
    return link.subscriber_id if link else None


@dataclass(frozen=True)
class Standing:
    """One subscription, as its owner is shown it."""

    topic_id: str
    topic_name: str
    cadence: Cadence
    state: SubscriptionState
    paused_until: datetime | None


@dataclass(frozen=True)
class Overview:
    """What a signed link shows. It may be forwarded: `who` is not the whole address."""

    who: str
    standings: tuple[Standing, ...]


def overview(subscriber: Subscriber | None, topics: Topics) -> Overview:
    if subscriber is None:
        return Overview("", ())
    shown = (s for s in subscriber.subscriptions if s.state is not SubscriptionState.LEFT)
    standings = tuple(_standing(each, topics) for each in shown)
    return Overview(masked(subscriber.protocol, subscriber.endpoint), standings)


def _standing(each: Subscription, topics: Topics) -> Standing:
    row = topics.find(each.topic_id)
    name = row.topic.name if row else each.topic_id
    return Standing(each.topic_id, name, each.line.cadence, each.state, each.paused_until)


def find_pasted(text: str, prefix: str, outside: Subscribing) -> str | None:
    """Whose subscription the footer of an e-mail names, if it is one of this stack's. Its ARN
    cannot be guessed: whoever has it, has the e-mail."""
    found = _ARN.search(text[:MAX_PASTED_CHARACTERS])
    if found is None:
        return None
    arn = re.sub("%3a", ":", found[0], flags=re.IGNORECASE)
    if not arn.rsplit(":", 2)[1].startswith(f"{prefix}-"):
        return None
    owner = outside.sns.find_owner(arn)
    if owner is None:
        return None
    subscriber = subscriber_id(outside.pepper(), owner[1], owner[2])
    return subscriber if outside.subscribers.find(subscriber) else None


def pause(subscriber: str, topic_id: str | None, outside: Subscribing) -> Subscriber | None:
    """For a week. The row comes first: a filter that no row knows of would never be taken off."""
    until = outside.clock() + PAUSE
    row = _change_each(subscriber, topic_id, until, outside)
    for each in _listening(row, topic_id):
        outside.sns.pause(each.arn)
    return row


def resume(subscriber: str, topic_id: str | None, outside: Subscribing) -> Subscriber | None:
    row = outside.subscribers.find(subscriber)
    for each in _listening(row, topic_id):
        outside.sns.resume(each.arn)
    return _change_each(subscriber, topic_id, None, outside)


def _change_each(
    subscriber: str, topic_id: str | None, until: datetime | None, outside: Subscribing
) -> Subscriber | None:
    def make(row: Subscriber | None) -> Subscriber | None:
        for each in _listening(row, topic_id):
            row = paused(row, each.topic_id, until) if row else None
        return row

    return _change(subscriber, make, outside)


def stop(subscriber: str, topic_id: str | None, outside: Subscribing) -> Subscriber | None:
    """One topic, or (None) all. SNS comes first: what it has must not be forgotten before."""
    row = outside.subscribers.find(subscriber)
    gone = of_topic(row, topic_id) if row else ()
    for each in gone:
        if each.arn:
            outside.sns.unsubscribe(each.arn)
    return _change(
        subscriber, lambda s: drop_subscriptions(s, of_topic(s, topic_id)) if s else None, outside
    )


def change_cadence(
    subscriber: str, topic_id: str, cadence: Cadence, outside: Subscribing
) -> Subscriber | None:
    """Who has to confirm goes on hearing by the former line until they did. Raises InputError
    where the topic is not listened to, TooManyRequests where a confirmation is still waited for."""
    row = outside.subscribers.find(subscriber)
    if row is None or not _listening(row, topic_id):
        raise InputError("topic", "not one that you listen to; confirm it first")
    line = line_of(cadence, row.protocol)
    if listens(row, topic_id, line):
        waiting = tuple(s for s in of_topic(row, topic_id) if s.in_place_of == line.key)
        return _change(subscriber, lambda s: drop_subscriptions(s, waiting) if s else None, outside)
    arn = outside.lines.make_line(topic_id, line)
    if row.protocol is SnsProtocol.EMAIL:
        _take_confirmation(row.endpoint, outside)
    return listen(Wish(topic_id, line, row.protocol, row.endpoint), arn, row, outside)


def _take_confirmation(email: str, outside: Subscribing) -> None:
    now = outside.clock()
    mark = mark_of(outside.pepper(), "mailbox", mailbox_of(email))
    before = outside.quotas.find_asked(mark)
    after = ask_again(before, now)
    turns = [turn(CONFIRMATIONS_DAY, "", now), pending_turn(now)]
    if after is None or outside.quotas.take_asking(turns, mark, before, after):
        raise TooManyRequests("an e-mail asks you to confirm already; do so, or try tomorrow")


@dataclass(frozen=True)
class Forgotten:
    """What was removed of a subscriber. `unconfirmed` SNS forgets by itself within three days."""

    subscriptions: int
    unconfirmed: int
    row: bool
    counters: int


def forget_endpoint(
    protocol: SnsProtocol,
    endpoint: str,
    arns: Iterable[str],
    listing: Listing,
    outside: Subscribing,
) -> Forgotten:
    """Every trace of an endpoint. `arns` are of all `sns_topic`s: somebody may be subscribed to
    one of them whom no row knows."""
    left = unconfirmed = 0
    for arn in arns:
        for each in list_listeners(arn, listing):
            if each.protocol is protocol and each.endpoint.lower() == endpoint.lower():
                left += bool(each.arn) and outside.sns.unsubscribe(each.arn)
                unconfirmed += not each.arn
    subscriber = subscriber_id(outside.pepper(), protocol, endpoint)
    had_row = outside.subscribers.find(subscriber) is not None
    _change(subscriber, lambda _: None, outside)
    counters = sum(map(outside.quotas.remove_marks, _marks(protocol, endpoint, outside)))
    return Forgotten(left, unconfirmed, had_row, counters)


def _marks(protocol: SnsProtocol, endpoint: str, outside: Subscribing) -> list[str]:
    """Under which something of an endpoint may be kept beside its row."""
    if protocol is SnsProtocol.EMAIL:
        return [mark_of(outside.pepper(), "mailbox", mailbox_of(endpoint))]
    return [mark_of(outside.pepper(), "number", endpoint)] if protocol is SnsProtocol.SMS else []


def _change(
    subscriber: str,
    make: Callable[[Subscriber | None], Subscriber | None],
    outside: Subscribing,
) -> Subscriber | None:
    row = outside.subscribers.find(subscriber)
    return change(row, make, outside) if row else None


def _listening(row: Subscriber | None, topic_id: str | None) -> tuple[Subscription, ...]:
    kept = of_topic(row, topic_id) if row else ()
    return tuple(s for s in kept if s.state is SubscriptionState.CONFIRMED)
