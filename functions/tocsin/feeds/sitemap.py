"""Sitemaps, Google News sitemaps and sitemap indexes (https://www.sitemaps.org/protocol.html,
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap)."""

from typing import Any

from tocsin.feeds.dates import stated_date
from tocsin.feeds.entries import Item, absolute, title_of
from tocsin.feeds.parser import MAX_ENTRIES, FeedFacts

# A site's whole archive may be in one sitemap: of pages that are not marked as news only these.
MAX_PLAIN_ENTRIES = 500
MAX_SITEMAPS = 200  # an index of a daily newspaper lists some hundred months

_URLSET, _INDEX = "urlset", "sitemapindex"


def is_sitemap(root: Any) -> bool:
    return _local(root.tag) in (_URLSET, _INDEX)


def read(root: Any, url: str) -> tuple[list[Item], FeedFacts]:
    """Items in the document's order: of many the newest. An index has sitemaps and no items."""
    rows = [row for row in map(_texts, root.iterchildren("*")) if row.get("loc")]
    if _local(root.tag) == _INDEX:
        newest = [absolute(url, row["loc"]) for row in _newest(rows, MAX_SITEMAPS)]
        return [], FeedFacts(kind="sitemap_index", sitemaps=tuple(filter(None, newest)))
    news = [row for row in rows if "news:title" in row or "news:publication_date" in row]
    rows = news or rows
    kept = _newest(rows, MAX_ENTRIES if news else MAX_PLAIN_ENTRIES)
    places = {id(row) for row in kept}
    items = [_item(row) for row in rows if id(row) in places]
    first = rows[0] if rows else {}
    facts = FeedFacts(
        kind="sitemap",
        title=title_of(first.get("news:name", "")),
        language=first.get("news:language", "")[:35] or None,
    )
    return items, facts


def _newest(rows: list[dict[str, str]], count: int) -> list[dict[str, str]]:
    """Dates sort as text: W3CDTF, nearly always of one zone in one document. Those without one are
    the oldest, in their order."""
    return sorted(rows, key=_date_of, reverse=True)[:count]


def _date_of(row: dict[str, str]) -> str:
    return row.get("news:publication_date") or row.get("lastmod", "")


def _item(row: dict[str, str]) -> Item:
    return Item(
        link=row["loc"],
        title=title_of(row.get("news:title", "")),
        published_at=stated_date(_date_of(row)),
        updated_at=stated_date(row.get("lastmod")),
    )


def _texts(row: Any) -> dict[str, str]:
    """loc and lastmod of a <url>, and what its <news:news> states."""
    texts: dict[str, str] = {}
    for element in row.iter("*"):
        namespace, _, local = element.tag.rpartition("}")
        if element.text and "image" not in namespace and "video" not in namespace:
            name = f"news:{local}" if "news" in namespace else local
            texts.setdefault(name, element.text.strip())
    return texts


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
