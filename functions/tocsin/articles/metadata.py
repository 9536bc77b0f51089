"""Facts about an article, as its page states them: for machines first, then for readers.

Each fact has a rule for statements that disagree; the first source that has the fact decides, but
for titles. `origins` says which it was.

    title         JSON-LD's headline; else the heading (h1) that is most like og:title and <title>,
                  else these. Without what names the site
    authors       JSON-LD, meta, bylines of the page, the feed: the first that names a person. Not
                  people: the site, its publisher, agencies, roles. Then desks and agencies, then
                  likely bylines, then the site's own name
    published_at  JSON-LD (the article's, then the page's), meta, <time>, the URL's day, a line just
                  above or near the heading (of an update only where there is no other), the feed,
                  htmldate. A day gives way to the feed's instant of that day
    updated_at    JSON-LD, meta; never before published_at
    section       JSON-LD, meta, breadcrumbs
    language      JSON-LD, <html lang>, meta (what the text is in decides later)
    publisher     JSON-LD, og:site_name, application-name
    image         og:image, JSON-LD: what sites show elsewhere is the picture of the article
    paywalled     JSON-LD's isAccessibleForFree, meta (content_tier); None where nothing says
    canonical_url rel=canonical, og:url, JSON-LD; `urls.canonical_url` says when it is believed
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from tocsin.articles.agencies import credit_of
from tocsin.articles.bylines import (
    above_heading,
    byline_of,
    likely_byline_of,
    marked_lines,
    opening_name,
)
from tocsin.articles.dates import day_in, instant_of
from tocsin.articles.jsonld import names_of, of_types, text_of, url_of
from tocsin.articles.names import authors_of, is_own_name, signatures_of, with_desks
from tocsin.articles.stated import MAX_NAME_CHARACTERS, Stated
from tocsin.articles.titles import headline_of
from tocsin.model.entries import Entry

MAX_URL_CHARACTERS = 2_048

# Names of meta elements, from sure to doubtful.
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_time",
    "publication_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "article_date_original",
    "originalpublicationdate",
    "og:pubdate",
    "article.published",
    "date",
    "displaydate",
    "bt:pubdate",
    "citation_publication_date",
)
_UPDATED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
)
_SECTIONS = ("article:section", "parsely-section", "og:article:section", "section")
_LOCKED = frozenset({"locked", "premium", "paid", "subscriber", "subscribers", "metered-locked"})


@dataclass(frozen=True)
class Facts:
    """What is known of an article besides its text; None or empty where it is not stated. Instants
    are in the zone that they were stated in. `origins` says where each fact is from (json-ld, meta,
    heading, page, url, feed, htmldate, text); `bylines` are the authors as stated, agencies
    and all."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    section: str | None = None
    language: str | None = None
    publisher: str | None = None
    image: str | None = None
    paywalled: bool | None = None
    agency: str | None = None
    attribution: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    bylines: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def or_else(self, other: "Facts") -> "Facts":
        """These facts, and the other's where one is missing."""
        names = [each.name for each in fields(self) if each.name != "origins"]
        missing = [each for each in names if getattr(self, each) in (None, ())]
        filled = {name: origin for name, origin in other.origins.items() if name in missing}
        values = {name: getattr(other, name) for name in missing}
        return replace(self, origins={**self.origins, **filled}, **values)


def facts_of(tree: Any, url: str = "", entry: Entry | None = None) -> Facts:
    """From a page parsed by lxml, which is not changed, and what its feed says of it (`entry`).
    Agency and attribution come with the text: `with_credits`."""
    return facts_stated(Stated(tree, url), entry)


def facts_stated(page: Stated, entry: Entry | None = None) -> Facts:
    """The same of a page whose own statements are at hand."""
    found = {name: rule(page) for name, rule in _RULES.items()}
    known = {name: each for name, each in found.items() if each[0] not in (None, ())}
    facts = Facts(
        **{name: value for name, (value, _) in known.items()},
        bylines=page.bylines,
        origins={name: origin for name, (_, origin) in known.items()},
    )
    if entry is not None:
        facts = _better_instant(facts, entry).or_else(stated_by(entry))
    return facts if facts.published_at else _guessed(facts, page.tree, page.url)


def stated_by(entry: Entry) -> Facts:
    """What a feed says of an article. Its names are taken as they are: feeds list authors apart."""
    found: dict[str, Any] = {
        "title": " ".join(entry.title.split())[:MAX_NAME_CHARACTERS] or None,
        "authors": authors_of(entry.authors) or entry.authors,
        "published_at": entry.published_at,
    }
    known = {name: value for name, value in found.items() if value}
    return Facts(**known, bylines=entry.authors, origins=dict.fromkeys(known, "feed"))


