"""alert: each rule of a topic, from the due match to the message or the reason for none."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.builders import NOW, SITE, a_match, a_topic
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.stack import Stack
from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.budgets import Budgets
from tocsin.aws.sns import SnsTopics
from tocsin.aws.stories_table import StoriesTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.model import (
    AlertKind,
    AlertRow,
    AlertSettings,
    AlertStatus,
    Cadence,
    Channel,
    Line,
    Match,
    MatchRow,
    MatchStatus,
    Member,
    Notification,
    Place,
    Revision,
    StoryState,
)
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.volume import BASELINE

STORY = f"{1:024x}"


@dataclass
class Ears:
    """In place of SNS: what went out, by which line, when."""

    clock: Clock
    told: list[tuple[Any, Notification]] = field(default_factory=list)

    def publish(self, sns_topic_arn: str, notification: Notification) -> str:
        self.told.append((self.clock.now, notification))
        return f"m{len(self.told)}"

    def titles(self, line: str = "instant") -> list[tuple[str, ...]]:
        """Ids of articles of each message by a line."""
        return [each.article_ids for _, each in self.told if each.line.key == line]


@dataclass
class Desk:
    """The operator's."""

    told: list[str] = field(default_factory=list)

    def tell(self, subject: str, text: str) -> None:
        self.told.append(subject)


