"""What `tocsin feeds check` finds, by the web that it asks."""

from datetime import timedelta

import pytest

from tests.builders import NOW, SITE
from tests.functional.web import FakeWeb
from tocsin.errors import FeedError, HttpStatus, TooSlow
from tocsin.pipeline.check import MAX_TRIED, Checked, check

FEED = f"{SITE}/news.xml"
RSS = """<rss version="2.0"><channel><title>Harbour Post</title><link>{site}/</link>
<item><title>One</title><link>{site}/1</link><pubDate>{newer}</pubDate></item>
<item><title>Two</title><link>{site}/2</link><pubDate>{older}</pubDate></item>
</channel></rss>"""
PAGE = '<html><head><link rel="alternate" type="application/rss+xml" href="{href}"></head></html>'


def rss(older: timedelta = timedelta(days=7)) -> str:
    at = [f"{NOW - age:%a, %d %b %Y %H:%M:%S} GMT" for age in (timedelta(hours=1), older)]
    return RSS.format(site=SITE, newer=at[0], older=at[1])


def checked(url: str, web: FakeWeb) -> Checked:
    return check(url, web, lambda asked: None)


def test_a_feed_is_read_and_nothing_else_is_asked() -> None:
    web = FakeWeb()
    web.serve(FEED, rss(), content_type="application/rss+xml")
    found = checked(FEED, web)
    assert [entry.title for entry in found.document.entries] == ["One", "Two"]
    assert (found.page_url, web.urls_asked()) == ("", [FEED])


def test_a_page_leads_to_the_feed_that_it_names() -> None:
    web = FakeWeb()
    web.serve(f"{SITE}/", PAGE.format(href="/news.xml"))
    web.serve(FEED, rss())
    found = checked(f"{SITE}/", web)
    assert (found.url, found.page_url, found.tried) == (FEED, f"{SITE}/", ())


def test_what_a_page_names_in_vain_is_told() -> None:
    web = FakeWeb()
    web.serve(f"{SITE}/", PAGE.format(href="/gone.xml"))
    web.serve(f"{SITE}/feed", rss())
    found = checked(f"{SITE}/", web)
    assert found.url == f"{SITE}/feed"
    assert [(each.url, each.reason) for each in found.tried] == [(f"{SITE}/gone.xml", "HTTP 404")]


def test_a_sitemap_that_only_robots_txt_names_is_found() -> None:
    web = FakeWeb()
    web.serve(f"{SITE}/", "<html><body>no feed here</body></html>")
    web.serve(f"{SITE}/robots.txt", f"Sitemap: {SITE}/secret-news-map.xml")
    web.serve(
        f"{SITE}/secret-news-map.xml",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{SITE}/1</loc></url></urlset>",
    )
    assert checked(f"{SITE}/", web).url == f"{SITE}/secret-news-map.xml"


def test_a_page_without_any_feed_says_where_it_was_looked_for() -> None:
    web = FakeWeb()
    web.serve(f"{SITE}/", "<html><body>no feed here</body></html>")
    with pytest.raises(FeedError, match=r"an HTML page, not a feed; no feed at .*/rss.xml"):
        checked(f"{SITE}/", web)
    assert len(web.asked) <= MAX_TRIED + 2


def test_a_url_that_cannot_be_had_says_why() -> None:
    web = FakeWeb()
    web.fail(FEED, TooSlow(FEED, "not done in 20 s"))
    with pytest.raises(TooSlow):
        checked(FEED, web)
    with pytest.raises(HttpStatus):
        checked(f"{SITE}/nothing", web)


@pytest.mark.parametrize(
    ("older", "rate"),
    [(timedelta(days=7), 2.0), (timedelta(days=14), 1.0), (timedelta(hours=2), 14)],
)
def test_the_rate_is_that_of_the_entries_dates(older: timedelta, rate: float) -> None:
    web = FakeWeb()
    web.serve(FEED, rss(older))
    assert checked(FEED, web).entries_a_week(NOW) == pytest.approx(rate)


def test_entries_of_one_moment_have_no_rate() -> None:
    web = FakeWeb()
    web.serve(FEED, rss(timedelta(hours=1)))
    assert checked(FEED, web).entries_a_week(NOW) is None
