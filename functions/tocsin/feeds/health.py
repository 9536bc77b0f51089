"""How a feed is, in words that a person can trust, and when the operator is to be told. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, pvariance

from tocsin.feeds.rhythm import DAYS, daily_until, expected
from tocsin.model.feeds import FeedRow, FeedState, HealthState
from tocsin.model.values import to_text

# One error is nothing to speak of: the third in a row comes an hour and a half after the first.
ERRORS_THAT_COUNT = 3
# 403 and the like for an hour is a site that is being repaired.
BLOCKED_AFTER = timedelta(hours=24)
BLOCKING = frozenset({"http_401", "http_403", "http_429", "http_451", "challenged"})
SLOW_MS = 5_000  # a quarter of the time after which an answer is not waited for any more
# Silent: were entries to come by chance at the feed's own rate (a Poisson process), fewer than one
# silence in a thousand would be as long (e^-7), and it is twice as long as any in four weeks. Where
# entries come in batches, as many times more have to be missing as their daily counts scatter more
# than by chance. What is known for less than two weeks is not judged.
SILENT_ENTRIES = 7.0
SILENT_PAUSES = 2
SILENT_AT_LEAST = timedelta(hours=24)
KNOWN_DAYS = 14
SILENT_IN_ANY_CASE = timedelta(days=90)
# A feed that is up and down tells nobody anything: what is told has lasted for so long.
SETTLED = timedelta(hours=6)
OVERRUNS_TOLD_APART = timedelta(days=7)
_WEEK = 7

# A page that asks whether we are human, in place of a feed.
_CHALLENGES = (
    *(b"captcha", b"cf-chl", b"challenge-platform", b"just a moment...", b"_incapsula_"),
    *(b"ddos-guard", b"datadome", b"awswaf", b"verify you are human", b"px-captcha"),
)
_CHALLENGE_BYTES = 20_000  # what comes later in a page is not what it is about


@dataclass(frozen=True)
class Health:
    """`since` is None for a feed that was not polled yet. `entries_a_week` are those of the last
    seven days, `baseline` the mean of up to three weeks before (None: not known for a week)."""

    state: HealthState
    since: datetime | None
    reason: str
    entries_a_week: int
    baseline: float | None


def health_of(row: FeedRow, now: datetime) -> Health:
    state, found = row.state, judge(row.state, now)
    since = state.health_since if found is state.health else _began(found, state, now)
    recent, baseline = entries_a_week(state, now)
    return Health(found, since, reason_of(found, state), recent, baseline)


def judge(state: FeedState, now: datetime) -> HealthState:
    failing = _failure(state)
    if failing is not None:
        return failing
    if _is_silent(state, now):
        return HealthState.SILENT
    return HealthState.SLOW if state.response_ms > SLOW_MS else HealthState.OK


def _failure(state: FeedState) -> HealthState | None:
    blocking = state.outcome in BLOCKING
    if state.disabled:
        return HealthState.BLOCKED if blocking else HealthState.GONE
    never_well = state.filled_at is None and state.errors_in_a_row > 0
    if state.errors_in_a_row < ERRORS_THAT_COUNT and not never_well:
        return None
    return HealthState.BLOCKED if blocking and _fails_for_long(state) else HealthState.FAILING


def _fails_for_long(state: FeedState) -> bool:
    if state.errors_since is None or state.polled_at is None:
        return False
    return state.polled_at - state.errors_since >= BLOCKED_AFTER


def _is_silent(state: FeedState, now: datetime) -> bool:
    since = state.newest_at or state.filled_at
    if since is None:
        return False
    quiet = now - since
    if quiet >= SILENT_IN_ANY_CASE:
        return True
    usual_pause = timedelta(days=SILENT_PAUSES * (longest_pause(state) + 1))
    if quiet < max(SILENT_AT_LEAST, usual_pause):
        return False
    if state.rhythm.day - state.rhythm.since < KNOWN_DAYS:
        return False
    return expected(state.rhythm, since, now) >= SILENT_ENTRIES * scatter(state)


def scatter(state: FeedState) -> float:
    """The variance of the daily counts over their mean: 1 for a Poisson process, more for batches
    and weekends; never less than 1."""
    rhythm = state.rhythm
    daily = rhythm.daily[-(rhythm.day - rhythm.since + 1) :]
    return max(1.0, pvariance(daily) / mean(daily)) if any(daily) else 1.0


def longest_pause(state: FeedState) -> int:
    """Whole days without an entry, one after the other, between entries of the last four weeks."""
    daily = "".join("1" if count else "0" for count in state.rhythm.daily)
    return max(map(len, daily.strip("0").split("1")))


def entries_a_week(state: FeedState, now: datetime) -> tuple[int, float | None]:
    """Of the last seven days, and the mean of up to three weeks before."""
    today = now.toordinal()
    daily = daily_until(state.rhythm, today)
    recent = sum(daily[-_WEEK:])
    known = min(DAYS, today - state.rhythm.since + 1) if state.rhythm.since else 0
    weeks = (known - _WEEK) / _WEEK
    return recent, sum(daily[:-_WEEK]) / weeks if weeks >= 1 else None


def reason_of(health: HealthState, state: FeedState) -> str:
    match health:
        case HealthState.GONE:
            return f"{state.detail or state.outcome}; it is not asked any more"
        case HealthState.BLOCKED:
            end = "it is not asked any more" if state.disabled else "it is asked less and less"
            return f"the site refuses us ({state.detail or state.outcome}); {end}"
        case HealthState.FAILING:
            times = "once" if state.errors_in_a_row == 1 else f"{state.errors_in_a_row} times"
            return f"failed {times} in a row: {state.detail or state.outcome}"
        case HealthState.SILENT:
            newest = state.newest_at or state.filled_at
            return f"nothing new since {to_text(newest)[:10] if newest else 'ever'}"
        case HealthState.SLOW:
            return f"takes {state.response_ms / 1000:.0f} s to answer"
    return state.detail


def _began(found: HealthState, state: FeedState, now: datetime) -> datetime | None:
    """Of a health that no poll has noted yet: only silence comes without one."""
    return state.polled_at if state.polled_at is None or found is not HealthState.SILENT else now


def with_health(state: FeedState, now: datetime) -> FeedState:
    """The state with its health noted, and since when it is so."""
    found = judge(state, now)
    if found is state.health and state.health_since:
        return state
    return state.model_copy(update={"health": found, "health_since": now})


def is_challenge(body: bytes) -> bool:
    head = body[:_CHALLENGE_BYTES].lower()
    return any(each in head for each in _CHALLENGES)


# ── What the operator is told ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Notice:
    """To the operator, about one feed: `told` are the changes of its state once it went out."""

    subject: str
    text: str
    told: dict[str, object]


def notice_of(row: FeedRow, now: datetime) -> Notice | None:
    """What the operator does not know yet of a feed, None if there is nothing.

    Told are changes between well (ok, slow), failing, blocked, gone and silent that have lasted six
    hours (the end of a feed: at once), overruns once a week, and each move to another address. What
    was told is kept with the feed, so that it goes out again until it went out once.
    """
    state = row.state
    lines: list[str] = []
    told: dict[str, object] = {}
    if _is_health_news(state, now):
        lines.append(_health_line(state, now, row))
        told["told_health"] = _told_as(state.health)
    if _is_overrun_news(state):
        lines.append(
            "none of its entries had been seen before: some may have come and gone between two"
            " polls. it is asked more often from now on"
        )
        told["told_overrun_at"] = state.overran_at
    if state.moved_to != state.told_moved_to:
        lines.append(_move_line(row))
        told["told_moved_to"] = state.moved_to
    if not lines:
        return None
    names = {"told_overrun_at": "lists less than it publishes", "told_moved_to": "has moved"}
    names["told_health"] = f"is {state.health.value}"
    subject = f"Tocsin: feed {row.feed.id} " + ", ".join(names[name] for name in told)
    return Notice(subject[:99], "\n".join([*lines, "", f"asked at {row.url}"]), told)


def _told_as(health: HealthState) -> HealthState:
    return HealthState.OK if health is HealthState.SLOW else health


def _is_health_news(state: FeedState, now: datetime) -> bool:
    if _told_as(state.health) is state.told_health or state.health_since is None:
        return False
    return state.disabled or now - state.health_since >= SETTLED


def _is_overrun_news(state: FeedState) -> bool:
    if state.overran_at is None:
        return False
    told = state.told_overrun_at
    return told is None or state.overran_at - told >= OVERRUNS_TOLD_APART


def _health_line(state: FeedState, now: datetime, row: FeedRow) -> str:
    health = health_of(row, now)
    since = to_text(health.since) if health.since else "now"
    usual = "" if health.baseline is None else f", {health.baseline:.0f} in a usual one"
    reason = f": {health.reason}" if health.reason else ""
    return (
        f"{row.feed.id} is {state.health.value} since {since}{reason}"
        f" ({health.entries_a_week} entries in the last week{usual})"
    )


def _move_line(row: FeedRow) -> str:
    if row.state.moved_to is None:
        return f"what it had moved to is no more: it is asked at {row.feed.url} again"
    return (
        f"{row.feed.url} has been redirecting permanently for three days: it is asked at"
        f" {row.state.moved_to} from now on. write that into your file, or leave it as it is"
    )
