"""What the HTTP API answers.

GET /health                                          is it alive, and when did it last store?
GET /v1/articles?day=YYYY-MM-DD&limit=&cursor=       newest first; today, unless `day` or
GET /v1/articles?topic=ID&limit=&cursor=             `topic` says otherwise
GET /v1/articles/{id}                                one article with its text and matches

What hubs call is in `websub.py`, what subscribers do in `subscriptions.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFound

from tocsin import __version__
from tocsin.api import subscriptions, websub
from tocsin.api.problems import problem
from tocsin.api.subscriptions import Note, SelfService
from tocsin.errors import InputError, NotFoundError
from tocsin.model import Article, CardPage, MatchRow
from tocsin.pipeline.push import Called, Pushing

DEFAULT_LIMIT = 20
MAX_LIMIT = 100  # a page of cards stays under 100 kB
MAX_ID_CHARACTERS = 64  # ours have 24; DynamoDB fails on a key of more than 2,048 bytes


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...
    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_topic(self, topic_id: str, limit: int, cursor: str | None = None) -> CardPage: ...
    def matches_of(self, article_id: str) -> list[MatchRow]: ...


class Store(Protocol):
    def get_article(self, article_id: str) -> Article: ...


@dataclass(frozen=True)
class Reading:
    """What answering needs from outside."""

    archive: Archive
    store: Store
    clock: Callable[[], datetime]


def resolver(
    outside: Reading,
    pushing: Pushing,
    self_service: SelfService,
    tell: Callable[[Called], None],
    note: Note,
) -> APIGatewayHttpResolver:
    """`tell` hears how each call of a hub ended, `note` how each of a subscriber did."""
    app = APIGatewayHttpResolver()
    websub.add_routes(app, pushing, tell)
    subscriptions.add_routes(app, self_service, outside.archive, outside.store, note)

    @app.get("/health")
    def health() -> dict[str, Any]:
        today = outside.clock().date()
        days = (today, today - timedelta(days=1))
        cards = [card for day in days for card in outside.archive.list_day(day, 1).cards]
        newest = cards[0].model_dump(mode="json")["seen_at"] if cards else None
        return {"status": "ok", "version": __version__, "newest_article_at": newest}

    @app.get("/v1/articles")
    def articles() -> dict[str, Any]:
        query = app.current_event.query_string_parameters
        page = list_articles(query, outside)
        return {"articles": _json(page.cards), "cursor": page.cursor}

    @app.get("/v1/articles/<article_id>")
    def article(article_id: str) -> dict[str, Any]:
        stored_id = outside.archive.find_article_id(article_id[:MAX_ID_CHARACTERS])
        if stored_id is None:
            raise NotFoundError("article", article_id)
        found, matches = outside.store.get_article(stored_id), outside.archive.matches_of(stored_id)
        return {**found.model_dump(mode="json"), "matches": _json(matches)}

    @app.exception_handler(InputError)  # type: ignore[untyped-decorator]
    def wrong_input(error: InputError) -> Response[str]:
        return problem(HTTPStatus.BAD_REQUEST, str(error))

    @app.exception_handler([NotFoundError, RouteNotFound])  # type: ignore[untyped-decorator]
    def not_found(error: Exception) -> Response[str]:
        return problem(HTTPStatus.NOT_FOUND, str(error) or "no such path")

    return app


def list_articles(query: dict[str, str], outside: Reading) -> CardPage:
    """Raises InputError naming the parameter that is wrong."""
    if unknown := set(query) - {"day", "topic", "limit", "cursor"}:
        raise InputError(min(unknown), "no such parameter; there are day, topic, limit and cursor")
    if "day" in query and "topic" in query:
        raise InputError("topic", "give either a topic or a day, not both")
    limit, cursor = _limit(query.get("limit", str(DEFAULT_LIMIT))), query.get("cursor")
    if "topic" in query:
        return outside.archive.list_topic(query["topic"], limit, cursor)
    day = _day(query["day"]) if "day" in query else outside.clock().date()
    return outside.archive.list_day(day, limit, cursor)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise InputError("limit", f"a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("day", "a date as 2026-11-22") from error


def _json(values: Any) -> list[dict[str, Any]]:
    return [value.model_dump(mode="json") for value in values]
