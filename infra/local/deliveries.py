"""SNS deliveries that ministack only logs: e-mail and SMS, as the subscriber would read them.

ministack 1.5.33 stubs these protocols in `sns._fanout`; here the stub's own rules (confirmed,
filter policy, body per protocol) decide what goes to the inbox. No unsubscribe footer is added.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from infra.local.inbox import Delivery

logger = logging.getLogger("tocsin.deliveries")

_EMAIL = ("email", "email-json")
_CAUGHT = (*_EMAIL, "sms")
_DEFAULT_SUBJECT = "AWS Notification Message"  # what SNS puts where Publish had no Subject

Deliver = Callable[[Delivery], None]


def catch(sns: Any, deliver: Deliver) -> None:
    """Patches the module `ministack.services.sns`: every way to publish ends in one of these."""
    _catch_topics(sns, deliver)
    _catch_phone_numbers(sns, deliver)


def _catch_topics(sns: Any, deliver: Deliver) -> None:
    fanout = sns._fanout

    def fanout_and_deliver(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        fanout(topic_arn, msg_id, message, subject, message_structure, message_attributes, **more)
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}
        for subscription in topic.get("subscriptions", ()):
            published = (topic_arn, msg_id, message, subject, message_structure)
            delivery = _delivery(sns, subscription, published, message_attributes or {})
            if delivery is not None:
                _hand_over(deliver, delivery)

    sns._fanout = fanout_and_deliver


def _catch_phone_numbers(sns: Any, deliver: Deliver) -> None:
    sms_log_for = sns._sms_log_for

    class Recorded(list[dict[str, Any]]):
        """ministack appends one record a message to the list of its phone number."""

        def append(self, record: dict[str, Any]) -> None:
            sms_log_for(record["PhoneNumber"]).append(record)
            _hand_over(deliver, _direct(record))

    sns._sms_log_for = lambda _phone_number: Recorded()


def _delivery(
    sns: Any,
    subscription: dict[str, Any],
    published: tuple[str, str, str, str, str],
    attributes: dict[str, Any],
) -> Delivery | None:
    topic_arn, message_id, message, subject, structure = published
    protocol = subscription["protocol"]
    if protocol not in _CAUGHT or not subscription.get("confirmed"):
        return None
    body = sns._resolve_message_for_protocol(message, structure, protocol)
    if not sns._matches_filter_policy(subscription, attributes, body):
        return None
    if protocol == "email-json":
        body = sns._build_envelope(topic_arn, message_id, body, subject, attributes, raw=False)
    shown = (subject or _DEFAULT_SUBJECT) if protocol in _EMAIL else ""
    return Delivery(_now(), protocol, subscription["endpoint"], shown, body, message_id, topic_arn)


def _direct(record: dict[str, Any]) -> Delivery:
    to, body, message_id = record["PhoneNumber"], record["Message"], record["MessageId"]
    return Delivery(_now(), "sms", to, "", body, message_id, None)


def _hand_over(deliver: Deliver, delivery: Delivery) -> None:
    try:
        deliver(delivery)
    except Exception:
        # The publisher of a message never learns what became of a delivery: nor does it on AWS.
        logger.exception("lost: %s to %s", delivery.protocol, delivery.to)


def _now() -> datetime:
    return datetime.now(UTC)
