"""WebSub (https://www.w3.org/TR/websub/): what a subscriber asks for, answers and believes. Pure.

A feed names a hub. We ask the hub to push (`subscription_form`), it asks back whether that was us
(`confirms`), and from then on brings each new document, signed with the secret that only it and we
know (`is_signed`). Polling goes on, slower while pushes come: a hub that stays silent is noticed.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from tocsin.feeds.parser import FeedFacts
from tocsin.model.feeds import FeedState
from tocsin.model.hubs import HubLease

# Ten days is what hubs are seen to grant; fewer renewals than that save nothing.
LEASE = timedelta(days=10)
RENEW_BEFORE = timedelta(days=3)
# What a hub may grant: less is not worth the traffic, more would outlive a forgotten feed by years.
MIN_LEASE, MAX_LEASE = timedelta(minutes=10), timedelta(days=90)
# An unanswered or refused request is not repeated before this.
ASK_AGAIN, REFUSED_AGAIN = timedelta(hours=6), timedelta(days=7)
# A feed whose hub delivers is polled twelve times slower than most, to see whether it still does.
PUSHED_POLL = timedelta(hours=3)
DISTRUST = timedelta(days=7)  # after a push that did not come
# A poll may be faster than the push of what was published a moment ago.
PUSH_TAKES = timedelta(minutes=10)
MAX_URL_CHARACTERS = 2_048
MAX_CHALLENGE_CHARACTERS = 1_000  # hubs are seen to send 30 to 40
MAX_LINKS = 20
_TOKEN_BYTES, _SECRET_BYTES = 24, 32  # a secret is under 200 bytes: WebSub, section 5.1
_METHODS = ("sha1", "sha256", "sha384", "sha512")  # section 8: all four are to be recognised
_LINK = re.compile(r"<([^<>]{1,2048})>([^<]{0,500})")
_RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";,]{1,100})", re.IGNORECASE)


@dataclass(frozen=True)
class Offer:
    """A feed's hub, and the URL by which the hub knows the feed."""

    hub_url: str
    topic_url: str


def find_offer(facts: FeedFacts, link_header: str, url: str) -> Offer | None:
    """The hub that a feed at `url` names in its HTTP Link header or, failing that, in itself; None
    where there is none. Hub and topic come from the same place: section 4."""
    links = _links(link_header, url)
    hub, topic = links.get("hub", ""), links.get("self", "")
    if not hub:
        hub, topic = next(iter(facts.hub_urls), ""), facts.self_url
    if not _is_web(hub) or not _is_web(topic or url):
        return None
    return Offer(hub, topic or url)


def _links(header: str, url: str) -> dict[str, str]:
    """The first link of each relation."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(header[:10_000])[:MAX_LINKS]:
        stated = _RELATION.search(parameters)
        for relation in stated[1].lower().split() if stated else ():
            found.setdefault(relation, _joined(url, target))
    return found


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target.strip())
    except ValueError:  # as `http://[`
        return ""


def _is_web(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= MAX_URL_CHARACTERS


def offer_of(state: FeedState) -> Offer | None:
    """The hub that the feed named when it was last read."""
    return Offer(state.hub_url, state.hub_topic_url) if state.hub_url else None


def lease_to_ask_for(
    feed_id: str,
    offer: Offer | None,
    lease: HubLease | None,
    now: datetime,
    random_text: Callable[[int], str],
) -> HubLease | None:
    """The lease to keep and to ask the hub for now; None while there is nothing to ask.

    Another hub or topic starts anew, with a token and a secret of its own. A renewal keeps both:
    pushes go on meanwhile.
    """
    if offer is None:
        return None
    if lease is None or (lease.hub_url, lease.topic_url) != (offer.hub_url, offer.topic_url):
        return HubLease(
            feed_id=feed_id,
            hub_url=offer.hub_url,
            topic_url=offer.topic_url,
            token=random_text(_TOKEN_BYTES),
            secret=random_text(_SECRET_BYTES),
            asked_at=now,
        )
    if now < _ask_at(lease):
        return None
    return lease.model_copy(update={"asked_at": now, "refused": ""})


def _ask_at(lease: HubLease) -> datetime:
    """Renewals begin days before the end: a hub that is down for a day loses nothing."""
    if lease.refused:
        return lease.asked_at + REFUSED_AGAIN
    again = lease.asked_at + ASK_AGAIN
    if lease.expires_at is None:
        return again
    return max(again, lease.expires_at - RENEW_BEFORE)


def subscription_form(lease: HubLease, callback: str) -> dict[str, str]:
    """What the hub is asked by POST (section 5.1)."""
    return {
        "hub.callback": callback,
        "hub.mode": "subscribe",
        "hub.topic": lease.topic_url,
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": lease.secret,
    }


def callback_path(lease: HubLease) -> str:
    return f"/websub/{lease.feed_id}/{lease.token}"


def is_of(lease: HubLease | None, token: str) -> bool:
    """Whether who calls knows what only the hub was told."""
    known = lease.token.encode() if lease else b""
    return bool(known) and hmac.compare_digest(known, token.encode(errors="replace"))


def granted_until(lease: HubLease, query: Mapping[str, str], now: datetime) -> datetime | None:
    """When the lease that a hub asks us to confirm ends (section 5.3); None for one that we did
    not ask for."""
    if query.get("hub.mode") != "subscribe" or query.get("hub.topic") != lease.topic_url:
        return None
    if not 0 < len(query.get("hub.challenge", "")) <= MAX_CHALLENGE_CHARACTERS or lease.refused:
        return None
    stated = query.get("hub.lease_seconds", "")
    seconds = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else 0
    granted = timedelta(seconds=seconds) if seconds else LEASE
    return now + min(max(granted, MIN_LEASE), MAX_LEASE)


def is_signed(signature: str, body: bytes, secret: str) -> bool:
    """Whether `X-Hub-Signature`, as `sha256=<hex>`, is the body's under the secret (section 8)."""
    method, _, stated = signature.strip().partition("=")
    if method.lower() not in _METHODS:
        return False
    made = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(made.encode(), stated.strip().lower().encode())


def pushes(lease: HubLease | None, now: datetime) -> bool:
    """Whether the feed's hub can be relied on: a lease runs, and it has missed nothing lately."""
    if lease is None or lease.expires_at is None or lease.expires_at <= now:
        return False
    return lease.missed_at is None or now - lease.missed_at > DISTRUST


def next_poll_at(polled: datetime | None, lease: HubLease | None, now: datetime) -> datetime | None:
    """When to poll a feed that would be polled at `polled` if there were no hub. None is never."""
    if polled is None or not pushes(lease, now):
        return polled
    return max(polled, now + PUSHED_POLL)


def has_missed(
    lease: HubLease | None,
    previous_poll: datetime | None,
    published: Iterable[datetime],
    now: datetime,
) -> bool:
    """Whether a poll that found entries of these times shows that the hub does not bring all:
    entries published since the previous poll, while the lease ran, and not just now."""
    if lease is None or previous_poll is None or not pushes(lease, now):
        return False
    since = max(previous_poll, lease.asked_at)
    return any(since + PUSH_TAKES < at < now - PUSH_TAKES for at in published)
