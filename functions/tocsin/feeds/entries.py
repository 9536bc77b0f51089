"""What a feed states of an item, to an Entry of bounded size. Every field is a stranger's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import urljoin

from tocsin.feeds.dates import believable
from tocsin.model.entries import Entry

MAX_URL_CHARACTERS = 2_048  # what is longer is never fetched
MAX_GUID_CHARACTERS = 2_048
MAX_TITLE_CHARACTERS = 1_000
MAX_CONTENT_CHARACTERS = 20_000  # a long article
MAX_AUTHORS = 20
MAX_AUTHOR_CHARACTERS = 200

# What feeds put into titles. Other names in angle brackets are words: "the <blink> tag".
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|br|center|cite|code|del|dfn|div|em|font|h[1-6]|hr|i|img|ins|kbd"
    "|li|mark|nobr|ol|p|q|s|samp|script|small|span|strike|strong|style|sub|sup|svg|tt|u|ul|var|wbr"
)
_TAG = re.compile(
    rf"""</?(?:{_INLINE})(?:\s(?:[^<>"']|"[^"]{{0,2000}}+"|'[^']{{0,2000}}+'){{0,1000}}+)?/?>"""
    rf"|</?(?:{_INLINE})\s[^<>]{{0,1000}}+>|<!--[^<>]{{0,1000}}+-->",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"""<img\s[^<>]{0,1000}?\balt=["']([^"']{1,1000})["']""", re.IGNORECASE)
_CLOSED = re.compile(rf"</(?:{_INLINE})\s?>|<(?:br|img|hr|p)[\s/>]|&(?:\w+|#\w+);", re.IGNORECASE)
_LINE_END = re.compile(r"\s*[\r\n\t]\s*")
# A URL that joining would leave as it is: most are.
_PLAIN_URL = re.compile(r"https?://[\w.:-]{1,253}/[\w/.,;:?&=%+~!*()@-]*\Z", re.ASCII)


@dataclass(frozen=True)
class Item:
    """As read from a document. `title` is one line of text, `content_html` HTML and `whole`,
    `link` perhaps relative, or empty. `base` is what it is relative to, if not to the document."""

    link: str = ""
    guid: str = ""
    title: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    base: str = ""


def make_entries(base: str, items: Iterable[Item]) -> tuple[Entry, ...]:
    entries = (make_entry(base, item) for item in items)
    return tuple(entry for entry in entries if entry is not None)


def make_entry(base: str, item: Item) -> Entry | None:
    """None for an item whose link leads nowhere. Relative links are resolved against `base`."""
    base = (urljoin_or_none(base, item.base) or base) if item.base else base
    url = absolute(base, item.link)
    if not url:
        return None
    names = [whole(name.strip()[:MAX_AUTHOR_CHARACTERS]) for name in item.authors if name.strip()]
    return Entry(
        url=url,
        guid=whole(item.guid[:MAX_GUID_CHARACTERS]),
        title=whole(item.title[:MAX_TITLE_CHARACTERS]),
        content_html=item.content_html[:MAX_CONTENT_CHARACTERS],
        authors=tuple(names[:MAX_AUTHORS]),
        published_at=item.published_at,
        # As long as nothing was changed feeds state it all the same, or state it alone.
        updated_at=item.updated_at if item.updated_at != item.published_at else None,
    )


def believed(entry: Entry, seen_at: datetime) -> Entry:
    """Without dates that lie too far ahead of when the entry was seen."""
    stated = {"published_at": entry.published_at, "updated_at": entry.updated_at}
    dates = {name: believable(at, seen_at) for name, at in stated.items()}
    return entry if dates == stated else entry.model_copy(update=dates)


def absolute(base: str, link: str) -> str:
    """Empty for what leads nowhere: nothing, `http://[`, a link of thousands of characters."""
    link = link.strip()
    if not link or len(link) > MAX_URL_CHARACTERS:
        return ""
    link = _LINE_END.sub("", link)
    if _PLAIN_URL.match(link):
        return link
    url = urljoin_or_none(base, link)
    return whole(url) if url and len(url) <= MAX_URL_CHARACTERS else ""


def urljoin_or_none(base: str, link: str) -> str | None:
    try:
        return urljoin(base, link)
    except ValueError:  # as `http://[`
        return None


def whole(text: str) -> str:
    """JSON can state half of a character (\\ud83d), which no encoding can store."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def looks_like_html(text: str) -> bool:
    """Feeds call HTML text, or say nothing: a closing tag, a break or an entity gives it away."""
    return ("<" in text or "&" in text) and _CLOSED.search(text) is not None


def title_of(stated: str, is_html: bool = True) -> str:
    """One line of text. A feed's own escaping is undone already; entities that are left were
    escaped twice, which is seen more often than a title that is about them."""
    if "<" in stated and (is_html or looks_like_html(stated)):
        text = _TAG.sub(" ", stated)
        pictures = [] if text.strip() else _PICTURE.findall(stated)
        stated = _TAG.sub(" ", pictures[0]) if pictures else text
    return " ".join((unescape(stated) if "&" in stated else stated).split())
