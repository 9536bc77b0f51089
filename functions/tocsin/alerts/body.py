"""The JSON that https, SQS and Lambda subscribers get; docs/alert-message.md describes it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tocsin.alerts.digest import escaped_bytes
from tocsin.alerts.items import Item
from tocsin.alerts.wording import (
    clipped,
    headline,
    link,
    publisher_names,
    reason,
    sentence,
    topic_name,
    words,
)
from tocsin.model.lines import Line
from tocsin.model.matches import Match
from tocsin.model.topics import Topic
from tocsin.model.values import to_text

VERSION = 1  # of the schema; fields may be added to it, none is removed or given another meaning
# Bytes for items, escaped as a message holds them: an SQS queue gets them escaped once more.
ITEMS_BYTES = 80 * 1024
MAX_LEFT_OUT_IDS = 500  # 14 kB
MAX_ID = 200  # characters; ours have under 150
MAX_IDS = 20  # of the alerts and articles of one story


def body(
    notification_id: str,
    topic: Topic,
    line: Line,
    items: Sequence[Item],
    subject: str,
    api_url: str,
) -> str:
    told = _fitting(_item(item, topic, api_url) for item in items)
    left_out = items[len(told) :]
    ids = [article_id for item in left_out for article_id in item.article_ids]
    return _written(
        {
            "version": VERSION,
            "notification_id": notification_id,
            "topic": {"id": topic.id, "name": topic_name(topic)},
            "cadence": line.cadence.value,
            "channel": line.channel.value,
            "severity": topic.alert.severity.value,
            "subject": subject,
            "items": told,
            "left_out": len(left_out),
            "left_out_article_ids": [_id(each) for each in ids[:MAX_LEFT_OUT_IDS]],
        }
    )


def _written(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fitting(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as there is room for, and always the first."""
    told: list[dict[str, Any]] = []
    room = ITEMS_BYTES
    for item in items:
        room -= escaped_bytes(_written(item))
        if told and room < 0:
            break
        told.append(item)
    return told


def _item(item: Item, topic: Topic, api_url: str) -> dict[str, Any]:
    match = item.match
    return {
        "kind": item.kind.value,
        "alert_ids": [_id(each) for each in item.alert_ids[:MAX_IDS]],
        "headline": headline(item, topic),
        "reason": reason(item),
        "story_id": _id(match.story_id) if match and match.story_id else None,
        "publishers": item.publishers,
        "publisher_names": publisher_names(item),
        "article": _article(match, api_url) if match else None,
        "article_ids": [_id(each) for each in item.article_ids[:MAX_IDS]],
        "words": words(match) if match else [],
        "sentence": _sentence(match) if match else [],
    }


def _article(match: Match, api_url: str) -> dict[str, Any]:
    return {
        "id": _id(match.article_id),
        "url": link(match, api_url) or None,
        "published_at": to_text(match.published_at) if match.published_at else None,
        "seen_at": to_text(match.seen_at),
        "language": _id(match.language) if match.language else None,
    }


def _sentence(match: Match) -> list[dict[str, Any]]:
    return [{"text": text, "matched": matched} for text, matched in sentence(match.excerpt)]


def _id(name: str) -> str:
    return clipped(name, MAX_ID)
