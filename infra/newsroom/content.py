"""The sites and their articles, as they lie in `sites/`: data files to values.

A site is a folder with `site.yaml`, one or more page templates and `articles/*.md`. An article is
a YAML head between two lines of `---`, then its paragraphs with an empty line between two of them.
Its head has `age_hours` (how old it is when the newsroom opens) or `later: true` (held back until
it is published).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

SITES_FOLDER = Path(__file__).parent / "sites"
BROKEN_FEED_FILE = SITES_FOLDER / "broken-feed.html"


class ContentError(Exception):
    """A data file says something that cannot be."""


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    summary: str
    author: str
    section: str
    paragraphs: tuple[str, ...]
    page: str = "page.html"
    age: timedelta | None = None
    """How old it is when the newsroom opens; None while it is held back."""
    missing: bool = False
    """Its feed lists it, its page answers 404."""

    @property
    def later(self) -> bool:
        return self.age is None


@dataclass(frozen=True)
class Card:
    """A link to something else: a teaser with a picture, or a line of a related list."""

    slug: str
    title: str
    kicker: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Markup:
    """How a site writes what its pages repeat: string.Template texts."""

    paragraph: str
    card: str
    related: str


@dataclass(frozen=True)
class Site:
    key: str
    order: int
    name: str
    description: str
    language: str
    locale: str
    feed_kind: str
    feed_file: str
    article_suffix: str
    date_format: str
    months: tuple[str, ...]
    markup: Markup
    cards: tuple[Card, ...]
    related: tuple[Card, ...]
    templates: dict[str, str]
    articles: tuple[Article, ...]

    @property
    def home_path(self) -> str:
        return f"/{self.key}/"

    @property
    def feed_path(self) -> str:
        return f"/{self.key}/{self.feed_file}"

    def article_path(self, slug: str) -> str:
        return f"/{self.key}/{slug}{self.article_suffix}"


def load_sites(folder: Path = SITES_FOLDER) -> tuple[Site, ...]:
    """Every site of the folder in its stated order. Raises ContentError, naming the file."""
    sites = [_load_site(file.parent) for file in folder.glob("*/site.yaml")]
    return tuple(sorted(sites, key=lambda site: site.order))


def load_broken_feed(file: Path = BROKEN_FEED_FILE) -> str:
    """The HTML page that answers where a feed should be."""
    return file.read_text(encoding="utf-8")


def parse_article(slug: str, text: str) -> Article:
    """Raises ContentError where the head is missing or incomplete."""
    try:
        _, head, body = text.split("---\n", 2)
        return _article(slug, yaml.safe_load(head), _paragraphs(body))
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"article cannot be read: slug={slug} reason={error!r}") from error


def _load_site(folder: Path) -> Site:
    facts = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))
    try:
        return _site(folder, facts)
    except (KeyError, TypeError) as error:
        raise ContentError(f"site cannot be read: folder={folder.name} reason={error!r}") from error


def _site(folder: Path, facts: dict[str, Any]) -> Site:
    return Site(
        key=folder.name,
        order=facts["order"],
        name=facts["name"],
        description=facts["description"],
        language=facts["language"],
        locale=facts["locale"],
        feed_kind=facts["feed"]["kind"],
        feed_file=facts["feed"]["path"],
        article_suffix=facts["article_suffix"],
        date_format=facts["date_format"],
        months=tuple(facts["months"]),
        markup=Markup(**facts["markup"]),
        cards=tuple(Card(**card) for card in facts["cards"]),
        related=tuple(Card(**card) for card in facts["related"]),
        templates=_texts(folder, "*.html"),
        articles=_articles(folder / "articles"),
    )


def _articles(folder: Path) -> tuple[Article, ...]:
    texts = _texts(folder, "*.md")
    return tuple(parse_article(Path(name).stem, text) for name, text in texts.items())


def _article(slug: str, head: dict[str, Any], paragraphs: tuple[str, ...]) -> Article:
    later, hours = head.pop("later", False), head.pop("age_hours", None)
    if later is (hours is not None):
        raise ValueError("either age_hours or later, and not both")
    age = None if later else timedelta(hours=hours)
    return Article(slug=slug, paragraphs=paragraphs, age=age, **head)


def _paragraphs(body: str) -> tuple[str, ...]:
    blocks = (" ".join(block.split()) for block in body.split("\n\n"))
    return tuple(block for block in blocks if block)


def _texts(folder: Path, pattern: str) -> dict[str, str]:
    files = sorted(folder.glob(pattern))
    return {file.name: file.read_text(encoding="utf-8") for file in files}
