"""What no page may do to us: its size, its nesting and its time are bounded before and while it is
read. Nothing that a page names is fetched, and nothing in it is run."""

import re
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

from tocsin.errors import PageError

T = TypeVar("T")

MAX_CHARACTERS = 2_000_000  # of 498 real pages one is longer, by a twentieth; its end is no article
# libxml2 drops what lies deeper than 256 elements. Real pages: at most 65, counted as below.
MAX_DEPTH = 200
# Elements that are opened and never closed, those left out whose end tag is. Real pages: at most
# 42. Parsers that follow HTML5 take quadratic time over them.
MAX_UNCLOSED = 2_000
# Usual pages take 15 ms; what takes 2 s of the processor is made to.
MAX_CPU_SECONDS = 2.0
_AGAIN_SECONDS = 0.05
_FINALIZERS = frozenset(("__del__", "gc_callback"))
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "")
_SKIPPED = re.compile(rb"<(?:(!--)|(?:script|style|textarea)\b)")
_TAG = re.compile(
    rb"<(/?)(?:div|section|article|main|header|footer|aside|nav|span|font|center|form|table|tbody"
    rb"|t[rd]|[uo]l|li|d[ld]|blockquote|figure|[pabiuq]|em|strong|small|big|su[bp]|ins|del|h[1-6]"
    rb"|code|pre|label|button|fieldset|object|details|summary)\b"
)
_START_BYTES = 5_000
_PAGE = re.compile(rb"<(?:html|!doctype html|head|body)\b", re.IGNORECASE)
_WIDE_TAG = re.compile(rb"<\0[a-zA-Z!?/]\0|\0<\0[a-zA-Z!?/]")


def check_body(body: bytes, content_type: str, url: str) -> None:
    """Raises PageError `not_html`. `content_type` is the whole header."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _HTML_TYPES or not _looks_like_html(body[:_START_BYTES]):
        raise PageError(url, "not_html")


def _looks_like_html(start: bytes) -> bool:
    """UTF-16 has a zero beside each letter of a tag; what else holds zeros at its start is an image
    or a program, unless it names itself a page."""
    if b"\0" not in start:
        return b"<" in start
    return bool(_WIDE_TAG.search(start) or _PAGE.search(start))


def check_markup(markup: bytes, url: str) -> None:
    """Of UTF-8. Raises PageError `too_deep` for nesting that parsers lose text in, or hang on."""
    depth = deepest = opened = closed = 0
    for end in _container_tags(markup.lower()):
        if end:
            closed += 1
            depth -= depth > 0
        else:
            opened += 1
            depth += 1
            deepest = max(deepest, depth)
    if deepest > MAX_DEPTH or opened - closed > MAX_UNCLOSED:
        raise PageError(url, "too_deep")


def _container_tags(markup: bytes) -> Iterator[bytes]:
    """A slash for each end tag, nothing for others. One pass: what is skipped is looked for from
    where it begins, and goes on to the end where it is never closed."""
    at = 0
    while found := _SKIPPED.search(markup, at):
        yield from _TAG.findall(markup, at, found.start())
        at = markup.find(b"-->" if found[1] else b"</" + found[0][1:], found.end())
        if at < 0:
            return
    yield from _TAG.findall(markup, at)


def within_cpu_limit(url: str, work: Callable[[], T], seconds: float) -> T:
    """What `work` returns. Raises PageError `too_complex` where it takes more `seconds` of the
    processor.

    The signal reaches the main thread only, which is where Lambda runs a handler; elsewhere there
    is no such limit. It is delivered between two steps of Python code: a single call into C runs to
    its end, which the limits of size and depth keep short (parsing 2 MB takes .1 s). It comes again
    until it has got through, and raises nothing outside of the work: there nobody would know what
    it means, and the limit would not be taken off.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    try:
        return _timed(work, seconds)
    except _TimeIsUp as error:
        raise PageError(url, "too_complex") from error


def _timed(work: Callable[[], T], seconds: float) -> T:
    """Calls nothing in Python but the work: `_time_is_up` builds on it."""
    before = signal.signal(signal.SIGPROF, _time_is_up)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
        return work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _time_is_up(_signal: int, frame: FrameType | None) -> None:
    """Raises _TimeIsUp in what `_timed` has called, and neither in `_timed` itself nor in a
    finalizer, where it would be lost."""
    at_work = False
    while frame is not None and frame.f_code is not _timed.__code__:
        if frame.f_code.co_name in _FINALIZERS:
            return
        at_work = True
        frame = frame.f_back
    if at_work and frame is not None:
        raise _TimeIsUp


class _TimeIsUp(BaseException):
    """No Exception: trafilatura catches those in many places, and goes on."""
