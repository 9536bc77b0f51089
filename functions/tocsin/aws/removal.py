"""What `tocsin forget` does to tables and bucket. Every step can be done twice."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.aws.writes import applied, update
from tocsin.errors import NotFoundError, Overloaded
from tocsin.model.values import to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# More than any version: what was on its way when an article was forgotten replaces nothing.
_LAST_VERSION = 1 << 31
_BATCH = 100  # keys that DynamoDB takes in one BatchGetItem
_TRIES = 8  # of what it leaves out, each of which brings some
_DELETED_AT_ONCE = 1_000  # objects, by S3
# Of a story's head or member: what is not where it stands.
_SAYS = ("title", "publisher", "language", "source", "changed")


class ForgottenRows:
    """Of the Articles table: articles with their matches and alerts, what hosts have in common."""

    def __init__(self, client: "DynamoDBClient", articles: str, hosts: str) -> None:
        self._client = client
        self._articles = articles
        self._hosts = hosts

    def add_tombstone(self, article_id: str, first_day: str, last_day: str, at: datetime) -> None:
        """In place of the article's card: it is in no list any more, and ingest knows it."""
        says = {
            "article_id": article_id,
            "forgotten_at": to_text(at),
            "first_day": first_day,
            "last_day": last_day,
            "version": _LAST_VERSION,
        }
        item = to_item(_article_key(article_id, "META") | says)
        self._client.put_item(TableName=self._articles, Item=item)

    def keys_of(self, article_id: str) -> list[str]:
        """Of its matches and alerts."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._articles,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": f"A#{article_id}"}),
            ProjectionExpression="sk",
            ConsistentRead=True,
        )
        found = (from_item(item)["sk"] for page in pages for item in page["Items"])
        return [sk for sk in found if sk != "META"]

    def remove(self, article_id: str, keys: Iterable[str]) -> None:
        for sk in keys:
            key = to_item(_article_key(article_id, sk))
            self._client.delete_item(TableName=self._articles, Key=key)

    def find_ids(self, identities: Sequence[str]) -> dict[str, str]:
        """The articles that these identities of URLs lead to, be they forgotten."""
        found: dict[str, str] = {}
        for at in range(0, len(identities), _BATCH):
            keys = [to_item(_article_key(each, "META")) for each in identities[at : at + _BATCH]]
            items = map(from_item, self._get(keys))
            found |= {item["pk"][2:]: item["article_id"] for item in items}
        return found

    def _get(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises Overloaded."""
        found: list[dict[str, Any]] = []
        for _ in range(_TRIES):
            wanted: Any = {"Keys": keys, "ProjectionExpression": "pk, article_id"}
            answer = self._client.batch_get_item(RequestItems={self._articles: wanted})
            found += answer["Responses"].get(self._articles, [])
            left = answer.get("UnprocessedKeys", {}).get(self._articles)
            if not left:
                return found
            keys = list(left["Keys"])
        raise Overloaded("articles", f"{len(keys)} keys unanswered in {_TRIES} attempts")

    def remove_host(self, hosts: Iterable[str]) -> int:
        """What its pages have in common, its robots.txt, and who may ask it; how many rows."""
        removed = 0
        for host in hosts:
            keys = [(self._articles, {"pk": f"H#{host}", "sk": "SIBLINGS"})]
            names = (f"HOST#{host}", f"ROBOTS#http://{host}", f"ROBOTS#https://{host}")
            keys += [(self._hosts, {"pk": name}) for name in names]
            removed += sum(self._removed(table, key) for table, key in keys)
        return removed

    def _removed(self, table: str, key: dict[str, str]) -> bool:
        gone = self._client.delete_item(TableName=table, Key=to_item(key), ReturnValues="ALL_OLD")
        return "Attributes" in gone


class ForgottenStories:
    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def rows(self) -> Iterator[dict[str, Any]]:
        """All: a month of news at the most."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name, ConsistentRead=True
        )
        yield from (from_item(item) for page in pages for item in page["Items"])

    def clear(self, row: dict[str, Any], at: datetime) -> None:
        """Leaves of a head, or of a member that brought others along, where it stands."""
        gone = (*_SAYS, "head", "learned", "edition") if row["sk"] == "HEAD" else _SAYS
        self._update(row, update({"forgotten_at": to_text(at)}, remove=gone))

    def remove(self, row: dict[str, Any]) -> None:
        self._client.delete_item(TableName=self._name, Key=_key_of(row))

    def put_head(self, row: dict[str, Any], head: bytes | None, learned: Collection[str]) -> None:
        """A head without what it learned of articles that are forgotten. An article that joins in
        this moment may be unlearned with them."""
        ids = frozenset(bytes.fromhex(each) for each in learned)
        changes = {"head": head, "learned": ids or None, "edition": row.get("edition", 0) + 1}
        self._update(row, update(changes))

    def unpost(self, row: dict[str, Any], story_ids: Collection[str]) -> None:
        """Lets a term lead to these stories no more."""
        ids = frozenset(bytes.fromhex(each) for each in story_ids)
        changes: dict[str, Any] = {
            "UpdateExpression": "DELETE #ids :ids",
            "ExpressionAttributeNames": {"#ids": "ids"},
            "ExpressionAttributeValues": to_item({":ids": ids}),
        }
        self._update(row, changes)

    def _update(self, row: dict[str, Any], changes: dict[str, Any]) -> None:
        """Unless it has expired since it was read."""
        applied(
            self._client.update_item,
            TableName=self._name,
            Key=_key_of(row),
            ConditionExpression="attribute_exists(pk)",
            **changes,
        )


class ForgottenObjects:
    """Where the bucket keeps versions, none of what is removed or replaced is left."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._versioned: bool | None = None

    def keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def get(self, key: str) -> bytes:
        """Raises NotFoundError."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("object", key) from error
        return answer["Body"].read()

    def replace(self, key: str, body: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        self._purge(key, keep_latest=True)

    def remove(self, keys: Sequence[str]) -> None:
        for at in range(0, len(keys), _DELETED_AT_ONCE):
            some = keys[at : at + _DELETED_AT_ONCE]
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in some]}
            )
            if failed := answer.get("Errors"):
                raise Overloaded("bucket", f"{failed[0]['Key']} not removed: {failed[0]['Code']}")
        for key in keys:
            self._purge(key, keep_latest=False)

    def _purge(self, key: str, *, keep_latest: bool) -> None:
        if not self._keeps_versions():
            return
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=key
        )
        for page in pages:
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if each["Key"] == key and not (keep_latest and each["IsLatest"]):
                    self._client.delete_object(
                        Bucket=self._bucket, Key=key, VersionId=each["VersionId"]
                    )

    def _keeps_versions(self) -> bool:
        """A bucket that keeps them no more may have some."""
        if self._versioned is None:
            answer = self._client.get_bucket_versioning(Bucket=self._bucket)
            self._versioned = answer.get("Status") in ("Enabled", "Suspended")
        return self._versioned


def _article_key(article_id: str, sk: str) -> dict[str, Any]:
    return {"pk": f"A#{article_id}", "sk": sk}


def _key_of(row: dict[str, Any]) -> dict[str, Any]:
    return to_item({"pk": row["pk"], "sk": row["sk"]})
