"""The flow on real pages and on hosts that misbehave. Skips where they are not at hand."""

import gzip
import json
import time

import pytest

from infra.local.inbox import Delivery
from tests.system.conftest import DATA, Bell, post_json, wait_for
from tests.system.small_internet import SmallInternet
from tocsin.cli.feeds import poll_now
from tocsin.model.articles import Article
from tocsin.model.cards import Card
from tocsin.model.feeds import Feed, FeedRow
from tocsin.model.matches import MatchStatus

SEED = "seed-espreso-page"
SEED_SITE = "global.espreso.tv"
# A host's robots.txt asks for a second between two pages, which is kept to the next whole one. Who
# polls before that comes again after ten.
REST_SECONDS = 2
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
def polled(bell: Bell, small_internet: SmallInternet) -> dict[str, FeedRow]:
    """The first poll, all at once: of every page, of each kind of fault, of a good feed whose host
    has faulty ones. A host that drips is waited for while the others are asked."""
    urls = dict(zip(feeds_of_pages(small_internet), small_internet.hosts, strict=True))
    feeds = [Feed(id=feed_id, url=f"{url}/all/feed.xml") for feed_id, url in urls.items()]
    feeds += [
        Feed(id=f"fault-{kind}", url=f"{small_internet.faults[kind]}/fault/{kind}")
        for kind in EXPECTED
    ]
    feeds.append(Feed(id="good", url=f"{small_internet.faults['500']}/all/feed.xml"))
    bell.watch(*feeds)
    return bell.poll(*(feed.id for feed in feeds))


def feeds_of_pages(small_internet: SmallInternet) -> list[str]:
    """One a host, with all of its pages."""
    return [f"pages-{number}" for number, _ in enumerate(small_internet.hosts)]


@pytest.fixture(scope="module")
def archive(bell: Bell, polled: dict[str, FeedRow]) -> Bell:
    """After the first poll of every page."""
    return bell


def real_cards(bell: Bell, small_internet: SmallInternet) -> list[Card]:
    return [card for card in bell.cards() if small_internet.has(card.url)]


def find_card(bell: Bell, small_internet: SmallInternet, url: str) -> Card | None:
    return next((card for card in real_cards(bell, small_internet) if card.url == url), None)


def seed_article(bell: Bell, small_internet: SmallInternet) -> Article:
    (card,) = [c for c in real_cards(bell, small_internet) if c.url.endswith(f"{SEED}.html")]
    return bell.account.bucket.get_article(card.article_id)


def test_every_page_ends_as_an_article_with_text(
    archive: Bell, small_internet: SmallInternet
) -> None:
    pages = json.loads((DATA / "pages" / "index.json").read_text())
    wait_for(lambda: len(real_cards(archive, small_internet)) >= len(pages))
    cards = real_cards(archive, small_internet)
    assert len(cards) == len(pages) == 94
    assert all(archive.account.bucket.get_article(card.article_id).text for card in cards)


def heard_of(archive: Bell, small_internet: SmallInternet) -> list[tuple[str, str]]:
    """Articles and topics of matches that ring. Other tests leave matches that are due, too."""
    return [
        (card.article_id, row.match.topic_id)
        for card in real_cards(archive, small_internet)
        for row in archive.account.articles.matches_of(card.article_id)
        if row.status is not MatchStatus.SILENT
    ]


def test_the_first_poll_of_real_pages_tells_nobody(
    archive: Bell, small_internet: SmallInternet
) -> None:
    assert heard_of(archive, small_internet) == []


def test_the_seed_keeps_its_paragraphs_and_no_teaser(
    archive: Bell, small_internet: SmallInternet
) -> None:
    gold = json.loads((DATA / "pages" / "index.json").read_text())[SEED]["article_body"]
    text = seed_article(archive, small_internet).text
    assert text.split("\n") == gold.split("\n")
    assert len(text.split("\n")) == 23
    assert not any(teaser in text for teaser in TEASERS)


def test_the_seed_matches_the_seeds_topics(archive: Bell, small_internet: SmallInternet) -> None:
    assert set(seed_article(archive, small_internet).topics) == SEED_TOPICS


