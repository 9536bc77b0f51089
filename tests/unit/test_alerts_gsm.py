"""Text in the alphabet that an SMS is cheap in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.gsm import has_letters_to_romanise, to_gsm
from tocsin.alerts.plain import in_gsm, one_line


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Peace” – ‘now’…", "\"Peace\" - 'now'..."),
        ("« enfin », dit-elle", '"enfin", dit-elle'),
        ("»Frieden« sagt er", '"Frieden" sagt er'),
        ("Łódź, Đakovo, Þór, İzmir ılık", "Lodz, Dakovo, Thor, Izmir ilik"),
        ("crème brûlée", "crème brulée"),  # è and é are in the alphabet, û is not
        ("Việt Nam đổi mới", "Viet Nam doi moi"),
        ("Müller ñ ß £5 €6", "Müller ñ ß £5 €6"),
        ("Brand™ № 5 ½", "BrandTM No 5 1/2"),
        ("e\u0329 a\u0301", "e a"),  # á is not in the alphabet
        ("-5 °C, 3 × 2", "-5 degC, 3 x 2"),
        ("Peace 🕊️ now 👍🏽", "Peace now"),
        ("₴500", "UAH 500"),
        ("Київ, їжак", "Kyiv, yizhak"),
        ("Αθήνα", "Athina"),
        ("ΜΟΝΟ ΚΥΜΑ", "MONO KYMA"),
        ("ΔΦΓ 5 Ω", "ΔΦΓ 5 Ω"),  # capitals that the alphabet has
        ("北京 peace", "北京 peace"),
        ("هدنة", "هدنة"),
        ("", ""),
    ],
)
def test_what_the_alphabet_lacks_is_shown_by_what_it_has(text: str, plain: str) -> None:
    assert to_gsm(one_line(text)) == plain


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=["C"])))
def test_any_latin_text_can_be_shown(text: str) -> None:
    rare = [char for char in to_gsm(one_line(text)) if not in_gsm(char)]
    assert all(ord(char) >= 0x180 or char in "ªº¦¨¬¯±¶¸ĸſŉ" for char in rare)


@given(st.text())
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    plain = to_gsm(one_line(text))
    assert to_gsm(plain) == plain


@pytest.mark.parametrize(
    ("text", "has"),
    [("Мир", True), ("Αθήνα", True), ("Ω", False), ("café", False), ("和平", False)],
)
def test_cyrillic_and_greek_are_what_is_romanised(text: str, has: bool) -> None:
    assert has_letters_to_romanise(text) == has
