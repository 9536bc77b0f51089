"""Where a site's feeds may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.feeds.discovery import MAX_CANDIDATES, Candidate, find_feeds

PAGE = "https://harbour-post.example/sport/index.html"


def found(html: str, *, robots: str = "", how: str = "") -> list[Candidate]:
    candidates = find_feeds(html.encode(), "text/html; charset=utf-8", PAGE, robots.encode())
    return [candidate for candidate in candidates if how in ("", candidate.found)]


def urls(html: str, *, robots: str = "", how: str = "") -> list[str]:
    return [candidate.url for candidate in found(html, robots=robots, how=how)]


def link(
    href: str, kind: str = "application/rss+xml", title: str = "", rel: str = "alternate"
) -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("application/rss+xml", "rss"),
        ("application/atom+xml; charset=utf-8", "atom"),
        ("APPLICATION/FEED+JSON", "json"),
        ("application/rdf+xml", "rss"),
    ],
)
def test_what_a_page_names_as_its_feed_comes_first(kind: str, named: str) -> None:
    first, *_ = found(
        f"<head>{link('/all', kind, 'All &amp; more')}</head><a href=/rss.xml>RSS</a>"
    )
    assert first == Candidate("https://harbour-post.example/all", "link", named, "All & more")


def test_links_are_relative_to_the_pages_base() -> None:
    base = '<base href="https://www.harbour-post.example/en/">'
    assert urls(base + link("rss.xml"), how="link") == [
        "https://www.harbour-post.example/en/rss.xml"
    ]


def test_feeds_of_comments_come_after_the_others() -> None:
    html = link("/1", title="Comments on this") + link("/comments/feed") + link("/feed")
    assert urls(html, how="link")[0] == "https://harbour-post.example/feed"


@pytest.mark.parametrize(
    "html",
    [
        link("/wp-json/wp/v2/posts/1", "application/json"),
        link("/de/", "text/html"),
        link("/style.css", "text/css", rel="stylesheet"),
        link("javascript:alert(1)"),
        link("http://[x"),
        link(""),
    ],
)
def test_other_links_are_no_feeds(html: str) -> None:
    assert found(html, how="link") == []


@pytest.mark.parametrize(
    "href",
    [
        "/feed/",
        "/feeds/news",
        "/rss",
        "/news.rss",
        "/x/atom.xml",
        "?format=feed",
        "//f.example/rss2",
    ],
)
def test_links_that_look_like_feeds_are_candidates(href: str) -> None:
    assert len(found(f'<p><a href="{href}#top">News <b>feed</b></a>', how="anchor")) == 1


@pytest.mark.parametrize(
    "href", ["/about", "/feedback", "/rss.png", "/breastfeeding", "mailto:rss@a.example", "/press"]
)
def test_links_that_do_not_are_none(href: str) -> None:
    assert found(f'<a href="{href}">x</a>', how="anchor") == []


def test_sitemaps_of_robots_txt_are_candidates_those_of_news_first() -> None:
    robots = "User-agent: *\r\nsitemap: /sitemap-all.xml\r\nSITEMAP:https://a.example/news.xml\n"
    assert urls("", robots=robots, how="robots") == [
        "https://a.example/news.xml",
        "https://harbour-post.example/sitemap-all.xml",
    ]


def test_usual_places_are_tried_last_also_of_the_pages_section() -> None:
    usual = urls("", how="usual")
    assert usual == urls("")
    for path in ("/feed", "/rss.xml", "/sport/feed", "/news-sitemap.xml"):
        assert f"https://harbour-post.example{path}" in usual


def test_each_url_comes_once_as_its_best_kind() -> None:
    html = '<a href="/feed">Feed</a>' + link("/feed")
    assert [each.found for each in found(html) if each.url.endswith(".example/feed")] == ["link"]


def test_candidates_are_bounded() -> None:
    assert len(found("".join(link(f"/feed/{n}") for n in range(500)))) == MAX_CANDIDATES


@given(
    st.one_of(
        st.binary(max_size=300), st.text("<>a=\"'/ linkrehfsm\0&;", max_size=300).map(str.encode)
    )
)
def test_any_page_gives_candidates_on_the_web(body: bytes) -> None:
    for candidate in find_feeds(body, "text/html; charset=x", PAGE, robots=b"Sitemap: " + body):
        assert candidate.url.startswith(("http://", "https://", "HTTP", "Http"))
