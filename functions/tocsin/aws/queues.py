"""SQS queues that carry jobs from stage to stage."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tocsin.errors import SendFailed
from tocsin.model.values import Value

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS holds a message back for 15 minutes at most.
MAX_DELAY_SECONDS = 900
MAX_BATCH = 10


class DeadLetterQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def add(self, body: str, reason: str) -> None:
        """A message that is given up, with the attribute `reason`."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )


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

    def send_all(self, jobs: Sequence[Value]) -> None:
        """Ten a call, for jobs that are small together. Raises SendFailed naming how many SQS did
        not take; all the others are sent."""
        failed: list[str] = []
        for first in range(0, len(jobs), MAX_BATCH):
            bodies = [
                job.model_dump_json(exclude_defaults=True)
                for job in jobs[first : first + MAX_BATCH]
            ]
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)],
            )
            failed += [each["Code"] for each in answer.get("Failed", [])]
        if failed:
            raise SendFailed(len(failed), failed[0])
