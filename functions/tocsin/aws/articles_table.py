"""The Articles table: everything about one article lies under one key, `pk` = A#<article id>.

    sk META       the article's card, or `article_id`: this URL leads to that article; of one that
                  was forgotten when that was, and no word of it
    sk M#<topic>  a match, and what was decided on it
    sk L#...      its alerts (`alerts_table.py`)

and under `pk` = H#<host>, `sk` = SIBLINGS what the pages of a host have in common.

Three indexes serve every other question. `lists` orders cards and matches by when they were first
seen: by day (`list_key` D#<day>) and by topic (T#<topic>); `publishers` cards by whose they are.
`due` is sparse: matches that are to be decided on, by time. Since rows are keyed by article and
topic alone, a second worker or a second run writes the same rows, never others, and the index
entries follow.
"""

import base64
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.leases import UNREADABLE, LeasedRows
from tocsin.aws.writes import applied, update
from tocsin.errors import CorruptError, InputError, Overloaded
from tocsin.model.articles import Article, Known
from tocsin.model.cards import Card, CardPage
from tocsin.model.matches import Match, MatchRow, MatchStatus, Note, Revision
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_PARTITION = "match"
# Keys that a cursor can name. DynamoDB fails on others (empty, too long), whoever made them up.
_CURSOR = re.compile(r"A#[\w-]{1,64} (META|M#[\w-]{1,64}) [\d:TZ-]{20}#[\w-]{1,64}", flags=re.ASCII)
_BATCH = 100  # keys that DynamoDB takes in one BatchGetItem
_MOST_REQUESTS = 20  # a page of a thousand takes ten
MAX_PUBLISHER_KEY = 100  # characters: 400 bytes at most
LEDE_CHARACTERS = 200  # what a list shows of an article's text


