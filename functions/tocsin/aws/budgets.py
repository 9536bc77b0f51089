"""What alerts may use up: messages of a topic, places in its hour, SMS segments of a month. And
what is done once: the operator's notice of a month, a look at how busy each topic is in an hour.

    pk PACE#<topic>           when its last messages went out
    pk HOUR#<topic>#<hour>    how many rang at once in it
    pk SMS#<month>            segments used, and whether the operator knows that they are
    pk VOLUME#<topic>         the last hour that was looked at, and by whom it is being

They are items of the Topics table, and expire, but for the last. Each is changed by a conditional
write, so that two runs at once use up what there is once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, condition_failure, update
from tocsin.model.values import to_instant, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SHORT_LIFE = timedelta(hours=3)  # of an hour's counters
_LONG_LIFE = timedelta(days=62)  # of a month's: the operator may ask for the last one


class Budgets:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def published(self, topic_id: str) -> tuple[datetime, ...]:
        """When a topic's last messages went out, oldest first."""
        answer = self._client.get_item(
            TableName=self._name, Key=_key(f"PACE#{topic_id}"), ConsistentRead=True
        )
        return tuple(map(_moment, from_item(answer.get("Item", {})).get("published_at", ())))

    def put_published(
        self, topic_id: str, was: Sequence[datetime], now: Sequence[datetime]
    ) -> bool:
        """False if another run has published since `was` was read."""
        changes: dict[str, Any] = {"published_at": [_text(each) for each in now]}
        changes |= _expiry(now[-1] + _SHORT_LIFE)
        condition, values = "attribute_not_exists(#published_at)", dict[str, Any]()
        if was:
            condition, values = "#published_at = :was", {"was": [_text(each) for each in was]}
        return self._update(f"PACE#{topic_id}", condition, update(changes, **values))

    def take_places(self, topic_id: str, now: datetime, wanted: int, most: int) -> int:
        """How many of the `wanted` may ring at once in this hour, of `most` in all; they are
        counted."""
        pk, expires = f"HOUR#{topic_id}#{to_text(now)[:13]}", now + _SHORT_LIFE
        while wanted > 0:
            used = self._count(pk, "rang", wanted, most, expires)
            if used is None:
                return wanted
            wanted = min(wanted, most - used)
        return 0

    def take_segments(self, now: datetime, wanted: int, most: int) -> bool:
        """Whether the month has so many SMS segments left, of `most` in all; they are counted."""
        return self._count(_month(now), "segments", wanted, most, now + _LONG_LIFE) is None

    def segments(self, now: datetime) -> int:
        """Used up in this month."""
        answer = self._client.get_item(TableName=self._name, Key=_key(_month(now)))
        return int(from_item(answer.get("Item", {})).get("segments", 0))

    def tell_once(self, now: datetime) -> bool:
        """Whether the operator is to hear, from this run, that this month's SMS are used up."""
        changes = update({"told_at": to_text(now), **_expiry(now + _LONG_LIFE)})
        return self._update(_month(now), "attribute_not_exists(#told_at)", changes)

    def is_done(self, name: str, hour: datetime) -> bool:
        """Whether that hour was looked at; a moment later than it was."""
        answer = self._client.get_item(TableName=self._name, Key=_key(f"VOLUME#{name}"))
        return str(from_item(answer.get("Item", {})).get("done", "")) >= to_text(hour)

    def begin_hour(self, name: str, hour: datetime, now: datetime, until: datetime) -> bool:
        """Leases a look at that hour until then; False if it was taken, or is being."""
        changes = update({"leased_until": to_text(until)}, hour=to_text(hour), now=to_text(now))
        free = (
            "(attribute_not_exists(done) OR done < :hour)"
            " AND (attribute_not_exists(#leased_until) OR #leased_until <= :now)"
        )
        return self._update(f"VOLUME#{name}", free, changes)

    def end_hour(self, name: str, hour: datetime) -> None:
        changes = update({"done": to_text(hour)}, ("leased_until",))
        self._update(f"VOLUME#{name}", "attribute_exists(pk)", changes)

    def _count(self, pk: str, name: str, number: int, most: int, expires: datetime) -> int | None:
        """None where it was counted; else how many there are already."""
        if number > most:
            return self._read(pk, name)
        changes = update(_expiry(expires), number=number, room=most - number)
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(pk),
                UpdateExpression=changes["UpdateExpression"] + " ADD #counted :number",
                ConditionExpression="attribute_not_exists(#counted) OR #counted <= :room",
                ExpressionAttributeNames=changes["ExpressionAttributeNames"] | {"#counted": name},
                ExpressionAttributeValues=changes["ExpressionAttributeValues"],
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return int(from_item(condition_failure(error)).get(name, 0))
        return None

    def _read(self, pk: str, name: str) -> int:
        answer = self._client.get_item(TableName=self._name, Key=_key(pk), ConsistentRead=True)
        return int(from_item(answer.get("Item", {})).get(name, 0))

    def _update(self, pk: str, condition: str, changes: dict[str, Any]) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_key(pk),
            ConditionExpression=condition,
            **changes,
        )


def _key(pk: str) -> dict[str, Any]:
    return to_item({"pk": pk})


def _month(now: datetime) -> str:
    return f"SMS#{to_text(now)[:7]}"


def _expiry(at: datetime) -> dict[str, int]:
    return {"forget_at": int(at.timestamp())}


def _text(at: datetime) -> str:
    """With its parts of a second: messages go out faster than one a second to two topics."""
    return at.isoformat()


def _moment(text: str) -> datetime:
    return to_instant(text)
