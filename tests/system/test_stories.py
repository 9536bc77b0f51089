"""One event, one bell: an agency's report and its rewrites, on the template that SAM deploys."""

import html
from datetime import UTC, datetime, timedelta

import pytest

from infra.newsroom.server import Newsroom
from tests.rewrites import ORIGINAL, REWRITES, Report
from tests.system.conftest import Bell, wait_for
from tocsin.articles.urls import identity
from tocsin.model.feeds import Feed
from tocsin.model.matches import MatchStatus
from tocsin.model.stories import Story

SITES = {"en": "harbour-post", "uk": "stepovyi-kurier", "de": "kesseltaler-bote"}
# Each is matched by the report in every language.
TOPICS = ("european-troops-for-ukraine", "security-guarantees")
EMAIL, PHONE = "stories@example.org", "+380505556677"
REPORTS = (ORIGINAL, *REWRITES)


def page_of(report: Report) -> str:
    """Which outlet it is of, the page says."""
    paragraphs = "".join(f"<p>{html.escape(each)}</p>" for each in report.paragraphs)
    title, outlet = html.escape(report.title), html.escape(report.outlet)
    return (
        f'<!doctype html><html lang="{report.language}"><head><title>{title}</title>'
        f'<meta property="og:site_name" content="{outlet}">'
        f'<meta property="og:title" content="{title}"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def matched(report: Report, topic_id: str) -> bool:
    """A shortened rewrite may not come to what one of the topics is about."""
    text = " ".join((report.title, *report.paragraphs))
    words = {
        "en": {TOPICS[0]: "peacekeep", TOPICS[1]: "security guarantees"},
        "uk": {TOPICS[0]: "миротвор", TOPICS[1]: "гарантії безпеки"},
        "de": {TOPICS[0]: "Friedenstruppe", TOPICS[1]: "Sicherheitsgarantien"},
    }
    return words[report.language][topic_id] in text


@pytest.fixture(scope="module")
def published(bell: Bell, newsroom: Newsroom) -> dict[str, Report]:
    """The reports by their URLs, polled through feeds that had been polled before, and told: the
    agency's own first, then what others made of it, all at once."""
    for topic_id in TOPICS:
        bell.subscribe(topic_id, email=EMAIL, sms=PHONE)
    feeds = [
        Feed(id=f"wire-{language}", url=f"{newsroom.feed_urls[site]}?wire", language=language)
        for language, site in SITES.items()
    ]
    bell.watch(*feeds)
    bell.poll(*(feed.id for feed in feeds))
    urls = {}
    for reports in ((ORIGINAL,), REWRITES):
        for report in reports:
            slug = f"ostend-{len(urls)}"
            url = newsroom.publish(SITES[report.language], slug, report.title, page_of(report))
            urls[url] = report
        bell.poll(*(feed.id for feed in feeds))
        wait_for(lambda: all(is_stored(bell, url) for url in urls))
        bell.ring()
    bell.ring()  # twenty matches of a topic a round
    return urls


def is_stored(bell: Bell, url: str) -> bool:
    return bell.account.articles.find_article_id(identity(url)) is not None


def story_of(bell: Bell, url: str) -> Story:
    place = bell.account.stories.find_place(identity(url))
    assert place is not None
    found = bell.account.stories.find_story(place.into or identity(url))
    assert found is not None
    return found


def test_a_report_and_twenty_rewrites_in_three_languages_ring_once_a_topic(
    bell: Bell, published: dict[str, Report]
) -> None:
    mails = bell.inbox(EMAIL)
    assert len(mails) == len(bell.inbox(PHONE)) == len(TOPICS)
    assert len({mail.subject.rpartition(" | ")[2] for mail in mails}) == len(TOPICS)


def test_they_are_one_story_that_shows_its_outlets(
    bell: Bell, published: dict[str, Report]
) -> None:
    found = story_of(bell, next(iter(published)))
    assert {each.article_id for each in found.members} == set(map(identity, published))
    assert {each.publisher for each in found.members} == {report.outlet for report in REPORTS}
    assert {each.language for each in found.members} == {"en", "uk", "de"}
    assert {each.source for each in found.members} == {"AP"}
    rows = bell.account.bucket.get_article(found.members[0].article_id)
    assert rows.story_id == found.id


def test_each_match_that_did_not_ring_says_into_which_alert_it_was_merged(
    bell: Bell, published: dict[str, Report]
) -> None:
    for topic_id in TOPICS:
        rows = [
            row
            for url in published
            for row in bell.account.articles.matches_of(identity(url))
            if row.match.topic_id == topic_id
        ]
        assert len(rows) == sum(matched(report, topic_id) for report in REPORTS)
        by_status = [row.status for row in rows]
        assert by_status.count(MatchStatus.ALERTED) == 1
        assert by_status.count(MatchStatus.MERGED) == len(rows) - 1
        assert len({row.alert_id for row in rows}) == 1


def test_the_hour_counts_one_story_and_all_outlets(
    bell: Bell, published: dict[str, Report]
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    hours = bell.account.stories.volume(TOPICS[0], bell.begun_at, until)
    assert sum(hour.outlets for hour in hours) >= 20


def test_no_job_was_given_up(bell: Bell, published: dict[str, Report]) -> None:
    given_up = "".join(bell.given_up())
    assert not any(url in given_up for url in published)
