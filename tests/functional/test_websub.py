"""WebSub: what hubs are asked, and what becomes of what they bring."""

import base64
import gzip
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, SITE, a_feed, a_feed_state
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.events import hub_event
from tests.functional.stack import API_URL, Stack
from tests.functional.web import FakeWeb
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hub_leases import HubLeases
from tocsin.errors import FetchError, HttpStatus, Unreachable
from tocsin.feeds.websub import Offer
from tocsin.handlers.api import handler
from tocsin.jobs import IngestJob, PollJob, Push
from tocsin.model.feeds import FeedRow
from tocsin.model.hubs import HubLease
from tocsin.pipeline.poll import Polling, poll
from tocsin.pipeline.push import MAX_PUSHED_BYTES, Subscribing, keep_subscribed

FEED = f"{SITE}/feed.xml"
HUB = "https://hub.example/"
OFFER = Offer(HUB, FEED)
API = "https://api.example"
DOCUMENT = "<rss><channel><title>Вісник</title></channel></rss>".encode()


class FakeHub:
    """Notes what it is asked; runs `during` before it answers, as a hub that verifies at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.error: FetchError | None = None
        self.during: Callable[[], object] = lambda: None

    def post(self, url: str, form: Mapping[str, str]) -> None:
        self.asked.append((url, form))
        self.during()
        if self.error:
            raise self.error


@pytest.fixture
def leases(stack: Stack) -> HubLeases:
    return HubLeases(stack.client("dynamodb"), stack.ref("FeedsTable"))


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def subscribe(leases: HubLeases, hub: FakeHub) -> Callable[..., HubLease | None]:
    def run(api_url: str = API, offer: Offer | None = OFFER) -> HubLease | None:
        outside = Subscribing(leases, hub, api_url, lambda size: "x" * size)
        return keep_subscribed("harbour-post", offer, NOW, outside)

    return run


@pytest.fixture
def call(enter: Callable[[str], None]) -> Callable[..., tuple[int, str]]:
    enter("ApiFunction")

    def run(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        answer: dict[str, Any] = handler(hub_event(method, path, body, **headers), None)
        return answer["statusCode"], answer["body"]

    return run


def path_of(lease: HubLease | None) -> str:
    assert lease is not None
    return f"/websub/{lease.feed_id}/{lease.token}"


def question(**changes: str) -> str:
    stated = {"mode": "subscribe", "topic": FEED, "challenge": "c0ffee", "lease_seconds": "864000"}
    return "?" + "&".join(f"hub.{name}={value}" for name, value in (stated | changes).items())


def signature(body: bytes, lease: HubLease) -> str:
    return "sha256=" + hmac.new(lease.secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_hub_is_asked_to_push_to_the_api(
    subscribe: Callable[..., HubLease], hub: FakeHub
) -> None:
    lease = subscribe()
    ((url, form),) = hub.asked
    assert url == HUB
    assert form["hub.callback"] == API + path_of(lease)
    assert form["hub.secret"] == lease.secret


def test_the_lease_is_kept_before_the_hub_is_asked(
    subscribe: Callable[..., HubLease], hub: FakeHub, call: Callable[..., tuple[int, str]]
) -> None:
    """Some hubs verify before they answer."""
    answers = []
    hub.during = lambda: answers.append(
        call("GET", f"/websub/harbour-post/{'x' * 24}" + question())
    )
    lease = subscribe()
    assert answers == [(200, "c0ffee")]
    assert lease.expires_at is not None


def test_nothing_is_asked_where_hubs_cannot_reach_us(
    subscribe: Callable[..., HubLease | None], hub: FakeHub
) -> None:
    assert subscribe(api_url="") is None
    assert subscribe(offer=None) is None
    assert hub.asked == []


def test_a_hub_that_does_not_answer_takes_no_lease_away(
    subscribe: Callable[..., HubLease], hub: FakeHub
) -> None:
    hub.error = Unreachable(HUB, "no route")
    assert subscribe().refused == ""
    subscribe()
    assert len(hub.asked) == 1, "asked again at once"


def test_a_hub_that_refuses_is_left_alone(subscribe: Callable[..., HubLease], hub: FakeHub) -> None:
    hub.error = HttpStatus(HUB, 400, None)
    assert subscribe().refused == "HTTP 400"


def test_a_hub_hears_its_challenge_for_what_was_asked_for_only(
    subscribe: Callable[..., HubLease], leases: HubLeases, call: Callable[..., tuple[int, str]]
) -> None:
    path = path_of(subscribe())
    assert call("GET", path + question(topic="https://other.example/"))[0] == 404
    assert call("GET", path + question(mode="unsubscribe"))[0] == 404
    assert call("GET", "/websub/harbour-post/guess" + question())[0] == 404
    assert call("GET", "/websub/other/xxx" + question())[0] == 404
    found = leases.find("harbour-post")
    assert found is not None
    assert found.expires_at is None
    assert call("GET", path + question()) == (200, "c0ffee")
    found = leases.find("harbour-post")
    assert found is not None
    assert found.expires_at is not None
    assert (found.expires_at - NOW).days == 10


def test_a_hub_that_will_not_have_us_is_noted(
    subscribe: Callable[..., HubLease], leases: HubLeases, call: Callable[..., tuple[int, str]]
) -> None:
    path = path_of(subscribe())
    assert call("GET", path + "?hub.mode=denied&hub.topic=x&hub.reason=private") == (200, "")
    found = leases.find("harbour-post")
    assert found is not None
    assert found.refused == "private"


def test_a_signed_push_goes_straight_to_the_poll_queue(
    subscribe: Callable[..., HubLease],
    stack: Stack,
    leases: HubLeases,
    call: Callable[..., tuple[int, str]],
) -> None:
    lease = subscribe()
    signed = {"x_hub_signature": signature(DOCUMENT, lease), "content_type": "application/rss+xml"}
    assert call("POST", path_of(lease), DOCUMENT, **signed) == (202, "")
    (job,) = stack.receive("PollQueue", PollJob)
    assert (job.host, job.feed_ids) == ("harbour-post.example", ("harbour-post",))
    assert job.push is not None
    assert job.push.content_type == "application/rss+xml"
    assert gzip.decompress(base64.b64decode(job.push.body)) == DOCUMENT
    found = leases.find("harbour-post")
    assert found is not None
    assert found.pushed_at == NOW


def test_a_push_that_is_not_signed_is_dropped_and_nobody_is_told(
    subscribe: Callable[..., HubLease], stack: Stack, call: Callable[..., tuple[int, str]]
) -> None:
    """Else a stranger could try signatures."""
    lease = subscribe()
    other = lease.model_copy(update={"secret": "other"})
    assert call("POST", path_of(lease), DOCUMENT) == (202, "")
    bad = signature(DOCUMENT, other)
    assert call("POST", path_of(lease), DOCUMENT, x_hub_signature=bad) == (202, "")
    assert stack.receive("PollQueue", PollJob) == []


def test_who_pushes_what_was_not_asked_for_is_told_to_stop(
    stack: Stack, call: Callable[..., tuple[int, str]]
) -> None:
    assert call("POST", "/websub/harbour-post/guess", DOCUMENT)[0] == 410
    assert stack.receive("PollQueue", PollJob) == []


def test_a_push_too_large_for_a_message_has_the_feed_polled_instead(
    subscribe: Callable[..., HubLease],
    stack: Stack,
    feeds: FeedsTable,
    call: Callable[..., tuple[int, str]],
) -> None:
    """As soon as it may be: a quarter of an hour after the last time."""
    feed, tomorrow = a_feed("harbour-post"), NOW + timedelta(days=1)
    feeds.put_feed(feed, NOW)
    state = a_feed_state(polled_at=NOW - timedelta(minutes=10), next_at=tomorrow)
    feeds.save_state(feed, state, tomorrow)
    lease = subscribe()
    digests = (hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(30_000))
    body = b"".join(digests)
    assert len(gzip.compress(body)) > MAX_PUSHED_BYTES
    assert call("POST", path_of(lease), body, x_hub_signature=signature(body, lease))[0] == 202
    assert stack.receive("PollQueue", PollJob) == []
    row = feeds.find("harbour-post")
    assert row is not None
    assert row.due_at == row.state.next_at == NOW + timedelta(minutes=5)


def test_a_renewal_that_another_lease_has_overtaken_changes_nothing(
    leases: HubLeases, subscribe: Callable[..., HubLease]
) -> None:
    lease = subscribe()
    leases.put(lease.model_copy(update={"token": "newer"}))
    assert not leases.confirm(lease, NOW)
    assert not leases.note_miss(lease, NOW)


def test_a_push_costs_a_read_a_message_and_a_note(
    subscribe: Callable[..., HubLease], calls: Calls, call: Callable[..., tuple[int, str]]
) -> None:
    lease = subscribe()
    calls.reset()
    call("POST", path_of(lease), DOCUMENT, x_hub_signature=signature(DOCUMENT, lease))
    assert calls.names() == ["dynamodb:GetItem", "sqs:SendMessage", "dynamodb:UpdateItem"]


def rss_of(*published: str) -> str:
    items = "".join(
        f"<item><title>{n}</title><link>{SITE}/{n}</link><pubDate>{at}</pubDate></item>"
        for n, at in enumerate(published)
    )
    return f"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
        <title>Council</title><atom:link rel="hub" href="{HUB}"/>
        <atom:link rel="self" href="{FEED}"/>{items}</channel></rss>"""


