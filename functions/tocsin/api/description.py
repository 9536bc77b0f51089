"""The HTTP API described for programs: OpenAPI 3.1, made from the routes and the models."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tocsin import __version__
from tocsin.api import searching
from tocsin.api.problems import MEDIA_TYPE
from tocsin.api.routes import DEFAULT_LIMIT, MAX_ID_CHARACTERS, MAX_LIMIT
from tocsin.archive.answers import Answer, Order
from tocsin.archive.entity_facet import SCOPE
from tocsin.archive.given import MAX_CHARACTERS, MAX_VALUES
from tocsin.archive.parameters import COUNTED, FILTERS, MAX_CURSOR_CHARACTERS
from tocsin.model.articles import Article
from tocsin.model.cards import Card
from tocsin.model.matches import MatchRow
from tocsin.model.stories import Story
from tocsin.stories.busy import Volume

Schema = dict[str, Any]
_SCHEMAS = "#/components/schemas/"
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_INSTANT: Schema = {"type": "string", "format": "date-time"}


@dataclass(frozen=True)
class Operation:
    """A GET and what it answers; `problems` are statuses beside 429 and 500."""

    path: str
    summary: str
    answer: Schema
    parameters: tuple[Schema, ...] = ()
    problems: tuple[int, ...] = ()


def describe() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin",
            "version": __version__,
            "summary": "What an alarm bell for the news has collected",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"iam": []}],
        "paths": {each.path: {"get": _operation(each)} for each in operations()},
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "iam": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 of an IAM identity that may"
                    " execute-api:Invoke, for the service execute-api",
                }
            },
        },
    }


def operations() -> tuple[Operation, ...]:
    version = _parameter(
        "version", "query", "As it was before it was revised", type="integer", minimum=1
    )
    article_id = _parameter(
        "id", "path", "An article's id, or that of another of its URLs", maxLength=MAX_ID_CHARACTERS
    )
    return (
        Operation("/health", "Is it alive, and when did it last store an article?", _HEALTH),
        Operation(
            "/v1/articles", "Articles, newest first", _LIST, _list_parameters(), (400, 404, 503)
        ),
        Operation(
            "/v1/articles/{id}",
            "One article with its text, its capture, its story and its matches",
            {"allOf": [_ref("Article"), {"properties": _BESIDE, "required": list(_BESIDE)}]},
            (article_id, version),
            (400, 404),
        ),
        Operation(
            "/v1/stories/{id}",
            "One story: who wrote on it, who was first, and for which topics it rang",
            {"allOf": [_ref("Story"), {"properties": _SUMMARY, "required": list(_SUMMARY)}]},
            (article_id,),
            (404,),
        ),
        Operation(
            "/v1/volume",
            "How many stories and outlets matched a topic hour by hour, and what is usual",
            _ref("Volume"),
            _volume_parameters(),
            (400, 404),
        ),
        Operation(
            "/v1/search",
            "Articles by their words and by what is known of them, with the words marked",
            _ref("Answer"),
            _search_parameters(),
            (400, 503),
        ),
        Operation("/v1/openapi.json", "This description", {"type": "object"}),
    )


def _list_parameters() -> tuple[Schema, ...]:
    name = {"minLength": 1, "maxLength": MAX_CHARACTERS}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return (
        _parameter("day", "query", "Of this day (UTC) [today]", format="date"),
        _parameter("topic", "query", "Of this topic, instead of a day", **name),
        _parameter("publisher", "query", "Of this publisher, instead of a day", **name),
        _parameter(
            "story",
            "query",
            "Of the story with this id, or that of an article of it, instead of a day",
            minLength=1,
            maxLength=MAX_ID_CHARACTERS,
        ),
        _parameter("limit", "query", "How many at most", **limit),
        _parameter("cursor", "query", "Where the last page ended: its `cursor`", **_TEXT),
    )


_FILTERS = {
    "topic": "That matched this topic",
    "publisher": "Of this publisher",
    "feed": "That this feed brought",
    "language": "In this language, as en",
    "country": "Of feeds of this country, as de",
    "author": "By this author",
    "story": "Of the story with this id",
}


def _volume_parameters() -> tuple[Schema, ...]:
    topic = _parameter("topic", "query", "Of this topic", minLength=1, maxLength=MAX_ID_CHARACTERS)
    return (
        topic | {"required": True},
        _parameter("since", "query", f"From {_WHEN} on [a week ago]; ten weeks are kept"),
        _parameter("until", "query", f"Before {_WHEN}; a day is wholly in it [now]"),
    )


_WHEN = "that day or time (UTC), as 2026-11-22 or 2026-11-22T14:00Z"


def _search_parameters() -> tuple[Schema, ...]:
    of_name = _TEXT | {"minLength": 1, "maxLength": MAX_CHARACTERS}
    values = {"type": "array", "items": of_name, "maxItems": MAX_VALUES}
    facets = {"type": "array", "items": _TEXT | {"enum": list(COUNTED)}, "maxItems": MAX_VALUES}
    limit = {"type": "integer", "minimum": 1, "maximum": searching.MAX_LIMIT}
    order = {"enum": [each.value for each in Order], "default": Order.NEWEST.value}
    return (
        _parameter("query", "query", "In the language of topics; without it all", maxLength=10_000),
        *(
            _parameter(name, "query", f"{_FILTERS[name]}; of several any", **values)
            for name in FILTERS
        ),
        _parameter("since", "query", f"First seen from {_WHEN} on"),
        _parameter("until", "query", f"First seen before {_WHEN}; a day is wholly in it"),
        _parameter("order", "query", "Newest first, or those that fit best", **order),
        _parameter("limit", "query", "How many at most", **limit, default=searching.DEFAULT_LIMIT),
        _parameter(
            "cursor",
            "query",
            "Where the last page ended: its `cursor`",
            maxLength=MAX_CURSOR_CHARACTERS,
        ),
        _parameter("facet", "query", _COUNTS, **facets),
        _parameter(
            "everything",
            "query",
            "Look at the whole archive, however far back that is; slower",
            **_TRUTH,
        ),
    )


_COUNTS = f"Counts the articles by their values of this; entity: by names in {SCOPE}"
_TRUTH: Schema = {"enum": ["true", "false"], "default": "false"}


def _parameter(name: str, place: str, description: str, **schema: Any) -> Schema:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": _TEXT | schema,
    }


def _operation(operation: Operation) -> Schema:
    answer = {"description": "As asked", "content": _content("application/json", operation.answer)}
    unchanged = {"description": "Unchanged since the answer that If-None-Match names"}
    responses = {"200": answer, "304": unchanged}
    for status in (*operation.problems, 429, 500):
        content = _content(MEDIA_TYPE, _ref("Problem"))
        responses[str(status)] = {"description": _PROBLEMS[status], "content": content}
    return {
        "operationId": _operation_id(operation.path),
        "summary": operation.summary,
        "parameters": list(operation.parameters),
        "responses": responses,
    }


def _operation_id(path: str) -> str:
    """As `get-v1-articles-id`."""
    return "get" + path.replace("/", "-").replace("{", "").replace("}", "").replace(".", "-")


def _content(media_type: str, schema: Schema) -> Schema:
    return {media_type: {"schema": schema}}


def _ref(name: str) -> Schema:
    return {"$ref": _SCHEMAS + name}


def _array(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _schemas() -> Schema:
    """Of the models, and of what they hold, as they are written out."""
    models: tuple[type[BaseModel], ...] = (Answer, Article, Card, MatchRow, Story, Volume)
    found: Schema = {"Problem": _PROBLEM}
    for model in models:
        schema = model.model_json_schema(
            ref_template=_SCHEMAS + "{model}", mode="serialization", by_alias=False
        )
        found |= {name: _open(each) for name, each in schema.pop("$defs", {}).items()}
        found[model.__name__] = _open(schema)
    return dict(sorted(found.items()))


def _open(schema: Schema) -> Schema:
    """What answers hold may grow: callers must not count on there being nothing else."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}


