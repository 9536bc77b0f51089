"""The Topics table: one item a topic, `pk` = TOPIC#<id>, with the ARN of its `sns_topic`."""

from typing import TYPE_CHECKING

from tocsin.aws.items import from_item, to_item
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
        pages = self._client.get_paginator("scan").paginate(TableName=self._name)
        rows = [_row(from_item(item)) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: row.topic.id)

    def put(self, topic: Topic, sns_topic_arn: str) -> None:
        item = {
            "pk": f"TOPIC#{topic.id}",
            "topic": topic.model_dump(),
            "sns_topic_arn": sns_topic_arn,
        }
        self._client.put_item(TableName=self._name, Item=to_item(item))

    def remove(self, topic_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key=to_item({"pk": f"TOPIC#{topic_id}"}))


def _row(item: dict[str, object]) -> TopicRow:
    return TopicRow.model_validate({"topic": item["topic"], "sns_topic_arn": item["sns_topic_arn"]})
