"""The newsroom's articles, pages and feeds, without a socket."""

from __future__ import annotations

import json
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import feedparser
import pytest
from lxml import html

from infra.newsroom.content import (
    Article,
    ContentError,
    Site,
    load_broken_feed,
    load_sites,
    parse_article,
)
from infra.newsroom.edition import Edition, Piece, open_edition, with_later, with_page
from infra.newsroom.feeds import feed_document
from infra.newsroom.pages import article_page
from infra.newsroom.routes import BROKEN_FEED_PATH, Response, is_known, respond

NOW = datetime(2031, 3, 5, 14, 30, 12, 250_000, tzinfo=UTC)
OPENED = NOW - timedelta(minutes=10)
BASE = "http://127.0.0.1:8099"

SITES = load_sites()
OPEN = open_edition(SITES, OPENED)
FULL = with_later(OPEN, NOW)
READABLE = [piece for piece in FULL.pieces if not piece.article.missing]
SLUGS = [piece.article.slug for piece in READABLE]

BODIES = {
    ("harbour-post", "page.html"): "//div[@class='story__body']",
    ("harbour-post", "syndicated.html"): "//div[@class='wire-text']",
    ("stepovyi-kurier", "page.html"): "//div[@id='news-txt']",
    ("kesseltaler-bote", "page.html"): "//article/section[@class='artikeltext']",
}
# The agency's report: what each rewrite has to say, so that a topic in its language finds it.
AGENCY_WORDS = {
    "europe-drafts-troop-plan": (
        "troops to Ukraine",
        "peacekeeping force",
        "peacekeepers",
        "security guarantees",
        "NATO membership",
        "Munich Security Conference",
    ),
    "peacekeeping-plan-what-we-know": (
        "troops to Ukraine",
        "peacekeeping force",
        "peacekeepers",
        "security guarantees",
        "NATO membership",
        "Munich Security Conference",
    ),
    "yevropa-hotuie-myrotvorchyi-plan": (
        "гарантії безпеки",
        "миротворці",
        "війська",
        "членство в НАТО",
        "Мюнхенській конференції з безпеки",
    ),
    "europa-plant-friedenstruppe": (
        "Sicherheitsgarantien",
        "Friedenstruppe",
        "NATO-Mitgliedschaft",
        "Münchner Sicherheitskonferenz",
    ),
}
ELECTION_WORDS = {
    "german-election-how-seats-are-shared": ("German election", "Bundestag"),
    "bundestagswahl-wahlhelfer-gesucht": ("Bundestagswahl",),
}
TOPIC_WORDS = {word for words in (AGENCY_WORDS | ELECTION_WORDS).values() for word in words}


def piece_of(slug: str) -> Piece:
    return next(piece for piece in FULL.pieces if piece.article.slug == slug)


def body_of(piece: Piece) -> Any:
    page = html.fromstring(article_page(piece, BASE))
    [body] = page.xpath(BODIES[piece.site.key, piece.article.page])
    return body


def text_of(article: Article) -> str:
    return " ".join([article.title, article.summary, *article.paragraphs])


def listed_urls(edition: Edition, site: Site) -> list[str]:
    return [BASE + piece.path for piece in edition.listed(site)]


def entries(edition: Edition, site: Site) -> list[dict[str, Any]]:
    """Address, title, date and author of each entry, whatever kind of feed the site has."""
    document = feed_document(site, edition.listed(site), BASE)
    if site.feed_kind == "json":
        items = json.loads(document.body)["items"]
        dates = [datetime.fromisoformat(item["date_published"]) for item in items]
        authors = [item["authors"][0]["name"] for item in items]
        links = [item["url"] for item in items]
    else:
        feed = feedparser.parse(document.body)
        assert not feed.bozo
        items = feed.entries
        seconds = [timegm(item.published_parsed) for item in items]
        dates = [datetime.fromtimestamp(second, UTC) for second in seconds]
        authors = [item.author for item in items]
        links = [item.link for item in items]
    titles = [item["title"] for item in items]
    rows = zip(links, titles, dates, authors, strict=True)
    return [dict(zip(("url", "title", "at", "author"), row, strict=True)) for row in rows]


def get(edition: Edition, path: str) -> Response:
    return respond(edition, load_broken_feed(), BASE, path)


def test_there_are_three_sites_in_three_languages_with_five_to_seven_articles_each() -> None:
    assert [site.language for site in SITES] == ["en", "uk", "de"]
    assert all(5 <= len(site.articles) <= 7 for site in SITES)
    assert len(READABLE) >= 15


