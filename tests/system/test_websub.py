"""WebSub on the real template: subscribe, be asked, be pushed to; and fall back to polling."""

import pytest

from tests.system.conftest import Bell, wait_for
from tests.system.hub import Hub
from tocsin.aws.hub_leases import HubLeases
from tocsin.model.feeds import Feed
from tocsin.model.hubs import HubLease

FEED = Feed(id="harbour-council", url="http://replaced.example/", publisher="harbour-council")


@pytest.fixture(scope="module")
def pushed(bell: Bell, hub: Hub) -> Bell:
    """After a first poll of the hub's feed, which subscribes to it."""
    hub.publish("the old pier")
    bell.watch(FEED.model_copy(update={"url": hub.feed_url}))
    bell.poll(FEED.id)
    wait_for(lambda: subscriptions(hub))
    return bell


def subscriptions(hub: Hub) -> dict[str, dict[str, str]]:
    """Of this feed: other tests may have some of their own."""
    found = hub.subscriptions.items()
    return {callback: form for callback, form in found if f"/{FEED.id}/" in callback}


def lease_of(bell: Bell) -> HubLease:
    table = bell.account.outputs["FeedsTable"]
    lease = HubLeases(bell.account.client("dynamodb"), table).find(FEED.id)
    assert lease is not None
    return lease


def titles(bell: Bell) -> set[str]:
    return {card.title for card in bell.cards() if card.publisher == FEED.publisher}


def test_a_poll_subscribes_to_the_hub_that_a_feed_names(pushed: Bell, hub: Hub) -> None:
    ((_, form),) = subscriptions(hub).items()
    assert form["hub.topic"] == hub.feed_url
    assert lease_of(pushed).expires_at is not None


def test_what_the_hub_pushes_is_ingested_without_a_poll(pushed: Bell, hub: Hub) -> None:
    asked = hub.feed_requests
    hub.publish("the new lighthouse")
    hub.push(*subscriptions(hub))
    wait_for(lambda: "the new lighthouse" in titles(pushed))
    assert hub.answers[-1] == 202
    assert hub.feed_requests == asked


def test_what_is_not_signed_by_the_hub_is_not_ingested(pushed: Bell, hub: Hub) -> None:
    hub.publish("a rumour")
    hub.push(*subscriptions(hub), secret="guessed")
    wait_for(lambda: pushed.account.count_jobs().under_way == 0)
    assert hub.answers[-1] == 202
    assert "a rumour" not in titles(pushed)


def test_a_poll_finds_what_the_hub_did_not_bring(pushed: Bell, hub: Hub) -> None:
    hub.publish("the forgotten ferry")
    pushed.poll(FEED.id)
    wait_for(lambda: "the forgotten ferry" in titles(pushed))
    assert len(subscriptions(hub)) == 1, "subscribed once, not at each poll"
