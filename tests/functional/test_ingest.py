"""ingest: entries become stored articles and the matches that ring."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import ARTICLE_URL, NOW, SITE, a_topic, an_article, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import PARAGRAPHS, page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.alerts.plain import one_line
from tocsin.archive.records import Record, from_batch
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import TOPICS_KEY, Bucket
from tocsin.aws.hosts_table import HostsTable
from tocsin.errors import FetchError, NotFoundError, TooLarge, TooSlow, UrlRefused
from tocsin.jobs import IngestJob
from tocsin.model.articles import TextFrom
from tocsin.model.matches import MatchStatus
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingested, Ingesting, Outcome

PEACE = a_topic("peace", any=("peacekeepers",))
HARBOUR = a_topic("harbour", any=("harbour master",))
ID = identity(ARTICLE_URL)
ENTRY_URL = f"{SITE}/r/4711"
FAR = NOW + timedelta(days=9)


@pytest.fixture(autouse=True)
def in_force(put_topics: PutTopics) -> None:
    put_topics(PEACE, HARBOUR)


@pytest.fixture(autouse=True)
def served(web: FakeWeb) -> None:
    web.serve(ARTICLE_URL, page())


def rows(stack: Stack) -> list[dict[str, Any]]:
    """All that a run leaves in the tables of articles and stories, but for where captures lie: they
    hold a time; and for what pages have in common, which a crash may lose."""
    found = [
        {name: value for name, value in item.items() if name != "capture"}
        for table in ("ArticlesTable", "StoriesTable")
        for item in stack.items(table)
        if item["sk"] != "SIBLINGS"
    ]
    return sorted(found, key=lambda item: (item["pk"], item["sk"]))


def test_an_article_is_stored_as_its_page_has_it(
    bucket: Bucket, articles: ArticlesTable, ingesting: Ingesting
) -> None:
    (ended,) = ingest(an_ingest_job(an_entry(title="Cut short …")), ingesting)
    assert ended == Ingested(ARTICLE_URL, Outcome.STORED, ID, "ok", 2, ID, "new")
    article = bucket.get_article(ID)
    assert (article.title, article.text) == ("Peacekeepers for the bay", "\n".join(PARAGRAPHS))
    assert (article.text_from, article.page_outcome) == (TextFrom.PAGE, "ok")
    assert (article.publisher, article.feed_id, article.seen_at) == (
        "Harbour Post",
        "harbour-post",
        NOW,
    )
    (card,) = articles.list_day(NOW.date(), 10).cards
    assert (card.article_id, card.title, card.language) == (ID, article.title, "en")
    assert set(article.topics) == {"harbour", "peace"}


def test_a_match_says_which_words_it_is_about_and_is_due_at_once(
    articles: ArticlesTable, ingesting: Ingesting
) -> None:
    ingest(an_ingest_job(), ingesting)
    by_topic = {row.match.topic_id: row for row in articles.matches_of(ID)}
    assert set(by_topic) == {"peace", "harbour"}
    match = by_topic["harbour"].match
    assert match.words == ("harbour master",)
    (mark,) = match.excerpt.marks
    assert match.excerpt.text[mark.start : mark.end] == "harbour master"
    assert match.excerpt.text in one_line(PARAGRAPHS[1])
    assert by_topic["peace"].status is MatchStatus.DUE
    assert sorted(articles.find_due(NOW, 10)) == [(ID, "harbour"), (ID, "peace")]
    assert articles.find_due(NOW - timedelta(seconds=1), 10) == []


def test_the_story_comes_first_then_objects_matches_the_article_and_other_urls_last(
    ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    web.serve(ENTRY_URL, page(canonical=ARTICLE_URL))
    ingest(an_ingest_job(an_entry(ENTRY_URL)), ingesting)
    written = [_place(call.params) for call in calls.made if call.writes]
    places = [place for place in written if not place.startswith(("HOST#", "ROBOTS#"))]
    assert [place for place in places if not place.startswith("K#")] == [
        "raw",
        f"S#{ID} HEAD",
        f"S#{ID} HEAD",  # confirmed, once its keys are posted
        "articles",
        "V#harbour H#2031-03-05T14",
        f"A#{ID} M#harbour",
        "V#peace H#2031-03-05T14",
        f"A#{ID} M#peace",
        "batch",
        "SHARDS#1 B#batch",
        f"A#{ID} META",
        f"A#{identity(ENTRY_URL)} META",
        "H#harbour-post.example SIBLINGS",
    ]
    assert [place.startswith("K#") for place in places[1:-11]] == [False] + [True] * 7


def _place(params: dict[str, Any]) -> str:
    key = params.get("Item", params.get("Key"))
    if isinstance(key, dict):
        parts = [key[name]["S"] for name in ("pk", "sk") if name in key]
        return " ".join(parts).partition("/")[0]
    return str(key).partition("/")[0]


FORBIDDEN, LATE = f"{SITE}/news/forbidden", f"{SITE}/news/late"
LOOKS = ["dynamodb:GetItem"] * 4
TOPICS = ["s3:GetObject"] * 2  # which are in force, and the compiled ones
# The place, the stories under its terms; what is added, the seven keys, and the confirmation.
FOUNDS = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"]
FOUNDS += ["dynamodb:UpdateItem"] * 8
# Likewise; the heads of those it may belong to; its place, the story, its head, a key that this has
# come to, its member.
JOINS = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"]
JOINS += ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem", "dynamodb:PutItem"]
MATCHES = ["dynamodb:UpdateItem", "dynamodb:PutItem"]  # counted, and added
BATCH = ["s3:PutObject", "dynamodb:PutItem"]  # and the row that says it is there
# An alias, a text from the feed and a retry: each kind of call that ingest makes.
CALLS_OF_A_JOB = [
    "dynamodb:UpdateItem",  # the host is ours
    "dynamodb:GetItem",
    "dynamodb:GetItem",  # the host's robots.txt
    "dynamodb:PutItem",
    "dynamodb:GetItem",  # what its pages have in common
    *LOOKS[1:],
    "dynamodb:UpdateItem",  # and others' again
    *TOPICS,
    "s3:PutObject",
    *FOUNDS,
    "s3:PutObject",
    *MATCHES,
    *MATCHES,
    *JOINS,
    "s3:PutObject",
    *MATCHES,
    *BATCH,
    "dynamodb:PutItem",
    "dynamodb:PutItem",  # the alias
    "dynamodb:PutItem",
    "dynamodb:PutItem",  # what the host's pages have in common
    "sqs:SendMessage",
]


@pytest.fixture
def every_kind(web: FakeWeb) -> IngestJob:
    web.serve(ENTRY_URL, page(canonical=ARTICLE_URL))
    web.serve(FORBIDDEN, status=403)
    web.serve(LATE, status=503)
    forbidden = an_entry(FORBIDDEN, content_html="<p>Of peacekeepers.</p>")
    return an_ingest_job(an_entry(ENTRY_URL), forbidden, an_entry(LATE))


def test_a_job_makes_the_calls_after_which_it_is_crashed_below(
    every_kind: IngestJob, ingesting: Ingesting, calls: Calls
) -> None:
    ingest(every_kind, ingesting)
    assert calls.names() == CALLS_OF_A_JOB


@pytest.fixture(scope="module")
def kept() -> list[list[dict[str, Any]]]:
    """What the first test of a crash finds out for all."""
    return []


@pytest.fixture
def undisturbed(
    kept: list[list[dict[str, Any]]],
    every_kind: IngestJob,
    stack: Stack,
    new_container: Callable[[], Ingesting],
    clock: Clock,
) -> list[dict[str, Any]]:
    """The rows that a run leaves which nothing disturbs; they are the same at any time."""
    if not kept:
        ingest(every_kind, new_container())
        kept.append(rows(stack))
        stack.empty()
        clock.advance(days=1)  # until the host's robots.txt is asked for again
    return kept[0]


# Of the keys that are posted one after the other the first and the last are enough.
@pytest.mark.parametrize("number", [*range(1, 17), *range(22, len(CALLS_OF_A_JOB) + 1)])
def test_a_crash_after_any_call_and_a_redelivery_leave_what_an_undisturbed_run_leaves(
    number: int,
    undisturbed: list[dict[str, Any]],
    every_kind: IngestJob,
    stack: Stack,
    bucket: Bucket,
    articles: ArticlesTable,
    new_container: Callable[[], Ingesting],
    calls: Calls,
    clock: Clock,
) -> None:
    calls.after(None, crash, nth=number)
    with pytest.raises(Crash):
        ingest(every_kind, new_container())
    clock.advance(minutes=30)  # until the message is visible again
    ingest(every_kind, new_container())

    assert without_batches(rows(stack)) == without_batches(undisturbed)
    assert {each.id for each in handed_over(stack)} == {ID, identity(FORBIDDEN)}
    assert len(articles.list_day(NOW.date(), 10).cards) == 2
    assert sorted(articles.find_due(FAR, 10)) == sorted(
        [(ID, "harbour"), (ID, "peace"), (identity(FORBIDDEN), "peace")]
    )
    capture = bucket.get_article(ID).capture
    assert capture is not None
    assert stack.served(capture) == (ENTRY_URL, page(canonical=ARTICLE_URL).encode())


def without_batches(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An article that was stored is not in the batch of the second run: that is another one."""
    return [item for item in items if item["pk"] != "SHARDS#1"]