@pytest.fixture
def polled(
    polling: Polling, hub: FakeHub, feeds: FeedsTable, web: FakeWeb, leases: HubLeases
) -> Callable[[], FeedRow]:
    """Polls the feed; its row after that."""
    feed = a_feed("harbour-post", url=FEED)
    feeds.put_feed(feed, NOW)
    outside = replace(polling, subscribing=replace(polling.subscribing, hub=hub))

    def run() -> FeedRow:
        poll(PollJob(host="harbour-post.example", feed_ids=(feed.id,)), outside)
        row = feeds.find(feed.id)
        assert row is not None
        return row

    return run


def test_a_poll_subscribes_to_the_hub_that_the_feed_names(
    polled: Callable[[], FeedRow], web: FakeWeb, hub: FakeHub, clock: Clock, leases: HubLeases
) -> None:
    web.serve(FEED, rss_of("Wed, 05 Mar 2031 12:00:00 GMT"), etag='"1"')
    row = polled()
    ((url, form),) = hub.asked
    lease = leases.find("harbour-post")
    assert (url, form["hub.callback"]) == (HUB, API_URL + path_of(lease))
    assert (row.state.hub_url, row.state.hub_topic_url) == (HUB, FEED)
    assert row.due_at is not None
    assert row.due_at - NOW < timedelta(hours=3), "nothing is granted yet"


