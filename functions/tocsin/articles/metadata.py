"""Facts that a page states for machines: JSON-LD, then meta elements."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from tocsin.model import stated_instant

ARTICLE_TYPES = frozenset(
    {
        "Article",
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "BackgroundNewsArticle",
        "ReviewNewsArticle",
        "LiveBlogPosting",
        "BlogPosting",
    }
)
MAX_LD_DEPTH = 10  # real ones nest three or four deep
MAX_LD_CHARACTERS = 500_000
MAX_NAME_CHARACTERS = 300  # of a title, a person or an organisation
MAX_AUTHORS = 20


@dataclass(frozen=True)
class Facts:
    """What is known of an article besides its text; None or empty where it is not stated."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    publisher: str | None = None
    canonical_url: str | None = None

    def bounded(self) -> "Facts":
        """Cut to what real pages state: a row must not grow with what a page makes up."""
        return replace(
            self,
            title=self.title and self.title[:MAX_NAME_CHARACTERS],
            authors=tuple(name[:MAX_NAME_CHARACTERS] for name in self.authors[:MAX_AUTHORS]),
            publisher=self.publisher and self.publisher[:MAX_NAME_CHARACTERS],
        )

    def or_else(self, other: "Facts") -> "Facts":
        """These facts, and the other's where one is missing."""
        missing = [each.name for each in fields(self) if not getattr(self, each.name)]
        return replace(self, **{name: getattr(other, name) for name in missing})


def facts_of(tree: Any) -> Facts:
    """From a page parsed by lxml."""
    return _from_json_ld(tree).or_else(_from_meta(tree)).bounded()


def _from_json_ld(tree: Any) -> Facts:
    article = next((each for each in _ld_objects(tree) if _types(each) & ARTICLE_TYPES), None)
    if article is None:
        return Facts()
    return Facts(
        title=_text(article.get("headline")),
        authors=tuple(_names(article.get("author"))),
        published_at=stated_instant(_text(article.get("datePublished")) or ""),
        language=_language(_text(article.get("inLanguage"))),
        publisher=next(_names(article.get("publisher")), None),
    )


def _from_meta(tree: Any) -> Facts:
    meta = _meta(tree)
    canonical = tree.xpath("string(//link[@rel='canonical']/@href)").strip()
    language = _language(tree.xpath("string(/html/@lang)") or meta.get("og:locale", ""))
    author = meta.get("author", "") or meta.get("article:author", "")
    return Facts(
        title=meta.get("og:title"),
        authors=(author,) if author and not author.startswith(("http:", "https:")) else (),
        published_at=stated_instant(meta.get("article:published_time", "") or meta.get("date", "")),
        language=language,
        publisher=meta.get("og:site_name"),
        canonical_url=canonical or meta.get("og:url"),
    )


def _meta(tree: Any) -> dict[str, str]:
    """The first statement of each name; pages repeat themselves for their related articles."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _ld_objects(tree: Any) -> Iterator[dict[str, Any]]:
    for element in tree.iter("script"):
        if element.get("type", "").lower().startswith("application/ld+json"):
            yield from _objects(_load(element.text or ""), MAX_LD_DEPTH)


def _load(text: str) -> Any:
    """Newlines inside strings are common in the wild, hence not strict."""
    if len(text) > MAX_LD_CHARACTERS:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):  # a page that misstates its facts: others may state them
        return None


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _objects(each, depth - 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(name), depth - 1)


def _types(value: dict[str, Any]) -> set[str]:
    stated = value.get("@type")
    listed = stated if isinstance(stated, list) else [stated]
    return {name for each in listed if (name := _text(each)) is not None}


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    # JSON can state half of a character (\ud83d), which no encoding can store.
    return value.encode(errors="replace").decode().strip() or None


def _names(value: Any) -> Iterator[str]:
    """Of a person or organisation, or several, by name or as an object."""
    for each in value if isinstance(value, list) else [value]:
        name = _text(each.get("name")) if isinstance(each, dict) else _text(each)
        if name and not name.startswith(("http:", "https:")):
            yield name


def _language(stated: str | None) -> str | None:
    """`uk` from `uk-UA` or `uk_UA`."""
    code = (stated or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if 2 <= len(code) <= 3 and code.isalpha() else None
