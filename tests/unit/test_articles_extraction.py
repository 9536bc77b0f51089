"""Pages to articles, and a feed's HTML to text."""

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.articles import extraction
from tocsin.articles.extraction import Extracted, extract, text_of
from tocsin.errors import PageError

URL = "https://harbour-post.example/news/ferry"
PARAGRAPHS = (
    "The electric ferry crossed the bay through its whole first winter without a day in the yard.",
    "Its captain said the batteries lost less in the cold than its builders had promised.",
    "The harbour board will decide in June whether the two older boats are to be replaced as well.",
    "Passengers, asked on the quay, praised the silence and missed only the smell of the old boat.",
)
UKRAINIAN = (
    "Електричний пором цілу зиму ходив через затоку без жодного дня ремонту, кажуть у порту.",
    "Капітан розповів, що акумулятори на морозі втратили менше, ніж обіцяли корабели навесні.",
    "Рада порту вирішить у червні, чи замінити й два старші човни, які ходять із того століття.",
)


def page(
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    head: str = "<title>Ferry - Harbour Post</title>",
    title: str = "The ferry’s first winter",
    before: str = "",
    after: str = "",
) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head>{head}</head><body>{before}"
        f"<article><h1>{title}</h1>{text}</article>{after}</body></html>"
    )


def read(source: str | bytes, content_type: str = "text/html") -> Extracted:
    return extract(source.encode() if isinstance(source, str) else source, content_type, URL)


def reason_of(source: str | bytes, content_type: str = "text/html") -> str:
    with pytest.raises(PageError) as refused:
        read(source, content_type)
    assert refused.value.url == URL
    return refused.value.reason


OG_TITLE = '<meta property="og:title" content="The ferry’s first winter">'


def test_the_text_is_the_paragraphs_one_a_line() -> None:
    assert read(page(head=OG_TITLE)).text.split("\n") == list(PARAGRAPHS)


def test_the_title_stands_beside_the_text_and_not_in_it() -> None:
    article = read(page(head=OG_TITLE))
    assert article.title == "The ferry’s first winter"
    assert article.title not in article.text


def test_menus_and_teasers_are_no_text() -> None:
    menu = "<nav><ul><li><a href='/'>Front page</a></li><li><a href='/s'>Sport</a></li></ul></nav>"
    teasers = (
        "<aside class='related'><h2>Read on</h2><ul>"
        "<li><a href='/1'>Regatta underdogs win</a></li>"
        "<li><a href='/2'>Kelp returns to the bay</a></li></ul></aside>"
        "<footer>All rights reserved</footer>"
    )
    article = read(page(head=OG_TITLE, before=menu, after=teasers))
    assert article.text.split("\n") == list(PARAGRAPHS)


def test_the_remains_of_a_list_of_tags_are_dropped() -> None:
    tags = "<ul><li>News</li><li>Bay ferry</li></ul>"
    article = read(page(paragraphs=(*PARAGRAPHS[:3], PARAGRAPHS[3] + tags), head=OG_TITLE))
    assert article.text.split("\n")[-1] == PARAGRAPHS[3]


def test_facts_are_those_stated_for_machines() -> None:
    head = (
        OG_TITLE
        + '<meta property="article:published_time" content="2031-03-05T16:30:00+02:00">'
        + '<meta name="author" content="Ada Lind">'
        + '<meta property="og:site_name" content="Harbour Post">'
        + '<link rel="canonical" href="https://harbour-post.example/news/ferry">'
    )
    facts = read(page(head=head)).facts
    assert facts.published_at == datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
    assert facts.authors == ("Ada Lind",)
    assert facts.publisher == "Harbour Post"
    assert facts.canonical_url == "https://harbour-post.example/news/ferry"


def test_a_title_that_nothing_states_is_read_from_the_page() -> None:
    assert "ferry" in read(page(head="")).title.lower()


@pytest.mark.parametrize("declared", ["", '<meta charset="utf-8">'])
def test_utf_8_is_read_whether_the_page_says_so_or_not(declared: str) -> None:
    head = f'{declared}<meta property="og:title" content="Перша зима порома">'
    article = read(page(paragraphs=UKRAINIAN, head=head, title="Перша зима порома"))
    assert article.title == "Перша зима порома"
    assert article.text.split("\n") == list(UKRAINIAN)


def test_a_declared_legacy_encoding_is_read() -> None:
    head = '<meta charset="windows-1251"><meta property="og:title" content="Перша зима порома">'
    article = read(
        page(paragraphs=UKRAINIAN, head=head, title="Перша зима порома").encode("cp1251")
    )
    assert article.title == "Перша зима порома"
    assert article.text.split("\n") == list(UKRAINIAN)


def test_xhtml_with_a_declaration_is_read() -> None:
    source = f"<?xml version='1.0' encoding='utf-8'?>{page(head=OG_TITLE)}"
    assert read(source, "application/xhtml+xml").text.split("\n") == list(PARAGRAPHS)