@pytest.mark.parametrize("slug", SLUGS)
def test_an_article_has_five_to_twelve_paragraphs(slug: str) -> None:
    assert 5 <= len(piece_of(slug).article.paragraphs) <= 12


def test_no_slug_is_used_twice() -> None:
    slugs = [article.slug for site in SITES for article in site.articles]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_holds_exactly_its_articles_paragraphs_in_their_order(slug: str) -> None:
    piece = piece_of(slug)
    paragraphs = [element.text_content() for element in body_of(piece).xpath(".//p")]
    assert tuple(paragraphs) == piece.article.paragraphs


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_shows_its_teasers_and_none_of_their_words_in_the_articles_body(slug: str) -> None:
    piece = piece_of(slug)
    page = html.fromstring(article_page(piece, BASE)).text_content()
    body = body_of(piece).text_content()
    for card in (*piece.site.cards, *piece.site.related):
        assert card.title in page
        assert card.title not in body


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_states_its_title_its_author_and_its_date(slug: str) -> None:
    piece = piece_of(slug)
    page = html.fromstring(article_page(piece, BASE))
    dates = page.xpath(
        "//time/@datetime | //meta[@name='date' or @property='article:published_time']/@content"
    )
    assert set(dates) == {piece.published_at.isoformat()}
    assert page.xpath("string(//h1)") == piece.article.title
    assert piece.article.author in page.text_content()


def test_the_three_sites_are_built_differently() -> None:
    pages = {site.key: html.fromstring(article_page(FULL.listed(site)[-1], BASE)) for site in SITES}
    with_article = {key for key, page in pages.items() if page.xpath("//article")}
    with_json_ld = {
        key for key, page in pages.items() if page.xpath("//script[@type='application/ld+json']")
    }
    assert with_article == {"kesseltaler-bote"}
    assert with_json_ld == {"harbour-post"}


def test_structured_data_states_what_the_page_shows() -> None:
    piece = piece_of("kelp-returns-to-the-bay")
    page = html.fromstring(article_page(piece, BASE))
    facts = json.loads(page.xpath("string(//script[@type='application/ld+json'])"))
    assert facts["@type"] == "NewsArticle"
    assert facts["headline"] == piece.article.title
    assert datetime.fromisoformat(facts["datePublished"]) == piece.published_at


def test_a_title_cannot_break_out_of_its_page() -> None:
    piece = piece_of("kelp-returns-to-the-bay")
    sly = replace(piece.article, title="</script><b id='sly'> & $summary")
    page = html.fromstring(article_page(replace(piece, article=sly), BASE))
    assert not page.xpath("//b[@id='sly']")
    assert page.xpath("string(//h1)") == sly.title


def test_the_wire_page_has_menu_remains_after_its_text_and_a_headline_told_twice() -> None:
    piece = piece_of("europe-drafts-troop-plan")
    page = html.fromstring(article_page(piece, BASE))
    told_twice = page.xpath("//article//a[img/@alt = string(strong)]/strong/text()")
    assert told_twice == ["German election: why coalition talks drag on"]
    assert page.xpath("//article//img[@alt='']")
    assert page.xpath("//article//aside//a")
    after = body_of(piece).getnext()
    assert [item.text for item in after.xpath("./li")] == ["News", "World", "Wire"]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.key)
def test_a_feed_lists_each_public_article_with_title_date_and_author(site: Site) -> None:
    stated = entries(FULL, site)
    pieces = FULL.listed(site)
    assert [entry["url"] for entry in stated] == listed_urls(FULL, site)
    assert [entry["title"] for entry in stated] == [piece.article.title for piece in pieces]
    assert [entry["at"] for entry in stated] == [piece.published_at for piece in pieces]
    assert [entry["author"] for entry in stated] == [piece.article.author for piece in pieces]


def test_the_feeds_are_rss_atom_and_json_feed() -> None:
    documents = [feed_document(site, FULL.listed(site), BASE).body for site in SITES]
    assert feedparser.parse(documents[0]).version == "rss20"
    assert feedparser.parse(documents[1]).version == "atom10"
    assert json.loads(documents[2])["version"] == "https://jsonfeed.org/version/1.1"


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.key)
def test_a_feed_is_the_same_bytes_until_something_is_published(site: Site) -> None:
    first, again = get(OPEN, site.feed_path), get(OPEN, site.feed_path)
    assert first.etag == again.etag
    assert get(FULL, site.feed_path).etag != first.etag


