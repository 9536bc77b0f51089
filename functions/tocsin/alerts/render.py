"""An alert in words: an e-mail that reads well as plain text, an SMS of exactly one segment."""

import json
from collections.abc import Sequence

from tocsin.alerts.plain import cut, fits_one_segment, gsm, one_line, subject
from tocsin.model import Alert, AlertKey, Excerpt, Line, Match, Notification, Topic

# In an SMS a link is worth its room up to here; beyond it the headline is.
MAX_SMS_LINK = 90


def render(
    notification_id: str,
    topic: Topic,
    line: Line,
    alerts: Sequence[Alert],
    api_url: str,  # noqa: ARG001  for short links
) -> Notification:
    """One or more alerts of a topic, told in the order given."""
    matches = [alert.match for alert in alerts if alert.match]
    first = matches[0].title if matches else alerts[0].reason
    more = f" (+{len(alerts) - 1} more)" if len(alerts) > 1 else ""
    return Notification(
        id=notification_id,
        topic_id=topic.id,
        line=line,
        subject=subject(f"{one_line(first)}{more} | {topic.name}"),
        email=email(topic, alerts),
        sms=sms(topic, matches[0], len(alerts) - 1) if matches else said(topic, alerts[0]),
        json_body=json.dumps([alert.model_dump(mode="json") for alert in alerts]),
        attributes=attributes(topic, line, alerts[0]),
        article_ids=tuple(match.article_id for match in matches),
    )


def attributes(topic: Topic, line: Line, alert: Alert) -> dict[str, str]:
    """By which a subscription's filter can tell a message."""
    known = {
        "topic": topic.id,
        "cadence": line.cadence.value,
        "severity": topic.alert.severity.value,
        "alert_id": AlertKey.of(alert).id,
    }
    if alert.match:
        known["language"] = alert.match.language or ""
        known["publisher"] = one_line(alert.match.publisher)
        known["story_id"] = alert.match.story_id or ""
    return known


def said(topic: Topic, alert: Alert) -> str:
    return gsm(cut(one_line(f"{topic.name}: {alert.kind}, {alert.reason}"), 120))


def email(topic: Topic, alerts: Sequence[Alert]) -> str:
    parts = [_article(a.match) if a.match else f"{a.kind}: {a.reason}" for a in alerts]
    why = (
        f"You get this because you are subscribed to the topic “{topic.name}”. To stop, use the"
        " link below, or ask whoever runs this service."
    )
    return "\n\n\n".join([*parts, why]) + "\n"


def _article(match: Match) -> str:
    at = match.published_at
    when = f", {at:%-d %B %Y, %H:%M} UTC" if at else ""
    return "\n\n".join(
        [
            one_line(match.title),
            f"{one_line(match.publisher)}{when}",
            marked(match.excerpt),
            match.url,
        ]
    )


def marked(excerpt: Excerpt, before: str = "*", after: str = "*") -> str:
    """The excerpt in one line, with `before` and `after` around the words that matched."""
    parts, at = [], 0
    for mark in excerpt.marks:
        parts += [excerpt.text[at : mark.start], before, excerpt.text[mark.start : mark.end], after]
        at = mark.end
    return one_line("".join([*parts, excerpt.text[at:]]))


def sms(topic: Topic, match: Match, more: int) -> str:
    """Topic, headline, publisher and link, in one segment: the headline gives way first."""
    title, label = gsm(one_line(match.title)), gsm(one_line(topic.name))
    rest = f" ({gsm(one_line(match.publisher))}" + (f", +{more} more)" if more else ")")
    link = f" {match.url}" if len(match.url) <= MAX_SMS_LINK else ""
    tries = [
        (label, rest + link),
        (label, rest),
        (cut(label, 20).replace("…", ""), rest),
        (cut(label, 20).replace("…", ""), ""),
    ]
    for prefix, suffix in tries:
        for room in range(len(title), min(len(title), MIN_SMS_TITLE) - 1, -1):
            text = f"{prefix}: {cut(title, room).replace('…', '..')}{suffix}"
            if fits_one_segment(text):
                return text
    alone = (cut(title, room).replace("…", "..") for room in range(len(title), -1, -1))
    return next(text for text in alone if fits_one_segment(text))


MIN_SMS_TITLE = 25  # of a headline; less says nothing
