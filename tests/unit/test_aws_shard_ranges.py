"""Ranges asked of S3 without a client."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.session import Session

from tocsin.aws.shard_ranges import ShardRanges, bucket_url
from tocsin.errors import NotFoundError

KEY = "search/v1/micro/2031-03-05/a"


@dataclass
class Reply:
    status_code: int
    content: bytes = b""


@dataclass
class Wire:
    """Answers in turn, or raises; keeps what was asked and how long was waited."""

    replies: list[Any]
    asked: list[Any] = field(default_factory=list)
    signed: list[AWSRequest] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def send(self, request: Any) -> Reply:
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, Reply)
        return reply

    def ranges(self) -> ShardRanges:
        url = "https://b.example"
        return ShardRanges(
            url, self.signed.append, self.send, sleep=self.waited.append, jitter=lambda: 1.0
        )


def broken() -> list[Exception]:
    return [
        ConnectionClosedError(endpoint_url="https://b.example"),
        EndpointConnectionError(endpoint_url="https://b.example"),
    ]


def error(status: int, code: str) -> Reply:
    return Reply(status, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode())


def test_a_range_is_asked_for_once_and_signed() -> None:
    wire = Wire([Reply(206, b"abc")])
    assert wire.ranges().read_range(KEY, 10, 3) == b"abc"
    (request,) = wire.asked
    assert (request.method, request.url) == ("GET", f"https://b.example/{KEY}")
    assert request.headers["Range"] in ("bytes=10-12", b"bytes=10-12")
    assert len(wire.signed) == 1


@pytest.mark.parametrize(
    "trouble", [*broken(), Reply(503), Reply(500)], ids=lambda it: str(it)[:20]
)
def test_what_may_answer_later_is_asked_again_and_signed_anew(trouble: Any) -> None:
    wire = Wire([trouble, trouble, trouble, Reply(206, b"abc")])
    assert wire.ranges().read_range(KEY, 0, 3) == b"abc"
    assert len(wire.signed) == 4
    assert wire.waited == [0.05, 0.1, 0.2]


def test_what_never_answers_is_an_error() -> None:
    with pytest.raises(ConnectionClosedError):
        Wire([broken()[0]] * 4).ranges().read_range(KEY, 0, 3)
    with pytest.raises(ClientError, match="SlowDown"):
        Wire([error(503, "SlowDown")] * 4).ranges().read_range(KEY, 0, 3)


def test_a_shard_that_is_not_there_is_named_and_not_asked_for_again() -> None:
    wire = Wire([error(404, "NoSuchKey")])
    with pytest.raises(NotFoundError, match=KEY):
        wire.ranges().read_range(KEY, 0, 3)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (error(403, "AccessDenied"), "AccessDenied"),
        (Reply(416), "416"),
        (Reply(200, b"all"), "200"),
    ],
)
def test_what_s3_will_not_answer_is_an_error_with_its_code(reply: Reply, code: str) -> None:
    wire = Wire([reply])
    with pytest.raises(ClientError) as raised:
        wire.ranges().read_range(KEY, 0, 3)
    assert raised.value.response["Error"]["Code"] == code
    assert wire.waited == []


def test_a_bucket_is_asked_where_its_region_and_partition_have_it() -> None:
    session = Session()
    session.set_config_variable("region", "eu-central-1")
    assert bucket_url(session, "b", "eu-central-1") == "https://b.s3.eu-central-1.amazonaws.com"
    assert bucket_url(session, "b", "cn-north-1") == "https://b.s3.cn-north-1.amazonaws.com.cn"


def test_an_endpoint_that_is_named_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    assert bucket_url(Session(), "b", "eu-central-1") == "http://127.0.0.1:4566/b"