def test_a_page_of_no_stated_type_is_read() -> None:
    assert read(page(head=OG_TITLE), content_type="").text


@pytest.mark.parametrize(
    ("source", "content_type"),
    [
        (page(), "application/pdf"),
        (page(), "application/json"),
        (b"%PDF-1.7 plain", "text/html"),
        (b"\x89PNG<\0\0", "text/html"),
        (b"", "text/html"),
        (page().encode("utf-16"), "text/html"),
    ],
)
def test_what_is_no_html_is_refused(source: str | bytes, content_type: str) -> None:
    assert reason_of(source, content_type) == "not_html"


@pytest.mark.parametrize(
    "source",
    [
        "<",
        "<html></html>",
        "<html><body></body></html>",
        "<html><body><script>var a = 1;</script></body></html>",
        "<frameset><frame src='/a'></frameset>",
    ],
)
def test_a_page_without_text_is_refused(source: str) -> None:
    assert reason_of(source) == "no_text"


def test_nesting_without_end_is_refused() -> None:
    source = "<html><body>" + "<div>" * 5_000 + "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    assert reason_of(source) == "no_text"


def test_a_page_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    read(page())  # what is imported and compiled once does not count
    monkeypatch.setattr(extraction, "MAX_SECONDS", 0.02)
    started = time.monotonic()
    assert reason_of(page(paragraphs=PARAGRAPHS * 3_000)) == "too_complex"
    assert time.monotonic() - started < 2


def test_a_parser_that_goes_on_after_errors_is_stopped_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stubborn(*_: object, **__: object) -> None:
        with suppress(Exception):
            time.sleep(0.5)
        time.sleep(0.5)

    monkeypatch.setattr(trafilatura, "bare_extraction", stubborn)
    monkeypatch.setattr(extraction, "MAX_SECONDS", 0.02)
    started = time.monotonic()
    assert reason_of(page()) == "too_complex"
    assert time.monotonic() - started < 0.4


def test_after_a_page_that_took_too_long_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(extraction, "MAX_SECONDS", 0.001)
        reason_of(page(paragraphs=PARAGRAPHS * 3_000))
    assert read(page(head=OG_TITLE)).text.split("\n") == list(PARAGRAPHS)


def test_a_limit_that_was_not_reached_never_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    read(page())
    monkeypatch.setattr(extraction, "MAX_SECONDS", 0.4)
    read(page())
    time.sleep(0.5)


def test_pages_are_read_outside_the_main_thread_too() -> None:
    results: list[Extracted] = []
    thread = threading.Thread(target=lambda: results.append(read(page(head=OG_TITLE))))
    thread.start()
    thread.join()
    assert results[0].text.split("\n") == list(PARAGRAPHS)


def test_a_page_that_breaks_a_parser_is_a_page_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_tree: object) -> None:
        raise KeyError("links")

    monkeypatch.setattr(extraction, "facts_of", broken)
    assert reason_of(page()).startswith("unreadable")


TAGS = st.sampled_from(
    [
        *("<p>", "</p>", "<div", ">", "<a href='http://[", "'>", "<!--", "-->", "<![CDATA["),
        *("<table>", "<td>", "<html>", "<body>", "</html>", "<script>", "<?xml "),
        *("&amp;", "&#x0;", "&#x1;", "text. "),
    ]
)


@settings(max_examples=40)
@given(st.lists(TAGS | st.text(max_size=5), max_size=20).map("".join))
def test_any_markup_is_an_article_or_a_page_error(markup: str) -> None:
    try:
        article = read(markup.encode(errors="replace"))
    except PageError:
        return
    assert article.text


# ── A feed's own HTML ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("plain  text \n\n second", "plain text\nsecond"),
        ("", ""),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("Lead<p>Body</p>tail", "Lead\nBody\ntail"),
        ("Lead<ul><li>one</li><li>two</li></ul>", "Lead\none\ntwo"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one\ntwo"),
        ("<H2>Head</H2>text", "Head\ntext"),
        ("a <b>bold</b>er claim", "a bolder claim"),
        ("<p>fish &amp; chips</p>", "fish & chips"),
        ("fish &amp; chips", "fish & chips"),
        ("a & b", "a & b"),
        ("1 < 2", "1 < 2"),
        ("<script>alert(1)</script>text<style>p{}</style>", "text"),
        ("text<!-- hidden -->more", "textmore"),
        ("<img src='x' alt='not text'>", ""),
        ("<html><head></head></html>", ""),
        ("<p>Київ&nbsp;сьогодні</p>", "Київ сьогодні"),
    ],
)
def test_the_text_of_a_feeds_html_has_a_paragraph_a_line(fragment: str, text: str) -> None:
    assert text_of(fragment) == text


@given(st.lists(TAGS | st.text(max_size=5), max_size=20).map("".join))
def test_any_fragment_has_a_text_of_trimmed_lines(fragment: str) -> None:
    lines = text_of(fragment).split("\n")
    assert lines == [""] or all(line and line == line.strip() for line in lines)
