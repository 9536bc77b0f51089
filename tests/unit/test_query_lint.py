"""What a query says that its author may not have meant."""

import pytest

from tests.builders import a_topic
from tests.queries import asking
from tocsin.query import lint
from tocsin.query.lint import SAY_SOMETHING, doubts_of, doubts_of_topic, shown
from tocsin.stopwords import STOP_WORDS

DOUBTED = {
    "war and peace": ("and", "write AND for the operator"),
    "war Or peace": ("Or", "write OR"),
    "not war": ("not", "write NOT"),
    "peace C++": ("C++", "looked for as 'c'"),
    '"C#" OR peace': ('"C#"', "looked for as 'c'"),
    "peace U.S.": ("U.S.", "looked for as 'u s'"),
    "peace OR the": ("the", "nearly every English article"),
    "title:(мир OR не)": ("не", "nearly every Russian and Ukrainian article"),
    "Frieden für": ("für", "nearly every German article"),
}


@pytest.mark.parametrize("query", DOUBTED)
def test_it_is_doubted_at_its_place(query: str) -> None:
    part, says = DOUBTED[query]
    (doubt,) = doubts_of(query)
    assert query[doubt.start : doubt.end] == part
    assert says in doubt.message


@pytest.mark.parametrize(
    "query",
    [
        "war AND peace",
        '"war and peace"',
        "O'Brien",
        "peace-keeper",
        "日本",
        "UN",
        "war or",
        '"and" war',
        "die OR son OR Los OR new",
    ],
)
def test_it_is_clear(query: str) -> None:
    assert doubts_of(query) == ()


def test_every_language_of_small_words_has_a_name() -> None:
    assert lint._LANGUAGES.keys() == STOP_WORDS.keys()
    assert frozenset().union(*STOP_WORDS.values()) > set(SAY_SOMETHING.split())


def test_a_doubt_is_shown_at_its_place() -> None:
    (doubt,) = doubts_of("peace C++ talks")
    assert (
        "\n" + shown("peace C++ talks", doubt)
        == """
column 7: 'C++' is looked for as 'c', without its signs
    peace C++ talks
          ^^^"""
    )


def test_doubts_are_in_reading_order() -> None:
    assert [doubt.start for doubt in doubts_of("the C++ and war or the x")] == [0, 4, 8, 16, 19]


def test_a_topic_is_doubted_in_its_lists_and_queries() -> None:
    topic = asking("peace and war", queries={"uk": "не мир"}, any=("C++",), none=("troop*", "x y"))
    about = [text for text, _ in doubts_of_topic(topic)]
    assert about == ["peace and war", "не мир", "C++", "troop*"]
    assert doubts_of_topic(a_topic()) == ()
