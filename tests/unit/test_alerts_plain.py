"""Text that fits where it is shown."""

import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.alerts.plain import (
    GSM_UNITS,
    SUBJECT_CHARACTERS,
    UCS2_UNITS,
    cut,
    cut_subject,
    extends,
    fits_one_segment,
    one_line,
    sms_units,
    utf16_units,
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
    made = cut_subject(one_line(text))
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
    assert cut_subject("x" * SUBJECT_CHARACTERS) == "x" * SUBJECT_CHARACTERS
    assert cut_subject("x" * (SUBJECT_CHARACTERS + 1)).endswith("…")


# Signs that are more than one character, in the scripts that have them.
SIGNS = [
    "e\u0301\u0323", "й", "한국어", "\u1112\u1161\u11ab", "กำลัง", "क्षेत्र", "বাংলা", "🇺🇦🇬🇷🇵🇱",
    "👍🏽", "ﾊﾞ", "א\u05b7ב", "مُحَمَّد", "\u0d4eക", "a", " ", "停火",
]  # fmt: skip


@given(st.lists(st.sampled_from(SIGNS), min_size=1, max_size=30), st.integers(1, 40))
def test_a_text_is_never_cut_inside_a_sign(signs: list[str], limit: int) -> None:
    text = "".join(signs)
    shown = cut(text, limit, "", utf16_units)
    assert text.startswith(shown)
    ends = {found.end() for found in regex.finditer(r"\X", text)} | {0}
    assert len(shown) in ends


def test_every_character_that_unicode_counts_to_the_sign_before_it_stays_with_it() -> None:
    codes = (*range(0x20000), *range(0xE0100, 0xE01F0))  # between these, Chinese only
    chars = (char for char in map(chr, codes) if unicodedata.category(char)[0] != "C")
    joined = [char for char in chars if regex.match(r"\X", f"a{char}").end() == 2]
    shown = [char for char in joined if one_line(f"a{char}b") == f"a{char}b"]
    assert len(shown) > 2_000
    assert [char for char in shown if not extends(char)] == []


def test_a_subject_is_counted_in_the_units_that_sns_counts() -> None:
    assert cut_subject("😀" * 49) == "😀" * 49
    assert cut_subject("😀" * 50) == "😀" * 49 + "…"


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
