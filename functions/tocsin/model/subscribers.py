"""Who listens, and to what."""

from enum import StrEnum

from pydantic import ConfigDict

from tocsin.model.lines import Line, SnsProtocol
from tocsin.model.values import Identifier, Instant, Value


class SubscriptionState(StrEnum):
    PENDING = "pending"  # its owner has not said yes yet
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"  # SNS asks its owner anew: it could not deliver, or not as fast
    LEFT = "left"  # gone from SNS: its owner left, or too much bounced


class Subscription(Value):
    """That a subscriber listens to a topic by one line, in this state since `since`. `arn` is
    empty until SNS has told it. With `paused_until` nothing reaches it before. `in_place_of` is the
    key of a line that is left once this one is confirmed."""

    topic_id: Identifier
    line: Line
    state: SubscriptionState
    since: Instant
    arn: str = ""
    paused_until: Instant | None = None
    in_place_of: str = ""


class Subscriber(Value):
    """An endpoint and what it listens to. `id` is keyed with a secret: it does not tell whose it
    is. `edition` counts the changes."""

    model_config = ConfigDict(hide_input_in_errors=True)  # errors are logged, addresses are not

    id: str
    protocol: SnsProtocol
    endpoint: str
    since: Instant
    subscriptions: tuple[Subscription, ...] = ()
    edition: int = 0


class Listed(Value):
    """A subscription as SNS lists it; without an ARN its owner has not confirmed it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    protocol: SnsProtocol
    endpoint: str
    arn: str
