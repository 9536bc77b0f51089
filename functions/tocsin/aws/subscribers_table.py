"""Subscribers in the Topics table, `pk` = SUB#<id>.
PLACE#reconcile is where the comparison with SNS goes on.

A row is written whole, if it still is as it was read: whoever comes second reads it again.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied
from tocsin.model.subscribers import Subscriber

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PLACE_KEY = {"pk": "PLACE#reconcile"}


class SubscribersTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, subscriber_id: str) -> Subscriber | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_key(subscriber_id), ConsistentRead=True
        )
        return _subscriber(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> Iterator[Subscriber]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :sub)",
            ExpressionAttributeValues=to_item({":sub": "SUB#"}),
            ConsistentRead=True,
        )
        return (_subscriber(from_item(item)) for page in pages for item in page["Items"])

    def put(self, subscriber: Subscriber) -> bool:
        """The next edition of the row; False if that which it was made from is not there."""
        fields = subscriber.model_dump(mode="json", exclude_none=True, exclude={"id"})
        after = fields | {"edition": subscriber.edition + 1}
        return applied(
            self._client.put_item,
            TableName=self._table,
            Item=to_item(after) | _key(subscriber.id),
            **_is_edition(subscriber.edition),
        )

    def remove(self, subscriber: Subscriber) -> bool:
        """False if the row is another by now."""
        return applied(
            self._client.delete_item,
            TableName=self._table,
            Key=_key(subscriber.id),
            **_is_edition(subscriber.edition),
        )

    def find_place(self) -> str:
        """The topic that a run of `reconcile` ended with, empty where it came to the end."""
        answer = self._client.get_item(
            TableName=self._table, Key=to_item(_PLACE_KEY), ConsistentRead=True
        )
        return str(from_item(answer.get("Item", {})).get("topic_id", ""))

    def put_place(self, topic_id: str) -> None:
        item = to_item(_PLACE_KEY | {"topic_id": topic_id})
        self._client.put_item(TableName=self._table, Item=item)


def _is_edition(edition: int) -> dict[str, Any]:
    if edition == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "edition = :edition",
        "ExpressionAttributeValues": to_item({":edition": edition}),
    }


def _key(subscriber_id: str) -> dict[str, Any]:
    return to_item({"pk": f"SUB#{subscriber_id}"})


def _subscriber(item: dict[str, Any]) -> Subscriber:
    return Subscriber.model_validate(item | {"id": item.pop("pk").removeprefix("SUB#")})
