"""Errors as the HTTP API tells them (RFC 9457)."""

import json
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response


def problem(
    status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
) -> Response[str]:
    body = json.dumps({"title": status.phrase, "status": status.value, "detail": detail})
    return Response(status.value, "application/problem+json", body, headers=headers or {})
