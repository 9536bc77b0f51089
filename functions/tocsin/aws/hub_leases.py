"""Hub leases in the Feeds table, `pk` = HUB#<feed id>: poll asks for them, the API confirms."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.model.hubs import HubLease
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class HubLeases:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, feed_id: str) -> HubLease | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_key(feed_id), ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        item = from_item(answer["Item"])
        return HubLease(**{name: item[name] for name in HubLease.model_fields if name in item})

    def put(self, lease: HubLease) -> None:
        fields = lease.model_dump(mode="json", exclude_none=True)
        self._client.put_item(TableName=self._table, Item=to_item(fields) | _key(lease.feed_id))

    def confirm(self, lease: HubLease, expires_at: datetime) -> bool:
        return self._change(lease, expires_at=to_text(expires_at))

    def refuse(self, lease: HubLease, reason: str) -> bool:
        return self._change(lease, refused=reason, expires_at=None)

    def note_push(self, lease: HubLease, at: datetime) -> bool:
        return self._change(lease, pushed_at=to_text(at))

    def note_miss(self, lease: HubLease, at: datetime) -> bool:
        return self._change(lease, missed_at=to_text(at))

    def remove(self, feed_id: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(feed_id))

    def _change(self, lease: HubLease, **fields: Any) -> bool:
        """False if another lease has taken its place."""
        return applied(
            self._client.update_item,
            TableName=self._table,
            Key=_key(lease.feed_id),
            ConditionExpression="#token = :token",
            **update({**fields, "token": lease.token}),
        )


def _key(feed_id: str) -> dict[str, Any]:
    return to_item({"pk": f"HUB#{feed_id}"})
