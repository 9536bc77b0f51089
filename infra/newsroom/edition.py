"""What is public at the moment. An edition never changes: publishing makes the next one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from infra.newsroom.content import Article, ContentError, Site


@dataclass(frozen=True)
class Piece:
    """A public article of a site."""

    site: Site
    article: Article
    published_at: datetime
    html: str | None = None
    """The page as a test gave it; None where the site's template makes it."""

    @property
    def path(self) -> str:
        return self.site.article_path(self.article.slug)


@dataclass(frozen=True)
class Edition:
    sites: tuple[Site, ...]
    pieces: tuple[Piece, ...]
    """Newest first; of two with the same time, the one published last is first."""

    def listed(self, site: Site) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.site.key == site.key)

    def site(self, key: str) -> Site:
        for site in self.sites:
            if site.key == key:
                return site
        raise ContentError(f"no such site: site={key}")

    def find_piece(self, path: str) -> Piece | None:
        return next((piece for piece in self.pieces if piece.path == path), None)

    def find_site_of_feed(self, path: str) -> Site | None:
        return next((site for site in self.sites if site.feed_path == path), None)

    def find_site_of_home(self, path: str) -> Site | None:
        return next((site for site in self.sites if site.home_path == path), None)


def open_edition(sites: tuple[Site, ...], now: datetime) -> Edition:
    """The first edition: everything that is not held back, each article as old as its data says."""
    now = now.replace(microsecond=0)
    pieces = [
        Piece(site, article, now - article.age)
        for site in sites
        for article in site.articles
        if article.age is not None
    ]
    return Edition(sites, _newest_first(pieces))


def with_later(edition: Edition, now: datetime, slugs: Collection[str] = ()) -> Edition:
    """The edition with its held-back articles published now; with slugs, only those of them.

    What is public already stays as it is. Raises ContentError for a slug that nobody holds back.
    """
    held = [(site, article) for site in edition.sites for article in site.articles if article.later]
    unknown = set(slugs) - {article.slug for _, article in held}
    if unknown:
        raise ContentError(f"not held back: slugs={sorted(unknown)}")
    wanted = [(site, article) for site, article in held if not slugs or article.slug in slugs]
    fresh = [Piece(site, article, now.replace(microsecond=0)) for site, article in wanted]
    fresh = [piece for piece in fresh if edition.find_piece(piece.path) is None]
    return replace(edition, pieces=_newest_first([*fresh, *edition.pieces]))


def with_page(edition: Edition, piece: Piece) -> Edition:
    """The edition with one more page; a page with the same path is replaced."""
    others = [other for other in edition.pieces if other.path != piece.path]
    return replace(edition, pieces=_newest_first([piece, *others]))


def _newest_first(pieces: list[Piece]) -> tuple[Piece, ...]:
    # A stable sort: what was put in front stays in front of what has the same time.
    return tuple(sorted(pieces, key=lambda piece: piece.published_at, reverse=True))
