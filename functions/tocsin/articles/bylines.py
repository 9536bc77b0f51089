"""The byline that readers see, where a page states no author for machines."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from lxml import etree

from tocsin.articles.names import authors_of, looks_like_person

_MAX_MARKED = 6  # below them come the authors of other articles
_MAX_CHARACTERS = 150  # of an element that is a byline, and no biography
_MAX_OPENING = 4  # paragraphs after the heading, empty ones included
_MAX_ABOVE = 4  # elements before the heading; further up stands the day on which the page is read
_MAX_ELEMENTS = 200  # after the heading: bylines stand near it


_NAME_CLASSES = frozenset(
    [
        "author-name",
        "author__name",
        "byline__name",
        "byline-name",
        "p-author",
        "fn",
        "article__author-name",
        "post-author-name",
        "entry-author-name",
    ]
)
_BYLINE_CLASSES = frozenset(["byline", "author", "article-author", "post-author", "entry-author"])
# What the addresses of pages about authors hold.
_AUTHOR_PAGES = (
    *("/author", "/autor", "/auteur", "/redakt", "/journalist", "/people/", "/person/"),
    "/profile",
)
Marked = dict[int, list[Any]]
_SURE = (0, 1, 2, 3)  # kinds, as `_kind_of` numbers them
_LIKELY = (4, 5, 6)


def _kind_of(element: Any) -> int | None:
    """0 to 3: marked as the author. 4 to 6: its link or class hints at one. None: neither."""
    if kind := _marked_for_machines(element):
        return kind - 1
    classes = (element.get("class") or "").split()
    if _NAME_CLASSES & set(classes):
        return 3
    if element.tag == "a" and _leads_to_author(element.get("href") or ""):
        return 4
    if _BYLINE_CLASSES & set(classes):
        return 5
    return 6 if any("uthor" in each or "yline" in each for each in classes) else None


def _leads_to_author(target: str) -> bool:
    return any(each in target for each in _AUTHOR_PAGES)


def _marked_for_machines(element: Any) -> int:
    """1 to 3; 0 where it is not."""
    stated = element.get("itemprop")
    if stated == "name" and any(up.get("itemprop") == "author" for up in element.iterancestors()):
        return 1
    if stated == "author":
        return 2
    return 3 if element.tag == "a" and "author" in (element.get("rel") or "").split() else 0


@cache
def _marks() -> etree.XPath:
    """One pass over the page for what may be a byline; which kind it is, is looked at then. In C:
    a page has hundreds of links, and none of the others becomes an object of Python's."""
    pages = " or ".join(f"contains(@href, '{each}')" for each in _AUTHOR_PAGES)
    return etree.XPath(
        "//*[@itemprop='author' or @itemprop='name' or contains(@class, 'uthor')"
        " or contains(@class, 'yline') or contains(@class, 'fn')"
        f" or (self::a and (contains(@rel, 'author') or {pages}))]"
        "[not(self::script or self::style or self::meta or self::link)]"
    )


def marked_in(tree: Any) -> Marked:
    """What may name the author, by how sure that is."""
    found: Marked = {}
    for element in _marks()(tree):
        if (kind := _kind_of(element)) is not None:
            found.setdefault(kind, []).append(element)
    return found


_WRITTEN_BY = (
    r"(?i)^\s*(?:(?:written|words|story|text|posted|published|reported)\s+)?"
    r"(?:by|von|par|por|di|door|автор|текст|author)\b\s*:?\s*(?P<names>\S.{2,80}?)"
    r"\s*(?:$|[|•·–—]|\d|\b(?:on|in|am|le|el|il|updated|published|posted)\b)"
)


def byline_of(marked: Marked, not_people: Sequence[str]) -> tuple[str, ...]:
    """Names that look like people's, of elements that are surely marked as the author."""
    return _named(marked, _SURE, not_people)


def likely_byline_of(
    marked: Marked, near: Sequence[str], not_people: Sequence[str]
) -> tuple[str, ...]:
    """The same of elements whose class or link only hints at it, else of a line near the heading
    that says who wrote it."""
    if names := _named(marked, _LIKELY, not_people):
        return names
    written = (found["names"] for line in near if (found := re.match(_WRITTEN_BY, line)))
    return next((names for each in written if (names := _people([each], not_people))), ())


def marked_lines(marked: Marked) -> list[str]:
    """What stands in the first element that is marked as the author, whoever that is: for pages
    that name no person."""
    first = (elements[0] for kind in _SURE if (elements := marked.get(kind)))
    return [line for each in first if (line := _line(each))]


def opening_name(tree: Any) -> tuple[str, ...]:
    """The names that the text opens with, bold and in a paragraph of their own: papers that sign
    with their own name set the author's there."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return ()
    near = heading.xpath(f"following::p[position() <= {_MAX_OPENING}]")
    first = next((each for each in near if _line(each)), None)
    if first is None or len(first.xpath("strong | b")) != 1:
        return ()
    bold = " ".join("".join(first.xpath("(strong | b)//text()")).split())
    return _people([bold], ()) if bold == _line(first) else ()


def _named(found: Marked, kinds: Sequence[int], not_people: Sequence[str]) -> tuple[str, ...]:
    for kind in kinds:
        lines = [line for each in _neighbours(found.get(kind, [])) for line in _lines(each)]
        if names := _people(lines, not_people):
            return names
    return ()


def _neighbours(elements: Sequence[Any]) -> list[Any]:
    """The first and those beside it; further down come reviewers and authors of other articles."""
    if not elements:
        return []
    near = {_grandparent(elements[0]), elements[0].getparent()}
    return [
        each for each in elements[:_MAX_MARKED] if near & {_grandparent(each), each.getparent()}
    ]


def _grandparent(element: Any) -> Any:
    parent = element.getparent()
    return parent if parent is None or parent.getparent() is None else parent.getparent()


def _people(lines: Sequence[str], not_people: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in authors_of(lines, not_people) if looks_like_person(name))


def _lines(element: Any) -> list[str]:
    """What is marked up apart is read apart (name, role, date), and then as a whole."""
    whole = _line(element)
    if not whole or element.get("content"):
        return [whole]
    parts = [" ".join(part.split()) for part in element.itertext()]
    apart = [part for part in parts if looks_like_person(part)]
    return apart or [whole]


def _line(element: Any) -> str:
    """Nothing for a longer one, whose text is not read to its end: it may be half of the page."""
    stated = element.get("content")
    words: list[str] = []
    size = -1
    for text in (stated,) if stated else element.itertext():
        for word in text.split():
            words.append(word)
            size += len(word) + 1
        if size > _MAX_CHARACTERS:
            return ""
    return " ".join(words)


def near_heading(tree: Any) -> list[str]:
    """Short lines that follow the page's heading: who wrote it, and when."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return []
    return _lines_of(heading.xpath(f"following::*[position() <= {_MAX_ELEMENTS}]"))


def above_heading(tree: Any) -> list[str]:
    """Short lines just above the page's heading, the nearest first."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return []
    return _lines_of(heading.xpath(f"preceding::*[position() <= {_MAX_ABOVE}]")[::-1])


def _lines_of(elements: Sequence[Any]) -> list[str]:
    texts = (each for each in elements if each.tag not in ("script", "style"))
    return [line for each in texts if (line := _line(each))]
