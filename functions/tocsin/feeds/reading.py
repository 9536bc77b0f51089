"""RSS, RDF, Atom and CDF from a tree of XML.

One pass over each item's children, by their names. What a name means is as feedparser has it, by
namespace where that is known and by prefix where not, but for what it is known to get wrong: a
caption of a picture (media:description) is no summary where there is another, and an empty <link>
hides no guid that is one.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from lxml import etree

from tocsin.feeds.dates import stated_date
from tocsin.feeds.entries import Item, absolute, looks_like_html, title_of
from tocsin.feeds.parser import MAX_ENTRIES, FeedFacts

ROOTS = {"rss": "rss", "rdf": "rdf", "feed": "atom", "channel": "cdf"}

# Namespaces by the prefix that they have here; those of the formats themselves have none.
_CORE = ("purl.org/rss/1.0/", "my.netscape.com/rdf/simple/0.9/", "purl.org/atom/ns#")
_PREFIXES = {
    **{f"http://{name}": "" for name in _CORE},
    "http://www.w3.org/2005/atom": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://purl.org/pie/": "",
    "http://purl.org/echo/": "",
    "http://example.com/newformat#": "",
    "http://example.com/necho": "",
    "uri/of/echo/namespace#": "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2000/svg": "svg:",
}
_USERLAND = "backend.userland.com/rss"

_TITLE, _LINK, _GUID, _CONTENT, _TEXT, _AUTHOR = (
    "title",
    "link",
    "guid",
    "content",
    "text",
    "author",
)
_PUBLISHED, _UPDATED, _CREATED, _OTHER_TITLE = "published", "updated", "created", "other title"
_FIELDS = {
    **dict.fromkeys(("title", "dc:title"), _TITLE),
    "media:title": _OTHER_TITLE,
    "link": _LINK,
    **dict.fromkeys(("guid", "id"), _GUID),
    # HTML unless they say otherwise, and text unless they do.
    **dict.fromkeys(("description", "dc:description", "content:encoded", "fullitem"), _CONTENT),
    **dict.fromkeys(("body", "xhtml:body"), _CONTENT),
    **dict.fromkeys(("summary", "abstract", "content", "itunes:summary"), _TEXT),
    **dict.fromkeys(("author", "dc:creator", "dc:author", "itunes:author"), _AUTHOR),
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms:issued"), _PUBLISHED),
    **dict.fromkeys(("updated", "modified", "dc:date", "dcterms:modified"), _UPDATED),
    "lastbuilddate": _UPDATED,
    **dict.fromkeys(("created", "dcterms:created"), _CREATED),
}
_MEDIA_DESCRIPTIONS = (
    "{http://search.yahoo.com/mrss/}description",
    "{http://search.yahoo.com/mrss}description",
)
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TEXT_TYPES = ("text", "plain", "text/plain")
_PAGES = ("", "html", "xhtml", "text/html", "application/xhtml+xml")
_NAMESPACED = re.compile(r' xmlns(?::[\w-]+)?="[^"]*"|(?<=<)(/?)[\w-]+:')
_EMAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_URL_REFERENCE = re.compile(r"&(?:amp;|(\w+);)", re.ASCII)
# What Windows-1252 has where Unicode has control characters: pages say &#146; and mean ’.
_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# References to them, their bytes in UTF-8, and a letter of UTF-8 that was encoded twice.
_REFERENCE = re.compile(rb"&#(?:1[2-5]\d|[xX]0{0,4}[89][\da-fA-F]);")
_MISREAD = (re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xc3[\x82-\xb4]\xc2"))
_HAS_WINDOWS = re.compile("[\x80-\x9f]")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class _Stated:
    """What was read of an item so far. Where an element comes again, the last that says something
    counts, but of titles the first; a link is one to a page."""

    title: str = ""
    other_title: str = ""
    link: str = ""
    base: str = ""
    guid: str = ""
    permalink: str = ""
    contents: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    dates: dict[str, datetime] = field(default_factory=dict)


class Reader:
    """Reads one document; it remembers what each of its tags means."""

    def __init__(self, root: Any, mends: bool = True) -> None:
        """`mends`: whether its texts may need what `needs_mending` looks for."""
        self._root = root
        self._mended = _mended if mends else str
        self._names: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._bases: dict[Any, str] = {}
        self._read = {
            _TITLE: self._title,
            _OTHER_TITLE: self._other_title,
            _LINK: self._link,
            _GUID: self._guid,
            _CONTENT: self._content,
            _TEXT: self._text,
            _AUTHOR: self._author,
            _PUBLISHED: self._date,
            _UPDATED: self._date,
            _CREATED: self._date,
        }

    def kind(self) -> str:
        """rss, rdf, atom or cdf; empty for what is neither."""
        return ROOTS.get(self._name(self._root).rpartition(":")[2], "")

    def items(self) -> list[Item]:
        """In the document's order, at most MAX_ENTRIES."""
        found = self._items(self._root)
        return [self._item(element) for element, _ in zip(found, range(MAX_ENTRIES), strict=False)]

    def facts(self, url: str) -> FeedFacts:
        return _Facts(self, url).read(self._root)

    def _items(self, parent: Any) -> Iterator[Any]:
        """At any depth: RDF has them beside the channel, CDF in channels within channels."""
        for child in parent.iterchildren("*"):
            if self._name(child) in ("item", "entry"):
                yield child
            elif len(child):
                yield from self._items(child)

    def _name(self, element: Any) -> str:
        tag = element.tag
        name = self._names.get(tag)
        if name is None:
            # What is no element (a reference that was left alone) has a function for its tag.
            name = _name_of(tag, element.prefix) if isinstance(tag, str) else ""
            self._names[tag] = name
        return name

    def _item(self, item: Any) -> Item:
        stated = _Stated(guid=item.get(_ABOUT) or "")
        fields = self._fields
        for child in item:
            tag = child.tag
            field_ = fields.get(tag)
            if field_ is None:
                field_ = fields[tag] = _FIELDS.get(self._name(child), "")
            if field_:
                self._read[field_](stated, child, field_)
        self._read_cdf(stated, item)
        if not any(stated.contents):
            stated.contents = [content for content in map(self._html, _captions(item)) if content]
        return _made(stated)

    def _read_cdf(self, stated: _Stated, item: Any) -> None:
        if item.tag.lower() != "item" or not item.attrib:
            return
        attributes = {name.lower(): value for name, value in item.attrib.items()}
        if not stated.link and attributes.get("href"):
            stated.link, stated.base = attributes["href"], self.base_of(item)
        changed = stated_date(attributes.get("lastmod"))
        if changed:
            stated.dates.setdefault(_UPDATED, changed)

    def _title(self, stated: _Stated, element: Any, _: str) -> None:
        stated.title = stated.title or self.title(element)

    def _other_title(self, stated: _Stated, element: Any, _: str) -> None:
        stated.other_title = stated.other_title or self.title(element)

    def title(self, element: Any) -> str:
        is_html = bool(len(element)) or not self._is_text(
            element, "text" if self._is_atom else "html"
        )
        return title_of(self._mended(_markup(element)), is_html)

    @property
    def _is_atom(self) -> bool:
        return bool(self._root.tag.endswith("feed"))

    def _link(self, stated: _Stated, element: Any, _: str) -> None:
        link = page_link(element)
        if link:
            stated.link = link
            stated.base = "" if "://" in link[:10] else self.base_of(element)

    def base_of(self, element: Any) -> str:
        """What xml:base, or CDF's BASE, says from the outside in; empty where nothing does."""
        if element is None:
            return ""
        if element not in self._bases:
            own = element.get(_BASE) or element.get("base") or element.get("BASE") or ""
            outer = self.base_of(element.getparent())
            self._bases[element] = absolute(outer, own) or outer
        return self._bases[element]

    def _guid(self, stated: _Stated, element: Any, _: str) -> None:
        guid = (element.text or "").strip()
        if guid:
            stated.guid = guid
            told = element.get("isPermaLink") or element.get("ispermalink") or "true"
            stated.permalink = guid if told.lower() == "true" and _leads(guid) else ""

    def _content(self, stated: _Stated, element: Any, _: str) -> None:
        stated.contents.append(self._html(element))

    def _text(self, stated: _Stated, element: Any, _: str) -> None:
        content = self._html(element)
        if content and not len(element) and self._is_text(element, "text"):
            content = content if looks_like_html(content) else escape(content, quote=False)
        stated.contents.append(content)

    def _html(self, element: Any) -> str:
        return self._mended(_markup(element))

    @staticmethod
    def _is_text(element: Any, default: str) -> bool:
        return (element.get("type") or default).lower() in _TEXT_TYPES

    def _author(self, stated: _Stated, element: Any, _: str) -> None:
        names = [child for child in element.iterchildren("*") if self._name(child).endswith("name")]
        stated.authors += [self._mended(name.text or "").strip() for name in names[:1]]
        if not len(element):
            stated.authors.append(_person(self._mended(element.text or "")))

    def _date(self, stated: _Stated, element: Any, kind: str) -> None:
        at = stated_date(element.text)
        if at is not None:
            stated.dates[kind] = at


