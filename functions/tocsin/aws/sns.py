"""SNS: one `sns_topic` a line of a news topic."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.aws.publishing import publish_error
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.notifications import Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

# What a filter or a program behind a queue can ask for; a queue takes ten with a raw message.
MAX_ATTRIBUTES = 9
_MAX_PRICE = "AWS.SNS.SMS.MaxPrice"


class Publisher:
    """Its client must not retry by itself: a response lost after success would tell twice.
    `sms_max_price` is in USD a segment: SNS delivers no SMS that costs more."""

    def __init__(self, client: "SNSClient", sms_max_price: str) -> None:
        self._client = client
        self._sms_max_price = sms_max_price

    def publish(self, sns_topic_arn: str, notification: Notification) -> str:
        """Sends each protocol its own body; the SNS message id. Raises PublishRefused, or
        PublishFailed where another attempt may succeed."""
        bodies = {
            "default": notification.json,
            "email": notification.email,
            "sms": notification.sms,
        }
        try:
            answer = self._client.publish(
                TopicArn=sns_topic_arn,
                Subject=notification.subject,
                MessageStructure="json",
                Message=json.dumps(bodies, ensure_ascii=False),
                MessageAttributes=self._attributes(notification),
            )
        except (ClientError, BotoCoreError) as error:
            raise publish_error(error) from error
        return answer["MessageId"]

    def _attributes(self, notification: Notification) -> dict[str, Any]:
        """SNS takes no empty ones."""
        said = [(name, value) for name, value in notification.attributes.items() if value]
        attributes = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in said[:MAX_ATTRIBUTES]
        }
        if notification.line.channel is Channel.SMS:
            price = {"DataType": "Number", "StringValue": self._sms_max_price}
            attributes[_MAX_PRICE] = price
        return attributes


@dataclass(frozen=True)
class Listener:
    """As SNS lists it. `confirmed` is False until the owner of an e-mail address has said yes."""

    protocol: str
    endpoint: str
    arn: str
    confirmed: bool


class SnsTopics:
    """What the operator does with topics and their subscribers."""

    def __init__(self, client: "SNSClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def make(self, topic_id: str, line: Line) -> str:
        """Creates the `sns_topic` of a line of a news topic, or finds it; its ARN.

        An underscore, which no topic's id has, keeps topic `x` daily apart from topic `x-daily`.
        SNS has room for 256 characters: 128 of the stack's name, 64 of the topic's id, and these.
        """
        name, tags = f"{self._prefix}-{topic_id}", {"tocsin:topic": topic_id}
        if line.key != Cadence.INSTANT:
            name, tags = f"{name}_{line.key}", tags | {"tocsin:line": line.key}
        answer = self._client.create_topic(
            Name=name, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )
        return answer["TopicArn"]

    def remove(self, sns_topic_arn: str) -> None:
        self._client.delete_topic(TopicArn=sns_topic_arn)

    def subscribe(self, sns_topic_arn: str, protocol: str, endpoint: str) -> Listener:
        # Without ReturnSubscriptionArn: with it, SNS gives an ARN for unconfirmed ones, too.
        answer = self._client.subscribe(
            TopicArn=sns_topic_arn, Protocol=protocol, Endpoint=endpoint
        )
        return _listener(protocol, endpoint, answer["SubscriptionArn"])

    def subscriptions(self, sns_topic_arn: str) -> Iterator[Listener]:
        paginator = self._client.get_paginator("list_subscriptions_by_topic")
        for page in paginator.paginate(TopicArn=sns_topic_arn):
            for each in page["Subscriptions"]:
                yield _listener(each["Protocol"], each["Endpoint"], each["SubscriptionArn"])


def _listener(protocol: str, endpoint: str, arn: str) -> Listener:
    return Listener(protocol, endpoint, arn, confirmed=arn.startswith("arn:"))
