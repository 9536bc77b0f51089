"""Spellings of names that topics in force know, in the Topics table: `pk` = ALIASES#1.

All of them are one item, for the function `search`: it needs no more of topics, and beside these
are subscribers, whom it shall not see.
"""

import json
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tocsin.aws.items import from_item, to_item
from tocsin.model.topics import Topic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Groups = tuple[tuple[str, ...], ...]

_KEY = to_item({"pk": "ALIASES#1"})
# An item has 400 kB. It takes some 16,000 different groups of four names, which take .4 s to join.
MAX_BYTES = 400_000


class Aliases:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self) -> Groups:
        """None where no topic that was applied has any."""
        answer = self._client.get_item(TableName=self._table, Key=_KEY)
        return _unpacked(from_item(answer["Item"])["groups"]) if "Item" in answer else ()

    def put(self, groups: Groups) -> None:
        """As many as fit; without any there is no item."""
        if not groups:
            self._client.delete_item(TableName=self._table, Key=_KEY)
            return
        packed = to_item({"groups": _packed(fitting(groups))})
        self._client.put_item(TableName=self._table, Item=_KEY | packed)


def groups_of(topics: Iterable[Topic]) -> Groups:
    """Each once, however many topics have it; whatever order topics come in."""
    ordered = sorted(topics, key=lambda topic: topic.id)
    return tuple(dict.fromkeys(group for topic in ordered for group in topic.aliases))


def fitting(groups: Groups) -> Groups:
    """The first of them, as many as an item takes."""
    while len(_packed(groups)) > MAX_BYTES:
        groups = groups[: len(groups) * 9 // 10]
    return groups


def _packed(groups: Groups) -> bytes:
    return zlib.compress(json.dumps(groups, ensure_ascii=False).encode())


def _unpacked(packed: bytes) -> Groups:
    return tuple(tuple(group) for group in json.loads(zlib.decompress(packed)))
