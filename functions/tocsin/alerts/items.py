"""What a notification tells, one story an item, whatever number of alerts it has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tocsin.model.alerts import Alert, AlertKey, AlertKind
from tocsin.model.matches import Match


@dataclass(frozen=True)
class Item:
    """A story with all that is told of it at once, or a surge or silence (no `match`).

    `publishers` is how many have the story, `names` some of them, the match's own first; `reason`
    says what is new, where subscribers have heard of the story before.
    """

    kind: AlertKind
    match: Match | None
    publishers: int
    names: tuple[str, ...]
    reason: str
    alert_ids: tuple[str, ...]
    article_ids: tuple[str, ...]


def items_of(alerts: Sequence[Alert]) -> list[Item]:
    """What the topic itself does goes first, then stories: most covered first, then newest."""
    stories: dict[str, list[Alert]] = {}
    for alert in alerts:
        stories.setdefault(_story_of(alert), []).append(alert)
    return sorted((_item(group) for group in stories.values()), key=_place)


def _story_of(alert: Alert) -> str:
    if alert.match is None:
        return AlertKey.of(alert).id
    return f"story {alert.match.story_id or alert.match.article_id}"


def _item(alerts: Sequence[Alert]) -> Item:
    lead = max(alerts, key=_covered)
    kinds = {alert.kind for alert in alerts}
    kind = AlertKind.NEW if AlertKind.NEW in kinds else lead.kind
    names = _distinct(name for alert in (lead, *alerts) for name in _names(alert))
    reasons = _distinct(alert.reason for alert in alerts if alert.kind is not AlertKind.NEW)
    matches = [alert.match for alert in (lead, *alerts) if alert.match]
    return Item(
        kind=kind,
        match=lead.match,
        publishers=max(len(names), *(alert.publishers for alert in alerts)),
        names=names,
        reason="" if kind is AlertKind.NEW else "; ".join(reasons),
        alert_ids=_distinct(AlertKey.of(alert).id for alert in alerts),
        article_ids=_distinct(match.article_id for match in matches),
    )


def _covered(alert: Alert) -> tuple[int, float]:
    return alert.publishers, alert.match.seen_at.timestamp() if alert.match else 0.0


def _names(alert: Alert) -> tuple[str, ...]:
    return (*((alert.match.publisher,) if alert.match else ()), *alert.others)


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _place(item: Item) -> tuple[bool, int, float]:
    seen = item.match.seen_at.timestamp() if item.match else 0.0
    return item.match is not None, -item.publishers, -seen
