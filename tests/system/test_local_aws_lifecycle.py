"""The embedded AWS as an operator meets it: start, stop, kill, restart, deploy, inbox."""

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner, Result

from infra.local import errors, lifecycle, processes, server
from infra.local.deploy import deploy
from infra.local.inbox import Delivery, append, read_inbox, wait_for
from infra.local.paths import StatePaths
from infra.local.running import Running
from tests.ports import free_port
from tocsin.cli.local import down, inbox, up
from tocsin.cli.target import Place

_PATIENCE_SECONDS = 300.0  # everything here takes a second or two
_NO_PROXY = Config(proxies={}, retries={"total_max_attempts": 1})


@dataclass
class Local:
    """One state folder on one free port."""

    paths: StatePaths
    port: int

    def start(self, **options: Any) -> Running:
        return lifecycle.start(self.paths.root, self.port, **options)

    def stop(self) -> None:
        lifecycle.stop(self.paths.root)

    def client(self, service: str) -> Any:
        url = f"http://127.0.0.1:{self.port}"
        any_session: Any = session()  # the name of the service is not a literal
        return any_session.client(service, endpoint_url=url, config=_NO_PROXY)

    def kill(self) -> int:
        """As a power cut does."""
        running = lifecycle.find_running(self.paths.root)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: lifecycle.find_running(self.paths.root) is None)
        return running.pid

    def deploy(self, template: Path, **parameters: str) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}"
        return deploy(
            session(), template, stack_name="test", parameters=parameters, endpoint_url=url
        )

    def inbox(self, count: int) -> list[Delivery]:
        wait_for(
            self.paths.inbox,
            lambda _: len(read_inbox(self.paths.inbox)) >= count,
            _PATIENCE_SECONDS,
        )
        return read_inbox(self.paths.inbox)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    local = Local(StatePaths.of(tmp_path / "local"), free_port())
    yield local
    if lifecycle.find_running(local.paths.root):
        local.stop()


def test_it_starts_in_the_background_and_says_where_it_is(local: Local) -> None:
    running = local.start()

    assert running.endpoint_url == f"http://127.0.0.1:{local.port}"
    assert json.loads(local.paths.running.read_text()) == {
        "endpoint_url": running.endpoint_url,
        "region": "us-east-1",
        "port": local.port,
        "pid": running.pid,
        "stack_name": "tocsin-local",
        "started_at": running.started_at,
        "ministack_version": "1.5.33",
        "python_version": running.python_version,
    }
    assert os.getsid(running.pid) == running.pid
    assert local.client("sts").get_caller_identity()["Account"]


def test_it_listens_on_127_0_0_1_only(local: Local) -> None:
    pid = local.start().pid

    assert listening_addresses(pid) == {("127.0.0.1", local.port)}


def test_nothing_of_the_callers_environment_reaches_a_function(local: Local) -> None:
    environ = {**os.environ, "AWS_PROFILE": "mine", "AWS_ENDPOINT_URL": "http://x", "SECRET": "s"}
    pid = local.start(environ=environ).pid

    names = {entry.split("=", 1)[0] for entry in environment_of(pid)}
    assert not names & {"AWS_PROFILE", "AWS_ENDPOINT_URL", "SECRET", "PYTHONPATH"}
    assert "PATH" in names


def test_tables_objects_and_stacks_survive_a_restart(local: Local, template: Path) -> None:
    local.start()
    outputs = local.deploy(template)
    put(local, outputs, "kept")

    local.stop()
    assert local.start().recovered is None

    assert get(local, outputs, "kept") == "kept"
    assert local.deploy(template) == outputs


def test_a_stop_ends_the_process_and_every_worker_of_its_functions(
    local: Local, template: Path
) -> None:
    pid = local.start().pid
    outputs = local.deploy(template)
    local.client("lambda").invoke(FunctionName=outputs["Echo"], Payload=b'"hello"')
    local.client("sqs").send_message(QueueUrl=outputs["Queue"], MessageBody="busy for a minute")
    wait_until(lambda: len(processes.workers(local.paths.tmp)) == 2)

    local.stop()

    assert processes.workers(local.paths.tmp) == []
    assert not alive(pid)
    assert not local.paths.running.exists()
    assert not local.paths.tmp.exists()


