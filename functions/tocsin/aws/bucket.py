"""The bucket: captures under raw/, articles under articles/, compiled topics under topics/."""

import gzip
import hashlib
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.errors import CorruptError, NotFoundError
from tocsin.model.articles import Article
from tocsin.model.publication import TopicsInForce

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
        self._put_article(_article_key(article.id), article)

    def put_version(self, article: Article, former: Article, tag: str) -> bool:
        """Keeps the former version under its number, and puts the new one in its place. False where
        the article stored is not `tag`, which `get_current` gave, any more."""
        self._put_article(_version_key(former.id, former.version), former)
        try:
            self._put_article(_article_key(article.id), article, IfMatch=tag)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409, 412):
                return False
            raise
        return True

    def _put_article(self, key: str, article: Article, **condition: Any) -> None:
        # mtime=0: the same article gives the same bytes, whenever it is written again.
        self._client.put_object(
            Bucket=self._name,
            Key=key,
            Body=gzip.compress(article.model_dump_json().encode(), mtime=0),
            ContentType="application/json",
            ContentEncoding="gzip",
            **condition,
        )

    def get_article(self, article_id: str, version: int | None = None) -> Article:
        """The current version, or a former one. Raises NotFoundError."""
        if version is not None:
            current, _ = self.get_current(article_id)
            if version != current.version:
                return self._get_article(_version_key(article_id, version), article_id)[0]
            return current
        return self.get_current(article_id)[0]

    def get_current(self, article_id: str) -> tuple[Article, str]:
        """The article as it is stored, and a tag of that. Raises NotFoundError."""
        return self._get_article(_article_key(article_id), article_id)

    def _get_article(self, key: str, article_id: str) -> tuple[Article, str]:
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("article", article_id) from error
        body = gzip.decompress(answer["Body"].read())
        return Article.model_validate_json(body), answer["ETag"]

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


def _version_key(article_id: str, version: int) -> str:
    return f"articles/{article_id}/{version}.json.gz"


def _article_key(article_id: str) -> str:
    return f"articles/{article_id}.json.gz"
