"""Links of feeds in the Topics table: `pk` = LINK#<id>. A link that is removed is revoked."""

from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied
from tocsin.model.feed_links import FeedLink

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PREFIX = "LINK#"


class FeedLinks:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, link_id: str) -> FeedLink | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(link_id))
        return _link(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> list[FeedLink]:
        """The oldest first."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :links)",
            ExpressionAttributeValues=to_item({":links": _PREFIX}),
        )
        links = [_link(from_item(item)) for page in pages for item in page["Items"]]
        return sorted(links, key=lambda each: (each.made_at, each.id))

    def add(self, link: FeedLink) -> None:
        fields = link.model_dump(mode="json", exclude={"id"})
        self._client.put_item(TableName=self._table, Item=to_item(fields) | _key(link.id))

    def remove(self, link_id: str) -> bool:
        """False where there is none."""
        return applied(
            self._client.delete_item,
            TableName=self._table,
            Key=_key(link_id),
            ConditionExpression="attribute_exists(pk)",
        )


def _key(link_id: str) -> dict[str, Any]:
    return to_item({"pk": _PREFIX + link_id})


def _link(item: dict[str, Any]) -> FeedLink:
    return FeedLink.model_validate(item | {"id": item.pop("pk").removeprefix(_PREFIX)})
