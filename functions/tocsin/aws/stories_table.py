"""The Stories table: what articles are grouped by, for as long as news is news. Every item expires.

    pk S#<article id>  sk HEAD            the article's place: its story's head, or whose part it is
                       sk A#<article id>  a member that joined the story
                       sk R#<topic id>    for a topic the bell of all that are the same as it
                       sk C#<time>        what an operator corrected
    pk K#<key>         sk K               ids of the stories that a rare term leads to
    pk V#<topic id>    sk H#<hour>        which stories and outlets matched the topic in that hour

A story goes by the id of the article that founded it, also where that was forgotten: then its HEAD
says no more than where the story is. Two jobs with one article, or one job that
comes twice, so write the same items. Sets only grow, by ADD, which is the same done twice.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, condition_failure, update
from tocsin.errors import Overloaded
from tocsin.model.stories import HourCount, Member, Place, Ring, Story, StoryChange, StoryState
from tocsin.model.values import to_instant, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A story takes articles for three days after its last one; a month later nobody looks at it.
STORY_LIFE = timedelta(days=30)
# Keys are read in their bucket of three days and in the next; one more for clocks and retries.
KEY_LIFE = timedelta(days=7)
VOLUME_LIFE = timedelta(days=70)  # ten weeks: eight for a baseline, two to look back on
# What more stories than this have in common tells them apart no more, and to read it costs more.
MOST_POSTINGS = 40
# Of stories in a topic's hour: 5 kB. Beyond, an hour is as busy as can be told.
MOST_COUNTED = 400
_BATCH = 100  # keys that DynamoDB takes in one BatchGetItem
_TRIES = 6  # of a batch: three seconds of back-off in all
_FIRST_BACKOFF_SECONDS = 0.05
_FOUNDER = ("title", "publisher", "seen_at", "language", "source")


class StoriesTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._jitter = jitter

    # ── places ──

    def find_place(self, article_id: str) -> Place | None:
        """Strongly consistent."""
        answer = self._client.get_item(
            TableName=self._name, Key=_place_key(article_id), ConsistentRead=True
        )
        return _place(from_item(answer["Item"])) if "Item" in answer else None

    def find_places(self, article_ids: Sequence[str]) -> dict[str, Place]:
        """Those that are there; what was written a moment ago may be missing."""
        items = self._get(_place_key(each) for each in article_ids)
        return {item["pk"].removeprefix("S#"): _place(item) for item in items}

    def add_place(self, member: Member, place: Place) -> Place:
        """Adds the place of an article, unless it has one; the one that it has then."""
        fields = member.model_dump(mode="json", exclude_none=True, include=set(_FOUNDER))
        item = _place_key(member.article_id) | to_item(
            fields | _place_fields(place) | _expiry(member.seen_at + STORY_LIFE)
        )
        try:
            self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _place(from_item(condition_failure(error)))
        return place

    def confirm(self, story_id: str) -> bool:
        """False if the story was not pending any more."""
        return self._leave(story_id, {"state": StoryState.CONFIRMED.value})

    def merge(self, story_id: str, into: str, kind: str, same_as: str) -> bool:
        """Makes a story part of another; False if it was not pending any more."""
        changes = {"into": into, "kind": kind, "same_as": same_as or None}
        return self._leave(story_id, {"state": StoryState.MERGED.value} | changes)

    def save_head(self, story_id: str, was: Place, now: Place, seen_at: datetime) -> bool:
        """Replaces a story's head; False if somebody else did since `was` was read."""
        changes = {
            "head": now.head,
            "learned": _packed(now.learned),
            "edition": was.edition + 1,
            **_expiry(seen_at + STORY_LIFE),
        }
        return self._update(
            _place_key(story_id), "#edition = :was", update(changes, was=was.edition)
        )

    def _leave(self, story_id: str, changes: dict[str, Any]) -> bool:
        """Takes the one way out of being pending."""
        pending = update(changes, was=StoryState.PENDING.value)
        return self._update(_place_key(story_id), "#state = :was", pending)

    # ── keys ──

    def find_postings(self, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        """Ids of stories under each key; what was posted a moment ago may be missing."""
        return _postings(self._get(_posting_key(key) for key in keys))

    def get_postings(self, key: str) -> frozenset[str]:
        """Strongly consistent."""
        answer = self._client.get_item(
            TableName=self._name, Key=_posting_key(key), ConsistentRead=True
        )
        return _ids(from_item(answer.get("Item", {})))

    def post(self, key: str, story_id: str, at: datetime) -> frozenset[str]:
        """Adds a story's id under a key, unless too many are there; all that are there then.

        One step: of two that post, the later one sees the earlier.
        """
        return _ids(
            self._grow(_posting_key(key), {"ids": [story_id]}, MOST_POSTINGS, at + KEY_LIFE)
        )

    def _grow(
        self, key: dict[str, Any], sets: Mapping[str, Sequence[str]], most: int, expires: datetime
    ) -> dict[str, Any]:
        """Adds to the sets of an item while the first holds fewer than `most`; the item then."""
        first = next(iter(sets))
        values = {f":{name}": frozenset(_pack(each) for each in ids) for name, ids in sets.items()}
        added = ", ".join(f"#{name} :{name}" for name in sets)
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=key,
                UpdateExpression=f"ADD {added} SET #expires_at = :expires_at",
                ConditionExpression=f"attribute_not_exists(pk) OR size(#{first}) < :most",
                ExpressionAttributeNames={f"#{name}": name for name in (*sets, "expires_at")},
                ExpressionAttributeValues=to_item(
                    {**values, ":most": most, ":expires_at": int(expires.timestamp())}
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return from_item(condition_failure(error))
        return from_item(answer["Attributes"])

    # ── members and what is shown of a story ──

    def put_member(self, story_id: str, member: Member) -> None:
        fields = member.model_dump(mode="json", exclude_none=True, exclude={"article_id"})
        item = fields | _expiry(member.seen_at + STORY_LIFE)
        self._client.put_item(
            TableName=self._name, Item=_member_key(story_id, member.article_id) | to_item(item)
        )

    def remove_member(self, story_id: str, article_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key=_member_key(story_id, article_id))

    def find_story(self, story_id: str) -> Story | None:
        """With the members that came with stories that became part of it. None where all of them
        were forgotten."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": f"S#{story_id}"}),
            ConsistentRead=True,
        )
        items = {i["sk"]: i for i in (from_item(each) for page in pages for each in page["Items"])}
        if "HEAD" not in items:
            return None
        found = self._with_brought(_story(story_id, items), _founders(items))
        return found if found.members else None

    def add_change(self, story_id: str, change: StoryChange) -> None:
        key = _key(f"S#{story_id}", f"C#{to_text(change.at)}")
        fields = to_item({"what": change.what, **_expiry(change.at + STORY_LIFE)})
        self._client.put_item(TableName=self._name, Item=key | fields)

    def move(self, article_id: str, into: str, kind: str, now: datetime) -> None:
        """Puts an article into another story, wherever it was; its own if `into` is its own id. Its
        bell, too: it is the same as that story's founder from now on."""
        state = StoryState.CONFIRMED if into == article_id else StoryState.MERGED
        elsewhere = into if into != article_id else None
        changes = {"state": state.value, "into": elsewhere, "kind": kind, "same_as": elsewhere}
        self._update(
            _place_key(article_id),
            "attribute_exists(pk)",
            update(changes | _expiry(now + STORY_LIFE)),
        )

    def _with_brought(self, story: Story, founders: Iterable[str]) -> Story:
        brought = [other.members for each in founders for other in [self.find_story(each)] if other]
        known = {each.article_id: each for members in brought for each in members}
        known |= {each.article_id: each for each in story.members}
        ordered = sorted(known.values(), key=lambda each: (each.seen_at, each.article_id))
        return story.model_copy(update={"members": tuple(ordered)})

    # ── bells ──

    def claim_ring(self, bell_id: str, ring: Ring, now: datetime, lease: timedelta) -> Ring:
        """Lets an article ring the bell of `bell_id`, the article that it is the same as, unless
        another one has, or took it to do so within the lease: whoever has it then. Its own earlier
        claim is renewed while it has not rung."""
        changes = {
            "article_id": ring.article_id,
            "alert_id": ring.alert_id,
            "claimed_at": to_text(now),
        }
        arguments = update(changes | _expiry(now + STORY_LIFE), over=to_text(now - lease))
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_ring_key(bell_id, ring.topic_id),
                ConditionExpression="attribute_not_exists(#article_id)"
                " OR (attribute_not_exists(rung_at)"
                " AND (#article_id = :article_id OR #claimed_at <= :over))",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments,
            )
        except ClientError as error:
            return _ring(from_item(condition_failure(error)))
        return ring

    def mark_rung(self, bell_id: str, ring: Ring, now: datetime, step: int = 0) -> bool:
        """False if the bell had passed to another article, or has rung. `step` is the one of
        publishers that its alert tells of."""
        told = {"alert_id": ring.alert_id, "rung_at": to_text(now), "step": step or None}
        changes = update(told, article=ring.article_id)
        still_ours = "article_id = :article AND attribute_not_exists(#rung_at)"
        return self._update(_ring_key(bell_id, ring.topic_id), still_ours, changes)

    def take_step(self, bell_id: str, topic_id: str, step: int, article_id: str) -> bool:
        """Lets an article tell that the story of a bell which rang has come to so many publishers;
        False if another one has, of that step or a later one."""
        changes = update({"step": step, "step_article": article_id})
        ours = (
            "attribute_exists(rung_at) AND (attribute_not_exists(#step) OR #step < :step"
            " OR (#step = :step AND #step_article = :step_article))"
        )
        return self._update(_ring_key(bell_id, topic_id), ours, changes)

    # ── volume ──

    def count(self, topic_id: str, story_id: str, publisher: str, at: datetime) -> None:
        """Counts a story and an outlet in the hour in which an article of theirs matched."""
        sets = {"stories": [story_id], "outlets": [_short(publisher)]}
        self._grow(_volume_key(topic_id, at), sets, MOST_COUNTED, at + VOLUME_LIFE)

    def volume(self, topic_id: str, since: datetime, until: datetime) -> list[HourCount]:
        """Hours in which something matched, from the one of `since` on, before that of `until`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=to_item(
                {
                    ":pk": f"V#{topic_id}",
                    ":first": f"H#{_hour(since)}",
                    ":last": f"H#{_hour(until - timedelta(hours=1))}",
                }
            ),
        )
        return [_hour_count(from_item(item)) for page in pages for item in page["Items"]]

    # ── requests ──

    def _update(self, key: dict[str, Any], condition: str, changes: dict[str, Any]) -> bool:
        return applied(
            self._client.update_item,
            TableName=self._name,
            Key=key,
            ConditionExpression=condition,
            **changes,
        )

    def _get(self, keys: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        wanted = list(keys)
        batches = [wanted[at : at + _BATCH] for at in range(0, len(wanted), _BATCH)]
        return [from_item(item) for batch in batches for item in self._get_batch(batch)]

    def _get_batch(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Asks again for keys that DynamoDB left out. A story that is not seen because its key was
        left out would be founded twice: what never comes is an error, not an absence."""
        found: list[dict[str, Any]] = []
        for attempt in range(_TRIES):
            if attempt:
                backoff = _FIRST_BACKOFF_SECONDS * 2**attempt
                self._sleep(backoff / 2 + self._jitter() * backoff / 2)
            answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": keys}})
            found += answer["Responses"].get(self._name, [])
            left = answer.get("UnprocessedKeys", {}).get(self._name)
            if not left:
                return found
            keys = list(left["Keys"])
        raise Overloaded("stories", f"{len(keys)} keys unanswered in {_TRIES} attempts")


def _key(pk: str, sk: str) -> dict[str, Any]:
    return to_item({"pk": pk, "sk": sk})


def _place_key(article_id: str) -> dict[str, Any]:
    return _key(f"S#{article_id}", "HEAD")


def _member_key(story_id: str, article_id: str) -> dict[str, Any]:
    return _key(f"S#{story_id}", f"A#{article_id}")


def _ring_key(bell_id: str, topic_id: str) -> dict[str, Any]:
    return _key(f"S#{bell_id}", f"R#{topic_id}")


def _posting_key(key: str) -> dict[str, Any]:
    return _key(f"K#{key}", "K")


def _volume_key(topic_id: str, at: datetime) -> dict[str, Any]:
    return _key(f"V#{topic_id}", f"H#{_hour(at)}")


def _hour(at: datetime) -> str:
    return to_text(at)[:13]


def _expiry(at: datetime) -> dict[str, int]:
    return {"expires_at": int(at.timestamp())}


def _pack(article_id: str) -> bytes:
    return bytes.fromhex(article_id)


def _packed(article_ids: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(_pack, article_ids))


def _short(publisher: str) -> str:
    """Tells the outlets of an hour apart in four bytes."""
    return hashlib.sha256(publisher.encode()).hexdigest()[:8]


def _ids(item: dict[str, Any]) -> frozenset[str]:
    return frozenset(each.hex() for each in item.get("ids", ()))


def _postings(items: Iterable[dict[str, Any]]) -> dict[str, frozenset[str]]:
    return {item["pk"].removeprefix("K#"): _ids(item) for item in items}


def _place_fields(place: Place) -> dict[str, Any]:
    """Empty ones are left out: a place is written for every article."""
    fields = {
        "into": place.into or None,
        "kind": place.kind or None,
        "same_as": place.same_as or None,
        "head": place.head or None,
        "edition": place.edition if place.head else None,
        "learned": _packed(place.learned),
    }
    return {"state": place.state.value} | fields


def _place(item: dict[str, Any]) -> Place:
    names = ("state", "into", "kind", "same_as", "edition", "head", "title", "publisher", "source")
    known = {name: item[name] for name in names if name in item}
    learned = frozenset(each.hex() for each in item.get("learned", ()))
    return Place(**known, learned=learned)


def _story(story_id: str, items: Mapping[str, dict[str, Any]]) -> Story:
    """`items` are those under the story's key, by `sk`."""
    head = items["HEAD"]
    members = [] if "forgotten_at" in head else [_founder(story_id, head)]
    members += [
        _member(sk, item)
        for sk, item in items.items()
        if sk.startswith("A#") and "forgotten_at" not in item
    ]
    changes = [
        StoryChange(at=to_instant(sk[2:]), what=item["what"])
        for sk, item in items.items()
        if sk.startswith("C#")
    ]
    rings = [
        _ring(item) for sk, item in items.items() if sk.startswith("R#") and "article_id" in item
    ]
    return Story(
        id=story_id,
        state=head["state"],
        into=head.get("into", ""),
        members=tuple(members),
        rings=tuple(rings),
        changes=tuple(changes),
    )


def _founders(items: Mapping[str, dict[str, Any]]) -> list[str]:
    """Of stories that became part of this one, be they forgotten."""
    joined = {sk[2:]: item for sk, item in items.items() if sk.startswith("A#")}
    return [article_id for article_id, item in joined.items() if item.get("founded")]


def _founder(story_id: str, head: dict[str, Any]) -> Member:
    known = {name: head[name] for name in _FOUNDER if name in head}
    return Member(article_id=story_id, kind="founder", founded=True, **known)


def _member(sk: str, item: dict[str, Any]) -> Member:
    known = {name: item[name] for name in Member.model_fields if name in item}
    return Member(article_id=sk.removeprefix("A#"), **known)


def _ring(item: dict[str, Any]) -> Ring:
    known = {name: item[name] for name in Ring.model_fields if name in item}
    return Ring(topic_id=item["sk"].removeprefix("R#"), **known)


def _hour_count(item: dict[str, Any]) -> HourCount:
    at = to_instant(item["sk"].removeprefix("H#") + ":00:00Z")
    return HourCount(at=at, stories=len(item["stories"]), outlets=len(item["outlets"]))
