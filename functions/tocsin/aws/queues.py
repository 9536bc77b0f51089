"""SQS queues that carry jobs from stage to stage."""

from typing import TYPE_CHECKING

from tocsin.model import Value

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS holds a message back for 15 minutes at most.
MAX_DELAY_SECONDS = 900


class JobQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, job: Value, delay_seconds: int = 0) -> None:
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=job.model_dump_json(exclude_defaults=True),
            DelaySeconds=min(delay_seconds, MAX_DELAY_SECONDS),
        )