def test_a_second_start_tells_where_the_first_one_runs(local: Local) -> None:
    running = local.start()

    with pytest.raises(errors.AlreadyRunning, match=rf"{running.endpoint_url} \(pid {running.pid}"):
        lifecycle.start(local.paths.root, free_port())

    assert lifecycle.find_running(local.paths.root) == running


def test_a_start_during_another_start_is_refused(local: Local) -> None:
    outcomes: list[object] = []

    def attempt() -> None:
        try:
            outcomes.append(local.start())
        except errors.LocalAwsError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(isinstance(outcome, Running) for outcome in outcomes) == 1
    assert sum(isinstance(o, errors.Busy | errors.AlreadyRunning) for o in outcomes) == 2


def test_a_port_in_use_is_named_and_nothing_is_started(local: Local) -> None:
    with (
        socket.create_server(("127.0.0.1", local.port)),
        pytest.raises(errors.PortInUse, match=f"port {local.port} .*--port"),
    ):
        local.start()

    assert not local.paths.running.exists()


def test_a_stop_of_what_does_not_run_says_so(local: Local) -> None:
    with pytest.raises(errors.NotRunning, match="tocsin up"):
        local.stop()


def test_after_a_kill_it_starts_from_the_last_checkpoint_and_says_so(
    local: Local, template: Path
) -> None:
    local.start(checkpoint_seconds=0.2)
    outputs = local.deploy(template)
    put(local, outputs, "kept")
    wait_for_checkpoint(local)
    pid = local.kill()

    with pytest.raises(errors.NotRunning, match="killed"):
        local.stop()
    recovered = local.start().recovered

    assert recovered is not None
    assert recovered.pid == pid
    assert recovered.saved_at is not None
    assert get(local, outputs, "kept") == "kept"
    assert local.deploy(template) == outputs


def test_after_a_kill_before_anything_was_saved_it_starts_empty_and_says_so(local: Local) -> None:
    local.start()
    pid = local.kill()

    recovered = local.start().recovered

    assert recovered is not None
    assert (recovered.pid, recovered.saved_at) == (pid, None)


def test_a_pid_that_belongs_to_another_program_by_now_is_never_signalled(local: Local) -> None:
    local.start()
    local.kill()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        record = json.loads(local.paths.running.read_text())
        local.paths.running.write_text(json.dumps({**record, "pid": other.pid}))

        with pytest.raises(errors.NotRunning):
            local.stop()
        assert local.start().recovered is not None

        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_state_of_another_ministack_is_refused_until_fresh(local: Local) -> None:
    local.start()
    local.stop()
    saved = json.loads(local.paths.saved.read_text())
    local.paths.saved.write_text(json.dumps({**saved, "ministack_version": "1.5.32"}))

    with pytest.raises(errors.ForeignState, match=r"1\.5\.32, this is 1\.5\.33; `tocsin up --fre"):
        local.start()

    assert local.start(fresh=True).recovered is None


@pytest.mark.parametrize("name", ["running.json", "saved.json"])
def test_a_broken_record_of_the_last_run_is_refused_until_fresh(local: Local, name: str) -> None:
    local.start()
    local.stop()
    (local.paths.root / name).write_text("{")

    with pytest.raises(errors.UnreadableState, match=rf"{name}.*`tocsin up --fresh`"):
        local.start()

    assert local.start(fresh=True).recovered is None


@pytest.mark.parametrize("damage", ["", '{"__ministack_format__": 2, "payl', "[1, 2]"])
def test_state_that_cannot_be_read_is_refused_and_left_as_it_is(local: Local, damage: str) -> None:
    local.start()
    local.client("sqs").create_queue(QueueName="q")
    local.stop()
    damaged = local.paths.services / "sqs.json"
    damaged.write_text(damage)

    with pytest.raises(errors.UnreadableState, match=r"read: \S+/sqs\.json .*`tocsin up --fresh`"):
        local.start()

    assert damaged.read_text() == damage
    assert not local.paths.running.exists()


def test_another_ministack_than_the_one_it_patches_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "version", lambda _name: "1.5.34")

    with pytest.raises(SystemExit):
        server.main(tmp_path)

    assert "1.5.34 is installed; `make setup`" in capsys.readouterr().err


