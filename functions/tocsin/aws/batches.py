"""What ingest hands to the archive: an object in the bucket, then its row in the manifest."""

from datetime import datetime

from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.shards_table import ShardsTable
from tocsin.model.archive import Batch


class Batches:
    def __init__(self, bucket: ArchiveBucket, shards: ShardsTable) -> None:
        self._bucket = bucket
        self._shards = shards

    def add(self, batch: bytes, docs: int, at: datetime, now: datetime | None = None) -> None:
        """Articles first seen on the day of `at`. An object without a row is found by nobody;
        whoever wrote it will write it again."""
        if now is not None and now.date() != at.date():
            # Before what it points to: a crash leaves a note too many, never one too few.
            self._bucket.note_late(at.date(), now, batch)
        key = self._bucket.put_batch(batch, at)
        self._shards.add_batch(Batch(key=key, docs=docs))
