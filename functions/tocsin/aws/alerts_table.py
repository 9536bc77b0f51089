"""Alerts, in the Articles table: a row for each line of a topic that is to tell of something.

    pk A#<article id>  sk L#<topic>#<line>#<edition>  an article's: edition 0, then its updates
    pk V#<topic>       sk L#<topic>#<line>#<hour>     that the topic is far busier or quieter

The key says what was decided, so that the same decision, made twice, is one row. Rows wait in the
partition `alert` of the index `due`; those given up, matches too, are in its partition `failed`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.leases import FAILED, UNREADABLE, LeasedRows, as_item
from tocsin.aws.writes import applied
from tocsin.errors import CorruptError
from tocsin.model.alerts import Alert, AlertKey, AlertRow, AlertStatus, Failed
from tocsin.model.matches import MatchStatus, Note
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALERTS, MATCHES = "alert", "match"  # partitions of the index `due`
# Fields of an alert's row beside the alert itself.
_STATE = tuple(name for name in AlertRow.model_fields if name != "alert")


class AlertsTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name
        held, sending = AlertStatus.HELD.value, AlertStatus.SENDING.value
        self._due = LeasedRows(client, name, ALERTS, held, sending)
        due, deciding = MatchStatus.DUE.value, MatchStatus.DECIDING.value
        self._matches = LeasedRows(client, name, MATCHES, due, deciding)

    def add(self, alert: Alert, due_at: datetime, note: Note) -> bool:
        """False if the same was decided before."""
        fields = alert.model_dump(mode="json", exclude_none=True)
        state = self._due.due(due_at) | {"history": [as_item(note)]}
        key = AlertKey.of(alert)
        return applied(
            self._client.put_item,
            TableName=self._name,
            Item=to_item({"pk": key.pk, "sk": key.sk, "alert": fields} | state),
            ConditionExpression="attribute_not_exists(pk)",
        )

    def find_due(self, now: datetime, limit: int) -> list[AlertKey]:
        """Alerts whose time has come, longest overdue first."""
        return [AlertKey(*key) for key in self._due.find_due(now, limit)]

    def claim(self, key: AlertKey, owner: str, now: datetime, until: datetime) -> AlertRow | None:
        """Leases a due alert to `owner` until then; None if somebody else holds or has ended it.
        Raises CorruptError, after leasing it, for a row that is none of ours."""
        item = self._due.claim(*key, owner, now, until)
        return _row(item) if item else None

    def hold(
        self,
        key: AlertKey,
        owner: str,
        until: datetime,
        note: Note,
        attempts: int = 0,
        paid: bool = False,
    ) -> bool:
        """Lets go of an alert until then; False if the lease had passed to another owner."""
        return self._due.hold(key, owner, until, note, attempts=attempts, paid=paid)

    def mark_sent(
        self, key: AlertKey, owner: str, notification_id: str, message_id: str, note: Note
    ) -> bool:
        told = {"notification_id": notification_id, "message_id": message_id}
        changes = {"status": AlertStatus.SENT.value, "sent_at": to_text(note.at)} | told
        return self._due.end(key, owner, changes, note)

    def mark_ended(self, key: AlertKey, owner: str, status: AlertStatus, note: Note) -> bool:
        """Merged or dropped."""
        return self._due.end(key, owner, {"status": status.value}, note)

    def mark_failed(self, key: AlertKey, owner: str, note: Note) -> bool:
        return self._due.fail(key, owner, note)

    def alerts_of(self, article_id: str) -> list[AlertRow]:
        """In the order of topics and lines."""
        return self._of(f"A#{article_id}")

    def _of(self, pk: str) -> list[AlertRow]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :alert)",
            ExpressionAttributeValues=to_item({":pk": pk, ":alert": "L#"}),
        )
        return [_row(from_item(item)) for page in pages for item in page["Items"]]

    # ── what was given up ──

    def failed(self, limit: int) -> list[Failed]:
        """Alerts and matches, longest ago first."""
        answer = self._client.query(
            TableName=self._name,
            IndexName="due",
            KeyConditionExpression="due_partition = :failed",
            ExpressionAttributeValues=to_item({":failed": FAILED}),
            Limit=limit,
        )
        keys = [from_item(item) for item in answer["Items"]]
        rows = [self._item(key["pk"], key["sk"]) for key in keys]
        return [_failed(row) for row in rows if row.get("status") == FAILED]

    def redrive(self, failed: Failed, now: datetime) -> bool:
        """Lets it be tried again; False if it is not failed any more."""
        rows = self._due if failed.sk.startswith("L#") else self._matches
        note = Note(at=now, outcome="redriven", reason="an operator put it back")
        return rows.redrive((failed.pk, failed.sk), note)

    def _item(self, pk: str, sk: str) -> dict[str, Any]:
        answer = self._client.get_item(
            TableName=self._name, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=True
        )
        return from_item(answer.get("Item", {}))


def _row(item: dict[str, Any]) -> AlertRow:
    try:
        state = {name: item[name] for name in _STATE if name in item}
        return AlertRow.model_validate({"alert": item["alert"], **state})
    except (ValidationError, KeyError) as error:
        raise CorruptError("alert", f"{item['pk']} {item['sk']}", UNREADABLE) from error


def _failed(item: dict[str, Any]) -> Failed:
    """Whatever it holds: what cannot be read is listed, too."""
    match = item.get("alert", {}).get("match", item)
    history = item.get("history", ())
    return Failed(
        pk=item["pk"],
        sk=item["sk"],
        failed_at=item["due_at"],
        attempts=item.get("attempts", 0),
        title=str(match.get("title", "")),
        reason=str(history[-1].get("reason", "")) if history else "",
    )