def test_fresh_removes_what_it_wrote_and_nothing_else(local: Local, tmp_path: Path) -> None:
    local.start()
    local.client("s3").create_bucket(Bucket="bucket")
    local.stop()
    (local.paths.root / "notes.txt").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("mine")
    local.paths.inbox.unlink(missing_ok=True)
    local.paths.inbox.symlink_to(tmp_path / "elsewhere")

    local.start(fresh=True)

    assert local.client("s3").list_buckets()["Buckets"] == []
    assert (local.paths.root / "notes.txt").read_text() == "mine"
    assert (tmp_path / "elsewhere" / "file").read_text() == "mine"


def test_each_subscriber_reads_the_body_of_its_protocol(local: Local) -> None:
    local.start()
    sns = local.client("sns")
    arn = sns.create_topic(Name="bell")["TopicArn"]
    subscribe(sns, arn, "email", "a@example.org")
    subscribe(sns, arn, "email-json", "b@example.org")
    subscribe(sns, arn, "sms", "+15550100")
    bodies = {"default": "for all", "email": "für die Post", "sms": "short"}

    message_id = sns.publish(
        TopicArn=arn, Subject="Rise", Message=json.dumps(bodies), MessageStructure="json"
    )["MessageId"]

    mail, raw, sms = local.inbox(3)
    assert (mail.to, mail.subject, mail.body) == ("a@example.org", "Rise", "für die Post")
    assert (mail.protocol, mail.message_id, mail.sns_topic_arn) == ("email", message_id, arn)
    assert (raw.protocol, json.loads(raw.body)["Message"]) == ("email-json", "for all")
    assert (sms.protocol, sms.to, sms.subject, sms.body) == ("sms", "+15550100", "", "short")


def test_a_filter_policy_keeps_a_message_out_of_the_inbox(local: Local) -> None:
    local.start()
    sns = local.client("sns")
    arn = sns.create_topic(Name="bell")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"cadence": ["instant"]})}
    subscribe(sns, arn, "email", "a@example.org", policy)
    for cadence in ("daily", "instant"):
        value = {"DataType": "String", "StringValue": cadence}
        sns.publish(TopicArn=arn, Message=cadence, MessageAttributes={"cadence": value})

    assert [(d.subject, d.body) for d in local.inbox(1)] == [
        ("AWS Notification Message", "instant")
    ]


def test_an_sms_to_a_phone_number_is_in_the_inbox(local: Local) -> None:
    local.start()

    message_id = local.client("sns").publish(PhoneNumber="+15550100", Message="1234")["MessageId"]

    (sms,) = local.inbox(1)
    assert (sms.to, sms.body, sms.message_id) == ("+15550100", "1234", message_id)
    assert sms.sns_topic_arn is None


