"""Feeds of a search, for readers that cannot sign requests: who has the link may read.

GET /feeds/{token}.atom
GET /feeds/{token}.json

A token is signed; one that was never ours is refused without a look at the table. What it leads to
is stored: without its row it is revoked, and readers are told to stop asking (410).
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tocsin.alerts.signing import find_feed_id
from tocsin.api.limits import Limits
from tocsin.api.problems import problem
from tocsin.archive.answers import Answer, Asked
from tocsin.archive.parameters import asked_of
from tocsin.errors import NotFoundError
from tocsin.model.feed_links import FeedLink

ENTRIES = 50  # of a busy topic what comes in some hours; readers ask more often than that
# Articles can be found a minute after they came, and hardly a reader asks every five.
FRESH_SECONDS = 300
_SHOWN_CHARACTERS = 64  # of what was asked for
_HEADERS = {
    "Cache-Control": f"private, max-age={FRESH_SECONDS}",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Links(Protocol):
    def find(self, link_id: str) -> FeedLink | None: ...


@dataclass(frozen=True)
class Feeding:
    """What feeds need from outside. `pepper` is None as long as there is none, and so no link."""

    links: Links
    pepper: Callable[[], bytes | None]
    limits: Limits
    api_url: str


Find = Callable[[Asked], Answer]


def add_routes(app: APIGatewayHttpResolver, outside: Feeding, find: Find) -> None:
    @app.get("/feeds/<file>")
    def feed(file: str) -> Response[Any]:
        token, _, kind = file.rpartition(".")
        pepper = outside.pepper() if kind in ("atom", "json") else None
        link_id = find_feed_id(pepper, token) if pepper else None
        if link_id is None:
            raise NotFoundError("feed", file[:_SHOWN_CHARACTERS])
        url = outside.api_url + feed_path(token, kind)
        return outside.limits.answer(link_id, lambda: feed_of(link_id, kind, url, outside, find))


def feed_of(link_id: str, kind: str, url: str, outside: Feeding, find: Find) -> Response[str]:
    """Raises QueryError and InputError where the link's question is none any more."""
    link = outside.links.find(link_id)
    if link is None:
        return problem(HTTPStatus.GONE, "this feed has ended; ask for another link")
    from tocsin.api import syndication  # not at the cold start of a search

    hits = find(asked_of(link.asked, ENTRIES, ENTRIES)).hits
    if kind == "atom":
        media_type = syndication.ATOM
        body = syndication.atom(link.title, url, link.made_at, hits)
    else:
        media_type, body = syndication.JSON_FEED, syndication.json_feed(link.title, url, hits)
    return Response(HTTPStatus.OK.value, media_type, body, headers=dict(_HEADERS))


def feed_path(token: str, kind: str) -> str:
    return f"/feeds/{token}.{kind}"
