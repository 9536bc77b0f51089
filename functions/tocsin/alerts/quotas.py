"""How often one may ask: a form that sends mail to any address is a gun that anybody can aim.

Counters are of fixed windows and go by marks (`signing.mark_of`), never by what they count.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.model.quotas import Asked, Turn


@dataclass(frozen=True)
class Quota:
    """No more than `limit` within a window; windows begin at multiples of their length."""

    name: str
    limit: int
    window: timedelta


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

# A family behind one address subscribes to a handful of topics, a script to thousands.
NETWORK_HOUR = Quota("network-hour", 5, _HOUR)
NETWORK_DAY = Quota("network-day", 20, _DAY)
# SNS lets an account have 5,000 pending subscriptions in all: a flood must not use them up.
CONFIRMATIONS_DAY = Quota("confirmations-day", 100, _DAY)
PENDING = Quota("pending", 200, timedelta(days=3))  # as long as SNS keeps them; see `reconcile`
# An SMS costs cents: a stranger must not run up more than a euro or two a day.
NUMBER_DAY = Quota("number-day", 3, _DAY)
SMS_NETWORK_DAY = Quota("sms-network-day", 10, _DAY)
SMS_DAY = Quota("sms-day", 20, _DAY)
# Codes tried, and footer links looked up: a person mistypes a few, a guesser needs 200,000.
TRIES_HOUR = Quota("tries-hour", 20, _HOUR)
# Counts what is done instead of sending, so that it takes as long; see `pipeline/subscribe.py`.
SHAM = Quota("sham", 2**53, _DAY)

CODE_LASTS = timedelta(minutes=10)  # an SMS may be slow, and a person has to find the telephone
CODE_TRIES = 5  # typing errors, not guesses
CODE_PAUSE = timedelta(seconds=60)  # by then an SMS has arrived, or another one may help

CONFIRMATION_PAUSE = timedelta(days=1)  # who did not find one today looks tomorrow
UNCONFIRMED_LIMIT = 3  # whoever leaves three unanswered did not ask for them
BLOCKED = timedelta(days=30)


def turn(quota: Quota, mark: str, now: datetime) -> Turn:
    """`mark` is empty where the quota is of all together."""
    number = int(now.timestamp() // quota.window.total_seconds())
    ends_at = datetime.fromtimestamp((number + 1) * quota.window.total_seconds(), UTC)
    key = "#".join(filter(None, (quota.name, mark, str(number))))
    return Turn(key=key, limit=quota.limit, forget_at=ends_at + _DAY)


def network_of(source_ip: str) -> str:
    """What one customer of a provider is given: an IPv4 address, a /64 of IPv6."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return "unknown"
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def ask_again(before: Asked | None, now: datetime) -> Asked | None:
    """What is so once the address was asked now; None if it may not be."""
    unconfirmed = before.unconfirmed if before and now < before.forget_at else 0
    if unconfirmed >= UNCONFIRMED_LIMIT or (before and unconfirmed and now < before.free_at):
        return None
    return Asked(
        unconfirmed=unconfirmed + 1, free_at=now + CONFIRMATION_PAUSE, forget_at=now + BLOCKED
    )
