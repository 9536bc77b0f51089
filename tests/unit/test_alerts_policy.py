"""Whether anybody is to hear of a match, and when."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW, a_match, a_topic
from tocsin.alerts.policy import (
    FIRST_LOOK,
    LAST_LOOK,
    STORY_WAIT,
    Drop,
    Hold,
    admit,
    closed_until,
    enough,
    independent_publishers,
    rings_for_stories,
    step_of,
    when_and_why,
)
from tocsin.model.lines import Cadence
from tocsin.model.stories import Member
from tocsin.model.topics import AlertSettings, TopicRow
from tocsin.model.values import to_instant


def a_row(**settings: Any) -> TopicRow:
    return TopicRow(topic=a_topic(alert=AlertSettings(**settings)))


def why_dropped(row: TopicRow | None, **match: Any) -> str:
    refused = admit(a_match(**match), row)
    return refused.why if refused else ""


# ── may anybody hear of it? ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "match", "refused"),
    [
        ({}, {}, ""),
        ({"only_publishers": ("Harbour Post",)}, {}, ""),
        ({"only_publishers": ("harbour  POST",)}, {}, ""),
        (
            {"only_publishers": ("Reuters", "AP")},
            {},
            "Harbour Post is not among the publishers that the topic rings for",
        ),
        (
            {"not_publishers": ("harbour post",)},
            {},
            "the topic does not ring for Harbour Post",
        ),
        ({"not_publishers": ("Reuters",)}, {}, ""),
        ({"only_languages": ("en",)}, {"language": "en"}, ""),
        (
            {"only_languages": ("en", "de")},
            {"language": "uk"},
            "its language (uk) is not among those that the topic rings for",
        ),
        (
            {"only_languages": ("en",)},
            {},
            "its language (unknown) is not among those that the topic rings for",
        ),
        (
            {"not_languages": ("uk",)},
            {"language": "uk"},
            "the topic does not ring for its language (uk)",
        ),
        ({"not_languages": ("uk",)}, {}, ""),
        # Of two rules that refuse, the publisher's is named.
        (
            {"not_publishers": ("Harbour Post",), "not_languages": ("uk",)},
            {"language": "uk"},
            "the topic does not ring for Harbour Post",
        ),
        # One that allows does not make up for one that refuses.
        (
            {"only_publishers": ("Harbour Post",), "only_languages": ("en",)},
            {"language": "uk"},
            "its language (uk) is not among those that the topic rings for",
        ),
    ],
)
def test_publishers_and_languages_are_allowed_or_refused(
    settings: dict[str, Any], match: dict[str, Any], refused: str
) -> None:
    assert why_dropped(a_row(**settings), **match) == refused


def test_a_topic_that_is_muted_or_gone_drops_everything() -> None:
    assert why_dropped(None) == "the topic was removed"
    muted = a_row(only_publishers=("Reuters",)).model_copy(update={"muted": True})
    assert why_dropped(muted) == "the topic is muted"


# ── do enough publishers have it? ────────────────────────────────────────────────────────────────


def a_member(publisher: str, source: str | None = None) -> Member:
    return Member(
        article_id="1", title="T", publisher=publisher, seen_at=NOW, kind="copy", source=source
    )


def test_publishers_that_name_the_same_source_are_one() -> None:
    members = [
        a_member("Harbour Post", "Reuters"),
        a_member("Reuters"),
        a_member("REUTERS "),
        a_member("North Pier", "AP"),
        a_member("Island Echo"),
    ]
    assert list(independent_publishers(members).values()) == ["Reuters", "AP", "Island Echo"]


@pytest.mark.parametrize(
    ("publishers", "story_age", "match_age", "expected"),
    [
        (3, timedelta(), timedelta(), None),
        (5, STORY_WAIT * 2, timedelta(), None),
        (2, timedelta(), timedelta(), FIRST_LOOK),
        (2, timedelta(hours=3), timedelta(hours=2), timedelta(hours=2)),
        (2, timedelta(hours=30), timedelta(hours=30), LAST_LOOK),
        (2, STORY_WAIT - timedelta(minutes=9), timedelta(), timedelta(minutes=9)),
        (2, STORY_WAIT, timedelta(), "dropped"),
        (2, STORY_WAIT * 2, timedelta(hours=1), "dropped"),
    ],
)
def test_a_match_waits_for_publishers_until_its_story_is_two_days_old(
    publishers: int, story_age: timedelta, match_age: timedelta, expected: timedelta | str | None
) -> None:
    settings = AlertSettings(min_publishers=3)
    found = enough(settings, publishers, NOW - story_age, NOW - match_age, NOW)
    have = f"{publishers} of 3 publishers have the story"
    match expected:
        case None:
            assert found is None
        case timedelta():
            assert found == Hold(NOW + expected, have)
        case _:
            assert found == Drop(f"{have}, 48 hours after the first")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, False),
        ({"min_publishers": 2}, True),
        ({"update_at": (5,)}, True),
        ({"once_a": "story"}, True),
    ],
)
def test_a_topic_that_counts_publishers_rings_for_stories(
    settings: dict[str, Any], expected: bool
) -> None:
    assert rings_for_stories(AlertSettings(**settings)) is expected


# ── is there anything new? ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("publishers", "expected"), [(1, 0), (2, 0), (3, 3), (4, 3), (5, 5), (9, 5), (10, 10), (99, 10)]
)
def test_a_step_is_the_greatest_that_was_reached(publishers: int, expected: int) -> None:
    assert step_of((3, 5, 10), publishers) == expected
    assert step_of((), publishers) == 0


# ── when? ────────────────────────────────────────────────────────────────────────────────────────

LATER = NOW + timedelta(days=3)
NIGHT = to_instant("2031-03-05T23:00:00Z")
MORNING = to_instant("2031-03-06T07:00:00Z")
QUIET = ("22:00", "07:00")


@pytest.mark.parametrize(
    ("cadence", "settings", "snoozed", "now", "expected", "why"),
    [
        (Cadence.INSTANT, {}, None, NOW, NOW, ""),
        (Cadence.INSTANT, {"quiet_hours": QUIET}, None, NOW, NOW, ""),
        (
            Cadence.INSTANT,
            {"quiet_hours": QUIET},
            None,
            NIGHT,
            MORNING,
            "quiet hours 22:00-07:00 (UTC)",
        ),
        (Cadence.DAILY, {"at": "18:00"}, None, NOW, NOW.replace(hour=18, minute=0), "daily digest"),
        (
            Cadence.DAILY,
            {"at": "23:00", "quiet_hours": QUIET},
            None,
            NOW,
            MORNING,
            "daily digest, quiet hours 22:00-07:00 (UTC)",
        ),
        (
            Cadence.INSTANT,
            {},
            LATER,
            NOW,
            LATER,
            "the topic is snoozed until 2031-03-08T14:30:00Z",
        ),
        (
            Cadence.HOURLY,
            {},
            LATER,
            NOW,
            LATER.replace(hour=15, minute=0),
            "the topic is snoozed until 2031-03-08T14:30:00Z, hourly digest",
        ),
        (Cadence.INSTANT, {}, NOW - timedelta(hours=1), NOW, NOW, ""),  # a snooze that is over
    ],
)
def test_a_line_tells_at_its_time_and_says_why_not_before(
    cadence: Cadence,
    settings: dict[str, Any],
    snoozed: datetime | None,
    now: datetime,
    expected: datetime,
    why: str,
) -> None:
    assert when_and_why(cadence, AlertSettings(**settings), snoozed, now) == (expected, why)


@pytest.mark.parametrize(
    ("settings", "snoozed", "now", "until"),
    [
        ({}, None, NIGHT, None),
        ({"quiet_hours": QUIET}, None, NOW, None),
        ({"quiet_hours": QUIET}, None, NIGHT, MORNING),
        ({}, LATER, NOW, LATER),
        ({}, NOW, NOW, None),
        ({"quiet_hours": QUIET}, NIGHT, NOW, MORNING),
    ],
)
def test_what_is_due_is_held_while_its_topic_is_quiet_or_snoozed(
    settings: dict[str, Any], snoozed: datetime | None, now: datetime, until: datetime | None
) -> None:
    found = closed_until(AlertSettings(**settings), snoozed, now)
    assert (found.until if found else None) == until
