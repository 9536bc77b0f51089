"""The real template on the embedded AWS, with role policies enforced, and a newsroom to poll.

One stack serves all tests of a run: each uses feeds, topics and articles of its own.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local import lifecycle
from infra.local.inbox import Delivery, read_inbox
from infra.local.paths import StatePaths
from infra.newsroom.server import Newsroom
from tests.ports import free_port
from tests.system.hub import Hub
from tests.system.small_internet import SmallInternet
from tocsin.cli.apply import apply_files
from tocsin.cli.feeds import poll_now
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.local import bring_up
from tocsin.cli.screen import screen
from tocsin.cli.subscribers import listen
from tocsin.cli.target import Account, Place, lexicon_file
from tocsin.model.cards import Card
from tocsin.model.feeds import Feed, FeedRow

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
REPLAY_SITE = DATA.parent / "tools" / "replay_site.py"
ANSWER_SECONDS = 60
WAIT_SECONDS = 300
SPARE_PORTS = 4  # two trials of a policy, with and without
NOBODY = "127.0.0.1:1"  # may be asked, but no one listens there


@dataclass(frozen=True)
class Bell:
    """The deployed stack, and what tests do with it. At `spare_ports` of loopback hosts may be
    asked that no function has met: each is good for one test."""

    account: Account
    place: Place
    spare_ports: Iterator[int]
    begun_at: datetime

    def watch(self, *feeds: Feed) -> None:
        for feed in feeds:
            self.account.feeds.put_feed(feed, datetime.now(UTC))

    def poll(self, *feed_ids: str) -> dict[str, FeedRow]:
        """The feeds by id, once they were polled and what they brought was ingested."""
        return {row.feed.id: row for row in poll_now(self.account, feed_ids)}

    def subscribe(self, topic_id: str, **endpoints: str) -> None:
        """By protocol, as `email="anna@example.org"`."""
        row = self.account.topics.find(topic_id)
        assert row is not None
        listen(self.account, row, **endpoints)
        # Tests before this one may have told as much as a topic may in ten minutes.
        self.account.client("dynamodb").delete_item(
            TableName=self.account.outputs["TopicsTable"], Key={"pk": {"S": f"PACE#{topic_id}"}}
        )

    def given_up(self) -> list[str]:
        """Messages in the dead-letter queues, which stay there."""
        sqs, found = self.account.client("sqs"), dict[str, str]()
        for queue in ("PollDeadLetterQueue", "IngestDeadLetterQueue"):
            for _ in range(10):
                answer = sqs.receive_message(
                    QueueUrl=self.account.outputs[queue],
                    MaxNumberOfMessages=10,
                    VisibilityTimeout=0,
                )
                found |= {each["MessageId"]: each["Body"] for each in answer.get("Messages", [])}
        return [*found.values()]

    def ring(self) -> dict[str, Any]:
        return self.account.invoke("AlertFunction")

    def inbox(self, endpoint: str) -> list[Delivery]:
        path = StatePaths.of(self.place.local_dir).inbox
        return [delivery for delivery in read_inbox(path) if delivery.to == endpoint]

    def cards(self) -> list[Card]:
        """Of every article; a run may go on over midnight."""
        days = (datetime.now(UTC).date() - self.begun_at.date()).days
        dates = [self.begun_at.date() + timedelta(days=number) for number in range(days + 1)]
        articles = self.account.articles
        return [card for date in dates for card in articles.list_day(date, 1000).cards]

    def api_url(self, path: str) -> str:
        """Where the embedded AWS serves a path of the HTTP API."""
        api_id = self.resource("HttpApi")
        return f"{self.account.endpoint_url}/_aws/execute-api/{api_id}/$default{path}"

    def get(self, path: str, signed: bool = True) -> tuple[int, bytes]:
        """What the HTTP API answers to root, or to somebody without an identity."""
        url = self.api_url(path)
        request = AWSRequest("GET", url)
        if signed:
            SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(request)
        sent = urllib.request.Request(url, headers=dict(request.headers.items()))
        try:
            with urllib.request.urlopen(sent, timeout=ANSWER_SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def resource(self, logical_id: str) -> str:
        """The physical name of a resource of the stack."""
        answer = self.account.client("cloudformation").describe_stack_resource(
            StackName=self.account.stack_name, LogicalResourceId=logical_id
        )
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])


@pytest.fixture(scope="session")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as started:
        yield started


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    with Hub() as started:
        yield started


@pytest.fixture(scope="session")
def small_internet() -> Iterator[SmallInternet]:
    """Real pages and misbehaving hosts. Skips where the data is not at hand."""
    if not REPLAY_SITE.is_file():
        pytest.skip(f"no real pages here: {REPLAY_SITE} is missing (TOCSIN_DATA names the folder)")
    command = [sys.executable, "-m", "tests.system.small_internet", REPLAY_SITE, DATA / "pages"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()  # once it is ready
        assert line, f"{command} ended at once"
        try:
            yield SmallInternet.parse(line)
        finally:
            server.send_signal(signal.SIGTERM)


@pytest.fixture(scope="session")
def bell(
    newsroom: Newsroom,
    hub: Hub,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bell]:
    spare_ports = [free_port() for _ in range(SPARE_PORTS)]
    allowed = [f"127.0.0.1:{newsroom.port}", hub.endpoint, NOBODY]
    allowed += [f"127.0.0.1:{port}" for port in spare_ports]
    if REPLAY_SITE.is_file():
        allowed += request.getfixturevalue("small_internet").endpoints
    begun_at = datetime.now(UTC)
    place = Place(ROOT, tmp_path_factory.mktemp("local"))
    # The hosts are ours: nobody minds if their pages are asked without a pause.
    parameters = {"AllowedEndpoints": ",".join(allowed), "PagePauseSeconds": "0"}
    try:
        account = bring_up(screen(), place, free_port(), parameters=parameters)
        # All topics from the start: workers keep those they know for a minute.
        apply_files(account, None, ROOT / "topics.yaml", Lexicon(lexicon_file(Place(ROOT, ROOT))))
        bell = Bell(account, place, iter(spare_ports), begun_at)
        stop_the_clock(account)
        hub.reachable = lambda callback: bell.api_url("/websub" + callback.partition("/websub")[2])
        yield bell
    finally:
        if lifecycle.find_running(place.local_dir):
            lifecycle.stop(place.local_dir)


def stop_the_clock(account: Account) -> None:
    """What happens every minute happens when a test says so: a poll or an alert in between would
    be done before the one that the test looks at."""
    scheduler = account.client("scheduler")
    for each in scheduler.list_schedules()["Schedules"]:
        schedule = scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        kept = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        assert schedule["State"] == "ENABLED"
        scheduler.update_schedule(**{key: schedule[key] for key in kept}, State="DISABLED")


def wait_for(condition: Callable[[], object]) -> None:
    """A job whose host another asks comes again later; on a busy machine after `poll` has ended."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {WAIT_SECONDS} s"
        time.sleep(0.1)


def post_json(url: str, document: dict[str, str]) -> str:
    """What the small internet answers to a new page: its URL."""
    request = urllib.request.Request(url, json.dumps(document).encode())
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
        return str(answer.read().decode().strip())
