"""The bucket: captures under raw/, articles under articles/, compiled topics under topics/."""

import gzip
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.errors import NotFoundError
from tocsin.model import Article

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOPICS_KEY = "topics/compiled"


class Bucket:
    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put_capture(self, warc: bytes, at: datetime) -> str:
        """Stores a WARC file under its hash, never over another one; its key."""
        key = f"raw/{at:%Y/%m/%d}/{hashlib.sha256(warc).hexdigest()[:24]}.warc.gz"
        self._client.put_object(
            Bucket=self._name, Key=key, Body=warc, ContentType="application/warc"
        )
        return key

    def put_article(self, article: Article) -> None:
        # mtime=0: the same article gives the same bytes, whenever it is written again.
        body = gzip.compress(article.model_dump_json().encode(), mtime=0)
        self._client.put_object(
            Bucket=self._name,
            Key=_article_key(article.id),
            Body=body,
            ContentType="application/json",
            ContentEncoding="gzip",
        )

    def get_article(self, article_id: str) -> Article:
        """Raises NotFoundError."""
        try:
            answer = self._client.get_object(Bucket=self._name, Key=_article_key(article_id))
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("article", article_id) from error
        return Article.model_validate_json(gzip.decompress(answer["Body"].read()))

    def put_topics(self, compiled: bytes) -> None:
        self._client.put_object(Bucket=self._name, Key=TOPICS_KEY, Body=compiled)

    def get_topics(self, unless_version: str = "") -> tuple[bytes, str] | None:
        """The compiled topics and their version, or None where that is still `unless_version`."""
        condition: Any = {"IfNoneMatch": unless_version} if unless_version else {}
        try:
            answer = self._client.get_object(Bucket=self._name, Key=TOPICS_KEY, **condition)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 304:
                return None
            raise
        return answer["Body"].read(), answer["ETag"]


def _article_key(article_id: str) -> str:
    return f"articles/{article_id}.json.gz"
