"""The lake on moto: from an ingested page to rows of SQL, by way of the night's run."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.archive import a_record
from tests.builders import ARTICLE_URL, NOW, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.functional.documents import PARAGRAPHS, page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.archive.columns import COLUMNS
from tocsin.archive.manifest import DELETED
from tocsin.archive.records import Record, key_of, to_batch
from tocsin.articles.urls import identity
from tocsin.aws.archive_bucket import ArchiveBucket
from tocsin.aws.batches import Batches
from tocsin.aws.lake_bucket import LakeBucket
from tocsin.aws.shards_table import ShardsTable
from tocsin.cli import duck
from tocsin.cli.target import Account
from tocsin.handlers import archive as door
from tocsin.model.archive import Swap, Void
from tocsin.pipeline.archive import archive
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.lake import Laking, rewrite, write_nightly, write_range

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
FILE = f"lake/articles/dt={YESTERDAY}/part-0.parquet"
ASKED = "SELECT id, version, title FROM news ORDER BY id"


@pytest.fixture
def in_force(put_topics: PutTopics) -> None:
    put_topics(a_topic("harbour", any=("harbour master",)))


@pytest.fixture
def laking(enter: Callable[[str], None]) -> Laking:
    enter("ArchiveFunction")
    return wiring.laking()


@pytest.fixture
def shards(stack: Stack) -> ShardsTable:
    client, name = stack.client("dynamodb"), stack.ref("ArticlesTable")
    return ShardsTable(client, name, sleep=lambda seconds: None, jitter=lambda: 0.5)


@pytest.fixture
def hand_over(shards: ShardsTable, stack: Stack) -> Callable[..., None]:
    """Articles of the day that they were first seen on, as ingest does it at `now`."""
    bucket = ArchiveBucket(stack.client("s3"), stack.ref("Bucket"))

    def add(*records: Record, now: datetime | None = None) -> None:
        Batches(bucket, shards).add(to_batch(records), len(records), records[0].seen_at, now)

    return add


@pytest.fixture
def ask(stack: Stack, tmp_path: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        bucket = LakeBucket(stack.client("s3"), stack.ref("Bucket"))
        return [*duck.ask(duck.fetch(bucket, tmp_path / "copies"), sql, 60).rows]

    return rows


def seen(day: date, number: int, **changes: Any) -> Record:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(minutes=number)
    return a_record(number, seen_at=at, **changes)


def outcomes(laking: Laking) -> dict[str, str]:
    return {e.day: e.outcome for e in write_nightly(laking) if e.outcome != "nothing"}


@pytest.mark.usefixtures("in_force")
def test_what_was_ingested_is_asked_at_once_and_is_in_a_file_the_next_night(
    web: FakeWeb,
    ingesting: Ingesting,
    enter: Callable[[str], None],
    ask: Callable[[str], list[tuple[Any, ...]]],
    clock: Clock,
    stack: Stack,
) -> None:
    web.serve(ARTICLE_URL, page())
    ingest(an_ingest_job(country="de"), ingesting)
    asked = "SELECT id, country, version, dt, seen_at, cardinality(authors) FROM news"
    before = ask(asked)
    assert [row[:4] for row in before] == [(identity(ARTICLE_URL), "de", 1, f"{TODAY}")]
    assert ask("SELECT count(*) FROM articles") == [(0,)]
    clock.advance(days=1)
    enter("ArchiveFunction")
    told = door.handler({"lake": {}}, None)
    assert told == {"written": 1, "articles": 1, "failed": {}, "left": None}
    assert list(stack.objects("lake/")) == [f"lake/articles/dt={TODAY}/part-0.parquet"]
    assert ask(asked) == before
    assert ask("SELECT count(*) FROM articles") == [(1,)]


def test_a_file_has_every_article_once_in_its_newest_version(
    laking: Laking, hand_over: Callable[..., None], ask: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    first = seen(YESTERDAY, 1, topics=("a",))
    hand_over(first, seen(YESTERDAY, 2))
    hand_over(first.model_copy(update={"version": 2, "title": "Revised"}))
    hand_over(first)
    assert outcomes(laking) == {f"{YESTERDAY}": "written"}
    assert [row[1:] for row in ask("SELECT id, version, title FROM news ORDER BY seen_at")] == [
        (2, "Revised"),
        (1, "Article 2"),
    ]


def test_a_day_is_written_again_only_where_something_changed(
    laking: Laking, hand_over: Callable[..., None], calls: Calls
) -> None:
    hand_over(seen(YESTERDAY, 1))
    assert outcomes(laking) == {f"{YESTERDAY}": "written"}
    calls.reset()
    assert outcomes(laking) == {f"{YESTERDAY}": "unchanged"}
    assert "s3:PutObject" not in calls.names()
    hand_over(seen(YESTERDAY, 2))
    assert outcomes(laking) == {f"{YESTERDAY}": "written"}


def test_today_has_no_file(laking: Laking, hand_over: Callable[..., None], stack: Stack) -> None:
    hand_over(seen(TODAY, 1))
    assert outcomes(laking) == {}
    assert write_range(TODAY, TODAY + timedelta(days=9), laking) == []
    assert rewrite([TODAY], laking) == []
    assert stack.objects("lake/") == {}


def test_a_night_makes_up_for_those_that_were_missed(
    laking: Laking, hand_over: Callable[..., None]
) -> None:
    """However many they were."""
    days = [TODAY - timedelta(days=back) for back in (400, 30, 3, 1)]
    for day in days:
        hand_over(seen(day, 1))
    assert outcomes(laking) == {f"{day}": "written" for day in days}


def test_what_comes_late_is_in_the_file_of_its_day_the_next_night(
    laking: Laking, hand_over: Callable[..., None], ask: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    long_ago = TODAY - timedelta(days=300)
    hand_over(seen(long_ago, 1))
    assert outcomes(laking) == {f"{long_ago}": "written"}
    hand_over(seen(long_ago, 1, version=2, title="Revised"), now=NOW)
    assert outcomes(laking) == {f"{long_ago}": "written"}
    assert [row[1:] for row in ask(ASKED)] == [(2, "Revised")]
    assert outcomes(laking) == {f"{long_ago}": "unchanged"}


@pytest.mark.usefixtures("in_force")
def test_a_new_version_is_of_the_day_that_its_article_is_of(
    web: FakeWeb,
    ingesting: Ingesting,
    clock: Clock,
    enter: Callable[[str], None],
    ask: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    web.serve(ARTICLE_URL, page())
    ingest(an_ingest_job(), ingesting)
    enter("ArchiveFunction")
    clock.advance(days=9)
    write_nightly(wiring.laking())
    more = "A second ferry has been found, and it sails at noon with everybody on it." * 2
    web.serve(ARTICLE_URL, page(paragraphs=(*PARAGRAPHS, more)))
    entry = an_entry(title="What the feed says now", updated_at=clock.now)
    (told,) = ingest(an_ingest_job(entry, seen_at=clock.now), ingesting)
    assert told.outcome == "revised"
    assert ask("SELECT version, dt FROM news") == [(1, f"{TODAY}")]
    clock.advance(days=1)
    write_nightly(wiring.laking())
    assert ask("SELECT version, dt FROM news") == [(2, f"{TODAY}")]


def a_void(record: Record) -> Void:
    second, article_id = key_of(record)
    return Void(second=second, article_id=article_id, version=DELETED)


def test_who_is_deleted_is_in_no_file(
    laking: Laking,
    hand_over: Callable[..., None],
    shards: ShardsTable,
    ask: Callable[[str], list[tuple[Any, ...]]],
    stack: Stack,
) -> None:
    gone, stays = seen(YESTERDAY, 1), seen(YESTERDAY, 2)
    hand_over(gone, stays)
    write_nightly(laking)
    assert shards.swap(Swap(voids=(a_void(gone),), at=1))
    (told,) = rewrite([YESTERDAY], laking)
    assert (told.outcome, told.articles) == ("written", 1)
    assert [row[0] for row in ask(ASKED)] == [stays.id]
    assert shards.swap(Swap(voids=(a_void(stays),), at=1))
    (told,) = rewrite([YESTERDAY], laking)
    assert told.outcome == "emptied"
    assert stack.objects("lake/") == {}


CALLS_OF_A_NIGHT = 20  # at least; before and after each of which the run below dies


@pytest.mark.parametrize("number", [*range(1, CALLS_OF_A_NIGHT + 1, 2)])
def test_a_crash_leaves_what_was_or_what_is_to_be(
    number: int,
    laking: Laking,
    hand_over: Callable[..., None],
    calls: Calls,
    ask: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    days = [YESTERDAY - timedelta(days=back) for back in (1, 0)]
    for day in days:
        hand_over(seen(day, day.day))
    calls.reset()
    calls.after(None, crash, nth=number)
    with pytest.raises(Crash):
        write_nightly(laking)
    assert len(ask(ASKED)) == 2
    write_nightly(laking)
    assert len(ask(ASKED)) == len(ask("SELECT id FROM articles")) == 2


def test_a_batch_that_cannot_be_read_is_named_and_holds_up_no_other_day(
    laking: Laking, hand_over: Callable[..., None], stack: Stack
) -> None:
    hand_over(seen(YESTERDAY, 1))
    damaged = YESTERDAY - timedelta(days=1)
    key = f"batch/dt={damaged}/damaged.jsonl.gz"
    stack.client("s3").put_object(Bucket=stack.ref("Bucket"), Key=key, Body=b"no gzip")
    told = door.handler({"lake": {}}, None)
    assert told["written"] == 1
    assert list(told["failed"]) == [f"{damaged}"]
    assert key in told["failed"][f"{damaged}"]
    assert list(stack.objects("lake/")) == [FILE]


def test_articles_of_another_day_are_left_to_that_day_and_counted(
    laking: Laking, hand_over: Callable[..., None]
) -> None:
    other = seen(YESTERDAY - timedelta(days=5), 2)
    hand_over(seen(YESTERDAY, 1), other)
    (told,) = [each for each in write_nightly(laking) if each.outcome == "written"]
    assert (told.day, told.articles, told.strays) == (f"{YESTERDAY}", 1, 1)


def test_days_that_there_is_no_time_for_are_left_to_the_next_run(
    laking: Laking,
    hand_over: Callable[..., None],
    clock: Clock,
    calls: Calls,
    stack: Stack,
) -> None:
    days = [TODAY - timedelta(days=back) for back in (20, 10)]
    for day in days:
        hand_over(seen(day, 1))
    calls.after("s3:PutObject", lambda: clock.advance(minutes=13))
    asked = {"since": f"{days[0]}", "until": f"{days[1]}"}
    told = door.handler({"lake": asked}, None)
    assert (told["written"], told["left"]) == (1, f"{days[1]}")
    told = door.handler({"lake": asked | {"since": told["left"]}}, None)
    assert (told["written"], told["left"]) == (1, None)
    assert len(stack.objects("lake/")) == 2


# The commands


@pytest.fixture
def invoked(monkeypatch: pytest.MonkeyPatch, enter: Callable[[str], None]) -> None:
    """Functions run in this process."""
    enter("ArchiveFunction")

    def invoke(account: Account, function: str, event: dict[str, Any] | None = None) -> Any:
        assert function == "ArchiveFunction"
        return door.handler(event or {}, None)

    monkeypatch.setattr(Account, "invoke", invoke)


@pytest.fixture
def months(hand_over: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[date]]:
    """Articles of days that named queries look at, by the clock of this machine."""
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=back) for back in (40, 2, 1, 0)]
    at = {day: datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days}
    old, before, yesterday, now = days

    def one(number: int, day: date, minutes: float = 0, **changes: Any) -> Record:
        return a_record(number, seen_at=at[day] + timedelta(minutes=minutes), **changes)

    hand_over(one(1, old, topics=("floods",), story_id="x"))
    hand_over(
        one(2, before, 0, topics=("floods", "storms"), story_id="s", publisher="Harbour Post"),
        one(3, before, 3.5, topics=("floods",), story_id="s", publisher="Bote"),
        one(4, before, 9, topics=("floods",), story_id="s", publisher="Harbour Post"),
    )
    hand_over(one(5, yesterday, topics=(), publisher="Bote", title="=1+1", story_id="t"))
    hand_over(one(6, now, topics=("storms", "floods"), story_id="u", publisher="Bote"))
    hand_over(one(6, now, topics=("storms", "floods"), story_id="u", publisher="Bote", version=2))
    return days


NAMED = {
    "volume": [
        ("{now}", "floods", 1, 1),
        ("{now}", "storms", 1, 1),
        ("{before}", "floods", 3, 2),
        ("{before}", "storms", 1, 1),
    ],
    "shares": [
        ("floods", "Bote", 2, 50.0),
        ("floods", "Harbour Post", 2, 50.0),
        ("storms", "Bote", 1, 50.0),
        ("storms", "Harbour Post", 1, 50.0),
    ],
    "first": [("Harbour Post", 1, 3.5)],
    "together": [("floods", "storms", 2)],
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.usefixtures("invoked")
def test_a_named_query_answers_the_same_before_and_after_the_night(
    name: str, months: list[date], tocsin: Callable[..., Result], clock: Clock
) -> None:
    import json

    clock.now = datetime.now(UTC)
    wanted = [
        tuple(v.format(now=months[3], before=months[1]) if isinstance(v, str) else v for v in row)
        for row in NAMED[name]
    ]
    for _ in range(2):
        out = done(tocsin("sql", "--engine", "duckdb", "--named", name, "--json"))
        rows = [tuple(json.loads(each).values()) for each in out.splitlines() if each[0] == "{"]
        assert rows == wanted
        assert "3 days written, 5 articles" in (said := done(tocsin("lake"))) or "0 days" in said


@pytest.mark.usefixtures("invoked", "months")
def test_values_in_csv_are_no_formulas(tocsin: Callable[..., Result]) -> None:
    asked = "SELECT title, authors, paywalled, seen_at FROM news WHERE title LIKE '=%'"
    out = done(tocsin("sql", "--engine", "duckdb", "--csv", asked))
    head, row = out.splitlines()[:2]
    assert head == "title,authors,paywalled,seen_at"
    assert row.startswith("'=1+1,[],,")
    assert row.endswith("00:00:00.000")


def test_the_list_shows_named_queries_and_print_their_text(tocsin: Callable[..., Result]) -> None:
    shown = done(tocsin("sql", "--list"))
    assert all(name in shown for name in NAMED)
    assert "FROM news" in done(tocsin("sql", "--named", "volume", "--print"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("SELECT nothing FROM news",), 'column "nothing"'),
        (("SELECT * FROM nowhere",), "docs/sql.md"),
        (("DROP VIEW news",), "only what reads"),
        (("SELECT 1; DROP VIEW news",), "not one statement"),
        (("SELECT * FROM read_csv('/etc/passwd')",), "disabled"),
        (("SELECT * FROM 'http://127.0.0.1:1/a.csv'",), "disabled"),
        (("--named", "volum"), "no named query 'volum'"),
        ((), "--list"),
        (("SELECT 1", "--named", "volume"), "--list"),
    ],
)
def test_what_cannot_be_asked_is_named_with_the_remedy(
    asked: tuple[str, ...], said: str, tocsin: Callable[..., Result]
) -> None:
    result = tocsin("sql", "--engine", "duckdb", *asked)
    assert result.exit_code != 0
    assert said in f"{result.output} {result.exception}"


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    from tocsin.errors import SqlFailed

    copies = duck.Copies(tmp_path, (), (), 0)
    endless = (
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"
    )
    with pytest.raises(SqlFailed, match="--timeout"):
        [*duck.ask(copies, endless, 0.05).rows]


def test_copies_follow_the_bucket(
    laking: Laking, hand_over: Callable[..., None], stack: Stack, tmp_path: Path
) -> None:
    bucket = LakeBucket(stack.client("s3"), stack.ref("Bucket"))
    hand_over(seen(YESTERDAY, 1))
    copies = duck.fetch(bucket, tmp_path)
    assert (len(copies.articles), len(copies.arrivals)) == (0, 1)
    write_nightly(laking)
    copies = duck.fetch(bucket, tmp_path)
    assert (len(copies.articles), len(copies.arrivals)) == (1, 0)
    hand_over(seen(YESTERDAY, 2))
    write_nightly(laking)
    copies = duck.fetch(bucket, tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [*copies.articles]
    assert duck.fetch(bucket, tmp_path, TODAY).articles == ()


def test_more_than_a_machine_takes_is_refused(
    laking: Laking,
    hand_over: Callable[..., None],
    stack: Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tocsin.errors import SqlFailed

    hand_over(seen(YESTERDAY, 1))
    monkeypatch.setattr(duck, "MOST_BYTES", 10)
    with pytest.raises(SqlFailed, match="Athena reads all"):
        duck.fetch(LakeBucket(stack.client("s3"), stack.ref("Bucket")), tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_file_of_an_earlier_version_lacks_columns_and_is_read_all_the_same(
    tmp_path: Path,
) -> None:
    import duckdb

    folder = tmp_path / "articles" / "dt=2030-01-01"
    folder.mkdir(parents=True)
    path = folder / "old.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS id, 'a' AS title) TO '{path}' (FORMAT parquet)")
    copies = duck.Copies(tmp_path, (path,), (), 1)
    asked = "SELECT id, title, agency, topics, dt FROM news"
    assert [*duck.ask(copies, asked, 60).rows] == [("x", "a", None, None, "2030-01-01")]


@pytest.mark.usefixtures("invoked")
def test_lake_goes_on_until_nothing_is_left_and_names_what_failed(
    tocsin: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def invoke(account: Account, function: str, event: dict[str, Any]) -> dict[str, Any]:
        asked.append(event["lake"])
        first = len(asked) == 1
        failed = {"2031-01-02": "batch 'x' cannot be read"} if first else {}
        left = "2031-01-05" if first else None
        return {"written": 2, "articles": 7, "failed": failed, "left": left}

    monkeypatch.setattr(Account, "invoke", invoke)
    result = tocsin("lake", "--since", "2031-01-01", "--until", "2031-01-09")
    assert asked == [
        {"since": "2031-01-01", "until": "2031-01-09"},
        {"since": "2031-01-05", "until": "2031-01-09"},
    ]
    assert result.exit_code == 1
    assert "2031-01-02: batch 'x' cannot be read" in result.output
    assert tocsin("lake", "--until", "2031-01-09").exit_code == 2


# Forgetting and exporting


@pytest.fixture
def stored(
    web: FakeWeb, ingesting: Ingesting, clock: Clock, in_force: None, enter: Callable[[str], None]
) -> tuple[str, str]:
    """Two articles of a day long past, in its file."""
    urls = (ARTICLE_URL, f"{ARTICLE_URL}-2")
    for url in urls:
        web.serve(url, page(title=url))
    ingest(an_ingest_job(*(an_entry(url, title=url) for url in urls)), ingesting)
    clock.advance(days=99)
    enter("ArchiveFunction")
    assert "written" in outcomes(wiring.laking()).values()
    return identity(urls[0]), identity(urls[1])


def test_who_is_forgotten_is_in_no_file(
    stored: tuple[str, str],
    tocsin: Callable[..., Result],
    ask: Callable[[str], list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    monkeypatch.setattr(sys.modules["tocsin.cli.forget"], "utc_now", clock)
    gone, stays = stored
    said = done(tocsin("forget", "--article", gone, "--yes"))
    assert "days of the lake written anew: 1" in said
    assert [row[0] for row in ask("SELECT id FROM articles")] == [stays]
    assert [row[0] for row in ask("SELECT id FROM news")] == [stays]
    assert "written anew: 1" in done(tocsin("forget", "--article", stays, "--yes"))
    assert ask("SELECT id FROM news") == []


def test_what_an_interrupted_run_left_in_a_file_is_gone_after_the_night(
    stored: tuple[str, str],
    tocsin: Callable[..., Result],
    ask: Callable[[str], list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    monkeypatch.setattr(sys.modules["tocsin.cli.forget"], "utc_now", clock)
    monkeypatch.setattr("tocsin.pipeline.forget.lake.rewrite", lambda days, outside: crash())
    with pytest.raises(Crash):
        tocsin("forget", "--article", stored[0], "--yes")
    assert len(ask("SELECT id FROM articles")) == 2
    assert "written" in outcomes(wiring.laking()).values()
    assert [row[0] for row in ask("SELECT id FROM articles")] == [stored[1]]


def test_an_export_to_parquet_has_the_columns_of_the_lake(
    hand_over: Callable[..., None],
    enter: Callable[[str], None],
    tocsin: Callable[..., Result],
    tmp_path: Path,
) -> None:
    """Of what there was when it began, by the clock of this machine."""
    import duckdb

    records = [seen(date(2026, 1, 1), number) for number in (1, 2)]
    hand_over(*records)
    enter("ArchiveFunction")
    archive(wiring.archiving())
    result = tocsin("export", "--format", "parquet", "--output", "out.parquet")
    assert "exported: 2" in done(result)
    read = duckdb.execute(f"SELECT * FROM read_parquet('{tmp_path / 'out.parquet'}')")
    assert [each[0] for each in read.description or ()] == [
        each.name for each in COLUMNS if each.name not in ("text_from", "page_outcome")
    ]
    assert {row[0] for row in read.fetchall()} == {each.id for each in records}
    again = tocsin("export", "--format", "parquet", "--output", "out.parquet")
    assert "is there already" in f"{again.output} {again.exception}"
    assert tocsin("export", "--format", "parquet", "--output", "-").exit_code == 2
    assert not [*tmp_path.glob("*.part")]
