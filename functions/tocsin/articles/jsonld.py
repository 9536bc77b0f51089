"""JSON-LD as pages really write it: the objects in it that describe the article."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

Object = dict[str, Any]

ARTICLE_TYPES = frozenset(
    {
        *("Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle"),
        *("OpinionNewsArticle", "BackgroundNewsArticle", "ReviewNewsArticle"),
        *("AskPublicNewsArticle", "SatiricalArticle", "AdvertiserContentArticle"),
        *("LiveBlogPosting", "BlogPosting", "SocialMediaPosting", "TechArticle", "Report"),
        *("ScholarlyArticle", "MedicalScholarlyArticle", "Interview"),
    }
)
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "MedicalWebPage", "CollectionPage"})
MAX_DEPTH = 10  # real ones nest three or four deep
MAX_CHARACTERS = 500_000
MAX_OBJECTS = 2_000  # of a page; the fullest of 400 real ones has some two hundred
_HOLDERS = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "@reverse")
_WRAPPERS = r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)"
# Strings are kept; comments and commas before a closing bracket go. Each alternative goes on to the
# end where what it begins is never closed, so that no text is read twice.
_SPARE = r'(?s)("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--|-->|,(?=\s*[}\]])'
_BETWEEN_DOCUMENTS = re.compile(r"\s*;?\s*")


def objects_in(tree: Any) -> list[Object]:
    """All objects of all blocks, each before those that it holds."""
    found: list[Object] = []
    for element in tree.iter("script"):
        if "ld+json" in (element.get("type") or "").lower():
            found.extend(_objects(load(element.text or ""), MAX_DEPTH))
    return found[:MAX_OBJECTS]


def load(text: str) -> Any:
    """What a block states, None for what no mending makes JSON. Mended are: comments, commas
    before a closing bracket, line breaks and control characters in strings, HTML escapes in place
    of quotes, several documents in one block."""
    if len(text) > MAX_CHARACTERS:
        return None
    stated = re.sub(_WRAPPERS, "", text).strip()
    for mend in (_as_is, _without_spare, html.unescape):
        try:
            return _documents(mend(stated))
        except (ValueError, RecursionError):  # mended further, or left to other statements
            continue
    return None


def _as_is(text: str) -> str:
    return text


def _without_spare(text: str) -> str:
    """Twice: a comment may stand between a comma and its bracket."""
    for _ in range(2):
        text = re.sub(_SPARE, lambda found: found[1] or "", text)
    return text


def _documents(text: str) -> Any:
    """Line breaks inside strings are common in the wild, hence not strict."""
    decoder, at, found = json.JSONDecoder(strict=False), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        skipped = _BETWEEN_DOCUMENTS.match(text, at)
        at = skipped.end() if skipped else at
    return found


def _objects(value: Any, depth: int) -> Iterator[Object]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _objects(each, depth - 1)
    elif isinstance(value, dict):
        yield value
        for name in _HOLDERS:
            yield from _objects(value.get(name), depth - 1)


def types_of(value: Object) -> set[str]:
    """`NewsArticle` also for `schema:NewsArticle` and `https://schema.org/NewsArticle`."""
    stated = value.get("@type")
    listed = stated if isinstance(stated, list) else [stated]
    return {re.split(r"[/:#]", each)[-1] for each in listed if isinstance(each, str)}


def of_types(objects: Sequence[Object], types: frozenset[str]) -> list[Object]:
    return [each for each in objects if types_of(each) & types]


def text_of(value: Any) -> str | None:
    """A string with its HTML undone, one line, None where there is none. Languages may be given
    apart: {"@value": …}; the first of several counts."""
    if isinstance(value, list):
        return next((text for each in value if (text := text_of(each))), None)
    if isinstance(value, dict):
        value = value.get("@value")
    if not isinstance(value, str):
        return None
    # JSON can state half of a character (\ud83d), which no encoding can store.
    whole = value.encode(errors="replace").decode()
    return " ".join(_plain(whole).split()) or None


_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


def _plain(text: str) -> str:
    """Headlines are escaped once too often, or hold markup."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    return _MARKUP.sub("", text) if "<" in text else text


def names_of(value: Any, by_id: dict[str, Object], depth: int = 4) -> Iterator[str]:
    """Of persons and organisations: a string, an object with a name, a reference to an object, or
    a list of these."""
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from names_of(each, by_id, depth - 1)
    elif isinstance(value, dict):
        named = value if "name" in value else by_id.get(str(value.get("@id")), {})
        yield from names_of(named.get("name"), by_id, depth - 1)
    elif (name := text_of(value)) and not name.startswith(("http:", "https:", "#", "/")):
        yield name


def by_id(objects: Sequence[Object]) -> dict[str, Object]:
    """Objects that have a name, to be referred to."""
    named = (each for each in objects if "name" in each and isinstance(each.get("@id"), str))
    return {each["@id"]: each for each in named}


def url_of(value: Any) -> str | None:
    """Of an image or a page: a string, an object with `url`, `contentUrl` or `@id`, or a list."""
    if isinstance(value, list):
        return next((url for each in value[:10] if (url := url_of(each))), None)
    if isinstance(value, dict):
        stated = (value.get(name) for name in ("url", "contentUrl", "@id"))
        return next((each.strip() for each in stated if isinstance(each, str) and each), None)
    return (value.strip() or None) if isinstance(value, str) else None
