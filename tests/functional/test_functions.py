"""Invoking a function and waiting for what it says."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tocsin.aws.functions import Function
from tocsin.errors import InvocationFailed


class Invoked:
    """A client of Lambda that answers as told."""

    def __init__(self, payload: object = None, error: Exception | None = None, **more: str) -> None:
        self._payload = payload
        self._error = error
        self._more = more
        self.asked: list[dict[str, Any]] = []

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self._error:
            raise self._error
        return {"Payload": io.BytesIO(json.dumps(self._payload).encode()), **self._more}


def test_it_returns_what_the_function_returns() -> None:
    client = Invoked({"matches": 3})
    assert Function(client, "search").invoke({"part": {}}) == {"matches": 3}  # type: ignore[arg-type]
    assert client.asked == [{"FunctionName": "search", "Payload": '{"part": {}}'}]


throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (Invoked(error=throttled), "TooManyRequestsException"),
        (Invoked(error=ReadTimeoutError(endpoint_url="lambda")), "timeout"),
        (Invoked({"errorMessage": "Task timed out"}, FunctionError="Unhandled"), "Task timed out"),
        (Invoked(None, FunctionError="Unhandled"), "Unhandled"),
    ],
)
def test_no_answer_is_an_error_that_says_why(client: Invoked, reason: str) -> None:
    with pytest.raises(InvocationFailed, match=f"search: .*{reason}"):
        Function(client, "search").invoke({})  # type: ignore[arg-type]
