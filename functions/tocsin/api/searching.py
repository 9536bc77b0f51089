"""What the function `search` answers over HTTP.

GET /v1/search?query=&topic=&publisher=&feed=&language=&country=&author=&story=&since=&until=
              &order=&limit=&cursor=&facet=&everything=

Feeds are in `feeds.py`. It is a function of its own: a search needs a whole processor, and has its
shards at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tocsin.api import feeds
from tocsin.api.caching import revalidated
from tocsin.api.feeds import Feeding
from tocsin.api.limits import Limits, limited
from tocsin.api.problems import add_problems, problem
from tocsin.archive.answers import Answer, Asked
from tocsin.archive.asking import FindAliases, ask
from tocsin.archive.fanout import RunParts, answer_event
from tocsin.archive.parameters import asked_of
from tocsin.archive.search import Shards
from tocsin.errors import InputError, Overloaded, PartFailed, QueryError, QuerySyntaxError
from tocsin.model.archive import Manifest
from tocsin.query.meaning import Inflection

DEFAULT_LIMIT = 20
MAX_LIMIT = 100  # a page of hits stays under 200 kB
RETRY_SECONDS = 5  # two who write the manifest are done with it by then


class Manifests(Protocol):
    def read(self) -> Manifest: ...


@dataclass(frozen=True)
class Searching:
    """What a search needs from outside; `shards` stay open from one to the next, `limits` are of
    callers with an identity. `run_parts` searches parts of the archive side by side; `find_aliases`
    is asked where names are to be counted."""

    manifests: Manifests
    shards: Shards
    inflection: Inflection
    run_parts: RunParts
    find_aliases: FindAliases
    limits: Limits

    def answer(self, asked: Asked) -> Answer:
        """Raises QueryError, InputError, CorruptError, Overloaded and PartFailed."""
        manifest = self.manifests.read()
        given = manifest, self.shards, self.inflection, self.run_parts, self.find_aliases
        return ask(asked, *given)

    def answer_part(self, event: dict[str, Any]) -> dict[str, Any]:
        """One of the parts that `run_parts` asks for. Raises CorruptError."""
        return answer_event(event, self.shards, self.inflection)


def resolver(
    outside: Searching, feeding: Feeding, failed: Callable[[Exception], None]
) -> APIGatewayHttpResolver:
    """`failed` hears of what is our fault."""
    app = APIGatewayHttpResolver()
    app.use([revalidated, limited(outside.limits)])
    add_problems(app, failed)
    _add_query_problems(app)
    feeds.add_routes(app, feeding, outside.answer)

    @app.get("/v1/search")
    def found() -> dict[str, Any]:
        raw = app.current_event.raw_event.get("rawQueryString", "")
        asked = asked_of(pairs_of(raw), DEFAULT_LIMIT, MAX_LIMIT)
        return outside.answer(asked).model_dump(mode="json")

    return app


def pairs_of(raw_query: str) -> list[tuple[str, str]]:
    """As sent: of values joined by commas nobody could tell which comma is whose. Raises
    InputError."""
    try:
        return parse_qsl(raw_query, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise InputError("query string", "text in UTF-8, percent-encoded") from error


def _add_query_problems(app: APIGatewayHttpResolver) -> None:
    @app.exception_handler(QueryError)  # type: ignore[untyped-decorator]
    def wrong_query(error: QueryError) -> Response[str]:
        return problem(HTTPStatus.BAD_REQUEST, f"query: {error}", more=_place_of(error))

    @app.exception_handler(Overloaded)  # type: ignore[untyped-decorator]
    def overloaded(error: Overloaded) -> Response[str]:
        later = {"Retry-After": str(RETRY_SECONDS)}
        detail = f"{error}; ask again in a moment"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, later)

    @app.exception_handler(PartFailed)  # type: ignore[untyped-decorator]
    def part_failed(error: PartFailed) -> Response[str]:
        later = {"Retry-After": str(RETRY_SECONDS)}
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), later)


def _place_of(error: QueryError) -> dict[str, int]:
    """Where in `query`, in characters, for who shows it."""
    if isinstance(error, QuerySyntaxError):
        return {"start": error.start, "end": error.end}
    return {}
