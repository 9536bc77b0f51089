"""Facts that pages state for machines."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tocsin.articles.metadata import MAX_LD_CHARACTERS, MAX_LD_DEPTH, Facts, facts_of

AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)


def facts_in(head: str, lang: str = "") -> Facts:
    attribute = f' lang="{lang}"' if lang else ""
    return facts_of(html.fromstring(f"<html{attribute}><head>{head}</head><body></body></html>"))


def ld(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def news(**stated: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Peace"} | stated


def meta(**stated: str) -> str:
    return "".join(f'<meta property="{name}" content="{stated[name]}">' for name in stated)


# ── JSON-LD ──────────────────────────────────────────────────────────────────────────────────────


def test_json_ld_states_every_fact() -> None:
    stated = news(
        author={"@type": "Person", "name": "Ada Lind"},
        datePublished="2031-03-05T16:30:00+02:00",
        inLanguage="uk-UA",
        publisher={"@type": "Organization", "name": "Harbour Post"},
    )
    assert facts_in(ld(stated)) == Facts(
        title="Peace",
        authors=("Ada Lind",),
        published_at=AT,
        language="uk",
        publisher="Harbour Post",
    )


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
        news() | {"@type": "BlogPosting"},
        news() | {"@type": "LiveBlogPosting"},
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


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("Ada Lind", ("Ada Lind",)),
        ({"name": " Ada Lind "}, ("Ada Lind",)),
        ([{"name": "Ada Lind"}, "Bo Ek"], ("Ada Lind", "Bo Ek")),
        (["Ada Lind", None, 7, {"@id": "x"}, {"name": 3}, ""], ("Ada Lind",)),
        ("https://post.example/ada", ()),
        ({"name": "http://post.example/ada"}, ()),
        (None, ()),
        ({}, ()),
        ([], ()),
    ],
)
def test_authors_are_names_however_they_are_stated(author: Any, authors: tuple[str, ...]) -> None:
    assert facts_in(ld(news(author=author))).authors == authors


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "",
        '{"@type": "NewsArticle", "headline": "Peace",}',
        "[" * 100_000,
        "{" + '"a":' * 10 + "}",
        "<!-- nothing -->",
        '{"@type": "NewsArticle", "headline": "' + "x" * MAX_LD_CHARACTERS + '"}',
    ],
)
def test_broken_json_ld_leaves_the_facts_to_others(broken: str) -> None:
    assert facts_in(ld(broken) + ld(news())).title == "Peace"
    assert facts_in(ld(broken) + meta(**{"og:title": "Meta"})).title == "Meta"


def test_a_line_break_inside_a_string_does_not_break_json_ld() -> None:
    assert facts_in(ld('{"@type": "NewsArticle", "headline": "Pea\nce"}')).title == "Pea\nce"


def test_half_a_character_is_replaced() -> None:
    facts = facts_in(ld('{"@type": "NewsArticle", "headline": "Peace \\ud83d"}'))
    assert facts.title == "Peace ?"


def test_deep_nesting_ends_the_search_and_no_more() -> None:
    def nested(levels: int) -> Any:
        value: Any = news()
        for _ in range(levels):
            value = [value]
        return value

    assert facts_in(ld(nested(MAX_LD_DEPTH - 1))).title == "Peace"
    assert facts_in(ld(nested(MAX_LD_DEPTH))) == Facts()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@graph", "mainEntity", "headline", "author", "name"]), inner
        )
    ),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["author", "publisher", "headline", "datePublished", "@type", "x"]))
def test_json_ld_of_any_shape_is_no_error(value: Any, at: str) -> None:
    document = html.fromstring("<html><head></head></html>")
    script = document.makeelement("script", type="application/ld+json")
    script.text = json.dumps([{at: value}, news(**{at: value})])
    document.append(script)
    facts = facts_of(document)
    assert facts.title is None or facts.title == facts.title.strip()


# ── Meta elements ────────────────────────────────────────────────────────────────────────────────


def test_meta_elements_state_every_fact() -> None:
    head = meta(
        **{
            "og:title": "Peace",
            "author": "Ada Lind",
            "article:published_time": "2031-03-05T14:30:00Z",
            "og:locale": "de_AT",
            "og:site_name": "Harbour Post",
            "og:url": "https://post.example/a",
        }
    )
    assert facts_in(head) == Facts(
        title="Peace",
        authors=("Ada Lind",),
        published_at=AT,
        language="de",
        publisher="Harbour Post",
        canonical_url="https://post.example/a",
    )


def test_json_ld_goes_before_meta_and_meta_fills_its_gaps() -> None:
    facts = facts_in(ld(news()) + meta(**{"og:title": "Meta", "og:site_name": "Post"}))
    assert (facts.title, facts.publisher) == ("Peace", "Post")


def test_the_first_statement_of_a_name_counts() -> None:
    facts = facts_in(meta(**{"og:title": "First"}) + meta(**{"og:title": "Second"}))
    assert facts.title == "First"


def test_an_empty_statement_is_none() -> None:
    facts = facts_in(meta(**{"og:title": " "}) + meta(**{"og:title": "Second"}))
    assert facts.title == "Second"


def test_a_name_attribute_serves_like_a_property() -> None:
    assert facts_in('<meta name="OG:Title" content="Peace">').title == "Peace"


def test_an_author_that_is_a_link_is_no_name() -> None:
    assert facts_in(meta(author="https://post.example/ada")).authors == ()


def test_rel_canonical_goes_before_og_url() -> None:
    link = '<link rel="canonical" href=" https://post.example/1 ">'
    facts = facts_in(link + meta(**{"og:url": "https://post.example/2"}))
    assert facts.canonical_url == "https://post.example/1"


@pytest.mark.parametrize(
    ("stated", "language"),
    [
        ("uk", "uk"),
        ("uk-UA", "uk"),
        ("uk_UA", "uk"),
        ("EN-gb", "en"),
        ("zh-Hans-CN", "zh"),
        ("ast", "ast"),
        ("english", None),
        ("e", None),
        ("x1", None),
        ("", None),
    ],
)
def test_a_language_is_a_code_without_its_country(stated: str, language: str | None) -> None:
    assert facts_in("", lang=stated).language == language
    assert facts_in(ld(news(inLanguage=stated))).language == language


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2031-03-05T14:30:00Z", AT),
        ("2031-03-05T14:30:00", AT),
        (" 2031-03-05T15:30:00+01:00 ", AT),
        ("2031-03-05", AT.replace(hour=0, minute=0)),
        ("yesterday", None),
        ("05.03.2031", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_in_utc_or_none(stated: str, at: datetime | None) -> None:
    assert facts_in(meta(**{"article:published_time": stated})).published_at == at
    assert facts_in(ld(news(datePublished=stated))).published_at == at


def test_facts_fill_gaps_and_replace_nothing() -> None:
    facts = Facts(title="Peace").or_else(Facts(title="Other", authors=("Ada",), language="en"))
    assert facts == Facts(title="Peace", authors=("Ada",), language="en")
