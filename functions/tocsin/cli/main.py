"""The `tocsin` command: options that all commands share, and where errors become words."""

import sys
from pathlib import Path

import click
from botocore.exceptions import BotoCoreError, ClientError

from tocsin import __version__
from tocsin.cli.alerts import failures, mute, snooze
from tocsin.cli.apply import apply
from tocsin.cli.articles import article, articles
from tocsin.cli.audit import audit
from tocsin.cli.demo import demo
from tocsin.cli.feed_check import add, check_feed, export, import_opml
from tocsin.cli.feed_link import feed_link
from tocsin.cli.feeds import feeds, poll
from tocsin.cli.local import down, inbox, up
from tocsin.cli.search import search_command
from tocsin.cli.stories import story, volume
from tocsin.cli.subscribers import (
    alert,
    confirm,
    forget,
    link,
    subscribe,
    subscribers,
    unsubscribe,
)
from tocsin.cli.target import Place
from tocsin.cli.topics import topics
from tocsin.cli.why import why
from tocsin.errors import TocsinError


@click.group()
@click.version_option(__version__)
@click.option("--profile", help="Talk to the real account of this AWS profile.")
@click.option("--region", help="Its region [the profile's].")
@click.option("--stack-name", help="Its stack [tocsin].")
@click.option(
    "--local-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="TOCSIN_LOCAL_DIR",
    help="Where the embedded AWS keeps its state [.local of the project].",
)
@click.pass_context
def cli(
    context: click.Context,
    profile: str | None,
    region: str | None,
    stack_name: str | None,
    local_dir: Path | None,
) -> None:
    """An alarm bell for the news.

    Commands talk to the embedded AWS where `tocsin up` started one, and to the real account else,
    or where --profile or --stack-name say so.
    """
    root = project_root(Path.cwd())
    context.obj = Place(root, (local_dir or root / ".local").resolve(), profile, region, stack_name)


for command in (
    *(up, down, inbox, demo),
    *(apply, feeds, poll, topics, alert),
    *(subscribe, confirm, subscribers, unsubscribe, link, forget),
    *(search_command, feed_link, articles, article, story, volume, why, audit),
    *(snooze, mute, failures),
):
    cli.add_command(command)


for command in (check_feed, add, import_opml, export):
    feeds.add_command(command)


def project_root(start: Path) -> Path:
    """The nearest folder upwards that holds a template.yaml, else `start`."""
    found = (folder for folder in (start, *start.parents) if (folder / "template.yaml").is_file())
    return next(found, start)


def main() -> None:
    """The console script. Exit code 1 and one line for whatever a person can mend."""
    try:
        cli()
    except (TocsinError, ClientError, BotoCoreError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
