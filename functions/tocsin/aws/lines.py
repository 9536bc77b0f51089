"""The lines of a topic: an `sns_topic` for each way in which somebody listens, made on demand."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import to_item
from tocsin.aws.topics_table import TopicsTable
from tocsin.aws.writes import applied, condition_failure
from tocsin.errors import NotFoundError
from tocsin.model import Line

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient


class Lines:
    """`prefix` begins the name of every `sns_topic` of the stack."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        make_sns: Callable[[], "SNSClient"],
        prefix: str,
    ) -> None:
        self._client = client
        self._table = table
        self._topics = TopicsTable(client, table)
        self._make_sns = make_sns
        self._prefix = prefix

    def make_line(self, topic_id: str, line: Line) -> str:
        """The ARN of the line's `sns_topic`, which is made, tagged and recorded where there is
        none. Raises NotFoundError where there is no such topic."""
        row = self._topics.find(topic_id)
        if row is None:
            raise NotFoundError("topic", topic_id)
        if arn := row.line_arns.get(line.key):
            return arn
        tags = {"tocsin:topic": topic_id, "tocsin:line": line.key}
        answer = self._make_sns().create_topic(
            Name=self._name(topic_id, line),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        self._record(topic_id, line.key, answer["TopicArn"])
        return answer["TopicArn"]

    def add_listener(self, topic_id: str, line_key: str, delta: int) -> bool:
        """False where there is no such topic any more."""
        return applied(
            self._client.update_item,
            TableName=self._table,
            Key=_key(topic_id),
            UpdateExpression="ADD listeners.#line :delta",
            ConditionExpression="attribute_exists(listeners)",
            ExpressionAttributeNames={"#line": line_key},
            ExpressionAttributeValues=to_item({":delta": delta}),
        )

    def put_listeners(self, topic_id: str, counts: Mapping[str, int]) -> bool:
        """Puts the counts right; likewise."""
        return applied(
            self._client.update_item,
            TableName=self._table,
            Key=_key(topic_id),
            UpdateExpression="SET listeners = :counts",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=to_item({":counts": dict(counts)}),
        )

    def _record(self, topic_id: str, line_key: str, arn: str) -> None:
        """CreateTopic gives everybody the same ARN: whoever records it second changes nothing."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(topic_id),
                UpdateExpression="SET sns_topic_arns.#line = :arn",
                ConditionExpression="attribute_exists(sns_topic_arns)",
                ExpressionAttributeNames={"#line": line_key},
                ExpressionAttributeValues=to_item({":arn": arn}),
            )
        except ClientError as error:
            condition_failure(error)
            raise NotFoundError("topic", topic_id) from error

    def _name(self, topic_id: str, line: Line) -> str:
        """At most 128 + 64 + 11 of SNS's 256 characters. An id has no `_`: no topic of another
        name has the same."""
        return f"{self._prefix}-{topic_id}_{line.key}"


def _key(topic_id: str) -> dict[str, Any]:
    return to_item({"pk": f"TOPIC#{topic_id}"})
