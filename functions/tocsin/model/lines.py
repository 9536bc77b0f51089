"""How a topic's subscribers are reached: how often, and by what."""

from enum import StrEnum
from functools import cache

from tocsin.model.values import Value


class Cadence(StrEnum):
    """How often a subscriber hears of a topic."""

    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Channel(StrEnum):
    """SMS is paid by the segment and must be stoppable alone: it has `sns_topic`s of its own."""

    MAIL = "mail"  # and https, SQS and Lambda, which cost as little
    SMS = "sms"


class Line(Value):
    """By which a topic reaches its subscribers: one `sns_topic` each. `key` names it in rows."""

    cadence: Cadence
    channel: Channel = Channel.MAIL

    @property
    def key(self) -> str:
        return f"{self.cadence}-sms" if self.channel is Channel.SMS else self.cadence.value

    @classmethod
    @cache
    def of_key(cls, key: str) -> "Line":
        cadence, _, channel = key.partition("-")
        return cls(cadence=Cadence(cadence), channel=Channel(channel or Channel.MAIL))


class SnsProtocol(StrEnum):
    """By which SNS reaches a subscriber."""

    EMAIL = "email"
    SMS = "sms"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"
