"""`tocsin up`, `down` and `inbox`: the embedded AWS of a checkout.

`infra` is beside the package and not in its wheel, so it is imported when a command runs.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.errors import TocsinError

if TYPE_CHECKING:
    import boto3

    from infra.local.inbox import Delivery
    from infra.local.running import Recovered, Running

DEFAULT_PORT = 4566  # what every AWS emulator listens on, and what SDK examples point at
_ROOT_KEY = "test"  # the emulator's root: its id and its secret
_LOCAL_PARAMETERS = {
    "OperatorContact": "local@example.org",
    # The emulator speaks plain HTTP, and honours aws:SecureTransport.
    "RequireTls": "false",
}
_ALLOWED_ENDPOINTS = "AllowedEndpoints"  # parameter of the template
_API_URL = "HttpApiUrl"  # output of the template
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Place(Protocol):
    """What this module reads of `ctx.obj`."""

    @property
    def project_root(self) -> Path: ...

    @property
    def local_dir(self) -> Path: ...


def _parameter(
    _ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for key, equals, value in pairs:
        if not (key and equals):
            raise click.BadParameter(f"{key + equals + value!r} is not KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _endpoint(
    _ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    for text in given:
        address, _, port = text.rpartition(":")
        if not address or not port.isdigit() or "," in address:
            raise click.BadParameter(f"{text!r} is not ADDRESS:PORT")
    return given


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port on 127.0.0.1 [{DEFAULT_PORT}].")
@click.option("--fresh", is_flag=True, help="Empty the state first.")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_parameter,
    help="A parameter of the template; repeatable.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="ADDRESS:PORT",
    callback=_endpoint,
    help="A private endpoint that may be fetched from; repeatable.",
)
@click.option("--feeds", type=_FILE, help="Feeds to apply [feeds.yaml].")
@click.option("--topics", type=_FILE, help="Topics to apply [topics.yaml].")
@click.option("--no-apply", is_flag=True, help="Leave feeds and topics as they are.")
@click.pass_obj
def up(
    place: Place,
    port: int | None,
    fresh: bool,
    parameters: dict[str, str],
    allow: tuple[str, ...],
    feeds: Path | None,
    topics: Path | None,
    no_apply: bool,
) -> None:
    """Start the local AWS, deploy Tocsin, apply feeds and topics.

    Where it runs already, deploys and applies again.
    """
    console = Console(highlight=False)
    allowed = {_ALLOWED_ENDPOINTS: ",".join(allow)} if allow else {}
    with _errors_as_messages():
        running = _start(console, place, port, fresh=fresh)
        session = _session(running)
        outputs = _deploy(
            console, place, running, session, _LOCAL_PARAMETERS | allowed | parameters
        )
        if not no_apply:
            _apply(console, session, running, outputs, _operator_files(place, feeds, topics))
        _tell_where(console, place, running, outputs)


@click.command()
@click.pass_obj
def down(place: Place) -> None:
    """Stop the local AWS. Its state is kept for the next `tocsin up`."""
    console = Console(highlight=False)
    with _errors_as_messages():
        from infra.local import lifecycle

        with _step(console, "stopping the local aws"):
            lifecycle.stop(place.local_dir)
        _print(console, f"its state is kept in {place.local_dir}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def inbox(place: Place, as_json: bool) -> None:
    """Show the e-mail and SMS that the local AWS delivered, newest last."""
    with _errors_as_messages():
        from infra.local.inbox import read_inbox
        from infra.local.paths import StatePaths

        deliveries = read_inbox(StatePaths.of(place.local_dir).inbox)
    console = Console(highlight=False, soft_wrap=True)
    for delivery in deliveries:
        if as_json:
            click.echo(json.dumps(asdict(delivery), default=str, ensure_ascii=False))
        else:
            _print_delivery(console, delivery)
    if not deliveries and not as_json:
        _print(console, "nothing was delivered yet")


def _start(console: Console, place: Place, port: int | None, *, fresh: bool) -> "Running":
    from infra.local import lifecycle
    from infra.local.errors import AlreadyRunning

    running = lifecycle.find_running(place.local_dir)
    if running is not None:
        if fresh or port not in (None, running.port):
            raise AlreadyRunning(place.local_dir, running.endpoint_url, running.pid)
        return running
    with _step(console, "starting the local aws"):
        running = lifecycle.start(place.local_dir, port or DEFAULT_PORT, fresh=fresh)
    if running.recovered:
        _print(console, _recovery(running.recovered))
    return running


def _recovery(recovered: "Recovered") -> str:
    state = f"of {recovered.saved_at}" if recovered.saved_at else "empty: nothing had been saved"
    return f"the one before (pid {recovered.pid}) was killed; the state is {state}"


def _session(running: "Running") -> "boto3.Session":
    import boto3

    return boto3.Session(_ROOT_KEY, _ROOT_KEY, region_name=running.region)


def _deploy(
    console: Console,
    place: Place,
    running: "Running",
    session: "boto3.Session",
    parameters: Mapping[str, str],
) -> dict[str, str]:
    from infra.local.deploy import deploy

    with _step(console, "deploying") as say:
        return deploy(
            session,
            place.project_root / "template.yaml",
            stack_name=running.stack_name,
            parameters=parameters,
            endpoint_url=running.endpoint_url,
            on_progress=say,
        )


def _operator_files(
    place: Place, feeds: Path | None, topics: Path | None
) -> tuple[Path | None, Path | None]:
    """What was asked for, else the files of the checkout that there are."""
    usual = (place.project_root / "feeds.yaml", place.project_root / "topics.yaml")
    found = [path if path.is_file() else None for path in usual]
    return feeds or found[0], topics or found[1]


def _apply(
    console: Console,
    session: "boto3.Session",
    running: "Running",
    outputs: Mapping[str, str],
    files: tuple[Path | None, Path | None],
) -> None:
    feeds, topics = files
    from tocsin.cli.apply import apply_files
    from tocsin.cli.target import Account

    account = Account(session, running.stack_name, dict(outputs), running.endpoint_url)
    with _step(console, "applying feeds and topics"):
        apply_files(account, feeds, topics)


def _tell_where(
    console: Console, place: Place, running: "Running", outputs: Mapping[str, str]
) -> None:
    from infra.local.paths import StatePaths

    paths = StatePaths.of(place.local_dir)
    rows = {
        "endpoint": running.endpoint_url,
        "http api": outputs.get(_API_URL, "none in this template"),
        "state": f"{paths.root}",
        "log": f"{paths.log}",
        "inbox": f"{paths.inbox}  (tocsin inbox)",
        "stop": "tocsin down",
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(Text(name), Text(value))
    console.print(table)


def _print_delivery(console: Console, delivery: "Delivery") -> None:
    at = delivery.at.strftime("%Y-%m-%d %H:%M:%S")
    head = f"{at}  {delivery.protocol} to {delivery.to}"
    console.print(Text(f"{head}  {delivery.subject}".rstrip(), style="bold"))
    for line in delivery.body.splitlines():
        _print(console, f"    {line}")
    _print(console, "")


def _print(console: Console, text: str) -> None:
    """Foreign text may hold square brackets, which are not rich's markup."""
    console.print(text, markup=False)


@contextmanager
def _step(console: Console, what: str) -> Iterator[Callable[[str], None]]:
    """A line for what is being done: on a terminal with a spinner, in a log as plain lines."""
    begun = time.monotonic()
    if console.is_terminal:
        with console.status(Text(what)) as status:
            yield lambda line: status.update(Text(f"{what}: {line}"))
    else:
        _print(console, f"{what} ...")
        yield lambda line: _print(console, f"  {line}")
    _print(console, f"{what}: done in {time.monotonic() - begun:.1f} s")


@contextmanager
def _errors_as_messages() -> Iterator[None]:
    try:
        from infra.local.errors import LocalAwsError
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "the local aws is part of a checkout of the project; run this there, after `make setup`"
        ) from error
    try:
        yield
    except (LocalAwsError, TocsinError) as error:
        raise click.ClickException(str(error)) from error
