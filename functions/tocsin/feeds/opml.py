"""Lists of feeds as other readers keep them (https://opml.org/spec2.opml): in and out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from tocsin.errors import FeedError
from tocsin.feeds.charsets import utf8
from tocsin.feeds.entries import absolute
from tocsin.feeds.mending import body_of, mended

MAX_OUTLINES = 10_000  # as many feeds as a single account is built for
MAX_TEXT_CHARACTERS = 500
MAX_DEPTH = 20

_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Outline:
    """A feed in a list. `categories` are the folders that it lies in, from the outside in."""

    url: str
    title: str = ""
    html_url: str = ""
    categories: tuple[str, ...] = ()


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Feeds in the list's order, each URL once; of a damaged list what is readable. Raises
    FeedError for what is no OPML."""
    root = _root(mended(body_of(utf8(body, ""))))
    if root is None or _local(root) not in ("opml", "outlinedocument", "body"):
        raise FeedError("", "not_opml", "no OPML; export the list of feeds once more")
    bodies = (child for child in root if _local(child) == "body")
    first: dict[str, Outline] = {}
    for outline in _outlines(next(bodies, root), ()):
        first.setdefault(outline.url, outline)
        if len(first) == MAX_OUTLINES:
            break
    return tuple(first.values())


def write_opml(outlines: Iterable[Outline], title: str, at: datetime) -> bytes:
    """OPML 2.0, folders as outlines around their feeds, in the order in which they first come."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = _NO_XML.sub("", title)
    etree.SubElement(head, "dateCreated").text = format_datetime(at, usegmt=at.utcoffset() is None)
    folders: dict[tuple[str, ...], Any] = {(): body}
    for outline in outlines:
        parent = _folder(folders, outline.categories[:MAX_DEPTH])
        etree.SubElement(parent, "outline", _attributes(outline))
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _root(document: bytes) -> Any:
    """Broken lists are mended as far as lxml does; nothing is loaded, no entity is expanded."""
    from lxml import etree

    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return None


def _outlines(parent: Any, categories: tuple[str, ...]) -> Iterator[Outline]:
    for child in parent:
        if _local(child) != "outline":
            continue
        outline = _outline(child, categories)
        if outline is not None:
            yield outline
        if len(child) and len(categories) < MAX_DEPTH:
            name = _text(child, "text") or _text(child, "title")
            inside = categories if outline or not name else (*categories, name)
            yield from _outlines(child, inside)


def _outline(element: Any, categories: tuple[str, ...]) -> Outline | None:
    """None for a folder. Programs differ in how they write xmlUrl."""
    url = absolute("", _text(element, "xmlurl", 2_048))
    if not url.lower().startswith(("http://", "https://")):
        return None
    stated = _text(element, "category")
    named = tuple(filter(None, stated.split(",")[0].split("/"))) if not categories else ()
    return Outline(
        url=url,
        title=_text(element, "title") or _text(element, "text"),
        html_url=_text(element, "htmlurl", 2_048),
        categories=categories or tuple(name.strip() for name in named if name.strip()),
    )


def _text(element: Any, name: str, limit: int = MAX_TEXT_CHARACTERS) -> str:
    values = (value for key, value in element.attrib.items() if key.lower() == name)
    return " ".join(next(values, "").split())[:limit].strip()


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _folder(folders: dict[tuple[str, ...], Any], categories: Sequence[str]) -> Any:
    from lxml import etree

    path: tuple[str, ...] = ()
    for name in categories:
        parent, path = folders[path], (*path, name)
        if path not in folders:
            folders[path] = etree.SubElement(parent, "outline", text=_NO_XML.sub("", name))
    return folders[path]


def _attributes(outline: Outline) -> dict[str, str]:
    stated = {
        "type": "rss",
        "text": outline.title or outline.url,
        "title": outline.title,
        "xmlUrl": outline.url,
        "htmlUrl": outline.html_url,
    }
    return {name: _NO_XML.sub("", value) for name, value in stated.items() if value}
