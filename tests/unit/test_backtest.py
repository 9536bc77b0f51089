"""What a topic would have told, from an archive in memory through the alert stage in rehearsal."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.archive import BEGIN, FORMS, Archive, a_record
from tests.builders import a_topic
from tests.rewrites import ENGLISH
from tocsin.alerts.prices import EMAIL, PUBLISH
from tocsin.archive import backtest as archived
from tocsin.archive.backtest import Asking
from tocsin.archive.records import Record
from tocsin.model.topics import TopicRow
from tocsin.model.values import to_text
from tocsin.pipeline import backtest as stage
from tocsin.pipeline.backtest import Past, backtest
from tocsin.pipeline.backtest_report import Report, report_of
from tocsin.query.compiled import compile_plans
from tocsin.query.matcher import Matcher
from tocsin.query.meaning import plan_of

SINCE = BEGIN + timedelta(days=10)  # a Tuesday, at midnight
UNTIL = SINCE + timedelta(days=5)
HOUR = timedelta(hours=1)
TEXT = "\n".join((*ENGLISH, "Peacekeepers will come."))
Try = Callable[..., Report]


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture
def tried(tmp_path: Path, threads: ThreadPoolExecutor) -> Try:
    """The report on a topic that rings so, over these records."""

    def run(
        records: list[Record],
        listeners: dict[str, int] | None = None,
        filled_at: dict[str, str] | None = None,
        since: datetime = SINCE,
        muted: bool = False,
        **alert: Any,
    ) -> Report:
        archive = Archive(tmp_path, threads)
        archive.add(records)
        row = a_row(listeners or {alert.get("cadence", "instant"): 1}, muted, **alert)
        past = Past(archived.Archive(archive.manifest, archive.shards()), filled_at or {})
        return report_of(backtest(row, asking(row), past, since, UNTIL), examples=4, sms_price=0.08)

    return run


def a_row(listeners: dict[str, int], muted: bool = False, **alert: Any) -> TopicRow:
    topic = a_topic("peace", any=("peacekeepers",), alert=alert)
    lines = dict.fromkeys(listeners, "")
    return TopicRow(topic=topic, sns_topic_arns=lines, listeners=listeners, muted=muted)


def asking(row: TopicRow) -> Asking:
    plan = plan_of(row.topic, FORMS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topics"
        path.write_bytes(compile_plans([(row.topic.id, plan)]))
        return Asking(row.topic.id, plan, Matcher.open(path, stem=FORMS.stem), FORMS)


def news(number: int, hours: float, story: int | None = None, **changes: Any) -> Record:
    """Seen so many hours after the first day began; of its own story, if not of another's."""
    founder = a_record(number if story is None else story).id
    known = {
        "title": f"Peacekeepers in port {number}",
        "seen_at": SINCE + hours * HOUR,
        "story_id": founder,
    }
    return a_record(number, **(known | changes))


def test_counts_articles_stories_and_alerts_by_day(tried: Try) -> None:
    report = tried([news(1, 1), news(2, 2), news(3, 30), news(4, 31, text="No word.", title="X")])
    assert (report.articles, report.stories, report.alerts) == (3, 3, 3)
    assert [day.alerts for day in report.days] == [2, 1, 0, 0, 0]
    spread = report.alerts_a_day
    assert (spread.median, spread.p95, spread.worst) == (0, 2, 2)
    assert spread.worst_day == SINCE.date()
    assert report.outcomes == {"alerted": 3}
    assert report.looked_at == 3


def test_days_are_those_of_the_topics_clock(tried: Try) -> None:
    report = tried([news(1, 23.5)], time_zone="Europe/Kyiv")
    assert [(day.day.day, day.alerts) for day in report.days if day.alerts] == [(12, 1)]


def test_copies_of_a_report_ring_once(tried: Try) -> None:
    title, text = "Peacekeepers for the bay", TEXT
    first = news(1, 1, title=title, text=text)
    copy = news(2, 2, story=1, title=title, text=text, publisher="Bay Gazette")
    report = tried([first, copy])
    assert (report.stories, report.alerts) == (1, 1)
    assert report.outcomes == {"alerted": 1, "merged": 1}
    (reason,) = report.reasons
    assert (reason.outcome, reason.count) == ("merged", 1)


def another_report(number: int, hours: float) -> Record:
    text = "A reader writes to us about gardens, and about peacekeepers in general."
    return news(number, hours, story=1, text=text, publisher="Bay Gazette")


def test_other_reports_of_a_story_ring_unless_the_topic_rings_once_a_story(tried: Try) -> None:
    records = [news(1, 1, text=TEXT), another_report(2, 3)]
    assert tried(records).alerts == 2
    assert tried(records, once_a="story").outcomes == {"alerted": 1, "merged": 1}


def test_a_story_is_waited_for_until_enough_publishers_have_it(tried: Try) -> None:
    """Also those whose article does not match."""
    silent = news(2, 5, story=1, title="In port", text="Nothing.", publisher="Bay Gazette")
    report = tried([news(1, 1), silent, news(3, 2)], min_publishers=2)
    assert report.outcomes == {"alerted": 1, "dropped": 1}
    assert report.alerts == 1
    reasons = {(each.outcome, each.reason): each.count for each in report.reasons}
    assert reasons["held", "1 of 2 publishers have the story"] == 2
    assert reasons["dropped", "1 of 2 publishers have the story, 48 hours after the first"] == 1


