"""How text is read for matching: words, folded, with their places."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.analysis import fold, terms_of


def folded(text: str) -> list[str]:
    return [term.text for term in terms_of(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NATO", "nato"),
        ("café", "CAFE"),
        ("Straße", "STRASSE"),
        ("Citroën", "Citroen"),
        ("İstanbul", "istanbul"),
        ("ﬁnance", "finance"),  # a ligature
        ("ＮＡＴＯ", "nato"),  # full-width letters
        ("Київ", "КИЇВ"),
        ("замо́к", "замок"),  # a stress mark
        ("ёлка", "елка"),
    ],
)
def test_case_and_accents_are_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("й", "и"), ("ї", "і"), ("ў", "у"), ("ґ", "г"), ("ł", "l"), ("ø", "o"), ("є", "е")],
)
def test_a_mark_that_makes_another_letter_is_kept(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert fold(one.upper()) == fold(one)


@pytest.mark.parametrize("word", ["Київ", "йод", "їжак", "café", "Łódź", "Việt"])
def test_decomposed_text_is_the_same_word(word: str) -> None:
    decomposed = unicodedata.normalize("NFD", word)
    (term,) = terms_of(decomposed)
    assert term.text == fold(word)
    assert (term.start, term.end) == (0, len(decomposed))


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ"])
def test_an_apostrophe_inside_a_word_does_not_part_it(apostrophe: str) -> None:
    assert folded(f"п{apostrophe}ять об{apostrophe}єктів") == ["пять", "обєктів"]


@pytest.mark.parametrize(
    "text", ["'troops'", "’troops’", "“troops”", "ʼtroopsʼ", "«troops»", "troops'"]
)
def test_quotation_marks_around_a_word_are_not_part_of_it(text: str) -> None:
    assert folded(text) == ["troops"]


@pytest.mark.parametrize("inside", ["\u00ad", "\u200b", "\u200c", "\u200d"])
def test_characters_without_width_do_not_part_a_word(inside: str) -> None:
    (term,) = terms_of(f"peace{inside}keepers")
    assert term.text == "peacekeepers"
    assert (term.start, term.end) == (0, len("peacekeepers") + 1)


@pytest.mark.parametrize("stray", ["ʼ", "a ʼ b", "ﾞ"])
def test_a_stray_mark_is_no_word(stray: str) -> None:
    assert "" not in folded(stray)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AI-based", ["ai", "based"]),
        ("U.S. troops", ["u", "s", "troops"]),
        ("COVID-19", ["covid", "19"]),
        ("rain/snow", ["rain", "snow"]),
        ("#Ukraine @nato", ["ukraine", "nato"]),
        ("Europe…plans", ["europe", "plans"]),
        ("мир—війна", ["мир", "війна"]),
        (" \n\t.,!? — ", []),
        ("", []),
    ],
)
def test_punctuation_stands_between_words(text: str, words: list[str]) -> None:
    assert folded(text) == words


def test_offsets_point_at_the_words_as_written() -> None:
    text = "«Київ» — п’ять ЗАЯВ, cafe\u0301!"
    assert [text[term.start : term.end] for term in terms_of(text)] == [
        "Київ",
        "п’ять",
        "ЗАЯВ",
        "cafe\u0301",
    ]


@given(st.text())
def test_terms_of_any_text_lie_in_it_in_order_and_apart(text: str) -> None:
    at = 0
    for term in terms_of(text):
        assert at <= term.start < term.end <= len(text)
        assert term.text
        assert fold(text[term.start : term.end]) == term.text
        at = term.end


@given(st.lists(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=8)))
def test_no_letter_or_digit_is_left_out(words: list[str]) -> None:
    text = " ".join(words)
    assert [text[term.start : term.end] for term in terms_of(text)] == words


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Ukraine’s", "ukraine"),
        ("Ukraine's", "ukraine"),
        ("l’Ukraine", "ukraine"),
        ("dell'Ucraina", "ucraina"),
        ("п'ять", "пять"),
        ("O'Brien", "obrien"),
        ("_Ukraine_", "ukraine"),
    ],
)
def test_what_stands_with_a_word_is_no_part_of_it(text: str, term: str) -> None:
    assert [each.text for each in terms_of(text)] == [term]


def test_underscores_alone_are_no_word() -> None:
    assert terms_of("___") == []
