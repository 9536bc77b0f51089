"""poll: a host's feeds are asked, and entries not seen before go on to ingest."""

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
from tocsin.errors import AddressRefused, FetchError, TooSlow, Unreachable
from tocsin.jobs import IngestJob, PollJob
from tocsin.model import Feed, FeedRow
from tocsin.pipeline.dispatch import LEASE, Dispatching, dispatch
from tocsin.pipeline.ingest import Ingesting, ingest
from tocsin.pipeline.poll import REMOVED, Polled, Polling, poll
from tocsin.web.fetcher import FEED_BYTES

FEED = a_feed()
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
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    web.serve(known.url, rss(), content_type=XML)
    assert poll(a_job(), polling) == [Polled(known.id, "ok")]
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll(a_job(), polling)
    (job,) = sent(stack)
    assert not job.silent


def test_a_feed_whose_first_polls_fail_is_silent_when_it_comes_at_last(
    known: Feed, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    web.serve(known.url, status=503)
    poll(a_job(), polling)
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll(a_job(), polling)
    (job,) = sent(stack)
    assert job.silent


def test_only_entries_not_seen_before_are_sent_on(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    web.serve(filled.url, rss(*links("three", "two", "one", "two")), content_type=XML)
    (polled,) = poll(a_job(), polling)
    assert urls(sent(stack)) == links("three", "two")
    assert polled.new_entries == 2
    poll(a_job(), polling)
    assert sent(stack) == []
    assert row_of(feeds).state.entries_total == 3


def test_validators_are_sent_back_to_the_letter(
    known: Feed, polling: Polling, web: FakeWeb
) -> None:
    etag, modified = 'W/"a b+c--gzip"', "Wed, 5 March 2031 14:00:00 +0000"
    body = rss(*links("one"))
    web.serve(known.url, body, content_type=XML, etag=etag, last_modified=modified)
    poll(a_job(), polling)
    poll(a_job(), polling)
    assert [asked.headers for asked in web.asked] == [
        {},
        {"If-None-Match": etag, "If-Modified-Since": modified},
    ]


def test_a_validator_that_a_server_no_longer_states_is_not_sent_again(
    known: Feed, polling: Polling, web: FakeWeb
) -> None:
    web.serve(known.url, rss(*links("one")), content_type=XML, etag='"1"')
    poll(a_job(), polling)
    web.serve(known.url, rss(*links("one")), content_type=XML)
    poll(a_job(), polling)
    poll(a_job(), polling)
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
    learned = {"outcome": "unchanged", "polled_at": clock.now}
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
    assert (first, last) == tuple(Polled(i, "ok", new_entries=1) for i in neighbours)
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
        poll(a_job(), polling)
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
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, web: FakeWeb
) -> None:
    web.serve(filled.url, status=500)
    poll(a_job(), polling)
    web.serve(filled.url, rss(*links("two", "one")), content_type=XML)
    poll(a_job(), polling)
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
    calls.before("dynamodb:UpdateItem", crash)
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
    calls.before("dynamodb:UpdateItem", crash)
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
    calls.before("dynamodb:UpdateItem", lambda: feeds.remove(known.id))
    assert poll(a_job(), polling) == [Polled(known.id, REMOVED)]
    assert feeds.all() == []


def test_a_feed_given_another_url_while_it_is_polled_starts_anew_all_the_same(
    filled: Feed, feeds: FeedsTable, stack: Stack, polling: Polling, calls: Calls, clock: Clock
) -> None:
    moved = filled.model_copy(update={"url": f"{SITE}/moved.xml"})
    calls.before("dynamodb:UpdateItem", lambda: feeds.put_feed(moved, clock.now))
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
