"""What the archive has in the bucket: batches under batch/, shards under search/."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.errors import NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHARDS = "search/"
_LATE = "batch/late/"


class ArchiveBucket:
    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put_batch(self, batch: bytes, at: datetime) -> str:
        """Stores JSON lines under their hash: again, the same object. Its key."""
        key = f"batch/dt={at:%Y-%m-%d}/{_name(batch)}.jsonl.gz"
        self._client.put_object(
            Bucket=self._name, Key=key, Body=batch, ContentType="application/gzip"
        )
        return key

    def note_late(self, day: date, now: datetime, batch: bytes = b"") -> None:
        """Says that today something of another day changes."""
        key = f"{_LATE}{now:%Y-%m-%d}/{day}/{_name(batch)}"
        self._client.put_object(Bucket=self._name, Key=key, Body=b"")

    def late_days(self, noted_on: date) -> list[date]:
        """Of which something changed on another day, that one."""
        prefix = f"{_LATE}{noted_on}/"
        days = {key.removeprefix(prefix).partition("/")[0] for key, _ in self._list(prefix)}
        return sorted(date.fromisoformat(day) for day in days)

    def get_batch(self, key: str) -> bytes:
        """Raises NotFoundError."""
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("batch", key) from error
        return answer["Body"].read()

    def list_batches(self, day: str = "") -> list[str]:
        """Of a day, as 2026-11-22, or all; oldest day first."""
        return [key for key, _ in self._list(f"batch/dt={day}")]

    def put_shard(self, key: str, path: Path) -> None:
        """Up to 5 GB, as S3 takes them in one request."""
        with path.open("rb") as body:
            self._client.put_object(Bucket=self._name, Key=key, Body=body)

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        """Raises NotFoundError."""
        last = offset + length - 1
        try:
            answer = self._client.get_object(
                Bucket=self._name, Key=key, Range=f"bytes={offset}-{last}"
            )
        except self._client.exceptions.NoSuchKey as error:
            raise NotFoundError("shard", key) from error
        return answer["Body"].read()

    def delete_shard(self, key: str) -> None:
        self._client.delete_object(Bucket=self._name, Key=key)

    def shards_before(self, at: datetime) -> list[str]:
        """Those written before."""
        return [key for key, written_at in self._list(SHARDS) if written_at < at]

    def _list(self, prefix: str) -> list[tuple[str, datetime]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._name, Prefix=prefix
        )
        return [
            (each["Key"], each["LastModified"])
            for page in pages
            for each in page.get("Contents", [])
        ]


def _name(batch: bytes) -> str:
    return hashlib.sha256(batch).hexdigest()[:24]
