"""What the HTTP API answers.

GET /health                                          is it alive, and when did it last store?
GET /v1/articles?day=YYYY-MM-DD&limit=&cursor=       newest first; today, unless `day`, `topic` or
GET /v1/articles?topic=ID&limit=&cursor=             `publisher` says otherwise
GET /v1/articles?publisher=NAME&limit=&cursor=
GET /v1/articles/{id}                                one article with its text and matches
GET /v1/stories/{id}                                 one story, by its id or that of an article
GET /v1/openapi.json                                 all that, for programs (OpenAPI 3.1)

What hubs call is in `websub.py`, what subscribers do in `subscriptions.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from tocsin import __version__
from tocsin.api import subscriptions, websub
from tocsin.api.caching import revalidated
from tocsin.api.problems import add_problems
from tocsin.api.subscriptions import Note, SelfService
from tocsin.errors import InputError, NotFoundError
from tocsin.model import Article, CardPage, MatchRow, Place, Story
from tocsin.pipeline.push import Called, Pushing

DEFAULT_LIMIT = 20
MAX_LIMIT = 100  # a page of cards stays under 100 kB
MAX_ID_CHARACTERS = 64  # ours have 24; DynamoDB fails on a key of more than 2,048 bytes
# Which lists there are: of each, at most one is asked for.
LISTS = ("day", "topic", "publisher")


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...
    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_topic(self, topic_id: str, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_publisher(self, publisher: str, limit: int, cursor: str | None = None) -> CardPage: ...
    def matches_of(self, article_id: str) -> list[MatchRow]: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_story(self, story_id: str) -> Story | None: ...


class Store(Protocol):
    def get_article(self, article_id: str) -> Article: ...


@dataclass(frozen=True)
class Reading:
    """What answering needs from outside."""

    archive: Archive
    stories: Stories
    store: Store
    clock: Callable[[], datetime]


def resolver(
    outside: Reading,
    pushing: Pushing,
    self_service: SelfService,
    tell: Callable[[Called], None],
    note: Note,
    failed: Callable[[Exception], None],
) -> APIGatewayHttpResolver:
    """`tell` hears how each call of a hub ended, `note` how each of a subscriber did, `failed` of
    what is our fault."""
    app = APIGatewayHttpResolver()
    app.use([revalidated])
    add_problems(app, failed)
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

    @app.get("/v1/stories/<story_id>")
    def story(story_id: str) -> dict[str, object]:
        return story_of(story_id, outside)

    @app.get("/v1/openapi.json")
    def description() -> dict[str, Any]:
        from tocsin.api.description import describe  # asked for seldom, and not at a cold start

        return describe()

    return app


def list_articles(query: dict[str, str], outside: Reading) -> CardPage:
    """Raises InputError naming the parameter that is wrong."""
    known = (*LISTS, "limit", "cursor")
    if unknown := set(query) - set(known):
        raise InputError(min(unknown), f"no such parameter; there are {', '.join(known)}")
    asked = [name for name in LISTS if name in query]
    if len(asked) > 1:
        raise InputError(asked[1], f"give only one of {', '.join(LISTS)}, not both")
    limit, cursor = _limit(query.get("limit", str(DEFAULT_LIMIT))), query.get("cursor")
    if "topic" in query:
        return outside.archive.list_topic(_text(query, "topic"), limit, cursor)
    if "publisher" in query:
        return outside.archive.list_publisher(_text(query, "publisher"), limit, cursor)
    day = _day(query["day"]) if "day" in query else outside.clock().date()
    return outside.archive.list_day(day, limit, cursor)


def story_of(asked: str, outside: Reading) -> dict[str, object]:
    """The story that an article is in by now. Raises NotFoundError."""
    from tocsin.pipeline.story import root_of  # what grouping needs is 30 ms of a cold start
    from tocsin.stories.summary import as_document

    article_id = asked[:MAX_ID_CHARACTERS]
    known_id = outside.archive.find_article_id(article_id) or article_id
    found = outside.stories.find_story(root_of(known_id, outside.stories)[0])
    if found is None:
        raise NotFoundError("story", asked)
    return as_document(found)


def _text(query: dict[str, str], name: str) -> str:
    """DynamoDB fails on an empty key, and on one of more than 2,048 bytes."""
    if not 1 <= len(query[name]) <= MAX_NAME_CHARACTERS:
        raise InputError(name, f"1 to {MAX_NAME_CHARACTERS} characters")
    return query[name]


MAX_NAME_CHARACTERS = 200


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