def with_credits(facts: Facts, text: str) -> Facts:
    """With the agency that the article credits, and the sentence that says who reported it."""
    credit = credit_of(text, facts.bylines)
    found = {"agency": credit.agency, "attribution": credit.sentence}
    origins = {name: "text" for name, value in found.items() if value}
    return replace(
        facts,
        agency=credit.agency,
        attribution=credit.sentence,
        origins={**facts.origins, **origins},
    )


def _better_instant(facts: Facts, entry: Entry) -> Facts:
    """A feed knows the minute where its page knows the day only."""
    on_page, in_feed = facts.published_at, entry.published_at
    if on_page is None or in_feed is None or on_page.time() != time() or on_page == in_feed:
        return facts
    if abs(in_feed - on_page) > _ONE_DAY:
        return facts
    return replace(facts, published_at=in_feed, origins={**facts.origins, "published_at": "feed"})


def _guessed(facts: Facts, tree: Any, url: str) -> Facts:
    # Imported here: 110 ms that a page which states its date never pays.
    from htmldate import find_date
    from lxml import html

    # Without its extensive search, which compiles the expressions of 200 locales: 2 s at its first
    # use in a process, for the dates of one page in a hundred.
    try:
        # It changes the tree that it is given, and takes none but of lxml.html.
        own = html.document_fromstring(etree.tostring(tree, encoding="unicode", method="html"))
        found = find_date(own, original_date=True, url=url or None, extensive_search=False)
    except Exception:  # noqa: BLE001  what htmldate trips over has no date, and is an article still
        return facts
    at = instant_of(found)
    if at is None:
        return facts
    return replace(facts, published_at=at, origins={**facts.origins, "published_at": "htmldate"})


# ── Rules: a fact and its origin ─────────────────────────────────────────────────────────────────

Found = tuple[Any, str]
_NOTHING: Found = (None, "")


def _title(page: Stated) -> Found:
    headline = next((t for each in page.in_json_ld("headline") if (t := text_of(each))), None)
    headline = headline or next(
        (t for each in page.in_json_ld("name") if (t := text_of(each))), None
    )
    element = next(page.tree.iter("title"), None)
    written = " ".join((element.text or "").split()) if element is not None else ""
    stated = [*page.meta.get("og:title", [])[:1], *page.meta.get("twitter:title", [])[:1], written]
    cut = [each[:MAX_NAME_CHARACTERS] for each in stated if each]
    title, origin = headline_of(headline and headline[:1_000], cut, page.headings, page.site_names)
    return (title[:MAX_NAME_CHARACTERS], origin or "") if title else _NOTHING


def _authors(page: Stated) -> Found:
    """People before organisations, wherever they are named; who is named before who is guessed."""
    stated = (("json-ld", page.json_ld_authors), ("meta", page.meta_authors))
    for origin, bylines in stated:
        if names := authors_of(bylines, page.site_names):
            return with_desks(names, bylines, page.site_names), origin
    if names := byline_of(page.marked, page.site_names):
        return names, "page"
    signed = next(((s, origin) for origin, by in stated if (s := signatures_of(by))), None)
    if signed and any(not is_own_name(each, page.site_names) for each in signed[0]):
        return signed
    # A site that signs with its own name has not said who wrote it: its page may.
    likely = likely_byline_of(page.marked, page.near_heading, page.site_names)
    likely = likely or (opening_name(page.tree) if signed else ())
    if names := tuple(each for each in likely if not is_own_name(each, page.site_names)):
        return names, "page"
    return signed or (signatures_of(marked_lines(page.marked))[:1], "page")


def _published_at(page: Stated) -> Found:
    stated = [*page.in_json_ld("datePublished"), *page.in_json_ld("dateCreated")]
    stated += [each["datePublished"] for each in page.pages if each.get("datePublished")]
    for value in stated:
        if at := instant_of(text_of(value)):
            return at, "json-ld"
    for name in _PUBLISHED:
        for written in page.meta.get(name, [])[:2]:
            if at := instant_of(written):
                return at, "meta"
    if at := _time_element(page.tree):
        return at, "page"
    if day := day_in(urlsplit(page.url).path):
        return day, "url"
    lines = [*above_heading(page.tree), *page.near_heading]
    at = next(_dates_in(lines), None) or next(_dates_in(lines, of_updates=True), None)
    return (at, "page") if at else _NOTHING


def _time_element(tree: Any) -> datetime | None:
    """What is marked as the date of publication, from sure to doubtful."""
    times = list(tree.iter("time"))
    dated = [each for each in times if each.get("datetime") is not None]
    kinds = (
        tree.xpath("//*[@itemprop='datePublished']"),
        [each for each in times if each.get("pubdate") is not None],
        [each for each in dated if _DATE_CLASSES & set((each.get("class") or "").split())],
        [each for each in dated if next(each.iterancestors("article", "main"), None) is not None],
        dated,
    )
    stated = (_stated_date(each) for kind in kinds for each in kind[:3])
    return next((at for each in stated if (at := instant_of(each))), None)


def _stated_date(element: Any) -> str:
    return element.get("datetime") or element.get("content") or element.text or ""


