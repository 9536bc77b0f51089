"""`tocsin export`: a range of the archive in a file, whole and the same whatever interrupts it."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from warcio.archiveiterator import ArchiveIterator

from tests.archive import a_record
from tests.builders import SITE, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.functional.documents import page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.archive.export import COLUMNS
from tocsin.archive.records import Record, to_batch
from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.batches import Batches
from tocsin.aws.shards_table import ShardsTable
from tocsin.cli import export as command
from tocsin.pipeline import export as stage
from tocsin.pipeline.archive import archive, sweep
from tocsin.pipeline.archive import index as make_shards
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting

Run = Callable[..., Result]
Index = Callable[..., None]
# The clock of a command is the machine's: what it exports was seen before.
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)


def a_seen(number: int, **changes: object) -> Record:
    return a_record(number, **({"seen_at": BEGIN + timedelta(minutes=number)} | changes))


@pytest.fixture
def index(stack: Stack, enter: Callable[[str], None]) -> Index:
    """Hands articles over, and has them indexed."""
    client, table = stack.client("dynamodb"), stack.ref("ArticlesTable")
    shards = ShardsTable(client, table, sleep=lambda seconds: None, jitter=lambda: 0.5)
    objects = ArchiveBucket(stack.client("s3"), stack.ref("Bucket"))

    def add(*records: Record) -> None:
        Batches(objects, shards).add(to_batch(records), len(records), BEGIN)
        enter("ArchiveFunction")
        assert [each.outcome for each in make_shards(wiring.archiving())] == ["indexed"]

    return add


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two articles."""
    for form in (stage.Csv, stage.JsonLines, stage.Warc):
        monkeypatch.setattr(form, "at_once", 2)


