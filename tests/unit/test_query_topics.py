"""A topic's lists, queries, spellings and publishers are one tree."""

import pytest

from tests.builders import a_topic
from tests.queries import asking
from tocsin.errors import QueryError, QuerySyntaxError
from tocsin.model.topics import Topic
from tocsin.query.syntax import parse
from tocsin.query.topics import MAX_ITEM_WORDS, MAX_ITEMS, tree_of
from tocsin.query.tree import Node, Phrase, Word

SPELLED = (("Zelensky", "Zelenskyy", "Volodymyr Zelensky"), ("Kyiv", "Kiev"))


def reads(topic: Topic, query: str) -> bool:
    return tree_of(topic) == parse(query)


def test_lists_ask_for_one_for_all_and_for_nothing_of_them() -> None:
    topic = a_topic(any=("talks", "peace deal"), all=("harbour", "storm"), none=("golf", "tennis"))
    assert reads(topic, '(talks OR "peace deal") harbour storm NOT (golf OR tennis)')


def test_one_word_is_no_list() -> None:
    assert tree_of(a_topic(any=("peace",))) == Word("peace")
    assert tree_of(a_topic(any=("peace  deal",))) == Phrase(("peace", "deal"))


def test_lists_and_query_must_both_hold() -> None:
    assert reads(asking("talks OR deal", all=("harbour",)), "harbour (talks OR deal)")


def test_a_query_for_a_language_is_another_way_to_match() -> None:
    topic = asking("peace", queries={"uk": "мир", "de": "Frieden"})
    assert reads(topic, "peace OR (lang:uk мир) OR (lang:de Frieden)")


def test_an_article_must_be_from_one_of_the_publishers() -> None:
    topic = asking("peace", publishers=("Harbour Post", "Reuters"))
    assert reads(topic, 'peace (publisher:="Harbour Post" OR publisher:=Reuters)')


WIDENED = {
    "kyiv": "Kyiv OR Kiev",
    "=Kyiv": "=Kyiv",
    "kyi*": "kyi*",
    "peace NOT Kiev": "peace NOT (Kyiv OR Kiev)",
    "Kiev NEAR/3 peace": "(Kyiv OR Kiev) NEAR/3 peace",
    "title:Kiev": "title:(Kyiv OR Kiev)",
    '"volodymyr zelensky"': 'Zelensky OR Zelenskyy OR "Volodymyr Zelensky"',
    '"mayor of Kyiv"': '"mayor of Kyiv" OR "mayor of Kiev"',
}


@pytest.mark.parametrize("query", WIDENED)
def test_a_spelling_means_any_of_its_group(query: str) -> None:
    assert reads(asking(query, aliases=SPELLED), WIDENED[query])


def test_the_longest_spelling_is_meant() -> None:
    topic = asking('"New York"', aliases=(("new", "neu"), ("New York", "NYC")))
    assert reads(topic, '"New York" OR NYC')


def test_spellings_count_in_lists() -> None:
    assert reads(a_topic(any=("Kiev",), aliases=SPELLED), "Kyiv OR Kiev")


def refusal(topic: Topic) -> str:
    with pytest.raises(QueryError) as refused:
        tree_of(topic)
    return str(refused.value)


def test_a_topic_must_look_for_something() -> None:
    assert "give it `query`" in refusal(a_topic(any=()))
    assert "`none` alone" in refusal(a_topic(any=(), none=("golf",)))
    assert "as in publisher:reuters" in refusal(a_topic(any=(), publishers=("Reuters",)))


def test_words_that_are_wanted_and_unwanted_are_refused() -> None:
    assert "both under" in refusal(a_topic(all=("Golf",), none=("golf",)))
    assert "nothing can match" in refusal(a_topic(any=("Golf",), none=("golf", "tennis")))


def test_an_item_needs_a_letter_and_an_end() -> None:
    assert "no letter or digit" in refusal(a_topic(any=("…",)))
    assert "longer than 32 words" in refusal(a_topic(any=("a " * (MAX_ITEM_WORDS + 1),)))
    assert "more than 256" in refusal(a_topic(any=("a",) * (MAX_ITEMS + 1)))


def test_a_phrase_of_very_many_spellings_is_refused() -> None:
    topic = asking(f'"{"Kyiv " * 20}"', aliases=SPELLED)
    assert "spellings by its aliases" in refusal(topic)


def test_an_error_in_a_query_shows_its_place() -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        tree_of(asking("peace", queries={"uk": "мир AND"}))
    assert refused.value.query == "мир AND"


def test_topics_of_before_stay_what_they_are() -> None:
    node: Node = tree_of(Topic(id="peace", name="Peace", any=("peace",)))
    assert node == Word("peace")
