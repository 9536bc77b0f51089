"""`tocsin topics backtest`: it foretells what ingest and alerting do; and what it prints."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import Result

from tests.archive import a_record
from tests.builders import NOW, SITE, a_feed, a_feed_state, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.matching import StemsOnly
from tests.rewrites import REWRITES
from tocsin import wiring
from tocsin.archive.records import Record, to_batch
from tocsin.aws.batches import Batches
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.cli.backtest import bench
from tocsin.cli.target import Account
from tocsin.errors import ConfigurationError, InputError, QueryError
from tocsin.jobs import IngestJob
from tocsin.model.notifications import Notification
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.archive import Archiving, archive
from tocsin.pipeline.backtest_report import Report, report_of
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting

TOPICS = """\
topics:
  - id: harbour
    name: Harbour
    any: [ferries]
  - id: peace
    name: Peace
    any: [peacekeepers]
"""
Stored = Callable[[Sequence[Record]], None]


@pytest.fixture
def stored(account: Account) -> Stored:
    """Puts records in the archive, as the archive function does."""

    def put(records: Sequence[Record]) -> None:
        with ThreadPoolExecutor(2) as threads, TemporaryDirectory() as folder:
            archiving = Archiving(
                manifests=account.shards,
                objects=account.archive_bucket,
                executor=threads,
                clock=lambda: NOW,
                new_id=lambda: f"shard-{len(records)}",
                folder=Path(folder),
            )
            batches = Batches(account.archive_bucket, account.shards)
            batches.add(to_batch(records), len(records), NOW)
            archive(archiving)

    return put


def lately(number: int, hours: float, **changes: Any) -> Record:
    """Seen so many hours ago."""
    seen_at = (datetime.now(UTC) - timedelta(hours=hours)).replace(microsecond=0)
    known = {
        "title": f"No {number}",
        "text": "The ferry sails at noon.",
        "seen_at": seen_at,
        "story_id": a_record(number).id,
    }
    return a_record(number, **(known | changes))


@pytest.fixture
def three(stored: Stored) -> None:
    stored([lately(1, 50), lately(2, 30), lately(3, 5, text="No news of the port.")])


# What it foretells


@dataclass
class Ears:
    """In place of SNS: of which topics something went out."""

    told: list[str] = field(default_factory=list)

    def publish(self, sns_topic_arn: str, notification: Notification) -> str:
        self.told.append(notification.topic_id)
        return f"m{len(self.told)}"


NIGHT = ("14:30", "14:45")
TOLD_ALIKE: dict[str, dict[str, Any]] = {
    "stories": {"once_a": "story", "update_at": (2, 3)},
    "publishers": {"min_publishers": 3},
    "reports": {"max_per_hour": 1, "not_publishers": ("Tidewater",), "quiet_hours": NIGHT},
}


def jobs() -> Iterable[tuple[int, IngestJob]]:
    """A report and what others made of it, and other news; each with the minute that it comes. Half
    of the others do not say whose report it is, and one says nothing that the topics look for."""
    rewrites = [each for each in REWRITES if each.language == "en"]
    for number, each in enumerate(rewrites):
        text = "".join(f"<p>{part}</p>" for part in each.paragraphs)
        text += "<p>Peacekeepers.</p>" if number != 2 else ""
        if number >= 3:
            text = text.replace("(AP) - ", "").replace("Associated Press", "Post")
        entry = an_entry(f"{SITE}/{number}", title=each.title, content_html=text)
        yield 7 * number, an_ingest_job(entry, publisher=each.outlet)
    for number in range(3):
        text = f"<p>Number {number} was told of peacekeepers by the council of port {number}.</p>"
        entry = an_entry(f"{SITE}/x{number}", title=f"Council of port {number}", content_html=text)
        yield 42 + 21 * number, an_ingest_job(entry, publisher=f"Bay {number}")


def test_it_foretells_what_ingest_and_alerting_then_do(
    put_topics: PutTopics,
    ingesting: Ingesting,
    alerting: Alerting,
    account: Account,
    clock: Clock,
    enter: Callable[[str], None],
) -> None:
    put_topics(
        *(a_topic(name, any=("peacekeepers",), alert=said) for name, said in TOLD_ALIKE.items())
    )
    ears, coming = Ears(), dict(jobs())
    for minute in range(135):
        if minute in coming:
            ingest(coming[minute].model_copy(update={"seen_at": clock.now}), ingesting)
        if minute in coming or minute % 15 == 0:
            alert(replace(alerting, publisher=ears))
        clock.now = NOW + timedelta(minutes=minute + 1)
    enter("ArchiveFunction")
    archive(wiring.archiving())
    with bench(account, StemsOnly(), 1, clock.now) as made:  # type: ignore[arg-type]
        reports = {row.topic.id: report_of(made.rehearse(row), 9) for row in account.topics.all()}
    foretold = {topic_id: told_by(report) for topic_id, report in reports.items()}
    assert foretold == {topic_id: told_in(account, ears, topic_id) for topic_id in TOLD_ALIKE}
    assert all(messages for messages, _ in foretold.values()), "nothing would show nothing"
    assert len({str(each) for each in foretold.values()}) == len(TOLD_ALIKE), "nor would the same"


def told_by(report: Report) -> tuple[int, dict[str, int]]:
    return sum(day.messages for day in report.days), report.outcomes


def told_in(account: Account, ears: Ears, topic_id: str) -> tuple[int, dict[str, int]]:
    """How many messages there were, and how matches ended."""
    cards = account.articles.list_topic(topic_id, 100).cards
    rows = [row for card in cards for row in account.articles.matches_of(card.article_id)]
    ends = Counter(str(row.status) for row in rows if row.match.topic_id == topic_id)
    waiting = ends.pop("due", 0)
    outcomes = dict(ends) | ({"waiting": waiting} if waiting else {})
    return sum(1 for each in ears.told if each == topic_id), outcomes


# What it prints


@pytest.mark.usefixtures("three")
def test_it_shows_what_matched_what_would_ring_and_what_that_costs(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "topics.yaml").write_text(TOPICS)
    shown = done(tocsin("topics", "backtest", "--topic", "harbour", "--subscribers", "1000"))
    assert "2 articles match, in 2 stories; most by Harbour Post 2" in shown
    assert "the archive is younger than asked for" in shown
    assert "alerts a day: median" in shown
    line = next(line for line in shown.splitlines() if line.startswith("instant"))
    assert line.split() == ["instant", "1,000", "2", "2", "0", "2", "0", "0.04"]
    assert "The *ferry* sails at noon." in shown


@pytest.mark.usefixtures("three")
def test_a_file_of_several_topics_is_a_line_for_each(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(TOPICS)
    shown = done(tocsin("topics", "backtest", "mine.yaml", "--days", "3"))
    rows = {line.split()[0]: line.split()[1:4] for line in shown.splitlines()}
    assert (rows["harbour"][0], rows["peace"][0]) == ("2", "0")


@pytest.mark.usefixtures("three")
def test_a_file_may_hold_one_topic_and_a_query_needs_none(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "one.yaml").write_text("id: ports\nname: Ports\nquery: port OR ferries\n")
    of_file = json.loads(done(tocsin("topics", "backtest", "one.yaml", "--json")))
    of_query = json.loads(done(tocsin("topics", "backtest", "--query", "port", "--json")))
    assert (of_file["topic_id"], of_file["articles"]) == ("ports", 3)
    assert (of_query["articles"], of_query["lines"][0]["listeners"]) == (1, 0)


@pytest.mark.usefixtures("three")
def test_who_listens_now_is_who_it_would_cost(
    tocsin: Callable[..., Result], put_topics: PutTopics, topics: TopicsTable, tmp_path: Path
) -> None:
    (tmp_path / "topics.yaml").write_text(TOPICS)
    put_topics(a_topic("harbour"))
    topics.put_listeners("harbour", {"instant": 7, "instant-sms": 2})
    topics.add_line("harbour", "instant-sms", "arn")
    arguments = ("topics", "backtest", "--topic", "harbour", "--json")
    now = json.loads(done(tocsin(*arguments)))
    assert {each["line"]: each["listeners"] for each in now["lines"]} == {
        "instant": 7,
        "instant-sms": 2,
    }
    assert [each["sms_segments"] for each in now["lines"]] == [0, 4]
    asked = json.loads(done(tocsin(*arguments, "--sms", "10", "--sms-price", "0.5")))
    assert asked["dollars"] == pytest.approx(10.0, abs=0.001)


@pytest.mark.usefixtures("three")
def test_the_first_document_of_a_feed_rings_for_nothing(
    tocsin: Callable[..., Result], feeds: FeedsTable, stored: Stored
) -> None:
    first = lately(4, 9)
    stored([first])
    feeds.put_feed(a_feed("harbour-post"), NOW)
    feeds.save_state(a_feed("harbour-post"), a_feed_state(filled_at=first.seen_at), None)
    report = json.loads(done(tocsin("topics", "backtest", "--query", "ferry", "--json")))
    assert (report["articles"], report["silent"], report["alerts"]) == (3, 1, 2)


def test_an_empty_archive_is_a_report_of_nothing(tocsin: Callable[..., Result]) -> None:
    shown = done(tocsin("topics", "backtest", "--query", "ferry"))
    assert "0 articles match" in shown


def test_it_changes_nothing(
    tocsin: Callable[..., Result], three: None, calls: Calls, tmp_path: Path
) -> None:
    done(tocsin("topics", "backtest", "--query", "ferry"))
    assert calls.writes() == []


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("topics:\n  - {id: a, name: A, anny: [x]}\n", ConfigurationError, "did you mean `any`?"),
        ("id: a\nname: A\nanny: [x]\n", ConfigurationError, "line 3, topics.0.anny"),
        ("topics: []\n", ConfigurationError, "holds no topic"),
        ("topics:\n  - {id: a, name: A, query: ferry AND (}\n", ConfigurationError, "line 2"),
    ],
)
def test_a_mistake_is_named_as_lint_names_it(
    text: str, error: type[Exception], says: str, tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "topics.yaml").write_text(text)
    result = tocsin("topics", "backtest")
    assert isinstance(result.exception, error)
    assert says in str(result.exception)


def test_a_topic_that_is_not_in_the_file_and_a_bad_query_are_named(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "topics.yaml").write_text(TOPICS)
    result = tocsin("topics", "backtest", "--topic", "x")
    assert isinstance(result.exception, InputError)
    assert "there are harbour, peace" in str(result.exception)
    assert isinstance(tocsin("topics", "backtest", "--query", "a AND (").exception, QueryError)
    assert tocsin("topics", "backtest", "topics.yaml", "--query", "a").exit_code == 2
