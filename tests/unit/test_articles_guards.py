"""What no page may do to us."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial

import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import costs_at_most
from tests.unit.adversarial import ARTICLE, KINDS, SENTENCE, made, page
from tocsin.articles import guards
from tocsin.articles.extraction import extract
from tocsin.articles.guards import (
    MAX_DEPTH,
    MAX_UNCLOSED,
    check_body,
    check_markup,
    within_cpu_limit,
)
from tocsin.articles.pages import open_page
from tocsin.errors import PageError

URL = "https://harbour-post.example/news/ferry"
ARTICLE_FOUND = "article"


def outcome_of(body: bytes, content_type: str = "text/html") -> str:
    try:
        found = extract(body, content_type, URL)
    except PageError as error:
        return error.reason if error.url == URL else "another page's"
    assert found.text
    return ARTICLE_FOUND


NO_HTML = {"empty", "white space", "plain text", "json"}
DEEP = {
    *("nested div", "nested div with an article", "nested inline", "nested tables"),
    *("nested lists", "unclosed tags"),
}
# Whatever stands before the article in them, it is found.
READ = {
    *("script", "comment", "attribute", "nul and control characters", "replacement characters"),
    *("xml declaration", "deep json-ld", "spaces", "digits", "bylines", "links", "line breaks"),
    *("flat paragraphs", "one text node", "no spaces"),
}


def expected(kind: str) -> set[str]:
    if kind in NO_HTML:
        return {"not_html"}
    if kind in DEEP:
        return {"too_deep"}
    return {ARTICLE_FOUND, "too_complex"} if kind in READ else {"no_text", ARTICLE_FOUND}


def test_all_kinds_of_adversarial_page_are_made() -> None:
    assert len(KINDS) == 27


@pytest.mark.parametrize("kind", KINDS)
def test_every_adversarial_page_ends_in_a_named_outcome_in_time(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of their size, with a quarter of the time, so that the tests stay fast. What is busy
    in one call into a parser is stopped after it: that may take long on a busy machine."""
    monkeypatch.setattr(guards, "MAX_CPU_SECONDS", 0.5)
    body = made(kind, 0.1)
    assert outcome_of(body) in expected(kind)
    assert costs_at_most(20 * guards.MAX_CPU_SECONDS, lambda: outcome_of(body))


@pytest.mark.parametrize("kind", ["nested div", "nested inline", "script", "comment", "attribute"])
def test_a_page_of_full_size_that_is_refused_or_skipped_costs_little(kind: str) -> None:
    body = made(kind, 1)
    assert costs_at_most(2 * guards.MAX_CPU_SECONDS, lambda: outcome_of(body))


@pytest.mark.parametrize("body", [b"<" * 400_000, b"<!--" * 100_000, b"<script" * 60_000])
def test_looking_at_markup_takes_time_that_grows_with_its_length(body: bytes) -> None:
    def look() -> None:
        with suppress(PageError):
            check_markup(body, URL)

    assert costs_at_most(1, look)


def test_nothing_on_a_page_is_fetched_or_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a page made us reach out")

    for owner, name in ((socket, "socket"), (socket, "getaddrinfo"), (subprocess, "Popen")):
        monkeypatch.setattr(owner, name, refused)
    outside = (
        "<link rel='stylesheet' href='http://127.0.0.1/a.css'><base href='http://127.0.0.1/'>"
        "<script src='http://127.0.0.1/a.js'></script><iframe src='file:///etc/passwd'></iframe>"
        "<img src='http://127.0.0.1/a.png'><meta http-equiv='refresh' content='0;url=http://127.0.0.1/'>"
    )
    declared = "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    body = declared + page(outside + ARTICLE.replace("ferry", "ferry &x;"))
    found = extract(body.encode(), "text/html", URL)
    assert "root:" not in found.text
    assert SENTENCE.partition("ferry")[2][:20] in found.text


