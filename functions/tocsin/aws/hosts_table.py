"""Hosts in the Feeds table: `pk` = HOST#<host> is who may ask it, ROBOTS#<origin> its robots.txt.

DynamoDB forgets both by itself, at `forget_at`.
"""

import gzip
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.model.hosts import Robots
from tocsin.model.values import to_instant, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=2)  # longer than anything here is true
MAX_HOST_CHARACTERS = 253  # of a name (RFC 1035); a feed may claim more, and a key holds 2,048
MAX_ROBOTS_BYTES = 350_000  # compressed; an item holds 400 kB


class HostsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def take(self, host: str, owner: str, now: datetime, until: datetime) -> bool:
        """Whether `owner` alone may ask the host, until `until`."""
        changes = {"owner": owner, "until": to_text(until), "forget_at": _forget_at(until)}
        # The owner's own: where an answer was lost, the SDK asks again.
        free = "attribute_not_exists(#until) OR #until <= :now OR #owner = :owner"
        return self._update(host, update(changes, now=to_text(now)), condition=free)

    def release(self, host: str, owner: str, free_at: datetime | None = None) -> None:
        """Lets others ask the host, from `free_at` on. Where the lease was over and another has
        the host, nothing is written."""
        changes = {"owner": owner, "until": None if free_at is None else _not_before(free_at)}
        self._update(host, update(changes), condition="#owner = :owner")

    def find_robots(self, origin: str) -> Robots | None:
        answer = self._client.get_item(TableName=self._name, Key=_robots_key(origin))
        if "Item" not in answer:
            return None
        item = from_item(answer["Item"])
        text = gzip.decompress(item["text"]).decode() if "text" in item else None
        return Robots(text=text, fetched_at=to_instant(item["fetched_at"]))

    def put_robots(self, origin: str, robots: Robots) -> bool:
        """False if it is too large to be kept."""
        text = None if robots.text is None else gzip.compress(robots.text.encode(), mtime=0)
        if text is not None and len(text) > MAX_ROBOTS_BYTES:
            return False
        at = robots.fetched_at
        fields = {"text": text, "fetched_at": to_text(at), "forget_at": _forget_at(at)}
        self._client.put_item(TableName=self._name, Item=to_item(fields) | _robots_key(origin))
        return True

    def _update(self, host: str, changes: dict[str, Any], condition: str) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=to_item({"pk": f"HOST#{host[:MAX_HOST_CHARACTERS]}"}),
            ConditionExpression=condition,
            **changes,
        )


def _not_before(at: datetime) -> str:
    """Times are kept in whole seconds, and a pause is not to be shorter than it is."""
    return to_text(at + timedelta(seconds=1) if at.microsecond else at)


def _forget_at(at: datetime) -> int:
    return int((at + KEPT).timestamp())


def _robots_key(origin: str) -> dict[str, Any]:
    return to_item({"pk": f"ROBOTS#{origin}"})
