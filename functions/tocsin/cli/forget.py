"""`tocsin forget`: every trace of somebody or something goes."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.aws.lake_bucket import LakeBucket
from tocsin.aws.removal import ForgottenObjects, ForgottenRows, ForgottenStories
from tocsin.cli.screen import screen
from tocsin.cli.subscribers import forget_subscriber
from tocsin.cli.target import SEARCH_CONNECTIONS, Account, Place, connect
from tocsin.errors import InputError
from tocsin.pipeline.archive import Archiving
from tocsin.pipeline.forget import Removed
from tocsin.pipeline.forget import forget as forget_all
from tocsin.pipeline.forgetting import (
    MAX_TITLES,
    Forgetting,
    Found,
    Wanted,
    find,
    wanted_article,
)
from tocsin.pipeline.lake import Laking

_LATER = (
    "its feeds are asked as before, and bring what is new of it: to end that take them out of your"
    " file and run `tocsin apply`"
)


@click.command()
@click.option("--article", metavar="ID|URL", help="An article, by its id or any of its URLs.")
@click.option("--publisher", metavar="NAME", help="All articles of a publisher.")
@click.option("--host", metavar="HOST", help="All articles of a host, as news.example.org.")
@click.option("--subscriber", metavar="ADDRESS", help="An address, number, URL or ARN.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what there is, and remove nothing.")
@click.pass_obj
def forget(
    place: Place,
    article: str | None,
    publisher: str | None,
    host: str | None,
    subscriber: str | None,
    yes: bool,
    dry_run: bool,
) -> None:
    """Remove every trace of somebody or something.

    Of articles: their text in all versions, their pages as they were served, their matches and
    alerts, what stories and the index of the archive have of them. They do not come back when a
    feed lists them again. Interrupted, it goes on when it is run again.
    """
    given = [each for each in (article, publisher, host, subscriber) if each]
    if len(given) != 1:
        raise click.UsageError("give one of --article, --publisher, --host, --subscriber")
    if subscriber and dry_run:
        raise click.UsageError("--dry-run is for articles")
    if subscriber:
        forget_subscriber(place, subscriber, yes=yes)
    else:
        forget_articles(connect(place), article, publisher, host, yes=yes, dry_run=dry_run)


def forget_articles(
    account: Account,
    article: str | None,
    publisher: str | None,
    host: str | None,
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    """Raises NotFoundError, InputError."""
    if host and (not host.strip() or set(host) & set("/:@ ")):
        raise InputError("host", f"{host!r} is none; write it as news.example.org")
    out = screen()
    with telling() as tell, forgetting(account, tell) as outside:
        wanted, known = Wanted(publisher=publisher or "", host=host or ""), None
        if article:
            wanted, known = wanted_article(article, outside)
        found = find(wanted, known, outside)
    for line in what_there_is(found):
        out.print(line, soft_wrap=True)
    if dry_run:
        return
    if not yes:
        click.confirm("remove all of that, for good?", abort=True)
    with telling() as tell, forgetting(account, tell) as outside:
        done = forget_all(wanted, found, outside)
    for line in what_was_forgotten(done):
        out.print(line)
    if publisher or host:
        out.print(_LATER, soft_wrap=True)


def what_there_is(found: Found) -> Iterator[str]:
    days = sorted(found.all_days)
    seen = f", seen from {days[0]} to {days[-1]}" if days else ""
    versions = sum(found.lines.values())
    yield f"articles: {len(found.days):,}{seen}; in the batches: {versions:,} lines"
    for title in found.titles:
        yield one_line(f"  {title}")
    if len(found.days) > MAX_TITLES:
        yield "  ..."


def what_was_forgotten(done: Removed) -> Iterator[str]:
    yield f"articles forgotten: {done.articles:,}"
    yield f"objects with their text removed: {done.objects:,}"
    yield f"captures removed: {done.captures:,}"
    yield f"matches and alerts removed: {done.rows:,}"
    yield f"rows of stories cleared: {done.story_rows:,}"
    yield f"shards of the index written anew: {done.shards:,}"
    yield f"lines of batches removed: {done.batch_lines:,}"
    yield f"days of the lake written anew: {done.lake_days:,}"
    if done.host_rows:
        yield f"rows of the host removed: {done.host_rows:,}"


@contextmanager
def forgetting(account: Account, tell: Callable[[str], None]) -> Iterator[Forgetting]:
    names = account.outputs
    dynamodb, s3 = account.client("dynamodb"), account.client("s3")
    with (
        ThreadPoolExecutor(SEARCH_CONNECTIONS) as executor,
        tempfile.TemporaryDirectory() as folder,
    ):
        yield Forgetting(
            articles=account.articles,
            rows=ForgottenRows(dynamodb, names["ArticlesTable"], names["FeedsTable"]),
            stories=ForgottenStories(dynamodb, names["StoriesTable"]),
            objects=ForgottenObjects(s3, names["Bucket"]),
            archiving=Archiving(
                manifests=account.shards,
                objects=account.archive_bucket,
                executor=executor,
                clock=utc_now,
                new_id=lambda: uuid.uuid4().hex,
                folder=Path(folder),
            ),
            laking=Laking(
                manifests=account.shards,
                batches=account.archive_bucket,
                files=LakeBucket(s3, names["Bucket"]),
                executor=executor,
                clock=utc_now,
                folder=Path(folder),
            ),
            executor=executor,
            clock=utc_now,
            tell=tell,
        )


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """How far it is, on a terminal."""
    err = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status(Text("forgetting")) as status:
        yield lambda said: status.update(Text(said))
