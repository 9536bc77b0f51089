"""The bucket: captures under raw/, articles under articles/, compiled topics under topics/."""

import gzip
import hashlib
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.errors import CorruptError, NotFoundError
from tocsin.model import Article, TopicsInForce

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOPICS_KEY = "topics/in-force.json"


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

    def put_compiled(self, compiled: bytes) -> str:
        """Stores compiled topics under their hash; their key."""
        key = _compiled_key(compiled)
        self._client.put_object(Bucket=self._name, Key=key, Body=gzip.compress(compiled, mtime=0))
        return key

    def get_compiled(self, key: str) -> bytes:
        """Raises CorruptError where the content is not what its key says."""
        answer = self._client.get_object(Bucket=self._name, Key=key)
        try:
            compiled = gzip.decompress(answer["Body"].read())
        except (OSError, EOFError, zlib.error) as error:
            raise CorruptError("compiled topics", key) from error
        if _compiled_key(compiled) != key:
            raise CorruptError("compiled topics", key)
        return compiled

    def find_topics(self, unless_version: str = "") -> tuple[TopicsInForce, str] | None:
        """Which compiled topics are in force, and a version of that; None where it is still
        `unless_version`. Raises NotFoundError where nothing was published yet."""
        condition: Any = {"IfNoneMatch": unless_version} if unless_version else {}
        try:
            answer = self._client.get_object(Bucket=self._name, Key=TOPICS_KEY, **condition)
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("published topics", TOPICS_KEY) from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 304:
                return None
            raise
        return TopicsInForce.model_validate_json(answer["Body"].read()), answer["ETag"]

    def put_topics(self, topics: TopicsInForce, replacing: str | None) -> bool:
        """Puts compiled topics in force in one step; False where what was in force is not
        `replacing` any more (None: nothing was)."""
        condition: Any = {"IfMatch": replacing} if replacing else {"IfNoneMatch": "*"}
        body = topics.model_dump_json().encode()
        try:
            self._client.put_object(Bucket=self._name, Key=TOPICS_KEY, Body=body, **condition)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409, 412):
                return False
            raise
        return True


def _compiled_key(compiled: bytes) -> str:
    return f"topics/{hashlib.sha256(compiled).hexdigest()[:32]}"


def _article_key(article_id: str) -> str:
    return f"articles/{article_id}.json.gz"