def test_a_line_that_is_still_being_written_is_read_next_time(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox.jsonl"
    whole = {"protocol": "sms", "to": "+1", "subject": "", "body": "b", "message_id": "m"}
    line = json.dumps({**whole, "at": "2026-01-02T03:04:05+00:00", "sns_topic_arn": None})
    inbox.write_text(f"{line}\n{line[:20]}")

    assert [delivery.body for delivery in read_inbox(inbox)] == ["b"]


def test_a_line_that_is_no_delivery_is_named(tmp_path: Path) -> None:
    (tmp_path / "inbox.jsonl").write_text("{}\n")

    with pytest.raises(errors.UnreadableInbox, match=r"line 1 of .*inbox\.jsonl"):
        read_inbox(tmp_path / "inbox.jsonl")


def test_email_is_relayed_by_smtp_and_sms_is_not(local: Local) -> None:
    with smtp_sink() as sink:
        local.start(environ={**os.environ, "SMTP_HOST": f"127.0.0.1:{sink.port}"})
        sns = local.client("sns")
        arn = sns.create_topic(Name="bell")["TopicArn"]
        subscribe(sns, arn, "sms", "+15550100")
        subscribe(sns, arn, "email", "a@example.org")
        sns.publish(TopicArn=arn, Subject="Rise", Message="Zürich: line one\nline two")
        wait_until(lambda: len(sink.messages) == 1)

    (message,) = sink.messages
    assert (message["To"], message["Subject"]) == ("a@example.org", "Rise")
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().rstrip("\r\n").splitlines() == ["Zürich: line one", "line two"]


def test_what_smtp_refuses_is_logged_and_still_in_the_inbox(local: Local) -> None:
    nobody = free_port()
    local.start(environ={**os.environ, "SMTP_HOST": f"127.0.0.1:{nobody}"})
    sns = local.client("sns")
    arn = sns.create_topic(Name="bell")["TopicArn"]
    subscribe(sns, arn, "email", "a@example.org")

    sns.publish(TopicArn=arn, Message="still here")

    assert [delivery.body for delivery in local.inbox(1)] == ["still here"]
    wait_until(lambda: "not relayed to a@example.org" in local.paths.log.read_text())


def test_a_deployment_of_unchanged_code_changes_nothing(local: Local, template: Path) -> None:
    local.start()
    outputs = local.deploy(template)
    before = last_modified(local, outputs["Echo"])
    (template.parent / "code" / "__pycache__").mkdir()
    (template.parent / "code" / "__pycache__" / "echo.pyc").write_bytes(os.urandom(9))
    os.utime(template.parent / "code" / "echo.py")

    assert local.deploy(template) == outputs

    assert last_modified(local, outputs["Echo"]) == before


def test_an_update_runs_the_new_code(local: Local, template: Path) -> None:
    local.start()
    echo = local.deploy(template)["Echo"]
    (template.parent / "code" / "echo.py").write_text("def echo(event, context): return 'new'")

    local.deploy(template)

    answer = local.client("lambda").invoke(FunctionName=echo, Payload=b"{}")
    assert json.load(answer["Payload"]) == "new"


def test_a_failed_deployment_names_the_resource_and_the_next_one_works(
    local: Local, template: Path
) -> None:
    local.start()
    whole = template.read_text()
    template.write_text(
        whole.replace("VisibilityTimeout: 80", "RedrivePolicy: {maxReceiveCount: 0}")
    )
    with pytest.raises(errors.DeployFailed, match=r"Queue \(AWS::SQS::Queue\): .+"):
        local.deploy(template)

    template.write_text(whole)

    assert local.deploy(template)["Echo"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Resources: {A: {Type: 'AWS::No::Such'}}", "AWS::No::Such"),
        ("Resources: [", "while parsing"),
        ("{}", "has no Resources"),
    ],
)
def test_a_template_that_cannot_be_deployed_says_why(
    local: Local, tmp_path: Path, text: str, reason: str
) -> None:
    local.start()
    template = tmp_path / "template.yaml"
    template.write_text(text)

    with pytest.raises(errors.DeployFailed, match=reason):
        local.deploy(template)


def test_up_starts_then_deploys_again_and_down_stops(local: Local, template: Path) -> None:
    first = tocsin(local, template, "up", "--port", str(local.port), "--no-apply")
    assert first.exit_code == 0
    assert f"http://127.0.0.1:{local.port}" in first.stdout
    assert "starting the local aws: done" in first.stdout

    again = tocsin(local, template, "up", "--no-apply", "--allow", "127.0.0.1:80")
    assert (again.exit_code, "starting" in again.stdout) == (0, False)
    assert "deploying: done" in again.stdout

    assert tocsin(local, template, "down").exit_code == 0
    assert lifecycle.find_running(local.paths.root) is None


@pytest.mark.parametrize("option", [["--fresh"], ["--port", "1"]])
def test_what_up_cannot_do_while_it_runs_is_one_message_and_exit_code_1(
    local: Local, template: Path, option: list[str]
) -> None:
    pid = local.start().pid

    refused = tocsin(local, template, "up", *option)

    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert f"(pid {pid}); `tocsin down` stops it" in refused.stderr


def test_inbox_shows_the_newest_last_and_no_control_characters(
    local: Local, template: Path
) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    local.paths.root.mkdir()
    for body in ("older", "newer [bold]\x1b[31m"):
        append(local.paths.inbox, Delivery(at, "email", "a@example.org", "S", body, "m", None))

    shown = tocsin(local, template, "inbox").stdout
    lines = tocsin(local, template, "inbox", "--json").stdout.splitlines()

    assert shown.index("older") < shown.index("newer [bold][31m")
    assert "\x1b" not in shown
    assert [json.loads(line)["body"] for line in lines] == ["older", "newer [bold]\x1b[31m"]


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  OperatorContact: {Type: String, Default: nobody}
  RequireTls: {Type: String, Default: "true"}
  AllowedEndpoints: {Type: String, Default: ""}
