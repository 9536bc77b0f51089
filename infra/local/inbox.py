"""What the subscribers of SNS would have read: one JSON line a delivery, oldest first."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from infra.local.errors import UnreadableInbox

# Below what a person notices, and a hundredth of the minute that starts each stage.
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Delivery:
    """`protocol` is email, email-json or sms; `sns_topic_arn` is None for an SMS that was sent
    to a phone number directly."""

    at: datetime
    protocol: str
    to: str
    subject: str
    body: str
    message_id: str
    sns_topic_arn: str | None


def append(path: Path, delivery: Delivery) -> None:
    """One write a line, so that readers see whole lines but perhaps for the last one."""
    line = json.dumps({**asdict(delivery), "at": delivery.at.isoformat()}, ensure_ascii=False)
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")


def drop_torn_line(path: Path) -> None:
    """After a crash in the middle of a write: the next line must not be glued to its rest."""
    if path.exists():
        whole, newline, _torn = path.read_bytes().rpartition(b"\n")
        os.truncate(path, len(whole) + len(newline))


def read_inbox(path: Path) -> list[Delivery]:
    """Every delivery, newest last. A last line that is still being written is left for the next
    read; a broken line anywhere else raises UnreadableInbox."""
    if not path.exists():
        return []
    *lines, _torn = path.read_bytes().split(b"\n")
    return [_parse(line, path, number) for number, line in enumerate(lines, start=1)]


def wait_for(
    path: Path, wanted: Callable[[Delivery], bool], timeout_seconds: float
) -> list[Delivery]:
    """The deliveries that are wanted, as soon as there is one; none when the time is over."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = [delivery for delivery in read_inbox(path) if wanted(delivery)]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(_POLL_SECONDS)


def _parse(line: bytes, path: Path, number: int) -> Delivery:
    try:
        fields = json.loads(line)
        return Delivery(**{**fields, "at": datetime.fromisoformat(fields["at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableInbox(path, number, str(error)) from error
