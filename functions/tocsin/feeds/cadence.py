"""When to ask a feed again. Pure.

Polls are spread over time by the square root of what is expected then: of all ways to spread as
many requests, over a feed's hours and over feeds, that is the one with the shortest mean delay from
publication to poll. (With rate r and an interval w, r·w/2 is waited for at 1/w requests; for a
given sum of requests, the sum of waits is least where w goes with 1/√r.)
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import exp, sqrt

from tocsin.feeds.rhythm import Forecast, forecast
from tocsin.model.feeds import Feed, FeedState

MIN_WAIT = timedelta(minutes=15)
MAX_WAIT = timedelta(hours=24)
JITTER = 0.1  # of the wait, so that feeds added together drift apart
# A feed of three entries an hour is asked every 15 minutes, one of one entry a day every two hours:
# 25 requests a day for a feed of the made-up web of benchmarks/polling.py. Twice as many requests
# (a feed of 0.75 an hour every 15 minutes) would take a third off the median delay.
EFFORT = 0.25 * sqrt(3)
# Of the entries that follow one, and when. On that web it takes a tenth off the mean delay.
FOLLOWERS, FOLLOW_HOURS = 0.4, 0.5
# What a document lists may be replaced to this part before the next poll is to see it.
MAX_REPLACED = 0.5
OVERRUN_REMEMBERED = timedelta(days=7)
_STEP_HOURS = 0.25  # the rhythm's own
_STEPS = int(MAX_WAIT / timedelta(hours=_STEP_HOURS))
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def next_poll_at(
    feed: Feed,
    state: FeedState,
    now: datetime,
    jitter: float,
    retry_after_seconds: int | None = None,
) -> datetime | None:
    """When to ask again, None for never: 15 minutes to a day from now. `jitter` is a random
    number from 0 to 1.

    The longest of: the operator's interval, else the feed's own rhythm; the wait after errors,
    which doubles with each; and what the site asks for: ttl, Cache-Control, Retry-After, and out of
    the hours and days to be skipped.
    """
    if state.disabled:
        return None
    usual = timedelta(minutes=feed.poll_minutes) if feed.poll_minutes else rhythm_wait(state, now)
    wait = max(usual, MIN_WAIT * float(2 ** min(state.errors_in_a_row, 10)))
    wait *= 1 + JITTER * (2 * jitter - 1)
    wait = max(wait, asked_wait(state), timedelta(seconds=min(retry_after_seconds or 0, 86_400)))
    due_at = out_of_skipped(state, now + max(wait, MIN_WAIT))
    return _whole_second(min(due_at, now + MAX_WAIT))


def _whole_second(at: datetime) -> datetime:
    """The next one: times are kept in whole seconds, and a part of one would make it too early."""
    whole = at.replace(microsecond=0)
    return whole if whole == at else whole + timedelta(seconds=1)


def rhythm_wait(state: FeedState, now: datetime) -> timedelta:
    """Until enough is expected to be worth a request, or too much for the feed to list."""
    usual = forecast(state.rhythm, now)
    room = state.listed * MAX_REPLACED or None
    wait = timedelta(hours=_hours_to_wait(usual, now, state.newest_at, room))
    if state.overran_at and now - state.overran_at < OVERRUN_REMEMBERED:
        wait = min(wait, timedelta(minutes=state.overrun_minutes) / 2)
    return wait


def _hours_to_wait(
    usual: Forecast, now: datetime, newest_at: datetime | None, room: float | None
) -> float:
    """`room`: so many entries may come at most."""
    since = (now - newest_at) / timedelta(hours=1) if newest_at else _STEPS * _STEP_HOURS
    effort = entries = 0.0
    for step in range(_STEPS):
        passed = step * _STEP_HOURS
        rate = usual.at(now + timedelta(hours=passed)) + following(since + passed)
        part = min(
            (EFFORT - effort) / sqrt(rate),
            (room - entries) / rate if room else _STEP_HOURS,
            _STEP_HOURS,
        )
        if part < _STEP_HOURS:
            return passed + part
        effort += sqrt(rate) * _STEP_HOURS
        entries += rate * _STEP_HOURS
    return _STEPS * _STEP_HOURS


def following(hours: float) -> float:
    """Entries an hour to be expected because one came so many hours ago: news comes in bursts."""
    return FOLLOWERS / FOLLOW_HOURS * exp(-max(0.0, hours) / FOLLOW_HOURS)


def asked_wait(state: FeedState) -> timedelta:
    """What the document and its headers ask for; neither is believed beyond a day."""
    stated = max(state.ttl_minutes * 60, state.fresh_seconds)
    return min(timedelta(seconds=stated), MAX_WAIT)


def out_of_skipped(state: FeedState, at: datetime) -> datetime:
    """`at`, or the first hour after it that is not to be skipped; `at` where all are."""
    moved = at
    for _ in range(7 * 24):
        if moved.hour not in state.skip_hours and moved.weekday() not in state.skip_days:
            return moved
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def fresh_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """For how long an answer asks not to be asked again (RFC 9111, section 4.2.1), None where it
    does not say. `headers` have their names in lower case."""
    stated = headers.get("cache-control", "")
    if found := _MAX_AGE.search(stated):
        age = headers.get("age", "")
        return max(0, int(found[1]) - (int(age) if age.isdigit() and len(age) < 10 else 0))
    if "no-cache" in stated.lower() or "no-store" in stated.lower():
        return 0
    expires = _instant(headers.get("expires", ""))
    if expires is None:
        return None
    return max(0, int((expires - (_instant(headers.get("date", "")) or now)).total_seconds()))


def _instant(text: str) -> datetime | None:
    """An HTTP date; 0 and -1, which are common in Expires, are none."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
