"""The Topics table: one item a topic, `pk` = TOPIC#<id>, with the ARNs of its lines' `sns_topic`s.

Beside them are counters and codes that expire (`budgets.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.model.topics import Topic, TopicRow
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PREFIX = "TOPIC#"
_FIELDS = tuple(TopicRow.model_fields)


class TopicsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def find(self, topic_id: str) -> TopicRow | None:
        answer = self._client.get_item(TableName=self._name, Key=_key(topic_id))
        return _row(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> list[TopicRow]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name,
            FilterExpression="begins_with(pk, :topics)",
            ExpressionAttributeValues=to_item({":topics": _PREFIX}),
        )
        rows = [_row(from_item(item)) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: row.topic.id)

    def put(self, topic: Topic, sns_topic_arns: Mapping[str, str]) -> None:
        """What its file says, and these of its lines; its other lines, listeners and what an
        operator switched stay."""
        # Two empty maps: an emulator may keep the very value that it was given, for both.
        changes = update({"topic": topic.model_dump(mode="json")}, no_lines={}, nobody={})
        changes["UpdateExpression"] += (
            ", sns_topic_arns = if_not_exists(sns_topic_arns, :no_lines)"
            ", listeners = if_not_exists(listeners, :nobody)"
        )
        self._client.update_item(TableName=self._name, Key=_key(topic.id), **changes)
        for line_key, arn in sns_topic_arns.items():
            self.add_line(topic.id, line_key, arn)

    def add_line(self, topic_id: str, line_key: str, sns_topic_arn: str) -> bool:
        """False where there is no such topic."""
        return self._change(
            topic_id,
            UpdateExpression="SET sns_topic_arns.#line = :arn",
            ExpressionAttributeNames={"#line": line_key},
            ExpressionAttributeValues=to_item({":arn": sns_topic_arn}),
        )

    def add_listener(self, topic_id: str, line_key: str, number: int) -> bool:
        """So many more listen to a line, or fewer where it is below zero. False where there is no
        such topic, or fewer listen."""
        fewer = " AND listeners.#line >= :fewer" if number < 0 else ""
        values = {":number": number} | ({":fewer": -number} if fewer else {})
        return self._change(
            topic_id,
            f"attribute_exists(listeners){fewer}",
            UpdateExpression="ADD listeners.#line :number",
            ExpressionAttributeNames={"#line": line_key},
            ExpressionAttributeValues=to_item(values),
        )

    def put_listeners(self, topic_id: str, counts: Mapping[str, int]) -> bool:
        """How many listen, by the key of the line. False where there is no such topic."""
        return self._change(topic_id, **update({"listeners": dict(counts)}))

    def snooze(self, topic_id: str, until: datetime | None) -> bool:
        """Its alerts wait until then; None: they do not any more. False where there is no such
        topic."""
        at = to_text(until) if until else None
        return self._change(topic_id, **update({"snoozed_until": at}))

    def mute(self, topic_id: str, muted: bool) -> bool:
        """It has no alerts while it is muted. False where there is no such topic."""
        return self._change(topic_id, **update({"muted": muted}))

    def remove(self, topic_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key=_key(topic_id))

    def _change(self, topic_id: str, condition: str = "", **arguments: Any) -> bool:
        """Of a topic that is there."""
        there = "attribute_exists(pk)"
        if not arguments.get("ExpressionAttributeValues", True):
            del arguments["ExpressionAttributeValues"]  # DynamoDB takes no empty ones
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_key(topic_id),
            ConditionExpression=f"{there} AND {condition}" if condition else there,
            **arguments,
        )


def _key(topic_id: str) -> dict[str, Any]:
    return to_item({"pk": f"{_PREFIX}{topic_id}"})


def _row(item: dict[str, Any]) -> TopicRow:
    return TopicRow.model_validate({name: item[name] for name in _FIELDS if name in item})
