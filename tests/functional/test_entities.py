"""The facet `entity`: names in what was found, with the spellings that topics in force know."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import Result

from infra.local.template import Template
from tests.builders import a_topic
from tests.functional.calls import Calls
from tests.functional.conftest import PutTopics, done
from tests.functional.events import read_event
from tests.functional.test_backtest import Stored, lately
from tests.functional.test_backtest import stored as stored  # a fixture
from tocsin.archive import Archive
from tocsin.archive.answers import Answer
from tocsin.aws import aliases as aliases_item
from tocsin.aws.aliases import Aliases
from tocsin.aws.topics_table import TopicsTable
from tocsin.cli.target import Account
from tocsin.handlers.search import handler

Ask = Callable[..., Answer]
PAPER = ("Ostend Paper", "Paper of Ostend")
ALIASES = {"pk": {"S": "ALIASES#1"}}


@pytest.fixture(autouse=True)
def archived(stored: Stored) -> None:
    texts = [
        "The ferry of Marit Hollander.",
        "A ferry for Marit Hollander. They read the Ostend Paper.",
        "They read a ferry timetable, and the Paper of Ostend.",
    ]
    stored([lately(number, number, text=text) for number, text in enumerate(texts, 1)])


@pytest.fixture
def over_http(enter: Callable[[str], None]) -> Ask:
    """By the function's own door."""
    enter("SearchFunction")

    def ask(**asked: Any) -> Answer:
        event = read_event("api_articles") | {"rawQueryString": urlencode(asked, doseq=True)}
        event["rawPath"] = event["requestContext"]["http"]["path"] = "/v1/search"
        answer = handler(event, None)
        assert answer["statusCode"] == 200, answer
        return Answer.model_validate_json(answer["body"])

    return ask


@pytest.fixture
def on_the_command_line(tocsin: Callable[..., Result]) -> Ask:
    def ask(query: str, facet: str, order: str = "newest", everything: str = "") -> Answer:
        options = [f"--{order}", "--facet", facet, "--limit", "20", "--json"]
        options += ["--everything"] if everything else []
        return Answer.model_validate_json(done(tocsin("search", query, *options)))

    return ask


@pytest.fixture
def in_python(account: Account) -> Ask:
    def ask(query: str, everything: str = "", **asked: Any) -> Answer:
        with Archive(account) as archive:
            return archive.page(query, everything=bool(everything), limit=20, **asked)

    return ask


@pytest.mark.parametrize("everything", ["", "true"])
@pytest.mark.parametrize("order", ["newest", "best"])
def test_one_question_has_one_answer_wherever_it_is_asked(
    over_http: Ask,
    on_the_command_line: Ask,
    in_python: Ask,
    put_topics: PutTopics,
    order: str,
    everything: str,
) -> None:
    asked = {"query": "ferry", "facet": "entity", "order": order}
    asked |= {"everything": everything} if everything else {}
    assert over_http(**asked).facets == {"entity": {"Marit Hollander": 2}}
    put_topics(a_topic("peace", aliases=(PAPER,)))
    answer = over_http(**asked)
    assert answer.facets == {"entity": {"Marit Hollander": 2, "Paper of Ostend": 2}}
    assert answer.names_from == answer.matches == 3
    assert answer == on_the_command_line(**asked) == in_python(**asked)


def test_the_function_reads_spellings_once_and_only_where_names_are_asked_for(
    over_http: Ask, put_topics: PutTopics, calls: Calls
) -> None:
    put_topics(a_topic("peace", aliases=(PAPER,)))
    over_http(query="ferry", facet=["publisher", "day"])
    assert ALIASES not in [each["Key"] for each in calls.of("dynamodb:GetItem")]
    calls.reset()
    over_http(query="ferry", facet=["entity", "day"])
    assert [each["Key"] for each in calls.of("dynamodb:GetItem")] == [ALIASES]
    assert calls.of("dynamodb:Scan") == []


def test_names_are_shown_as_a_table(tocsin: Callable[..., Result]) -> None:
    shown = done(tocsin("search", "ferry", "--facet", "entity", "--facet", "language"))
    assert "Marit Hollander  2" in shown
    scope = "in 3 articles: the newest 300 articles that match, of those in de or en"
    assert scope in " ".join(shown.split())


# What topics know


@pytest.fixture
def topics_file(tmp_path: Path) -> Callable[..., None]:
    def write(*groups: tuple[str, ...]) -> None:
        topic = {"id": "peace", "name": "Peace", "any": ["peace"], "aliases": groups}
        (tmp_path / "topics.yaml").write_text(json.dumps({"topics": [topic]}))

    return write


def test_searches_know_the_spellings_of_topics_that_were_applied(
    tocsin: Callable[..., Result], topics_file: Callable[..., None], aliases: Aliases
) -> None:
    topics_file(PAPER)
    done(tocsin("apply", "--yes"))
    assert aliases.find() == (PAPER,)
    assert "nothing to change" in done(tocsin("apply", "--yes"))
    topics_file()
    done(tocsin("apply", "--yes"))
    assert aliases.find() == ()


def test_an_apply_that_was_cut_off_before_searches_know_is_completed_by_the_next(
    tocsin: Callable[..., Result],
    topics_file: Callable[..., None],
    aliases: Aliases,
    topics: TopicsTable,
    calls: Calls,
) -> None:
    topics_file(PAPER)
    calls.before("dynamodb:PutItem", _cut_off)
    assert tocsin("apply", "--yes").exit_code != 0
    assert ([each.topic.id for each in topics.all()], aliases.find()) == (["peace"], ())
    assert "aliases of topics: searches have others" in done(tocsin("apply", "--yes"))
    assert aliases.find() == (PAPER,)


def _cut_off() -> None:
    raise KeyboardInterrupt


def test_spellings_for_which_there_is_no_room_are_told_of(
    tocsin: Callable[..., Result],
    topics_file: Callable[..., None],
    aliases: Aliases,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aliases_item, "MAX_BYTES", 60)
    topics_file(PAPER, ("Kestrel Bay", "Bay of Kestrels"))
    told = done(tocsin("apply", "--yes"))
    assert "aliases of topics: 1 groups are too many for searches" in told
    assert aliases.find() == (PAPER,)
    again = done(tocsin("apply", "--yes"))
    assert "searches have others" not in again


def test_the_function_may_read_the_item_that_apply_writes_and_no_topic(template: Template) -> None:
    """The embedded AWS does not look at keys."""
    (policy,) = template["Resources"]["SearchRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    (reading,) = [each for each in statements if each["Action"] == "dynamodb:GetItem"]
    keys = reading["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert any(fnmatchcase(ALIASES["pk"]["S"], each) for each in keys)
    assert not any(fnmatchcase(key, each) for key in ("TOPIC#a", "SUB#a") for each in keys)