def test_every_article_is_dated_and_none_in_the_future() -> None:
    assert all(piece.published_at < OPENED for piece in OPEN.pieces)
    assert all(piece.published_at <= NOW for piece in FULL.pieces)


def test_later_articles_are_neither_listed_nor_served_until_they_are_published() -> None:
    later = [piece for piece in FULL.pieces if piece.article.later]
    assert len(later) == 6
    for piece in later:
        assert BASE + piece.path not in listed_urls(OPEN, piece.site)
        assert get(OPEN, piece.path).status == HTTPStatus.NOT_FOUND
        assert get(FULL, piece.path).status == HTTPStatus.OK


def test_what_is_published_later_is_dated_now_and_listed_first() -> None:
    for site in SITES:
        flags = [piece.article.later for piece in FULL.listed(site)]
        assert flags == sorted(flags, reverse=True)
    now = NOW.replace(microsecond=0)
    assert {piece.published_at for piece in FULL.pieces if piece.article.later} == {now}


def test_later_articles_can_be_published_one_by_one() -> None:
    first = with_later(OPEN, NOW, ["europa-plant-friedenstruppe"])
    second = with_later(first, NOW + timedelta(minutes=5))
    assert len(first.pieces) == len(OPEN.pieces) + 1
    assert {piece.path for piece in second.pieces} == {piece.path for piece in FULL.pieces}
    assert first.pieces[0] in second.pieces


def test_publishing_an_article_that_nobody_holds_back_is_refused() -> None:
    with pytest.raises(ContentError, match="kelp-returns-to-the-bay"):
        with_later(OPEN, NOW, ["kelp-returns-to-the-bay"])


def test_a_page_of_a_tests_own_is_served_as_it_is_and_replaces_its_forerunner() -> None:
    site = SITES[0]
    article = Article("own", "Own page", "", "", "", ())
    edition = with_page(OPEN, Piece(site, article, NOW, "<p>first</p>"))
    edition = with_page(edition, Piece(site, article, NOW, "<p>second</p>"))
    assert len(edition.pieces) == len(OPEN.pieces) + 1
    assert get(edition, site.article_path("own")).body == b"<p>second</p>"


def test_one_listed_article_answers_404() -> None:
    [piece] = [piece for piece in OPEN.pieces if piece.article.missing]
    assert BASE + piece.path in listed_urls(OPEN, piece.site)
    assert get(OPEN, piece.path).status == HTTPStatus.NOT_FOUND


def test_the_broken_feed_is_an_html_page_without_a_single_entry() -> None:
    response = get(OPEN, BROKEN_FEED_PATH)
    assert response.status == HTTPStatus.OK
    assert response.content_type.startswith("text/html")
    assert feedparser.parse(response.body).entries == []


@pytest.mark.parametrize("slug", AGENCY_WORDS | ELECTION_WORDS)
def test_an_article_has_the_words_that_topics_look_for(slug: str) -> None:
    text = text_of(piece_of(slug).article)
    assert [word for word in (AGENCY_WORDS | ELECTION_WORDS)[slug] if word not in text] == []


@pytest.mark.parametrize("slug", sorted(set(SLUGS) - set(AGENCY_WORDS) - set(ELECTION_WORDS)))
def test_any_other_article_has_none_of_these_words(slug: str) -> None:
    text = text_of(piece_of(slug).article).casefold()
    assert [word for word in TOPIC_WORDS if word.casefold() in text] == []


@pytest.mark.parametrize(
    ("if_none_match", "if_modified_since", "known"),
    [
        (None, None, False),
        ("{etag}", None, True),
        ('"other", W/{etag}', None, True),
        ("*", None, True),
        (None, "{date}", True),
        (None, "Thu, 01 Jan 1970 00:00:00 GMT", False),
        (None, "yesterday", False),
        ('"other"', "{date}", False),
    ],
)
def test_an_etag_decides_alone_and_a_date_where_there_is_none(
    if_none_match: str | None, if_modified_since: str | None, known: bool
) -> None:
    response = get(OPEN, SITES[0].feed_path)
    tag = if_none_match and if_none_match.format(etag=response.etag)
    date = if_modified_since and if_modified_since.format(date=response.last_modified)
    assert is_known(response, tag, date) is known


@pytest.mark.parametrize("head", ["title: x", "title: x\nlater: true\nage_hours: 3", "colour: red"])
def test_an_article_file_that_is_incomplete_or_contradicts_itself_is_refused(head: str) -> None:
    with pytest.raises(ContentError, match="slug=odd"):
        parse_article("odd", f"---\n{head}\n---\nA paragraph.\n")
