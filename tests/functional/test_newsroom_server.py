"""The newsroom over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from infra.newsroom.server import Newsroom

OPENED = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)

ANSWER_SECONDS = 60  # it takes milliseconds


class Clock:
    def __init__(self) -> None:
        self.now = OPENED

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def newsroom(clock: Clock) -> Iterator[Newsroom]:
    with Newsroom(clock) as opened:
        yield opened


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=ANSWER_SECONDS)


@pytest.mark.parametrize("key", ["harbour-post", "stepovyi-kurier", "kesseltaler-bote"])
def test_a_feed_that_did_not_change_answers_304_the_second_time(
    newsroom: Newsroom, key: str
) -> None:
    url = newsroom.feed_urls[key]
    first = get(url)
    by_tag = get(url, **{"If-None-Match": first.headers["ETag"]})
    by_date = get(url, **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert (first.status_code, by_tag.status_code, by_date.status_code) == (200, 304, 304)
    assert by_tag.content == by_date.content == b""


def test_what_is_published_later_is_listed_first_and_dated_now(
    newsroom: Newsroom, clock: Clock
) -> None:
    url = newsroom.feed_urls["kesseltaler-bote"]
    before = get(url)
    clock.now = OPENED + timedelta(minutes=7)
    published = newsroom.publish_later()
    after = get(url, **{"If-None-Match": before.headers["ETag"]})
    items = after.json()["items"]
    fresh = items[: len(items) - len(before.json()["items"])]
    assert len(published) == 6
    assert [item["url"] for item in fresh] == [url for url in published if "kesseltaler" in url]
    assert {item["date_published"] for item in fresh} == {clock.now.isoformat()}
    assert newsroom.publish_later() == []


def test_a_held_back_article_answers_404_until_it_is_published(newsroom: Newsroom) -> None:
    url = newsroom.article_url("europe-drafts-troop-plan")
    assert get(url).status_code == 404
    assert newsroom.publish_later("europe-drafts-troop-plan") == [url]
    assert "peacekeeping force" in get(url).text


def test_another_process_can_ask_for_the_held_back_articles(newsroom: Newsroom) -> None:
    response = requests.post(f"{newsroom.url}/publish-later", timeout=ANSWER_SECONDS)
    assert len(response.json()) == 6
    assert requests.post(f"{newsroom.url}/anything", timeout=ANSWER_SECONDS).status_code == 404


def test_a_page_of_a_tests_own_is_first_in_its_feed(newsroom: Newsroom) -> None:
    url = newsroom.publish("kesseltaler-bote", "eigene", "Eigene Seite", "<p>Hallo</p>")
    assert get(newsroom.feed_urls["kesseltaler-bote"]).json()["items"][0]["url"] == url
    assert get(url).text == "<p>Hallo</p>"


def test_every_address_that_a_feed_lists_answers_but_one(newsroom: Newsroom) -> None:
    newsroom.publish_later()
    items = get(newsroom.feed_urls["kesseltaler-bote"]).json()["items"]
    statuses = [get(item["url"]).status_code for item in items]
    assert sorted(statuses) == [200] * (len(items) - 1) + [404]


def test_the_log_tells_who_asked_for_what_and_with_which_conditions(
    newsroom: Newsroom, clock: Clock
) -> None:
    tag = '"seen"'
    date = "Wed, 05 Mar 2031 14:30:00 GMT"
    get(newsroom.broken_feed_url, **{"User-Agent": "reader/1", "If-None-Match": tag})
    get(f"{newsroom.url}/robots.txt", **{"If-Modified-Since": date})
    broken, robots = newsroom.requests
    assert (broken.method, broken.path, broken.status) == ("GET", "/lantern-weekly/feed.xml", 200)
    assert (broken.user_agent, broken.if_none_match, broken.at) == ("reader/1", tag, clock.now)
    assert (robots.if_none_match, robots.if_modified_since) == (None, date)


def test_a_newsroom_is_reached_on_loopback_only_and_not_at_all_once_it_stopped() -> None:
    newsroom = Newsroom()
    newsroom.start()
    url = newsroom.url
    assert url == f"http://127.0.0.1:{newsroom.port}"
    assert get(f"{url}/").status_code == 200
    newsroom.stop()
    with pytest.raises(requests.ConnectionError):
        get(f"{url}/")
    with pytest.raises(RuntimeError, match="not open"):
        _ = newsroom.port
