"""Whether a match becomes an alert: dropped, held, merged, an alert on the topic's lines, or an
update of one. Pure: what is known comes in, a decision with its reason comes out.

    admit     may the topic's subscribers hear of this match at all?
    enough    do enough publishers have its story, or is it to wait for more?
    step_of   has a story that rang grown so much that subscribers hear of it again?
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.alerts.schedule import after_quiet_hours, due_at
from tocsin.model.lines import Cadence
from tocsin.model.matches import Match
from tocsin.model.stories import Member
from tocsin.model.topics import AlertSettings, Once, TopicRow
from tocsin.model.values import to_text

# A story takes articles for three days after its last one; what nobody else has in two is no news
# that others confirm.
STORY_WAIT = timedelta(hours=48)
# A held match is looked at again once it has waited as long again, so that it costs ten looks.
FIRST_LOOK, LAST_LOOK = timedelta(minutes=10), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody is to hear of it."""

    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """To be decided on again, at `until`."""

    until: datetime
    why: str


def admit(match: Match, row: TopicRow | None) -> Drop | None:
    """None where nothing stands against it."""
    if row is None:
        return Drop("the topic was removed")
    if row.muted:
        return Drop("the topic is muted")
    settings = row.topic.alert
    why = _publisher_refused(match.publisher, settings) or _language_refused(match, settings)
    return Drop(why) if why else None


def _publisher_refused(publisher: str, settings: AlertSettings) -> str:
    if settings.only_publishers and not _among(publisher, settings.only_publishers):
        return f"{publisher} is not among the publishers that the topic rings for"
    if _among(publisher, settings.not_publishers):
        return f"the topic does not ring for {publisher}"
    return ""


def _among(publisher: str, names: Sequence[str]) -> bool:
    return bool(names) and _plain(publisher) in map(_plain, names)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _language_refused(match: Match, settings: AlertSettings) -> str:
    language = match.language or "unknown"
    if settings.only_languages and language not in settings.only_languages:
        return f"its language ({language}) is not among those that the topic rings for"
    if language in settings.not_languages:
        return f"the topic does not ring for its language ({language})"
    return ""


def independent_publishers(members: Iterable[Member]) -> dict[str, str]:
    """Those that do not copy each other, by their names in small letters: what names its source
    counts as its source's. In the order of appearance."""
    names: dict[str, str] = {}
    for member in members:
        name = member.source or member.publisher
        names.setdefault(_plain(name), name)
    return names


def rings_for_stories(settings: AlertSettings) -> bool:
    """Whether its bell is the story's, not that of an article and its copies: where it says so, or
    counts a story's publishers."""
    counts = settings.min_publishers > 1 or bool(settings.update_at)
    return counts or settings.once_a is Once.STORY


def enough(
    settings: AlertSettings, publishers: int, begun_at: datetime, seen_at: datetime, now: datetime
) -> Drop | Hold | None:
    """`begun_at` is when the story was first seen, `seen_at` when the match was. None where enough
    publishers have the story."""
    wanted = settings.min_publishers
    if publishers >= wanted:
        return None
    have = f"{publishers} of {wanted} publishers have the story"
    if now - begun_at >= STORY_WAIT:
        return Drop(f"{have}, {STORY_WAIT // timedelta(hours=1)} hours after the first")
    look = now + min(max(now - seen_at, FIRST_LOOK), LAST_LOOK)
    return Hold(min(look, begun_at + STORY_WAIT), have)


def step_of(steps: Iterable[int], publishers: int) -> int:
    """The greatest step that so many publishers have reached; 0 for none."""
    return max((step for step in steps if step <= publishers), default=0)


def when_and_why(
    cadence: Cadence, settings: AlertSettings, snoozed_until: datetime | None, now: datetime
) -> tuple[datetime, str]:
    """When a line of that cadence tells of what is known now, and why not at once."""
    if cadence is Cadence.INSTANT and settings.quiet_hours is None and snoozed_until is None:
        return now, ""  # nearly always
    begin = max(now, snoozed_until or now)
    at = due_at(cadence, settings, begin)
    if at <= now:
        return at, ""
    reasons = []
    if begin > now:
        reasons.append(f"the topic is snoozed until {to_text(begin)}")
    if cadence is not Cadence.INSTANT:
        reasons.append(f"{cadence} digest")
    if settings.quiet_hours and at != due_at(cadence, _without_quiet_hours(settings), begin):
        reasons.append(_quiet(settings))
    return at, ", ".join(reasons)


def closed_until(
    settings: AlertSettings, snoozed_until: datetime | None, now: datetime
) -> Hold | None:
    """What keeps alerts that are due from being sent now: settings may have changed since they were
    decided, and a digest may be late."""
    if snoozed_until is not None and snoozed_until > now:
        until = after_quiet_hours(settings, snoozed_until)
        return Hold(until, f"the topic is snoozed until {to_text(snoozed_until)}")
    until = after_quiet_hours(settings, now)
    return Hold(until, _quiet(settings)) if until > now else None


def _quiet(settings: AlertSettings) -> str:
    return f"quiet hours {'-'.join(settings.quiet_hours or ())} ({settings.time_zone})"


def _without_quiet_hours(settings: AlertSettings) -> AlertSettings:
    return settings.model_copy(update={"quiet_hours": None})
