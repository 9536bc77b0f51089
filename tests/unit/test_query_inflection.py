"""Stems bring the forms of a word together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.analysis import fold
from tocsin.query.inflection import LANGUAGES, stem


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("uk", "війна війни війні війну війною"),
        ("uk", "ракета ракети ракеті ракет ракетами"),
        ("uk", "санкція санкції санкцій санкціям"),
        ("uk", "безпека безпеки безпеці безпекою"),
        ("uk", "Зеленський Зеленського Зеленському Зеленським"),
        ("uk", "дрон дрона дронів дронами"),
        ("uk", "зустрівся зустрілася зустрілися"),
        ("uk", "радість радості радістю"),
        ("uk", "питання питань питанням"),
        ("uk", "будинок будинку будинки"),
        ("uk", "допомога допомоги допомозі"),
        ("ru", "ракета ракеты ракете ракетами"),
        ("ru", "самолёт самолета самолётов"),
        ("pl", "prezydent prezydenta prezydentowi prezydentem"),
        ("de", "Häuser Häusern Haus Hauses"),
        ("fr", "sanction sanctions"),
        ("en", "negotiate negotiates negotiated negotiating"),
        ("es", "ministro ministros"),
        ("it", "sanzione sanzioni"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, words: str) -> None:
    assert len({stem(fold(word), language) for word in words.split()}) == 1


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("uk", "війна", "військо"),
        ("uk", "рада", "радість"),
        ("uk", "мир", "мір"),
        ("uk", "місто", "мосту"),
        ("uk", "ціна", "цінний"),
        ("en", "troop", "trouble"),
    ],
)
def test_other_words_keep_other_stems(language: str, one: str, other: str) -> None:
    assert stem(one, language) != stem(other, language)


@pytest.mark.parametrize("language", ["xx", "", "zh"])
def test_where_there_is_no_stemmer_a_form_is_its_own_stem(language: str) -> None:
    assert stem("troops", language) == "troops"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@given(form=st.text(min_size=1, max_size=20).map(fold).filter(bool))
def test_every_form_has_a_stem(language: str, form: str) -> None:
    assert stem(form, language)


def test_the_languages_of_the_news_have_stems() -> None:
    assert {"uk", "ru", "pl", "de", "fr", "en", "es", "it"} <= LANGUAGES
