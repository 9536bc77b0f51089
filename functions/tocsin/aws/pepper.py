"""The one secret, in the Topics table under SECRET#pepper."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import condition_failure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PEPPER_KEY = {"pk": "SECRET#pepper"}


class Pepper:
    """The secret, read once a container. Whoever needs it first makes it."""

    def __init__(
        self, client: "DynamoDBClient", table: str, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._client = client
        self._table = table
        self._random_bytes = random_bytes
        self._found: bytes | None = None

    def get(self, size: int) -> bytes:
        if self._found is None:
            self._found = self._find() or self._add(self._random_bytes(size))
        return self._found

    def find(self) -> bytes | None:
        """None where nobody has needed it yet."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> bytes | None:
        answer = self._client.get_item(
            TableName=self._table, Key=to_item(_PEPPER_KEY), ConsistentRead=True
        )
        return _pepper(answer["Item"]) if "Item" in answer else None

    def _add(self, made: bytes) -> bytes:
        """What is there once it was added, by us or by somebody who was faster."""
        text = base64.b64encode(made).decode()
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_item(_PEPPER_KEY | {"pepper": text}),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _pepper(condition_failure(error))
        return made


def _pepper(item: dict[str, Any]) -> bytes:
    return base64.b64decode(from_item(item)["pepper"])