class ArticlesTable:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name
        waiting, leased = MatchStatus.DUE.value, MatchStatus.DECIDING.value
        self._due = LeasedRows(client, name, DUE_PARTITION, waiting, leased)

    def find_article_id(self, identity: str) -> str | None:
        """The article that a URL's identity leads to, if it is stored."""
        answer = self._client.get_item(
            TableName=self._name,
            Key=_meta_key(identity),
            ConsistentRead=True,
            ProjectionExpression="article_id",
        )
        return from_item(answer["Item"])["article_id"] if "Item" in answer else None

    def find_known(self, identity: str) -> Known | None:
        """The article that a URL's identity leads to, and how it was last looked at."""
        if (item := self._known_item(identity)) is None:
            return None
        if "feed_id" not in item and item["article_id"] != identity:
            item = self._known_item(item["article_id"]) or item
        return Known.model_validate({n: item[n] for n in Known.model_fields if n in item})

    def _known_item(self, identity: str) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._name,
            Key=_meta_key(identity),
            ConsistentRead=True,
            ProjectionExpression=", ".join(Known.model_fields),
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def add_alias(self, identity: str, article_id: str) -> bool:
        """Lets another URL lead to the article; False if it leads somewhere already."""
        return self._add(_meta_key(identity) | to_item({"article_id": article_id}))

    def add_match(self, match: Match, due_at: datetime | None) -> bool:
        """Records a match, due at `due_at` or silent (None); False if it was recorded before."""
        state = {"status": MatchStatus.SILENT.value}
        if due_at is not None:
            state = self._due.due(due_at)
        fields = match.model_dump(mode="json", exclude_none=True)
        listed = _list_fields(f"T#{match.topic_id}", match.seen_at, match.article_id)
        return self._add(
            _match_key(match.article_id, match.topic_id) | to_item(fields | listed | state)
        )

    def add_article(self, article: Article, stated: str = "") -> bool:
        """The last write of ingest: what exists here has everything else. False if it existed.
        `stated` is the key of what its feed says of it."""
        listed = _list_fields(_day_key(article.seen_at), article.seen_at, article.id)
        fields = _row_fields(article) | {"stated": stated}
        return self._add(_meta_key(article.id) | to_item(fields | listed))

    def note_look(self, article_id: str, stated: str) -> None:
        """The article was looked at again, and nothing new was found."""
        changes = update({"stated": stated}, one=1)
        changes["UpdateExpression"] += " ADD looks :one"
        self._update(article_id, changes, "attribute_exists(pk)")

    def put_version(self, article: Article, stated: str) -> bool:
        """The row of a version whose objects are written, in its former place in the lists. False
        where the row is of that version or a later one."""
        fields = {n: v for n, v in _row_fields(article).items() if n != "article_id"}
        changes = update(fields | {"stated": stated}, one=1)
        changes["UpdateExpression"] += " ADD looks :one"
        older = "attribute_exists(pk) AND (attribute_not_exists(version) OR version < :version)"
        return self._update(article.id, changes, older)

    def _update(self, article_id: str, changes: dict[str, Any], condition: str) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_meta_key(article_id),
            ConditionExpression=condition,
            **changes,
        )

    def get_siblings(self, host: str) -> tuple[tuple[str, ...], dict[str, int]]:
        """What is remembered of a host's pages (`articles/boilerplate.py`); empty of a new one."""
        answer = self._client.get_item(TableName=self._name, Key=_host_key(host))
        item = from_item(answer.get("Item", {}))
        return tuple(item.get("pages", ())), item.get("counts", {})

    def put_siblings(self, host: str, pages: tuple[str, ...], counts: dict[str, int]) -> None:
        item = _host_key(host) | to_item({"pages": pages, "counts": counts})
        self._client.put_item(TableName=self._name, Item=item)

    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage:
        return self._list(_day_key(day), limit, cursor)

    def list_topic(self, topic_id: str, limit: int, cursor: str | None = None) -> CardPage:
        return self._list(f"T#{topic_id}", limit, cursor)

    def list_publisher(self, publisher: str, limit: int, cursor: str | None = None) -> CardPage:
        """However the name is capitalised or spaced."""
        key = _publisher_key(publisher)
        return self._list(key, limit, cursor, "publishers", "publisher_key")

    def find_cards(self, article_ids: Sequence[str]) -> dict[str, Card]:
        """Of those that are stored, by id. Raises Overloaded."""
        keys: list[Any] = [_meta_key(each) for each in dict.fromkeys(article_ids)]
        cards: dict[str, Card] = {}
        for _ in range(_MOST_REQUESTS):
            if not keys:
                return cards
            asked, keys = keys[:_BATCH], keys[_BATCH:]
            answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": asked}})
            for item in map(from_item, answer["Responses"].get(self._name, [])):
                cards[item["article_id"]] = _card(item)
            if left := answer.get("UnprocessedKeys", {}).get(self._name):
                keys += left["Keys"]
        raise Overloaded("articles", f"{len(keys)} keys unanswered in {_MOST_REQUESTS} requests")

    def matches_of(self, article_id: str) -> list[MatchRow]:
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :match)",
            ExpressionAttributeValues=to_item({":pk": f"A#{article_id}", ":match": "M#"}),
        )
        return [_match_row(from_item(item)) for item in answer["Items"]]

    # ── matches that are due ──

    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """(article id, topic id) of matches whose time has come, longest overdue first."""
        keys = self._due.find_due(now, limit)
        return [(pk.removeprefix("A#"), sk.removeprefix("M#")) for pk, sk in keys]

    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None:
        """Leases a due match to `owner` until then; None if somebody else holds it or has decided.
        Raises CorruptError, after leasing it, for a row that is none of ours."""
        item = self._due.claim(*_match_at(article_id, topic_id), owner, now, until)
        return _claimed(item, article_id) if item else None

    def mark_alerted(self, match: Match, owner: str, alert_id: str, note: Note) -> bool:
        """Ends a match whose alerts are added; False if the lease had passed to another owner."""
        changes = {"status": MatchStatus.ALERTED.value, "alert_id": alert_id}
        return self._due.end(_at(match), owner, changes, note, ("revision",))

    def mark_merged(self, match: Match, owner: str, alert_id: str, note: Note) -> bool:
        """Ends a match whose story has rung for the topic, in that alert."""
        changes = {"status": MatchStatus.MERGED.value, "alert_id": alert_id}
        return self._due.end(_at(match), owner, changes, note)

    def mark_dropped(self, match: Match, owner: str, note: Note) -> bool:
        """Ends a match that nobody is to hear of."""
        changes = {"status": MatchStatus.DROPPED.value}
        return self._due.end(_at(match), owner, changes, note, ("revision",))

    def hold(self, match: Match, owner: str, until: datetime, note: Note) -> bool:
        """To be decided on again then."""
        return self._due.hold(_at(match), owner, until, note)

    def mark_failed(self, article_id: str, topic_id: str, owner: str, note: Note) -> bool:
        """Gives a match up that cannot be decided on."""
        return self._due.fail(_match_at(article_id, topic_id), owner, note)

    def add_revision(
        self, article_id: str, topic_id: str, revision: Revision, due_at: datetime, most: int
    ) -> bool:
        """Lets it be decided whether subscribers hear of a changed text: of a match that rang, and
        `most` times. False where that does not apply, or was done before."""
        changes = self._due.due(due_at) | {
            "revision": revision.model_dump(),
            "revised_to": revision.version,
            "attempts": 0,
        }
        rang = update(changes, alerted=MatchStatus.ALERTED.value, one=1, most=most)
        rang["UpdateExpression"] += " ADD revisions :one"
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=_match_key(article_id, topic_id),
            ConditionExpression="#status = :alerted"
            " AND (attribute_not_exists(revisions) OR revisions < :most)"
            " AND (attribute_not_exists(#revised_to) OR #revised_to < :revised_to)",
            **rang,
        )

    def _add(self, item: dict[str, Any]) -> bool:
        return applied(
            self._client.put_item,
            TableName=self._name,
            Item=item,
            ConditionExpression="attribute_not_exists(pk)",
        )

    def _list(
        self,
        key: str,
        limit: int,
        cursor: str | None,
        index: str = "lists",
        key_name: str = "list_key",
    ) -> CardPage:
        start: Any = {"ExclusiveStartKey": _from_cursor(cursor, key_name, key)} if cursor else {}
        answer = self._client.query(
            TableName=self._name,
            IndexName=index,
            KeyConditionExpression=f"{key_name} = :key",
            ExpressionAttributeValues=to_item({":key": key}),
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        cards = [_card(from_item(item)) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return CardPage(cards=cards, cursor=_to_cursor(from_item(last)) if last else None)


# What lists and rules ask for; the rest is in the article's object.
_NOT_IN_ROW = {"id", "text", "origins", "attribution", "change"}


def _row_fields(article: Article) -> dict[str, Any]:
    fields = article.model_dump(mode="json", exclude_none=True, exclude=_NOT_IN_ROW)
    shown = {"article_id": article.id, "lede": article.text[:LEDE_CHARACTERS]}
    return fields | shown | {"publisher_key": _publisher_key(article.publisher)}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return to_item({"pk": pk, "sk": sk})


def _meta_key(identity: str) -> dict[str, Any]:
    return _key(f"A#{identity}", "META")


def _match_key(article_id: str, topic_id: str) -> dict[str, Any]:
    return _key(f"A#{article_id}", f"M#{topic_id}")


def _host_key(host: str) -> dict[str, Any]:
    return _key(f"H#{host}", "SIBLINGS")


def _day_key(day: date) -> str:
    return f"D#{day:%Y-%m-%d}"


def _publisher_key(publisher: str) -> str:
    """An index key holds 2,048 bytes at most, and no article is worth failing for its name."""
    return " ".join(publisher.casefold().split())[:MAX_PUBLISHER_KEY] or "-"


def _list_fields(list_key: str, at: datetime, article_id: str) -> dict[str, str]:
    return {"list_key": list_key, "list_at": f"{to_text(at)}#{article_id}"}


def _card(item: dict[str, Any]) -> Card:
    known = {name: item[name] for name in Card.model_fields if name in item}
    if "excerpt" in item:
        known["lede"] = item["excerpt"]["text"]
    return Card.model_validate(known)


def _match_at(article_id: str, topic_id: str) -> tuple[str, str]:
    return f"A#{article_id}", f"M#{topic_id}"


def _at(match: Match) -> tuple[str, str]:
    return _match_at(match.article_id, match.topic_id)


def _claimed(item: dict[str, Any], article_id: str) -> MatchRow:
    try:
        return _match_row(item)
    except ValidationError as error:
        raise CorruptError("match", article_id, UNREADABLE) from error


def _match_row(item: dict[str, Any]) -> MatchRow:
    match = Match.model_validate({name: item[name] for name in Match.model_fields if name in item})
    known = {name: item[name] for name in MatchRow.model_fields if name in item}
    return MatchRow.model_validate(known | {"match": match})


def _to_cursor(key: dict[str, str]) -> str:
    text = json.dumps([key["pk"], key["sk"], key["list_at"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _from_cursor(cursor: str, key_name: str, key: str) -> dict[str, Any]:
    """The key to go on from. A cursor of another list finds nothing there: `key` is ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        pk, sk, list_at = json.loads(text)
        if not _CURSOR.fullmatch(f"{pk} {sk} {list_at}"):
            raise ValueError("no keys of ours")
        place = {"pk": pk, "sk": sk, "list_at": list_at, key_name: key}
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError("cursor", "not one that a list gave; begin again without it") from error
    return to_item(place)
