"""poll: a host's feeds are asked, and entries not seen before go on to ingest."""

import base64
import gzip
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.builders import NOW, SITE, a_feed, a_topic
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.documents import page, rss
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.errors import AddressRefused, FetchError, PublishFailed, TooSlow, Unreachable
from tocsin.jobs import IngestJob, PollJob, Push
from tocsin.model.feeds import Feed, FeedRow
from tocsin.pipeline.dispatch import LEASE, Dispatching, dispatch
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.poll import (
    HOST_TAKEN,
    HOST_TAKEN_SECONDS,
    MAX_SITEMAPS,
    NOT_YET,
    PUT_OFF,
    REMOVED,
    Polled,
    Polling,
    poll,
)
from tocsin.web.fetcher import FEED_BYTES, Redirect

FEED = a_feed(poll_minutes=15)
INTERVAL = timedelta(minutes=15)
XML = "application/rss+xml"


def a_job(*feed_ids: str) -> PollJob:
    return PollJob(host="harbour-post.example", feed_ids=feed_ids or (FEED.id,))


def links(*names: str) -> list[str]:
    return [f"{SITE}/news/{name}" for name in names]


def sent(stack: Stack) -> list[IngestJob]:
    return stack.receive("IngestQueue", IngestJob)


def urls(jobs: list[IngestJob]) -> list[str]:
    return [entry.url for job in jobs for entry in job.entries]


def poll_later(polling: Polling, clock: Clock) -> list[Polled]:
    """When its time has come, whatever it is."""
    clock.advance(days=1)
    return poll(a_job(), polling)


def row_of(feeds: FeedsTable, feed: Feed = FEED) -> FeedRow:
    row = feeds.find(feed.id)
    assert row is not None
    return row


@pytest.fixture
def known(feeds: FeedsTable, web: FakeWeb) -> Feed:
    """A feed that the operator added, with one entry."""
    feeds.put_feed(FEED, NOW)
    web.serve(FEED.url, rss(*links("one")), content_type=XML)
    return FEED


@pytest.fixture
def filled(known: Feed, stack: Stack, polling: Polling, clock: Clock) -> Feed:
    """A feed whose first poll is done, and one interval over."""
    poll(a_job(), polling)
    sent(stack)
    clock.now = NOW + INTERVAL
    return known


