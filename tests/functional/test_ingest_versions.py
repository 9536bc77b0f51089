"""ingest: what changes in an article that is stored, and pages that refuse."""

import io
from datetime import timedelta
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.builders import ARTICLE_URL, NOW, SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import PARAGRAPHS, page, rss
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin.articles.capture import read_captures
from tocsin.articles.extraction import EXTRACTOR
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.errors import NotFoundError, TooSlow
from tocsin.jobs import IngestJob, PollJob
from tocsin.model.articles import TextFrom
from tocsin.model.matches import Note, Revision
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingested, Ingesting, Outcome
from tocsin.pipeline.poll import Polling, poll
from tocsin.pipeline.revise import MAX_LOOKS

ID = identity(ARTICLE_URL)
HOST = "harbour-post.example"
PEACE = a_topic("peace", any=("peacekeepers",))
LATER = NOW + timedelta(hours=1)
FAR = NOW + timedelta(days=9)
NEW_PARAGRAPH = (
    "On Wednesday the harbour master said that four boats had been found, two of them damaged, and"
    " that the lighthouse would be lit again before the night."
)
REVISED = page(paragraphs=(*PARAGRAPHS, NEW_PARAGRAPH))


@pytest.fixture(autouse=True)
def stored(put_topics: PutTopics, web: FakeWeb, ingesting: Ingesting) -> None:
    """An article, as its first poll brought it."""
    put_topics(PEACE)
    web.serve(ARTICLE_URL, page())
    ingest(an_ingest_job(), ingesting)


def again(host: str = HOST, **changes: Any) -> IngestJob:
    """The entry as the feed has it an hour later, with another summary unless told otherwise."""
    entry = an_entry(**({"content_html": "Boats found."} | changes))
    return an_ingest_job(entry, host=host, seen_at=LATER)


def row(stack: Stack) -> dict[str, Any]:
    (found,) = [
        r for r in stack.items("ArticlesTable") if r["pk"] == f"A#{ID}" and r["sk"] == "META"
    ]
    return found


@pytest.mark.parametrize(
    "changes",
    [{"title": "Peacekeepers come"}, {"content_html": "Boats found."}, {"updated_at": LATER}],
    ids=["title", "summary", "update"],
)
def test_an_article_of_which_its_feed_says_something_new_is_looked_at_again(
    changes: dict[str, Any], bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ARTICLE_URL, REVISED)
    job = an_ingest_job(an_entry(**changes), seen_at=LATER)
    assert ingest(job, ingesting) == [Ingested(ARTICLE_URL, Outcome.REVISED, ID)]
    article = bucket.get_article(ID)
    assert (article.version, article.revised_at, article.seen_at) == (2, LATER, NOW)
    assert article.text.split("\n") == [*PARAGRAPHS, NEW_PARAGRAPH]
    assert ingest(job, ingesting) == [Ingested(ARTICLE_URL, Outcome.KNOWN, ID)]
    assert len(web.urls_asked()) == 2


