"""The lake in the bucket: a file a day under lake/, made of what is under batch/."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FILES = "lake/articles/"
BATCHES = "batch/"
_CHUNK_BYTES = 1 << 20
_DIGEST = "made-of"  # in a file's metadata


@dataclass(frozen=True)
class Listed:
    """An object as the bucket lists it."""

    key: str
    tag: str
    size: int


class LakeBucket:
    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def sources(self, day: date) -> list[Listed]:
        """The batches of a day."""
        return [*self._list(f"{BATCHES}dt={day}/")]

    def files(self) -> dict[date, Listed]:
        """By their days, oldest first."""
        return {_day(each.key): each for each in self._list(FILES)}

    def days_with_batches(self) -> list[date]:
        """Oldest first. Folders are listed, not what is in them: a thousand days a request."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=BATCHES, Delimiter="/"
        )
        folders = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        return sorted(_day(each) for each in folders if "/dt=" in each)

    def find_digest(self, day: date) -> str | None:
        """Of what the day's file was made of; None where there is no file."""
        if not [*self._list(_key(day))]:
            return None
        answer = self._client.head_object(Bucket=self.name, Key=_key(day))
        return answer["Metadata"].get(_DIGEST, "")

    def put_day(self, day: date, path: Path, digest: str) -> None:
        """Up to 5 GB, as S3 takes them in one request: the file as it was, or as it is."""
        with path.open("rb") as body:
            self._client.put_object(
                Bucket=self.name, Key=_key(day), Body=body, Metadata={_DIGEST: digest}
            )

    def delete_day(self, day: date) -> None:
        self._client.delete_object(Bucket=self.name, Key=_key(day))

    def download(self, key: str, path: Path) -> None:
        body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
        with path.open("wb") as file:
            for chunk in body.iter_chunks(_CHUNK_BYTES):
                file.write(chunk)

    def _list(self, prefix: str) -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        for page in pages:
            for each in page.get("Contents", []):
                yield Listed(each["Key"], each["ETag"].strip('"'), each["Size"])


def _key(day: date) -> str:
    return f"{FILES}dt={day}/part-0.parquet"


def _day(key: str) -> date:
    """Of a key or folder with dt=."""
    return date.fromisoformat(key.partition("/dt=")[2].partition("/")[0])
