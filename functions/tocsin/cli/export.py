"""`tocsin export`: a range of the archive into a file."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from tocsin import __version__
from tocsin.archive.answers import Asked
from tocsin.archive.columns import COLUMNS
from tocsin.archive.filters import Filters
from tocsin.archive.parquet import write
from tocsin.archive.ranges import Ranges
from tocsin.archive.records import NOT_IN_SHARDS, Key
from tocsin.archive.search import Shards
from tocsin.aws.captures import Captures
from tocsin.cli.screen import when
from tocsin.cli.search import search_command
from tocsin.cli.target import SEARCH_CONNECTIONS, Account, Place, connect
from tocsin.errors import InputError
from tocsin.pipeline.export import (
    Checkpoint,
    Csv,
    Exporting,
    Format,
    JsonLines,
    Warc,
    articles,
    begin,
    digest_of,
    export,
)
from tocsin.query.inflection import StemsAlone

FORMATS = ("csv", "jsonl", "parquet", "warc")
STATE_SUFFIX = ".export.json"  # beside the output, until it is whole
_ROOM = 64 << 20  # of parts of shards that are read, however much is exported
_OPEN_SHARDS = 64
_PIPE = "-"
# The index does not say how an article's page was had.
_IN_INDEX = [each for each in COLUMNS if each.name not in NOT_IN_SHARDS]
# What is asked for is asked for as in a search.
_ASKED = [each for each in search_command.params if each.name in {"query", *Filters.model_fields}]


@click.command("export", params=_ASKED)
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option(
    "--output", required=True, metavar="FILE", help="Where to; - for standard output, as a stream."
)
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, for Excel.")
@click.pass_obj
def export_command(
    place: Place, /, form: str, output: str, bom: bool, query: str, **filters: Any
) -> None:
    """Write every article that a search would find to a file, newest first.

    csv: what spreadsheets read, and run no formula of. jsonl: one article a line, whole. parquet:
    the columns of docs/sql.md. warc: the articles' pages as they were served, as far as they are
    still kept. Articles that come after the export began are not in it. An export that was
    interrupted goes on where it ended, when it is run again in the same words: the file is then the
    same as if nothing had happened. Parquet begins again.
    """
    if bom and form != "csv":
        raise click.UsageError("--bom is for CSV; the other formats have no use for it")
    if form == "parquet" and output == _PIPE:
        raise click.UsageError("parquet is written to a file: its table of contents is at the end")
    account = connect(place)
    asked = Asked(query=query, filters=Filters(**filters))
    options = [form, *["bom"] * bom, account.outputs["Bucket"]]
    with ThreadPoolExecutor(SEARCH_CONNECTIONS) as executor:
        shards = Shards(Ranges(account.archive_bucket, executor, _ROOM), executor, _OPEN_SHARDS)
        outside = Exporting(account.shards.read, shards, StemsAlone())
        if form == "parquet":
            run_parquet(asked, Path(output), outside)
            return
        made = format_of(form, bom, output, account, executor)
        run(asked, options, made, output, outside)


def format_of(form: str, bom: bool, output: str, account: Account, executor: Executor) -> Format:
    if form == "csv":
        return Csv(bom)
    if form == "jsonl":
        return JsonLines()
    table, bucket = account.outputs["ArticlesTable"], account.outputs["Bucket"]
    captures = Captures(account.client("dynamodb"), table, account.client("s3"), bucket)
    name = "tocsin.warc.gz" if output == _PIPE else Path(output).name
    return Warc(captures, executor, f"Tocsin/{__version__}", name)


def run(asked: Asked, options: list[str], form: Format, output: str, outside: Exporting) -> None:
    fresh = begin(asked, options, datetime.now(UTC))
    if output == _PIPE:
        pipe = Pipe(sys.stdout.buffer)
        done = _shown(export(asked, form, fresh, pipe, outside), fresh)
    else:
        path = Path(output)
        at = resumed(path, digest_of(asked, options)) or fresh
        with opened(path, at) as file:
            done = _shown(export(asked, form, at, file, outside), at)
        state_of(path).unlink()
    click.echo(summary(done), err=output == _PIPE)


def run_parquet(asked: Asked, path: Path, outside: Exporting) -> None:
    """The file is there when it is whole, and not before."""
    if path.exists():
        raise InputError("output", f"{path} is there already; remove it, or name another file")
    part = path.with_name(f"{path.name}.part")
    try:
        exported = write(articles(asked, datetime.now(UTC), outside), part, _IN_INDEX)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"exported: {exported:,}", err=True)


def summary(done: Checkpoint) -> str:
    said = f"exported: {done.exported:,}"
    if done.missing:
        said += f"; captures missing: {done.missing:,} (their time was over)"
    if done.unkept:
        said += f"; without a capture: {done.unkept:,} (their pages were not kept as served)"
    return said


# ── files ──


@dataclass(frozen=True)
class Pipe:
    """Nothing of it is remembered: whoever reads it has it."""

    stream: BinaryIO

    def write(self, body: bytes) -> None:
        self.stream.write(body)

    def save(self, _: Checkpoint, /) -> None:
        self.stream.flush()


@dataclass(frozen=True)
class LocalFile:
    path: Path
    stream: BinaryIO

    def write(self, body: bytes) -> None:
        self.stream.write(body)

    def save(self, checkpoint: Checkpoint, /) -> None:
        """The file first: it is never shorter than its state says."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        save_state(self.path, checkpoint)