class _Facts:
    def __init__(self, reader: Reader, url: str) -> None:
        self._reader = reader
        self._url = url
        self._texts: dict[str, str] = {}
        self._links: dict[str, list[str]] = {}
        self._hours: list[str] = []
        self._days: list[str] = []

    def read(self, root: Any) -> FeedFacts:
        feed = _first_channel(root)
        for child in _children_of_feed(feed):
            self._take(self._reader._name(child), child)
        self._links.setdefault("alternate", []).extend(
            filter(None, [feed.get("HREF") or feed.get("href")])
        )
        language = self._texts.get("language") or self._texts.get("dc:language") or root.get(_LANG)
        ttl = self._texts.get("ttl", "")
        return FeedFacts(
            kind=self._reader.kind(),
            title=self._texts.get("title") or self._texts.get("dc:title", ""),
            language=(language or "").strip()[:35].replace("_", "-") or None,
            site_url=self._link("alternate"),
            self_url=self._link("self"),
            hub_urls=tuple(dict.fromkeys(self._links.get("hub", [])))[:5],
            ttl_minutes=int(ttl) if ttl.isascii() and ttl.isdigit() and len(ttl) < 7 else None,
            skip_hours=frozenset(int(hour) % 24 for hour in self._hours if _is_hour(hour)),
            skip_days=frozenset(_DAYS.index(day) for day in self._days if day in _DAYS),
        )

    def _link(self, rel: str) -> str:
        return next(iter(self._links.get(rel, [])), "")

    def _take(self, name: str, element: Any) -> None:
        if name in ("title", "dc:title"):
            self._texts.setdefault(name, self._reader.title(element))
        elif name == "link":
            self._take_link(element)
        elif name == "skiphours":
            self._hours += [(hour.text or "").strip() for hour in element]
        elif name == "skipdays":
            self._days += [(day.text or "").strip().lower()[:3] for day in element]
        elif not len(element):
            self._texts.setdefault(name, (element.text or "").strip())

    def _take_link(self, element: Any) -> None:
        rel = (element.get("rel") or "alternate").strip().lower()
        link = page_link(element) if rel == "alternate" else element.get("href")
        url = absolute(absolute(self._url, self._reader.base_of(element)) or self._url, link or "")
        if url:
            self._links.setdefault(rel, []).append(url)