def _dates_in(lines: Sequence[str], of_updates: bool = False) -> Iterator[datetime]:
    for line in lines:
        told = of_updates or not re.search(_UPDATE, line)
        short = len(line) <= _DATELINE_CHARACTERS and told
        if short and (at := instant_of(line)):
            yield at


def _updated_at(page: Stated) -> Found:
    stated = [*page.in_json_ld("dateModified")]
    stated += [each["dateModified"] for each in page.pages if each.get("dateModified")]
    for value in stated:
        if at := instant_of(text_of(value)):
            return at, "json-ld"
    at = instant_of(page.first(_UPDATED))
    return (at, "meta") if at else _NOTHING


def _section(page: Stated) -> Found:
    if section := next(
        (t for each in page.in_json_ld("articleSection") if (t := text_of(each))), None
    ):
        return section[:MAX_NAME_CHARACTERS], "json-ld"
    if stated := page.first(_SECTIONS):
        return stated[:MAX_NAME_CHARACTERS], "meta"
    crumb = _breadcrumb(page)
    return (crumb[:MAX_NAME_CHARACTERS], "json-ld") if crumb else _NOTHING


def _breadcrumb(page: Stated) -> str | None:
    """The second step of the way from the front page, where the last is the article itself."""
    for each in of_types(page.objects, frozenset({"BreadcrumbList"})):
        steps = each.get("itemListElement")
        items = (
            [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
        )
        if len(items) > 2:
            named = items[1] if "name" in items[1] else items[1].get("item")
            return next(names_of(named, {}), None)
    return None


def _language(page: Stated) -> Found:
    stated = next((t for each in page.in_json_ld("inLanguage") if (t := text_of(each))), None)
    if code := _code(stated):
        return code, "json-ld"
    element = page.tree.getroottree().getroot()
    if code := _code(element.get("lang") or element.get("xml:lang")):
        return code, "page"
    code = _code(page.first(("og:locale", "content-language", "dc.language", "language")))
    return (code, "meta") if code else _NOTHING


def _code(stated: str | None) -> str | None:
    """`uk` from `uk-UA` or `uk_UA`."""
    code = (stated or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if 2 <= len(code) <= 3 and code.isalpha() and code.isascii() else None


def _publisher(page: Stated) -> Found:
    if page.publishers:
        return page.publishers[0], "json-ld"
    stated = page.first(("og:site_name", "application-name", "dc.publisher"))
    return (stated[:MAX_NAME_CHARACTERS], "meta") if stated else _NOTHING


def _image(page: Stated) -> Found:
    stated = page.first(("og:image", "og:image:url", "og:image:secure_url", "twitter:image"))
    if url := _absolute(page.url, stated):
        return url, "meta"
    url = next(
        (u for each in page.in_json_ld("image") if (u := _absolute(page.url, url_of(each)))), None
    )
    return (url, "json-ld") if url else _NOTHING


def _absolute(base: str, stated: str | None) -> str | None:
    try:
        url = urljoin(base, stated or "")
    except ValueError:
        return None
    fits = stated and len(url) <= MAX_URL_CHARACTERS and url.startswith(("http://", "https://"))
    return url.encode(errors="replace").decode() if fits else None


def _paywalled(page: Stated) -> Found:
    """Of the article, or of a part of it."""
    free = [
        value for each in page.objects if (value := each.get("isAccessibleForFree")) is not None
    ]
    if free:
        return any(str(each).strip().lower().endswith(("false", "no")) for each in free), "json-ld"
    if tier := page.first(("article:content_tier", "content_tier")):
        return tier.lower() in _LOCKED, "meta"
    return _NOTHING


def _canonical_url(page: Stated) -> Found:
    if stated := page.links.get("canonical") or page.first(("og:url",)):
        return stated, "meta"
    stated = next(
        (
            u
            for name in ("mainEntityOfPage", "url")
            for v in page.in_json_ld(name)
            if (u := url_of(v))
        ),
        None,
    )
    return (stated, "json-ld") if stated else _NOTHING


def _amp_url(page: Stated) -> Found:
    url = _absolute(page.url, page.links.get("amphtml"))
    return (url, "meta") if url else _NOTHING


_RULES: dict[str, Callable[[Stated], Found]] = {
    "title": _title,
    "authors": _authors,
    "published_at": _published_at,
    "updated_at": _updated_at,
    "section": _section,
    "language": _language,
    "publisher": _publisher,
    "image": _image,
    "paywalled": _paywalled,
    "canonical_url": _canonical_url,
    "amp_url": _amp_url,
}
_ONE_DAY = timedelta(days=1)
_DATELINE_CHARACTERS = 80
_UPDATE = r"(?i)updat|modif|aktualis|actualiz|mise à jour|оновлен|обновлен|zaktualiz|review"
_DATE_CLASSES = frozenset(
    ("published", "entry-date", "date-published", "post-date", "dt-published")
)
