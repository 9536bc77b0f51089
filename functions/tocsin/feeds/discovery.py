"""Where a site's feeds may be, from one of its pages. Nothing is asked here: candidates are URLs to
try, the likeliest first.

1. What the page names as its feeds: <link rel=alternate> with a feed's type.
2. Links in the page that look like feeds.
3. Sitemaps that robots.txt names, those of news first.
4. Where feeds usually are.

Feeds of comments come after the others of their kind.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from tocsin.feeds.charsets import utf8
from tocsin.feeds.entries import absolute

MAX_CANDIDATES = 40  # each costs a site one request
MAX_PAGE_BYTES = 1_000_000  # a page's head and menus are in its first megabyte
MAX_ROBOTS_LINES = 5_000
MAX_TITLE_CHARACTERS = 200

_TYPES = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/json": "json",
    "application/xml": "rss",
    "text/xml": "rss",
}
_LOOKS_LIKE = re.compile(
    r"(?:^|[/._-])(?:rss|feeds?|atom|rdf)\d?(?:[/._?=-]|$)|\.(?:rss|rdf|atom)$|[?&](?:feed|format)=",
    re.IGNORECASE,
)
_NO_FEED = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|css|js|pdf|mp[34]|zip)$", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|replies", re.IGNORECASE)
_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})", re.IGNORECASE | re.MULTILINE)
_USUAL = (
    *("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"),
    *("/feeds", "/rss/news", "/rss/all.xml", "/news/rss", "/?feed=rss2"),
    *("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_news.xml", "/sitemap.xml"),
)


@dataclass(frozen=True)
class Candidate:
    """`kind` is what the URL claims to be (rss, atom, json, sitemap; empty: nobody says). `found`
    is where it was: link, anchor, robots or usual."""

    url: str
    found: str
    kind: str = ""
    title: str = ""


def find_feeds(
    body: bytes, content_type: str, url: str, robots: bytes = b""
) -> tuple[Candidate, ...]:
    """At most MAX_CANDIDATES, each URL once. `robots` is the site's robots.txt, where known."""
    page = _page(body[:MAX_PAGE_BYTES], content_type)
    named = [] if page is None else list(_in_page(page, url))
    found = [*named, *_in_robots(robots, url), *_usual(url)]
    first: dict[str, Candidate] = {}
    for candidate in sorted(found, key=_rank):
        first.setdefault(candidate.url, candidate)
    return tuple(first.values())[:MAX_CANDIDATES]


def _rank(candidate: Candidate) -> tuple[int, bool, bool]:
    order = ("link", "anchor", "robots", "usual").index(candidate.found)
    comments = bool(_COMMENTS.search(candidate.url) or _COMMENTS.search(candidate.title))
    return order, comments, candidate.found == "robots" and "news" not in candidate.url.lower()


def _page(body: bytes, content_type: str) -> Any:
    """None where there is no element in it."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        return etree.fromstring(utf8(body, content_type), parser)
    except etree.XMLSyntaxError:
        return None


def _in_page(page: Any, url: str) -> Iterator[Candidate]:
    stated = next((base.get("href") for base in page.iter("base") if base.get("href")), "")
    base = absolute(url, stated) or url
    yield from _links(page, base)
    yield from _anchors(page, base)


def _links(page: Any, base: str) -> Iterator[Candidate]:
    for link in page.iter("link"):
        rels = (link.get("rel") or "").lower().split()
        kind = _TYPES.get((link.get("type") or "").partition(";")[0].strip().lower(), "")
        target = _target(base, link.get("href"))
        is_feed = "feed" in rels or ("alternate" in rels and _is_feed(kind, link, target))
        if target and is_feed:
            yield Candidate(target, "link", kind, _shown(link.get("title")))


def _is_feed(kind: str, link: Any, target: str) -> bool:
    """Blogs name their interface for programs as JSON, too, and translations as alternates."""
    plain = (link.get("type") or "").lower() in ("application/json", "application/xml", "text/xml")
    return bool(kind) and (not plain or _LOOKS_LIKE.search(target) is not None)


def _anchors(page: Any, base: str) -> Iterator[Candidate]:
    for anchor in page.iter("a"):
        target = _target(base, anchor.get("href"))
        place = target.partition("//")[2].partition("/")[2]
        if _LOOKS_LIKE.search(f"/{place}") and not _NO_FEED.search(target):
            yield Candidate(target, "anchor", title=_shown("".join(anchor.itertext())))


def _target(base: str, href: str | None) -> str:
    """Without a fragment; empty for what is no web address."""
    target = absolute(base, href or "").partition("#")[0]
    return target if target.lower().startswith(("http://", "https://")) else ""


def _shown(text: str | None) -> str:
    return " ".join((text or "").split())[:MAX_TITLE_CHARACTERS]


def _in_robots(robots: bytes, url: str) -> Iterable[Candidate]:
    lines = b"\n".join(robots[:MAX_PAGE_BYTES].splitlines()[:MAX_ROBOTS_LINES])
    stated = (match.decode(errors="replace") for match in _SITEMAP.findall(lines))
    targets = (_target(url, sitemap) for sitemap in stated)
    return [Candidate(target, "robots", "sitemap") for target in targets if target]


def _usual(url: str) -> Iterable[Candidate]:
    """Beside the page's own section first: /sport/ may have a feed of its own."""
    try:
        section = urlsplit(url).path.strip("/").partition("/")[0]
    except ValueError:
        return []
    own = [f"/{section}{path}" for path in _USUAL[:4]] if section and "." not in section else []
    places = [urljoin(url, path) for path in (*_USUAL[:5], *own, *_USUAL[5:])]
    return [
        Candidate(place, "usual", "sitemap" if "sitemap" in place else "")
        for place in places
        if place.lower().startswith("http")
    ]