def _is_hour(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= 24


def _first_channel(root: Any) -> Any:
    return next((child for child in root.iterchildren("*") if _local(child.tag) == "channel"), root)


def _children_of_feed(feed: Any) -> Iterator[Any]:
    """An item of the feed's own children is a page's, and in CDF a channel's is another's."""
    for child in feed.iterchildren("*"):
        if _local(child.tag) not in ("item", "entry", "channel", "image", "textinput"):
            yield child


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _name_of(tag: str, prefix: str | None) -> str:
    namespace, brace, local = tag.rpartition("}")
    if not brace:
        return tag.lower()
    namespace = namespace[1:].lower()
    known = "" if _USERLAND in namespace else _PREFIXES.get(namespace)
    if known is None:
        known = f"{prefix}:" if prefix else ""
    return f"{known}{local}".lower()


def page_link(element: Any) -> str:
    """Where a link leads if it leads to a page, as text or as an attribute; else empty."""
    href = element.get("href") or element.get("url") or element.get("uri")
    if href is None:
        text = (element.text or "").strip()
        rel = element.get("rel") or "alternate"
        return (
            _URL_REFERENCE.sub(_reference, text)
            if "&" in text
            else text
            if rel == "alternate"
            else ""
        )
    rel, kind = element.get("rel") or "alternate", (element.get("type") or "").lower()
    return href.strip() if rel.lower() == "alternate" and kind in _PAGES else ""


def _reference(found: re.Match[str]) -> str:
    """A parameter whose name looks like an entity's (`&copy=1`), mended once too often."""
    return f"&{found[1] or ''}"


def _leads(guid: str) -> bool:
    """A guid is a link by default, and often none all the same."""
    return guid[:8].lower().startswith(("http://", "https://", "/"))


def _captions(item: Any) -> Iterator[Any]:
    yield from item.iter(*_MEDIA_DESCRIPTIONS)


def _made(stated: _Stated) -> Item:
    dates = stated.dates
    return Item(
        link=stated.link or stated.permalink,
        guid=stated.guid,
        title=stated.title or stated.other_title,
        content_html=max(stated.contents, key=len, default=""),
        authors=tuple(name for name in stated.authors if name),
        published_at=dates.get(_PUBLISHED) or dates.get(_UPDATED) or dates.get(_CREATED),
        updated_at=dates.get(_UPDATED),
        base=stated.base,
    )


def _markup(element: Any) -> str:
    if len(element):
        return _inner(element)
    text = (element.text or "").strip()
    return _unpacked(text) if text and _is_base64(element) else text


def _inner(element: Any) -> str:
    """Markup that stands in the document itself, without its namespaces."""
    if len(element) == 1 and _local(element[0].tag) == "div" and not (element.text or "").strip():
        return _inner(element[0]) + (element[0].tail or "").strip()
    pieces = [escape(element.text or "", quote=False)]
    pieces += [etree.tostring(child, encoding="unicode") for child in element]
    return _NAMESPACED.sub(lambda found: found[1] or "", "".join(pieces)).strip()


def _is_base64(element: Any) -> bool:
    """Atom: what is neither text nor XML is packed."""
    kind = (element.get("type") or "").lower()
    if (element.get("mode") or "").lower() == "base64":
        return True
    return "/" in kind and not (kind.startswith("text/") or kind.endswith(("+xml", "/xml")))


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode().strip()
    except ValueError:
        return text


def _person(stated: str) -> str:
    """A name from `mail@host.example (Name)`, `Name <mail@host.example>`, or a name."""
    stated = stated.strip()
    if "@" not in stated or not _EMAIL.search(stated):
        return stated
    rest = _EMAIL.sub("", stated).replace("()", "").replace("<>", "").strip()
    return rest.removeprefix("(").removesuffix(")").strip()


def needs_mending(document: bytes) -> bool:
    """Whether `_mended` would find anything: a look at the bytes costs a hundredth of it. All that
    was misread holds the byte C2."""
    if _REFERENCE.search(document):
        return True
    return b"\xc2" in document and any(sign.search(document) for sign in _MISREAD)


def _mended(text: str) -> str:
    """What other encodings left behind: UTF-8 read as Latin-1, and Windows' signs."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return text.translate(_WINDOWS) if _HAS_WINDOWS.search(text) else text
