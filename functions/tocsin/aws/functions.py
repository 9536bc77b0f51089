"""Lambda functions that are invoked and waited for."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.errors import InvocationFailed

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Function:
    def __init__(self, client: "LambdaClient", name: str) -> None:
        self._client = client
        self._name = name

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """What it returns. Raises InvocationFailed where it was throttled, took too long or ended
        with an error."""
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event))
            returned: dict[str, Any] = json.loads(answer["Payload"].read() or b"null")
        except ClientError as error:
            raise InvocationFailed(self._name, error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise InvocationFailed(self._name, str(error)) from error
        if "FunctionError" in answer:
            reason = (returned or {}).get("errorMessage") or answer["FunctionError"]
            raise InvocationFailed(self._name, reason)
        return returned
