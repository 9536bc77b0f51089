"""What a page states of itself, by where it does: JSON-LD, meta elements, links, headings."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from html import unescape
from itertools import islice
from typing import Any

from tocsin.articles.bylines import Marked, marked_in, near_heading
from tocsin.articles.jsonld import (
    ARTICLE_TYPES,
    PAGE_TYPES,
    Object,
    by_id,
    names_of,
    objects_in,
    of_types,
    text_of,
)
from tocsin.jobs import host_of

MAX_NAME_CHARACTERS = 300  # of a title, a person or an organisation
MAX_BYLINES = 20
MAX_BODY_CHARACTERS = 200_000  # the longest of 500 real ones has 32,000
MAX_HEADINGS = 50  # some pages set every line as one
_TELLING = ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage")
# Names of meta elements, from sure to doubtful.
_AUTHORS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "cxenseparse:author",
    "article:author_name",
    "creator",
    "citation_author",
)
_SUMMARIES = ("og:description", "description", "twitter:description")
# Labels of the lines that some sites add to a shared link, before the author's name.
_WRITTEN_BY = frozenset(
    ("written by", "verfasst von", "écrit par", "escrito por", "scritto da", "автор", "by")
)


class Stated:
    """The page's own statements, each kind read once."""

    def __init__(self, tree: Any, url: str) -> None:
        self.tree = tree
        self.url = url

    @cached_property
    def objects(self) -> list[Object]:
        return objects_in(self.tree)

    @cached_property
    def articles(self) -> list[Object]:
        """The article first: other articles that a page describes have less to say, and no date."""
        found = of_types(self.objects, ARTICLE_TYPES)
        return sorted(found, key=lambda each: -sum(name in each for name in _TELLING))

    @cached_property
    def pages(self) -> list[Object]:
        return of_types(self.objects, PAGE_TYPES)

    @cached_property
    def by_id(self) -> dict[str, Object]:
        return by_id(self.objects)

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """What is stated under each name, in order; empty statements are none."""
        found: dict[str, list[str]] = {}
        for element in self.tree.iter("meta"):
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            content = " ".join(unescape(element.get("content") or "").split())
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
        return found

    @cached_property
    def links(self) -> dict[str, str]:
        """URLs by their relation to the page, the first of each."""
        found: dict[str, str] = {}
        for element in self.tree.iter("link"):
            for relation in (element.get("rel") or "").lower().split():
                if target := (element.get("href") or "").strip():
                    found.setdefault(relation, target)
        return found

    @cached_property
    def site_names(self) -> list[str]:
        host = (host_of(self.url) or "").removeprefix("www.")
        labels = host.split(".")
        own = [host, labels[0], *labels[-2:-1], ".".join(labels[:-1])]
        stated = [
            *self.meta.get("og:site_name", [])[:1],
            *self.meta.get("application-name", [])[:1],
        ]
        return [each for each in (*stated, *self.publishers, *own) if each]

    @cached_property
    def publishers(self) -> list[str]:
        stated = [each.get("publisher") for each in self.articles]
        return [name[:MAX_NAME_CHARACTERS] for name in names_of(stated, self.by_id)]

    def first(self, names: Sequence[str]) -> str | None:
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def in_json_ld(self, name: str) -> Iterator[Any]:
        return (each[name] for each in self.articles if each.get(name))

    @cached_property
    def bylines(self) -> tuple[str, ...]:
        """Whom JSON-LD and meta name as authors, as they are stated."""
        return tuple([*self.json_ld_authors, *self.meta_authors][:MAX_BYLINES])

    @cached_property
    def json_ld_authors(self) -> list[str]:
        for article in self.articles:
            stated = article.get("author") or article.get("creator")
            if names := list(islice(names_of(stated, self.by_id), MAX_BYLINES)):
                return names
        return []

    @cached_property
    def meta_authors(self) -> list[str]:
        for name in _AUTHORS:
            named = [each for each in self.meta.get(name, []) if "://" not in each]
            if named:
                return named[:MAX_BYLINES]
        for number in ("1", "2"):
            label = self.first((f"twitter:label{number}",))
            if label and label.lower().rstrip(":") in _WRITTEN_BY:
                return self.meta.get(f"twitter:data{number}", [])[:1]
        return []

    @cached_property
    def marked(self) -> Marked:
        return marked_in(self.tree)

    @cached_property
    def summaries(self) -> list[str]:
        """What the page says that the article is about, for those who link to it."""
        return [self.meta[name][0] for name in _SUMMARIES if name in self.meta]

    @cached_property
    def body(self) -> str:
        """The article's text, where the page states it for machines: the longest, with its breaks
        of lines."""
        stated = (each for each in self.in_json_ld("articleBody") if isinstance(each, str))
        longest = max(stated, key=len, default="")[:MAX_BODY_CHARACTERS]
        return "\n".join(line for each in longest.splitlines() if (line := text_of(each)))

    @cached_property
    def near_heading(self) -> list[str]:
        return near_heading(self.tree)

    @cached_property
    def headings(self) -> list[str]:
        elements = islice(self.tree.iter("h1"), MAX_HEADINGS)
        found = (" ".join(" ".join(each.itertext()).split()) for each in elements)
        return [each[:MAX_NAME_CHARACTERS] for each in found if each]
