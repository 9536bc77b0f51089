"""The sentence that shows why a topic matched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_topic
from tests.matching import hits_of
from tocsin.model.excerpts import Excerpt
from tocsin.query.analysis import fold, terms_of
from tocsin.query.excerpt import MAX_CHARACTERS, excerpt, words_of
from tocsin.query.matcher import Hit


def hits(words: tuple[str, ...], title: str, text: str) -> tuple[Hit, ...]:
    return hits_of(a_topic(any=words), title, text)


def excerpt_of(words: tuple[str, ...], title: str, text: str) -> Excerpt:
    return excerpt(title, text, hits(words, title, text))


def marked(shown: Excerpt) -> list[str]:
    return [shown.text[mark.start : mark.end] for mark in shown.marks]


def test_the_sentence_with_most_distinct_words_is_shown() -> None:
    text = (
        "Troops and troops and troops. Europe drafts a plan for troops. Nothing else.\n"
        "The plan is secret."
    )
    shown = excerpt_of(("troops", "plan", "europe"), "", text)
    assert shown.text == "Europe drafts a plan for troops."
    assert marked(shown) == ["Europe", "plan", "troops"]


def test_of_equal_sentences_the_first_is_shown() -> None:
    assert excerpt_of(("plan",), "", "A plan. A second plan.").text == "A plan."


def test_the_text_is_shown_before_the_title() -> None:
    assert excerpt_of(("plan",), "The plan of plans", "It is a plan.").text == "It is a plan."


def test_the_title_is_shown_where_the_text_holds_no_word() -> None:
    shown = excerpt_of(("plan",), "The plan of 2031", "Nothing here.")
    assert (shown.text, marked(shown)) == ("The plan of 2031", ["plan"])


@pytest.mark.parametrize(
    "text",
    [
        "On 5. may the plan of the U.S. was made",  # a small letter begins no sentence
        "The plan cost 3.5 million",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert excerpt_of(("plan",), "", text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "First. The plan. Last.",
        "First! “The plan.” Last.",
        "Перше. «The plan.» Останнє.",
        "First\nThe plan\nLast",
        "Що? The plan… Далі",
    ],
)
def test_one_sentence_is_shown(text: str) -> None:
    assert excerpt_of(("plan",), "", text).text.strip("“”«».…") == "The plan"


def test_a_phrase_over_the_end_of_a_sentence_is_shown_whole() -> None:
    shown = excerpt_of(("peace plan",), "", "Long ago. They want peace. Plan B is next. End.")
    assert shown.text == "They want peace. Plan B is next."
    assert marked(shown) == ["peace. Plan"]


def test_words_that_overlap_are_marked_once() -> None:
    shown = excerpt_of(("peace plan", "plan b", "plan"), "", "The peace plan B.")
    assert marked(shown) == ["peace plan B"]


def test_a_long_sentence_is_cut_at_words_around_the_first_mark() -> None:
    text = "before " * 100 + "the plan " + "after " * 100
    shown = excerpt_of(("plan",), "", text)
    assert len(shown.text) <= MAX_CHARACTERS
    assert set(shown.text.split()) == {"before", "the", "plan", "after"}
    assert marked(shown) == ["plan"]


@pytest.mark.parametrize(
    "text",
    [
        "short words stand before the plan—" + "x" * 500,
        "x" * 500 + "—plan",
        "x" * 500 + "—plan—" + "y" * 500,
    ],
)
def test_a_word_is_shown_though_nothing_near_it_can_be_cut(text: str) -> None:
    shown = excerpt_of(("plan",), "", text)
    assert marked(shown) == ["plan"]
    assert len(shown.text) <= MAX_CHARACTERS


def test_a_phrase_longer_than_the_excerpt_is_shown_by_its_beginning() -> None:
    phrase = " ".join(["extraordinarily"] * 30)
    shown = excerpt_of((phrase,), "", f"So it is {phrase} and so on")
    assert shown.text.startswith("So it is extraordinarily")
    assert len(shown.text) <= MAX_CHARACTERS
    assert shown.marks[-1].end == len(shown.text)


def test_matched_words_are_listed_as_written_each_spelling_once() -> None:
    title, text = "Troops", "TROOPS leave; the cafe\u0301 stays, troops do not. A café."
    found = hits(("troops", "cafe"), title, text)
    assert [fold(word) for word in words_of(title, text, found)[:2]] == ["troops", "cafe"]
    assert words_of(title, text, found)[1] == "cafe\u0301"


PIECES = st.sampled_from(
    ["plan", "Plan", "peace", "other", "Слово", "x" * 60, " ", " ", ". ", "\n", "… ", "—", "“", "»"]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES, max_size=60).map("".join))
def test_an_excerpt_is_part_of_the_article_and_marks_what_matched(title: str, text: str) -> None:
    text += " plan"
    shown = excerpt_of(("plan", "peace", "peace plan"), title, text)
    assert shown.text in text
    assert len(shown.text) <= MAX_CHARACTERS
    assert shown.marks
    at = -1
    for mark, words in zip(shown.marks, marked(shown), strict=True):
        assert at < mark.start < mark.end <= len(shown.text)
        assert {term.text for term in terms_of(words)} <= {"plan", "peace"}
        assert words[0].isalpha()
        at = mark.end
