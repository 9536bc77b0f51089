"""Topics to the bytes that the functions load, and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_topic
from tocsin.errors import QueryError
from tocsin.query.compiled import (
    FORMAT,
    MAX_PHRASES,
    MAX_WORDS,
    compile_topic,
    compile_topics,
    load_topics,
)

WORDS = st.from_regex(r"[a-zа-яії]{1,6}( [a-zа-яії]{1,6}){0,2}", fullmatch=True)
LISTS = st.lists(WORDS, max_size=4).map(tuple)


def test_words_are_read_as_articles_are() -> None:
    compiled = compile_topic(a_topic(any=("Peace-keeping FORCE",), all=("п’ять",), none=("Café!",)))
    assert compiled.any == (("peace", "keeping", "force"),)
    assert compiled.all == (("пять",),)
    assert compiled.none == (("cafe",),)


def test_a_topic_of_none_alone_is_refused_by_its_id() -> None:
    with pytest.raises(QueryError, match="`none` alone") as refused:
        compile_topic(a_topic("sports", any=(), none=("football",)))
    assert refused.value.term == "sports"


@pytest.mark.parametrize("part", ["any", "all", "none"])
@pytest.mark.parametrize("term", ["", "  ", "?!", "—", "ʼ"])
def test_a_phrase_without_a_letter_or_digit_is_refused(part: str, term: str) -> None:
    with pytest.raises(QueryError, match="no letter or digit") as refused:
        compile_topic(a_topic(**{"any": ("troops",), part: (term,)}))
    assert refused.value.term == term


def test_a_phrase_may_be_as_long_as_the_limit_and_no_longer() -> None:
    longest = " ".join(["word"] * MAX_WORDS)
    assert len(compile_topic(a_topic(any=(longest,))).any[0]) == MAX_WORDS
    with pytest.raises(QueryError, match=f"longer than {MAX_WORDS} words"):
        compile_topic(a_topic(any=(f"{longest} more",)))


def test_a_topic_may_have_as_many_phrases_as_the_limit_and_no_more() -> None:
    most = tuple(f"word{number}" for number in range(MAX_PHRASES - 2))
    assert compile_topic(a_topic(any=most, all=("a",), none=("b",)))
    with pytest.raises(QueryError, match=f"more than {MAX_PHRASES} phrases"):
        compile_topic(a_topic(any=most, all=("a",), none=("b", "c")))


def test_the_order_of_topics_does_not_change_the_bytes() -> None:
    peace, sport = a_topic("peace"), a_topic("sport", any=("football",))
    assert compile_topics([peace, sport]) == compile_topics([sport, peace])


def test_no_topics_are_topics_too() -> None:
    assert load_topics(compile_topics([])) == []


@given(LISTS, LISTS, LISTS)
def test_what_is_compiled_loads_again(
    some: tuple[str, ...], every: tuple[str, ...], never: tuple[str, ...]
) -> None:
    topic = a_topic(any=(*some, "x"), all=every, none=never)
    assert load_topics(compile_topics([topic])) == [compile_topic(topic)]


def test_another_format_is_refused_with_the_remedy() -> None:
    other = json.dumps({"format": FORMAT + 1, "topics": []}).encode()
    with pytest.raises(QueryError, match="run `tocsin apply` again"):
        load_topics(other)
