"""An edition as HTML: articles by their site's template, and plain lists for whoever looks in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from string import Template

from infra.newsroom.content import Card, Site
from infra.newsroom.edition import Edition, Piece

PICTURE_FOLDER = "pictures"

_LIST_PAGE = Template(
    '<!DOCTYPE html>\n<html lang="$language">\n'
    '<head><meta charset="utf-8"><title>$title</title></head>\n'
    "<body>\n<h1>$title</h1>\n<ul>\n$rows\n</ul>\n</body>\n</html>\n"
)


def article_page(piece: Piece, base_url: str) -> str:
    """The page as its site shows it. `base_url` has no slash at its end."""
    if piece.html is not None:
        return piece.html
    template = Template(piece.site.templates[piece.article.page])
    return template.substitute(_escaped(_facts(piece, base_url)), **_fragments(piece, base_url))


def home_page(edition: Edition, site: Site, base_url: str) -> str:
    """A site's public articles, newest first."""
    rows = ((base_url + piece.path, piece.article.title) for piece in edition.listed(site))
    return _list_page(site.language, site.name, rows)


def front_page(edition: Edition, base_url: str) -> str:
    """Every site and its feed."""
    homes = [(base_url + site.home_path, site.name) for site in edition.sites]
    feeds = [(base_url + site.feed_path, f"{site.name}: feed") for site in edition.sites]
    return _list_page("en", "Newsroom", [*homes, *feeds])


def picture(name: str) -> str:
    """A plain drawing for every picture that a page shows; its shade comes from the name."""
    hue = sum(name.encode()) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360">'
        f'<rect width="640" height="360" fill="hsl({hue} 40% 70%)"/></svg>'
    )


def local_date(site: Site, moment: datetime) -> str:
    """The day and time as the site prints them, in UTC."""
    return site.date_format.format(
        day=moment.day,
        month=site.months[moment.month - 1],
        year=moment.year,
        time=moment.strftime("%H:%M"),
    )


def _facts(piece: Piece, base_url: str) -> dict[str, str]:
    site, article = piece.site, piece.article
    return {
        "title": article.title,
        "summary": article.summary,
        "author": article.author,
        "section": article.section,
        "locale": site.locale,
        "url": base_url + piece.path,
        "home": base_url + site.home_path,
        "feed_url": base_url + site.feed_path,
        "image": _picture_url(site, article.slug, base_url),
        "published": piece.published_at.isoformat(),
        "published_text": local_date(site, piece.published_at),
    }


def _fragments(piece: Piece, base_url: str) -> dict[str, str]:
    """What goes into a template as markup; everything in it is escaped already."""
    site = piece.site
    paragraphs = (
        Template(site.markup.paragraph).substitute(text=escape(text, quote=False))
        for text in piece.article.paragraphs
    )
    return {
        "body": "\n".join(paragraphs),
        "cards": _cards(site, site.cards, site.markup.card, base_url),
        "related": _cards(site, site.related, site.markup.related, base_url),
        "json_ld": _json_ld(piece, base_url),
    }


def _cards(site: Site, cards: Iterable[Card], markup: str, base_url: str) -> str:
    return "\n".join(_card(site, card, markup, base_url) for card in cards)


def _card(site: Site, card: Card, markup: str, base_url: str) -> str:
    facts = {
        "href": base_url + site.article_path(card.slug),
        "image": _picture_url(site, card.slug, base_url),
        "title": card.title,
        "kicker": card.kicker,
        "alt": card.alt,
    }
    return Template(markup).substitute(_escaped(facts)).rstrip()


def _json_ld(piece: Piece, base_url: str) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.article.title,
        "description": piece.article.summary,
        "datePublished": piece.published_at.isoformat(),
        "inLanguage": piece.site.language,
        "mainEntityOfPage": base_url + piece.path,
        "author": [{"@type": "Person", "name": piece.article.author}],
        "publisher": {"@type": "NewsMediaOrganization", "name": piece.site.name},
    }
    # "</" would end the script element in the middle of a text.
    return json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")


def _picture_url(site: Site, slug: str, base_url: str) -> str:
    return f"{base_url}{site.home_path}{PICTURE_FOLDER}/{slug}.svg"


def _list_page(language: str, title: str, rows: Iterable[tuple[str, str]]) -> str:
    items = (f'<li><a href="{escape(url)}">{escape(text)}</a></li>' for url, text in rows)
    return _LIST_PAGE.substitute(language=language, title=escape(title), rows="\n".join(items))


def _escaped(facts: dict[str, str]) -> dict[str, str]:
    return {name: escape(value) for name, value in facts.items()}
