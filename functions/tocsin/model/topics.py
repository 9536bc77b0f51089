"""Interests: what to look for, and when to tell of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from tocsin.model.lines import Cadence
from tocsin.model.values import Identifier, Instant, LanguageCode, Value


class Severity(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Once(StrEnum):
    """What a topic rings once for."""

    REPORT = "report"  # with its copies and close rewrites: no other report is ever taken for it
    STORY = "story"  # with every report on the same event, as far as that can be told


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


# Minutes of a day, as a topic's file states them: "08:00".
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class AlertSettings(Value):
    """When and of what a topic's subscribers hear. `cadence` is of those who ask for no other;
    digests go out at `at`, weekly ones on `weekday`, in `time_zone` (IANA). Between the two
    `quiet_hours` nothing is sent, and nothing is lost: it waits for their end. No more than
    `max_per_hour` ring at once; the rest goes into the next digest. Of a report, or a story, as
    `once_a` says, they hear once, when `min_publishers` that do not copy each other have it; and
    again when it has as many publishers as a step of `update_at` says, or, with `update_on_change`,
    when its text was materially changed. Without `only_...` every publisher
    and language is allowed. `surge` and `silence` switch on alerts of a topic that is far busier
    or quieter than it usually is."""

    cadence: Cadence = Cadence.INSTANT
    at: ClockTime = "08:00"
    weekday: Weekday = Weekday.MONDAY
    time_zone: str = "UTC"
    quiet_hours: tuple[ClockTime, ClockTime] | None = None
    max_per_hour: int | None = Field(None, ge=1, le=60)
    min_publishers: int = Field(1, ge=1, le=20)
    once_a: Once = Once.REPORT
    only_publishers: tuple[str, ...] = ()
    not_publishers: tuple[str, ...] = ()
    only_languages: tuple[LanguageCode, ...] = ()
    not_languages: tuple[LanguageCode, ...] = ()
    update_at: tuple[int, ...] = ()
    update_on_change: bool = True
    surge: bool = False
    silence: bool = False
    severity: Severity = Severity.NORMAL


class Topic(Value):
    """An interest: what to look for, and whom to tell (through its `sns_topic`).

    An article must have one of `any`, each of `all`, nothing of `none`, come from one of
    `publishers`, and satisfy `query` or the one of `queries` for its language. What is not given
    asks for nothing. Each of `aliases` is a group of spellings that mean the same. With `accents`
    words are meant as written, accents and all; without `inflection` in no other form.
    """

    id: Identifier
    name: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    query: str = ""
    queries: dict[LanguageCode, str] = Field({})
    aliases: tuple[tuple[str, ...], ...] = ()
    publishers: tuple[str, ...] = ()
    accents: bool = False
    inflection: bool = True
    alert: AlertSettings = Field(default_factory=AlertSettings)


class TopicRow(Value):
    """A topic in force, with the ARN of the `sns_topic` of each of its lines and how many listen
    there, by the line's key. While it is snoozed its alerts wait, while it is muted there are
    none."""

    topic: Topic
    sns_topic_arns: dict[str, str] = Field({})
    listeners: dict[str, int] = Field({})
    snoozed_until: Instant | None = None
    muted: bool = False
