"""What becomes of a message whose job fails: it comes again, or is given up with the reason.

SQS hands a message over again when its worker raised or died. A job has MAX_TRIES; on the last the
error is known, and goes with it. A worker that dies says nothing: its message comes once more, and
is not tried any more. Only where this itself fails SQS moves the message, without a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

MAX_TRIES = 3
# In template.yaml, maxReceiveCount of the queues: the receive after the tries only tells.
MAX_RECEIVES = MAX_TRIES + 1
DIED = f"the worker died in {MAX_TRIES} tries, out of time or of memory"
MAX_REASON = 1_000  # characters; an error may quote a whole page

Done = TypeVar("Done")


class DeadLetters(Protocol):
    def add(self, body: str, reason: str) -> None: ...


@dataclass(frozen=True)
class Message:
    """`receives` counts from 1."""

    body: str
    receives: int = 1


@dataclass(frozen=True)
class GivenUp:
    """A message that went to the dead-letter queue."""

    reason: str


def tried(message: Message, work: Callable[[str], Done], dead: DeadLetters) -> Done | GivenUp:
    """What `work` makes of the message's body. Raises what it raises while there are tries left."""
    if message.receives > MAX_TRIES:
        return _give_up(message, DIED, dead)
    try:
        return work(message.body)
    except Exception as error:
        if message.receives < MAX_TRIES:
            raise
        return _give_up(message, f"{type(error).__name__}: {error}", dead)


def _give_up(message: Message, reason: str, dead: DeadLetters) -> GivenUp:
    line = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    dead.add(message.body, line[:MAX_REASON])
    return GivenUp(line[:MAX_REASON])
