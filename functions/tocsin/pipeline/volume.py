"""volume: once an hour, whether topics that ask for it are far busier or quieter than usual.

One run at a time looks, by a lease; a topic that was looked at is marked. Alerts are added before
that, under keys that name the hour: who looks again after a crash adds them no second time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Line
from tocsin.model.topics import TopicRow
from tocsin.pipeline.alerting import LEASE, SEND_TIME, Alerting, Tick
from tocsin.pipeline.decide import add_alerts
from tocsin.stories.volume import Alarm, Change, alarms, hourly

BASELINE = timedelta(weeks=8)
# After the full hour: what was published in it is ingested by then.
SETTLED = timedelta(minutes=10)
_ALL = "*"  # every topic; no topic's id
_KINDS = {Change.SURGE: AlertKind.SURGE, Change.SILENCE: AlertKind.SILENCE}


@dataclass(frozen=True)
class Heard:
    """What stood out of a topic in the last hours, in words, and on how many lines it is told."""

    topic_id: str
    change: str
    alerts: int


def hear_volume(outside: Alerting, tick: Tick) -> list[Heard]:
    """Of the last full hour. What is found is sent by the next run."""
    now = outside.clock()
    hour = (now - SETTLED).replace(minute=0, second=0, microsecond=0)
    budgets = outside.budgets
    if budgets.is_done(_ALL, hour) or not budgets.begin_hour(_ALL, hour, now, now + LEASE):
        return []
    heard: list[Heard] = []
    for row in outside.topics.all():
        if not tick.has_time(SEND_TIME):
            return heard  # the next run takes the rest
        heard += _hear_topic(row, hour, outside)
    budgets.end_hour(_ALL, hour)
    return heard


def _hear_topic(row: TopicRow, hour: datetime, outside: Alerting) -> list[Heard]:
    settings, topic_id = row.topic.alert, row.topic.id
    if row.muted or not (settings.surge or settings.silence):
        return []
    if not outside.budgets.begin_hour(topic_id, hour, outside.clock(), outside.clock()):
        return []
    heard = []
    alarm = standing_out(topic_id, hour, outside)
    wanted = {Change.SURGE: settings.surge, Change.SILENCE: settings.silence}
    if alarm is not None and wanted[alarm.change]:
        added = add_alerts(_alert(topic_id, alarm), row, outside, outside.clock())
        heard.append(Heard(topic_id, in_words(alarm), added))
    outside.budgets.end_hour(topic_id, hour)
    return heard


def standing_out(topic_id: str, hour: datetime, outside: Alerting) -> Alarm | None:
    """What stands out in the hours before `hour`, and did not before that."""
    counts = outside.stories.volume(topic_id, hour - BASELINE, hour)
    if not counts:
        return None
    # Before a topic's first match nobody looked for it: that is no silence.
    begun = min(each.at for each in counts)
    found = alarms(hourly(counts, begun, hour), begun)
    return found[-1] if found and found[-1].until == hour else None


def in_words(alarm: Alarm) -> str:
    hours = "hour" if alarm.hours == 1 else f"{alarm.hours} hours"
    stories = "1 story" if alarm.count == 1 else f"{alarm.count} stories"
    return f"{stories} in the last {hours}, {alarm.expected:.1f} are usual"


def _alert(topic_id: str, alarm: Alarm) -> Alert:
    """A draft, whose key is the hour."""
    return Alert(
        key=f"{alarm.until:%Y-%m-%dT%H}",
        topic_id=topic_id,
        line=Line.of_key("instant"),
        kind=_KINDS[alarm.change],
        reason=in_words(alarm),
    )
