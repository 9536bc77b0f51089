"""RSS, RDF, Atom, CDF and sitemaps: read from a tree by lxml, and by feedparser on any doubt.

1. The bytes become UTF-8 (`charsets.py`). They are XML: read.
2. They are not: what stands around the document goes, entities and stray signs are mended
   (`mending.py`). Now they are XML: read. The feed is damaged, and loses nothing.
3. They are cut off: what comes before the end of the last whole item is XML: read.
4. Anything else is guarded, and read by feedparser, which mends tags as a browser does.

The doubts that lead to 4: tags that do not match, a prefix without a namespace, a root that is none
of the above, and items in the text of which none is in the tree. Nothing else is: base URLs,
base64, markup within the document are read here as feedparser does. Measured over well-formed
feeds, see docs/decisions.md.
"""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tocsin.errors import FeedError
from tocsin.feeds import guards, mending, sitemap
from tocsin.feeds.charsets import utf8
from tocsin.feeds.entries import Item
from tocsin.feeds.parser import FeedFacts
from tocsin.feeds.reading import Reader, needs_mending

FAST, SLOW = "lxml", "feedparser"

_ITEM_END = re.compile(rb"</\s*(?:\w{1,20}:)?(?:item|entry|url|sitemap)\s*>", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_PAGE = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
# What lxml says of a document that ends too early, and only of one.
_ENDS_EARLY = {"ERR_TAG_NOT_FINISHED", "ERR_DOCUMENT_END", "ERR_NAME_REQUIRED", "ERR_GT_REQUIRED"}


@dataclass(frozen=True)
class Reading:
    """What a document says, before items without a link are left out. `way` is who read it."""

    items: list[Item]
    facts: FeedFacts
    damage: str = ""
    way: str = FAST


@dataclass(frozen=True)
class _Tree:
    root: Any
    document: bytes
    damage: str = ""


def read(body: bytes, content_type: str, url: str) -> Reading:
    """Raises FeedError for what is no feed at all; keeps what is readable of a damaged one."""
    if _PAGE.match(body[:4_000]):
        raise FeedError(url, "not_a_feed", "an HTML page, not a feed")
    tree = _as_it_is(body) or _tree(utf8(body, content_type))
    if tree is not None:
        guards.check_tree(tree.root, url)
        reading = _read_tree(tree, url)
        if reading is not None and (reading.items or not _ITEM.search(tree.document)):
            return reading
    return _read_leniently(utf8(body, content_type), url)


def _as_it_is(body: bytes) -> _Tree | None:
    """What is read as UTF-8 without an error is UTF-8: most feeds are, and cost no other look."""
    if b"<!DOCTYPE" in body[:20_000]:
        return None
    try:
        return _Tree(_strict(body), body)
    except etree.XMLSyntaxError:
        return None


def _read_tree(tree: _Tree, url: str) -> Reading | None:
    root = tree.root
    if sitemap.is_sitemap(root):
        items, facts = sitemap.read(root, url)
        return Reading(items, facts, tree.damage)
    reader = Reader(root, needs_mending(tree.document))
    if not reader.kind():
        return None
    return Reading(reader.items(), reader.facts(url), tree.damage)


def _tree(document: bytes) -> _Tree | None:
    damage = ""
    if b"<!DOCTYPE" not in document[:20_000]:
        try:
            return _Tree(_strict(document.lstrip()), document)
        except etree.XMLSyntaxError as error:
            damage = _reason(error)
    whole = mending.mended(mending.body_of(document))
    try:
        return _Tree(_strict(whole), whole, damage)
    except etree.XMLSyntaxError as error:
        return _cut_off(whole, damage or _reason(error))


def _reason(error: etree.XMLSyntaxError) -> str:
    return f"not well-formed: {error.msg}"[:200]


def _cut_off(document: bytes, damage: str) -> _Tree | None:
    """All whole items of a document that ends before its end; None if that is not all that is
    wrong with it."""
    if mending.last_end(document):
        return None
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(_whole_items(document), parser)
    except etree.XMLSyntaxError:  # as where nothing is left
        return None
    if root is None or {error.type_name for error in parser.error_log} - _ENDS_EARLY:
        return None
    return _Tree(root, document, f"cut off before its end, {damage}")


def _whole_items(document: bytes) -> bytes:
    """Up to the end of the last whole item: half a link is a wrong link. Without any, up to the
    first."""
    ends = [found.end() for found in _ITEM_END.finditer(document)]
    first = _ITEM.search(document)
    return document[: ends[-1] if ends else first.start() if first else None]


def _strict(document: bytes) -> Any:
    return etree.fromstring(document, _parser())


def _parser(recover: bool = False) -> Any:
    # The encoding overrules the declaration. Nothing is loaded, no entity is expanded.
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _read_leniently(document: bytes, url: str) -> Reading:
    # Imported here: 30 to 60 ms that a feed which is XML never pays.
    from tocsin.feeds import lenient

    body = mending.body_of(document)
    cut = not mending.last_end(body) and _ITEM.search(body) is not None
    text = mending.mended(_whole_items(body) if cut else body).decode()
    items, facts, damage = lenient.read(guards.check_text(text, url), url)
    if cut:
        damage = f"cut off before its end, {damage}"
    return Reading(items, facts, damage, SLOW)
