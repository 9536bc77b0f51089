"""A query in words, and as a tree."""

import pytest

from tocsin.query.explain import as_tree, in_words
from tocsin.query.syntax import parse

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
