"""SNS: one `sns_topic` a news topic."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.errors import PublishFailed, PublishRefused
from tocsin.model import Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

# Publishing again cannot mend these: the message or its topic is wrong.
PERMANENT = frozenset({"InvalidParameter", "InvalidParameterValue", "NotFound"})


class Publisher:
    """Its client must not retry by itself: a response lost after success would tell twice."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def publish(self, sns_topic_arn: str, notification: Notification) -> str:
        """Sends each protocol its own body; the SNS message id. Raises PublishRefused, or
        PublishFailed where another attempt may succeed."""
        bodies = {"default": notification.email, "sms": notification.sms}
        try:
            answer = self._client.publish(
                TopicArn=sns_topic_arn,
                Subject=notification.subject,
                MessageStructure="json",
                Message=json.dumps(bodies, ensure_ascii=False),
                MessageAttributes={
                    "alert_id": {"DataType": "String", "StringValue": notification.alert_id},
                    "topic": {"DataType": "String", "StringValue": notification.topic_id},
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise _publish_error(error) from error
        return answer["MessageId"]


def _publish_error(error: ClientError | BotoCoreError) -> PublishRefused | PublishFailed:
    if not isinstance(error, ClientError):
        return PublishFailed(type(error).__name__)
    code = error.response["Error"]["Code"]
    return PublishRefused(code) if code in PERMANENT else PublishFailed(code)


class OperatorTopic:
    """Notices to the operator. The client is made when there is one: there seldom is."""

    def __init__(self, make_client: Callable[[], "SNSClient"], arn: str) -> None:
        self._make_client = make_client
        self._arn = arn

    def tell(self, subject: str, text: str) -> None:
        """Raises PublishRefused or PublishFailed. What was lost on the way back is sent again."""
        try:
            self._make_client().publish(TopicArn=self._arn, Subject=subject, Message=text)
        except (ClientError, BotoCoreError) as error:
            raise _publish_error(error) from error


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

    def make(self, topic_id: str) -> str:
        """Creates the `sns_topic` of a news topic, or finds it; its ARN."""
        answer = self._client.create_topic(
            Name=f"{self._prefix}-{topic_id}",
            Tags=[{"Key": "tocsin:topic", "Value": topic_id}],
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