def handed_over(stack: Stack) -> list[Record]:
    """What the archive is told of."""
    bodies = stack.objects("batch/")
    keys = [item["sk"][2:] for item in stack.items("ArticlesTable") if item["pk"] == "SHARDS#1"]
    return [record for key in keys for record in from_batch(key, bodies[key])]


def test_what_a_job_stores_is_handed_over_as_it_is_stored(
    stack: Stack, bucket: Bucket, ingesting: Ingesting
) -> None:
    ingest(an_ingest_job(country="de"), ingesting)
    (record,) = handed_over(stack)
    stored = bucket.get_article(ID).model_copy(update={"capture": None})
    assert record == Record(country="de", **dict(stored))


@pytest.fixture
def new_container(enter: Callable[[str], None]) -> Callable[[], Ingesting]:
    """Ingesting as a container has it that knows nothing of earlier ones, nor learns: weights in a
    story's head are as of the articles that its container had read before."""
    from tocsin import wiring

    def make() -> Ingesting:
        wiring.ingesting.cache_clear()
        return replace(wiring.ingesting(), recent=None)

    enter("IngestFunction")
    return make


def test_a_match_that_was_told_before_the_redelivery_is_not_due_again(
    articles: ArticlesTable, ingesting: Ingesting, alerting: Alerting, calls: Calls
) -> None:
    calls.before("dynamodb:PutItem", crash, nth=5)  # both matches are there, the article is not
    with pytest.raises(Crash):
        ingest(an_ingest_job(), ingesting)
    assert sum(told.alerts for told in alert(alerting).told) == 2
    (ended,) = ingest(an_ingest_job(), ingesting)
    assert (ended.outcome, ended.matches) == (Outcome.STORED, 0)
    assert articles.find_due(FAR, 10) == []
    assert {row.status for row in articles.matches_of(ID)} == {MatchStatus.ALERTED}


