"""Rows of the Articles table that wait for a time, and that one worker at a time has in hand.

A row is in a partition of the index `due` until it has ended. A worker leases it: `due_at` moves to
the lease's end, so that the row of a worker that died is due again then. What a worker writes
it writes on condition that the lease still is its own, with a note of what was decided and why.
What is given up goes to the partition `failed`: the dead-letter queue of what is in this table.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.due import find_due_items
from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, condition_failure, update
from tocsin.model.matches import Note
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FAILED = "failed"
UNREADABLE = "another program wrote it; delete the row, or mend it and redrive it"
_OF_A_LEASE = ("lease_owner", "due_partition", "due_at")


class LeasedRows:
    """`partition` is where they wait, `waiting` and `leased` are what their status then says."""

    def __init__(
        self, client: "DynamoDBClient", table: str, partition: str, waiting: str, leased: str
    ) -> None:
        self._client = client
        self._table = table
        self.partition = partition
        self._waiting = waiting
        self._leased = leased

    def due(self, at: datetime) -> dict[str, str]:
        """What a row has that waits until then."""
        return {
            "status": self._waiting,
            "due_partition": self.partition,
            "due_at": to_text(at),
        }

    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Keys of rows whose time has come, longest overdue first."""
        found = find_due_items(self._client, self._table, self.partition, now, limit)
        return [(key["pk"], key["sk"]) for key in found]

    def claim(
        self, pk: str, sk: str, owner: str, now: datetime, until: datetime
    ) -> dict[str, Any] | None:
        """Leases a due row to `owner` until then; None if somebody else holds or has ended it.

        A response that was lost is no loss: asked again, the same owner is given its lease.
        """
        changes = update(
            {"status": self._leased, "lease_owner": owner, "due_at": to_text(until)},
            now=to_text(now),
            one=1,
            waiting=self._waiting,
        )
        changes["UpdateExpression"] += " ADD attempts :one"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item({"pk": pk, "sk": sk}),
                ConditionExpression="#status IN (:waiting, :status) AND #due_at <= :now",
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **changes,
            )
        except ClientError as error:
            item = from_item(condition_failure(error))
            return item if item.get("lease_owner") == owner else None
        return from_item(answer["Attributes"])

    def hold(
        self,
        key: tuple[str, str],
        owner: str,
        until: datetime,
        note: Note,
        *,
        attempts: int = 0,
        **more: Any,
    ) -> bool:
        """Lets go of a row until then; False if the lease had passed to another owner. `attempts`
        is how many of its own have failed: to wait is no failure."""
        changes = self.due(until) | {"attempts": attempts} | more
        return self._write(key, owner, changes, note, ("lease_owner",))

    def end(
        self,
        key: tuple[str, str],
        owner: str,
        changes: Mapping[str, Any],
        note: Note,
        remove: Iterable[str] = (),
    ) -> bool:
        """Likewise for good."""
        return self._write(key, owner, changes, note, (*_OF_A_LEASE, *remove))

    def fail(self, key: tuple[str, str], owner: str, note: Note) -> bool:
        changes = {"status": FAILED, "due_partition": FAILED, "due_at": to_text(note.at)}
        return self._write(key, owner, changes, note, ("lease_owner",))

    def redrive(self, key: tuple[str, str], note: Note) -> bool:
        """Puts what had failed back; False if it is not failed (any more)."""
        changes = self.due(note.at) | {"attempts": 0}
        return self._change(key, "#status = :failed", changes, note, (), failed=FAILED)

    def _write(
        self,
        key: tuple[str, str],
        owner: str,
        changes: Mapping[str, Any],
        note: Note,
        remove: Iterable[str],
    ) -> bool:
        return self._change(key, "lease_owner = :owner", changes, note, remove, owner=owner)

    def _change(
        self,
        key: tuple[str, str],
        condition: str,
        changes: Mapping[str, Any],
        note: Note,
        remove: Iterable[str],
        **values: str,
    ) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._table,
            Key=to_item({"pk": key[0], "sk": key[1]}),
            ConditionExpression=condition,
            **with_note(update(changes, remove, **values), note),
        )


def with_note(arguments: dict[str, Any], note: Note) -> dict[str, Any]:
    """An update of a row, which sets something, that also adds to its history."""
    noted = "SET #history = list_append(if_not_exists(#history, :none), :note)"
    changes = arguments["UpdateExpression"].removeprefix("SET ")
    return {
        "UpdateExpression": f"{noted}, {changes}",
        "ExpressionAttributeNames": arguments["ExpressionAttributeNames"] | {"#history": "history"},
        "ExpressionAttributeValues": arguments["ExpressionAttributeValues"]
        | to_item({":none": [], ":note": [as_item(note)]}),
    }


def as_item(note: Note) -> dict[str, str | None]:
    return {"at": to_text(note.at), "outcome": note.outcome, "reason": note.reason or None}
