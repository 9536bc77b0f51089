"""`tocsin up`, `down` and `inbox`: the embedded AWS of a checkout.

`infra` is beside the package and not in its wheel, so it is imported when a command runs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.cli.apply import apply_files, operator_files
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.screen import screen, step, table
from tocsin.cli.target import LOCAL_KEY, Account, Place, lexicon_file

if TYPE_CHECKING:
    from infra.local.inbox import Delivery
    from infra.local.running import Recovered, Running

DEFAULT_PORT = 4566  # what every AWS emulator listens on, and what SDK examples point at
_LOCAL_PARAMETERS = {
    "OperatorContact": "local@example.org",
    # The emulator speaks plain HTTP, and honours aws:SecureTransport.
    "RequireTls": "false",
    # Nothing is sent from here, and nothing costs: SMS can be tried, too.
    "EnableSms": "true",
    "SmsCountries": "AT,CH,DE,FR,GB,PL,UA,US",
}
_ALLOWED_ENDPOINTS = "AllowedEndpoints"  # parameter of the template
_API_URL = "HttpApiUrl"  # output of the template
_FILE = click.Path(dir_okay=False, path_type=Path)


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
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="TOCSIN_LOCAL_PORT",
    help=f"Port on 127.0.0.1 [{DEFAULT_PORT}].",
)
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
    out = screen()
    allowed = {_ALLOWED_ENDPOINTS: ",".join(allow)} if allow else {}
    with local_errors():
        account = bring_up(out, place, port, fresh=fresh, parameters=allowed | parameters)
        if not no_apply:
            with step(out, "applying feeds and topics"):
                lexicon = Lexicon(lexicon_file(place))
                apply_files(account, *operator_files(place, feeds, topics), lexicon)
        _tell_where(out, place, account)


@click.command()
@click.pass_obj
def down(place: Place) -> None:
    """Stop the local AWS. Its state is kept for the next `tocsin up`."""
    out = screen()
    with local_errors():
        from infra.local import lifecycle

        with step(out, "stopping the local aws"):
            lifecycle.stop(place.local_dir)
        out.print(f"its state is kept in {place.local_dir}", soft_wrap=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def inbox(place: Place, as_json: bool) -> None:
    """Show the e-mail and SMS that the local AWS delivered, newest last."""
    with local_errors():
        from infra.local.inbox import read_inbox
        from infra.local.paths import StatePaths

        deliveries = read_inbox(StatePaths.of(place.local_dir).inbox)
    if as_json:
        for delivery in deliveries:
            click.echo(json.dumps(asdict(delivery), default=str, ensure_ascii=False))
        return
    out = screen()
    for delivery in deliveries:
        print_delivery(out, delivery)
    if not deliveries:
        out.print("nothing was delivered yet")


def bring_up(
    out: Console,
    place: Place,
    port: int | None = None,
    *,
    fresh: bool = False,
    parameters: Mapping[str, str] | None = None,
) -> Account:
    """The stack on a local AWS that runs from now on, or did so already. Raises a LocalAwsError."""
    from infra.local.deploy import deploy

    running = _start(out, place, port, fresh=fresh)
    session = boto3.Session(LOCAL_KEY, LOCAL_KEY, region_name=running.region)
    with step(out, "deploying") as say:
        outputs = deploy(
            session,
            place.project_root / "template.yaml",
            stack_name=running.stack_name,
            parameters=_LOCAL_PARAMETERS | dict(parameters or {}),
            endpoint_url=running.endpoint_url,
            on_progress=say,
        )
    return Account(session, running.stack_name, outputs, running.endpoint_url)


def _start(out: Console, place: Place, port: int | None, *, fresh: bool) -> "Running":
    from infra.local import lifecycle
    from infra.local.errors import AlreadyRunning

    running = None if fresh else lifecycle.find_running(place.local_dir)
    if running is not None:
        if port not in (None, running.port):
            raise AlreadyRunning(place.local_dir, running.endpoint_url, running.pid)
        return running
    with step(out, "starting the local aws"):
        running = lifecycle.start(place.local_dir, port or DEFAULT_PORT, fresh=fresh)
    if running.recovered:
        out.print(_recovery(running.recovered), soft_wrap=True)
    return running


def _recovery(recovered: "Recovered") -> str:
    state = f"of {recovered.saved_at}" if recovered.saved_at else "empty: nothing had been saved"
    return f"the one before (pid {recovered.pid}) was killed; the state is {state}"


def _tell_where(out: Console, place: Place, account: Account) -> None:
    from infra.local.paths import StatePaths

    paths = StatePaths.of(place.local_dir)
    rows = {
        "endpoint": str(account.endpoint_url),
        "http api": account.outputs.get(_API_URL, "none in this template"),
        "state": f"{paths.root}",
        "log": f"{paths.log}",
        "inbox": f"{paths.inbox}  (tocsin inbox)",
        "stop": "tocsin down",
    }
    out.print(table(("local aws", "where"), rows.items()))


def print_delivery(out: Console, delivery: "Delivery") -> None:
    head = f"{delivery.at:%Y-%m-%d %H:%M:%S}  {delivery.protocol} to {delivery.to}"
    out.print(Text(one_line(f"{head}  {delivery.subject}").rstrip(), style="bold"), soft_wrap=True)
    for line in delivery.body.splitlines():
        out.print(f"    {one_line(line)}".rstrip(), soft_wrap=True)
    out.print()


@contextmanager
def local_errors() -> Iterator[None]:
    """What goes wrong around the local AWS, as one message and exit code 1."""
    try:
        from infra.local.errors import LocalAwsError
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "the local aws is part of a checkout of the project; run this there, after `make setup`"
        ) from error
    try:
        yield
    except (LocalAwsError, OSError) as error:
        raise click.ClickException(str(error)) from error