@pytest.mark.parametrize("number", [*range(1, 13), 19, 20, 21, 22, 24, 26, 27, 28, 29])
def test_two_jobs_with_the_same_article_at_once_make_one_article_that_rings_once(
    number: int,
    articles: ArticlesTable,
    new_container: Callable[[], Ingesting],
    calls: Calls,
) -> None:
    """Of two hosts, which are asked at the same time: one links to the other."""
    agency = {"host": "agency.example", "feed_id": "agency", "publisher": "Agency"}
    other = an_ingest_job(seen_at=NOW + timedelta(seconds=3), **agency)
    ended: list[Ingested] = []
    calls.before(None, lambda: ended.extend(ingest(other, new_container())), nth=number)
    ended += ingest(an_ingest_job(), new_container())
    assert sorted(each.outcome for each in ended) == [Outcome.KNOWN, Outcome.STORED]
    assert sum(each.matches for each in ended) == 2
    assert len(articles.list_day(NOW.date(), 10).cards) == 1
    assert len(articles.list_topic("peace", 10).cards) == 1
    assert sorted(articles.find_due(FAR, 10)) == [(ID, "harbour"), (ID, "peace")]


def test_an_entry_whose_article_is_known_is_not_fetched_again(
    ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    ingest(an_ingest_job(), ingesting)
    calls.reset()
    tracked = f"{ARTICLE_URL}/?utm_source=feed#top"
    assert ingest(an_ingest_job(an_entry(tracked)), ingesting) == [
        Ingested(tracked, Outcome.KNOWN, ID)
    ]
    assert web.urls_asked() == [ARTICLE_URL]
    assert calls.names() == ["dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]


def test_an_article_goes_by_its_canonical_url_and_every_url_leads_to_it(
    articles: ArticlesTable, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    landed = f"{SITE}/2031/03/peacekeepers?from=feed"
    web.serve(ENTRY_URL, page(canonical="/news/peacekeepers"), redirected_to=landed)
    (ended,) = ingest(an_ingest_job(an_entry(ENTRY_URL)), ingesting)
    assert (ended.article_id, bucket.get_article(ID).url) == (ID, ARTICLE_URL)
    for url in (ENTRY_URL, landed, ARTICLE_URL):
        assert articles.find_article_id(identity(url)) == ID
    again = ingest(an_ingest_job(*map(an_entry, (ENTRY_URL, landed, ARTICLE_URL))), ingesting)
    assert [each.outcome for each in again] == [Outcome.KNOWN] * 3
    assert web.urls_asked() == [ENTRY_URL]


def test_another_url_of_a_known_article_leads_to_it_from_then_on(
    articles: ArticlesTable, ingesting: Ingesting, web: FakeWeb, stack: Stack
) -> None:
    ingest(an_ingest_job(), ingesting)
    web.serve(ENTRY_URL, page(canonical=ARTICLE_URL))
    (ended,) = ingest(an_ingest_job(an_entry(ENTRY_URL)), ingesting)
    assert ended == Ingested(ENTRY_URL, Outcome.KNOWN, ID)
    assert articles.find_article_id(identity(ENTRY_URL)) == ID
    assert len(stack.objects("articles/")) == len(stack.objects("raw/")) == 1


def test_a_canonical_url_that_only_leads_to_an_article_is_followed_to_it(
    articles: ArticlesTable, ingesting: Ingesting, web: FakeWeb
) -> None:
    old, copy = f"{SITE}/old", f"{SITE}/copy"
    web.serve(old, page(canonical=ARTICLE_URL))
    web.serve(copy, page(canonical=old))
    ingest(an_ingest_job(an_entry(old)), ingesting)
    (ended,) = ingest(an_ingest_job(an_entry(copy)), ingesting)
    assert ended == Ingested(copy, Outcome.KNOWN, ID)
    assert articles.find_article_id(identity(copy)) == ID


def test_two_entries_of_a_job_that_are_one_article_make_one(
    articles: ArticlesTable, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ENTRY_URL, page(canonical=ARTICLE_URL))
    ended = ingest(an_ingest_job(an_entry(), an_entry(ENTRY_URL)), ingesting)
    assert [each.outcome for each in ended] == [Outcome.STORED, Outcome.KNOWN]
    assert len(articles.list_day(NOW.date(), 10).cards) == 1
    assert len(articles.find_due(FAR, 10)) == 2


def serve_nothing_readable(web: FakeWeb, outcome: str) -> None:
    errors: dict[str, FetchError] = {
        "too_large": TooLarge(ARTICLE_URL, "more than 2,000,000 bytes"),
        "url_refused": UrlRefused(ARTICLE_URL, "port 8080 is neither 80 nor 443"),
    }
    match outcome:
        case "redirected_to_front_page":
            web.serve(ARTICLE_URL, page(), redirected_to=f"{SITE}/")
        case "not_html":
            web.serve(ARTICLE_URL, b"%PDF-1.7", content_type="application/pdf")
        case "no_text":
            web.serve(ARTICLE_URL, "<html><body></body></html>")
        case "http_403" | "http_404":
            web.serve(ARTICLE_URL, status=int(outcome.removeprefix("http_")))
        case _:
            web.fail(ARTICLE_URL, errors[outcome])


@pytest.mark.parametrize(
    "outcome",
    [
        "redirected_to_front_page",
        "not_html",
        "no_text",
        "http_403",
        "http_404",
        "too_large",
        "url_refused",
    ],
)
def test_without_a_readable_page_the_text_is_the_feeds_and_says_so(
    outcome: str,
    articles: ArticlesTable,
    bucket: Bucket,
    stack: Stack,
    ingesting: Ingesting,
    web: FakeWeb,
) -> None:
    serve_nothing_readable(web, outcome)
    entry = an_entry(content_html="<p>Of <b>peacekeepers</b>.</p><p>More later.</p>")
    (ended,) = ingest(an_ingest_job(entry), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, outcome)
    article = bucket.get_article(ID)
    assert article.text == "Of peacekeepers.\nMore later."
    assert (article.text_from, article.page_outcome) == (TextFrom.FEED, outcome)
    assert (article.url, article.title, article.capture) == (ARTICLE_URL, entry.title, None)
    assert stack.objects("raw/") == {}
    assert articles.find_due(NOW, 10) == [(ID, "peace")]


# ── Politeness towards the host ──────────────────────────────────────────────────────────────────

HOST = "harbour-post.example"
ROBOTS_URL = f"{SITE}/robots.txt"


@pytest.fixture
def hosts(stack: Stack) -> HostsTable:
    return HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))


def sent(calls: Calls) -> tuple[IngestJob, int]:
    """The one job that travels again, and its delay."""
    (message,) = calls.of("sqs:SendMessage")
    return IngestJob.model_validate_json(message["MessageBody"]), message["DelaySeconds"]


def test_while_another_asks_the_host_a_job_waits_and_uses_up_no_attempt(
    hosts: HostsTable, ingesting: Ingesting, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    hosts.take(HOST, "another", NOW, NOW + timedelta(minutes=1))
    job = an_ingest_job(an_entry(), an_entry(FORBIDDEN), attempt=2)
    assert ingest(job, ingesting) == [
        Ingested(url, Outcome.WAITING, page_outcome="host_busy") for url in (ARTICLE_URL, FORBIDDEN)
    ]
    assert web.asked == []
    again, delay = sent(calls)
    assert again == job
    assert 1 <= delay <= 2
    clock.advance(minutes=1)
    (ended, _) = ingest(again, ingesting)
    assert ended.outcome is Outcome.STORED


def test_who_has_waited_for_six_hours_keeps_what_the_feed_says(
    hosts: HostsTable, bucket: Bucket, ingesting: Ingesting, web: FakeWeb, clock: Clock
) -> None:
    clock.advance(hours=6)
    hosts.take(HOST, "another", clock(), clock() + timedelta(minutes=1))
    (ended,) = ingest(an_ingest_job(), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, "host_busy")
    assert bucket.get_article(ID).text_from is TextFrom.FEED
    assert web.asked == []


def test_a_host_is_given_back_before_its_articles_are_stored(
    hosts: HostsTable, ingesting: Ingesting, calls: Calls
) -> None:
    taken: list[bool] = []
    until = NOW + timedelta(minutes=1)
    calls.before("s3:PutObject", lambda: taken.append(hosts.take(HOST, "next", NOW, until)))
    ingest(an_ingest_job(), ingesting)
    assert taken == [True]


def test_a_page_that_robots_txt_refuses_is_never_asked_for(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ROBOTS_URL, "User-agent: Tocsin\nDisallow: /news/")
    (ended,) = ingest(an_ingest_job(), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, "robots_refused")
    assert bucket.get_article(ID).text_from is TextFrom.FEED
    assert web.urls_asked() == []


def test_a_page_that_leads_to_where_robots_txt_refuses_is_not_followed_there(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    elsewhere = "https://elsewhere.example"
    web.serve(f"{elsewhere}/robots.txt", "User-agent: *\nDisallow: /")
    web.serve(ARTICLE_URL, page(), redirected_to=f"{elsewhere}/news")
    (ended,) = ingest(an_ingest_job(), ingesting)
    assert ended.page_outcome == "robots_refused"


def test_where_robots_txt_cannot_be_had_the_page_comes_later(
    ingesting: Ingesting, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    web.serve(ROBOTS_URL, status=500)
    (ended,) = ingest(an_ingest_job(), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.DEFERRED, "robots_unknown")
    again, delay = sent(calls)
    assert (again.attempt, delay) == (2, 60)
    web.serve(ROBOTS_URL, "")
    clock.advance(seconds=delay)
    (ended,) = ingest(again, ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, "ok")


def test_a_robots_txt_is_asked_for_once_a_day_whatever_the_containers(
    new_container: Callable[[], Ingesting], web: FakeWeb, clock: Clock
) -> None:
    def asked_for(number: int) -> int:
        ingest(an_ingest_job(an_entry(f"{SITE}/news/{number}")), new_container())
        return sum(each.url == ROBOTS_URL for each in web.asked)

    assert [asked_for(1), asked_for(2)] == [1, 1]
    clock.advance(hours=24)
    assert asked_for(3) == 2


def test_pages_of_a_host_are_asked_two_seconds_apart(
    enter: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    hosts: HostsTable,
    web: FakeWeb,
    clock: Clock,
) -> None:
    enter("IngestFunction")
    monkeypatch.delenv("PAGE_PAUSE_SECONDS")
    urls = [f"{SITE}/news/{number}" for number in range(3)]
    ingest(an_ingest_job(*map(an_entry, urls)), wiring.ingesting())
    assert clock() == NOW + timedelta(seconds=4)
    until = clock() + timedelta(minutes=1)
    assert not hosts.take(HOST, "next", clock() + timedelta(seconds=1), until)
    assert hosts.take(HOST, "next", clock() + timedelta(seconds=2), until)


def test_a_host_that_rests_long_is_left_alone_until_then(
    ingesting: Ingesting, web: FakeWeb, calls: Calls, clock: Clock
) -> None:
    web.serve(ROBOTS_URL, "User-agent: *\nCrawl-delay: 30")
    other = an_entry(f"{SITE}/news/other")
    web.serve(other.url, page("Other news"))
    first, second = ingest(an_ingest_job(an_entry(), other), ingesting)
    assert {first.url: first.outcome, second.url: second.outcome} == {
        ARTICLE_URL: Outcome.STORED,
        other.url: Outcome.WAITING,
    }
    assert clock() == NOW
    again, delay = sent(calls)
    assert (again.entries, again.attempt, delay) == ((other,), 1, 30)
    clock.advance(seconds=delay)
    (ended,) = ingest(again, ingesting)
    assert ended.outcome is Outcome.STORED


@pytest.mark.parametrize("how", ["header", "meta"])
def test_a_page_that_asks_for_no_archive_leaves_its_text_and_no_capture(
    how: str, bucket: Bucket, stack: Stack, ingesting: Ingesting, web: FakeWeb
) -> None:
    meta = '<meta name="robots" content="noarchive">'
    if how == "header":
        web.serve(ARTICLE_URL, page(), x_robots_tag="noarchive")
    else:
        web.serve(ARTICLE_URL, page().replace("<head>", f"<head>{meta}"))
    ingest(an_ingest_job(), ingesting)
    article = bucket.get_article(ID)
    assert (article.text_from, article.capture) == (TextFrom.PAGE, None)
    assert stack.objects("raw/") == {}


# ── Pages that come later, or never ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [None, TooSlow(ARTICLE_URL, "not done in 20 s")])
def test_a_page_that_may_come_later_is_asked_for_three_times_with_growing_delay(
    error: FetchError | None,
    articles: ArticlesTable,
    bucket: Bucket,
    stack: Stack,
    ingesting: Ingesting,
    web: FakeWeb,
    calls: Calls,
) -> None:
    if error:
        web.fail(ARTICLE_URL, error)
    else:
        web.serve(ARTICLE_URL, status=503)
    outcome = error.outcome if error else "http_503"
    job, delays = an_ingest_job(), []
    for attempt in (2, 3):
        assert ingest(job, ingesting) == [
            Ingested(ARTICLE_URL, Outcome.DEFERRED, page_outcome=outcome)
        ]
        message = calls.of("sqs:SendMessage")[-1]
        job = IngestJob.model_validate_json(message["MessageBody"])
        assert job == an_ingest_job(attempt=attempt)
        delays.append(message["DelaySeconds"])
    assert rows(stack) == []
    (ended,) = ingest(job, ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, outcome)
    assert bucket.get_article(ID).text_from is TextFrom.FEED
    assert delays == [60, 120]
    assert len(calls.of("sqs:SendMessage")) == 2


def test_a_page_that_comes_at_the_second_attempt_is_as_good_as_at_the_first(
    bucket: Bucket, articles: ArticlesTable, ingesting: Ingesting
) -> None:
    ingest(an_ingest_job(attempt=2), ingesting)
    assert bucket.get_article(ID).text_from is TextFrom.PAGE
    assert len(articles.find_due(NOW, 10)) == 2


def test_only_the_entries_whose_page_may_come_later_travel_again(
    every_kind: IngestJob, ingesting: Ingesting, calls: Calls
) -> None:
    ended = ingest(every_kind, ingesting)
    (message,) = calls.of("sqs:SendMessage")
    again = IngestJob.model_validate_json(message["MessageBody"])
    assert [entry.url for entry in again.entries] == [LATE]
    assert {each.url: each.outcome for each in ended} == {
        ARTICLE_URL: Outcome.STORED,
        FORBIDDEN: Outcome.STORED,
        LATE: Outcome.DEFERRED,
    }


def test_a_silent_job_records_its_matches_and_rings_for_none(
    articles: ArticlesTable, ingesting: Ingesting
) -> None:
    ingest(an_ingest_job(silent=True), ingesting)
    assert [row.status for row in articles.matches_of(ID)] == [MatchStatus.SILENT] * 2
    assert articles.find_due(FAR, 10) == []
    (card,) = articles.list_topic("peace", 10).cards
    assert card.article_id == ID


def test_each_page_can_be_read_back_from_the_capture_of_its_job(
    bucket: Bucket, stack: Stack, ingesting: Ingesting, web: FakeWeb
) -> None:
    pages = {f"{SITE}/news/{n}": page(title=f"Peacekeepers, part {n}") for n in range(3)}
    for url, body in pages.items():
        web.serve(url, body)
    ingest(an_ingest_job(*map(an_entry, pages)), ingesting)
    captures = [bucket.get_article(identity(url)).capture for url in pages]
    assert len(stack.objects("raw/")) == 1
    assert all(each.key.startswith("raw/2031/03/05/") for each in captures if each)
    assert {url: body.decode() for url, body in map(stack.served, captures)} == pages


def test_an_entry_with_neither_title_nor_text_leaves_nothing_behind(
    stack: Stack, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ARTICLE_URL, status=404)
    entry = an_entry(title="", content_html="<img src='x.png'>")
    assert ingest(an_ingest_job(entry), ingesting) == [
        Ingested(ARTICLE_URL, Outcome.EMPTY, page_outcome="http_404")
    ]
    assert rows(stack) == []
    assert all(key.startswith("topics/") for key in stack.objects())


def test_a_link_that_leads_nowhere_is_stored_as_the_feed_has_it(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.fail("http://[", UrlRefused("http://[", "cannot be read"))
    job = an_ingest_job(an_entry("http://["), an_entry(), publisher=None)
    assert [each.outcome for each in ingest(job, ingesting)] == [Outcome.STORED] * 2
    assert bucket.get_article(identity("http://[")).publisher == "harbour-post"


def test_an_article_that_no_topic_asked_for_is_stored_without_matches(
    articles: ArticlesTable, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ARTICLE_URL, page("Kelp is back", ["Kelp grows in the bay again, divers say."] * 3))
    (ended,) = ingest(an_ingest_job(an_entry(title="Kelp is back")), ingesting)
    assert (ended.outcome, ended.matches) == (Outcome.STORED, 0)
    assert bucket.get_article(ID).topics == ()
    assert articles.matches_of(ID) == []
    assert articles.find_due(FAR, 10) == []
    assert len(articles.list_day(NOW.date(), 10).cards) == 1


def test_topics_in_force_are_read_again_after_a_minute_and_kept_in_between(
    articles: ArticlesTable,
    ingesting: Ingesting,
    put_topics: PutTopics,
    web: FakeWeb,
    calls: Calls,
    clock: Clock,
) -> None:
    def topics_of(number: int) -> set[str]:
        url = f"{SITE}/news/{number}"
        web.serve(url, page())
        ingest(an_ingest_job(an_entry(url)), ingesting)
        return {row.match.topic_id for row in articles.matches_of(identity(url))}

    assert topics_of(1) == {"peace", "harbour"}
    put_topics(PEACE)
    clock.advance(seconds=59)
    assert topics_of(2) == {"peace", "harbour"}
    clock.advance(seconds=1)
    assert topics_of(3) == {"peace"}
    clock.advance(seconds=60)
    assert topics_of(4) == {"peace"}
    asked = [params for params in calls.of("s3:GetObject") if params["Key"] == TOPICS_KEY]
    # The second one is this test's, which publishes.
    assert ["IfNoneMatch" in params for params in asked] == [False, False, True, True]


def test_the_same_article_gives_the_same_bytes_whenever_it_is_stored(
    stack: Stack, bucket: Bucket
) -> None:
    bucket.put_article(an_article())
    (first,) = stack.objects("articles/").values()
    bucket.put_article(an_article())
    assert list(stack.objects("articles/").values()) == [first]
    assert json.loads(gzip.decompress(first))["id"] == ID


def test_an_article_that_was_never_stored_is_named(bucket: Bucket) -> None:
    with pytest.raises(NotFoundError, match="no article 'nope'"):
        bucket.get_article("nope")
