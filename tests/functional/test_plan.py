"""`tocsin plan`: what it says is what `tocsin apply` does, and what that would have changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.archive import a_record
from tests.functional.calls import Calls
from tests.functional.conftest import done
from tests.functional.test_backtest import Stored, lately
from tests.functional.test_backtest import stored as stored  # a fixture
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.model.feeds import Feed
from tocsin.model.topics import Topic

FEEDS = """\
feeds:
  - {id: news, url: https://harbour-post.example/news.xml, publisher: Harbour Post}
  - {id: bote, url: https://kesseltaler-bote.example/feed.json, language: de}
"""
TOPICS = """\
topics:
  - {id: ferries, name: Ferries, any: [ferry]}
  - {id: peace, name: Peace, any: [peacekeepers]}
"""
Write = Callable[..., None]
Run = Callable[..., Result]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(feeds: str = FEEDS, topics: str = TOPICS) -> None:
        (tmp_path / "feeds.yaml").write_text(feeds)
        (tmp_path / "topics.yaml").write_text(topics)

    return files


@pytest.fixture
def applied(tocsin: Run, write: Write) -> None:
    write()
    done(tocsin("apply", "--yes"))


@pytest.fixture
def archived(stored: Stored) -> None:
    stored(
        [
            lately(1, 60),
            lately(2, 40, text="The boat sails at noon."),
            lately(3, 20, text="A ferry and a boat."),
            lately(4, 10, text="Peacekeepers came."),
        ]
    )


def planned(tocsin: Run, *more: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(done(tocsin("plan", "--json", *more)))
    return made


CHANGED_TOPICS = """\
topics:
  - id: ferries
    name: Ferries and boats
    any: [ferry, boat]
    alert: {cadence: daily, at: "07:00"}
  - {id: storms, name: Storms, any: [storm]}
"""
CHANGED_FEEDS = FEEDS.replace("Harbour Post", "Bay Post").replace("id: bote", "id: other")


@pytest.mark.usefixtures("applied")
def test_what_it_says_is_what_apply_does(
    tocsin: Run, write: Write, topics: TopicsTable, feeds: FeedsTable
) -> None:
    def in_force() -> tuple[dict[str, Topic], dict[str, Feed]]:
        rows = {row.topic.id: row.topic for row in topics.all()}
        return rows, {row.feed.id: row.feed for row in feeds.all()}

    before = in_force()
    write(CHANGED_FEEDS, CHANGED_TOPICS)
    plan = planned(tocsin, "--no-backtest")
    assert in_force() == before
    done(tocsin("apply", "--yes"))
    for kind, was, now in zip(("topics", "feeds"), before, in_force(), strict=True):
        said = plan[kind]
        added = {each["id"] for each in said["add"]}
        assert added == now.keys() - was.keys()
        assert set(said["remove"]) == was.keys() - now.keys()
        assert [now[each["id"]].model_dump(mode="json") for each in said["add"]] == said["add"]
        changed = {each["id"]: each["fields"] for each in said["change"]}
        assert changed.keys() == {i for i in was.keys() & now.keys() if was[i] != now[i]}
        for each, fields in changed.items():
            for name, (old, new) in fields.items():
                assert (_field(was[each], name), _field(now[each], name)) == (old, new)
            undone = {name: value for name, (_, value) in fields.items()}
            assert _with(was[each], undone) == now[each]
    assert not planned(tocsin)["changes"]


def _field(thing: Any, name: str) -> Any:
    value: Any = thing.model_dump(mode="json")
    for part in name.split("."):
        value = value[part]
    return value


def _with(thing: Any, fields: dict[str, Any]) -> Any:
    """The thing with all that the plan says has changed, and nothing else."""
    made = thing.model_dump(mode="json")
    for name, value in fields.items():
        into = made
        *path, last = name.split(".")
        for part in path:
            into = into[part]
        into[last] = value
    return type(thing).model_validate(made)


@pytest.mark.usefixtures("applied")
def test_it_changes_nothing_and_shows_what_apply_shows(
    tocsin: Run, write: Write, calls: Calls
) -> None:
    write(CHANGED_FEEDS, CHANGED_TOPICS)
    shown = done(tocsin("plan", "--no-backtest"))
    assert shown == done(tocsin("apply", "--dry-run"))
    assert calls.writes() == []
    assert "~ topic ferries: name Ferries -> Ferries and boats" in shown
    assert "- topic peace (with its 0 subscribers)" in shown


def test_exit_codes(tocsin: Run, write: Write, tmp_path: Path) -> None:
    assert tocsin("plan").exit_code == 1
    write()
    assert tocsin("plan").exit_code == 0
    assert tocsin("plan", "--detailed-exitcode").exit_code == 2
    done(tocsin("apply", "--yes"))
    unchanged = tocsin("plan", "--detailed-exitcode")
    assert (unchanged.exit_code, unchanged.output.strip()) == (0, "nothing to change")
    write(topics="topics: [{id: x}]\n")
    assert tocsin("plan", "--detailed-exitcode").exit_code == 1


@pytest.mark.usefixtures("applied", "archived")
def test_a_changed_query_shows_what_it_gains_and_loses(tocsin: Run, write: Write) -> None:
    write(topics=TOPICS.replace("any: [ferry]", "query: boat"))
    (changed,) = planned(tocsin)["differences"]
    assert (changed["topic_id"], changed["gained"], changed["lost"]) == ("ferries", 1, 1)
    assert (changed["before"]["articles"], changed["after"]["articles"]) == (2, 2)
    assert [each["article_id"] for each in changed["gained_examples"]] == [a_record(2).id]
    assert [each["article_id"] for each in changed["lost_examples"]] == [a_record(1).id]
    shown = done(tocsin("plan"))
    assert "ferries gains:" in shown
    assert "The *boat* sails at noon." in shown
    (row,) = [line for line in shown.splitlines() if line.startswith("ferries  ")]
    assert row.split()[1:6] == ["2", "->", "2", "+1", "-1"]


@pytest.mark.usefixtures("applied", "archived")
def test_new_and_removed_topics_are_tried_against_nothing(tocsin: Run, write: Write) -> None:
    write(topics=TOPICS.replace("id: peace", "id: calm"))
    tried = {each["topic_id"]: each for each in planned(tocsin)["differences"]}
    assert (tried["calm"]["before"], tried["calm"]["gained"]) == (None, 1)
    assert (tried["peace"]["after"], tried["peace"]["lost"]) == (None, 1)
    assert "ferries" not in tried


@pytest.mark.usefixtures("applied", "archived")
def test_a_new_name_changes_nothing_that_is_to_be_tried(tocsin: Run, write: Write) -> None:
    write(topics=TOPICS.replace("name: Ferries", "name: Boats"))
    plan = planned(tocsin)
    assert (plan["changes"], plan["differences"]) == (True, [])


@pytest.mark.usefixtures("applied", "archived")
def test_what_changes_for_those_who_listen_is_said(
    tocsin: Run, write: Write, topics: TopicsTable
) -> None:
    topics.put_listeners("ferries", {"instant": 3})
    alert = "alert: {cadence: daily, time_zone: Europe/Kyiv, min_publishers: 2}"
    write(topics=TOPICS.replace("any: [ferry]", f"any: [ferry], {alert}"))
    (change,) = planned(tocsin, "--no-backtest")["topics"]["change"]
    assert change["means"] == [
        "3 who hear it as instant go on so; who subscribes from then on hears it as daily",
        "its 3 subscribers will hear at other times",
        "its 3 subscribers will hear of other articles",
    ]
    assert "its 3 subscribers will hear at other times" in done(tocsin("apply", "--dry-run"))
    (difference,) = planned(tocsin)["differences"]
    assert (difference["gained"], difference["lost"]) == (0, 0)
    lines = {each["line"]: each["listeners"] for each in difference["after"]["lines"]}
    assert lines == {"instant": 3, "daily": 0}
    assert difference["before"]["alerts"] == 2
    assert difference["after"]["alerts"] == 0


def test_more_topics_than_are_tried_are_named(
    tocsin: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.cli.plan.MAX_TRIED", 1)
    write()
    assert "1 more topics were not tried" in done(tocsin("plan"))
