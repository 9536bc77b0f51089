"""robots.txt and one visitor a host, in the deployed functions."""

import uuid
from collections.abc import Iterator

import pytest

from infra.newsroom.server import Newsroom
from tests.system.conftest import Bell, wait_for
from tocsin.articles.urls import identity
from tocsin.model.articles import TextFrom
from tocsin.model.feeds import Feed

PAGE = "<html><body><article><h1>Members</h1>{}</article></body></html>".format(
    "<p>The harbour club tells its members what the tide will bring this week.</p>" * 5
)


def test_a_page_that_robots_txt_refuses_is_kept_from_the_feed_and_never_asked_for(
    bell: Bell, newsroom: Newsroom
) -> None:
    slug = f"{uuid.uuid4().hex}-members-only"
    url = newsroom.publish("harbour-post", slug, "For members", PAGE, summary="The tide.")
    feed = Feed(id=f"robots-{uuid.uuid4().hex}", url=f"{newsroom.feed_urls['harbour-post']}?robots")
    bell.watch(feed)
    bell.poll(feed.id)
    wait_for(lambda: bell.account.articles.find_article_id(identity(url)))
    article = bell.account.bucket.get_article(identity(url))
    assert (article.text_from, article.page_outcome) == (TextFrom.FEED, "robots_refused")
    asked = [each.path for each in newsroom.requests]
    assert not [path for path in asked if slug in path]
    assert "/robots.txt" in asked


@pytest.fixture
def slow(newsroom: Newsroom) -> Iterator[Newsroom]:
    """Slow enough that two requests which may meet do."""
    newsroom.answer_seconds, newsroom.most_at_once = 0.1, 0
    yield newsroom
    newsroom.answer_seconds = 0.0


def test_no_two_pages_of_a_host_are_under_way_at_once(bell: Bell, slow: Newsroom) -> None:
    """Three feeds of one host, whose jobs five functions take at the same time."""
    urls = [
        slow.publish(site, uuid.uuid4().hex, "At once", PAGE)
        for site in slow.feed_urls
        for _ in range(3)
    ]
    feeds = [
        Feed(id=f"at-once-{uuid.uuid4().hex}", url=f"{url}?{uuid.uuid4().hex}")
        for url in slow.feed_urls.values()
    ]
    bell.watch(*feeds)
    bell.poll(*(feed.id for feed in feeds))
    found = bell.account.articles.find_article_id
    wait_for(lambda: all(found(identity(url)) for url in urls))
    assert slow.most_at_once == 1
