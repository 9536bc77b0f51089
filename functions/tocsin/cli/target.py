"""Which AWS a command talks to: the embedded one where it runs, the real one else."""

import json
import random
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.aliases import Aliases
from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.aws.shards_table import ShardsTable
from tocsin.aws.sns import SnsTopics
from tocsin.aws.stories_table import StoriesTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.model.topics import TopicRow

LOCAL_KEY = "test"  # id and secret of the embedded AWS's root
SEARCH_CONNECTIONS = 64  # of a shard a search needs some ten ranges, of ten shards five of each
PARTS_AT_ONCE = 3  # of a search: one machine's processors and network are shared by all of them
# For as long as a function may run, and once: what is asked again runs again beside the first.
_INVOKING = Config(read_timeout=900, retries={"total_max_attempts": 1})
_UNDER_WAY: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_PUT_OFF: Final = "ApproximateNumberOfMessagesDelayed"


@dataclass(frozen=True)
class Place:
    """Where a command runs and what its options name. `profile` and `stack_name` given, it is the
    real account, whatever runs here."""

    project_root: Path
    local_dir: Path
    profile: str | None = None
    region: str | None = None
    stack_name: str | None = None


def lexicon_file(place: Place) -> Path:
    """Where the project keeps what dictionaries said, so that they are not read each time."""
    return place.project_root / ".local" / "lexicon.json"


@dataclass(frozen=True)
class Jobs:
    """How many wait or are worked on, and how many are held back: for a second or two where another
    asks their host, for a minute and more where a page may come later."""

    under_way: int
    put_off: int


@dataclass(frozen=True)
class Account:
    """A deployed stack: what it is made of, by the names of its outputs."""

    session: boto3.Session
    stack_name: str
    outputs: dict[str, str]
    endpoint_url: str | None = None

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    @cached_property
    def feeds(self) -> FeedsTable:
        return FeedsTable(self.client("dynamodb"), self.outputs["FeedsTable"])

    @cached_property
    def articles(self) -> ArticlesTable:
        return ArticlesTable(self.client("dynamodb"), self.outputs["ArticlesTable"])

    @cached_property
    def alerts(self) -> AlertsTable:
        return AlertsTable(self.client("dynamodb"), self.outputs["ArticlesTable"])

    @cached_property
    def hosts(self) -> HostsTable:
        return HostsTable(self.client("dynamodb"), self.outputs["FeedsTable"])

    @cached_property
    def archive_bucket(self) -> ArchiveBucket:
        """For SEARCH_CONNECTIONS requests side by side."""
        config = Config(max_pool_connections=SEARCH_CONNECTIONS)
        client = self.session.client("s3", endpoint_url=self.endpoint_url, config=config)
        return ArchiveBucket(client, self.outputs["Bucket"])

    @cached_property
    def shards(self) -> ShardsTable:
        name = self.outputs["ArticlesTable"]
        client = self.client("dynamodb")
        return ShardsTable(client, name, sleep=time.sleep, jitter=random.random)

    @cached_property
    def stories(self) -> StoriesTable:
        return StoriesTable(self.client("dynamodb"), self.outputs["StoriesTable"])

    @cached_property
    def topics(self) -> TopicsTable:
        return TopicsTable(self.client("dynamodb"), self.outputs["TopicsTable"])

    @cached_property
    def aliases(self) -> Aliases:
        return Aliases(self.client("dynamodb"), self.outputs["TopicsTable"])

    @cached_property
    def bucket(self) -> Bucket:
        return Bucket(self.client("s3"), self.outputs["Bucket"])

    @cached_property
    def sns_topics(self) -> SnsTopics:
        return SnsTopics(self.client("sns"), self.stack_name)

    def count_listeners(self, row: TopicRow) -> int:
        """On every line of a topic, as SNS lists them."""
        arns = row.sns_topic_arns.values()
        return sum(1 for arn in arns for _ in self.sns_topics.subscriptions(arn))

    def find_outputs(self, stack_name: str) -> dict[str, str] | None:
        """Of another stack; None where there is none."""
        try:
            return _outputs(self.client("cloudformation"), stack_name)
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise

    def invoke(self, function: str, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Runs a function, named as in the outputs, now; what it returns."""
        client = self.session.client("lambda", endpoint_url=self.endpoint_url, config=_INVOKING)
        answer = client.invoke(
            FunctionName=self.outputs[function], Payload=json.dumps(event or {}).encode()
        )
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise click.ClickException(f"{function} failed: {payload.get('errorMessage')}")
        return payload

    def count_jobs(self) -> Jobs:
        """One look at each queue, in the order of the flow: a job that moves on between two looks
        would be in neither."""
        looks = [self._jobs(self.outputs[each]) for each in ("PollQueue", "IngestQueue")]
        return Jobs(sum(each.under_way for each in looks), sum(each.put_off for each in looks))

    def jobs_failed(self) -> int:
        queues = (self.outputs["PollDeadLetterQueue"], self.outputs["IngestDeadLetterQueue"])
        return sum(self._jobs(url).under_way for url in queues)

    def _jobs(self, queue_url: str) -> Jobs:
        answer = self.client("sqs").get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=[*_UNDER_WAY, _PUT_OFF]
        )
        count = {kind: int(answer["Attributes"][kind]) for kind in (*_UNDER_WAY, _PUT_OFF)}
        return Jobs(sum(count[kind] for kind in _UNDER_WAY), count[_PUT_OFF])


def connect(place: Place) -> Account:
    """Raises ClickException with the remedy where there is no stack to talk to."""
    local = None if place.profile or place.stack_name else _running(place.local_dir)
    if local is not None:
        session = boto3.Session(LOCAL_KEY, LOCAL_KEY, region_name=local["region"])
        return _account(session, local["stack_name"], local["endpoint_url"])
    try:
        session = boto3.Session(profile_name=place.profile, region_name=place.region)
    except BotoCoreError as error:
        raise click.ClickException(f"{error}; `aws configure` sets profiles up") from error
    return _account(session, place.stack_name or "tocsin", None)


def _running(local_dir: Path) -> dict[str, Any] | None:
    """What the embedded AWS says of itself, where `tocsin up` started one."""
    path = local_dir / "running.json"
    if not path.is_file():
        return None
    running: dict[str, Any] = json.loads(path.read_text())
    return running


def _account(session: boto3.Session, stack_name: str, endpoint_url: str | None) -> Account:
    try:
        client = session.client("cloudformation", endpoint_url=endpoint_url)
        outputs = _outputs(client, stack_name)
    except ClientError as error:
        reason = error.response["Error"]["Message"]
        raise click.ClickException(
            f"no stack {stack_name!r} in {session.region_name}: {reason}"
            "; deploy it with `make deploy`, or name yours with --stack-name and --region"
        ) from error
    except BotoCoreError as error:
        remedy = (
            "it was killed perhaps: `tocsin up` starts it again"
            if endpoint_url
            else "start the embedded AWS with `tocsin up`, or name an account with --profile"
        )
        raise click.ClickException(f"AWS does not answer: {error}; {remedy}") from error
    return Account(session, stack_name, outputs, endpoint_url)


def _outputs(cloudformation: Any, stack_name: str) -> dict[str, str]:
    (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
