"""SNS: the `sns_topic` of the operator."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.aws.publishing import publish_error

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


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
            raise publish_error(error) from error