Globals:
  Function:
    Runtime: python3.13
    CodeUri: code/
    Timeout: 70
Resources:
  Articles:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Bucket:
    Type: AWS::S3::Bucket
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 80}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Handler: echo.echo, Role: !GetAtt Role.Arn}
  Slow:
    Type: AWS::Serverless::Function
    Properties:
      Handler: slow.work
      Role: !GetAtt Role.Arn
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
Outputs:
  Table: {Value: !Ref Articles}
  Bucket: {Value: !Ref Bucket}
  Queue: {Value: !Ref Queue}
  Echo: {Value: !Ref Echo}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    code = tmp_path / "app" / "code"
    code.mkdir(parents=True)
    (code / "echo.py").write_text("def echo(event, context): return event")
    (code / "slow.py").write_text("import time\ndef work(event, context): time.sleep(60)")
    (tmp_path / "app" / "template.yaml").write_text(TEMPLATE)
    return tmp_path / "app" / "template.yaml"


def tocsin(local: Local, template: Path, *arguments: str) -> Result:
    place = Place(project_root=template.parent, local_dir=local.paths.root)
    command = {"up": up, "down": down, "inbox": inbox}[arguments[0]]
    return CliRunner().invoke(command, arguments[1:], obj=place)


def put(local: Local, outputs: dict[str, str], value: str) -> None:
    item = {"id": {"S": "1"}, "value": {"S": value}}
    local.client("dynamodb").put_item(TableName=outputs["Table"], Item=item)
    local.client("s3").put_object(Bucket=outputs["Bucket"], Key="a/ü", Body=value.encode())


def get(local: Local, outputs: dict[str, str], value: str) -> str:
    """The row's value, where the object has the same one."""
    key = {"id": {"S": "1"}}
    row = local.client("dynamodb").get_item(TableName=outputs["Table"], Key=key)["Item"]
    stored = local.client("s3").get_object(Bucket=outputs["Bucket"], Key="a/ü")
    assert stored["Body"].read() == value.encode()
    return str(row["value"]["S"])


def subscribe(
    sns: Any, arn: str, protocol: str, to: str, attributes: dict[str, str] | None = None
) -> None:
    sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=to, Attributes=attributes or {})


def last_modified(local: Local, function: str) -> str:
    configuration = local.client("lambda").get_function_configuration(FunctionName=function)
    return str(configuration["LastModified"])


def wait_for_checkpoint(local: Local) -> None:
    """One that began after this moment."""
    begun = time.time()
    local.client("sqs").list_queues()  # any request may have changed something
    wait_until(
        lambda: local.paths.saved.exists() and local.paths.saved.stat().st_mtime > begun + 0.1
    )


def session() -> boto3.Session:
    return boto3.Session("test", "test", region_name="us-east-1")


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment_of(pid: int) -> list[str]:
    environ = Path(f"/proc/{pid}/environ")
    if not environ.exists():
        pytest.skip("only Linux shows the environment of a process")
    return environ.read_text().rstrip("\0").split("\0")


def listening_addresses(pid: int) -> set[tuple[str, int]]:
    """From /proc: the TCP sockets of the process in state LISTEN (0A)."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux lists the sockets of a process in /proc")
    links = [os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                address, port = fields[1].split(":")
                found.add((readable(address), int(port, 16)))
    return found


def readable(address: str) -> str:
    """/proc writes an IPv4 address as a little-endian number, an IPv6 address longer."""
    if len(address) != 8:
        return address
    return socket.inet_ntoa(bytes.fromhex(address)[::-1])


@dataclass
class Sink:
    """The smallest SMTP server that smtplib talks to."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    server: socketserver.ThreadingTCPServer | None = None

    def __enter__(self) -> "Sink":
        messages = self.messages

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 sink\r\n")
                while line := self.rfile.readline():
                    if line.upper().startswith(b"DATA"):
                        self.wfile.write(b"354 go on\r\n")
                        content = b"".join(iter(self.rfile.readline, b".\r\n"))
                        messages.append(message_from_bytes(content))
                    self.wfile.write(b"250 ok\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()


def smtp_sink() -> Sink:
    return Sink()
