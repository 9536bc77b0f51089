"""One story, one item, however many alerts it has."""

from datetime import timedelta

import pytest

from tests.builders import NOW, a_match
from tocsin.alerts.items import Item, items_of
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Cadence, Line

DAILY = Line(cadence=Cadence.DAILY)


def an_alert(name: str = "one", story: str | None = None, **changes: object) -> Alert:
    url = f"https://post.example/{name}"
    seen_at = NOW - timedelta(hours=int(changes.pop("age", 0)))
    publisher = changes.pop("publisher", "Harbour Post")
    match = a_match(url, title=name, story_id=story, seen_at=seen_at, publisher=publisher)
    known = {"key": "daily#0", "topic_id": "peace", "line": DAILY, "match": match}
    return Alert(**(known | changes))


def titles(items: list[Item]) -> list[str]:
    return [item.match.title if item.match else item.kind for item in items]


def test_most_covered_stories_come_first_then_newest() -> None:
    alerts = [
        an_alert("old", age=5, publishers=2),
        an_alert("small"),
        an_alert("new", age=1, publishers=2),
        an_alert("large", age=9, publishers=7),
    ]
    assert titles(items_of(alerts)) == ["large", "new", "old", "small"]


def test_a_surge_comes_before_the_stories() -> None:
    surge = Alert(key="daily#1", topic_id="peace", line=DAILY, kind=AlertKind.SURGE)
    assert titles(items_of([an_alert("large", publishers=99), surge])) == ["surge", "large"]


def test_alerts_of_one_story_are_one_item_with_all_publishers() -> None:
    first = an_alert("first", "s", publisher="AP", others=("Reuters",), publishers=2)
    later = an_alert("later", "s", publisher="Kurier", others=("AP",), publishers=5)
    (item,) = items_of([first, later])
    assert item.match == later.match
    assert item.names == ("Kurier", "AP", "Reuters")
    assert item.publishers == 5
    assert item.article_ids == (later.match.article_id, first.match.article_id)
    assert len(item.alert_ids) == 2


def test_a_story_has_at_least_as_many_publishers_as_are_named() -> None:
    (item,) = items_of([an_alert(publishers=1, others=("A", "B"))])
    assert item.publishers == 3


def test_articles_without_story_are_items_of_their_own() -> None:
    assert len(items_of([an_alert("one"), an_alert("two")])) == 2


def test_an_article_without_story_that_is_told_twice_is_one_item() -> None:
    update = an_alert("one", kind=AlertKind.UPDATE, key="daily#v2", reason="changed")
    assert len(items_of([an_alert("one"), update])) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_an_update_told_with_the_story_itself_is_no_update_to_readers(order: int) -> None:
    new = an_alert("one", "s")
    grown = an_alert("one", "s", kind=AlertKind.UPDATE, key="daily#u5", reason="5 have it")
    (item,) = items_of([new, grown][::order])
    assert (item.kind, item.reason) == (AlertKind.NEW, "")


def test_updates_of_one_story_say_everything_that_is_new_once() -> None:
    reasons = ["5 have it", "its text was changed", "5 have it"]
    alerts = [
        an_alert("one", "s", kind=AlertKind.UPDATE, key=f"daily#u{number}", reason=reason)
        for number, reason in enumerate(reasons)
    ]
    (item,) = items_of(alerts)
    assert item.kind is AlertKind.UPDATE
    assert item.reason == "5 have it; its text was changed"
