"""How text is read for matching: words, folded, with their places."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.analysis import fold, new_terms_of, terms_of
from tocsin.query.characters import MARKS

# What texts are made of, and what has made trouble: letters of many scripts, marks, joiners,
# apostrophes, ligatures and fractions that NFKC takes apart, half-width kana, Hangul in parts.
TELLING = (
    "aZéßłøæıİſʼn½⑴ﬁＡ１ٱلكَىЙїёґюкімשָׁคำกिक्षक़ไท한글가漢字かカｶﾞ゙ゟ㈠ー々ﾞ"
    "'’‘ʼ＇′ \n.-_/,…—·̧́̆̈\u00ad\u200b\u200d\ufeff\ufe0f٠५二Ⅷŉǆ"
)
texts = st.text(st.sampled_from(TELLING) | st.characters(), max_size=24)
SEPARATORS = re.compile(r"[^\w'\u0080-\U0010ffff]|_")


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
        ("Łódź", "Lodz"),
        ("Ærø", "aero"),
        ("Þórður", "Thordur"),
        ("ılık", "ILIK"),
        ("أوكرانيا", "اوكرانيا"),
        ("מִלְחָמָה", "מלחמה"),  # vowel points
    ],
)
def test_case_and_accents_are_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("й", "и"), ("ї", "і"), ("ў", "у"), ("ґ", "г"), ("ќ", "к"), ("є", "е"), ("ы", "и")],
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


@given(texts)
def test_a_text_that_is_remembered_elsewhere_has_the_same_terms(text: str) -> None:
    assert new_terms_of(text) == terms_of(text)


@given(texts)
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
        ("L’État", "etat"),
        ("aujourd'hui", "aujourdhui"),
        ("п‘ять", "пять"),
        ("п'ять", "пять"),
        ("O'Brien", "obrien"),
        ("_Ukraine_", "ukraine"),
    ],
)
def test_what_stands_with_a_word_is_no_part_of_it(text: str, term: str) -> None:
    assert [each.text for each in terms_of(text)] == [term]


def test_underscores_alone_are_no_word() -> None:
    assert terms_of("___") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("乌克兰军队", ["乌", "克", "兰", "军", "队"]),
        ("ウクライナへ", list("ウクライナへ")),
        ("ｶﾞｽ", ["ガ", "ス"]),  # half-width, the voice mark apart
        ("NATO加盟2024年", ["nato", "加", "盟", "2024", "年"]),
    ],
)
def test_where_no_spaces_are_written_each_character_is_a_word(text: str, words: list[str]) -> None:
    assert folded(text) == words


@pytest.mark.parametrize(
    "text",
    ["यूक्रेन की सेना", "우크라이나 군대", "กองทัพ ยูเครน", "ইউক্রেনের সেনা", "армія України"],
)
def test_marks_are_part_of_words_in_every_script(text: str) -> None:
    words = unicodedata.normalize("NFC", text.casefold()).split()
    assert folded(text) == words


def test_a_word_is_also_known_with_its_accents() -> None:
    assert [term.accented for term in terms_of("L’ÉTÉ à la Cafe\u0301 Œuvre")] == [
        "été",
        "à",
        "la",
        "café",
        "œuvre",
    ]


@given(texts)
def test_folding_a_form_changes_nothing(text: str) -> None:
    for term in terms_of(text):
        assert [each.text for each in terms_of(term.text)] == [term.text]
        assert fold(term.text) == term.text
        assert [each.accented for each in terms_of(term.accented)] == [term.accented]
        assert fold(term.accented) == term.text


@given(texts, texts)
def test_words_depend_on_nothing_beyond_a_space(one: str, other: str) -> None:
    at = len(one) + 1
    after = [term._replace(start=term.start + at, end=term.end + at) for term in terms_of(other)]
    assert terms_of(f"{one} {other}") == terms_of(one) + after


@given(texts)
def test_words_depend_on_nothing_beyond_ascii_punctuation(text: str) -> None:
    pieces = [form for piece in SEPARATORS.split(text) for form in folded(piece)]
    assert folded(text) == pieces


def test_the_marks_are_those_of_unicode() -> None:
    mark = re.compile(f"[{MARKS}]")
    plane = [chr(code) for code in range(0x10000)]
    assert all(mark.match(each) for each in plane if unicodedata.category(each)[0] == "M")
    others = {unicodedata.category(each)[0] for each in plane if mark.match(each)}
    assert others <= {"M", "L", "N", "C"}
