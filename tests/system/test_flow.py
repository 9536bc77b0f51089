"""Feed in, alert out, on the template that SAM deploys."""

import gzip
import io
import urllib.request

import pytest
from warcio.archiveiterator import ArchiveIterator

from infra.newsroom.server import Newsroom
from tests.system.conftest import ANSWER_SECONDS, Bell, wait_for
from tocsin.articles.urls import identity
from tocsin.model.articles import TextFrom
from tocsin.model.cards import Card
from tocsin.model.feeds import Feed
from tocsin.model.matches import MatchStatus

TOPIC = "german-election"
MOVED_ON = "bundestagswahl-wahlhelfer-gesucht"


def site(newsroom: Newsroom, key: str, feed_id: str) -> Feed:
    return Feed(id=feed_id, url=newsroom.feed_urls[key], publisher=key)


def cards_of(bell: Bell, publisher: str) -> list[Card]:
    return [card for card in bell.cards() if card.publisher == publisher]


@pytest.fixture(scope="module")
def told(bell: Bell, newsroom: Newsroom) -> Bell:
    """After a first poll, one new article, a second poll, and two rounds of alerts."""
    bell.subscribe(TOPIC, email="anna@example.org", sms="+380501234567")
    bell.watch(*(site(newsroom, key, key) for key in newsroom.feed_urls))
    bell.poll(*newsroom.feed_urls)
    wait_for(lambda: sum(len(cards_of(bell, key)) for key in newsroom.feed_urls) == 15)
    bell.ring()
    assert bell.inbox("anna@example.org") == []
    (url,) = newsroom.publish_later(MOVED_ON)
    bell.poll(*newsroom.feed_urls)
    wait_for(lambda: bell.account.articles.find_article_id(identity(url)))
    bell.ring()
    bell.ring()
    wait_for(lambda: bell.inbox("anna@example.org") and bell.inbox("+380501234567"))
    return bell


def test_the_first_poll_fills_the_archive_and_tells_nobody(told: Bell, newsroom: Newsroom) -> None:
    """The fixture saw an empty inbox after it."""
    by_site = {key: len(cards_of(told, key)) for key in newsroom.feed_urls}
    assert by_site == {"harbour-post": 5, "stepovyi-kurier": 5, "kesseltaler-bote": 6}
    page = told.account.articles.list_topic(TOPIC, 10)
    silent = [card for card in page.cards if card.publisher == "harbour-post"]
    (row,) = [
        row
        for row in told.account.articles.matches_of(silent[0].article_id)
        if row.match.topic_id == TOPIC
    ]
    assert row.status is MatchStatus.SILENT


def test_a_new_article_rings_once_by_email_and_once_by_sms(told: Bell) -> None:
    (mail,) = told.inbox("anna@example.org")
    (text,) = told.inbox("+380501234567")
    assert mail.subject.startswith("Bundestagswahl: Im Kesseltal fehlen")
    assert "*Bundestagswahl*" in mail.body
    assert MOVED_ON in mail.body
    assert "Bundestagswahl: Im Kesseltal fehlen" in text.body
    assert text.body != mail.body


def test_the_archive_says_what_was_told(told: Bell) -> None:
    card = next(card for card in cards_of(told, "kesseltaler-bote") if MOVED_ON in card.url)
    (row,) = told.account.articles.matches_of(card.article_id)
    assert row.status is MatchStatus.ALERTED
    assert row.alert_id


def test_an_article_whose_page_is_missing_is_kept_from_the_feed(told: Bell) -> None:
    card = next(c for c in cards_of(told, "kesseltaler-bote") if "hallenbad" in c.url)
    article = told.account.bucket.get_article(card.article_id)
    assert article.text_from is TextFrom.FEED
    assert article.page_outcome == "http_404"
    assert article.text


def test_a_page_can_be_read_again_as_it_was_served(told: Bell) -> None:
    card = next(c for c in cards_of(told, "harbour-post") if "regatta" in c.url)
    capture = told.account.bucket.get_article(card.article_id).capture
    assert capture is not None
    last = capture.offset + capture.length - 1
    answer = told.account.client("s3").get_object(
        Bucket=told.account.outputs["Bucket"],
        Key=capture.key,
        Range=f"bytes={capture.offset}-{last}",
    )
    record = next(iter(ArchiveIterator(io.BytesIO(answer["Body"].read()))))
    assert record.rec_headers.get_header("WARC-Target-URI") == card.url
    with urllib.request.urlopen(card.url, timeout=ANSWER_SECONDS) as served:
        assert record.content_stream().read() == served.read()


def test_an_article_is_stored_compressed_under_its_id(told: Bell) -> None:
    card = cards_of(told, "harbour-post")[0]
    answer = told.account.client("s3").get_object(
        Bucket=told.account.outputs["Bucket"], Key=f"articles/{card.article_id}.json.gz"
    )
    assert card.title.encode() in gzip.decompress(answer["Body"].read())


def test_feeds_are_asked_conditionally_and_by_name(told: Bell, newsroom: Newsroom) -> None:
    asked = [each for each in newsroom.requests if each.path == "/stepovyi-kurier/atom.xml"]
    assert [each.status for each in asked] == [200, 304]
    assert asked[1].if_none_match
    assert asked[1].if_modified_since
    assert asked[0].user_agent == "Tocsin/0.1.0 (news alarm; operator: local@example.org)"


def test_a_feed_that_is_a_page_says_so_and_stops_nothing(told: Bell, newsroom: Newsroom) -> None:
    told.watch(Feed(id="lantern-weekly", url=newsroom.broken_feed_url))
    rows = told.poll("lantern-weekly", "harbour-post")
    assert rows["lantern-weekly"].state.outcome == "not_a_feed"
    assert rows["harbour-post"].state.outcome == "unchanged"


def test_no_job_was_given_up(told: Bell) -> None:
    assert told.account.jobs_failed() == 0


def test_what_happens_every_minute_or_hour_happens_by_itself(bell: Bell) -> None:
    schedules = bell.account.client("scheduler").list_schedules()["Schedules"]
    targets = {each["Target"]["Arn"].rpartition(":")[2] for each in schedules}
    assert targets == {
        bell.account.outputs["DispatchFunction"],
        bell.account.outputs["AlertFunction"],
        bell.account.outputs["ArchiveFunction"],
        bell.account.outputs["ReconcileFunction"],
    }


def test_the_api_answers_callers_with_an_iam_identity(told: Bell) -> None:
    status, body = told.get("/health")
    assert status == 200
    assert b'"status":"ok"' in body
    status, body = told.get(f"/v1/articles?topic={TOPIC}&limit=1")
    assert status == 200
    assert MOVED_ON.encode() in body


def test_the_api_shows_an_article_with_why_it_matched(told: Bell) -> None:
    card = told.account.articles.list_topic(TOPIC, 1).cards[0]
    status, body = told.get(f"/v1/articles/{card.article_id}")
    assert status == 200
    assert b'"excerpt"' in body


def test_the_api_names_what_it_does_not_have(told: Bell) -> None:
    status, body = told.get("/v1/articles/0123456789abcdef01234567")
    assert status == 404
    assert b"no article '0123456789abcdef01234567'" in body


def test_the_api_refuses_callers_without_one(told: Bell) -> None:
    assert told.get("/v1/articles", signed=False)[0] == 403