def test_quiet_hours_let_alerts_wait_for_their_end(tried: Try) -> None:
    report = tried([news(1, 23), news(2, 24)], quiet_hours=("22:00", "07:00"))
    assert [day.messages for day in report.days] == [0, 1, 0, 0, 0]
    assert report.reasons[0].count == 2
    assert report.reasons[0].reason == "quiet hours 22:00-07:00 (UTC)"


def test_what_is_more_than_the_cap_of_an_hour_is_told_together(tried: Try) -> None:
    report = tried([news(n, 1 + n / 60) for n in range(1, 5)], max_per_hour=1)
    (line,) = report.lines
    assert (line.messages, line.instants, line.digests, line.alerts) == (2, 1, 1, 4)
    assert any("more than 1 in this hour" in each.reason for each in report.reasons)


def test_a_digest_is_one_message_a_day_and_what_is_not_told_by_the_end_waits(tried: Try) -> None:
    records = [news(1, 1), news(2, 2), news(3, 30), news(4, 119)]
    report = tried(records, {"daily": 10}, cadence="daily", at="08:00")
    (line,) = report.lines
    assert (line.messages, line.instants, line.digests, line.alerts) == (2, 0, 2, 3)
    assert line.dollars == pytest.approx(2 * (PUBLISH + 10 * EMAIL))
    assert report.waiting == 1


def test_what_came_within_the_last_minute_waits_for_the_next(tried: Try) -> None:
    report = tried([news(1, 1), news(2, 5 * 24 - 1 / 120)])
    assert report.outcomes == {"alerted": 1, "waiting": 1}
    assert (report.articles, report.alerts, report.waiting) == (2, 1, 1)


def test_what_a_line_costs_goes_by_who_listens(tried: Try) -> None:
    before = a_record(3, seen_at=SINCE - HOUR)
    report = tried([before, news(1, 1), news(2, 30)], {"instant": 100, "instant-sms": 3})
    mail, sms = report.lines
    assert (mail.line, mail.listeners, mail.sms_segments) == ("instant", 100, 0)
    assert mail.dollars == pytest.approx(2 * (PUBLISH + 100 * EMAIL))
    assert (sms.line, sms.messages, sms.sms_segments) == ("instant-sms", 2, 6)
    assert sms.dollars == pytest.approx(2 * PUBLISH + 6 * 0.08)
    assert report.dollars == pytest.approx(mail.dollars + sms.dollars)
    assert report.dollars_a_month == pytest.approx(report.dollars * 6)


def test_what_rang_before_the_first_day_does_not_ring_again(tried: Try) -> None:
    title, text = "Peacekeepers for the bay", TEXT
    earlier = news(1, -5, title=title, text=text)
    copy = news(2, 2, story=1, title=title, text=text, publisher="Bay Gazette")
    report = tried([earlier, copy, news(3, -100)])
    assert (report.articles, report.alerts, report.outcomes) == (1, 0, {"merged": 1})


def test_the_first_document_of_a_feed_rings_for_nothing(tried: Try) -> None:
    record = news(1, 1)
    report = tried([record, news(2, 2)], filled_at={"harbour-post": to_text(record.seen_at)})
    assert (report.articles, report.silent, report.alerts) == (2, 1, 1)
    assert report.outcomes == {"silent": 1, "alerted": 1}


def test_a_muted_topic_is_tried_as_if_it_were_not(tried: Try) -> None:
    assert tried([news(1, 1)], muted=True).alerts == 1


def test_an_archive_that_is_younger_than_asked_for_says_so(tried: Try) -> None:
    report = tried([news(1, 48), news(2, 50)])
    assert report.asked_since == SINCE
    assert report.archive_since == report.since == SINCE + 48 * HOUR
    assert len(report.days) == 3


def test_more_than_is_taken_begins_later_and_says_so(
    tried: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MAX_MATCHES", 3)
    report = tried([news(n, n) for n in range(1, 6)])
    assert (report.cut, report.articles) == (True, 3)
    assert report.since == SINCE + 3 * HOUR


def test_no_match_is_a_report_of_nothing(tried: Try) -> None:
    report = tried([a_record(1, seen_at=SINCE)])
    assert (report.articles, report.alerts, report.dollars, report.newest) == (0, 0, 0, ())
    assert report.alerts_a_day.worst_day is None


def test_a_topic_that_listens_for_it_is_told_of_a_surge(tried: Try) -> None:
    """What is usual was learned before the first day, from what is only counted."""
    begin, last = UNTIL - timedelta(days=26), UNTIL - 12 * HOUR
    usual = [news(n, 0, seen_at=begin + n * 4 * HOUR) for n in range(1, 150)]
    busy = [news(1_000 + n, 0, seen_at=last + 2 * n * timedelta(minutes=1)) for n in range(30)]
    assert tried(usual + busy, since=last).alerts == 30
    assert tried(usual + busy, since=last, surge=True).alerts == 31


def test_examples_are_the_newest_and_those_to_doubt(tried: Try) -> None:
    words = "Nothing happened in the port. " * 20
    records = [
        news(1, 1, text="Peacekeepers here, peacekeepers there."),
        news(2, 2),
        news(3, 3, title="Port", text=words + "Peacekeepers."),
        news(4, 4, text="Peacekeepers came.", publisher="Bay Gazette"),
    ]
    report = tried(records)
    assert [each.article_id for each in report.newest] == [r.id for r in reversed(records)]
    assert {each.article_id: each.doubt for each in report.doubtful} == {
        records[1].id: "in the title only",
        records[2].id: "one word, late in the text",
        records[3].id: "the publisher's first",
    }
    (newest, *_) = report.newest
    marked = [newest.excerpt.text[m.start : m.end] for m in newest.excerpt.marks]
    assert marked == ["Peacekeepers"]
