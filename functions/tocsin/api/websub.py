"""What hubs call (WebSub): anybody may, and only who knows a lease's token is heard.

GET  /websub/{feed}/{token}      the hub asks whether it was us who subscribed
POST /websub/{feed}/{token}      the hub brings a document
"""

import base64
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tocsin.errors import NotFoundError
from tocsin.pipeline.push import Answer, Called, Pushing, take, verify

# A hub's challenge is a stranger's text: no browser shall take it for a page.
_PLAIN = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def add_routes(
    app: APIGatewayHttpResolver, outside: Pushing, tell: Callable[[Called], None]
) -> None:
    """`tell` hears how each call ended."""

    @app.get("/websub/<feed_id>/<token>")
    def asked(feed_id: str, token: str) -> Response[str]:
        query = app.current_event.query_string_parameters
        answer = verify(feed_id, token, query, outside)
        tell(Called(feed_id, answer))
        if answer is Answer.UNKNOWN:
            raise NotFoundError("subscription of feed", feed_id)
        return _plain(query["hub.challenge"] if answer is Answer.CONFIRMED else "")

    @app.post("/websub/<feed_id>/<token>")
    def brought(feed_id: str, token: str) -> Response[str]:
        event = app.current_event
        headers = {name.lower(): value for name, value in event.headers.items()}
        answer = take(feed_id, token, headers, _body(event.raw_event), outside)
        tell(Called(feed_id, answer))
        if answer is Answer.UNKNOWN:  # 410 ends the subscription: WebSub, section 7
            return _plain("no such subscription", HTTPStatus.GONE)
        return _plain("", HTTPStatus.ACCEPTED)


def _body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()


def _plain(text: str, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    return Response(status.value, "text/plain; charset=utf-8", text, headers=_PLAIN)
