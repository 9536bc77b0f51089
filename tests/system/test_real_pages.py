"""The flow on real pages and on hosts that misbehave. Skips where they are not at hand."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from infra.local.inbox import Delivery
from tests.system.conftest import DATA, Bell, post_json, wait_for
from tocsin.cli.feeds import poll_now
from tocsin.model import Article, Card, Feed, FeedRow

SEED = "seed-espreso-page"
SEED_TOPICS = {
    "european-troops-for-ukraine",
    "security-guarantees",
    "nato-membership-of-ukraine",
    "munich-security-conference",
}
TEASERS = ("live map", "Read also", "- News", "All rights reserved")
EXPECTED = {
    "not-xml": "not_a_feed",
    "empty": "empty_body",
    "truncated": "damaged",
    "latin1": "ok",
    "403": "http_403",
    "404": "http_404",
    "410": "http_410",
    "429": "http_429",
    "500": "http_500",
    "503": "http_503",
    "gzip-bomb": "too_large",
    "huge": "too_large",
    "slow-body": "too_slow",
    "slow-header": "too_slow",
    "301-loop": "too_many_redirects",
    "301-moved": "ok",
    "redirect-private": "address_refused",
    "lies-304": "ok",
}


@pytest.fixture(scope="module")
def archive(bell: Bell, small_internet: str) -> Bell:
    """After the first poll of every page."""
    bell.watch(Feed(id="all", url=f"{small_internet}/all/feed.xml"))
    bell.poll("all")
    return bell


def real_cards(bell: Bell, small_internet: str) -> list[Card]:
    page = bell.account.articles.list_day(datetime.now(UTC).date(), 1000)
    return [card for card in page.cards if card.url.startswith(small_internet)]


def seed_article(bell: Bell, small_internet: str) -> Article:
    (card,) = [c for c in real_cards(bell, small_internet) if c.url.endswith(f"{SEED}.html")]
    return bell.account.bucket.get_article(card.article_id)


def test_every_page_ends_as_an_article_with_text(archive: Bell, small_internet: str) -> None:
    pages = json.loads((DATA / "pages" / "index.json").read_text())
    wait_for(lambda: len(real_cards(archive, small_internet)) >= len(pages))
    cards = real_cards(archive, small_internet)
    assert len(cards) == len(pages) == 94
    assert all(archive.account.bucket.get_article(card.article_id).text for card in cards)


def test_the_first_poll_of_real_pages_tells_nobody(archive: Bell) -> None:
    assert archive.ring() == {"sent": 0, "merged": 0, "failed": 0, "deferred": 0}


def test_the_seed_keeps_its_paragraphs_and_no_teaser(archive: Bell, small_internet: str) -> None:
    gold = json.loads((DATA / "pages" / "index.json").read_text())[SEED]["article_body"]
    text = seed_article(archive, small_internet).text
    assert text.split("\n") == gold.split("\n")
    assert len(text.split("\n")) == 23
    assert not any(teaser in text for teaser in TEASERS)


def test_the_seed_matches_the_seeds_topics(archive: Bell, small_internet: str) -> None:
    assert set(seed_article(archive, small_internet).topics) == SEED_TOPICS


def test_a_site_of_its_own_adds_nothing_that_is_known(archive: Bell, small_internet: str) -> None:
    before = len(real_cards(archive, small_internet))
    archive.watch(
        Feed(id="espreso", url=f"{small_internet}/global.espreso.tv/atom.xml"),
        Feed(id="guardian", url=f"{small_internet}/barrons.com/feed.json"),
    )
    rows = archive.poll("espreso", "guardian")
    assert {row.state.outcome for row in rows.values()} == {"ok"}
    assert len(real_cards(archive, small_internet)) == before


def of(deliveries: list[Delivery], url: str) -> list[Delivery]:
    return [delivery for delivery in deliveries if url in delivery.body]


def test_the_seed_published_as_new_rings_once(archive: Bell, small_internet: str) -> None:
    archive.subscribe("security-guarantees", email="seed@example.org", sms="+4915112345678")
    html = gzip.decompress((DATA / "pages" / f"{SEED}.html.gz").read_bytes()).decode()
    title = json.loads((DATA / "pages" / "index.json").read_text())[SEED]["title"]
    page = {"site": "global.espreso.tv", "title": title, "html": html}
    url = post_json(f"{small_internet}/publish", page)
    for _ in range(2):
        archive.poll("all")
        archive.ring()
    (mail,) = archive.inbox("seed@example.org")
    assert mail.subject.startswith("Group of European countries quietly drafting plan")
    assert "*security guarantees*" in mail.body
    assert of([mail], url)
    (sms,) = archive.inbox("+4915112345678")
    assert "Group of European countries" in sms.body


def test_polling_again_adds_nothing_and_tells_nobody(archive: Bell, small_internet: str) -> None:
    before = real_cards(archive, small_internet)
    rows = archive.poll("all")
    assert rows["all"].state.outcome == "unchanged"
    assert real_cards(archive, small_internet) == before
    assert archive.ring() == {"sent": 0, "merged": 0, "failed": 0, "deferred": 0}


@pytest.fixture(scope="module")
def faults(bell: Bell, small_internet: str) -> dict[str, FeedRow]:
    """How a poll of each misbehaving host ended, and of a good one among them."""
    feeds = {
        kind: Feed(id=f"fault-{kind}", url=f"{small_internet}/fault/{kind}") for kind in EXPECTED
    }
    good = Feed(id="good", url=f"{small_internet}/barrons.com/feed.xml")
    bell.watch(*feeds.values(), good)
    rows = bell.poll(*(feed.id for feed in (*feeds.values(), good)))
    assert rows["good"].state.outcome == "ok"
    return rows


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_fault_ends_in_its_named_outcome(kind: str, faults: dict[str, FeedRow]) -> None:
    assert faults[f"fault-{kind}"].state.outcome == EXPECTED[kind]


def test_a_server_that_asks_for_time_is_given_it(faults: dict[str, FeedRow]) -> None:
    row = faults["fault-429"]
    assert row.due_at is not None
    assert row.state.polled_at is not None
    assert (row.due_at - row.state.polled_at).total_seconds() >= 120


def test_a_feed_that_is_gone_is_not_asked_again(faults: dict[str, FeedRow]) -> None:
    assert faults["fault-410"].due_at is None


def test_a_page_that_is_no_article_is_kept_from_its_feed(bell: Bell, small_internet: str) -> None:
    """A page of zero bytes and a page that is an RSS document, listed by a feed of their own."""
    url = post_json(
        f"{small_internet}/publish", {"site": "empty.test", "title": "Nothing here", "html": ""}
    )
    bell.watch(Feed(id="empty-pages", url=f"{small_internet}/empty.test/feed.xml"))
    bell.poll("empty-pages")
    (card,) = [c for c in real_cards(bell, small_internet) if c.url == url]
    article = bell.account.bucket.get_article(card.article_id)
    assert (article.title, article.text_from, article.page_outcome) == (
        "Nothing here",
        "feed",
        "not_html",
    )


def test_nothing_was_given_up(bell: Bell, faults: dict[str, FeedRow]) -> None:
    assert poll_now(bell.account, ("good",))
    assert bell.account.jobs_failed() == 0