_PROBLEMS = {
    400: "A parameter is wrong; `detail` names it and the remedy",
    404: "There is no such thing",
    429: "Too many requests in this minute; `Retry-After` says in how many seconds to go on",
    503: "Busy; ask again after `Retry-After` seconds",
    500: "Our fault; ask again later",
}
_PROBLEM: Schema = {
    "title": "Problem",
    "description": "RFC 9457",
    "type": "object",
    "properties": {"title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT}
    | {
        name: {"type": "integer", "description": "Where in `query`, in characters"}
        for name in ("start", "end")
    },
    "required": ["title", "status", "detail"],
}
_HEALTH: Schema = {
    "type": "object",
    "properties": {
        "status": {"const": "ok"},
        "version": _TEXT,
        "newest_article_at": {"anyOf": [_INSTANT, {"type": "null"}]},
    },
    "required": ["status", "version", "newest_article_at"],
}
_BESIDE: Schema = {
    "matches": _array("MatchRow"),
    "versions": {"type": "integer", "description": "How many there are; the last is current"},
}
_LIST: Schema = {
    "type": "object",
    "properties": {
        "articles": _array("Card"),
        "cursor": {
            "type": ["string", "null"],
            "description": "Gives the next page; null after the last",
        },
    },
    "required": ["articles", "cursor"],
}
_SUMMARY: Schema = {
    "headline": _TEXT,
    "terms": _TEXTS,
    "first_seen_at": _INSTANT,
    "last_seen_at": _INSTANT,
    "outlets": _TEXTS,
    "languages": _TEXTS,
    "size": {"type": "integer"},
    "origin": _TEXT,
    "first": _TEXT,
}
