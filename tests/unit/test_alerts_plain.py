"""Text that fits where it is shown."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.alerts.plain import (
    GSM_UNITS,
    SUBJECT_CHARACTERS,
    UCS2_UNITS,
    cut,
    fits_one_segment,
    gsm,
    one_line,
    sms_units,
    subject,
)

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@given(st.text())
def test_any_text_becomes_one_visible_line(text: str) -> None:
    line = one_line(text)
    assert not [char for char in line if unicodedata.category(char) in INVISIBLE]
    assert line == " ".join(line.split())
    assert one_line(line) == line


@given(st.text(max_size=300))
@example("x" * 500)
@example("word " * 100)
def test_any_subject_is_one_that_sns_takes(text: str) -> None:
    made = subject(text)
    assert len(made) < 100
    assert not [char for char in made if unicodedata.category(char) in INVISIBLE]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\tc\r\nd", "a b c d"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\u00a0b\u3000c", "a b c"),
        ("Pay \u202eegrahc on\u202c now", "Pay egrahc on now"),
        ("\u2066a\u2069\u200f", "a"),
        ("\x1b[31mred\x07", "[31mred"),
        ("peace\u00adkeepers\u200b", "peacekeepers"),
        ("cafe\u0301", "café"),
        ("half \ud83d", "half"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_removed_and_spaces_are_one(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert len(shown) <= limit
    assert shown == text or shown.endswith("…")


@pytest.mark.parametrize(
    ("limit", "shown"),
    [(22, "one, two three"), (14, "one, two three"), (13, "one, two…"), (9, "one, two…")],
)
def test_a_text_is_cut_at_a_word(limit: int, shown: str) -> None:
    assert cut("one, two three", limit) == shown


def test_a_text_is_cut_within_a_word_rather_than_to_less_than_half() -> None:
    assert cut("a extraordinarily", 10) == "a extraor…"


def test_a_subject_as_long_as_the_limit_is_whole() -> None:
    assert subject("x" * SUBJECT_CHARACTERS) == "x" * SUBJECT_CHARACTERS
    assert subject("x" * (SUBJECT_CHARACTERS + 1)).endswith("…")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Peace” – ‘now’…", "\"Peace\" - 'now'..."),
        ("«Мир»", '"Мир"'),
        ("Łódź", "Lodz"),
        ("crème brûlée", "crème brulée"),  # è and é are in the alphabet, û is not
        ("Müller ñ ß £5 €6", "Müller ñ ß £5 €6"),
        ("Київ, їжак", "Київ, їжак"),
        ("北京 😀", "北京 😀"),
        ("Brand™", "BrandTM"),
    ],
)
def test_only_typography_and_accents_are_replaced(text: str, plain: str) -> None:
    assert gsm(text) == plain


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", (0, GSM_UNITS)),
        ("abc", (3, GSM_UNITS)),
        ("€[]", (6, GSM_UNITS)),
        ("мир", (3, UCS2_UNITS)),
        ("😀", (2, UCS2_UNITS)),
        ("a`", (2, UCS2_UNITS)),  # a grave accent is not in GSM 03.38
    ],
)
def test_units_are_counted_as_networks_do(text: str, units: tuple[int, int]) -> None:
    assert sms_units(text) == units


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("и" * 70, True),
        ("и" * 71, False),
        ("😀" * 35, True),
        ("😀" * 36, False),
        ("a" * 70 + "и", False),
    ],
)
def test_a_segment_holds_so_much_and_no_more(text: str, fits: bool) -> None:
    assert fits_one_segment(text) == fits