def ids_in(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def numbered(*numbers: int) -> list[str]:
    return [a_record(each).id for each in numbers]


def test_everything_that_a_search_would_find_is_exported_newest_first(
    tocsin: Run, index: Index, tmp_path: Path
) -> None:
    index(*(a_seen(n, text="troops march" if n % 2 else "rain") for n in range(7)))
    said = done(tocsin("export", "troops", "--format", "jsonl", "--output", "out.jsonl"))
    assert ids_in(tmp_path / "out.jsonl") == numbered(5, 3, 1)
    first = json.loads((tmp_path / "out.jsonl").read_bytes().splitlines()[0])
    assert first["text"] == "troops march"
    assert "exported: 3" in said
    assert not list(tmp_path.glob("*.json")), "its state is gone once it is whole"


def test_filters_and_dates_are_those_of_search(tocsin: Run, index: Index, tmp_path: Path) -> None:
    index(*(a_seen(n, feed_id="a" if n % 2 else "b") for n in range(7)))
    filters = ("--feed", "a", "--since", "2024-03-01T00:02", "--until", "2024-03-01T00:05")
    done(tocsin("export", *filters, "--format", "jsonl", "--output", "out"))
    assert ids_in(tmp_path / "out") == numbered(3)


def test_csv_has_a_head_and_a_row_for_each_article(
    tocsin: Run, index: Index, tmp_path: Path
) -> None:
    index(a_seen(1, title='=HYPERLINK("http://x.example")', text="one\ntwo, three"), a_seen(2))
    done(tocsin("export", "--output", "out.csv"))
    written = (tmp_path / "out.csv").read_bytes()
    head, second, first = csv.reader(io.StringIO(written.decode(), newline=""))
    assert head == list(COLUMNS)
    assert dict(zip(head, first, strict=True))["title"] == '\'=HYPERLINK("http://x.example")'
    assert dict(zip(head, first, strict=True))["text"] == "one\ntwo, three"
    assert second[0] == a_record(2).id
    done(tocsin("export", "--bom", "--output", "mark.csv"))
    assert (tmp_path / "mark.csv").read_bytes() == b"\xef\xbb\xbf" + written


def test_it_streams_to_standard_output(tocsin: Run, index: Index, tmp_path: Path) -> None:
    index(a_seen(1), a_seen(2), a_seen(3))
    result = tocsin("export", "--format", "jsonl", "--output", "-")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == numbered(3, 2, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["template.yaml"]


CALLS_OF_AN_EXPORT = 3


def test_an_export_makes_as_many_calls_as_it_is_crashed_at_below(
    tocsin: Run, index: Index, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.archive.shard.SMALL", 0)
    index(*(a_seen(n) for n in range(7)))
    calls.reset()
    done(tocsin("export", "--output", "out.csv"))
    assert len(calls.names()) == CALLS_OF_AN_EXPORT


@pytest.mark.parametrize("number", range(1, CALLS_OF_AN_EXPORT + 1))
def test_a_crash_at_any_call_changes_nothing_of_the_file(
    number: int,
    tocsin: Run,
    index: Index,
    calls: Calls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.archive.shard.SMALL", 0)
    index(*(a_seen(n) for n in range(7)))
    done(tocsin("export", "--output", "whole.csv"))
    calls.after(None, crash, nth=number)
    with pytest.raises(Crash):
        tocsin("export", "--output", "out.csv")
    done(tocsin("export", "--output", "out.csv"))
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("where", ["write", "save"])
@pytest.mark.parametrize("part", range(1, 6))
def test_a_crash_at_any_part_of_the_file_changes_nothing_of_it(
    part: int,
    where: str,
    tocsin: Run,
    index: Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once half of the part is written, or all of it and its state is not. Meanwhile articles come
    and shards are merged and swept away."""
    index(*(a_seen(n) for n in range(7)))
    done(tocsin("export", "--output", "whole.csv"))
    with monkeypatch.context() as crashing:
        _crash_at(crashing, where, part)
        with pytest.raises(Crash):
            tocsin("export", "--output", "out.csv")
    index(a_seen(50, seen_at=datetime.now(UTC) + timedelta(days=1)))
    said = done(tocsin("export", "--output", "out.csv"))
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert "exported: 7" in said


def _crash_at(crashing: pytest.MonkeyPatch, where: str, part: int) -> None:
    original, left = getattr(command.LocalFile, where), [part]

    def crashes(self: command.LocalFile, given: object) -> None:
        left[0] -= 1
        if left[0]:
            return original(self, given)
        if isinstance(given, bytes):
            self.stream.write(given[: len(given) // 2])
            self.stream.flush()
        raise Crash

    crashing.setattr(command.LocalFile, where, crashes)


def test_another_export_does_not_go_on_in_the_file_of_one(
    tocsin: Run, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(*(a_seen(n) for n in range(7)))
    with monkeypatch.context() as crashing:
        _crash_at(crashing, "write", 3)
        with pytest.raises(Crash):
            tocsin("export", "--output", "out.csv")
    before = (tmp_path / "out.csv").read_bytes()
    for other in (("troops",), ("--feed", "a"), ("--bom",), ("--format", "jsonl")):
        refused = tocsin("export", *other, "--output", "out.csv")
        assert "part of another export" in str(refused.exception)
        assert "remove" in str(refused.exception)
    assert (tmp_path / "out.csv").read_bytes() == before


def test_a_file_that_is_there_is_left_alone(tocsin: Run, index: Index, tmp_path: Path) -> None:
    index(a_seen(1))
    (tmp_path / "out.csv").write_text("mine")
    assert "is there already" in str(tocsin("export", "--output", "out.csv").exception)
    assert (tmp_path / "out.csv").read_text() == "mine"


@pytest.mark.parametrize("spoil", ["shorten", "state"])
def test_what_cannot_be_gone_on_with_is_told_with_the_remedy(
    spoil: str, tocsin: Run, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(*(a_seen(n) for n in range(7)))
    with monkeypatch.context() as crashing:
        _crash_at(crashing, "write", 3)
        with pytest.raises(Crash):
            tocsin("export", "--output", "out.csv")
    spoilt = "out.csv" if spoil == "shorten" else "out.csv.export.json"
    (tmp_path / spoilt).write_bytes(b"{")
    refused = str(tocsin("export", "--output", "out.csv").exception)
    assert "remove out.csv and out.csv.export.json to begin again" in refused


def test_shards_that_are_swept_away_meanwhile_do_not_end_it(
    tocsin: Run,
    index: Index,
    calls: Calls,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.archive.stream._OPENED_AT_ONCE", 1)
    for number in range(6):
        index(a_seen(number, seen_at=BEGIN + timedelta(hours=number)))

    def merged_and_swept() -> None:
        archive(wiring.archiving())
        clock.advance(hours=2)
        assert sweep(wiring.archiving()).replaced == 6

    calls.after("s3:GetObject", merged_and_swept, nth=2)
    done(tocsin("export", "--format", "jsonl", "--output", "out"))
    assert ids_in(tmp_path / "out") == numbered(5, 4, 3, 2, 1, 0)


# WARC


def test_captures_are_copied_as_they_are_stored(
    tocsin: Run,
    put_topics: PutTopics,
    web: FakeWeb,
    ingesting: Ingesting,
    enter: Callable[[str], None],
    stack: Stack,
    tmp_path: Path,
) -> None:
    _ingest_pages(4, web, ingesting, put_topics, enter)
    said = done(tocsin("export", "--format", "warc", "--output", "out.warc.gz"))
    info, *pages = records_in((tmp_path / "out.warc.gz").read_bytes())
    assert info[0] == "warcinfo"
    assert sorted(url for _, url, _ in pages) == [f"{SITE}/news/{n}" for n in range(3)]
    for _, url, body in pages:
        assert body == page(title=f"Of {url}").encode()
    assert "exported: 4; without a capture: 1" in said


def test_captures_that_are_gone_are_counted(
    tocsin: Run,
    put_topics: PutTopics,
    web: FakeWeb,
    ingesting: Ingesting,
    enter: Callable[[str], None],
    stack: Stack,
    tmp_path: Path,
) -> None:
    _ingest_pages(3, web, ingesting, put_topics, enter)
    for key in stack.objects("raw/"):
        stack.client("s3").delete_object(Bucket=stack.ref("Bucket"), Key=key)
    said = done(tocsin("export", "--format", "warc", "--output", "out.warc.gz"))
    assert "captures missing: 3" in said
    assert "exported: 3" in said


def test_a_warc_file_that_was_interrupted_is_the_same(
    tocsin: Run,
    put_topics: PutTopics,
    web: FakeWeb,
    ingesting: Ingesting,
    enter: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _ingest_pages(4, web, ingesting, put_topics, enter)
    with monkeypatch.context() as crashing:
        _crash_at(crashing, "write", 3)
        with pytest.raises(Crash):
            tocsin("export", "--format", "warc", "--output", "out.warc.gz")
    begun = (tmp_path / "out.warc.gz").read_bytes()
    done(tocsin("export", "--format", "warc", "--output", "out.warc.gz"))
    whole = (tmp_path / "out.warc.gz").read_bytes()
    kinds = [kind for kind, _, _ in records_in(whole)]
    assert kinds == ["warcinfo", "response", "response", "response"]
    assert whole[: len(begun) // 2] == begun[: len(begun) // 2]


def _ingest_pages(
    count: int,
    web: FakeWeb,
    ingesting: Ingesting,
    put_topics: PutTopics,
    enter: Callable[[str], None],
) -> None:
    """In two jobs; the page of a fourth one may not be kept."""
    put_topics()
    urls = [f"{SITE}/news/{number}" for number in range(count)]
    for number, url in enumerate(urls):
        kept = {"x_robots_tag": "noarchive"} if number == 3 else {}
        web.serve(url, page(title=f"Of {url}"), **kept)
    for at, some in enumerate((urls[:2], urls[2:])):
        entries = [an_entry(url) for url in some]
        ingest(an_ingest_job(*entries, seen_at=BEGIN + timedelta(hours=at)), ingesting)
    enter("ArchiveFunction")
    archive(wiring.archiving())


def records_in(warc: bytes) -> list[tuple[str, str, bytes]]:
    return [
        (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI"),
            record.content_stream().read(),
        )
        for record in ArchiveIterator(io.BytesIO(warc))
    ]