def test_a_site_of_its_own_adds_nothing_that_is_known(
    archive: Bell, small_internet: SmallInternet
) -> None:
    before = len(real_cards(archive, small_internet))
    archive.watch(
        Feed(id="espreso", url=f"{small_internet.sites[SEED_SITE]}/{SEED_SITE}/atom.xml"),
        Feed(id="barrons", url=f"{small_internet.sites['barrons.com']}/barrons.com/feed.json"),
    )
    rows = archive.poll("espreso", "barrons")
    assert {row.state.outcome for row in rows.values()} == {"ok"}
    assert len(real_cards(archive, small_internet)) == before


def of(deliveries: list[Delivery], url: str) -> list[Delivery]:
    return [delivery for delivery in deliveries if url in delivery.body]


def test_the_seed_published_as_new_rings_once(archive: Bell, small_internet: SmallInternet) -> None:
    archive.subscribe("security-guarantees", email="seed@example.org", sms="+4915112345678")
    html = gzip.decompress((DATA / "pages" / f"{SEED}.html.gz").read_bytes()).decode()
    title = json.loads((DATA / "pages" / "index.json").read_text())[SEED]["title"]
    page = {"site": SEED_SITE, "title": title, "html": html}
    host = small_internet.sites[SEED_SITE]
    url = post_json(f"{host}/publish", page)
    feed_id = feeds_of_pages(small_internet)[small_internet.hosts.index(host)]
    archive.poll(feed_id)
    wait_for(lambda: find_card(archive, small_internet, url))
    archive.ring()
    time.sleep(REST_SECONDS)
    archive.poll(feed_id)
    archive.ring()
    (mail,) = archive.inbox("seed@example.org")
    assert mail.subject.startswith("Group of European countries quietly drafting plan")
    assert "*security guarantees*" in mail.body
    assert of([mail], url)
    (sms,) = archive.inbox("+4915112345678")
    assert "Group of European countries" in sms.body


def test_polling_again_adds_nothing_and_tells_nobody(
    archive: Bell, small_internet: SmallInternet
) -> None:
    before = real_cards(archive, small_internet)
    heard = heard_of(archive, small_internet)
    rows = archive.poll(*feeds_of_pages(small_internet))
    assert {row.state.outcome for row in rows.values()} == {"unchanged"}
    assert real_cards(archive, small_internet) == before
    assert heard_of(archive, small_internet) == heard


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_fault_ends_in_its_named_outcome(kind: str, polled: dict[str, FeedRow]) -> None:
    assert polled[f"fault-{kind}"].state.outcome == EXPECTED[kind]


def test_a_good_feed_among_faulty_ones_of_its_host_is_read(polled: dict[str, FeedRow]) -> None:
    assert polled["good"].state.outcome == "ok"


def test_a_server_that_asks_for_time_is_given_it(polled: dict[str, FeedRow]) -> None:
    row = polled["fault-429"]
    assert row.due_at is not None
    assert row.state.polled_at is not None
    assert (row.due_at - row.state.polled_at).total_seconds() >= 120


def test_a_feed_that_is_gone_is_not_asked_again(polled: dict[str, FeedRow]) -> None:
    assert polled["fault-410"].due_at is None


def test_a_page_that_is_no_article_is_kept_from_its_feed(
    bell: Bell, small_internet: SmallInternet
) -> None:
    """A page of zero bytes and a page that is an RSS document, listed by a feed of their own."""
    host = small_internet.hosts[0]
    url = post_json(f"{host}/publish", {"site": "empty.test", "title": "Nothing here", "html": ""})
    bell.watch(Feed(id="empty-pages", url=f"{host}/empty.test/feed.xml"))
    bell.poll("empty-pages")
    wait_for(lambda: find_card(bell, small_internet, url))
    card = find_card(bell, small_internet, url)
    assert card is not None
    article = bell.account.bucket.get_article(card.article_id)
    assert (article.title, article.text_from, article.page_outcome) == (
        "Nothing here",
        "feed",
        "not_html",
    )


def test_nothing_was_given_up(
    bell: Bell, small_internet: SmallInternet, polled: dict[str, FeedRow]
) -> None:
    assert poll_now(bell.account, ("good",))
    given_up = "".join(bell.given_up())
    assert not any(endpoint in given_up for endpoint in small_internet.endpoints)
    assert not any(f'"{feed_id}"' in given_up for feed_id in polled)
