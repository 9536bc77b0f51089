"""What a change of a topic means for those who listen."""

from typing import Any

import pytest

from tests.builders import a_topic
from tocsin.cli.consequences import changes_alerts, meaning_of
from tocsin.model.topics import AlertSettings, Topic, TopicRow

BEFORE = a_topic("peace")


def listened(**listeners: int) -> TopicRow:
    return TopicRow(topic=BEFORE, sns_topic_arns={}, listeners=listeners)


def said(after: Topic, **listeners: int) -> list[str]:
    return [*meaning_of(BEFORE, after, listened(**listeners))]


def test_where_nobody_listens_nothing_changes_for_anybody() -> None:
    after = a_topic("peace", any=("truce",), alert={"cadence": "daily"})
    assert said(after) == said(after, instant=0) == []
    assert [*meaning_of(BEFORE, after, None)] == []


def test_a_new_cadence_moves_nobody() -> None:
    (words,) = said(
        a_topic("peace", alert={"cadence": "daily"}), **{"instant": 3, "instant-sms": 1}
    )
    assert words.startswith("4 who hear it as instant go on so")
    assert words.endswith("hears it as daily")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"any": ("truce",)}, "its 2 subscribers will hear of other articles"),
        ({"alert": {"min_publishers": 2}}, "its 2 subscribers will hear of other articles"),
        ({"alert": {"time_zone": "Europe/Kyiv"}}, "its 2 subscribers will hear at other times"),
        ({"alert": {"max_per_hour": 2}}, "its 2 subscribers will hear at other times"),
    ],
)
def test_other_articles_and_other_times_are_told_apart(changes: dict[str, Any], words: str) -> None:
    assert said(a_topic("peace", **changes), daily=2) == [words]


def test_a_name_changes_nothing_that_rings() -> None:
    for after in (a_topic("peace", name="New"), a_topic("peace", alert={"severity": "high"})):
        assert not changes_alerts(BEFORE, after)
        assert said(after, instant=1) == []


@pytest.mark.parametrize("name", sorted(Topic.model_fields.keys() - {"id", "name", "alert"}))
def test_every_field_of_a_topic_changes_what_rings(name: str) -> None:
    assert changes_alerts(BEFORE, BEFORE.model_copy(update={name: object()}))


@pytest.mark.parametrize("name", sorted(AlertSettings.model_fields.keys() - {"severity"}))
def test_every_setting_of_its_alerts_does(name: str) -> None:
    alert = BEFORE.alert.model_copy(update={name: object()})
    assert changes_alerts(BEFORE, BEFORE.model_copy(update={"alert": alert}))
