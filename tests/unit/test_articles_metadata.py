"""Facts that pages state, and which statement counts where they disagree."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from tests.builders import an_entry
from tocsin.articles.metadata import Facts, facts_of, stated_by, with_credits

AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
URL = "https://harbour-post.example/news/peace"


def facts_in(head: str = "", body: str = "", lang: str = "", url: str = URL) -> Facts:
    attribute = f' lang="{lang}"' if lang else ""
    page = f"<html{attribute}><head>{head}</head><body>{body}</body></html>"
    return facts_of(html.document_fromstring(page), url)


def ld(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def news(**stated: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Peace"} | stated


def meta(**stated: str) -> str:
    return "".join(f'<meta property="{name}" content="{stated[name]}">' for name in stated)


def og(title: str) -> str:
    return meta(**{"og:title": title})


# ── Every fact and its origin ────────────────────────────────────────────────────────────────────


def test_json_ld_states_every_fact() -> None:
    stated = news(
        author={"@type": "Person", "name": "Ada Lind"},
        datePublished="2031-03-05T16:30:00+02:00",
        dateModified="2031-03-05T17:30:00+02:00",
        articleSection=["World", "Peace"],
        inLanguage="uk-UA",
        publisher={"@type": "Organization", "name": "Harbour Post"},
        image={"@type": "ImageObject", "url": "/boats.jpg"},
        isAccessibleForFree="False",
        mainEntityOfPage={"@id": URL},
    )
    facts = facts_in(ld(stated))
    assert set(facts.origins.values()) == {"json-ld"}
    assert (facts.title, facts.authors, facts.publisher) == ("Peace", ("Ada Lind",), "Harbour Post")
    assert (facts.published_at, facts.updated_at) == (AT, AT + timedelta(hours=1))
    assert (facts.section, facts.language, facts.paywalled) == ("World", "uk", True)
    assert facts.image == "https://harbour-post.example/boats.jpg"
    assert facts.canonical_url == URL


def test_meta_elements_state_every_fact() -> None:
    head = meta(
        **{
            "og:title": "Peace",
            "author": "Ada Lind",
            "article:published_time": "2031-03-05T14:30:00Z",
            "article:modified_time": "2031-03-05T15:30:00Z",
            "article:section": "World",
            "og:locale": "de_AT",
            "og:site_name": "Harbour Post",
            "og:url": "https://harbour-post.example/a",
            "og:image": "https://harbour-post.example/boats.jpg",
            "article:content_tier": "locked",
        }
    )
    facts = facts_in(head)
    assert set(facts.origins.values()) == {"meta"}
    assert (facts.title, facts.authors, facts.publisher) == ("Peace", ("Ada Lind",), "Harbour Post")
    assert (facts.published_at, facts.updated_at) == (AT, AT + timedelta(hours=1))
    assert (facts.section, facts.language, facts.paywalled) == ("World", "de", True)
    assert facts.image == "https://harbour-post.example/boats.jpg"
    assert facts.canonical_url == "https://harbour-post.example/a"


def test_a_page_that_states_nothing_has_no_facts() -> None:
    assert facts_in() == Facts()


def test_the_zone_of_an_instant_is_kept() -> None:
    at = facts_in(ld(news(datePublished="2031-03-05T16:30:00+02:00"))).published_at
    assert at is not None
    assert at.tzinfo == timezone(timedelta(hours=2))


# ── Conflicts: one table a fact ──────────────────────────────────────────────────────────────────

H1 = "<h1>Peace for the bay</h1>"


@pytest.mark.parametrize(
    ("head", "body", "title", "origin"),
    [
        (ld(news(headline="Peace, at last")) + og("Peace"), H1, "Peace, at last", "json-ld"),
        (ld(news(headline="Peace - Harbour Post")), "", "Peace", "json-ld"),
        (ld(news(headline="Peace &amp;amp; quiet")), "", "Peace & quiet", "json-ld"),
        (ld(news(headline="<b>Peace</b> at last")), "", "Peace at last", "json-ld"),
        (ld({"@type": "NewsArticle", "name": "Peace"}), "", "Peace", "json-ld"),
        (og("Peace for the bay?"), H1, "Peace for the bay", "heading"),
        (og("Peace | Harbour Post"), "<h1>Harbour Post</h1>", "Peace", "meta"),
        (og("Peace"), "<h1>Newsletter</h1>" + H1, "Peace for the bay", "heading"),
        (og("Peace"), "<h1>Menu</h1>", "Peace", "meta"),
        ("<title>Peace – Harbour Post</title>", "", "Peace", "meta"),
        ("", H1, "Peace for the bay", "heading"),
        (og("和平港口协议"), "<h1>港口和平协议达成</h1>", "港口和平协议达成", "heading"),
    ],
)
def test_the_title_is_json_lds_else_the_heading_most_like_what_is_stated(
    head: str, body: str, title: str, origin: str
) -> None:
    facts = facts_in(meta(**{"og:site_name": "Harbour Post"}) + head, body)
    assert (facts.title, facts.origins["title"]) == (title, origin)


PERSON = {"@type": "Person", "name": "Ada Lind"}
SITE_ITSELF = {"@type": "Organization", "name": "Harbour Post"}
DESK = "Desk of the Harbour Post"
OPENING = "<h1>Peace</h1><p><strong>Bo Ek</strong></p><p>The boats are back.</p>"
BYLINE = '<h1>Peace</h1><p class="byline">By <a href="/author/bo">Bo Ek</a></p>'


@pytest.mark.parametrize(
    ("head", "body", "authors", "origin"),
    [
        (ld(news(author=PERSON)) + meta(author="Bo Ek"), BYLINE, ("Ada Lind",), "json-ld"),
        (ld(news(author=SITE_ITSELF)) + meta(author="Bo Ek"), "", ("Bo Ek",), "meta"),
        (ld(news(author=[PERSON, SITE_ITSELF])), "", ("Ada Lind",), "json-ld"),
        (ld(news(author="AFP")), '<p itemprop="author">Bo Ek</p>', ("Bo Ek",), "page"),
        (ld(news(author="AFP")), "", ("AFP",), "json-ld"),
        (ld(news(author=SITE_ITSELF)), BYLINE, ("Bo Ek",), "page"),
        (ld(news(author=SITE_ITSELF)), OPENING, ("Bo Ek",), "page"),
        (
            ld(news(author=SITE_ITSELF)),
            "<h1>Peace</h1><p>At sea.</p>",
            ("Harbour Post",),
            "json-ld",
        ),
        (ld(news(author="AFP")), OPENING, ("AFP",), "json-ld"),
        (ld(news(author="Desk of the Harbour Post")), BYLINE, (DESK,), "json-ld"),
        (
            ld(news(author=[PERSON, {"name": "Boat Team"}])),
            "",
            ("Ada Lind", "Boat Team"),
            "json-ld",
        ),
        (ld(news(author=PERSON)), '<p itemprop="author">Bo Ek</p>', ("Ada Lind",), "json-ld"),
        (meta(author="Centre for Trade and Rest"), "", ("Centre for Trade and Rest",), "meta"),
        (meta(author="Harbour, Bay, Land"), "", ("Harbour, Bay, Land",), "meta"),
        ("", '<h1>Peace</h1><p itemprop="author">Boat Team</p>', ("Boat Team",), "page"),
        (meta(author="News Desk"), "", ("News Desk",), "meta"),
        ("", BYLINE, ("Bo Ek",), "page"),
        ("", "<h1>Peace</h1><p>By Bo Ek | 5 March 2031</p>", ("Bo Ek",), "page"),
        ("", '<h1>Peace</h1><p class="author-box">Bo Ek writes about boats</p>', (), None),
        (
            meta(**{"twitter:label1": "Written by", "twitter:data1": "Bo Ek"}),
            "",
            ("Bo Ek",),
            "meta",
        ),
        (meta(author="https://post.example/ada"), "", (), None),
        (meta(author="Ada Lind") + meta(author="Bo Ek"), "", ("Ada Lind", "Bo Ek"), "meta"),
    ],
)
def test_authors_are_people_before_desks_wherever_they_are_named(
    head: str, body: str, authors: tuple[str, ...], origin: str | None
) -> None:
    facts = facts_in(meta(**{"og:site_name": "Harbour Post"}) + head, body)
    assert (facts.authors, facts.origins.get("authors")) == (authors, origin)


def at_noon(day: int) -> str:
    return f"2031-03-{day:02}T12:00:00Z"


TIME = '<time datetime="2031-03-03T12:00:00Z">3 March</time>'


@pytest.mark.parametrize(
    ("head", "body", "path", "day", "origin"),
    [
        (
            ld(news(datePublished=at_noon(1))) + meta(**{"article:published_time": at_noon(2)}),
            TIME,
            "/a",
            1,
            "json-ld",
        ),
        (ld({"@type": "WebPage", "datePublished": at_noon(1)}), TIME, "/a", 1, "json-ld"),
        (ld(news(datePublished="soon")) + meta(date=at_noon(2)), TIME, "/a", 2, "meta"),
        ("", TIME, "/2031/03/04/a", 3, "page"),
        ("", "", "/2031/03/04/a", 4, "url"),
        ("", "<h1>Peace</h1><p>Published 5 March 2031</p>", "/a", 5, "page"),
        ("", "<h1>Peace</h1><p>Updated 6 March 2031</p><p>5 March 2031</p>", "/a", 5, "page"),
        ("", "<h1>Peace</h1><p>Updated 6 March 2031</p>", "/a", 6, "page"),
        ("", "<p>4 March 2031</p><h1>Peace</h1><p>5 March 2031</p>", "/a", 4, "page"),
    ],
)
def test_the_date_is_the_one_stated_most_surely(
    head: str, body: str, path: str, day: int, origin: str
) -> None:
    facts = facts_in(head, body, url=f"https://harbour-post.example{path}")
    assert facts.published_at is not None
    assert (facts.published_at.day, facts.origins["published_at"]) == (day, origin)


def test_a_date_that_only_the_text_has_is_found() -> None:
    text = "<div><span>Harbour Post, 2021-03-05</span><p>" + "Boats went out. " * 20 + "</p></div>"
    facts = facts_in(body=text)
    assert facts.published_at is not None
    assert f"{facts.published_at:%Y-%m-%d}" == "2021-03-05"
    assert facts.origins["published_at"] == "htmldate"


@pytest.mark.parametrize(
    ("head", "lang", "language", "origin"),
    [
        (ld(news(inLanguage="uk")), "en", "uk", "json-ld"),
        (meta(**{"og:locale": "de_DE"}), "en-GB", "en", "page"),
        (meta(**{"og:locale": "de_DE"}), "", "de", "meta"),
        ("", "zh-Hans-CN", "zh", "page"),
        ("", "english", None, None),
        ("", "x1", None, None),
    ],
)
def test_a_language_is_a_code_without_its_country(
    head: str, lang: str, language: str | None, origin: str | None
) -> None:
    facts = facts_in(head, lang=lang)
    assert (facts.language, facts.origins.get("language")) == (language, origin)


@pytest.mark.parametrize(
    ("stated", "paywalled"),
    [
        (False, True),
        ("False", True),
        ("http://schema.org/False", True),
        (True, False),
        ("true", False),
    ],
)
def test_what_is_not_free_is_paywalled(stated: Any, paywalled: bool) -> None:
    assert facts_in(ld(news(isAccessibleForFree=stated))).paywalled is paywalled


def test_an_article_of_which_a_part_is_not_free_is_paywalled() -> None:
    part = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".rest"}
    assert facts_in(ld(news(isAccessibleForFree=True, hasPart=part))).paywalled is True


def test_nothing_is_said_of_a_paywall_where_nothing_is_stated() -> None:
    assert facts_in(ld(news())).paywalled is None


def test_the_picture_is_the_one_that_links_show() -> None:
    facts = facts_in(ld(news(image=["/a.jpg", "/b.jpg"])) + meta(**{"og:image": "/og.jpg"}))
    assert facts.image == "https://harbour-post.example/og.jpg"
    assert facts_in(ld(news(image=["/a.jpg"]))).image == "https://harbour-post.example/a.jpg"
    assert facts_in(meta(**{"og:image": "javascript:alert(1)"})).image is None


def test_a_section_is_stated_or_the_second_step_from_the_front_page() -> None:
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"name": n} for n in ("Home", "World", "Peace")],
    }
    assert facts_in(ld(crumbs)).section == "World"
    assert facts_in(ld(crumbs) + meta(**{"article:section": "Bay"})).section == "Bay"


def test_rel_canonical_goes_before_og_url_and_an_amp_page_is_another_url() -> None:
    links = '<link rel="canonical" href=" /1 "><link rel="amphtml" href="/1/amp">'
    facts = facts_in(links + meta(**{"og:url": "https://harbour-post.example/2"}))
    assert facts.canonical_url == "/1"
    assert facts.amp_url == "https://harbour-post.example/1/amp"


def test_the_first_statement_of_a_name_counts_and_an_empty_one_is_none() -> None:
    assert facts_in(og(" ") + og("First") + og("Second")).title == "First"
    assert facts_in('<meta name="OG:Title" content="Peace">').title == "Peace"


# ── The article among what JSON-LD describes ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "document",
    [
        news(),
        [news()],
        [{"@type": "WebSite", "headline": "Front"}, news()],
        {"@graph": [{"@type": "BreadcrumbList"}, news()]},
        [{"@graph": [news()]}],
        {"@type": "WebPage", "headline": "Page", "mainEntity": news()},
        {"@type": "WebPage", "mainEntityOfPage": news()},
        news() | {"@type": ["Thing", "ReportageNewsArticle"]},
        news() | {"@type": "https://schema.org/BlogPosting"},
        news() | {"@type": "schema:LiveBlogPosting"},
        [news(headline="Other"), news(datePublished=at_noon(1), author="Ada Lind")],
    ],
)
def test_the_article_is_found_wherever_json_ld_holds_it(document: Any) -> None:
    assert facts_in(ld(document)).title == "Peace"


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "Recipe", "headline": "Soup"},
        {"headline": "Untyped"},
        {"@type": None, "headline": "x"},
        {"@type": {"a": 1}, "headline": "x"},
        [],
        "null",
        "17",
        '"text"',
        {"@graph": "text"},
    ],
)
def test_what_is_no_article_states_nothing(document: Any) -> None:
    assert facts_in(ld(document)) == Facts()


def test_an_author_may_be_a_reference_to_another_object() -> None:
    graph = [news(author={"@id": "#ada"}), {"@type": "Person", "@id": "#ada", "name": "Ada Lind"}]
    assert facts_in(ld({"@graph": graph})).authors == ("Ada Lind",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "@graph", "mainEntity", "headline", "author", "name"]),
            inner,
        )
    ),
    max_leaves=10,
)
NAMES = [
    "author",
    "publisher",
    "headline",
    "datePublished",
    "@type",
    "image",
    "articleSection",
    "x",
]


@settings(deadline=None)
@given(JSON, st.sampled_from(NAMES))
def test_json_ld_of_any_shape_is_no_error(value: Any, at: str) -> None:
    document = html.document_fromstring("<html><head></head><body></body></html>")
    script = document.makeelement("script", type="application/ld+json")
    script.text = json.dumps([{at: value}, news(**{at: value})])
    document.append(script)
    facts = facts_of(document, URL)
    assert facts.title is None or facts.title == facts.title.strip()


# ── What the feed says, and what the text says ───────────────────────────────────────────────────


def test_a_feed_fills_gaps_and_replaces_nothing() -> None:
    page = html.document_fromstring(f"<html><head>{og('Peace')}</head></html>")
    entry = an_entry(title="Cut short …", authors=("Ada Lind",), published_at=AT)
    facts = facts_of(page, URL, entry)
    assert (facts.title, facts.origins["title"]) == ("Peace", "meta")
    assert (facts.authors, facts.published_at) == (("Ada Lind",), AT)
    assert facts.origins["authors"] == facts.origins["published_at"] == "feed"


@pytest.mark.parametrize(
    ("on_page", "origin"),
    [("2031-03-05", "feed"), ("2031-03-05T09:00:00Z", "json-ld"), ("2031-02-01", "json-ld")],
)
def test_a_feed_that_knows_the_minute_goes_before_a_page_that_knows_the_day(
    on_page: str, origin: str
) -> None:
    page = html.document_fromstring(f"<html><head>{ld(news(datePublished=on_page))}</head></html>")
    facts = facts_of(page, URL, an_entry(published_at=AT))
    assert facts.origins["published_at"] == origin
    assert (facts.published_at == AT) is (origin == "feed")


def test_a_feed_alone_states_title_authors_and_date() -> None:
    facts = stated_by(an_entry(title=" Peace  now ", authors=("By Ada Lind",), published_at=AT))
    assert facts == Facts(
        title="Peace now",
        authors=("Ada Lind",),
        published_at=AT,
        bylines=("By Ada Lind",),
        origins=dict.fromkeys(("title", "authors", "published_at"), "feed"),
    )


def test_an_agency_among_the_authors_is_credited() -> None:
    facts = with_credits(facts_in(ld(news(author=["Ada Lind", "AFP"]))), "Boats went out.")
    assert (facts.authors, facts.agency) == (("Ada Lind",), "AFP")


def test_the_tree_is_left_as_it_was() -> None:
    page = html.document_fromstring(f"<html><body>{BYLINE}<p>2021-03-05</p></body></html>")
    before = html.tostring(page)
    facts_of(page, URL)
    assert html.tostring(page) == before
