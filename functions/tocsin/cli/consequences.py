"""What a change of a topic's settings means for those who listen to it, in words. Pure."""

from collections.abc import Iterator

from tocsin.model.lines import Channel, Line
from tocsin.model.topics import AlertSettings, Topic, TopicRow

_WHEN = ("at", "weekday", "time_zone", "quiet_hours", "max_per_hour")
_WHAT = (
    *("min_publishers", "once_a", "only_publishers", "not_publishers", "only_languages"),
    *("not_languages", "update_at", "update_on_change", "surge", "silence"),
)
_MATCHES = (
    *("any", "all", "none", "query", "queries", "aliases", "publishers", "accents"),
    "inflection",
)


def meaning_of(before: Topic, after: Topic, row: TopicRow | None) -> Iterator[str]:
    """`row` is the topic in force. Nothing where nobody listens."""
    listeners = sum(row.listeners.values()) if row else 0
    if row is None or not listeners:
        return
    who = f"its {listeners:,} subscribers" if listeners > 1 else "its 1 subscriber"
    if before.alert.cadence is not after.alert.cadence:
        yield _moved(before.alert, after.alert, row)
    if _differ(before.alert, after.alert, _WHEN):
        yield f"{who} will hear at other times"
    if _differ(before, after, _MATCHES) or _differ(before.alert, after.alert, _WHAT):
        yield f"{who} will hear of other articles"


def changes_alerts(before: Topic, after: Topic) -> bool:
    """Whether it can match or tell otherwise than before."""
    alert = ("cadence", *_WHEN, *_WHAT)
    return _differ(before, after, _MATCHES) or _differ(before.alert, after.alert, alert)


def _moved(before: AlertSettings, after: AlertSettings, row: TopicRow) -> str:
    """Nobody is moved: a line is what one subscribed to."""
    lines = [Line(cadence=before.cadence, channel=channel).key for channel in Channel]
    stay = sum(row.listeners.get(key, 0) for key in lines)
    return (
        f"{stay:,} who hear it as {before.cadence} go on so; who subscribes from then on hears it"
        f" as {after.cadence}"
    )


def _differ(
    before: Topic | AlertSettings, after: Topic | AlertSettings, names: tuple[str, ...]
) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)
