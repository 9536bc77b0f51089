"""Where articles' pages lie as they were served, and the pages themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tocsin.aws.items import from_item, to_item
from tocsin.errors import NotFoundError, Overloaded
from tocsin.model.articles import Capture

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_BATCH = 100  # keys that DynamoDB takes in one BatchGetItem
_TRIES = 8  # of what it leaves out, each of which brings some


class Captures:
    def __init__(self, dynamodb: "DynamoDBClient", table: str, s3: "S3Client", bucket: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._s3 = s3
        self._bucket = bucket

    def find(self, article_ids: Sequence[str]) -> dict[str, Capture]:
        """Of the articles in their latest versions. An article without one was not kept as served.
        Raises Overloaded."""
        groups = [article_ids[at : at + _BATCH] for at in range(0, len(article_ids), _BATCH)]
        items = (item for group in groups for item in self._get(group))
        return {item["pk"][2:]: Capture(**item["capture"]) for item in items if "capture" in item}

    def read(self, capture: Capture) -> bytes:
        """Its record, gzipped. Raises NotFoundError where its time was over."""
        last = capture.offset + capture.length - 1
        try:
            answer = self._s3.get_object(
                Bucket=self._bucket, Key=capture.key, Range=f"bytes={capture.offset}-{last}"
            )
        except self._s3.exceptions.NoSuchKey as error:
            raise NotFoundError("capture", capture.key) from error
        return answer["Body"].read()

    def _get(self, article_ids: Sequence[str]) -> list[dict[str, Any]]:
        keys = [to_item({"pk": f"A#{each}", "sk": "META"}) for each in article_ids]
        found: list[dict[str, Any]] = []
        for _ in range(_TRIES):
            wanted: Any = {"Keys": keys, "ProjectionExpression": "pk, capture"}
            answer = self._dynamodb.batch_get_item(RequestItems={self._table: wanted})
            found += [from_item(item) for item in answer["Responses"].get(self._table, [])]
            left = answer.get("UnprocessedKeys", {}).get(self._table)
            if not left:
                return found
            keys = list(left["Keys"])
        raise Overloaded("captures", f"{len(keys)} keys unanswered in {_TRIES} attempts")
