"""Pages that were made to break whoever reads them: the kinds that the project knows of.

`scale` sets their size: at 1 those that are large have five megabytes.
"""

import random
from collections.abc import Callable

TITLE = "The ferry that crossed the bay"
SENTENCE = (
    "The electric ferry crossed the bay through its whole first winter without a day in the yard."
)
ARTICLE = (
    f"<article><h1>{TITLE}</h1>{''.join(f'<p>{SENTENCE} ({n})</p>' for n in range(12))}</article>"
)
MILLION = 1_000_000


def page(body: str, head: str = "") -> str:
    return f"<html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"


def _noise(scale: float) -> bytes:
    letters = random.Random(7)
    return bytes(letters.randrange(1, 256) for _ in range(int(300_000 * scale)))


def _deep_json(scale: float) -> str:
    levels = int(50_000 * scale)
    nested = '{"a":' * levels + "1" + "}" * levels
    return page(ARTICLE, f'<script type="application/ld+json">{nested}</script>')


def _times(text: str, count: float) -> str:
    return text * int(count)


KINDS: dict[str, Callable[[float], str | bytes]] = {
    "empty": lambda scale: "",
    "white space": lambda scale: " \n" * 50,
    "plain text": lambda scale: "just text " * 300,
    "only a head": lambda scale: f"<html><head><title>{TITLE}</title></head></html>",
    "json": lambda scale: '{"a": 1}' * 100,
    "nested div": lambda scale: page(
        _times("<div>", 450_000 * scale) + ARTICLE + _times("</div>", 450_000 * scale)
    ),
    "nested div with an article": lambda scale: page(
        _times("<div>", 5_000) + ARTICLE + _times("</div>", 5_000)
    ),
    "nested inline": lambda scale: page(_times("<b><i>", 200_000 * scale) + "x" + ARTICLE),
    "nested tables": lambda scale: page(_times("<table><tr><td>", 3_000) + ARTICLE),
    "nested lists": lambda scale: page(_times("<ul><li>", 20_000 * scale) + ARTICLE),
    "flat paragraphs": lambda scale: page(
        f"<article>{_times(f'<p>{SENTENCE}</p>', 5 * MILLION * scale / 100)}</article>"
    ),
    "one text node": lambda scale: page(
        f"<article><p>{_times('word ', MILLION * scale)}</p></article>"
    ),
    "no spaces": lambda scale: page(
        f"<article><p>{_times('x', 5 * MILLION * scale)}</p></article>"
    ),
    "links": lambda scale: page(
        _times('<li><a href="/x">Related news headline number</a></li>', 100_000 * scale) + ARTICLE
    ),
    "line breaks": lambda scale: page(
        f"<article>{_times('Some sentence text here<br>', 200_000 * scale)}</article>"
    ),
    "script": lambda scale: page(
        f"<script>{_times('var a = 1 < 2; ', 330_000 * scale)}</script>" + ARTICLE
    ),
    "comment": lambda scale: page(f"<!--{_times('-x', 2.5 * MILLION * scale)}-->" + ARTICLE),
    "attribute": lambda scale: page(
        f'<div class="{_times("a ", 2 * MILLION * scale)}">{ARTICLE}</div>'
    ),
    "nul and control characters": lambda scale: page(
        "\0\x01\x02" * 1_000 + ARTICLE + "\x0b\x0c"
    ).replace("ferry", "fer\0ry"),
    "replacement characters": lambda scale: page(ARTICLE.replace("the", "\ufffdé\u00c3\u0080")),
    "noise": _noise,
    "unclosed tags": lambda scale: page(_times('<div><p><a href="x">y', 20_000 * scale) + ARTICLE),
    "xml declaration": lambda scale: '<?xml version="1.0" encoding="iso-8859-1"?>' + page(ARTICLE),
    "deep json-ld": _deep_json,
    "spaces": lambda scale: page(
        f"<article><p>{_times(' ', 300_000 * scale)}x{_times(' ', 300_000 * scale)}</p></article>"
        + ARTICLE
    ),
    "digits": lambda scale: page(f"<p>{_times('2020-01-', 100_000 * scale)}</p>" + ARTICLE),
    "bylines": lambda scale: page(
        f'<p class="author">{_times("by ", 200_000 * scale)}</p>' + ARTICLE
    ),
}


def made(kind: str, scale: float) -> bytes:
    found = KINDS[kind](scale)
    return found if isinstance(found, bytes) else found.encode()
