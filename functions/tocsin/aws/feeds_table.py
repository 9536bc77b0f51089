"""The Feeds table: one item a feed, `pk` = FEED#<id>.

The operator's part of an item (`feed`, and its `url` again) is written by apply, the rest by poll.
A feed that is to be polled has `due_partition` and `due_at`: the sparse index `due` holds no other.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.due import find_due_items
from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.model import DueFeed, Feed, FeedRow, FeedState, to_instant, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_PARTITION = "feed"
# What a feed's new URL makes untrue.
_LEARNED_OF_URL = (
    *("etag", "last_modified", "filled_at"),
    *("outcome", "detail", "errors_in_a_row", "disabled"),
)


class FeedsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def find_due(self, now: datetime, limit: int) -> list[DueFeed]:
        """Feeds that are due, longest overdue first."""
        items = find_due_items(self._client, self._name, DUE_PARTITION, now, limit)
        return [
            DueFeed(
                id=item["pk"].partition("#")[2], url=item["url"], due_at=to_instant(item["due_at"])
            )
            for item in items
        ]

    def claim(self, due: DueFeed, until: datetime) -> bool:
        """Pushes a due feed to `until`; False if another dispatch, or a removal, was first."""
        return self._update(
            due.id,
            update({"due_at": to_text(until)}, was=to_text(due.due_at)),
            condition="#due_at = :was",
        )

    def find(self, feed_id: str) -> FeedRow | None:
        answer = self._client.get_item(TableName=self._name, Key=_key(feed_id), ConsistentRead=True)
        return _row(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> list[FeedRow]:
        return sorted((_row(item) for item in self._scan()), key=lambda row: row.feed.id)

    def save_state(self, feed: Feed, state: FeedState, due_at: datetime | None) -> bool:
        """Keeps what a poll taught. False if the feed was removed or given another URL meanwhile:
        then nothing is written."""
        changes = _state_fields(state) | _due_fields(due_at)
        return self._update(
            feed.id,
            update(changes | {"url": feed.url}),
            condition="#url = :url",
        )

    def put_feed(self, feed: Feed, now: datetime) -> None:
        """Adds a feed, or changes what the operator says of it. A new URL starts it anew: it is
        due at once, and its first poll fills the archive silently."""
        says = {"feed": feed.model_dump(exclude_none=True), "url": feed.url}
        anew = update(says | _due_fields(now), remove=_LEARNED_OF_URL)
        if not self._update(feed.id, anew, condition="attribute_not_exists(pk) OR #url <> :url"):
            self._update(feed.id, update(says), condition="attribute_exists(pk)")

    def make_due(self, feed_id: str, now: datetime) -> bool:
        """Asks for a poll at the next dispatch; False if there is no such feed."""
        changes = update(_due_fields(now), remove=("disabled",))
        return self._update(feed_id, changes, condition="attribute_exists(pk)")

    def remove(self, feed_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key=_key(feed_id))

    def _update(self, feed_id: str, changes: dict[str, Any], condition: str) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_key(feed_id),
            ConditionExpression=condition,
            **changes,
        )

    def _scan(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(TableName=self._name)
        return (from_item(item) for page in pages for item in page["Items"])


def _key(feed_id: str) -> dict[str, Any]:
    return to_item({"pk": f"FEED#{feed_id}"})


def _due_fields(due_at: datetime | None) -> dict[str, Any]:
    if due_at is None:
        return {"due_partition": None, "due_at": None}
    return {"due_partition": DUE_PARTITION, "due_at": to_text(due_at)}


def _state_fields(state: FeedState) -> dict[str, Any]:
    fields = dict(state)
    for name in ("polled_at", "filled_at"):
        fields[name] = to_text(fields[name]) if fields[name] else None
    return fields


def _row(item: dict[str, Any]) -> FeedRow:
    known = {name: item[name] for name in FeedState.model_fields if name in item}
    due_at = to_instant(item["due_at"]) if "due_at" in item else None
    return FeedRow(feed=Feed(**item["feed"]), state=FeedState(**known), due_at=due_at)
