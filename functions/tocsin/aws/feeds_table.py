"""The Feeds table: one item a feed, `pk` = FEED#<id>.

The operator's part of an item (`feed`) is written by apply, the rest by poll: also `url`, where the
feed is asked, which is not the operator's any more once it has moved. A feed that is to be polled
has `due_partition` and `due_at`: the sparse index `due` holds no other.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.due import find_due_items
from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.model.feeds import DueFeed, Feed, FeedRow, FeedState
from tocsin.model.values import to_instant, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_PARTITION = "feed"
# A claim is waited for, 5 ms: ten at once take 10,000 feeds in 5 s. As many as a client has
# connections.
CLAIMS_AT_ONCE = 10
# What a feed's new URL leaves true. The rest was learned of the old one.
_KEPT_OVER_URLS = frozenset({"seen", "entries_total"})
_LEARNED_OF_URL = tuple(name for name in FeedState.model_fields if name not in _KEPT_OVER_URLS)
# What keeps a feed from being asked, for the operator to lift.
_HOLDS = ("disabled", "refused_since", "next_at")
_OTHER_URL = "attribute_not_exists(pk) OR (#feed.#url <> :url AND #url <> :url)"


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

    def claim(self, due: Sequence[DueFeed], until: datetime) -> list[DueFeed]:
        """Pushes due feeds to `until`; those where no other dispatch, nor a removal, was first."""
        if len(due) == 1:
            return [each for each in due if self._claim(each, until)]
        with ThreadPoolExecutor(CLAIMS_AT_ONCE) as threads:
            ours = threads.map(lambda each: self._claim(each, until), due)
            return [each for each, is_ours in zip(due, ours, strict=True) if is_ours]

    def _claim(self, due: DueFeed, until: datetime) -> bool:
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
        asked_at = {"url": state.moved_to or feed.url}
        changes = update(
            _state_fields(state) | _due_fields(due_at) | asked_at, of_operator=feed.url
        )
        changes["ExpressionAttributeNames"]["#feed"] = "feed"
        return self._update(feed.id, changes, condition="#feed.#url = :of_operator")

    def put_feed(self, feed: Feed, now: datetime) -> None:
        """Adds a feed, or changes what the operator says of it. A new URL starts it anew: it is
        due at once, and its first poll fills the archive silently. Where the feed is asked already
        because it had moved there is no new URL."""
        says = {"feed": feed.model_dump(exclude_none=True)}
        anew = update(says | {"url": feed.url} | _due_fields(now), remove=_LEARNED_OF_URL)
        if not self._update(feed.id, anew, condition=_OTHER_URL):
            self._update(feed.id, update(says), condition="attribute_exists(pk)")

    def make_due(self, feed_id: str, now: datetime) -> bool:
        """Asks for a poll at the next dispatch, whatever the feed's own time is: a person wants it.
        False if there is no such feed."""
        changes = update(_due_fields(now), remove=_HOLDS)
        return self._update(feed_id, changes, condition="attribute_exists(pk)")

    def hasten(self, feed_id: str, due_at: datetime) -> bool:
        """Has a feed polled at `due_at` that would be polled later; False if there is none."""
        changes = update(_due_fields(due_at) | {"next_at": to_text(due_at)})
        return self._update(feed_id, changes, condition="#due_at > :due_at")

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
        """Feeds only: hubs and hosts have items of their own."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._name)
        items = (from_item(item) for page in pages for item in page["Items"])
        return (item for item in items if item["pk"].startswith("FEED#"))


def _key(feed_id: str) -> dict[str, Any]:
    return to_item({"pk": f"FEED#{feed_id}"})


def _due_fields(due_at: datetime | None) -> dict[str, Any]:
    if due_at is None:
        return {"due_partition": None, "due_at": None}
    return {"due_partition": DUE_PARTITION, "due_at": to_text(due_at)}


def _state_fields(state: FeedState) -> dict[str, Any]:
    """What a feed has not taught is not stored: its item stays small."""
    known = {name: _plain(value) for name, value in state.model_dump(exclude_defaults=True).items()}
    return {name: known.get(name) for name in FeedState.model_fields}


def _plain(value: Any) -> Any:
    """Instants as text, and values in values."""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _row(item: dict[str, Any]) -> FeedRow:
    known = {name: item[name] for name in FeedState.model_fields if name in item}
    due_at = to_instant(item["due_at"]) if "due_at" in item else None
    return FeedRow(feed=Feed(**item["feed"]), state=FeedState(**known), due_at=due_at)