# ── What is no page ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<p>text</p>", "application/pdf"),
        (b"<p>text</p>", "application/json; charset=utf-8"),
        (b"%PDF-1.7 plain", "text/html"),
        (b"\x89PNG<\0\0", "text/html"),
        (b"", "text/html"),
    ],
)
def test_what_is_no_html_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(PageError) as refused:
        check_body(body, content_type, URL)
    assert refused.value.reason == "not_html"


@pytest.mark.parametrize("content_type", ["", "text/html; charset=utf-8", "application/xhtml+xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_html_in_any_encoding_is_not(content_type: str, encoding: str) -> None:
    check_body("<html><p>Пором</p></html>".encode(encoding), content_type, URL)


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH + 1])
def test_nesting_that_parsers_lose_text_in_is_refused(levels: int) -> None:
    markup = "<div>" * levels + "text" + "</div>" * levels
    refused = pytest.raises(PageError, match="too_deep") if levels > MAX_DEPTH else nullcontext()
    with refused:
        check_markup(markup.encode(), URL)


def test_tags_without_end_are_refused() -> None:
    flat = b"<p>text</p>" * 10_000
    check_markup(flat, URL)
    check_markup(b"<!--" + b"<div>" * 1_000 + b"-->" + flat, URL)
    check_markup(b"<script>" + b"'<div>'" * 1_000 + b"</SCRIPT>" + flat, URL)
    with pytest.raises(PageError, match="too_deep"):
        check_markup(b"<p><a>x</p>" * (MAX_UNCLOSED + 1), URL)


def test_of_a_page_that_is_too_long_the_beginning_is_read() -> None:
    body = page(ARTICLE + "<p>x</p>" * 300_000).encode()
    found = open_page(body, "text/html", URL)
    assert len(found.markup) == guards.MAX_CHARACTERS
    assert SENTENCE in "".join(found.tree.itertext())


@given(st.lists(st.sampled_from(["<div>", "</div>", "<p", ">", "<!--", "-->", "<script>", "x"])))
def test_any_markup_is_passed_or_refused(parts: list[str]) -> None:
    check_markup("".join(parts).encode(), URL)


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def refused_after(work: Callable[[], None]) -> None:
    with pytest.raises(PageError) as refused:
        within_cpu_limit(URL, work, 0.02)
    assert refused.value.reason == "too_complex"


def test_what_takes_too_much_of_the_processor_is_refused() -> None:
    refused_after(lambda: busy(5))


def test_waiting_takes_none_of_it() -> None:
    within_cpu_limit(URL, lambda: time.sleep(0.06), 0.02)


def test_code_that_goes_on_after_errors_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def stubborn(*_: object, **__: object) -> None:
        with suppress(Exception):
            busy(0.5)
        busy(0.5)

    monkeypatch.setattr(trafilatura, "bare_extraction", stubborn)
    assert costs_at_most(0.4, lambda: refused_after(lambda: trafilatura.bare_extraction("")))


class SlowToGo:
    """What takes longer to be freed than from one signal to the next, as a large tree does."""

    def __del__(self) -> None:
        busy(0.15)


def test_what_is_slow_to_be_freed_does_not_keep_the_limit_from_being_named() -> None:
    def build() -> None:
        kept = SlowToGo()
        busy(5)
        del kept

    for _ in range(5):
        refused_after(build)


def test_what_a_finalizer_swallows_is_raised_again() -> None:
    class Closing:
        def __del__(self) -> None:
            busy(0.06)

    def finalize() -> None:
        for _ in range(3):
            Closing()
        busy(5)

    refused_after(finalize)


def test_what_is_done_when_time_is_up_is_done() -> None:
    """The last that the work does is a call into C, and no step of Python comes behind it."""
    assert within_cpu_limit(URL, partial(sum, range(2_000_000)), 0.001) == 1_999_999_000_000


def test_a_limit_that_was_not_reached_never_fires() -> None:
    before = signal.getsignal(signal.SIGPROF)
    within_cpu_limit(URL, lambda: None, 0.05)
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    busy(0.1)


def test_outside_of_the_main_thread_there_is_no_limit() -> None:
    ended: list[bool] = []

    def read() -> None:
        within_cpu_limit(URL, lambda: busy(0.05), 0.01)
        ended.append(True)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert ended == [True]
