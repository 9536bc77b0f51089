"""A query in words, as a tree, and why an article does not satisfy it."""

import pytest
from hypothesis import given

from tests.queries import FORMS, asking, documents, trees
from tocsin.query.document import Document
from tocsin.query.evaluate import satisfies
from tocsin.query.explain import Failure, as_tree, in_words, why_not
from tocsin.query.syntax import parse
from tocsin.query.tree import Node
from tocsin.query.written import write

WORDS = {
    "peace": "“peace”",
    "=peace": "exactly “peace”",
    "a b c": "“a”, “b” and “c”",
    "a OR b": "either “a” or “b”",
    'a OR b OR "c d"': "one of “a”, “b” or the phrase “c d”",
    "a -b": "“a”, but not “b”",
    "a -b -c": "“a”, but not “b” nor “c”",
    "a (b OR troop*)": "“a” and (either “b” or a word that begins with “troop”)",
    "a NEAR/1 b": "“a” within 1 word of “b”",
    "title:(a NEAR/5 b)": "in its title (“a” within 5 words of “b”)",
    "a lang:uk": "“a” and the language uk",
}


@pytest.mark.parametrize("query", WORDS)
def test_a_query_is_said_in_words(query: str) -> None:
    assert in_words(parse(query)) == f"An article matches if it has {WORDS[query]}."


def test_a_query_is_shown_as_a_tree() -> None:
    shown = as_tree(parse('peace (talks OR ="old deal") -title:(golf NEAR/5 club*) lang:en'))
    assert (
        "\n" + shown
        == """
all of
  word peace
  any of
    word talks
    exact phrase old deal
  not
    in the title
      within 5 of each other
        word golf
        words that begin with club
  language is en"""
    )


ARTICLE = Document(
    title="Troops leave the harbour",
    body="Two men said that after the storm peace came to the café.",
    language="en",
)

WHY = {
    "troop absent": [("absent", "not in the title or text")],
    "=troop": [("=troop", "not in the title or text")],
    "title:men": [("men", "not in the title")],
    "troop -men": [("NOT men", "“men” is there")],
    "troop lang:uk": [("lang:uk", "the language is en")],
    "troop feed:x": [("feed:x", "the feed is not known")],
    "lost OR absent": [("lost OR absent", "none of them is in the title or text")],
    "(lost absent) OR (troop gone)": [("gone", "not in the title or text")],
    "two NEAR/3 peace": [("two NEAR/3 peace", "both are there, 7 words apart at the nearest")],
    "troop NEAR/3 peace": [("troop NEAR/3 peace", "both are there, but never apart in one field")],
    "troop NEAR/3 absent": [("absent", "not in the title or text")],
    "lost troop gone": [
        ("lost", "not in the title or text"),
        ("gone", "not in the title or text"),
    ],
}


@pytest.mark.parametrize("query", WHY)
def test_the_nearest_clause_that_failed_is_named(query: str) -> None:
    failures = [Failure(*each) for each in WHY[query]]
    assert list(why_not(asking(query), ARTICLE, FORMS)) == failures


@given(trees(), documents())
def test_there_is_a_reason_exactly_where_there_is_no_match(tree: Node, document: Document) -> None:
    topic = asking(write(tree))
    assert bool(why_not(topic, document, FORMS)) != satisfies(topic, document, FORMS)
