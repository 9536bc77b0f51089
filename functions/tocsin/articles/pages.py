"""A page, checked, decoded and parsed once: text and facts are read from the same tree."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tocsin.articles.encoding import decode
from tocsin.articles.guards import MAX_CHARACTERS, check_body, check_markup
from tocsin.errors import PageError

# The parser drops the text behind them. A page that ends its body early has all of its text there;
# https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-afterbody has browsers read on.
_EARLY_ENDS = re.compile(r"</(?i:body|html)\s*>")


@dataclass(frozen=True)
class Page:
    """`tree` is lxml's, to be read and not changed; `markup` what it was made of."""

    url: str
    markup: str
    tree: Any
    encoding: str


def open_page(body: bytes, content_type: str, url: str) -> Page:
    """`content_type` is the whole HTTP header. Raises PageError: `not_html`, `too_deep`, `no_text`
    for a page without an element, `unreadable: …` for one that breaks the parser."""
    check_body(body, content_type, url)
    decoded = decode(body, content_type)
    markup = _EARLY_ENDS.sub("", decoded.text[:MAX_CHARACTERS])
    encoded = markup.encode(errors="replace")
    check_markup(encoded, url)
    return Page(url, markup, parse(encoded, url), decoded.encoding)


def parse(markup: bytes, url: str) -> Any:
    """UTF-8 to lxml's tree. Raises PageError as `open_page`."""
    # Not lxml.html's parser: it asks Python for the class of each element that is looked at, which
    # takes longer than to parse the page.
    parser = etree.HTMLParser(encoding="utf-8")
    try:
        tree = etree.fromstring(markup, parser)
    except Exception as error:  # whatever a parser trips over is the page's fault, and its alone
        raise PageError(url, f"unreadable: {type(error).__name__}") from error
    if tree is None:
        raise PageError(url, "no_text")
    return tree
