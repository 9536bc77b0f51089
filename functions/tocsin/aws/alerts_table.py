"""Alerts in the Articles table: `pk` = A#<article id>, `sk` = L#<topic>#<line>#<edition>."""

from typing import TYPE_CHECKING

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied
from tocsin.model import AlertRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AlertsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def alerts_of(self, article_id: str) -> list[AlertRow]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :alert)",
            ExpressionAttributeValues=to_item({":pk": f"A#{article_id}", ":alert": "L#"}),
        )
        items = (from_item(item) for page in pages for item in page["Items"])
        known = AlertRow.model_fields
        return [AlertRow.model_validate({n: item[n] for n in known if n in item}) for item in items]

    def add(self, article_id: str, row: AlertRow) -> bool:
        """False if it is there already."""
        key = {"pk": f"A#{article_id}", "sk": f"L#{row.alert.topic_id}#{row.alert.key}"}
        return applied(
            self._client.put_item,
            TableName=self._name,
            Item=to_item(key | row.model_dump(mode="json", exclude_none=True)),
            ConditionExpression="attribute_not_exists(pk)",
        )
