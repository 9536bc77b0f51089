"""What goes out for one line of a topic: every body and attribute, whatever the alerts are."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.unit.alert_stories import (
    API,
    BY_SMS,
    DAILY,
    EDITIONS,
    INSTANT,
    alert_of,
    topic_of,
    volume_of,
)
from tests.unit.alert_strategies import ALERTS, API_URLS, LINES, TOPICS
from tocsin.alerts.plain import fits_one_segment, one_line
from tocsin.alerts.render import render
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Line
from tocsin.model.notifications import Notification
from tocsin.model.topics import Topic

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "alert-message.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
SNS_BYTES = 256 * 1024
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
ENGLISH = EDITIONS[-1]


def message_bytes(made: Notification) -> int:
    """As much as it may ever take: with every character in ASCII, and the attributes."""
    bodies = {"default": made.json, "email": made.email, "sms": made.sms}
    return len(json.dumps(bodies)) + len(json.dumps(made.attributes)) + len(made.subject) * 12


def only_visible(text: str) -> bool:
    return not [char for char in text if unicodedata.category(char) in INVISIBLE]


@given(TOPICS, LINES, ALERTS, API_URLS)
@settings(max_examples=60)
def test_any_alerts_become_a_notification_that_every_screen_takes(
    topic: Topic, line: Line, alerts: list[Alert], api_url: str
) -> None:
    made = render("n-1", topic, line, alerts, api_url)
    assert 0 < sum(2 if ord(char) > 0xFFFF else 1 for char in made.subject) < 100
    assert only_visible(made.subject)
    assert only_visible(made.email.replace("\n", ""))
    assert made.sms
    assert fits_one_segment(made.sms)
    assert only_visible(made.sms)
    assert message_bytes(made) < SNS_BYTES
    VALIDATOR.validate(json.loads(made.json))
    made.json.encode()
    assert only_visible(made.json)
    assert all(value and only_visible(value) for value in made.attributes.values())


@pytest.mark.parametrize("sign", ["a", "ж", "停", "😀", '"', "\\", "а́"])
@pytest.mark.parametrize("count", [1, 40, 600])
def test_a_message_is_far_below_what_sns_takes_whatever_it_is_written_in(
    sign: str, count: int
) -> None:
    edition, long = EDITIONS[1], sign * 3_000
    known = alert_of(edition).match
    assert known is not None
    excerpt = known.excerpt.model_copy(update={"text": long})
    changes = {"title": long, "publisher": long, "words": (long,) * 30, "excerpt": excerpt}
    alerts = [
        alert_of(
            edition,
            match=known.model_copy(
                update={"article_id": f"{number:024x}", "story_id": None, **changes}
            ),
            others=(long + "1", long + "2"),
            reason=long,
        )
        for number in range(count)
    ]
    made = render("n-1", topic_of(edition), DAILY, alerts, API)
    assert message_bytes(made) < SNS_BYTES * 3 / 4
    assert len(made.article_ids) == count
    told = json.loads(made.json)
    assert len(told["items"]) + told["left_out"] == count


# ── Subject ──────────────────────────────────────────────────────────────────────────────────────


def subject_of(*alerts: Alert, line: Line = INSTANT, name: str = "Peace") -> str:
    topic = topic_of(ENGLISH).model_copy(update={"name": name})
    return render("n-1", topic, line, alerts, API).subject


def titled(title: str, number: int = 0, **changes: Any) -> Alert:
    alert = alert_of(ENGLISH, number, **changes)
    assert alert.match is not None
    return alert.model_copy(update={"match": alert.match.model_copy(update={"title": title})})


def test_a_subject_begins_with_what_happened() -> None:
    assert (
        subject_of(titled("Ceasefire"))
        == "Ceasefire | Harbour Post, Reuben Wire and 6 more | Peace"
    )


def test_a_subject_without_room_for_publishers_names_the_topic() -> None:
    headline = "A headline of more than sixty characters, which is about usual in English"
    assert subject_of(titled(headline)) == f"{headline} | Peace"


def test_a_headline_that_fills_a_subject_stands_alone() -> None:
    headline = "x" * 99
    assert subject_of(titled(headline)) == headline
    assert subject_of(titled(headline + "y")) == "x" * 98 + "…"


def test_a_subject_counts_what_is_outside_the_basic_plane_twice() -> None:
    assert subject_of(titled("😀" * 80)) == "😀" * 49 + "…"


def test_the_subject_of_an_update_says_what_is_new_first() -> None:
    grew = titled("Ceasefire", kind=AlertKind.UPDATE, reason="8 publishers have it now.")
    assert subject_of(grew, name="P").startswith("Update, 8 publishers have it now: Ceasefire | ")


def test_the_headline_of_an_update_has_half_its_subject_however_long_the_reason() -> None:
    grew = titled("Ceasefire holds in the strait", kind=AlertKind.UPDATE, reason="why " * 50)
    assert "Ceasefire holds in the strait" in subject_of(grew)


def test_the_subject_of_a_digest_counts_stories_and_names_the_most_covered() -> None:
    alerts = [alert_of(ENGLISH, number, DAILY) for number in (2, 1, 0)]
    assert subject_of(*alerts, line=DAILY).startswith("3 stories: Ceasefire holds in the strait: “")


def test_the_subject_of_a_surge_names_the_topic() -> None:
    assert subject_of(volume_of(AlertKind.SURGE)).startswith("Unusually busy: Peace – 31 stories")
    assert subject_of(volume_of(AlertKind.SILENCE)).startswith("Unusually quiet: Peace – no story")


# ── Attributes ───────────────────────────────────────────────────────────────────────────────────


def test_attributes_say_what_filter_policies_go_by() -> None:
    alert = alert_of(ENGLISH)
    assert alert.match is not None
    assert render("n-1", topic_of(ENGLISH), INSTANT, [alert], API).attributes == {
        "topic": "strait",
        "cadence": "instant",
        "language": "en",
        "publisher": "Harbour Post",
        "story_id": alert.match.story_id,
        "alert_id": "b0295db284431b45a78d423e.strait.instant.0",
        "severity": "high",
    }


def test_what_differs_between_stories_is_no_attribute() -> None:
    alerts = [alert_of(ENGLISH, number) for number in range(3)]
    made = render("n-1", topic_of(ENGLISH), DAILY, alerts, API)
    assert made.attributes == {
        "topic": "strait",
        "cadence": "daily",
        "language": "en",
        "alert_id": "n-1",
        "severity": "high",
    }


def test_what_is_not_known_is_no_attribute() -> None:
    alert = alert_of(ENGLISH)
    assert alert.match is not None
    match = alert.match.model_copy(update={"language": None, "story_id": None, "publisher": "\x00"})
    made = render(
        "n-1", topic_of(ENGLISH), INSTANT, [alert.model_copy(update={"match": match})], ""
    )
    assert set(made.attributes) == {"topic", "cadence", "alert_id", "severity"}


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def promised(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_promises_each_field_that_is_sent_and_no_other() -> None:
    sent = json.loads(render("n-1", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], API).json)
    (item,) = sent["items"]
    item_schema, article_schema = SCHEMA["$defs"]["item"], SCHEMA["$defs"]["article"]
    assert set(sent) == promised(SCHEMA) == set(SCHEMA["required"])
    assert set(item) == promised(item_schema) == set(item_schema["required"])
    assert set(item["article"]) == promised(article_schema) == set(article_schema["required"])


def test_the_example_in_the_docs_is_what_the_schema_describes() -> None:
    text = (DOCS / "alert-message.md").read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert found
    example = json.loads(found[1])
    VALIDATOR.validate(example)
    assert set(example) == promised(SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"items": []},
        {"subject": ""},
        {"left_out": -1},
        {"cadence": "monthly"},
        {"topic": {"id": "Not an id", "name": "x"}},
    ],
)
def test_the_schema_refuses_what_is_not_promised(change: dict[str, Any]) -> None:
    sent = json.loads(render("n-1", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], API).json)
    assert VALIDATOR.is_valid(sent)
    assert not VALIDATOR.is_valid(sent | change)


def test_the_docs_name_every_attribute() -> None:
    text = (DOCS / "alert-message.md").read_text(encoding="utf-8")
    table = text.partition("## Attributes")[2].partition("## What people")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == set(render("n", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], "").attributes)


def test_the_parts_of_the_sentence_joined_are_the_sentence() -> None:
    alert = alert_of(ENGLISH)
    assert alert.match is not None
    sent = json.loads(render("n-1", topic_of(ENGLISH), INSTANT, [alert], API).json)
    parts = sent["items"][0]["sentence"]
    assert "".join(part["text"] for part in parts) == alert.match.excerpt.text
    assert [part["text"] for part in parts if part["matched"]] == ["ceasefire", "strait"]


@given(st.integers(1, 3))
def test_the_same_alert_has_the_same_id_in_every_message(times: int) -> None:
    ids = {
        json.loads(render(f"n-{n}", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], API).json)[
            "items"
        ][0]["alert_ids"][0]
        for n in range(times)
    }
    assert len(ids) == 1


def test_the_channel_is_told() -> None:
    sent = json.loads(render("n-1", topic_of(ENGLISH), BY_SMS, [alert_of(ENGLISH)], API).json)
    assert (sent["cadence"], sent["channel"]) == ("instant", "sms")


def test_an_address_of_the_api_may_end_with_a_slash() -> None:
    with_slash = render("n-1", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], API + "/")
    assert with_slash == render("n-1", topic_of(ENGLISH), INSTANT, [alert_of(ENGLISH)], API)
    assert one_line(with_slash.subject) == with_slash.subject
