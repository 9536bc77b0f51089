"""A path to its response, and whether the one who asks has it already. No sockets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from infra.newsroom.content import Site
from infra.newsroom.edition import Edition
from infra.newsroom.feeds import feed_document
from infra.newsroom.pages import PICTURE_FOLDER, article_page, front_page, home_page, picture

BROKEN_FEED_PATH = "/lantern-weekly/feed.xml"

_ROBOTS = b"User-agent: *\nDisallow: /*-members-only\n"

_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Response:
    body: bytes
    content_type: str = _HTML
    status: HTTPStatus = HTTPStatus.OK
    modified_at: datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @property
    def last_modified(self) -> str | None:
        return format_datetime(self.modified_at, usegmt=True) if self.modified_at else None


def respond(edition: Edition, broken_feed: str, base_url: str, path: str) -> Response:
    """What the newsroom says to a GET of this path; 404 for what is not, or not yet, public."""
    if path == "/":
        return Response(front_page(edition, base_url).encode())
    if path == "/robots.txt":
        return Response(_ROBOTS, _TEXT)
    if path == BROKEN_FEED_PATH:
        return Response(broken_feed.encode())
    return _of_a_site(edition, base_url, path) or _not_found(path)


def is_known(response: Response, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether 304 is the answer (RFC 9110, 13.2.2: an ETag, where one is sent, decides alone)."""
    if response.status != HTTPStatus.OK:
        return False
    if if_none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return bool(tags & {response.etag, "*"})
    if if_modified_since is None or response.modified_at is None:
        return False
    return _is_not_after(response.modified_at, if_modified_since)


def _of_a_site(edition: Edition, base_url: str, path: str) -> Response | None:
    if site := edition.find_site_of_feed(path):
        return _feed(edition, site, base_url)
    if site := edition.find_site_of_home(path):
        return Response(home_page(edition, site, base_url).encode())
    if path.endswith(".svg") and f"/{PICTURE_FOLDER}/" in path:
        return Response(picture(path).encode(), "image/svg+xml")
    return _article(edition, base_url, path)


def _feed(edition: Edition, site: Site, base_url: str) -> Response:
    pieces = edition.listed(site)
    document = feed_document(site, pieces, base_url)
    modified_at = pieces[0].published_at if pieces else None
    return Response(document.body, document.content_type, modified_at=modified_at)


def _article(edition: Edition, base_url: str, path: str) -> Response | None:
    piece = edition.find_piece(path)
    if piece is None or piece.article.missing:
        return None
    return Response(article_page(piece, base_url).encode(), modified_at=piece.published_at)


def _not_found(path: str) -> Response:
    return Response(f"not here: {path}\n".encode(), _TEXT, HTTPStatus.NOT_FOUND)


def _is_not_after(moment: datetime, http_date: str) -> bool:
    try:
        return moment <= parsedate_to_datetime(http_date)
    except (TypeError, ValueError):  # unreadable or without a zone: as if none was sent
        return False