def test_a_feed_that_is_pushed_is_polled_seldom_and_renewed_in_time(
    polled: Callable[[], FeedRow], web: FakeWeb, hub: FakeHub, clock: Clock, leases: HubLeases
) -> None:
    web.serve(FEED, rss_of("Wed, 05 Mar 2031 12:00:00 GMT"), etag='"1"')
    polled()
    lease = leases.find("harbour-post")
    assert lease is not None
    leases.confirm(lease, NOW + timedelta(days=10))
    clock.advance(days=6)
    web.serve(FEED, status=304)
    row = polled()
    assert row.due_at is not None
    assert row.due_at - clock.now >= timedelta(hours=3)
    assert len(hub.asked) == 1
    clock.advance(days=1, hours=1)
    polled()
    assert len(hub.asked) == 2, "renewed before it ends"


def test_a_hub_that_misses_entries_is_relied_on_no_more(
    polled: Callable[[], FeedRow], web: FakeWeb, clock: Clock, leases: HubLeases
) -> None:
    web.serve(FEED, rss_of("Wed, 05 Mar 2031 12:00:00 GMT"))
    polled()
    lease = leases.find("harbour-post")
    assert lease is not None
    leases.confirm(lease, NOW + timedelta(days=10))
    clock.advance(hours=5)
    web.serve(FEED, rss_of("Wed, 05 Mar 2031 12:00:00 GMT", "Wed, 05 Mar 2031 16:30:00 GMT"))
    row = polled()
    lease = leases.find("harbour-post")
    assert lease is not None
    assert lease.missed_at == clock.now
    assert row.due_at is not None
    assert row.due_at - clock.now < timedelta(hours=3)


def test_what_was_pushed_is_not_sent_on_again_by_the_next_poll(
    polled: Callable[[], FeedRow],
    polling: Polling,
    web: FakeWeb,
    clock: Clock,
    stack: Stack,
) -> None:
    first, second = "Wed, 05 Mar 2031 12:00:00 GMT", "Wed, 05 Mar 2031 16:30:00 GMT"
    web.serve(FEED, rss_of(first))
    polled()
    stack.receive("IngestQueue", IngestJob)
    body = base64.b64encode(gzip.compress(rss_of(first, second).encode())).decode()
    push = Push(content_type="application/rss+xml", body=body)
    job = PollJob(host="harbour-post.example", feed_ids=("harbour-post",), push=push)
    (ended,) = poll(job, polling)
    assert (ended.outcome, ended.new_entries) == ("pushed", 1)
    (sent,) = stack.receive("IngestQueue", IngestJob)
    assert not sent.silent
    clock.advance(days=1)
    web.serve(FEED, rss_of(first, second))
    polled()
    assert stack.receive("IngestQueue", IngestJob) == []
