"""Cyrillic and Greek in Latin letters, by each language's standard."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.romanise import romanised

# Most of these are examples that the standards themselves give.
EXAMPLES = [
    ("uk", "Алушта Андрій", "Alushta Andrii"),
    ("uk", "Борщагівка Гадяч Згорани Розгон", "Borshchahivka Hadiach Zghorany Rozghon"),
    ("uk", "Ґалаґан Ґорґани Донецьк Рівне", "Galagan Gorgany Donetsk Rivne"),
    ("uk", "Єнакієве Гаєвич Короп’є", "Yenakiieve Haievych Koropie"),
    ("uk", "Житомир Закарпаття Медвин Михайленко", "Zhytomyr Zakarpattia Medvyn Mykhailenko"),
    ("uk", "Їжакевич Кадиївка Мар'їне", "Yizhakevych Kadyivka Marine"),
    ("uk", "Йосипівка Стрий Олексій", "Yosypivka Stryi Oleksii"),
    ("uk", "Щербухи Гоща Гаращенко", "Shcherbukhy Hoshcha Harashchenko"),
    ("uk", "Юрій Корюківка Яготин Ічня", "Yurii Koriukivka Yahotyn Ichnia"),
    ("uk", "Костянтин Знам'янка", "Kostiantyn Znamianka"),
    ("uk", "Івано-Франківськ", "Ivano-Frankivsk"),
    ("uk", "ЩО ЦЕ Є", "SHCHO TSE Ye"),
    ("ru", "Екатеринбург Достоевский подъезд", "Yekaterinburg Dostoyevskiy podyezd"),
    ("ru", "Горбачёв Ёлкин Щукин Хабаровск", "Gorbachev Yelkin Shchukin Khabarovsk"),
    ("ru", "Цой Эльбрус Южный Яна Чехов", "Tsoy Elbrus Yuzhnyy Yana Chekhov"),
    ("be", "Магілёў Віцебск Лукашэнка", "Mahilyow Vitsyebsk Lukashenka"),
    ("be", "сям'я Брэст", "syamya Brest"),
    ("bg", "България София Търговище", "Balgaria Sofia Targovishte"),
    ("bg", "Щръклево Хасково Цар Ямбол", "Shtraklevo Haskovo Tsar Yambol"),
    ("sr", "Ђоковић Љубљана Његош", "Djokovic Ljubljana Njegos"),
    ("sr", "Шабац Чачак Жика Џеп", "Sabac Cacak Zika Dzep"),
    ("mk", "Ѓорче Ќустендил Скопје", "Gjorche Kjustendil Skopje"),
    ("mk", "Жито Чаша Шума ѕвезда", "Zhito Chasha Shuma dzvezda"),
    ("el", "Αθήνα Ευρώπη Παύλος", "Athina Evropi Pavlos"),
    ("el", "αυτοκίνητο ευχή ηύρα", "aftokinito efchi ivra"),
    ("el", "Άγγελος άγχος λάρυγξ γκρι", "Angelos anchos larynx gkri"),
    ("el", "Μπάμπης Ουρανός Ψυχή Χίος", "Bampis Ouranos Psychi Chios"),
    ("el", "πραΰς άυλος ΑΘΗΝΑ ΘΕΟΣ Θεός", "prays aylos ATHINA THEOS Theos"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "latin"), EXAMPLES)
def test_each_language_has_its_own_romanisation(language: str, text: str, latin: str) -> None:
    assert romanised(text, language) == latin


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Київ і Гадяч", "Kyiv i Hadiach"),
        ("объявление", "obyavleniye"),
        ("Горе мира", "Gore mira"),  # nothing tells: Russian
        ("Мінск і сыры", "Minsk i syry"),
        ("Държава", "Darzhava"),
        ("Ћирилица", "Cirilica"),
        ("Јесен", "Jesen"),
        ("Куќа", "Kukja"),
    ],
)
def test_where_nobody_says_the_language_its_letters_do(text: str, latin: str) -> None:
    assert romanised(text, None) == latin


def test_letters_go_before_what_is_said_of_the_language() -> None:
    assert romanised("Київ", "ru") == "Kyiv"
    assert romanised("гора", "uk") == "hora"
    assert romanised("гора", "en") == "gora"


def test_letters_that_no_table_has_stay() -> None:
    assert romanised("Қаз", "kk") == "Қaz"


def test_other_scripts_and_signs_stay() -> None:
    text = "Peace, 40 停火 هدنة é “x”"
    assert romanised(text, "uk") == text


RUSSIAN = st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ-,.5")
GREEK = st.text("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆ ,5")


@given(st.one_of(RUSSIAN, GREEK), st.sampled_from(["ru", "uk", "be", "bg", "sr", "mk", "el", None]))
def test_any_text_in_known_letters_becomes_ascii(text: str, language: str | None) -> None:
    assert re.fullmatch(r"[ -~]*", romanised(text, language))


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(romanised(text, None), str)
