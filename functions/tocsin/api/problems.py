"""What went wrong, as RFC 9457 has it."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFound

from tocsin.errors import InputError, NotFoundError

MEDIA_TYPE = "application/problem+json"


def problem(
    status: HTTPStatus,
    detail: str,
    headers: dict[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response[str]:
    """`more` are members of the caller's own."""
    told = {"title": status.phrase, "status": status.value, "detail": detail, **(more or {})}
    return Response(status.value, MEDIA_TYPE, json.dumps(told), headers=headers or {})


def add_problems(app: APIGatewayHttpResolver, failed: Callable[[Exception], None]) -> None:
    """`failed` hears of what is our fault; the caller is told no more of it than that."""

    @app.exception_handler(InputError)  # type: ignore[untyped-decorator]
    def wrong_input(error: InputError) -> Response[str]:
        return problem(HTTPStatus.BAD_REQUEST, str(error))

    @app.exception_handler([NotFoundError, RouteNotFound])  # type: ignore[untyped-decorator]
    def not_found(error: Exception) -> Response[str]:
        return problem(HTTPStatus.NOT_FOUND, str(error) or "no such path")

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def our_fault(error: Exception) -> Response[str]:
        failed(error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "not your fault; ask again later")