def test_the_first_poll_of_a_feed_is_silent_and_later_ones_ring(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    poll(a_job(), polling)
    (first,) = sent(stack)
    assert (first.silent, first.seen_at, urls([first])) == (True, NOW, links("one"))
    clock.now = NOW + INTERVAL
    web.serve(known.url, rss(*links("two", "one")), content_type=XML)
    poll(a_job(), polling)
    (second,) = sent(stack)
    assert (second.silent, second.seen_at, urls([second])) == (False, clock.now, links("two"))


def test_a_job_says_what_the_operator_knows_of_the_feed(
    feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    feed = a_feed("bote", publisher="Kesseltaler Bote", language="de")
    feeds.put_feed(feed, NOW)
    web.serve(feed.url, rss(*links("eins")), content_type=XML)
    poll(a_job("bote"), polling)
    (job,) = sent(stack)
    assert (job.feed_id, job.publisher, job.language) == ("bote", "Kesseltaler Bote", "de")
    assert (job.host, job.attempt) == ("harbour-post.example", 1)


def test_a_feed_whose_first_document_is_empty_rings_from_its_second_on(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(known.url, rss(), content_type=XML)
    assert poll(a_job(), polling) == [Polled(known.id, "ok")]
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll_later(polling, clock)
    (job,) = sent(stack)
    assert not job.silent


def test_a_feed_whose_first_polls_fail_is_silent_when_it_comes_at_last(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(known.url, status=503)
    poll(a_job(), polling)
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll_later(polling, clock)
    (job,) = sent(stack)
    assert job.silent


def test_only_entries_not_seen_before_are_sent_on(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(filled.url, rss(*links("three", "two", "one", "two")), content_type=XML)
    (polled,) = poll(a_job(), polling)
    assert urls(sent(stack)) == links("three", "two")
    assert polled.new_entries == 2
    poll_later(polling, clock)
    assert sent(stack) == []
    assert row_of(feeds).state.entries_total == 3


def test_validators_are_sent_back_to_the_letter(
    known: Feed, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    etag, modified = 'W/"a b+c--gzip"', "Wed, 5 March 2031 14:00:00 +0000"
    body = rss(*links("one"))
    web.serve(known.url, body, content_type=XML, etag=etag, last_modified=modified)
    poll(a_job(), polling)
    poll_later(polling, clock)
    assert [asked.headers for asked in web.asked] == [
        {},
        {"If-None-Match": etag, "If-Modified-Since": modified},
    ]


def test_a_validator_that_a_server_no_longer_states_is_not_sent_again(
    known: Feed, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(known.url, rss(*links("one")), content_type=XML, etag='"1"')
    poll(a_job(), polling)
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll_later(polling, clock)
    poll_later(polling, clock)
    assert web.asked[1].headers == {"If-None-Match": '"1"'}
    assert web.asked[2].headers == {}


def test_an_unchanged_feed_keeps_what_is_known_of_it_and_is_due_an_interval_later(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(filled.url, rss(*links("one")), content_type=XML, etag='"1"')
    poll(a_job(), polling)
    before = row_of(feeds).state
    web.serve(filled.url, status=304)
    clock.advance(minutes=15)
    assert poll(a_job(), polling) == [Polled(filled.id, "unchanged")]
    after = row_of(feeds)
    learned = {"outcome": "unchanged", "polled_at": clock.now, "next_at": clock.now + INTERVAL}
    assert after.state == before.model_copy(update=learned)
    assert after.due_at == clock.now + INTERVAL
    assert sent(stack) == []


def test_entries_become_a_job_a_host_of_at_most_ten(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    here = links(*(f"n{number:02}" for number in range(12)))
    there = ["https://agency.example/a", "https://agency.example/b"]
    mixed = [here[0], there[0], *here[1:], there[1]]
    web.serve(known.url, rss(*mixed), content_type=XML)
    poll(a_job(), polling)
    jobs = sorted(sent(stack), key=lambda job: (job.host, job.entries[0].url))
    assert [(job.host, urls([job])) for job in jobs] == [
        ("agency.example", there),
        ("harbour-post.example", here[:10]),
        ("harbour-post.example", here[10:]),
    ]


TRUNCATED = rss(*links("one", "two", "three"))
LATIN = rss(*links("one"), title="Grüße vom Café").replace("utf-8", "iso-8859-1")

DOCUMENTS = {
    # what is served: body, headers, the outcome, what becomes of the entries, failed?
    "a page": (page(), {}, "not_a_feed", 0, True),
    "nothing": ("", {}, "empty_body", 0, True),
    "white space": (" \r\n", {}, "empty_body", 0, True),
    "JSON that is no feed": ('{"items": 1}', {}, "not_a_feed", 0, True),
    "half a feed": (TRUNCATED[: TRUNCATED.rindex("three")], {}, "damaged", 2, False),
    "latin-1": (LATIN.encode("latin-1"), {}, "ok", 1, False),
    "too much": (b" " * (FEED_BYTES + 1), {}, "too_large", 0, True),
    "a link that is none": (rss("http://[", *links("one")), {}, "ok", 1, False),
    "a link without end": (rss(SITE + "/x" * 3_000, *links("one")), {}, "ok", 1, False),
}
STATUSES = {
    # status and headers; the outcome, and when to ask again (None: never)
    403: ({}, 2 * INTERVAL),
    404: ({}, 2 * INTERVAL),
    410: ({}, None),
    429: ({"retry_after": "7200"}, timedelta(hours=2)),
    500: ({"retry_after": "60"}, 2 * INTERVAL),
    503: ({}, 2 * INTERVAL),
}
ERRORS: dict[str, FetchError] = {
    "too_slow": TooSlow(FEED.url, "not done in 20 s"),
    "unreachable": Unreachable(FEED.url, "connection refused"),
    "address_refused": AddressRefused(FEED.url, "10.0.0.1 is not on the public internet"),
}


@pytest.fixture
def neighbours(feeds: FeedsTable, web: FakeWeb) -> tuple[str, str]:
    """Feeds of the same job that are well: one before, one after."""
    for feed in (a_feed("before"), a_feed("later")):
        feeds.put_feed(feed, NOW)
        web.serve(feed.url, rss(*links(feed.id)), content_type=XML)
    return "before", "later"


def poll_between(neighbours: tuple[str, str], polling: Polling, stack: Stack) -> Polled:
    """Polls the feed between two that are well, and sees that they come to no harm."""
    before, after = neighbours
    first, polled, last = poll(a_job(before, FEED.id, after), polling)
    assert first == Polled(before, "ok", new_entries=1)
    if polled.host_waits_until is None:
        assert last == Polled(after, "ok", new_entries=1)
    else:
        assert last == Polled(after, PUT_OFF)
    return polled


@pytest.mark.parametrize(
    ("body", "headers", "outcome", "entries", "failed"), DOCUMENTS.values(), ids=DOCUMENTS
)
def test_every_document_ends_in_its_named_outcome_and_stops_no_other_feed(
    body: str | bytes,
    headers: dict[str, str],
    outcome: str,
    entries: int,
    failed: bool,
    known: Feed,
    neighbours: tuple[str, str],
    feeds: FeedsTable,
    stack: Stack,
    polling: Polling,
    web: FakeWeb,
) -> None:
    web.serve(known.url, body, **headers)
    polled = poll_between(neighbours, polling, stack)
    row = row_of(feeds)
    assert (polled.outcome, polled.failed, polled.new_entries) == (outcome, failed, entries)
    assert (row.state.outcome, row.state.errors_in_a_row) == (outcome, int(failed))
    assert row.due_at == NOW + INTERVAL * (2 if failed else 1)
    assert bool(row.state.detail) == (outcome != "ok")


@pytest.mark.parametrize(("status", "headers", "wait"), [(s, *v) for s, v in STATUSES.items()])
def test_every_status_ends_in_its_named_outcome_and_stops_no_other_feed(
    status: int,
    headers: dict[str, str],
    wait: timedelta | None,
    known: Feed,
    neighbours: tuple[str, str],
    feeds: FeedsTable,
    stack: Stack,
    polling: Polling,
    web: FakeWeb,
) -> None:
    web.serve(known.url, status=status, **headers)
    polled = poll_between(neighbours, polling, stack)
    row = row_of(feeds)
    assert (polled.outcome, polled.detail) == (f"http_{status}", f"HTTP {status}")
    assert (row.state.outcome, row.state.errors_in_a_row) == (f"http_{status}", 1)
    assert row.due_at == (NOW + wait if wait else None)


@pytest.mark.parametrize(("outcome", "error"), ERRORS.items(), ids=ERRORS)
def test_every_fetch_error_ends_in_its_named_outcome_and_stops_no_other_feed(
    outcome: str,
    error: FetchError,
    known: Feed,
    neighbours: tuple[str, str],
    feeds: FeedsTable,
    stack: Stack,
    polling: Polling,
    web: FakeWeb,
) -> None:
    web.fail(known.url, error)
    polled = poll_between(neighbours, polling, stack)
    row = row_of(feeds)
    assert polled == Polled(known.id, outcome, error.reason, failed=True)
    assert row.due_at == NOW + 2 * INTERVAL


@pytest.mark.parametrize("after", ["<link>", "/news/th", "three</link>", "three</guid>"])
def test_a_truncated_feed_gives_its_whole_entries_and_not_the_cut_one(
    after: str, known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    end = TRUNCATED.rindex(after) + len(after)
    web.serve(known.url, TRUNCATED[:end], content_type=XML)
    poll(a_job(), polling)
    assert urls(sent(stack)) == links("one", "two")


def test_a_feed_in_latin_1_is_read_in_its_own_letters(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    web.serve(known.url, LATIN.encode("latin-1"), content_type=XML)
    poll(a_job(), polling)
    assert sent(stack)[0].entries[0].title == "Grüße vom Café"


def test_an_entry_of_any_length_fits_a_job(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    body = rss(*links(*map(str, range(10))), title="Пошта " * 20_000, text="Слово " * 20_000)
    web.serve(known.url, body, content_type=XML)
    (polled,) = poll(a_job(), polling)
    assert polled.new_entries == 10
    assert len(urls(sent(stack))) == 10


def test_the_interval_doubles_with_each_error_in_a_row_and_a_success_ends_that(
    known: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    def waits() -> timedelta:
        poll_later(polling, clock)
        due_at = row_of(feeds).due_at
        assert due_at is not None
        return due_at - clock.now

    web.serve(known.url, status=503)
    assert [waits() / INTERVAL for _ in range(8)] == [2, 4, 8, 16, 32, 64, 96, 96]
    web.serve(known.url, rss(), content_type=XML)
    assert waits() == INTERVAL
    web.serve(known.url, status=503)
    assert waits() == 2 * INTERVAL


def test_what_was_learned_before_an_error_is_kept_over_it(
    filled: Feed, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(filled.url, status=500)
    poll(a_job(), polling)
    web.serve(filled.url, rss(*links("two", "one")), content_type=XML)
    poll_later(polling, clock)
    (job,) = sent(stack)
    assert (job.silent, urls([job])) == (False, links("two"))


def test_a_gone_feed_is_never_asked_again_until_the_operator_says_so(
    filled: Feed,
    feeds: FeedsTable,
    stack: Stack,
    polling: Polling,
    dispatching: Dispatching,
    web: FakeWeb,
    clock: Clock,
) -> None:
    web.serve(filled.url, status=410)
    poll(a_job(), polling)
    clock.advance(days=365)
    assert dispatch(dispatching) == []
    assert row_of(feeds).state.disabled

    feeds.make_due(filled.id, clock.now)
    web.serve(filled.url, rss(*links("two", "one")), content_type=XML)
    (job,) = dispatch(dispatching)
    poll(job, polling)
    assert urls(sent(stack)) == links("two")
    row = row_of(feeds)
    assert (row.state.disabled, row.state.outcome) == (False, "ok")
    assert row.due_at == clock.now + INTERVAL


@pytest.mark.parametrize("first_poll", [True, False])
def test_a_crash_between_send_and_save_sends_again_and_nothing_is_told_twice(
    first_poll: bool,
    known: Feed,
    stack: Stack,
    articles: ArticlesTable,
    polling: Polling,
    ingesting: Ingesting,
    put_topics: object,
    web: FakeWeb,
    calls: Calls,
    clock: Clock,
) -> None:
    put_topics(a_topic())
    if not first_poll:
        poll(a_job(), polling)
        sent(stack)
        web.serve(known.url, rss(*links("two", "one")), content_type=XML)
        clock.advance(minutes=30)
    calls.before("dynamodb:UpdateItem", crash, nth=2)  # the first takes the host
    with pytest.raises(Crash):
        poll(a_job(), polling)
    clock.advance(minutes=30)
    poll(a_job(), polling)
    jobs = sent(stack)
    assert [job.silent for job in jobs] == [first_poll] * 2
    assert urls(jobs[:1]) == urls(jobs[1:]) != []
    for job in jobs:
        ingest(job, ingesting)
    assert len(articles.list_topic("peace", 10).cards) == 1
    assert len(articles.find_due(clock.now, 10)) == (0 if first_poll else 1)


def test_a_crash_before_the_save_leaves_the_feed_due_when_its_lease_ends(
    known: Feed,
    feeds: FeedsTable,
    polling: Polling,
    dispatching: Dispatching,
    calls: Calls,
    clock: Clock,
) -> None:
    (job,) = dispatch(dispatching)
    calls.before("dynamodb:UpdateItem", crash, nth=2)
    with pytest.raises(Crash):
        poll(job, polling)
    clock.now = NOW + LEASE
    assert dispatch(dispatching) == [job]


def test_a_feed_that_was_removed_before_its_poll_is_not_asked(
    known: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb
) -> None:
    feeds.remove(known.id)
    assert poll(a_job(), polling) == [Polled(known.id, REMOVED)]
    assert web.asked == []


def test_a_feed_that_is_removed_while_it_is_polled_does_not_come_back(
    known: Feed, feeds: FeedsTable, polling: Polling, calls: Calls
) -> None:
    calls.before("dynamodb:UpdateItem", lambda: feeds.remove(known.id), nth=2)
    assert poll(a_job(), polling) == [Polled(known.id, REMOVED)]
    assert feeds.all() == []


def test_a_feed_given_another_url_while_it_is_polled_starts_anew_all_the_same(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, calls: Calls, clock: Clock
) -> None:
    moved = filled.model_copy(update={"url": f"{SITE}/moved.xml"})
    calls.before("dynamodb:UpdateItem", lambda: feeds.put_feed(moved, clock.now), nth=2)
    assert poll(a_job(), polling) == [Polled(filled.id, REMOVED)]
    row = row_of(feeds)
    assert (row.feed.url, row.due_at, row.state.filled_at) == (moved.url, clock.now, None)


def test_a_feed_given_another_url_starts_anew_and_silently(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(filled.url, rss(*links("one")), content_type=XML, etag='"1"')
    poll(a_job(), polling)
    web.serve(filled.url, status=410)
    poll(a_job(), polling)
    moved = filled.model_copy(update={"url": f"{SITE}/moved.xml"})
    feeds.put_feed(moved, clock.now)
    anew = row_of(feeds)
    assert (anew.due_at, anew.state.disabled) == (clock.now, False)
    assert (anew.state.outcome, anew.state.errors_in_a_row) == ("new", 0)

    web.serve(moved.url, rss(*links("two")), content_type=XML)
    poll(a_job(), polling)
    assert web.asked[-1].headers == {}
    (job,) = sent(stack)
    assert (job.silent, urls([job])) == (True, links("two"))


def test_a_feed_given_another_publisher_goes_on_as_before(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    due_at: datetime | None = row_of(feeds).due_at
    feeds.put_feed(filled.model_copy(update={"publisher": "Bay Post"}), clock.now)
    assert row_of(feeds).due_at == due_at
    web.serve(filled.url, rss(*links("two", "one")), content_type=XML)
    poll(a_job(), polling)
    (job,) = sent(stack)
    assert (job.silent, job.publisher, urls([job])) == (False, "Bay Post", links("two"))


# ── One job a host, one time a feed ──────────────────────────────────────────────────────────────


def test_a_host_that_another_job_asks_is_not_asked_and_the_job_comes_again(
    known: Feed, polling: Polling, stack: Stack, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    slots = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    assert slots.take("harbour-post.example", "another", NOW, NOW + timedelta(minutes=5))
    assert poll(a_job(), polling) == [Polled(known.id, HOST_TAKEN)]
    assert web.asked == []
    (sent_back,) = calls.of("sqs:SendMessage")
    assert PollJob.model_validate_json(sent_back["MessageBody"]) == a_job()
    assert sent_back["DelaySeconds"] == HOST_TAKEN_SECONDS
    slots.release("harbour-post.example", "another")
    assert poll(a_job(), polling) == [Polled(known.id, "ok", new_entries=1)]


def test_a_host_is_given_back_also_by_a_job_that_fails(
    known: Feed, polling: Polling, stack: Stack, calls: Calls
) -> None:
    calls.before("dynamodb:GetItem", crash)
    with pytest.raises(Crash):
        poll(a_job(), polling)
    slots = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    assert slots.take("harbour-post.example", "another", NOW, NOW + timedelta(minutes=5))


def test_a_job_that_comes_twice_asks_once(known: Feed, polling: Polling, web: FakeWeb) -> None:
    poll(a_job(), polling)
    assert poll(a_job(), polling) == [Polled(known.id, NOT_YET)]
    assert len(web.asked) == 1


def test_a_job_that_is_late_does_not_break_the_word_given_to_a_server(
    known: Feed, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    web.serve(known.url, status=429, retry_after="7200")
    poll(a_job(), polling)
    clock.advance(minutes=119)
    assert poll(a_job(), polling) == [Polled(known.id, NOT_YET)]
    clock.advance(minutes=1)
    (polled,) = poll(a_job(), polling)
    assert polled.outcome == "http_429"


def test_a_person_may_ask_at_any_time(
    filled: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    clock.now = NOW + timedelta(minutes=1)
    assert feeds.make_due(filled.id, clock.now)
    (polled,) = poll(a_job(), polling)
    assert polled.outcome == "unchanged"
    assert len(web.asked) == 2


def test_who_asks_to_wait_is_not_asked_for_its_other_feeds(
    known: Feed, neighbours: tuple[str, str], feeds: FeedsTable, polling: Polling, web: FakeWeb
) -> None:
    web.serve(known.url, status=429, retry_after="7200")
    poll(a_job(known.id, *neighbours), polling)
    assert web.urls_asked() == [known.url]
    for feed_id in neighbours:
        row = feeds.find(feed_id)
        assert row is not None
        assert (row.due_at, row.state.next_at) == (NOW + timedelta(hours=2),) * 2
        assert row.state.outcome == "new"


def test_feeds_that_there_is_no_time_for_travel_again(
    known: Feed,
    neighbours: tuple[str, str],
    polling: Polling,
    web: FakeWeb,
    calls: Calls,
    clock: Clock,
) -> None:
    calls.before("dynamodb:GetItem", lambda: clock.advance(minutes=4))
    ended = poll(a_job(known.id, *neighbours), polling)
    assert [each.outcome for each in ended] == ["ok", PUT_OFF, PUT_OFF]
    (sent_back, *_) = [
        each for each in calls.of("sqs:SendMessage") if "feed_ids" in each["MessageBody"]
    ]
    assert PollJob.model_validate_json(sent_back["MessageBody"]) == a_job(*neighbours)


# ── Moves ────────────────────────────────────────────────────────────────────────────────────────

NEW_URL = "https://new.example/feed"


@pytest.fixture
def moved(filled: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb, clock: Clock) -> FeedRow:
    """A feed that has been redirecting permanently for three days."""
    document = rss(*links("one"))
    web.serve(filled.url, document, redirects=(Redirect(301, NEW_URL),), etag='"1"')
    web.serve(NEW_URL, document, etag='"1"')
    for _ in range(4):
        poll_later(polling, clock)
    return row_of(feeds)


def test_a_feed_that_moved_for_good_is_asked_at_its_new_url(
    moved: FeedRow, feeds: FeedsTable, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    assert (moved.state.moved_to, moved.feed.url, moved.url) == (NEW_URL, FEED.url, NEW_URL)
    (due,) = feeds.find_due(clock.now + timedelta(days=1), 10)
    assert due.url == NEW_URL
    clock.advance(days=1)
    (polled,) = poll(PollJob(host="new.example", feed_ids=(FEED.id,)), polling)
    assert (polled.outcome, web.asked[-1].url) == ("unchanged", NEW_URL)


def test_a_job_for_the_old_host_goes_on_to_the_new_one(
    moved: FeedRow, polling: Polling, calls: Calls, clock: Clock
) -> None:
    assert poll_later(polling, clock) == [Polled(FEED.id, PUT_OFF)]
    (sent_on,) = calls.of("sqs:SendMessage")
    wanted = PollJob(host="new.example", feed_ids=(FEED.id,))
    assert PollJob.model_validate_json(sent_on["MessageBody"]) == wanted


def test_applying_the_same_file_does_not_undo_a_move(moved: FeedRow, feeds: FeedsTable) -> None:
    feeds.put_feed(FEED.model_copy(update={"publisher": "Bay Post"}), NOW)
    row = row_of(feeds)
    assert (row.url, row.feed.publisher, row.state) == (NEW_URL, "Bay Post", moved.state)


def test_writing_the_new_url_into_the_file_goes_on_as_before(
    moved: FeedRow, feeds: FeedsTable, clock: Clock
) -> None:
    feeds.put_feed(FEED.model_copy(update={"url": NEW_URL}), clock.now)
    row = row_of(feeds)
    assert (row.feed.url, row.url, row.due_at) == (NEW_URL, NEW_URL, moved.due_at)
    assert row.state == moved.state


def test_writing_a_third_url_into_the_file_starts_the_feed_anew(
    moved: FeedRow, feeds: FeedsTable, clock: Clock
) -> None:
    third = f"{SITE}/third.xml"
    feeds.put_feed(FEED.model_copy(update={"url": third}), clock.now)
    row = row_of(feeds)
    assert (row.url, row.due_at, row.state.filled_at) == (third, clock.now, None)


@pytest.mark.parametrize("statuses", [(302,), (301, 302)])
def test_a_redirect_that_is_not_all_permanent_moves_nothing(
    statuses: tuple[int, ...],
    filled: Feed,
    feeds: FeedsTable,
    polling: Polling,
    web: FakeWeb,
    clock: Clock,
) -> None:
    redirects = tuple(Redirect(status, NEW_URL) for status in statuses)
    web.serve(filled.url, rss(*links("one")), redirects=redirects)
    for _ in range(6):
        poll_later(polling, clock)
    assert (row_of(feeds).url, row_of(feeds).state.moving) == (FEED.url, None)


# ── Servers without validators, sitemap indexes, challenges, pushes ──────────────────────────────


def test_the_same_document_again_is_unchanged_without_validators_too(
    filled: Feed, stack: Stack, polling: Polling, clock: Clock
) -> None:
    assert poll_later(polling, clock) == [Polled(filled.id, "unchanged")]
    assert sent(stack) == []


def sitemap(*urls: str) -> str:
    items = "".join(
        f"<url><loc>{url}</loc><news:news><news:title>News</news:title></news:news></url>"
        for url in urls
    )
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0"?><urlset {names} {news}>{items}</urlset>'


def sitemap_index(*urls: str) -> str:
    items = "".join(
        f"<sitemap><loc>{url}</loc><lastmod>2031-03-0{9 - n}</lastmod></sitemap>"
        for n, url in enumerate(urls)
    )
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return f'<?xml version="1.0"?><sitemapindex {names}>{items}</sitemapindex>'


def test_a_sitemap_index_gives_the_entries_of_its_newest_sitemaps_with_pauses(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb, clock: Clock
) -> None:
    maps = [f"{SITE}/map-{n}.xml" for n in range(5)]
    web.serve(known.url, sitemap_index("https://else.example/map.xml", *maps), content_type=XML)
    for n, url in enumerate(maps):
        web.serve(url, sitemap(*links(f"n{n}")), content_type=XML)
    web.fail(maps[1], TooSlow(maps[1], "not done in 20 s"))
    (polled,) = poll(a_job(), polling)
    assert web.urls_asked() == [known.url, *maps[:MAX_SITEMAPS]]
    assert sorted(urls(sent(stack))) == links("n0", "n2")
    assert polled.outcome == "damaged"
    assert "not done in 20 s" in polled.detail
    assert clock.now == NOW + MAX_SITEMAPS * timedelta(seconds=2)
    poll_later(polling, clock)
    assert len(web.urls_asked()) == 2 * (1 + MAX_SITEMAPS)  # unchanged indexes are read, too


def test_a_challenge_is_told_from_a_page(known: Feed, polling: Polling, web: FakeWeb) -> None:
    web.serve(known.url, page("Just a moment..."))
    (polled,) = poll(a_job(), polling)
    assert (polled.outcome, polled.failed) == ("challenged", True)


def a_push(body: str) -> Push:
    packed = base64.b64encode(gzip.compress(body.encode())).decode()
    return Push(content_type=XML, body=packed)


def test_a_pushed_document_is_read_without_asking_and_leaves_the_next_poll_as_it_is(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    before, asked = row_of(feeds), len(web.asked)
    job = a_job().model_copy(update={"push": a_push(rss(*links("two", "one")))})
    assert poll(job, polling) == [Polled(filled.id, "pushed", new_entries=1)]
    assert urls(sent(stack)) == links("two")
    after = row_of(feeds)
    assert (after.due_at, after.state.next_at) == (before.due_at, before.state.next_at)
    assert len(web.asked) == asked


# ── Notices ──────────────────────────────────────────────────────────────────────────────────────


def notices(calls: Calls) -> list[str]:
    return [each["Subject"] for each in calls.of("sns:Publish")]


def test_the_operator_is_told_once_that_a_feed_fails_and_once_that_it_is_well(
    filled: Feed, polling: Polling, web: FakeWeb, calls: Calls, clock: Clock, stack: Stack
) -> None:
    web.serve(filled.url, status=503)
    for _ in range(8):
        poll_later(polling, clock)
    assert notices(calls) == [f"Tocsin: feed {filled.id} is failing"]
    (told,) = calls.of("sns:Publish")
    assert told["TopicArn"] == stack.ref("OperatorTopic")
    web.serve(filled.url, rss(*links("one")), content_type=XML)
    for _ in range(3):
        poll_later(polling, clock)
    assert notices(calls)[1:] == [f"Tocsin: feed {filled.id} is ok"]


def test_a_gone_feed_is_told_of_at_once(
    filled: Feed, polling: Polling, web: FakeWeb, calls: Calls
) -> None:
    web.serve(filled.url, status=410)
    (polled,) = poll(a_job(), polling)
    assert [polled.notice] == notices(calls) == [f"Tocsin: feed {filled.id} is gone"]


def test_a_notice_that_sns_does_not_take_goes_out_later_and_the_feed_is_not_asked_for_it(
    filled: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    web.serve(filled.url, status=410)
    asked = len(web.asked)

    class Down:
        def tell(self, subject: str, text: str) -> None:
            raise PublishFailed("Throttled")

    poll(a_job(), replace(polling, operator=Down()))
    row = row_of(feeds)
    assert row.state.disabled
    assert row.due_at == clock.now + timedelta(hours=1)
    clock.advance(hours=1)
    poll(a_job(), polling)
    assert notices(calls) == [f"Tocsin: feed {filled.id} is gone"]
    assert row_of(feeds).due_at is None
    assert len(web.asked) == asked + 1


def test_a_crash_after_a_notice_tells_it_again_rather_than_never(
    filled: Feed, polling: Polling, web: FakeWeb, calls: Calls
) -> None:
    web.serve(filled.url, status=410)
    calls.before("dynamodb:UpdateItem", crash, nth=2)
    with pytest.raises(Crash):
        poll(a_job(), polling)
    poll(a_job(), polling)
    assert notices(calls) == [f"Tocsin: feed {filled.id} is gone"] * 2


def test_a_feed_that_is_refused_for_two_weeks_is_asked_no_more_and_told_of(
    filled: Feed, feeds: FeedsTable, polling: Polling, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    web.serve(filled.url, status=404)
    for _ in range(15):
        poll_later(polling, clock)
    assert (row_of(feeds).state.disabled, row_of(feeds).due_at) == (True, None)
    assert notices(calls) == [f"Tocsin: feed {filled.id} is {each}" for each in ("failing", "gone")]
    feeds.make_due(filled.id, clock.now)
    poll(a_job(), polling)
    assert not row_of(feeds).state.disabled
