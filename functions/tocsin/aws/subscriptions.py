"""SNS as seen from a subscriber: subscribe, leave, pause, and who is listed.

What SNS says of an error may name the endpoint: only the code of it goes on.
"""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.errors import SnsFailed
from tocsin.model.lines import SnsProtocol
from tocsin.model.subscribers import Listed

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

# Satisfied by no message: none has this attribute. SNS filters before it delivers or bills.
_NOTHING = json.dumps({"tocsin-paused": ["never"]})
_EVERYTHING = "{}"  # takes a policy off: SetSubscriptionAttributes has no other way
# SNS knows more; those were not subscribed by us.
_PROTOCOLS = frozenset(each.value for each in SnsProtocol)
_GONE = frozenset({"NotFound", "NotFoundException"})
_NOT_CONFIRMED = frozenset({"InvalidParameter", "InvalidParameterException"})


class SnsSubscriptions:
    """The client is made when it is needed: most calls of the API need none."""

    def __init__(self, make_client: Callable[[], "SNSClient"]) -> None:
        self._make_client = make_client

    def subscribe(self, sns_topic_arn: str, protocol: SnsProtocol, endpoint: str) -> str:
        """The subscription's ARN, empty where its owner is asked to confirm first. Who listens
        already is not asked again."""
        # Without ReturnSubscriptionArn: with it, SNS gives an ARN for unconfirmed ones, too.
        answer = self._call(
            "subscribe", TopicArn=sns_topic_arn, Protocol=protocol.value, Endpoint=endpoint
        )
        return _confirmed_arn(answer["SubscriptionArn"])

    def look(self, sns_topic_arn: str) -> None:
        """Asks SNS for nothing in particular: to take as long as what is not done."""
        self._call("get_topic_attributes", TopicArn=sns_topic_arn)

    def send_sms(self, number: str, text: str) -> None:
        """Once. As a transactional one: a code is of use for ten minutes."""
        kind = {"DataType": "String", "StringValue": "Transactional"}
        self._call(
            "publish",
            PhoneNumber=number,
            Message=text,
            MessageAttributes={"AWS.SNS.SMS.SMSType": kind},
        )

    def unsubscribe(self, arn: str) -> bool:
        """False where it was gone already, or is waiting for its owner's yes: SNS takes no such
        one off, and forgets it by itself."""
        return self._done("unsubscribe", _NOT_CONFIRMED, SubscriptionArn=arn)

    def pause(self, arn: str) -> bool:
        """False where there is no such subscription any more."""
        return self._filter(arn, _NOTHING)

    def resume(self, arn: str) -> bool:
        return self._filter(arn, _EVERYTHING)

    def find_owner(self, arn: str) -> tuple[str, SnsProtocol, str] | None:
        """Whose subscription it is: ARN of its `sns_topic`, protocol, endpoint."""
        try:
            answer = self._call("get_subscription_attributes", SubscriptionArn=arn)
        except SnsFailed as error:
            if error.code in _GONE or error.code.startswith("InvalidParameter"):
                return None
            raise
        stated = answer["Attributes"]
        is_pending = str(stated.get("PendingConfirmation")).lower() == "true"
        if is_pending or stated["Protocol"] not in _PROTOCOLS:
            return None
        return stated["TopicArn"], SnsProtocol(stated["Protocol"]), stated["Endpoint"]

    def list_page(self, sns_topic_arn: str, cursor: str) -> tuple[list[Listed], str]:
        """Up to a hundred, and where to go on (empty: that was all). Of an `sns_topic` that is
        not there any more, none."""
        more: dict[str, Any] = {"NextToken": cursor} if cursor else {}
        try:
            answer = self._call("list_subscriptions_by_topic", TopicArn=sns_topic_arn, **more)
        except SnsFailed as error:
            if error.code in _GONE:
                return [], ""
            raise
        return list(_listed(answer["Subscriptions"])), answer.get("NextToken", "")

    def _filter(self, arn: str, policy: str) -> bool:
        return self._done(
            "set_subscription_attributes",
            frozenset(),
            SubscriptionArn=arn,
            AttributeName="FilterPolicy",
            AttributeValue=policy,
        )

    def _done(self, operation: str, harmless: frozenset[str], **arguments: Any) -> bool:
        try:
            self._call(operation, **arguments)
        except SnsFailed as error:
            if error.code in _GONE | harmless:
                return False
            raise
        return True

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._make_client(), operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
        except BotoCoreError as error:
            code = type(error).__name__
        # Out of the handler, so that no traceback shows the error with its message.
        raise SnsFailed(operation, code)


def _listed(members: list[Any]) -> Iterator[Listed]:
    for each in members:
        if each["Protocol"] in _PROTOCOLS:
            yield Listed(
                protocol=SnsProtocol(each["Protocol"]),
                endpoint=each["Endpoint"],
                arn=_confirmed_arn(each["SubscriptionArn"]),
            )


def _confirmed_arn(text: str) -> str:
    """SNS writes "PendingConfirmation" and "pending confirmation" in its place."""
    return text if text.startswith("arn:") else ""
