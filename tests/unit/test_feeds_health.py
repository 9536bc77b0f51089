"""How a feed is, and what the operator is told of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, a_feed, a_feed_state
from tocsin.feeds.health import (
    SETTLED,
    SLOW_MS,
    Notice,
    health_of,
    is_challenge,
    judge,
    notice_of,
    with_health,
)
from tocsin.feeds.rhythm import learn
from tocsin.model.feeds import FeedRow, FeedState, HealthState, Rhythm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OK, SLOW, FAILING = HealthState.OK, HealthState.SLOW, HealthState.FAILING
BLOCKED, GONE, SILENT = HealthState.BLOCKED, HealthState.GONE, HealthState.SILENT


def a_row(**changes: Any) -> FeedRow:
    return FeedRow(feed=a_feed(), state=a_feed_state(**changes), due_at=NOW)


def failed(times: int, hours: float, outcome: str = "http_500", **changes: Any) -> FeedState:
    known = {"outcome": outcome, "detail": "HTTP 500", "errors_in_a_row": times}
    since = NOW - timedelta(hours=hours)
    return a_feed_state(**(known | {"errors_since": since, "polled_at": NOW} | changes))


def brought(
    an_day: float, silent_days: float, days: int = 28, together: int = 1, since: int | None = None
) -> FeedState:
    """So many entries a day, so many of them at once, the last one so long ago."""
    last = NOW - silent_days * DAY
    step = DAY / an_day * together
    times = [last - step * n for n in range(int(days * DAY / step)) for _ in range(together)]
    rhythm = learn(Rhythm(), times, last)
    return a_feed_state(rhythm=rhythm, newest_at=last)


STATES: dict[str, tuple[FeedState, HealthState]] = {
    "well": (a_feed_state(), OK),
    "new": (FeedState(), OK),
    "unchanged": (a_feed_state(outcome="unchanged"), OK),
    "one error": (failed(1, 1), OK),
    "two errors": (failed(2, 2), OK),
    "three errors": (failed(3, 2), FAILING),
    "never well": (failed(1, 0, filled_at=None), FAILING),
    "refused for an hour": (failed(3, 1, "http_403"), FAILING),
    "refused for a day": (failed(5, 24, "http_403"), BLOCKED),
    "too many requests for a day": (failed(5, 24, "http_429"), BLOCKED),
    "asked whether it is human for a day": (failed(5, 24, "challenged"), BLOCKED),
    "down for a day": (failed(5, 24, "http_503"), FAILING),
    "gone": (failed(1, 0, "http_410", disabled=True), GONE),
    "not found for two weeks": (failed(20, 14 * 24, "http_404", disabled=True), GONE),
    "refused for two weeks": (failed(20, 14 * 24, "http_403", disabled=True), BLOCKED),
    "slow": (a_feed_state(response_ms=SLOW_MS + 1), SLOW),
    "not quite slow": (a_feed_state(response_ms=SLOW_MS), OK),
    "ten a day, quiet for a night": (brought(10, 0.6), OK),
    "ten a day, quiet for four days": (brought(10, 4), SILENT),
    "one a day, quiet for five days": (brought(1, 5), OK),
    "one a day, quiet for ten days": (brought(1, 10), SILENT),
    "ten at once every five days, quiet for nine": (brought(2, 9, together=10), OK),
    "ten at once every five days, quiet for 60": (brought(2, 60, together=10), SILENT),
    "known for a week": (brought(10, 4, days=7), OK),
    "quiet for 90 days": (a_feed_state(newest_at=NOW - 90 * DAY), SILENT),
    "empty for 89 days": (a_feed_state(filled_at=NOW - 89 * DAY), OK),
    "failing goes before silent": (
        brought(10, 4).model_copy(update={"errors_in_a_row": 3, "outcome": "http_500"}),
        FAILING,
    ),
}


@pytest.mark.parametrize(("state", "health"), STATES.values(), ids=STATES)
def test_each_feed_has_one_of_six_states(state: FeedState, health: HealthState) -> None:
    assert judge(state, NOW) is health


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("three errors", "failed 3 times in a row: HTTP 500"),
        ("never well", "failed once in a row: HTTP 500"),
        ("refused for a day", "the site refuses us (HTTP 500); it is asked less and less"),
        ("refused for two weeks", "the site refuses us (HTTP 500); it is not asked any more"),
        ("gone", "HTTP 500; it is not asked any more"),
        ("ten a day, quiet for four days", "nothing new since 2031-03-01"),
        ("slow", "takes 5 s to answer"),
        ("well", ""),
    ],
)
def test_its_reason_is_in_words(state: str, words: str) -> None:
    row = FeedRow(feed=a_feed(), state=STATES[state][0], due_at=None)
    assert health_of(row, NOW).reason == words


def test_a_silence_that_ends_stays_silent_until_then_however_long() -> None:
    for days in (10, 40, 400):
        assert judge(brought(5, days), NOW) is SILENT


def test_since_when_is_since_the_first_poll_that_found_it_so() -> None:
    state = with_health(failed(3, 2), NOW)
    assert (state.health, state.health_since) == (FAILING, NOW)
    later = with_health(state.model_copy(update={"errors_in_a_row": 4}), NOW + HOUR)
    assert later.health_since == NOW
    well = with_health(a_feed_state(health=FAILING, health_since=NOW), NOW + DAY)
    assert (well.health, well.health_since) == (OK, NOW + DAY)


def test_entries_a_week_are_told_with_those_of_the_weeks_before() -> None:
    state = brought(4, 0)
    health = health_of(FeedRow(feed=a_feed(), state=state, due_at=NOW), NOW)
    assert health.entries_a_week == pytest.approx(28, abs=4)
    assert health.baseline == pytest.approx(28, abs=2)
    fallen = health_of(FeedRow(feed=a_feed(), state=state, due_at=NOW), NOW + 7 * DAY)
    assert (fallen.entries_a_week, fallen.baseline) == (0, pytest.approx(28, abs=3))


def test_there_is_no_baseline_in_the_first_two_weeks() -> None:
    row = FeedRow(feed=a_feed(), state=brought(4, 0, days=10), due_at=NOW)
    assert health_of(row, NOW).baseline is None


# ── Notices ──────────────────────────────────────────────────────────────────────────────────────


def noted(health: HealthState, hours: float, told: HealthState = OK, **changes: Any) -> FeedRow:
    since = NOW - timedelta(hours=hours)
    return a_row(health=health, health_since=since, told_health=told, **changes)


NEWS: dict[str, tuple[FeedRow, HealthState | None]] = {
    "well as ever": (noted(OK, 100), None),
    "failing for five hours": (noted(FAILING, 5), None),
    "failing for six hours": (noted(FAILING, 6), FAILING),
    "failing, and told so": (noted(FAILING, 60, told=FAILING), None),
    "blocked after it was failing": (noted(BLOCKED, 6, told=FAILING), BLOCKED),
    "silent": (noted(SILENT, 6), SILENT),
    "well again for an hour": (noted(OK, 1, told=FAILING), None),
    "well again": (noted(OK, 6, told=FAILING), OK),
    "slow is well": (noted(SLOW, 60), None),
    "slow again after it failed": (noted(SLOW, 60, told=FAILING), OK),
    "gone is told at once": (noted(GONE, 0, disabled=True), GONE),
}


@pytest.mark.parametrize(("row", "told"), NEWS.values(), ids=NEWS)
def test_a_change_is_told_once_and_when_it_has_lasted(
    row: FeedRow, told: HealthState | None
) -> None:
    notice = notice_of(row, NOW)
    assert (notice.told if notice else None) == ({"told_health": told} if told else None)
    if notice:
        after = row.model_copy(update={"state": row.state.model_copy(update=notice.told)})
        assert notice_of(after, NOW + DAY) is None


def test_a_feed_that_is_up_and_down_tells_nothing() -> None:
    state, now = a_feed_state(), NOW
    for hour in range(72):
        now = NOW + hour * HOUR
        down = bool(hour // 5 % 2)
        errors = {"errors_in_a_row": 3, "errors_since": now} if down else {"errors_in_a_row": 0}
        state = with_health(state.model_copy(update=errors), now)
        assert notice_of(FeedRow(feed=a_feed(), state=state, due_at=now), now) is None
    assert SETTLED == 6 * HOUR


def the(notice: Notice | None) -> Notice:
    assert notice is not None
    return notice


def test_a_notice_says_what_how_long_and_why() -> None:
    row = noted(FAILING, 7, errors_in_a_row=5, outcome="too_slow", detail="not done in 20 s")
    notice = the(notice_of(row, NOW))
    assert notice.subject == "Tocsin: feed harbour-post is failing"
    assert "since 2031-03-05T07:30:00Z: failed 5 times in a row: not done in 20 s" in notice.text
    assert row.feed.url in notice.text


def test_an_overrun_is_told_once_a_week() -> None:
    notice = the(notice_of(a_row(overran_at=NOW), NOW))
    assert notice.told == {"told_overrun_at": NOW}
    assert notice_of(a_row(overran_at=NOW, told_overrun_at=NOW - 6 * DAY), NOW) is None
    assert notice_of(a_row(overran_at=NOW, told_overrun_at=NOW - 7 * DAY), NOW) is not None


def test_a_move_is_told_and_so_is_its_end() -> None:
    url = "https://elsewhere.example/feed"
    notice = the(notice_of(a_row(moved_to=url), NOW))
    assert url in notice.text
    assert notice.told == {"told_moved_to": url}
    assert notice_of(a_row(moved_to=url, told_moved_to=url), NOW) is None
    assert the(notice_of(a_row(told_moved_to=url), NOW)).told == {"told_moved_to": None}


def test_a_subject_is_one_that_sns_takes() -> None:
    row = FeedRow(
        feed=a_feed("x" * 64),
        state=noted(FAILING, 9, overran_at=NOW, moved_to="https://elsewhere.example/").state,
        due_at=NOW,
    )
    notice = the(notice_of(row, NOW))
    assert len(notice.subject) < 100
    assert notice.subject.isascii()
    assert len(notice.told) == 3


@pytest.mark.parametrize(
    ("body", "challenge"),
    [
        (b"<html><title>Just a moment...</title>", True),
        (b'<html><script src="/cdn-cgi/challenge-platform/x.js">', True),
        (b"<html>" + b" " * 30_000 + b"captcha", False),
        (b"<html>Welcome", False),
        (b"", False),
    ],
)
def test_a_page_that_asks_whether_we_are_human_is_known_as_such(
    body: bytes, challenge: bool
) -> None:
    assert is_challenge(body) is challenge
