"""The archive's manifest: rows of the Articles table under one key, `pk` = SHARDS#1.

    sk TOTAL                  how many shards are in force, and the sum of what their keys hash to
    sk S#<key>                a shard; with `replaced_at` it is not in force any more
    sk B#<key>                a batch that is in no shard yet
    sk V#<second>#<article>   versions of an article that are void
    sk LEASE#<name>           who does what one at a time shall do

A query may see one half of a transaction and not the other: what it gives is believed only if it
adds up to the total. The total is added to, never set, so that a swap does not depend on another.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.errors import Overloaded
from tocsin.model.archive import Batch, Manifest, ShardEntry, Swap, Void
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "SHARDS#1"
_TRIES = 8
_FIRST_BACKOFF_SECONDS = 0.05
# Another transaction has one of our items under its hands: nothing is wrong, and nothing was done.
_MEANWHILE = "TransactionConflict"


class ShardsTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._jitter = jitter

    def read(self) -> Manifest:
        """Raises Overloaded where no consistent view was had in eight attempts."""
        for attempt in range(_TRIES):
            self._back_off(attempt)
            items = self._items()
            total = next((each for each in items if each["sk"] == "TOTAL"), None)
            manifest = _manifest(items)
            if _adds_up(manifest, total):
                return manifest
        raise Overloaded("manifest", f"no consistent view in {_TRIES} attempts")

    def add_batch(self, batch: Batch) -> None:
        item = _key(f"B#{batch.key}") | to_item({"docs": batch.docs})
        self._client.put_item(TableName=self._name, Item=item)

    def swap(self, swap: Swap) -> bool:
        """All of it, or nothing: False where a batch or a shard of it is not in force any more.
        Raises Overloaded where other swaps are in the way all the time."""
        for attempt in range(_TRIES):
            self._back_off(attempt)
            try:
                self._client.transact_write_items(TransactItems=self._writes(swap))
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = _reasons(error)
                if "ConditionalCheckFailed" in reasons:
                    return False
                if _MEANWHILE in reasons:
                    continue
                raise
            return True
        raise Overloaded("manifest", f"other swaps in {_TRIES} attempts")

    def forget(self, shard: str) -> None:
        """A replaced shard whose object is gone."""
        self._client.delete_item(TableName=self._name, Key=_key(f"S#{shard}"))

    def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """False while another has it."""
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_key(f"LEASE#{name}"),
            ConditionExpression="attribute_not_exists(pk) OR #owner = :owner OR #until < :now",
            **update({"owner": owner, "until": to_text(until)}, now=to_text(now)),
        )

    def release(self, name: str, owner: str) -> None:
        applied(
            self._client.delete_item,
            TableName=self._name,
            Key=_key(f"LEASE#{name}"),
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_item({":owner": owner}),
        )

    def _items(self) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": PARTITION}),
            ConsistentRead=True,
        )
        return [from_item(item) for page in pages for item in page["Items"]]

    def _writes(self, swap: Swap) -> list[Any]:
        writes = [self._delete(f"B#{key}", "attribute_exists(pk)") for key in swap.batches]
        writes += [self._replaced(key, swap.at) for key in swap.shards]
        if swap.added:
            writes.append(self._put(f"S#{swap.added.key}", {"entry": swap.added.model_dump_json()}))
        writes += [self._put(_void_sk(void), void.model_dump()) for void in swap.voids]
        writes += [self._delete(_void_sk(void)) for void in swap.settled]
        return [*writes, self._counted(swap)]

    def _delete(self, sk: str, condition: str | None = None) -> dict[str, Any]:
        wanted: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        return {"Delete": {"TableName": self._name, "Key": _key(sk)} | wanted}

    def _put(self, sk: str, values: dict[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._name, "Item": _key(sk) | to_item(values)}}

    def _replaced(self, key: str, at: int) -> dict[str, Any]:
        in_force = "attribute_exists(pk) AND attribute_not_exists(replaced_at)"
        request = {"TableName": self._name, "Key": _key(f"S#{key}")}
        changes = update({"replaced_at": at})
        return {"Update": request | {"ConditionExpression": in_force} | changes}

    def _counted(self, swap: Swap) -> dict[str, Any]:
        added = [swap.added.key] if swap.added else []
        values = {
            ":shards": len(added) - len(swap.shards),
            ":sum": _sum(added) - _sum(swap.shards),
        }
        return {
            "Update": {
                "TableName": self._name,
                "Key": _key("TOTAL"),
                "UpdateExpression": "ADD shards :shards, key_sum :sum",
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _back_off(self, attempt: int) -> None:
        if attempt:
            backoff = _FIRST_BACKOFF_SECONDS * 2.0**attempt
            self._sleep(backoff / 2 + self._jitter() * backoff / 2)


def _key(sk: str) -> dict[str, Any]:
    return to_item({"pk": PARTITION, "sk": sk})


def _void_sk(void: Void) -> str:
    return f"V#{void.second}#{void.article_id}"


def _sum(keys: Iterable[str]) -> int:
    """Of 60 bits each: two sets of shards do not have the same by chance."""
    return sum(int(hashlib.sha256(key.encode()).hexdigest()[:15], 16) for key in keys)


def _adds_up(manifest: Manifest, total: dict[str, Any] | None) -> bool:
    keys = [each.key for each in manifest.shards]
    wanted = (total["shards"], total["key_sum"]) if total else (0, 0)
    return (len(keys), _sum(keys)) == wanted


def _reasons(error: ClientError) -> set[str]:
    response: dict[str, Any] = dict(error.response)
    return {str(each.get("Code")) for each in response.get("CancellationReasons", [])}


def _manifest(items: list[dict[str, Any]]) -> Manifest:
    shards, replaced = [], []
    batches, voids = [], []
    for item in items:
        kind, _, name = item["sk"].partition("#")
        if kind == "S" and "replaced_at" in item:
            replaced.append((name, item["replaced_at"]))
        elif kind == "S":
            shards.append(ShardEntry.model_validate_json(item["entry"]))
        elif kind == "B":
            batches.append(Batch(key=name, docs=item["docs"]))
        elif kind == "V":
            voids.append(Void(**{name: item[name] for name in Void.model_fields}))
    return Manifest(
        shards=tuple(shards),
        batches=tuple(batches),
        voids=tuple(voids),
        replaced=tuple(replaced),
    )
