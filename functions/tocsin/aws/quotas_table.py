"""Counters and codes in the Topics table. DynamoDB forgets them by itself, at `forget_at`.

QUOTA#<quota>#<mark>#<window>   how often, within one window
ASKED#<mark>                    how often an address was asked to confirm
CODE#<mark>                     a code that was sent to a number, and how often it was tried
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import condition_failure
from tocsin.errors import Overloaded
from tocsin.model.quotas import Asked, SentCode, Turn
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 4  # of two requests that count at once, one has to ask again
_REFUSED = "ConditionalCheckFailed"


class QuotasTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, turns: Sequence[Turn]) -> str:
        """Takes all the turns or none; the key of the first that is not to be had, else empty."""
        return self._write([self._turn(each) for each in turns], turns)

    def count(self, turn: Turn) -> int | None:
        """Takes one turn alone; how many are taken now, None where it is not to be had."""
        request = self._turn(turn)["Update"]
        try:
            answer = self._client.update_item(**request, ReturnValues="UPDATED_NEW")
        except ClientError as error:
            condition_failure(error)
            return None
        return int(from_item(answer["Attributes"])["taken"])

    def take_asking(
        self, turns: Sequence[Turn], mark: str, before: Asked | None, after: Asked
    ) -> str:
        """Likewise, and notes that an address is asked, if nobody did so meanwhile."""
        fields = {
            "pk": f"ASKED#{mark}",
            "unconfirmed": after.unconfirmed,
            "free_at": to_text(after.free_at),
            "forget_at": _seconds(after.forget_at),
        }
        put = {"Item": to_item(fields), **_as_it_was(before)}
        note = {"Put": put | {"TableName": self._table}}
        return self._write([*(self._turn(each) for each in turns), note], turns)

    def take_sending(
        self, turns: Sequence[Turn], number_mark: str, code: SentCode, free_since: datetime
    ) -> str:
        """Likewise, and keeps a code, if the one before was sent by `free_since`."""
        kept = {
            "Item": _code_item(number_mark, code),
            "ConditionExpression": "attribute_not_exists(pk) OR sent_at <= :free",
            "ExpressionAttributeValues": to_item({":free": to_text(free_since)}),
        }
        put = {"Put": kept | {"TableName": self._table}}
        return self._write([*(self._turn(each) for each in turns), put], turns)

    def put_count(self, turn: Turn, count: int) -> None:
        """Puts a counter right."""
        item = {"pk": f"QUOTA#{turn.key}", "taken": count, "forget_at": _seconds(turn.forget_at)}
        self._client.put_item(TableName=self._table, Item=to_item(item))

    def find_asked(self, mark: str) -> Asked | None:
        item = self._find(f"ASKED#{mark}")
        if item is None:
            return None
        known = {name: item[name] for name in ("unconfirmed", "free_at", "forget_at")}
        return Asked.model_validate(known)

    def remove_asked(self, mark: str) -> None:
        self._remove(f"ASKED#{mark}")

    def try_code(self, number_mark: str, now: datetime, tries: int) -> SentCode | None:
        """The code that a number was sent, and one more try of it counted; None where there is
        none, it has ended, or was tried so often already."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item({"pk": f"CODE#{number_mark}"}),
                UpdateExpression="ADD tries :one",
                ConditionExpression="ends_at > :now AND tries < :tries",
                ExpressionAttributeValues=to_item(
                    {":one": 1, ":now": to_text(now), ":tries": tries}
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            condition_failure(error)
            return None
        item = from_item(answer["Attributes"])
        return SentCode.model_validate({name: item[name] for name in SentCode.model_fields})

    def remove_code(self, number_mark: str) -> None:
        self._remove(f"CODE#{number_mark}")

    def marks(self, mark: str) -> list[str]:
        """The keys of everything that is kept under a mark."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="contains(pk, :mark)",
            ExpressionAttributeValues=to_item({":mark": f"#{mark}"}),
            ProjectionExpression="pk",
        )
        return [from_item(item)["pk"] for page in pages for item in page["Items"]]

    def remove_marks(self, mark: str) -> int:
        """How many there were."""
        keys = self.marks(mark)
        for key in keys:
            self._remove(key)
        return len(keys)

    def _turn(self, turn: Turn) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item({"pk": f"QUOTA#{turn.key}"}),
                "UpdateExpression": "SET forget_at = :forget_at ADD taken :one",
                "ConditionExpression": "attribute_not_exists(taken) OR taken < :limit",
                "ExpressionAttributeValues": to_item(
                    {":one": 1, ":limit": turn.limit, ":forget_at": _seconds(turn.forget_at)}
                ),
            }
        }

    def _write(self, items: list[dict[str, Any]], turns: Sequence[Turn]) -> str:
        """What else is written beside the turns is refused under the name `other`."""
        for _ in range(_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=items)  # type: ignore[arg-type]
            except ClientError as error:
                refused = _refusals(error)
                if refused:
                    return [*(each.key for each in turns), "other"][refused[0]]
            else:
                return ""
        raise Overloaded("quotas", "others count at the same time")

    def _find(self, pk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table, Key=to_item({"pk": pk}), ConsistentRead=True
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def _remove(self, pk: str) -> None:
        self._client.delete_item(TableName=self._table, Key=to_item({"pk": pk}))


def _refusals(error: ClientError) -> list[int]:
    """Which writes of a transaction failed their condition; none where it only met another one.
    Any other error is raised on."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [number for number, each in enumerate(reasons) if each.get("Code") == _REFUSED]


def _as_it_was(before: Asked | None) -> dict[str, Any]:
    if before is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    values = {":free_at": to_text(before.free_at), ":unconfirmed": before.unconfirmed}
    return {
        "ConditionExpression": "free_at = :free_at AND unconfirmed = :unconfirmed",
        "ExpressionAttributeValues": to_item(values),
    }


def _code_item(number_mark: str, code: SentCode) -> dict[str, Any]:
    # As text of whole seconds: conditions compare them.
    times = {"sent_at": to_text(code.sent_at), "ends_at": to_text(code.ends_at)}
    fields = code.model_dump(mode="json") | times | {"forget_at": _seconds(code.ends_at)}
    return to_item(fields | {"pk": f"CODE#{number_mark}"})


def _seconds(at: datetime) -> int:
    """As DynamoDB wants the time at which it forgets an item."""
    return int(at.timestamp())
