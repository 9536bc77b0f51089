"""Answers that a caller has already are not sent again (RFC 9110, section 13)."""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

# What callers see is theirs: an identity asked for it. Lists change by the minute.
ALWAYS_ASK = "private, no-cache"


def revalidated(
    app: APIGatewayHttpResolver, answer: Callable[[APIGatewayHttpResolver], Response[Any]]
) -> Response[Any]:
    """Names what a GET answers by its content, and answers 304 to who names it."""
    response = answer(app)
    event = app.current_event
    if event.http_method != "GET" or response.status_code != HTTPStatus.OK:
        return response
    if "no-store" in response.headers.get("Cache-Control", ""):
        return response
    if not isinstance(response.body, str):
        response.body = json.dumps(response.body, separators=(",", ":"))
    tag = etag(response.body)
    response.headers = {"Cache-Control": ALWAYS_ASK} | response.headers | {"ETag": tag}
    asked = event.headers.get("if-none-match", "")
    if tag in [each.strip().removeprefix("W/") for each in asked.split(",")]:
        response.status_code, response.body = HTTPStatus.NOT_MODIFIED.value, ""
    return response


def etag(body: str) -> str:
    digest = hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()
    return f'"{digest[:32]}"'