def test_a_version_says_what_changed_and_the_former_one_is_kept(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    first = bucket.get_article(ID)
    web.serve(ARTICLE_URL, page("Peacekeepers on their way", (*PARAGRAPHS[1:], NEW_PARAGRAPH)))
    ingest(again(), ingesting)
    second = bucket.get_article(ID)
    assert second.change is not None
    assert second.change.model_dump() == {
        "version": 1,
        "title": "Peacekeepers for the bay",
        "removed": (PARAGRAPHS[0],),
        "added": (NEW_PARAGRAPH,),
    }
    assert bucket.get_article(ID, version=1) == first
    assert bucket.get_article(ID, version=2) == second
    with pytest.raises(NotFoundError):
        bucket.get_article(ID, version=3)


def test_every_former_version_stays(bucket: Bucket, ingesting: Ingesting, web: FakeWeb) -> None:
    for number in range(2, 5):
        web.serve(ARTICLE_URL, page(f"Peacekeepers, day {number}"))
        ingest(again(title=f"Day {number}"), ingesting)
    titles = [bucket.get_article(ID, version).title for version in range(1, 5)]
    assert titles == ["Peacekeepers for the bay", *(f"Peacekeepers, day {n}" for n in range(2, 5))]


def rang(articles: ArticlesTable) -> None:
    """As if the article's match had been decided on."""
    articles.claim(ID, "peace", "me", LATER, LATER + timedelta(minutes=2))
    (row,) = articles.matches_of(ID)
    assert articles.mark_alerted(row.match, "me", "a1", Note(at=LATER, outcome="alerted"))


NEWS = page("Council calls ships back", (*PARAGRAPHS, NEW_PARAGRAPH))


def test_a_version_that_says_something_else_is_told_where_the_article_rang(
    articles: ArticlesTable, ingesting: Ingesting, web: FakeWeb, clock: Clock
) -> None:
    rang(articles)
    web.serve(ARTICLE_URL, NEWS)
    clock.now = LATER
    assert ingest(again(), ingesting)[0].outcome is Outcome.REVISED
    (row,) = articles.matches_of(ID)
    assert row.revision == Revision(
        version=2,
        title="Council calls ships back",
        reason="the headline was “Peacekeepers for the bay”",
    )
    assert articles.find_due(LATER, 10) == [(ID, "peace")]


@pytest.mark.parametrize("back", range(1, 5))
def test_a_crash_before_any_of_the_last_calls_tells_the_change_all_the_same_and_once(
    back: int,
    articles: ArticlesTable,
    ingesting: Ingesting,
    web: FakeWeb,
    calls: Calls,
    clock: Clock,
    stack: Stack,
) -> None:
    rang(articles)
    web.serve(ARTICLE_URL, NEWS)
    clock.now = LATER
    calls.reset()
    calls.before("dynamodb:UpdateItem", crash, nth=back)
    with pytest.raises(Crash):
        ingest(again(), ingesting)
    clock.now = LATER + timedelta(hours=1)  # the host's lease is over
    ingest(again(), ingesting)
    ingest(again(), ingesting)
    (item,) = [i for i in stack.items("ArticlesTable") if i["sk"] == "M#peace"]
    assert (item["revision"]["version"], item["revisions"]) == (2, 1)


def test_a_version_rings_for_nothing_and_stays_where_the_lists_had_it(
    articles: ArticlesTable, ingesting: Ingesting, put_topics: PutTopics, web: FakeWeb, clock: Clock
) -> None:
    before = articles.matches_of(ID)
    put_topics(PEACE, a_topic("boats", any=("boats",)))
    clock.advance(seconds=90)
    web.serve(ARTICLE_URL, page("Peacekeepers on their way", (*PARAGRAPHS, NEW_PARAGRAPH)))
    (ended,) = ingest(again(), ingesting)
    assert (ended.outcome, ended.matches) == (Outcome.REVISED, 0)
    assert articles.matches_of(ID) == before
    assert articles.find_due(FAR, 10) == [(ID, "peace")]
    (card,) = articles.list_day(NOW.date(), 10).cards
    assert (card.title, card.seen_at) == ("Peacekeepers on their way", NOW)


@pytest.mark.parametrize(
    "now", [page(), page(paragraphs=[PARAGRAPHS[0].replace("Tuesday", "Tusday"), *PARAGRAPHS[1:]])]
)
def test_what_changed_in_nothing_material_is_no_version(
    now: str, bucket: Bucket, ingesting: Ingesting, web: FakeWeb, stack: Stack
) -> None:
    web.serve(ARTICLE_URL, now)
    assert ingest(again(), ingesting) == [Ingested(ARTICLE_URL, Outcome.KNOWN, ID)]
    assert bucket.get_article(ID).version == 1
    assert (len(stack.objects("articles/")), len(stack.objects("raw/"))) == (1, 1)
    assert ingest(again(), ingesting) == [Ingested(ARTICLE_URL, Outcome.KNOWN, ID)]
    assert len(web.urls_asked()) == 2


def test_another_feed_that_lists_the_article_is_no_reason_to_look(
    ingesting: Ingesting, web: FakeWeb
) -> None:
    other = an_ingest_job(an_entry(title="Their title"), feed_id="agency", seen_at=LATER)
    assert ingest(other, ingesting) == [Ingested(ARTICLE_URL, Outcome.KNOWN, ID)]
    assert len(web.urls_asked()) == 1


def test_another_url_of_the_article_leads_to_its_next_version(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    moved = f"{SITE}/r/1"
    web.serve(moved, page(canonical=ARTICLE_URL))
    ingest(an_ingest_job(an_entry(moved)), ingesting)
    web.serve(moved, page(paragraphs=(*PARAGRAPHS, NEW_PARAGRAPH), canonical=ARTICLE_URL))
    job = an_ingest_job(an_entry(moved, content_html="Boats found."), seen_at=LATER)
    assert ingest(job, ingesting) == [Ingested(ARTICLE_URL, Outcome.REVISED, ID)]
    assert bucket.get_article(ID).version == 2


def test_a_feed_that_says_something_new_each_time_is_followed_for_so_long(
    ingesting: Ingesting, web: FakeWeb
) -> None:
    for number in range(MAX_LOOKS + 5):
        ingest(again(content_html=f"Read {number} times."), ingesting)
    assert len(web.urls_asked()) == 1 + MAX_LOOKS


def test_a_page_that_is_gone_leaves_the_article_as_it_was(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ARTICLE_URL, status=404)
    (ended,) = ingest(again(), ingesting)
    assert (ended.outcome, ended.article_id, ended.page_outcome) == (Outcome.KNOWN, ID, "http_404")
    assert bucket.get_article(ID).text_from is TextFrom.PAGE


def test_a_busy_host_is_asked_later_for_an_article_that_is_known_too(
    stack: Stack, ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    hosts = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    hosts.take(HOST, "another", NOW, NOW + timedelta(minutes=1))
    (ended,) = ingest(again(), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.WAITING, "host_busy")
    (message,) = calls.of("sqs:SendMessage")
    assert IngestJob.model_validate_json(message["MessageBody"]) == again()
    assert row(stack).get("looks", 0) == 0


def test_who_has_waited_too_long_leaves_a_known_article_as_it_was(
    stack: Stack, bucket: Bucket, ingesting: Ingesting, clock: Clock
) -> None:
    clock.advance(hours=7)
    hosts = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    hosts.take(HOST, "another", clock(), clock() + timedelta(minutes=1))
    (ended,) = ingest(again(), ingesting)
    assert (ended.outcome, ended.article_id, ended.page_outcome) == (
        Outcome.KNOWN,
        ID,
        "host_busy",
    )
    assert bucket.get_article(ID).text_from is TextFrom.PAGE


def test_a_version_stays_in_its_story_and_writes_nothing_there(
    stack: Stack, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    before, story_id = stack.items("StoriesTable"), bucket.get_article(ID).story_id
    web.serve(ARTICLE_URL, REVISED)
    (ended,) = ingest(again(), ingesting)
    assert ended.outcome is Outcome.REVISED
    assert stack.items("StoriesTable") == before
    assert story_id == bucket.get_article(ID).story_id == row(stack)["story_id"] == ID


def test_of_a_page_that_may_not_be_kept_a_version_is_kept_without_it(
    stack: Stack, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(ARTICLE_URL, REVISED, x_robots_tag="noarchive")
    (ended,) = ingest(again(), ingesting)
    assert (ended.outcome, bucket.get_article(ID).capture) == (Outcome.REVISED, None)
    assert len(stack.objects("raw/")) == 1


def test_a_page_that_may_come_later_is_asked_for_again(
    bucket: Bucket, stack: Stack, ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    web.fail(ARTICLE_URL, TooSlow(ARTICLE_URL, "not done in 20 s"))
    (ended,) = ingest(again(), ingesting)
    assert ended.outcome is Outcome.DEFERRED
    (message,) = calls.of("sqs:SendMessage")
    web.serve(ARTICLE_URL, REVISED)
    (ended,) = ingest(IngestJob.model_validate_json(message["MessageBody"]), ingesting)
    assert ended.outcome is Outcome.REVISED


def test_an_article_kept_from_its_feed_becomes_its_pages_once_that_can_be_read(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    url = f"{SITE}/news/forbidden"
    web.serve(url, status=403)
    ingest(an_ingest_job(an_entry(url)), ingesting)
    web.serve(url, page())
    job = an_ingest_job(an_entry(url, content_html="Now to be read."), seen_at=LATER)
    (ended,) = ingest(job, ingesting)
    article = bucket.get_article(identity(url))
    assert (ended.outcome, article.text_from, article.version) == (
        Outcome.REVISED,
        TextFrom.PAGE,
        2,
    )


# ── Order of writes ──────────────────────────────────────────────────────────────────────────────

CALLS_OF_A_REVISION = [
    "dynamodb:UpdateItem",  # the host is ours
    "dynamodb:GetItem",
    "dynamodb:GetItem",  # what the host's pages have in common
    "s3:GetObject",  # the version that is stored
    "dynamodb:UpdateItem",  # and others' again
    "s3:PutObject",  # the capture
    "s3:PutObject",  # the batch, and its row
    "dynamodb:PutItem",
    "s3:PutObject",  # the former version, under its number
    "s3:PutObject",  # the new one in its place
    "dynamodb:UpdateItem",
]


def test_a_revision_writes_the_former_version_then_the_new_one_then_the_row(
    ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    web.serve(ARTICLE_URL, REVISED)
    calls.reset()
    ingest(again(), ingesting)
    # Topics are read, too: a job does not know before that it holds revisions only.
    names = [call.name for call in calls.made if "topics/" not in str(call.params.get("Key"))]
    assert names == CALLS_OF_A_REVISION


@pytest.mark.parametrize("number", range(1, len(CALLS_OF_A_REVISION) + 1))
def test_a_crash_after_any_call_and_a_redelivery_leave_one_new_version(
    number: int,
    bucket: Bucket,
    stack: Stack,
    articles: ArticlesTable,
    ingesting: Ingesting,
    web: FakeWeb,
    calls: Calls,
    clock: Clock,
) -> None:
    first = bucket.get_article(ID)
    web.serve(ARTICLE_URL, REVISED)
    calls.reset()
    calls.after(None, crash, nth=number)
    with pytest.raises(Crash):
        ingest(again(), ingesting)
    clock.advance(minutes=30)  # until the message is visible again
    ingest(again(), ingesting)
    article = bucket.get_article(ID)
    assert (article.version, row(stack)["version"]) == (2, 2)
    assert article.text.split("\n") == [*PARAGRAPHS, NEW_PARAGRAPH]
    assert bucket.get_article(ID, version=1) == first
    assert articles.find_due(FAR, 10) == [(ID, "peace")]
    assert article.capture is not None
    assert stack.served(article.capture) == (ARTICLE_URL, REVISED.encode())


@pytest.mark.parametrize("number", range(1, len(CALLS_OF_A_REVISION) + 1))
def test_two_jobs_that_see_the_same_change_at_once_make_one_version(
    number: int, bucket: Bucket, stack: Stack, ingesting: Ingesting, web: FakeWeb, calls: Calls
) -> None:
    """Of two hosts, which are asked at the same time: one links to the other."""
    web.serve(ARTICLE_URL, REVISED)
    calls.reset()
    ended: list[Ingested] = []
    other = again(host="agency.example")
    calls.before(None, lambda: ended.extend(ingest(other, ingesting)), nth=number)
    ended += ingest(again(), ingesting)
    assert Outcome.REVISED in {each.outcome for each in ended}
    assert {each.outcome for each in ended} <= {Outcome.REVISED, Outcome.KNOWN}
    assert (bucket.get_article(ID).version, row(stack)["version"]) == (2, 2)
    assert bucket.get_article(ID, version=1).version == 1


# ── What the pages of a host have in common ──────────────────────────────────────────────────────

NOTICE = "The Harbour Post is written by people who live on the quay."


def test_what_three_pages_of_a_host_have_in_common_is_no_part_of_the_fourth(
    bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    urls = [f"{SITE}/news/{number}" for number in range(5)]
    for number, url in enumerate(urls):
        own = [f"In week {number} of the year: {each}" for each in PARAGRAPHS]
        web.serve(url, page(f"Peacekeepers, week {number}", [*own, NOTICE]))
    for url in urls:
        ingest(an_ingest_job(an_entry(url)), ingesting)
    found = [NOTICE in bucket.get_article(identity(url)).text for url in urls]
    assert found == [True, True, True, False, False]


# ── From poll to version, and back from the capture ──────────────────────────────────────────────


def test_an_entry_that_changed_travels_from_poll_to_a_new_version(
    feeds: FeedsTable,
    polling: Polling,
    stack: Stack,
    bucket: Bucket,
    articles: ArticlesTable,
    ingesting: Ingesting,
    web: FakeWeb,
    clock: Clock,
) -> None:
    feed, url = a_feed(poll_minutes=15), f"{SITE}/news/ferry"
    feeds.put_feed(feed, NOW)
    web.serve(url, page("Peacekeepers and the ferry"))

    def poll_and_ingest(text: str) -> list[Outcome]:
        web.serve(feed.url, rss(url, text=text), content_type="application/rss+xml")
        poll(PollJob(host="harbour-post.example", feed_ids=(feed.id,)), polling)
        clock.advance(minutes=30)
        jobs = stack.receive("IngestQueue", IngestJob)
        return [ended.outcome for job in jobs for ended in ingest(job, ingesting)]

    assert poll_and_ingest("Soon.") == [Outcome.STORED]
    assert poll_and_ingest("Soon.") == []
    web.serve(url, page("Peacekeepers and the ferry", (*PARAGRAPHS, NEW_PARAGRAPH)))
    assert poll_and_ingest("Boats found.") == [Outcome.REVISED]
    assert poll_and_ingest("Boats found.") == []
    known = feeds.find(feed.id)
    assert known is not None
    assert known.state.entries_total == 1
    assert bucket.get_article(identity(url)).version == 2
    assert articles.find_due(FAR, 10) == [(ID, "peace")]


def test_a_replay_of_the_capture_gives_the_same_article(
    bucket: Bucket, stack: Stack, ingesting: Ingesting, web: FakeWeb
) -> None:
    urls = [f"{SITE}/news/{number}" for number in range(3)]
    cyrillic = page(
        "Миротворці для затоки", ["Рада порту попросила про миротворців у вівторок."] * 4
    )
    web.serve(urls[0], page("Peacekeepers, one"), server="Schön/1.0")
    web.serve(urls[1], cyrillic.encode("cp1251"), content_type="text/html; charset=windows-1251")
    web.serve(urls[2], page("Peacekeepers, three").encode("utf-16"), content_type="text/html")
    job = an_ingest_job(*map(an_entry, urls))
    ingest(job, ingesting)
    stored = [bucket.get_article(identity(url)) for url in urls]
    assert all(article.extractor == EXTRACTOR for article in stored)

    captures = [article.capture for article in stored]
    files = stack.objects("raw/")
    assert all(captures)
    for capture in filter(None, captures):
        cut = files[capture.key][capture.offset : capture.offset + capture.length]
        (served,) = read_captures(cut)
        headers = {name.replace("-", "_"): value for name, value in served.headers.items()}
        web.serve(served.url, served.body, served.status, **headers)
    stack.empty()
    ingest(job, ingesting)
    again = [bucket.get_article(identity(url)) for url in urls]
    told = {"capture", "story_id"}  # the story hangs on what else is stored
    assert [a.model_dump(exclude=told) for a in again] == [
        a.model_dump(exclude=told) for a in stored
    ]
    assert again[1].title == "Миротворці для затоки"


def test_any_warc_tool_reads_what_is_captured(
    stack: Stack, bucket: Bucket, ingesting: Ingesting
) -> None:
    (file,) = stack.objects("raw/").values()
    (record,) = [
        (each.rec_type, each.http_headers.get_statuscode(), each.content_stream().read())
        for each in ArchiveIterator(io.BytesIO(file), check_digests="raise")
    ]
    assert record == ("response", "200", page().encode())


# ── Pages that refuse ────────────────────────────────────────────────────────────────────────────

WALL = (
    "<html><head><title>Harbour Post</title></head><body><div>"
    "<p>We and our 842 partners use cookies to store and access information on your device, and to"
    " show you personalised ads and content, with your consent.</p>"
    "<p>You can accept all cookies, or change your privacy settings at any time in the footer.</p>"
    "</div></body></html>"
)


@pytest.fixture
def url(web: FakeWeb) -> str:
    return f"{SITE}/news/walled"


def test_a_consent_wall_is_no_article(
    url: str, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(url, WALL)
    (ended,) = ingest(an_ingest_job(an_entry(url)), ingesting)
    assert (ended.outcome, ended.page_outcome) == (Outcome.STORED, "consent_wall")
    article = bucket.get_article(identity(url))
    assert (article.text, article.text_from) == ("Soon.", TextFrom.FEED)
    assert article.title == "Peacekeepers for the bay"


LOCKED = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Peace", \
"isAccessibleForFree": false, "author": "Ada Lind", "datePublished": "2031-03-05"}</script></head>'


@pytest.mark.parametrize(
    ("in_feed", "text_from", "outcome"),
    [("x" * 2_000, TextFrom.FEED, "paywall"), ("Soon.", TextFrom.PAGE, "ok")],
    ids=["the feed says more", "the page says more"],
)
def test_in_front_of_a_paywall_the_longer_text_is_kept_with_the_pages_facts(
    in_feed: str,
    text_from: TextFrom,
    outcome: str,
    url: str,
    bucket: Bucket,
    ingesting: Ingesting,
    web: FakeWeb,
) -> None:
    web.serve(url, page().replace("</head>", LOCKED))
    (ended,) = ingest(an_ingest_job(an_entry(url, content_html=in_feed)), ingesting)
    article = bucket.get_article(identity(url))
    assert (article.text_from, ended.page_outcome) == (text_from, outcome)
    assert (article.paywalled, article.authors) == (True, ("Ada Lind",))
    assert article.origins["authors"] == "json-ld"
    assert article.capture is not None


@pytest.mark.parametrize("status", [401, 402, 403, 451])
def test_a_page_that_is_refused_leaves_what_the_feed_says(
    status: int, url: str, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    web.serve(url, status=status)
    ingest(an_ingest_job(an_entry(url, authors=("Ada Lind",))), ingesting)
    article = bucket.get_article(identity(url))
    assert (article.text_from, article.page_outcome) == (TextFrom.FEED, f"http_{status}")
    assert (article.authors, article.origins["authors"]) == (("Ada Lind",), "feed")


def test_an_amp_version_leads_to_the_article(
    articles: ArticlesTable, ingesting: Ingesting, web: FakeWeb
) -> None:
    url, amp = f"{SITE}/news/boats", f"{SITE}/light/boats-77"
    link = f'<link rel="amphtml" href="{amp}"></head>'
    web.serve(url, page("Boats").replace("</head>", link))
    ingest(an_ingest_job(an_entry(url)), ingesting)
    assert articles.find_article_id(identity(amp)) == identity(url)


def test_the_zone_and_origin_of_each_fact_are_kept(
    url: str, bucket: Bucket, ingesting: Ingesting, web: FakeWeb
) -> None:
    dated = '<meta property="article:published_time" content="2031-03-05T16:30:00+02:00"></head>'
    web.serve(url, page(paragraphs=(*PARAGRAPHS, "(Reuters)")).replace("</head>", dated))
    ingest(an_ingest_job(an_entry(url)), ingesting)
    article = bucket.get_article(identity(url))
    assert (article.published_at, article.published_zone) == (NOW, "+0200")
    assert article.origins["published_at"] == "meta"
    assert article.origins["title"] in ("heading", "meta")
