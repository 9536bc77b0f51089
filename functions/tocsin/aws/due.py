"""The sparse indexes `due`: what is to be done, by when."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def find_due_items(
    client: "DynamoDBClient", table: str, partition: str, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` items whose time has come, longest overdue first."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName="due",
        KeyConditionExpression="due_partition = :partition AND due_at <= :now",
        ExpressionAttributeValues=to_item({":partition": partition, ":now": to_text(now)}),
        PaginationConfig={"MaxItems": limit},
    )
    return [from_item(item) for page in pages for item in page["Items"]]