@pytest.fixture
def ears(clock: Clock) -> Ears:
    return Ears(clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ringing(alerting: Alerting, ears: Ears, desk: Desk) -> Alerting:
    return replace(alerting, publisher=ears, operator=desk)


@pytest.fixture
def topic(put_topics: PutTopics) -> Callable[..., None]:
    def put(**settings: Any) -> None:
        put_topics(a_topic(alert=AlertSettings(**settings)))

    return put


@pytest.fixture
def add_line(topics: TopicsTable, sns_topics: SnsTopics) -> Callable[..., None]:
    def add(cadence: str, channel: Channel = Channel.MAIL) -> None:
        line = Line(cadence=Cadence(cadence), channel=channel)
        assert topics.add_line("peace", line.key, sns_topics.make("peace", line))

    return add


@pytest.fixture
def ring(articles: ArticlesTable, clock: Clock) -> Callable[..., Match]:
    """Records a match that is due."""

    def add(name: Any = "one", **changes: Any) -> Match:
        known = {"title": f"Title {name}", "seen_at": clock.now}
        match = a_match(f"{SITE}/news/{name}", **(known | changes))
        articles.add_match(match, clock.now)
        return match

    return add


@pytest.fixture
def story(stories: StoriesTable) -> Callable[..., None]:
    """A story that so many publishers have, of which the first founded it."""

    def put(*publishers: str) -> None:
        confirmed = Place(state=StoryState.CONFIRMED, title="T", publisher=publishers[0])
        for number, publisher in enumerate(publishers):
            member = Member(
                article_id=f"{number + 1:024x}",
                title="T",
                publisher=publisher,
                seen_at=NOW + timedelta(seconds=number),
                kind="copy",
            )
            if number == 0:
                stories.add_place(member, confirmed)
            else:
                stories.put_member(STORY, member)

    return put


def rows(alerts: AlertsTable, match: Match) -> dict[str, AlertRow]:
    return {row.alert.key: row for row in alerts.alerts_of(match.article_id)}


def row_of(articles: ArticlesTable, match: Match) -> MatchRow:
    (row,) = articles.matches_of(match.article_id)
    return row


# ── dropped ──────────────────────────────────────────────────────────────────────────────────────


def test_what_a_topic_does_not_ring_for_is_dropped_with_the_reason(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
) -> None:
    topic(not_publishers=("Harbour Post",))
    match, other = ring(), ring("two", publisher="Island Echo")
    alert(ringing)
    row = row_of(articles, match)
    assert (row.status, row.reason) == (
        MatchStatus.DROPPED,
        "the topic does not ring for Harbour Post",
    )
    assert ears.titles() == [(other.article_id,)]


def test_a_muted_topic_drops_matches_and_alerts_that_were_to_be_sent(
    topic: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(cadence="hourly")
    before = ring("before")
    alert(ringing)
    assert topics.mute("peace", True)
    after = ring("after")
    clock.advance(hours=1)
    alert(ringing)
    assert rows(alerts, before)["hourly#0"].status is AlertStatus.DROPPED
    assert rows(alerts, before)["hourly#0"].reason == "the topic is muted"
    assert row_of(articles, after).status is MatchStatus.DROPPED
    assert topics.mute("peace", False)
    ring("later")
    alert(ringing)
    clock.advance(hours=1)
    alert(ringing)
    assert len(ears.told) == 1


def test_alerts_of_a_line_that_was_removed_are_dropped(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic()
    add_line("hourly")
    match = ring()
    alert(ringing)
    make_anew(topics, without="hourly")
    clock.advance(hours=1)
    alert(ringing)
    row = rows(alerts, match)["hourly#0"]
    assert (row.status, row.reason) == (AlertStatus.DROPPED, "nobody listens on this line")


def make_anew(topics: TopicsTable, without: str) -> None:
    """The topic, which then lacks a line: it was removed, and applied again."""
    row = topics.find("peace")
    assert row is not None
    topics.remove("peace")
    lines = {key: arn for key, arn in row.sns_topic_arns.items() if key != without}
    topics.put(row.topic, lines)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def test_each_line_of_a_topic_tells_at_its_own_time(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(at="18:00")
    add_line("hourly")
    add_line("daily")
    first = ring("one")
    alert(ringing)
    assert {key: row.status for key, row in rows(alerts, first).items()} == {
        "instant#0": AlertStatus.SENT,
        "hourly#0": AlertStatus.HELD,
        "daily#0": AlertStatus.HELD,
    }
    clock.advance(minutes=10)
    second = ring("two")
    alert(ringing)
    for hour in (15, 16, 18, 19):
        clock.now = NOW.replace(hour=hour, minute=0)
        alert(ringing)
    both = (first.article_id, second.article_id)
    assert ears.titles("instant") == [both[:1], both[1:]]
    newest_first = both[::-1]
    assert ears.titles("hourly") == ears.titles("daily") == [newest_first]


def test_quiet_hours_defer_to_their_end_and_lose_nothing(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(quiet_hours=("22:00", "07:00"), time_zone="Europe/Kyiv")
    clock.now = NOW.replace(hour=21)
    matches = [ring(number) for number in range(3)]
    alert(ringing)
    assert ears.told == []
    row = rows(alerts, matches[0])["instant#0"]
    assert row.reason == "quiet hours 22:00-07:00 (Europe/Kyiv)"
    clock.now = NOW.replace(day=6, hour=4, minute=59)
    alert(ringing)
    assert ears.told == []
    clock.now = NOW.replace(day=6, hour=5, minute=0)
    alert(ringing)
    assert [set(ids) for ids in ears.titles()] == [{match.article_id for match in matches}]


def test_quiet_hours_that_were_set_after_the_decision_hold_too(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic(cadence="hourly")
    ring()
    alert(ringing)
    topic(cadence="hourly", quiet_hours=("15:00", "16:00"))
    clock.now = NOW.replace(hour=15, minute=0)
    alert(ringing)
    assert ears.told == []
    clock.now = NOW.replace(hour=16, minute=0)
    alert(ringing)
    assert len(ears.told) == 1


def test_a_snoozed_topic_tells_when_that_ends_or_is_ended(
    topic: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic()
    assert topics.snooze("peace", NOW + timedelta(hours=2))
    ring("one")
    alert(ringing)
    clock.advance(hours=1, minutes=59)
    alert(ringing)
    assert ears.told == []
    clock.advance(minutes=1)
    alert(ringing)
    assert len(ears.told) == 1
    assert topics.snooze("peace", clock.now + timedelta(days=1))
    assert topics.snooze("peace", None)
    ring("two")
    alert(ringing)
    assert len(ears.told) == 2


# ── how much ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_over_the_cap_of_an_hour_goes_into_the_next_digest(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(max_per_hour=2)
    matches = [ring(number) for number in range(5)]
    alert(ringing)
    clock.advance(minutes=1)
    late = ring("late")
    alert(ringing)
    assert [len(ids) for ids in ears.titles()] == [2]
    row = rows(alerts, late)["instant#0"]
    assert row.reason == "more than 2 in this hour; it goes into the next digest"
    clock.now = NOW.replace(hour=15, minute=0)
    alert(ringing)
    assert [len(ids) for ids in ears.titles()] == [2, 4]
    assert {each for ids in ears.titles() for each in ids} == {
        match.article_id for match in (*matches, late)
    }
    # The digest has not used up the next hour.
    ring("next")
    alert(ringing)
    assert len(ears.titles()) == 3


def test_two_runs_at_once_keep_to_the_cap(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    budgets: Budgets,
) -> None:
    topic(max_per_hour=3)
    assert budgets.take_places("peace#instant", NOW, 2, 3) == 2  # another run's
    for number in range(3):
        ring(number)
    alert(ringing)
    assert [len(ids) for ids in ears.titles()] == [1]


def test_a_burst_is_told_ten_times_in_ten_minutes_and_the_rest_together(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic()
    for number in range(15):
        ring(number)
        alert(ringing)
        clock.advance(seconds=20)
    assert len(ears.told) == 10
    clock.now = NOW + timedelta(minutes=10)
    alert(ringing)
    assert [len(ids) for ids in ears.titles()] == [1] * 10 + [5]


def test_lines_of_one_topic_are_told_a_second_apart(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic()
    for cadence in ("hourly", "daily", "weekly"):
        add_line(cadence)
    ring()
    alert(ringing)
    clock.advance(days=7)
    alert(ringing)
    times = [at for at, _ in ears.told[1:]]
    assert [after - before for before, after in pairwise(times)] == [timedelta(seconds=1)] * 2


def test_another_run_that_speaks_at_the_same_moment_is_waited_for(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    budgets: Budgets,
) -> None:
    topic()
    assert budgets.put_published("peace", (), (NOW,))
    assert not budgets.put_published("peace", (), (NOW,))
    ring()
    alert(ringing)
    assert [at for at, _ in ears.told] == [NOW + timedelta(seconds=1)]


# ── stories ──────────────────────────────────────────────────────────────────────────────────────


def test_a_story_rings_once_enough_publishers_have_it_and_those_that_waited_are_merged(
    topic: Callable[..., None],
    story: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    clock: Clock,
) -> None:
    topic(min_publishers=3)
    story("Harbour Post", "Reuters")
    waiting = ring("one", story_id=STORY)
    alert(ringing)
    row = row_of(articles, waiting)
    assert (row.status, row.reason) == (MatchStatus.DUE, "2 of 3 publishers have the story")
    assert row.history[-1].outcome == "held"
    clock.advance(minutes=1)
    story("Harbour Post", "Reuters", "AP")
    third = ring("three", story_id=STORY, publisher="AP")
    alert(ringing)
    assert ears.titles() == [(third.article_id,)]
    clock.advance(minutes=30)
    alert(ringing)
    row = row_of(articles, waiting)
    assert row.status is MatchStatus.MERGED
    assert row.alert_id == row_of(articles, third).alert_id
    assert len(ears.told) == 1


def test_a_story_that_finds_no_more_publishers_is_dropped_when_it_is_two_days_old(
    topic: Callable[..., None],
    story: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    clock: Clock,
) -> None:
    topic(min_publishers=2)
    story("Harbour Post")
    match = ring(story_id=STORY)
    looks = 0
    while (row := row_of(articles, match)).status is MatchStatus.DUE:
        assert row.due_at is not None
        clock.now = row.due_at
        alert(ringing)
        looks += 1
    assert row.status is MatchStatus.DROPPED
    assert row.reason == "1 of 2 publishers have the story, 48 hours after the first"
    assert clock.now == NOW + timedelta(hours=48)
    assert looks < 20
    assert ears.told == []


def test_subscribers_hear_again_when_a_story_has_come_to_a_step_of_publishers_and_once_a_step(
    topic: Callable[..., None],
    story: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(update_at=(3, 5))
    names = [f"Paper {number}" for number in range(1, 8)]
    statuses = []
    for number in range(1, 8):
        story(*names[:number])
        clock.advance(minutes=5)
        match = ring(number, story_id=STORY, publisher=names[number - 1])
        alert(ringing)
        statuses.append(row_of(articles, match).status.value)
        if number == 3:
            (update,) = alerts.alerts_of(match.article_id)
    assert statuses == [
        *("alerted", "merged", "alerted", "merged", "alerted", "merged", "merged"),
    ]
    assert (update.alert.kind, update.alert.key) == (AlertKind.UPDATE, "instant#u3")
    assert update.alert.reason == "3 publishers have the story"
    assert len(ears.told) == 3


def test_steps_that_the_first_alert_had_reached_are_no_news(
    topic: Callable[..., None],
    story: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
) -> None:
    topic(update_at=(2, 3))
    story("A", "B", "C", "D")
    for number in range(3):
        ring(number, story_id=STORY)
    alert(ringing)
    assert [len(ids) for ids in ears.titles()] == [1]


def test_an_alert_says_how_many_publishers_have_its_story_when_it_is_sent(
    topic: Callable[..., None],
    story: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic(cadence="hourly")
    story("Harbour Post")
    ring(story_id=STORY)
    alert(ringing)
    story("Harbour Post", "Reuters", "AP")
    clock.advance(hours=1)
    alert(ringing)
    ((_, notification),) = ears.told
    (told,) = json.loads(notification.json)["items"]
    assert told["publishers"] == 3
    assert told["publisher_names"] == ["Harbour Post", "Reuters", "AP"]


# ── texts that change ────────────────────────────────────────────────────────────────────────────


def a_revision(version: int) -> Revision:
    return Revision(version=version, title=f"Title, version {version}", reason="90 words are new")


def test_a_changed_text_is_told_where_its_article_rang_and_twice_at_most(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic()
    match = ring()
    assert not articles.add_revision(match.article_id, "peace", a_revision(2), clock.now, 2)
    alert(ringing)
    for version, taken in ((2, True), (2, False), (3, True), (4, False)):
        clock.advance(minutes=5)
        added = articles.add_revision(match.article_id, "peace", a_revision(version), clock.now, 2)
        assert added is taken
        alert(ringing)
    assert list(rows(alerts, match)) == ["instant#0", "instant#v2", "instant#v3"]
    update = rows(alerts, match)["instant#v2"]
    assert (update.status, update.alert.kind) == (AlertStatus.SENT, AlertKind.UPDATE)
    assert update.alert.match is not None
    assert (update.alert.match.title, update.alert.reason) == (
        "Title, version 2",
        "90 words are new",
    )
    assert row_of(articles, match).status is MatchStatus.ALERTED
    assert len(ears.told) == 3


def test_a_changed_text_is_not_told_where_the_topic_does_not_want_that(
    topic: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    articles: ArticlesTable,
    clock: Clock,
) -> None:
    topic(update_on_change=False)
    match = ring()
    alert(ringing)
    assert articles.add_revision(match.article_id, "peace", a_revision(2), clock.now, 2)
    alert(ringing)
    assert len(ears.told) == 1
    assert row_of(articles, match).reason == "the topic does not ring for changed texts"


# ── SMS ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_sms_takes_a_segment_of_the_month_for_each_who_listens(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    budgets: Budgets,
    clock: Clock,
) -> None:
    topic()
    add_line("instant", Channel.SMS)
    assert topics.add_listener("peace", "instant-sms", 1)
    assert topics.add_listener("peace", "instant-sms", 2)
    assert topics.add_listener("peace", "instant-sms", -1)
    assert not topics.add_listener("peace", "instant-sms", -3)
    assert not topics.add_listener("removed", "instant-sms", 1)
    ring()
    alert(ringing)
    assert len(ears.titles("instant-sms")) == 1
    assert budgets.segments(clock.now) == 2


def test_past_the_months_budget_sms_go_into_the_daily_mail_and_the_operator_hears_once(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    ears: Ears,
    desk: Desk,
    alerts: AlertsTable,
    clock: Clock,
) -> None:
    topic(at="18:00")
    add_line("instant", Channel.SMS)
    add_line("daily")
    topics.add_listener("peace", "instant-sms", 2)
    frugal = replace(ringing, sms_segments=3)
    matches = []
    for number in range(3):
        matches.append(ring(number))
        alert(frugal)
        clock.advance(minutes=2)
    assert len(ears.titles("instant-sms")) == 1
    row = rows(alerts, matches[1])["instant-sms#0"]
    assert row.status is AlertStatus.MERGED
    assert row.reason == "the month's SMS are used up; it is told by daily mail"
    assert desk.told == ["SMS are used up for this month"]
    clock.now = NOW.replace(hour=18, minute=0)
    alert(frugal)
    assert [len(ids) for ids in ears.titles("daily")] == [3]
    clock.now = NOW.replace(month=4, day=1)
    ring("april")
    alert(frugal)
    assert len(ears.titles("instant-sms")) == 2


def test_where_only_sms_is_listened_to_the_topics_own_mail_gets_what_has_no_budget(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    topics: TopicsTable,
    ring: Callable[..., Match],
    ringing: Alerting,
    alerts: AlertsTable,
) -> None:
    topic()
    add_line("instant", Channel.SMS)
    make_anew(topics, without="instant")
    match = ring()
    alert(replace(ringing, sms_segments=0))
    row = rows(alerts, match)["instant-sms#0"]
    assert row.status is AlertStatus.DROPPED
    assert row.reason == "the month's SMS are used up, and nobody listens by e-mail"


# ── volume ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def eight_weeks(stories: StoriesTable) -> Callable[[str, int], None]:
    """Two stories every third hour, and so many in the last one."""

    def count(topic_id: str, last: int) -> None:
        hour = NOW.replace(minute=0)
        for back in range(3, 7 * 24 * 4, 3):
            for number in range(2):
                story_id = f"{back * 10 + number:024x}"
                stories.count(topic_id, story_id, "Post", hour - timedelta(hours=back))
        for number in range(last):
            stories.count(topic_id, f"{number:024x}", "Post", hour - timedelta(hours=1))

    return count


def test_a_surge_is_told_once_to_those_who_asked_for_it(
    put_topics: PutTopics,
    eight_weeks: Callable[[str, int], None],
    ringing: Alerting,
    ears: Ears,
    stack: Stack,
    clock: Clock,
) -> None:
    put_topics(
        a_topic("peace", alert=AlertSettings(surge=True)),
        a_topic("harbour", alert=AlertSettings(silence=True)),
    )
    eight_weeks("peace", 40)
    for _ in range(4):
        alert(ringing)
        clock.advance(minutes=1)
    ((_, notification),) = ears.told
    assert (notification.topic_id, notification.article_ids) == ("peace", ())
    (row,) = [each for each in stack.items("ArticlesTable") if each["pk"] == "V#peace"]
    assert (row["alert"]["kind"], row["status"]) == (AlertKind.SURGE, AlertStatus.SENT)
    assert row["alert"]["reason"].startswith("40 stories in the last ")
    assert timedelta(weeks=4) < BASELINE


def test_a_topic_that_did_not_ask_for_it_has_no_surge(
    topic: Callable[..., None],
    eight_weeks: Callable[[str, int], None],
    ringing: Alerting,
    ears: Ears,
    clock: Clock,
) -> None:
    topic(silence=True)
    eight_weeks("peace", 40)
    alert(ringing)
    clock.advance(minutes=1)
    alert(ringing)
    assert ears.told == []


# ── what expires ─────────────────────────────────────────────────────────────────────────────────


def test_every_counter_expires(
    topic: Callable[..., None],
    add_line: Callable[..., None],
    ring: Callable[..., Match],
    ringing: Alerting,
    stack: Stack,
) -> None:
    topic(max_per_hour=5)
    add_line("instant", Channel.SMS)
    ring()
    alert(ringing)
    items = [i for i in stack.items("TopicsTable") if not i["pk"].startswith("TOPIC#")]
    kinds = {item["pk"].partition("#")[0] for item in items}
    assert kinds == {"PACE", "HOUR", "SMS", "VOLUME"}
    assert all("forget_at" in item for item in items if not item["pk"].startswith("VOLUME#"))
