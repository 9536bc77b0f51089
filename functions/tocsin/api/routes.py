"""What the HTTP API answers.

GET /health                                          is it alive, and when did it last store?
GET /v1/articles?day=YYYY-MM-DD&limit=&cursor=       newest first; today, unless `day`, `topic`,
GET /v1/articles?topic=ID&limit=&cursor=             `publisher` or `story` says otherwise
GET /v1/articles?publisher=NAME&limit=&cursor=
GET /v1/articles?story=ID&limit=&cursor=
GET /v1/articles/{id}?version=                       one article with its text and matches
GET /v1/stories/{id}                                 one story, by its id or that of an article
GET /v1/volume?topic=ID&since=&until=                how busy a topic was, hour by hour
GET /v1/openapi.json                                 all that, for programs (OpenAPI 3.1)

What hubs call is in `websub.py`, what subscribers do in `subscriptions.py`, searches are in
`searching.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from tocsin import __version__
from tocsin.api import subscriptions, websub
from tocsin.api.caching import revalidated
from tocsin.api.limits import Limits, limited
from tocsin.api.problems import add_problems
from tocsin.api.subscriptions import Note, SelfService
from tocsin.archive.given import MAX_CHARACTERS, instant, whole_number
from tocsin.errors import InputError, NotFoundError
from tocsin.model.articles import Article
from tocsin.model.cards import Card, CardPage
from tocsin.model.matches import MatchRow
from tocsin.model.stories import HourCount, Place, Story
from tocsin.model.topics import TopicRow
from tocsin.pipeline.push import Called, Pushing

DEFAULT_LIMIT = 20
MAX_LIMIT = 100  # a page of cards stays under 100 kB
MAX_ID_CHARACTERS = 64  # ours have 24; DynamoDB fails on a key of more than 2,048 bytes
# Which lists there are: of each, at most one is asked for.
LISTS = ("day", "topic", "publisher", "story")


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...
    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_topic(self, topic_id: str, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_publisher(self, publisher: str, limit: int, cursor: str | None = None) -> CardPage: ...
    def find_cards(self, article_ids: Sequence[str]) -> dict[str, Card]: ...
    def matches_of(self, article_id: str) -> list[MatchRow]: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_story(self, story_id: str) -> Story | None: ...
    def volume(self, topic_id: str, since: datetime, until: datetime) -> list[HourCount]: ...


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...


class Store(Protocol):
    def get_article(self, article_id: str, version: int | None = None) -> Article: ...


@dataclass(frozen=True)
class Reading:
    """What answering needs from outside."""

    archive: Archive
    stories: Stories
    topics: Topics
    store: Store
    limits: Limits
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
    app.use([revalidated, limited(outside.limits)])
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
        return article_of(article_id, app.current_event.query_string_parameters, outside)

    @app.get("/v1/stories/<story_id>")
    def story(story_id: str) -> dict[str, object]:
        return story_of(story_id, outside)

    @app.get("/v1/volume")
    def volume() -> dict[str, Any]:
        return volume_in(app.current_event.query_string_parameters, outside)

    @app.get("/v1/openapi.json")
    def description() -> dict[str, Any]:
        from tocsin.api.description import describe  # asked for seldom, and not at a cold start

        return describe()

    return app


def list_articles(query: dict[str, str], outside: Reading) -> CardPage:
    """Raises InputError naming the parameter that is wrong."""
    _check_names(query, (*LISTS, "limit", "cursor"))
    asked = [name for name in LISTS if name in query]
    if len(asked) > 1:
        raise InputError(asked[1], f"give only one of {', '.join(LISTS)}, not both")
    limit = whole_number("limit", query.get("limit", str(DEFAULT_LIMIT)), MAX_LIMIT)
    cursor = query.get("cursor")
    if "topic" in query:
        return outside.archive.list_topic(_text(query, "topic"), limit, cursor)
    if "publisher" in query:
        return outside.archive.list_publisher(_text(query, "publisher"), limit, cursor)
    if "story" in query:
        from tocsin.pipeline.lists import list_story  # what grouping needs: 30 ms of a cold start

        asked_id = _text(query, "story", MAX_ID_CHARACTERS)
        return list_story(asked_id, limit, cursor, outside.archive, outside.stories)
    day = _day(query["day"]) if "day" in query else outside.clock().date()
    return outside.archive.list_day(day, limit, cursor)


def story_of(asked: str, outside: Reading) -> dict[str, object]:
    """The story that an article is in by now. Raises NotFoundError."""
    from tocsin.pipeline.lists import get_story  # what grouping needs is 30 ms of a cold start
    from tocsin.stories.summary import as_document

    return as_document(get_story(asked[:MAX_ID_CHARACTERS], outside.archive, outside.stories))


def article_of(asked: str, query: dict[str, str], outside: Reading) -> dict[str, Any]:
    """With its matches, and how many versions there are. Raises NotFoundError and InputError."""
    _check_names(query, ("version",))
    stored_id = outside.archive.find_article_id(asked[:MAX_ID_CHARACTERS])
    if stored_id is None:
        raise NotFoundError("article", asked)
    current = found = outside.store.get_article(stored_id)
    if "version" in query:
        version = whole_number("version", query["version"], current.version)
        found = outside.store.get_article(stored_id, version)
    return {
        **found.model_dump(mode="json"),
        "story_id": _story_id(current, outside),
        "versions": current.version,
        "matches": _json(outside.archive.matches_of(stored_id)),
    }


def _story_id(found: Article, outside: Reading) -> str | None:
    """What the story that it joined has become since."""
    if found.story_id is None:
        return None
    from tocsin.pipeline.story import root_of  # 30 ms, as above

    return root_of(found.story_id, outside.stories)[0]


def volume_in(query: dict[str, str], outside: Reading) -> dict[str, Any]:
    """Raises NotFoundError and InputError."""
    from tocsin.stories.busy import volume_of  # asked for seldom

    _check_names(query, ("topic", "since", "until"))
    if "topic" not in query:
        raise InputError("topic", "name the topic whose volume is asked for")
    topic_id = _text(query, "topic", MAX_ID_CHARACTERS)
    since, until = (
        instant(name, query[name]) if name in query else None for name in ("since", "until")
    )
    if outside.topics.find(topic_id) is None:
        raise NotFoundError("topic", topic_id)
    found = volume_of(topic_id, since, until, outside.clock(), outside.stories.volume)
    return found.model_dump(mode="json")


def _check_names(query: dict[str, str], known: Sequence[str]) -> None:
    if unknown := set(query) - set(known):
        raise InputError(min(unknown), f"no such parameter; there are {', '.join(known)}")


def _text(query: dict[str, str], name: str, most: int = MAX_CHARACTERS) -> str:
    """DynamoDB fails on an empty key, and on one of more than 2,048 bytes."""
    if not 1 <= len(query[name]) <= most:
        raise InputError(name, f"1 to {most} characters")
    return query[name]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("day", "a date as 2026-11-22") from error


def _json(values: Any) -> list[dict[str, Any]]:
    return [value.model_dump(mode="json") for value in values]
