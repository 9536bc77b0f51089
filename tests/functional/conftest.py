"""The template's resources in moto, the stages as `wiring.py` builds them, a clock and a web."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from click.testing import CliRunner, Result
from moto import mock_aws

from infra.local.template import Template, load_template
from tests.archive import a_record
from tests.builders import NOW
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.confirmations import Confirmations
from tests.functional.kept import Kept
from tests.functional.shortened import shorten
from tests.functional.stack import NAME, REGION, Stack
from tests.functional.web import FakeWeb
from tests.matching import StemsOnly, compile_topics
from tocsin import wiring
from tocsin.archive.records import to_batch
from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.aliases import Aliases, groups_of
from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.batches import Batches
from tocsin.aws.bucket import Bucket
from tocsin.aws.budgets import Budgets
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.sns import SnsTopics
from tocsin.aws.stories_table import StoriesTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.cli import main as cli_main
from tocsin.cli.target import Account
from tocsin.errors import NotFoundError
from tocsin.model.lines import Line
from tocsin.model.publication import TopicsInForce
from tocsin.model.topics import Topic
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.archive import archive
from tocsin.pipeline.dispatch import Dispatching
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.poll import Polling
from tocsin.query.keys import ANALYSIS_VERSION

PutTopics = Callable[..., dict[str, str]]
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_STAGES = (
    wiring.dispatching,
    wiring.polling,
    wiring.ingesting,
    wiring.archiving,
    wiring.laking,
    wiring.alerting,
    wiring.searching,
    wiring.feeding,
    wiring.reading,
    wiring.pushing,
    wiring.self_service,
    wiring.reconciling,
)
# Of the command line: each asks for the account it is to talk to.
_CONNECTING = (
    *("apply", "articles", "alerts", "audit", "backtest", "export", "feed_link", "feeds"),
    *("forget", "plan", "search", "sql", "stories"),
    *("subscribers", "topics", "why"),
)
# A tenth of a call went into who calls, and a tenth into a signature that no table checks.
_UNNAMED = Config(user_agent="tests")
_UNSIGNED = Config(signature_version=UNSIGNED)


class CachedSession(botocore.session.Session):
    """Keeps its clients: making one costs more than a whole test."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[str, Any] = {}

    def create_client(self, service_name, *args, **kwargs):  # type: ignore[no-untyped-def]
        key = f"{service_name} {args} {sorted(kwargs.items(), key=str)}"
        if key not in self.clients:
            if service_name == "dynamodb":
                kwargs["config"] = (kwargs.get("config") or _UNNAMED).merge(_UNSIGNED)
            self.clients[key] = super().create_client(service_name, *args, **kwargs)
        return self.clients[key]


@pytest.fixture(scope="session")
def aws_session() -> CachedSession:
    session = CachedSession()
    session.set_config_variable("region", REGION)
    session.set_credentials("testing", "testing")
    session.set_default_client_config(_UNNAMED)
    return session


@pytest.fixture(scope="session")
def all_calls(aws_session: CachedSession) -> Calls:
    return Calls(aws_session)


@pytest.fixture(scope="session")
def all_confirmations(aws_session: CachedSession) -> Confirmations:
    return Confirmations(aws_session)


@pytest.fixture(scope="session")
def boto3_session(aws_session: CachedSession) -> boto3.Session:
    """Once: boto3 adds to the clients of a session each time that it is given it, and twice is too
    often."""
    return boto3.Session(botocore_session=aws_session, region_name=REGION)


@pytest.fixture(scope="session")
def template() -> Template:
    return load_template(TEMPLATE)


@pytest.fixture(scope="session")
def kept_stack() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


@pytest.fixture
def stack(
    template: Template,
    aws_session: CachedSession,
    all_calls: Calls,
    all_confirmations: Confirmations,
    kept_stack: Kept,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stack]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    shorten(monkeypatch)
    with mock_aws():
        made = Stack(template, aws_session)
        if kept_stack:
            kept_stack.put_back()
        else:
            made.create()
            kept_stack.keep()
        yield made


@pytest.fixture
def calls(stack: Stack, all_calls: Calls) -> Iterator[Calls]:
    """Those made from here on. An interruption that never came would prove nothing."""
    all_calls.reset()
    yield all_calls
    pending = all_calls.pending()
    all_calls.reset()
    assert pending == 0


@pytest.fixture
def confirmations(stack: Stack, all_confirmations: Confirmations) -> Iterator[Confirmations]:
    """From here on SNS asks mailboxes to confirm."""
    all_confirmations.reset()
    all_confirmations.on = True
    yield all_confirmations
    all_confirmations.reset()


@pytest.fixture
def account(stack: Stack, boto3_session: boto3.Session) -> Account:
    return Account(boto3_session, NAME, stack.outputs())


