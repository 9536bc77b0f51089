"""Topics in the Topics table: one item each, `pk` = TOPIC#<id>, with the ARN of its `sns_topic`.

Its other lines and who listens are written by `lines.py`; subscribers lie in the same table.
"""

from typing import TYPE_CHECKING

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import update
from tocsin.model import Topic, TopicRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TopicsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def find(self, topic_id: str) -> TopicRow | None:
        answer = self._client.get_item(
            TableName=self._name, Key=to_item({"pk": f"TOPIC#{topic_id}"})
        )
        return _row(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> list[TopicRow]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name,
            FilterExpression="begins_with(pk, :topic)",
            ExpressionAttributeValues=to_item({":topic": "TOPIC#"}),
        )
        rows = [_row(from_item(item)) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: row.topic.id)

    def put(self, topic: Topic, sns_topic_arn: str) -> None:
        """Its other lines, and who listens, stay as they are."""
        known = {"topic": topic.model_dump(), "sns_topic_arn": sns_topic_arn}
        changes = update(known, no_lines={}, nobody={})
        changes["UpdateExpression"] += (
            ", sns_topic_arns = if_not_exists(sns_topic_arns, :no_lines)"
            ", listeners = if_not_exists(listeners, :nobody)"
        )
        key = to_item({"pk": f"TOPIC#{topic.id}"})
        self._client.update_item(TableName=self._name, Key=key, **changes)

    def remove(self, topic_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key=to_item({"pk": f"TOPIC#{topic_id}"}))


def _row(item: dict[str, object]) -> TopicRow:
    return TopicRow.model_validate({n: item[n] for n in TopicRow.model_fields if n in item})
