"""A page to the article on it.

The text is trafilatura's; facts are taken where a page states them for machines, in this order:
JSON-LD, meta elements, trafilatura's reading of the page (`metadata.py`).
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from lxml import html as lxml_html

from tocsin.articles.metadata import Facts, facts_of
from tocsin.errors import PageError
from tocsin.model import stated_instant

# A pathological page of 1 MB held trafilatura for more than 40 s, usual pages take 15 ms.
MAX_SECONDS = 10
TITLE_LINES = 3  # a section or a date may stand above the title
# "- News": a list item of at most four words that ends no sentence.
_MENU_ITEM = re.compile(r"- \S+( \S+){0,3}(?<![.!?…»”\"])")
# Elements that have lines of their own in a feed's HTML.
_LINE = re.compile(
    r"</?(?:p|div|br|li|t[rdh]|blockquote|pre|figure|figcaption|section|article|h[1-6])\b",
    re.IGNORECASE,
)
_HTML_TYPES = ("text/html", "application/xhtml+xml", "")


@dataclass(frozen=True)
class Extracted:
    """`text` has one paragraph or heading a line and holds no title, menu or teaser. `facts` are
    stated for machines, `guesses` read from the page."""

    title: str
    text: str
    facts: Facts
    guesses: Facts


def extract(body: bytes, content_type: str, url: str) -> Extracted:
    """The article on a page. Raises PageError where there is none (`not_html`, `no_text`) or where
    finding it takes longer than any honest page does (`too_complex`)."""
    if content_type not in _HTML_TYPES or not _looks_like_html(body):
        raise PageError(url, "not_html")
    document, facts = _read(body, url)
    title = facts.title or document.title or ""
    text = "\n".join(_paragraphs(document.text or "", title))
    if not text:
        raise PageError(url, "no_text")
    return Extracted(title, text, facts, _reading(document).bounded())


def text_of(fragment: str) -> str:
    """The text of a feed's own HTML, one paragraph a line."""
    if "<" not in fragment and "&" not in fragment:
        return "\n".join(_lines(fragment))
    try:
        lines = _LINE.sub(r"\n\g<0>", fragment)
        root = lxml_html.fragment_fromstring(lines, create_parent="div")
    except (AssertionError, ValueError, lxml_html.etree.ParserError):  # no body, or two
        return ""
    lxml_html.etree.strip_elements(root, "script", "style", with_tail=False)
    return "\n".join(_lines(root.text_content()))


def _looks_like_html(body: bytes) -> bool:
    return b"<" in body[:5_000] and b"\0" not in body[:5_000]


def _read(body: bytes, url: str) -> tuple[Any, Facts]:
    """trafilatura's document, and the facts. A page that breaks a parser is no reason to lose the
    other pages of its job, nor the entry: whatever is raised becomes a PageError."""
    # Imported here: 200 ms that an invocation whose entries are all known never pays.
    from trafilatura import bare_extraction

    try:
        with _time_limit(url):
            facts = facts_of(_tree(body))
            document = bare_extraction(body, url=url, with_metadata=True, include_comments=False)
    except PageError:
        raise
    except Exception as error:
        raise PageError(url, f"unreadable: {type(error).__name__}") from error
    if document is None:
        raise PageError(url, "no_text")
    return document, facts


def _tree(body: bytes) -> Any:
    """lxml takes a page that does not name its encoding for Latin-1: valid UTF-8 is UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return lxml_html.fromstring(body)
    return lxml_html.fromstring(body, parser=lxml_html.HTMLParser(encoding="utf-8"))


def _reading(document: Any) -> Facts:
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Facts(
        title=document.title,
        authors=authors,
        # trafilatura knows days; their first instant in UTC stands for them.
        published_at=stated_instant(document.date or ""),
        language=document.language,
        publisher=document.sitename,
    )


def _paragraphs(text: str, title: str) -> list[str]:
    """Without the title, which pages set above their text, and without the remains of a menu or a
    list of tags below it: short list items that end no sentence."""
    lines = _lines(text)
    above = [number for number, line in enumerate(lines[:TITLE_LINES]) if line == title.strip()]
    lines = lines[above[-1] + 1 :] if above else lines
    while lines and _MENU_ITEM.fullmatch(lines[-1]):
        lines.pop()
    return lines


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := re.sub(r"\s+", " ", raw).strip())]


@contextmanager
def _time_limit(url: str) -> Iterator[None]:
    """Raises PageError out of code that takes too long. Works in the main thread, which is where
    Lambda runs a handler; elsewhere there is no such signal, and no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, too_long)
    try:
        signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeIsUp as error:
        raise PageError(url, "too_complex") from error
    finally:
        signal.signal(signal.SIGALRM, before)


class _TimeIsUp(BaseException):
    """No Exception: trafilatura catches those in many places, and goes on."""
