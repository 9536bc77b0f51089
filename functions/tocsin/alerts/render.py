"""An alert in words: what goes out for one line of a topic, in a body for each kind of screen."""

from collections.abc import Callable, Sequence

from tocsin.alerts.body import body
from tocsin.alerts.digest import digest, digest_subject
from tocsin.alerts.items import Item, items_of
from tocsin.alerts.mail import mail, subject
from tocsin.alerts.sms import sms
from tocsin.alerts.wording import clipped, safe_url
from tocsin.model.alerts import Alert
from tocsin.model.lines import Cadence, Line
from tocsin.model.matches import Match
from tocsin.model.notifications import Notification
from tocsin.model.topics import Topic

MAX_ATTRIBUTE = 200  # as much as filter policies are written for; all of them count as message


def render(
    notification_id: str, topic: Topic, line: Line, alerts: Sequence[Alert], api_url: str
) -> Notification:
    """For one or more alerts of a topic's line. `api_url` is where the HTTP API is; empty where
    nobody knows, and then nothing links to it."""
    items = items_of(alerts)
    address = safe_url(api_url).rstrip("/")
    is_digest = len(items) > 1 or (line.cadence is not Cadence.INSTANT and items[0].match)
    told_as = digest_subject(items, topic) if is_digest else subject(items[0], topic)
    return Notification(
        id=notification_id,
        topic_id=topic.id,
        line=line,
        subject=told_as,
        email=digest(items, topic, line, address)
        if is_digest
        else mail(items[0], topic, line, address),
        sms=sms(topic, items, address),
        json=body(notification_id, topic, line, items, told_as, address),
        attributes=attributes(notification_id, topic, line, items),
        article_ids=tuple(dict.fromkeys(id_ for item in items for id_ in item.article_ids)),
    )


def attributes(
    notification_id: str, topic: Topic, line: Line, items: Sequence[Item]
) -> dict[str, str]:
    """What filter policies go by. Of language, publisher and story, those that hold for all that
    is told; SNS takes no empty ones. Several alerts at once go by the id of the message."""
    alert_ids = [alert_id for item in items for alert_id in item.alert_ids]
    stated = {
        "topic": topic.id,
        "cadence": line.cadence.value,
        "language": _shared(items, lambda match: match.language),
        "publisher": _shared(items, lambda match: match.publisher),
        "story_id": _shared(items, lambda match: match.story_id),
        "alert_id": alert_ids[0] if len(alert_ids) == 1 else notification_id,
        "severity": topic.alert.severity.value,
    }
    clean = {name: clipped(value, MAX_ATTRIBUTE) for name, value in stated.items()}
    return {name: value for name, value in clean.items() if value}


def _shared(items: Sequence[Item], fact: Callable[[Match], str | None]) -> str:
    """The one value that all articles have, or nothing."""
    values = {fact(item.match) if item.match else None for item in items}
    return (values.pop() or "") if len(values) == 1 else ""
