"""When a topic's subscribers hear, on the clocks of any time zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.alerts.schedule import (
    MIN_HEARD_HOURS,
    after_quiet_hours,
    at_clock,
    due_at,
    overflow_at,
)
from tocsin.model.lines import Cadence
from tocsin.model.topics import AlertSettings, Weekday
from tocsin.model.values import to_instant

# Half an hour's change, one at midnight, one of zones with odd offsets, and a day that was skipped.
ZONES = (
    *("UTC", "Europe/Kyiv", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Africa/Cairo", "America/Santiago", "Pacific/Apia", "Asia/Kolkata", "Europe/Dublin"),
)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.integers(
    int(datetime(2011, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()),
).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@st.composite
def settings_of(draw: st.DrawFn) -> AlertSettings:
    quiet = draw(st.none() | st.tuples(CLOCK, CLOCK))
    if quiet and (minutes(quiet[0]) - minutes(quiet[1])) % 1440 < MIN_HEARD_HOURS * 60:
        quiet = None  # topics.yaml is refused with it
    return AlertSettings(
        cadence=draw(st.sampled_from(Cadence)),
        at=draw(CLOCK),
        weekday=draw(st.sampled_from(Weekday)),
        time_zone=draw(st.sampled_from(ZONES)),
        quiet_hours=quiet,
    )


def is_quiet(settings: AlertSettings, at: datetime) -> bool:
    """As somebody sees it who looks at the clock on the wall."""
    if settings.quiet_hours is None:
        return False
    local = at.astimezone(ZoneInfo(settings.time_zone))
    now = local.hour * 60 + local.minute
    start, end = map(minutes, settings.quiet_hours)
    return start <= now < end if start < end else now >= start or now < end


@given(settings_of(), MOMENTS)
@example(
    AlertSettings(time_zone="Europe/Kyiv", quiet_hours=("22:00", "03:30")),
    datetime(2031, 3, 30, 0, 30, tzinfo=UTC),
)
def test_a_due_time_is_never_in_quiet_hours_never_past_and_at_most_eight_days_away(
    settings: AlertSettings, now: datetime
) -> None:
    at = due_at(settings.cadence, settings, now)
    assert not is_quiet(settings, at)
    # A calendar may skip a day: in Samoa, the 30th of December 2011.
    skipped = timedelta(days=settings.time_zone == "Pacific/Apia" and now.year == 2011)
    assert now <= at <= now + timedelta(days=8) + skipped


@given(settings_of(), MOMENTS)
def test_what_a_cap_holds_back_is_told_later_and_with_the_next_digest(
    settings: AlertSettings, now: datetime
) -> None:
    at = overflow_at(settings, now)
    assert at > now
    assert not is_quiet(settings, at)


@pytest.mark.parametrize(
    ("cadence", "now", "expected"),
    [
        (Cadence.INSTANT, "2031-03-05T14:30:17Z", "2031-03-05T14:30:17Z"),
        (Cadence.HOURLY, "2031-03-05T14:30:17Z", "2031-03-05T15:00:00Z"),
        (Cadence.HOURLY, "2031-03-05T15:00:00Z", "2031-03-05T15:00:00Z"),
        (Cadence.DAILY, "2031-03-05T05:59:59Z", "2031-03-05T06:00:00Z"),
        (Cadence.DAILY, "2031-03-05T06:00:00Z", "2031-03-05T06:00:00Z"),
        (Cadence.DAILY, "2031-03-05T06:00:01Z", "2031-03-06T06:00:00Z"),
        (Cadence.WEEKLY, "2031-03-05T14:30:00Z", "2031-03-10T06:00:00Z"),  # a Wednesday
        (Cadence.WEEKLY, "2031-03-10T06:00:01Z", "2031-03-17T06:00:00Z"),
        # Summer time began on the 30th: the clock in Kyiv is three hours ahead.
        (Cadence.DAILY, "2031-03-30T05:00:01Z", "2031-03-31T05:00:00Z"),
    ],
)
def test_digests_go_out_at_their_hour_in_the_topics_time_zone(
    cadence: Cadence, now: str, expected: str
) -> None:
    settings = AlertSettings(time_zone="Europe/Kyiv", at="08:00")
    assert due_at(cadence, settings, to_instant(now)) == to_instant(expected)


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (("22:00", "07:00"), "2031-03-05T19:59:59Z", "2031-03-05T19:59:59Z"),
        (("22:00", "07:00"), "2031-03-05T20:00:00Z", "2031-03-06T05:00:00Z"),
        (("22:00", "07:00"), "2031-03-05T23:00:00Z", "2031-03-06T05:00:00Z"),  # after midnight
        (("22:00", "07:00"), "2031-03-06T05:00:00Z", "2031-03-06T05:00:00Z"),
        (("12:00", "13:30"), "2031-03-05T10:00:00Z", "2031-03-05T11:30:00Z"),
        # The clock jumps from 3 to 4: what is quiet until half past three ends with that.
        (("22:00", "03:30"), "2031-03-30T00:30:00Z", "2031-03-30T01:00:00Z"),
        # It shows the hour from 3 to 4 twice, and the second one counts.
        (("22:00", "03:30"), "2031-10-26T00:45:00Z", "2031-10-26T01:30:00Z"),
    ],
)
def test_quiet_hours_defer_to_their_end(quiet: tuple[str, str], at: str, expected: str) -> None:
    settings = AlertSettings(time_zone="Europe/Kyiv", quiet_hours=quiet)
    assert after_quiet_hours(settings, to_instant(at)) == to_instant(expected)


@given(MOMENTS.map(datetime.date), st.sampled_from(ZONES), CLOCK, st.sampled_from([0, 1]))
def test_a_moment_shows_its_time_or_is_the_first_after_a_jump(
    day: datetime, zone_name: str, clock: str, fold: int
) -> None:
    zone, at = ZoneInfo(zone_name), time(int(clock[:2]), int(clock[3:]))
    moment = at_clock(day, at, zone, fold)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    if shown != wanted:
        before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wanted < shown
