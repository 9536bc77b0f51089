"""What moto holds, for the next test that begins from the same: making the stack took a quarter of
most tests' time."""

import io
import pickle
from threading import RLock
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from tests.functional.stack import ACCOUNT, REGION

_LOCK = type(RLock())
# Where moto keeps what was made, and under which name.
_PLACES: tuple[tuple[Any, str, str], ...] = (
    (dynamodb_backends, REGION, "tables"),
    (s3_backends, "aws", "buckets"),
    (sns_backends, REGION, "topics"),
    (sns_backends, REGION, "subscriptions"),
    (sqs_backends, REGION, "queues"),
)


class Kept:
    """False until something was kept. A copy is put back, in place of what is there: no test sees
    what another wrote."""

    def __init__(self) -> None:
        self._copy = b""

    def __bool__(self) -> bool:
        return bool(self._copy)

    def keep(self) -> None:
        made = [getattr(backends[ACCOUNT][region], name) for backends, region, name in _PLACES]
        to = io.BytesIO()
        _WithLocks(to, pickle.HIGHEST_PROTOCOL).dump((made, s3_backends.bucket_accounts))
        self._copy = to.getvalue()

    def put_back(self) -> None:
        made, owners = pickle.loads(self._copy)
        for (backends, region, name), each in zip(_PLACES, made, strict=True):
            setattr(backends[ACCOUNT][region], name, each)
        s3_backends.bucket_accounts = owners


class _WithLocks(pickle.Pickler):
    """A lock is no state: the copy gets one of its own."""

    def reducer_override(self, value: Any) -> Any:
        return (RLock, ()) if isinstance(value, _LOCK) else NotImplemented
