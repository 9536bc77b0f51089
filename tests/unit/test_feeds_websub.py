"""WebSub, the subscriber's side: when to ask a hub, what to promise it, what to believe of it."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, SITE
from tocsin.feeds.parser import FeedFacts
from tocsin.feeds.websub import (
    ASK_AGAIN,
    DISTRUST,
    LEASE,
    MAX_LEASE,
    MIN_LEASE,
    PUSH_TAKES,
    PUSHED_POLL,
    REFUSED_AGAIN,
    Offer,
    callback_path,
    find_offer,
    granted_until,
    has_missed,
    is_of,
    is_signed,
    lease_to_ask_for,
    next_poll_at,
    pushes,
    subscription_form,
)
from tocsin.model.hubs import HubLease

FEED = f"{SITE}/feed.xml"
HUB = "https://hub.example/"
OFFER = Offer(HUB, FEED)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def a_lease(**changes: Any) -> HubLease:
    known = {
        "feed_id": "harbour-post",
        "hub_url": HUB,
        "topic_url": FEED,
        "token": "t0k3n",
        "secret": "s3cr3t",
        "asked_at": NOW,
        "expires_at": NOW + 9 * DAY,
    }
    return HubLease(**(known | changes))


def asked(lease: HubLease | None, offer: Offer | None = OFFER, at: timedelta = 0 * DAY) -> Any:
    return lease_to_ask_for("harbour-post", offer, lease, NOW + at, lambda size: f"{size} bytes")


def query(**changes: str) -> dict[str, str]:
    stated = {"mode": "subscribe", "topic": FEED, "challenge": "c0ffee", "lease_seconds": "864000"}
    return {f"hub.{name}": value for name, value in (stated | changes).items()}


@pytest.mark.parametrize(
    ("facts", "link", "offer"),
    [
        (FeedFacts(), "", None),
        (FeedFacts(hub_urls=(HUB,), self_url=FEED), "", Offer(HUB, FEED)),
        (FeedFacts(hub_urls=(HUB,)), "", Offer(HUB, "https://asked.example/f")),
        (FeedFacts(), f'<{HUB}>; rel="hub", <{FEED}>; rel="self"', Offer(HUB, FEED)),
        (FeedFacts(), f"<{HUB}>; rel=hub", Offer(HUB, "https://asked.example/f")),
        (
            FeedFacts(),
            f'<{HUB}>; type="x"; rel="preload hub"',
            Offer(HUB, "https://asked.example/f"),
        ),
        (
            FeedFacts(),
            '</hub>; rel="hub"',
            Offer("https://asked.example/hub", "https://asked.example/f"),
        ),
        (FeedFacts(), '<http://[>; rel="hub"', None),
        (FeedFacts(hub_urls=("ftp://hub.example/",)), "", None),
        (FeedFacts(hub_urls=("javascript:alert(1)",)), "", None),
    ],
)
def test_a_hub_is_named_by_the_link_header_or_by_the_feed(
    facts: FeedFacts, link: str, offer: Offer | None
) -> None:
    assert find_offer(facts, link, "https://asked.example/f") == offer


def test_the_header_goes_before_the_feed_and_is_not_mixed_with_it() -> None:
    facts = FeedFacts(hub_urls=("https://other.example/",), self_url="https://other.example/f")
    assert find_offer(facts, f'<{HUB}>; rel="hub"', FEED) == Offer(HUB, FEED)


@given(st.text(max_size=300))
def test_any_link_header_can_be_read(header: str) -> None:
    find_offer(FeedFacts(), header, FEED)


def test_a_feed_without_a_hub_is_not_subscribed() -> None:
    assert asked(None, offer=None) is None


def test_a_new_lease_has_a_token_and_a_secret_of_its_own() -> None:
    lease = asked(None)
    assert (lease.token, lease.secret) == ("24 bytes", "32 bytes")
    assert (lease.hub_url, lease.topic_url, lease.expires_at) == (HUB, FEED, None)


def test_another_hub_starts_anew() -> None:
    assert asked(a_lease(hub_url="https://old.example/")).token == "24 bytes"


def test_a_lease_is_renewed_days_before_its_end_and_keeps_its_token() -> None:
    lease = a_lease()
    assert asked(lease, at=6 * DAY - MINUTE) is None
    assert asked(lease, at=6 * DAY) == lease.model_copy(update={"asked_at": NOW + 6 * DAY})


def test_a_hub_that_does_not_answer_is_not_asked_at_each_poll() -> None:
    lease = a_lease(expires_at=None)
    assert asked(lease, at=ASK_AGAIN - MINUTE) is None
    assert asked(lease, at=ASK_AGAIN) is not None


def test_a_renewal_that_was_not_answered_is_tried_again_before_the_lease_ends() -> None:
    lease = a_lease(asked_at=NOW + 8 * DAY)
    assert asked(lease, at=8 * DAY + ASK_AGAIN) is not None
    assert asked(lease, at=8 * DAY + ASK_AGAIN - MINUTE) is None


def test_a_hub_that_refused_is_asked_again_a_week_later() -> None:
    lease = a_lease(expires_at=None, refused="denied")
    assert asked(lease, at=REFUSED_AGAIN - MINUTE) is None
    assert asked(lease, at=REFUSED_AGAIN).refused == ""


def test_the_form_holds_what_the_standard_asks_for() -> None:
    lease = a_lease()
    assert subscription_form(lease, "https://api.example" + callback_path(lease)) == {
        "hub.callback": "https://api.example/websub/harbour-post/t0k3n",
        "hub.mode": "subscribe",
        "hub.topic": FEED,
        "hub.lease_seconds": str(10 * 24 * 3600),
        "hub.secret": "s3cr3t",
    }


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({}, timedelta(days=10)),
        ({"lease_seconds": ""}, LEASE),
        ({"lease_seconds": "-5"}, LEASE),
        ({"lease_seconds": "٣٦٠٠"}, LEASE),
        ({"lease_seconds": "9" * 40}, LEASE),
        ({"lease_seconds": "1"}, MIN_LEASE),
        ({"lease_seconds": "999999999"}, MAX_LEASE),
        ({"topic": "https://other.example/"}, None),
        ({"mode": "unsubscribe"}, None),
        ({"challenge": ""}, None),
        ({"challenge": "x" * 2_000}, None),
    ],
)
def test_only_what_was_asked_for_is_confirmed(
    changes: dict[str, str], until: timedelta | None
) -> None:
    found = granted_until(a_lease(), query(**changes), NOW)
    assert found == (None if until is None else NOW + until)


def test_a_refused_lease_is_confirmed_no_more() -> None:
    assert granted_until(a_lease(refused="denied"), query(), NOW) is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_all_four_methods_of_signing_are_known(method: str) -> None:
    made = hmac.new(b"s3cr3t", b"<rss/>", getattr(hashlib, method)).hexdigest()
    assert is_signed(f"{method}={made}", b"<rss/>", "s3cr3t")
    assert not is_signed(f"{method}={made}", b"<rss />", "s3cr3t")
    assert not is_signed(f"{method}={made}", b"<rss/>", "other")


@pytest.mark.parametrize("signature", ["", "sha256", "sha256=", "md5=00", "new=00", "sha256=é"])
def test_what_is_no_signature_signs_nothing(signature: str) -> None:
    assert not is_signed(signature, b"<rss/>", "s3cr3t")


def test_only_who_knows_the_token_is_heard() -> None:
    assert is_of(a_lease(), "t0k3n")
    for other in ("", "t0k3", "T0k3n", "\udcff"):
        assert not is_of(a_lease(), other)
    assert not is_of(None, "")


def test_a_feed_that_is_pushed_is_polled_seldom() -> None:
    soon = NOW + 15 * MINUTE
    assert next_poll_at(soon, a_lease(), NOW) == NOW + PUSHED_POLL
    assert next_poll_at(NOW + DAY, a_lease(), NOW) == NOW + DAY
    assert next_poll_at(None, a_lease(), NOW) is None


@pytest.mark.parametrize(
    "lease",
    [
        None,
        a_lease(expires_at=None),
        a_lease(expires_at=NOW),
        a_lease(missed_at=NOW - DISTRUST + MINUTE),
    ],
)
def test_a_feed_whose_hub_cannot_be_relied_on_is_polled_as_any_other(
    lease: HubLease | None,
) -> None:
    assert next_poll_at(NOW + MINUTE, lease, NOW) == NOW + MINUTE


def test_a_hub_that_missed_something_is_trusted_again_a_week_later() -> None:
    assert pushes(a_lease(missed_at=NOW - DISTRUST - MINUTE), NOW)


@pytest.mark.parametrize(
    ("published", "missed"),
    [
        (timedelta(hours=1), True),
        (PUSH_TAKES - MINUTE, False),  # its push may be on its way
        (timedelta(hours=3), False),  # before the previous poll: that one saw it, or should have
    ],
)
def test_what_a_poll_finds_and_no_push_brought_was_missed(
    published: timedelta, missed: bool
) -> None:
    lease = a_lease(asked_at=NOW - DAY)
    previous = NOW - timedelta(hours=2)
    assert has_missed(lease, previous, [NOW - published], NOW) is missed


def test_without_a_lease_or_an_earlier_poll_nothing_was_missed() -> None:
    old = [NOW - timedelta(hours=1)]
    assert not has_missed(None, NOW - DAY, old, NOW)
    assert not has_missed(a_lease(asked_at=NOW - DAY), None, old, NOW)
    assert not has_missed(a_lease(asked_at=NOW - MINUTE), NOW - DAY, old, NOW)
