"""What subscribers read, word for word, in seven languages: `golden/` holds it for people to read.

`REWRITE_GOLDEN=1 pytest tests/unit/test_alerts_golden.py` writes it anew. Read what changed.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.alert_stories import (
    API,
    DAILY,
    EDITIONS,
    INSTANT,
    Edition,
    alert_of,
    topic_of,
    volume_of,
)
from tocsin.alerts.render import render
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Line
from tocsin.model.notifications import Notification

GOLDEN = Path(__file__).parent / "golden"
LONG_API = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"


def instant(edition: Edition) -> list[Alert]:
    return [alert_of(edition)]


def update(edition: Edition) -> list[Alert]:
    grew = {"kind": AlertKind.UPDATE, "key": "instant#u8", "reason": "8 publishers have it now"}
    return [alert_of(edition, **grew)]


def digest(edition: Edition) -> list[Alert]:
    """Three stories, the first of them told twice, the second an update; one is older."""
    changed = {"kind": AlertKind.UPDATE, "key": "daily#v2", "reason": "its headline was changed"}
    return [
        alert_of(edition, 2, DAILY),
        alert_of(edition, 0, DAILY),
        alert_of(edition, 1, DAILY, **changed),
        alert_of(edition, 0, DAILY, kind=AlertKind.UPDATE, key="daily#u8", reason="it grew"),
    ]


def surge(_edition: Edition) -> list[Alert]:
    return [volume_of(AlertKind.SURGE)]


def silence(_edition: Edition) -> list[Alert]:
    return [volume_of(AlertKind.SILENCE)]


KINDS: dict[str, tuple[Callable[[Edition], list[Alert]], Line]] = {
    "instant": (instant, INSTANT),
    "update": (update, INSTANT),
    "digest": (digest, DAILY),
    "surge": (surge, INSTANT),
    "silence": (silence, INSTANT),
}


def shown(made: Notification) -> str:
    attributes = "\n".join(f"{name}: {value}" for name, value in made.attributes.items())
    body = json.dumps(json.loads(made.json), ensure_ascii=False, indent=2)
    parts = {
        "Subject": made.subject,
        "E-mail": made.email.rstrip("\n"),
        "SMS": made.sms,
        "JSON": body,
        "Attributes": attributes,
    }
    return "".join(f"──── {name} ────\n{text}\n" for name, text in parts.items())


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.language)
@pytest.mark.parametrize("kind", KINDS)
def test_every_rendering_reads_as_somebody_read_it(kind: str, edition: Edition) -> None:
    alerts_of, line = KINDS[kind]
    made = render("n-1", topic_of(edition), line, alerts_of(edition), API)
    compare(f"{edition.language}-{kind}", shown(made))


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.language)
def test_every_sms_reads_as_somebody_read_it(edition: Edition) -> None:
    """One story, one whose headline is short, an update, three stories; by the API's address."""
    topic, lines = topic_of(edition), []
    for api_url in (API, LONG_API, ""):
        lines.append(f"── the API at {api_url or 'no address'}")
        many = [alert_of(edition, number) for number in range(3)]
        for alerts in (instant(edition), [alert_of(edition, 2)], update(edition), many):
            lines.append(render("n-1", topic, INSTANT, alerts, api_url).sms)
    compare(f"{edition.language}-sms", "\n".join(lines) + "\n")


def test_no_golden_file_is_left_over() -> None:
    known = {f"{edition.language}-{kind}" for edition in EDITIONS for kind in (*KINDS, "sms")}
    assert {path.stem for path in GOLDEN.iterdir()} == known
