"""Messages as SQS hands them over."""

from typing import Any

from tocsin.pipeline.dead_letters import Message


def message_of(record: dict[str, Any]) -> Message:
    received = record.get("attributes", {}).get("ApproximateReceiveCount", "1")
    return Message(record["body"], int(received))