@pytest.fixture
def tocsin(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Runs a command in a project of its own, connected to the account in moto."""
    (tmp_path / "template.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for module in _CONNECTING:
        monkeypatch.setattr(sys.modules[f"tocsin.cli.{module}"], "connect", lambda place: account)
    for module in ("apply", "backtest", "plan", "why"):
        monkeypatch.setattr(sys.modules[f"tocsin.cli.{module}"], "Lexicon", StemsOnly)

    def run(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(cli_main.cli, arguments, input=answer)

    return run


def done(result: Result) -> str:
    """What a command that went well has printed."""
    assert result.exception is None, result.output
    assert result.exit_code == 0
    return result.output


@pytest.fixture
def enter(
    stack: Stack,
    clock: Clock,
    web: FakeWeb,
    aws_session: CachedSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[[str], None]]:
    """Gives the process the environment of a function, as a new container of it has."""

    def set_environment(function: str) -> None:
        for name, value in stack.environment(function).items():
            monkeypatch.setenv(name, value)

    _forget()
    # A container of its own has a folder of its own.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(wiring, "_session", lambda: aws_session)
    monkeypatch.setattr(wiring, "_fetcher", lambda read: web)
    # moto hears what clients send, and nothing else.
    objects = ArchiveBucket(aws_session.create_client("s3"), stack.ref("Bucket"))
    monkeypatch.setattr(wiring, "_shard_ranges", lambda bucket: objects)
    monkeypatch.setattr(wiring, "utc_now", clock)
    monkeypatch.setattr(wiring, "sleep", lambda seconds: clock.advance(seconds=seconds))
    yield set_environment
    _forget()


def _forget() -> None:
    """As when a container ends."""
    for stage in (*_STAGES, wiring._client):
        stage.cache_clear()


@pytest.fixture
def dispatching(enter: Callable[[str], None]) -> Dispatching:
    enter("DispatchFunction")
    return wiring.dispatching()


@pytest.fixture
def polling(enter: Callable[[str], None]) -> Polling:
    enter("PollFunction")
    return replace(wiring.polling(), jitter=lambda: 0.5)  # of an interval: exactly itself


@pytest.fixture
def ingesting(enter: Callable[[str], None]) -> Ingesting:
    enter("IngestFunction")
    return wiring.ingesting()


@pytest.fixture
def alerting(enter: Callable[[str], None]) -> Alerting:
    enter("AlertFunction")
    return wiring.alerting()


@pytest.fixture
def feeds(stack: Stack) -> FeedsTable:
    return FeedsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))


@pytest.fixture
def articles(stack: Stack) -> ArticlesTable:
    return ArticlesTable(stack.client("dynamodb"), stack.ref("ArticlesTable"))


@pytest.fixture
def alerts(stack: Stack) -> AlertsTable:
    return AlertsTable(stack.client("dynamodb"), stack.ref("ArticlesTable"))


@pytest.fixture
def budgets(stack: Stack) -> Budgets:
    return Budgets(stack.client("dynamodb"), stack.ref("TopicsTable"))


@pytest.fixture
def stories(stack: Stack) -> StoriesTable:
    return StoriesTable(stack.client("dynamodb"), stack.ref("StoriesTable"))


@pytest.fixture
def topics(stack: Stack) -> TopicsTable:
    return TopicsTable(stack.client("dynamodb"), stack.ref("TopicsTable"))


@pytest.fixture
def aliases(stack: Stack) -> Aliases:
    return Aliases(stack.client("dynamodb"), stack.ref("TopicsTable"))


@pytest.fixture
def bucket(stack: Stack) -> Bucket:
    return Bucket(stack.client("s3"), stack.ref("Bucket"))


@pytest.fixture
def sns_topics(stack: Stack) -> SnsTopics:
    return SnsTopics(stack.client("sns"), NAME)


def in_force(bucket: Bucket, topics: Sequence[Topic]) -> None:
    """Publishes topics in place of what was."""
    try:
        found = bucket.find_topics()
    except NotFoundError:
        found = None
    base = bucket.put_compiled(compile_topics(topics))
    made = TopicsInForce(base=base, analysis=ANALYSIS_VERSION, topics=len(topics))
    assert bucket.put_topics(made, found[1] if found else None)


@pytest.fixture
def put_topics(
    bucket: Bucket, topics: TopicsTable, sns_topics: SnsTopics, aliases: Aliases
) -> PutTopics:
    """Puts topics in force, as apply does; the ARN of each one's SNS topic."""

    def put(*wanted: Topic) -> dict[str, str]:
        arns = {}
        for topic in wanted:
            line = Line(cadence=topic.alert.cadence)
            arns[topic.id] = sns_topics.make(topic.id, line)
            topics.put(topic, {line.key: arns[topic.id]})
        aliases.put(groups_of(wanted))
        in_force(bucket, wanted)
        return arns

    return put


@pytest.fixture
def stored(enter: Callable[[str], None], stack: Stack) -> Callable[..., None]:
    """Makes records searchable."""

    def put(*changes: dict[str, Any]) -> None:
        enter("ArchiveFunction")
        records = [a_record(number, **each) for number, each in enumerate(changes)]
        objects = ArchiveBucket(stack.client("s3"), stack.ref("Bucket"))
        outside = wiring.archiving()
        Batches(objects, wiring._shards_table(stack.ref("ArticlesTable"))).add(
            to_batch(records), len(records), NOW
        )
        assert archive(outside)

    return put
