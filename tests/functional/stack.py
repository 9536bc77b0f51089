"""What template.yaml defines, made in moto: tests and template cannot drift apart."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.session import Session
from warcio.archiveiterator import ArchiveIterator

from infra.local.template import Template
from tocsin.aws.items import from_item
from tocsin.model.articles import Capture
from tocsin.model.values import Value

NAME = "tocsin"
REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's
API_URL = "https://api.example"
ATTRIBUTES = {("HttpApi", "ApiEndpoint"): API_URL}
OPERATOR_CONTACT = "operator@example.org"
# Settings of tables that moto has no use for, under names that CreateTable does not know.
_NOT_OF_CREATE = ("PointInTimeRecoverySpecification", "TimeToLiveSpecification")

Job = TypeVar("Job", bound=Value)


@dataclass(frozen=True)
class Stack:
    """Resources go by their names in the template."""

    template: Template
    session: Session

    def client(self, service: str) -> Any:
        return self.session.create_client(service)

    def create(self) -> None:
        for name, table in self._of_type("AWS::DynamoDB::Table"):
            properties = {k: v for k, v in table.items() if k not in _NOT_OF_CREATE}
            self.client("dynamodb").create_table(TableName=self.ref(name), **properties)
        for name, _ in self._of_type("AWS::S3::Bucket"):
            self.client("s3").create_bucket(
                Bucket=self.ref(name), CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        for name, _ in self._of_type("AWS::SNS::Topic"):
            self.client("sns").create_topic(Name=f"{NAME}-{name}")
        for name, queue in self._of_type("AWS::SQS::Queue"):
            attributes = {key: _attribute(value) for key, value in queue.items()}
            attributes.pop("RedrivePolicy", None)  # no test here waits for a dead letter
            self.client("sqs").create_queue(QueueName=f"{NAME}-{name}", Attributes=attributes)

    def ref(self, name: str) -> str:
        """What `!Ref` gives: a table's or bucket's name, a queue's URL, an SNS topic's ARN, a
        parameter's value, the stack's name."""
        if name == "AWS::StackName":
            return NAME
        if name in self.template["Parameters"]:
            return self._parameter(name)
        match self.template["Resources"][name]["Type"]:
            case "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{NAME}-{name}"
            case "AWS::SNS::Topic":
                return f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}-{name}"
            case "AWS::S3::Bucket":
                return f"{NAME}-{name.lower()}"
        return f"{NAME}-{name}"

    def environment(self, function: str) -> dict[str, str]:
        """The variables that the template gives a function."""
        common = self.template["Globals"]["Function"]["Environment"]["Variables"]
        own = self.template["Resources"][function]["Properties"]["Environment"]["Variables"]
        return {name: self._resolve(value) for name, value in (common | own).items()}

    def outputs(self) -> dict[str, str]:
        values = {name: output["Value"] for name, output in self.template["Outputs"].items()}
        return {name: self._resolve(value) for name, value in values.items()}

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, as plain values."""
        answer = self.client("dynamodb").scan(TableName=self.ref(table))
        return [from_item(item) for item in answer["Items"]]

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        s3, bucket = self.client("s3"), self.ref("Bucket")
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        keys = [each["Key"] for each in listed]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def empty(self) -> None:
        """Without articles and objects, as if nothing had been ingested."""
        for table in ("ArticlesTable", "StoriesTable"):
            for item in self.items(table):
                key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
                self.client("dynamodb").delete_item(TableName=self.ref(table), Key=key)
        for key in self.objects("raw/") | self.objects("articles/"):
            self.client("s3").delete_object(Bucket=self.ref("Bucket"), Key=key)

    def receive(self, queue: str, kind: type[Job]) -> list[Job]:
        """Takes every message out of a queue that is not held back."""
        sqs, url = self.client("sqs"), self.ref(queue)
        jobs = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                jobs.append(kind.model_validate_json(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return jobs

    def served(self, capture: Capture) -> tuple[str, bytes]:
        """URL and body of the page that a capture points to, read as a range of its object."""
        last = capture.offset + capture.length - 1
        answer = self.client("s3").get_object(
            Bucket=self.ref("Bucket"), Key=capture.key, Range=f"bytes={capture.offset}-{last}"
        )
        (found,) = [
            (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(io.BytesIO(answer["Body"].read()))
        ]
        return found

    def _of_type(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        resources = self.template["Resources"].items()
        return [(name, each["Properties"]) for name, each in resources if each["Type"] == kind]

    def _parameter(self, name: str) -> str:
        # Without a pause the clock stands still; tests of the pause set their own.
        given = {"OperatorContact": OPERATOR_CONTACT, "PagePauseSeconds": "0"}
        return str(given.get(name, self.template["Parameters"][name].get("Default", "")))

    def _resolve(self, value: Any) -> str:
        if not isinstance(value, Mapping):
            return str(value)
        return self.ref(value["Ref"]) if "Ref" in value else ATTRIBUTES[tuple(value["Fn::GetAtt"])]


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
