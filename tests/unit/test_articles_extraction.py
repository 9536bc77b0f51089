"""Pages to articles, and a feed's HTML to text."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from tests.effort import costs_at_most
from tocsin.articles import extraction, guards, weights
from tocsin.articles.blocks import layout_of
from tocsin.articles.boilerplate import Siblings, remember
from tocsin.articles.context import Anchors
from tocsin.articles.extraction import Extracted, anchors_of, extract, text_of
from tocsin.articles.features import NAMES, features_of
from tocsin.articles.stated import Stated
from tocsin.errors import ConfigurationError, PageError
from tocsin.model.entries import Entry

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


@pytest.mark.parametrize("end", ["</body>", "</BODY >", "</html>", "</body></html>\n"])
def test_text_behind_an_early_end_of_the_page_is_read(end: str) -> None:
    late = page().replace("<article>", f"{end}<article>")
    assert read(late).text == read(page()).text
    assert PARAGRAPHS[-1] in read(late).text


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
    assert reason_of(source) == "too_deep"


def test_a_page_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    read(page())  # what is imported and compiled once does not count
    monkeypatch.setattr(guards, "MAX_CPU_SECONDS", 0.02)
    source = page(paragraphs=PARAGRAPHS * 3_000)
    assert reason_of(source) == "too_complex"
    assert costs_at_most(1, lambda: reason_of(source))


def read_with_time_up_at(step: int) -> tuple[str, int]:
    """The outcome where the signal comes at a step of the code that sets and takes off the limit,
    or of what it calls; and the steps that there are."""
    steps = 0

    def disturb(frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal steps
        code = frame.f_code
        if code not in LIMITED and code.co_filename not in LIMITING:
            return None
        steps += 1
        told = signal.getsignal(signal.SIGPROF)
        if steps == step and callable(told):
            told(signal.SIGPROF, frame)
        return disturb

    sys.settrace(disturb)
    try:
        return read(page(head=OG_TITLE)).extractor, steps
    except PageError as error:
        return error.reason, steps
    finally:
        sys.settrace(None)


LIMITED = {extract.__code__, extraction._guarded.__code__}
LIMITING = {guards.__file__, contextlib.__file__}


def test_whenever_time_is_up_a_page_is_read_or_refused_and_the_limit_is_taken_off() -> None:
    before = signal.getsignal(signal.SIGPROF)
    outcome, steps = read_with_time_up_at(0)
    outcomes = [outcome]
    try:
        for step in range(1, steps + 1):
            outcomes.append(read_with_time_up_at(step)[0])
            assert signal.getsignal(signal.SIGPROF) is before
            assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert set(outcomes) == {"blocks", "too_complex"}


def test_pages_are_read_outside_the_main_thread_too() -> None:
    results: list[Extracted] = []
    thread = threading.Thread(target=lambda: results.append(read(page(head=OG_TITLE))))
    thread.start()
    thread.join()
    assert results[0].text.split("\n") == list(PARAGRAPHS)


def test_a_page_that_breaks_a_parser_is_a_page_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("links")

    monkeypatch.setattr(extraction, "facts_stated", broken)
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


# ── What is no text ──────────────────────────────────────────────────────────────────────────────

LINKED = "<a href='/kelp'>Kelp comes back to the bay</a>"
BESIDE = {
    "a pointer": f"<p><strong>Our background:</strong> {LINKED}</p>",
    "a bare link": f"<p>{LINKED}</p>",
    "a caption": "<figure><img src='/f.jpg'><figcaption>The ferry at its quay. Photo: Ada Lind"
    "</figcaption></figure>",
    "a list of links": f"<div class='k2'><h4>More</h4><ul>{f'<li>{LINKED}</li>' * 4}</ul></div>",
    "teaser cards": "<div class='k3'>"
    + "".join(
        f"<div><img src='/p.jpg'><h3><a href='/{number}'>Regatta number {number} ends</a></h3>"
        "<p>The boats came in late in the evening, and the crowd had gone home.</p></div>"
        for number in range(4)
    )
    + "</div>",
    "a newsletter box": "<div class='signup'><h4>The morning letter</h4><p>Sign up for our"
    " newsletter and get the harbour in your inbox.</p><form><input></form></div>",
    "a share bar": "<ul class='share'><li><a href='#'>Facebook</a></li>"
    "<li><a href='#'>Copy link</a></li></ul>",
    "a notice of rights": "<footer>© 2031 Harbour Post. All rights reserved.</footer>",
    "a menu": f"<nav><ul>{f'<li>{LINKED}</li>' * 6}</ul></nav>",
    "a hidden pointer": f"<div hidden><p>{LINKED}</p></div>",
}


@pytest.mark.parametrize("kind", BESIDE)
def test_what_stands_between_paragraphs_is_no_text(kind: str) -> None:
    many = (*PARAGRAPHS, *(f"{each[:-1]}, it was said again." for each in PARAGRAPHS))
    source = page(paragraphs=many, head=OG_TITLE).replace(
        f"<p>{many[3]}</p>", f"<p>{many[3]}</p>{BESIDE[kind]}"
    )
    article = read(source)
    assert article.text.split("\n") == list(many)
    assert article.extractor == "blocks"


def test_headings_are_kept_as_headings_and_the_last_one_needs_text() -> None:
    first, *others = PARAGRAPHS
    text = (f"<p>{first}</p><h2>In the yard</h2>", *(f"<p>{each}</p>" for each in others))
    source = (
        f"<html><head>{OG_TITLE}</head><body><article>{''.join(text)}<h2>More on ferries</h2>"
        "</article></body></html>"
    )
    article = read(source)
    assert article.text.split("\n") == [first, "In the yard", *others]
    assert [each.level for each in article.paragraphs][:3] == [0, 2, 0]


def test_a_paragraph_that_a_page_repeats_is_kept_once() -> None:
    source = page(paragraphs=(*PARAGRAPHS, PARAGRAPHS[1]), head=OG_TITLE)
    assert read(source).text.split("\n") == list(PARAGRAPHS)


def test_what_was_left_out_is_told() -> None:
    menu = f"<nav><ul><li>{LINKED}</li></ul></nav>"
    assert "Kelp comes back to the bay" in read(page(before=menu)).dropped


# ── How sure it is ───────────────────────────────────────────────────────────────────────────────


def test_a_clear_page_is_read_without_the_fallback() -> None:
    code = (
        "import sys; from tocsin.articles.extraction import extract\n"
        f"extract({page(head=OG_TITLE).encode()!r}, 'text/html', {URL!r})\n"
        "print('trafilatura' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == "False"


def test_a_page_that_the_model_is_not_sure_of_is_read_by_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extraction, "MIN_CONFIDENCE", 1.1)
    article = read(page(head=OG_TITLE))
    assert article.extractor == "trafilatura"
    assert article.confidence < 1
    assert article.text.split("\n") == list(PARAGRAPHS)


def test_where_the_fallback_finds_nothing_our_own_reading_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sure = read(page(head=OG_TITLE))
    monkeypatch.setattr(extraction, "MIN_CONFIDENCE", 1.1)
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: None)
    assert read(page(head=OG_TITLE)) == sure


def test_a_page_that_sets_its_text_by_script_has_the_text_that_it_states() -> None:
    stated = {"@type": "NewsArticle", "articleBody": "\n".join(PARAGRAPHS)}
    head = f'{OG_TITLE}<script type="application/ld+json">{json.dumps(stated)}</script>'
    article = read(f"<html><head>{head}</head><body><div id='app'>Loading</div></body></html>")
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.extractor == "json-ld"


def test_the_threshold_promises_the_best_text() -> None:
    sizes = [100.0, 100.0, 100.0]
    assert extraction.best_threshold(sizes, [0.9, 0.9, 0.1])[1] == 0.9
    assert extraction.best_threshold(sizes, [0.4, 0.3, 0.0])[1] == 0.3  # keeping less promises less
    assert extraction.best_threshold(sizes, [0.0, 0.0, 0.0]) == (0.0, 0.0)
    assert extraction.best_threshold([], []) == (0.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1)), max_size=12))
def test_a_promise_is_a_share(pairs: list[tuple[float, float]]) -> None:
    promise, threshold = extraction.best_threshold([s for s, _ in pairs], [p for _, p in pairs])
    assert 0 <= promise <= 1 + 1e-9
    assert threshold == 0 or threshold in [p for _, p in pairs]


# ── Anchors and siblings ─────────────────────────────────────────────────────────────────────────


def test_what_the_feed_says_anchors_the_text() -> None:
    entry = Entry(url=URL, title="The ferry’s first winter", content_html=f"<p>{PARAGRAPHS[0]}</p>")
    article = extract(page(head="").encode(), "text/html", URL, entry)
    assert article.text.split("\n") == list(PARAGRAPHS)


NEXT = (
    "Two fishers from the northern shore have turned their boats into floating kitchens.",
    "They cook what they land in the morning, and sell it on the quay before the shops are open.",
    "The town wants to see their papers first, and has sent somebody with a camera and a form.",
    "Nobody on the quay remembers when the town last asked a cook for more than a second plate.",
    "The fishers say that they have papers for the boats, the fish and the stoves on board.",
)


def features_named(name: str, markup: str, title: str) -> list[float | None]:
    layout = layout_of(lxml_html.document_fromstring(markup))
    number = NAMES.index(name)
    rows = features_of(layout, Anchors(title))
    return [None if row is None else row[number] for row in rows]


def test_the_next_article_on_a_page_is_not_taken_for_it_though_it_is_longer() -> None:
    following = "".join(f"<p>{each}</p>" for each in NEXT)
    markup = page(after=f"<article><h1>Kitchens afloat</h1>{following}</article>")
    own = features_named("it is a paragraph of the core", markup, "The ferry’s first winter")
    assert own[1 : 1 + len(PARAGRAPHS)] == [True] * len(PARAGRAPHS)
    assert not any(own[2 + len(PARAGRAPHS) :])
    apart = features_named(
        "headings of the first level between the title and it", markup, "The ferry’s first winter"
    )
    assert apart[1] == 0
    assert apart[-1] == 1


def test_a_body_that_the_page_states_tells_its_paragraphs_from_others() -> None:
    body = " ".join(PARAGRAPHS)
    layout = layout_of(lxml_html.document_fromstring(page(paragraphs=(*PARAGRAPHS, *NEXT))))
    rows = features_of(layout, Anchors("", (), body))
    inside = NAMES.index("how much of it is in the stated body")
    assert [row and row[inside] for row in rows] == [0, *[1] * len(PARAGRAPHS), *[0] * len(NEXT)]


def test_a_short_statement_is_no_body() -> None:
    layout = layout_of(lxml_html.document_fromstring(page()))
    rows = features_of(layout, Anchors("", (), PARAGRAPHS[0]))
    assert {row and row[NAMES.index("how much of it is in the stated body")] for row in rows} == {
        -1
    }


def test_a_page_states_its_body_in_json_ld_and_a_feed_in_its_content() -> None:
    stated = {"@type": "NewsArticle", "headline": "Ferry", "articleBody": "<p>Boats</p> went out"}
    head = f'<script type="application/ld+json">{json.dumps(stated)}</script>'
    tree = lxml_html.document_fromstring(page(head=head))
    assert anchors_of(Stated(tree, URL), "", None).body == "Boats went out"
    entry = Entry(url=URL, title="Ferry", content_html=f"<p>{PARAGRAPHS[0]}</p>")
    assert anchors_of(Stated(tree, URL), "", entry).body == PARAGRAPHS[0]


def test_what_siblings_repeat_is_no_text_and_is_told_apart_from_it() -> None:
    ending = "The Harbour Post is read on both sides of the bay every day."
    siblings = Siblings()
    for number in range(3):
        own = tuple(f"{each[:-1]} in year {number}." for each in PARAGRAPHS)
        found = read(page(paragraphs=(*own, ending), head=OG_TITLE))
        siblings = remember(siblings, f"page {number}", found.paragraphs)
    source = page(paragraphs=(*PARAGRAPHS, ending), head=OG_TITLE).encode()
    article = extract(source, "text/html", URL, siblings=siblings)
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.paragraphs[-1].text == ending


# ── Weights ──────────────────────────────────────────────────────────────────────────────────────


def test_the_weights_were_learned_over_these_features() -> None:
    stored = json.loads(weights.WEIGHTS.read_text())
    assert stored["features"] == list(NAMES)
    assert weights.WEIGHTS.stat().st_size < 1_000_000


def test_weights_of_other_features_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(weights, "NAMES", ("another",))
    weights.forest.cache_clear()
    with pytest.raises(ConfigurationError, match="train_extraction"):
        weights.probabilities([[0.0]])
    monkeypatch.undo()
    weights.forest.cache_clear()


def test_a_row_that_is_surely_no_text_has_no_chance() -> None:
    assert weights.probabilities([None]) == [0.0]


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
        ("<p>Text.</p><figure><img><figcaption>A caption</figcaption></figure>", "Text."),
        ("<p>Text.</p><p>Read also: <a href='/k'>Kelp comes back</a></p>", "Text."),
        ("<p>Text with <a href='/k'>a link</a> in it.</p>", "Text with a link in it."),
        ("<p>Text.</p><p hidden>Not shown</p>", "Text."),
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
