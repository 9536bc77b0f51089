"""subscribe: somebody wants to hear of a topic, and proves that the address is theirs.

By e-mail SNS asks the address to confirm; by SMS we send a code first, since SNS asks nobody. A
stranger learns nothing of an address: what is known, listens already or was asked too often gets
the same answer after as many calls of the same kinds as what is new (`_sham`).

Counted first and sent then: the other order would let a crash send without end. What is lost on the
way may be asked for again when the pause is over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tocsin.alerts.listening import (
    asked,
    confirmed,
    drop_subscriptions,
    line_to_leave,
    listener_changes,
    listens,
    replaced,
)
from tocsin.alerts.numbers import countries_of, number_of
from tocsin.alerts.quotas import (
    CODE_LASTS,
    CODE_PAUSE,
    CODE_TRIES,
    CONFIRMATIONS_DAY,
    NETWORK_DAY,
    NETWORK_HOUR,
    NUMBER_DAY,
    PENDING,
    SHAM,
    SMS_DAY,
    SMS_NETWORK_DAY,
    TRIES_HOUR,
    Quota,
    ask_again,
    network_of,
    turn,
)
from tocsin.alerts.signing import code_mark, mark_of, new_code, same, subscriber_id
from tocsin.alerts.subscribing import endpoint_of, line_of, mailbox_of
from tocsin.errors import InputError, Overloaded, TooManyRequests
from tocsin.model.lines import Cadence, Line, SnsProtocol
from tocsin.model.quotas import Asked, SentCode, Turn
from tocsin.model.subscribers import Subscriber

_ATTEMPTS = 5  # others that change the same row meanwhile are few: the person and `reconcile`


class Subscribers(Protocol):
    def find(self, subscriber_id: str) -> Subscriber | None: ...
    def put(self, subscriber: Subscriber) -> bool: ...
    def remove(self, subscriber: Subscriber) -> bool: ...


class Quotas(Protocol):
    def take(self, turns: Sequence[Turn]) -> str: ...
    def take_asking(
        self, turns: Sequence[Turn], mark: str, before: Asked | None, after: Asked
    ) -> str: ...
    def take_sending(
        self, turns: Sequence[Turn], number_mark: str, code: SentCode, free_since: datetime
    ) -> str: ...
    def put_count(self, turn: Turn, count: int) -> None: ...
    def find_asked(self, mark: str) -> Asked | None: ...
    def remove_asked(self, mark: str) -> None: ...
    def try_code(self, number_mark: str, now: datetime, tries: int) -> SentCode | None: ...
    def remove_code(self, number_mark: str) -> None: ...
    def remove_marks(self, mark: str) -> int: ...


class Lines(Protocol):
    def make_line(self, topic_id: str, line: Line) -> str: ...
    def add_listener(self, topic_id: str, line_key: str, delta: int) -> bool: ...


class Sns(Protocol):
    def subscribe(self, sns_topic_arn: str, protocol: SnsProtocol, endpoint: str) -> str: ...
    def look(self, sns_topic_arn: str) -> None: ...
    def send_sms(self, number: str, text: str) -> None: ...
    def unsubscribe(self, arn: str) -> bool: ...
    def pause(self, arn: str) -> bool: ...
    def resume(self, arn: str) -> bool: ...
    def find_owner(self, arn: str) -> tuple[str, SnsProtocol, str] | None: ...


@dataclass(frozen=True)
class Subscribing:
    """What subscribing needs from outside. `pepper` is the secret that marks are made with;
    `randbelow` is as that of `secrets`."""

    subscribers: Subscribers
    quotas: Quotas
    lines: Lines
    sns: Sns
    pepper: Callable[[], bytes]
    clock: Callable[[], datetime]
    randbelow: Callable[[int], int]


@dataclass(frozen=True)
class Wish:
    """Of an endpoint (as `endpoint_of` gives it) to hear of a topic by a line."""

    topic_id: str
    line: Line
    protocol: SnsProtocol
    endpoint: str


def wish_of(
    topic_id: str, protocol: SnsProtocol, address: str, cadence: str, countries: str | None
) -> Wish:
    """Of what a person wrote. `countries` are region codes, separated by commas, None: any. Raises
    InputError, which repeats nothing of an address."""
    allowed = None if countries is None else countries_of(countries)
    try:
        wanted = Cadence(cadence)
    except ValueError as error:
        raise InputError("cadence", f"one of {', '.join(Cadence)}") from error
    endpoint = endpoint_of(protocol, address, allowed)
    return Wish(topic_id, line_of(wanted, protocol), protocol, endpoint)


class Outcome(StrEnum):
    """How a request ended. It is counted and logged; whoever asked does not learn it."""

    ASKED = "asked"  # to confirm, by e-mail
    CODE_SENT = "code_sent"
    LISTENS = "listens"  # already: nothing was sent
    ADDRESS_LIMIT = "address_limit"
    STACK_LIMIT = "stack_limit"  # of all together
    CONFIRMED = "confirmed"


def ask(wish: Wish, source_ip: str, outside: Subscribing) -> Outcome:
    """A stranger's wish, by e-mail or SMS. Raises TooManyRequests where the network asks too
    often, NotFoundError for a topic that there is not, SnsFailed."""
    now, by_sms = outside.clock(), wish.protocol is SnsProtocol.SMS
    network = mark_of(outside.pepper(), "network", network_of(source_ip))
    quotas = (NETWORK_HOUR, NETWORK_DAY, SMS_NETWORK_DAY) if by_sms else (NETWORK_HOUR, NETWORK_DAY)
    _take_or_raise(quotas, network, now, outside)
    arn = outside.lines.make_line(wish.topic_id, wish.line)
    if by_sms:
        return _send_code(wish, arn, now, outside)
    return _ask_by_mail(wish, arn, network, now, outside)


def take_try(source_ip: str, outside: Subscribing) -> None:
    """Counts a guess at something. Raises TooManyRequests."""
    network = mark_of(outside.pepper(), "network", network_of(source_ip))
    _take_or_raise((TRIES_HOUR,), network, outside.clock(), outside)


def _take_or_raise(
    quotas: Sequence[Quota], network: str, now: datetime, outside: Subscribing
) -> None:
    if outside.quotas.take([turn(quota, network, now) for quota in quotas]):
        raise TooManyRequests("too many requests from your network; try again later")


def _ask_by_mail(
    wish: Wish, arn: str, network: str, now: datetime, outside: Subscribing
) -> Outcome:
    known = outside.subscribers.find(_id(wish, outside))
    mark = mark_of(outside.pepper(), "mailbox", mailbox_of(wish.endpoint))
    before = outside.quotas.find_asked(mark)
    after = ask_again(before, now)
    if listens(known, wish.topic_id, wish.line) or after is None:
        outside.quotas.take([turn(SHAM, f"{network}-{number}", now) for number in range(3)])
        _sham(arn, network, now, outside)
        return Outcome.ADDRESS_LIMIT if after is None else Outcome.LISTENS
    turns = [turn(CONFIRMATIONS_DAY, "", now), pending_turn(now)]
    if refused := outside.quotas.take_asking(turns, mark, before, after):
        _sham(arn, network, now, outside)
        return Outcome.ADDRESS_LIMIT if refused == "other" else Outcome.STACK_LIMIT
    listen(wish, arn, known, outside)
    return Outcome.ASKED


def pending_turn(now: datetime) -> Turn:
    """Of one counter for all time, which `reconcile` puts right."""
    key = f"{PENDING.name}#now"
    return Turn(key=key, limit=PENDING.limit, forget_at=now + PENDING.window)


def _sham(arn: str, network: str, now: datetime, outside: Subscribing) -> None:
    """A write and a call of SNS, in place of those that a new address costs."""
    outside.quotas.put_count(turn(SHAM, network, now), 0)
    outside.sns.look(arn)


def _send_code(wish: Wish, arn: str, now: datetime, outside: Subscribing) -> Outcome:
    """To whoever listens already, too: a code is how they come to their signed link."""
    number = mark_of(outside.pepper(), "number", wish.endpoint)
    turns = [turn(NUMBER_DAY, number, now), turn(SMS_DAY, "", now)]
    code = new_code(outside.randbelow)
    refused = outside.quotas.take_sending(
        turns, number, _sent_code(wish, code, now, outside), now - CODE_PAUSE
    )
    if refused:
        outside.sns.look(arn)
        return Outcome.STACK_LIMIT if refused == turns[1].key else Outcome.ADDRESS_LIMIT
    outside.sns.send_sms(wish.endpoint, code_text(code))
    return Outcome.CODE_SENT


def _sent_code(wish: Wish, code: str, now: datetime, outside: Subscribing) -> SentCode:
    return SentCode(
        topic_id=wish.topic_id,
        line=wish.line,
        mark=code_mark(outside.pepper(), wish.endpoint, code),
        sent_at=now,
        ends_at=now + CODE_LASTS,
    )


def code_text(code: str) -> str:
    """One GSM-7 segment, and nothing in it that a stranger could choose."""
    minutes = int(CODE_LASTS.total_seconds() // 60)
    return (
        f"{code} is your code for news alerts by SMS. It ends in {minutes} minutes. "
        "If you did not ask for it, do nothing."
    )


def confirm(written: str, code: str, outside: Subscribing) -> Subscriber:
    """Who listens from now on. Raises InputError where the code is wrong, was tried too often or
    has ended: one does not learn which."""
    pepper, now, number = outside.pepper(), outside.clock(), number_of(written)
    number_mark = mark_of(pepper, "number", number)
    sent = outside.quotas.try_code(number_mark, now, CODE_TRIES)
    if not same(sent.mark if sent else "", code_mark(pepper, number, code)) or sent is None:
        raise InputError("code", "wrong, or it has ended; ask for a new one")
    wish = Wish(sent.topic_id, sent.line, SnsProtocol.SMS, number)
    arn = outside.lines.make_line(wish.topic_id, wish.line)
    subscriber = listen(wish, arn, outside.subscribers.find(_id(wish, outside)), outside)
    outside.quotas.remove_code(number_mark)  # last: until here, the same code may be sent again
    return subscriber


def subscribe_for_operator(wish: Wish, agreed: bool, outside: Subscribing) -> Outcome:
    """Without quotas. By SMS a code goes first, unless the operator knows that its owner
    `agreed`. Raises NotFoundError, SnsFailed, TooManyRequests."""
    arn, now = outside.lines.make_line(wish.topic_id, wish.line), outside.clock()
    if wish.protocol is SnsProtocol.SMS and not agreed:
        return _send_operators_code(wish, now, outside)
    known = outside.subscribers.find(_id(wish, outside))
    if listens(known, wish.topic_id, wish.line):
        return Outcome.LISTENS
    after = listen(wish, arn, known, outside)
    return Outcome.CONFIRMED if listens(after, wish.topic_id, wish.line) else Outcome.ASKED


def _send_operators_code(wish: Wish, now: datetime, outside: Subscribing) -> Outcome:
    number, code = mark_of(outside.pepper(), "number", wish.endpoint), new_code(outside.randbelow)
    sent = _sent_code(wish, code, now, outside)
    if outside.quotas.take_sending([], number, sent, now - CODE_PAUSE):
        raise TooManyRequests("a code was sent to this number less than a minute ago")
    outside.sns.send_sms(wish.endpoint, code_text(code))
    return Outcome.CODE_SENT


def listen(wish: Wish, arn: str, known: Subscriber | None, outside: Subscribing) -> Subscriber:
    """Subscribes in SNS. The row comes first: who is in SNS and in no row could not be shown, nor
    forgotten. It is confirmed at once where SNS asks for no yes."""
    now = outside.clock()
    former = line_to_leave(known, wish.topic_id, wish.line)
    new = known or Subscriber(
        id=_id(wish, outside), protocol=wish.protocol, endpoint=wish.endpoint, since=now
    )
    row = change(new, lambda s: asked(s or new, wish.topic_id, wish.line, now, former), outside)
    subscription_arn = outside.sns.subscribe(arn, wish.protocol, wish.endpoint)
    if not subscription_arn:
        return row or new
    row = change(
        row or new,
        lambda s: confirmed(s or new, wish.topic_id, wish.line, subscription_arn, now),
        outside,
    )
    return leave_replaced(row or new, outside)


def leave_replaced(row: Subscriber, outside: Subscribing) -> Subscriber:
    """Leaves the lines in whose place others are confirmed."""
    former = replaced(row)
    for each in former:
        outside.sns.unsubscribe(each.arn)
    after = change(row, lambda s: drop_subscriptions(s, replaced(s)) if s else None, outside)
    return after or row


def change(
    known: Subscriber,
    make: Callable[[Subscriber | None], Subscriber | None],
    outside: Subscribing,
) -> Subscriber | None:
    """Writes what `make` makes of a row, and keeps count of who listens. `known` is the row as it
    was read last; where it is another by now, it is read and made again. None is no row."""
    before: Subscriber | None = known if known.edition else None
    for _ in range(_ATTEMPTS):
        after = make(before)
        if after == before or _write(before, after, outside):
            _count(before, after, outside)
            return _next_edition(before, after)
        before = outside.subscribers.find(known.id)
    raise Overloaded("subscriber", "others change it at the same time")


def _write(before: Subscriber | None, after: Subscriber | None, outside: Subscribing) -> bool:
    if after is not None and after.subscriptions:
        return outside.subscribers.put(after)
    return before is None or outside.subscribers.remove(before)


def _next_edition(before: Subscriber | None, after: Subscriber | None) -> Subscriber | None:
    if after is None or not after.subscriptions:
        return None
    if after == before:
        return after
    return after.model_copy(update={"edition": after.edition + 1})


def _count(before: Subscriber | None, after: Subscriber | None, outside: Subscribing) -> None:
    """A crash before this leaves a count that is wrong until the next `reconcile`."""
    for (topic_id, line_key), delta in listener_changes(before, after).items():
        outside.lines.add_listener(topic_id, line_key, delta)


def _id(wish: Wish, outside: Subscribing) -> str:
    return subscriber_id(outside.pepper(), wish.protocol, wish.endpoint)