def state_of(path: Path) -> Path:
    return path.with_name(path.name + STATE_SUFFIX)


def save_state(path: Path, checkpoint: Checkpoint) -> None:
    """In one step: a crash leaves the former state, or this one."""
    state, new = state_of(path), state_of(path).with_suffix(".new")
    with new.open("w") as file:
        file.write(checkpoint.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    new.replace(state)


def resumed(path: Path, digest: str) -> Checkpoint | None:
    """Where an export into this file was interrupted; None where none was. Raises InputError."""
    state = state_of(path)
    if not state.is_file():
        if path.exists():
            raise InputError("output", f"{path} is there already; remove it, or name another file")
        return None
    remedy = f"remove {path} and {state} to begin again"
    try:
        at = Checkpoint.model_validate_json(state.read_bytes())
    except ValidationError as error:
        raise InputError("output", f"{state} cannot be read; {remedy}") from error
    if at.digest != digest:
        raise InputError(
            "output", f"{path} is part of another export; run that one again, or {remedy}"
        )
    if not path.is_file() or path.stat().st_size < at.size:
        raise InputError("output", f"{path} is shorter than its export says it was; {remedy}")
    return at


@contextmanager
def opened(path: Path, at: Checkpoint) -> Iterator[LocalFile]:
    """Without what a crash left beyond the checkpoint. The state is there before the file is."""
    if not state_of(path).is_file():
        save_state(path, at)
    with path.open("r+b" if path.exists() else "w+b") as stream:
        stream.truncate(at.size)
        stream.seek(at.size)
        yield LocalFile(path, stream)


# ── progress ──


def _shown(steps: Iterator[tuple[Checkpoint, Key | None]], at: Checkpoint) -> Checkpoint:
    """Goes through the export; on a terminal says how far it is."""
    err = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not err.is_terminal:
        return _through(steps, at, lambda _: None)
    with err.status(Text("exporting")) as status:
        return _through(steps, at, lambda said: status.update(Text(said)))


def _through(
    steps: Iterator[tuple[Checkpoint, Key | None]], at: Checkpoint, tell: Callable[[str], None]
) -> Checkpoint:
    for checkpoint, last in steps:
        at = checkpoint
        if last:
            back_to = when(datetime.fromtimestamp(last[0], UTC))
            tell(f"{at.exported:,} articles, {at.size / 1e6:,.1f} MB, back to {back_to} UTC")
    return at
