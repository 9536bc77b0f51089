"""`tocsin search --facet entity`: names in what was found."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.builders import a_topic
from tests.functional.conftest import PutTopics, done
from tests.functional.test_backtest import Stored, lately
from tests.functional.test_backtest import stored as stored  # a fixture


@pytest.fixture(autouse=True)
def archived(stored: Stored) -> None:
    texts = [
        "The ferry of Marit Hollander.",
        "A ferry for Marit Hollander. They read the Ostend Paper.",
        "They read a ferry timetable, and the Paper of Ostend.",
    ]
    stored([lately(number, number, text=text) for number, text in enumerate(texts, 1)])


def counted(tocsin: Callable[..., Result]) -> dict[str, int]:
    answer = json.loads(done(tocsin("search", "ferry", "--facet", "entity", "--json")))
    names: dict[str, int] = answer["facets"]["entity"]
    return names


def test_names_are_counted_with_the_spellings_that_topics_know(
    tocsin: Callable[..., Result], put_topics: PutTopics
) -> None:
    assert counted(tocsin) == {"Marit Hollander": 2}
    put_topics(a_topic("peace", aliases=(("Ostend Paper", "Paper of Ostend"),)))
    assert counted(tocsin) == {"Marit Hollander": 2, "Paper of Ostend": 2}


def test_names_are_shown_as_a_table(tocsin: Callable[..., Result]) -> None:
    shown = done(tocsin("search", "ferry", "--facet", "entity", "--facet", "language"))
    assert "Marit Hollander  2" in shown
    assert "in the newest 300 articles that match" in shown
