"""Text that fits where it is shown: in one line, in an SNS subject, in one SMS segment."""

import unicodedata
from collections.abc import Callable
from itertools import accumulate

SUBJECT_CHARACTERS = 99  # SNS: fewer than 100; counted in UTF-16 units, as its own language does
GSM_UNITS = 160  # GSM 03.38 characters in one segment
UCS2_UNITS = 70  # UTF-16 units in one segment, once any character is outside GSM 03.38

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€")  # two units each

_SPACES = frozenset({"Zs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_VIRAMA = 9  # the canonical combining class of signs that join two consonants into one shape
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # two of them are one flag
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_LEADING_JAMO = frozenset([*range(0x1100, 0x1160), *range(0xA960, 0xA97D)])
_LATER_JAMO = frozenset([*range(0x1160, 0x1200), *range(0xD7B0, 0xD7FC)])
# Letters that Unicode counts to the sign before them, or after them (UAX 29), though no marks.
_TRAILING_LETTERS = frozenset("\u0e33\u0eb3\uff9e\uff9f")
_LEADING_LETTERS = frozenset(
    "\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a84\U00011a85\U00011a86\U00011a87"
    "\U00011a88\U00011a89\U00011d46\U00011f02"
)


def visible(text: str) -> str:
    """Without control, format and bidirectional characters; spaces and line ends stay."""
    return "".join(char for char in text if _visible(char))


def one_line(text: str) -> str:
    """Without control, format and bidirectional characters, in one line: safe for a subject, a
    terminal or an SMS."""
    if not text.isprintable():  # what Unicode calls so is what we show, but for its spaces
        text = "".join(" " if unicodedata.category(c) in _SPACES else c for c in visible(text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _visible(char: str) -> bool:
    return char in "\n\t\r" or unicodedata.category(char) not in _INVISIBLE


MAX_UNITS = 2  # of a character, by any of these


def utf16_units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def gsm_units(char: str) -> int:
    return 2 if char in _GSM_EXTENDED else 1


def one_each(_char: str) -> int:
    return 1


def cut(text: str, limit: int, ellipsis: str = "…", units: Callable[[str], int] = one_each) -> str:
    """At most `limit` units, cut at a word, or where scripts have no spaces between two signs as
    readers see them; `ellipsis` stands for what is missing."""
    if len(text) * MAX_UNITS <= limit or sum(map(units, text)) <= limit:
        return text
    room = limit - sum(map(units, ellipsis))
    if room < 0:
        return ""
    end = _sign_end(text, sum(total <= room for total in accumulate(map(units, text))))
    head = text[:end]
    at_word = head if text[end : end + 1] == " " else head.rpartition(" ")[0]
    return (at_word if len(at_word) > end // 2 else head).rstrip(" ,;:-–—(") + ellipsis


def _sign_end(text: str, end: int) -> int:
    """The last place up to `end` that is inside no sign."""
    while 0 < end < len(text) and _within_a_sign(text, end):
        end -= 1
    return end


def _within_a_sign(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    return (
        extends(after)
        or before in _LEADING_LETTERS
        or unicodedata.combining(before) == _VIRAMA
        or (ord(before) in _LEADING_JAMO and ord(after) in _LEADING_JAMO)
        or (ord(after) in _FLAG_LETTERS and _flag_letters_before(text, at) % 2 == 1)
    )


def extends(char: str) -> bool:
    """Whether it is part of the sign before it."""
    return (
        unicodedata.category(char).startswith("M")
        or char in _TRAILING_LETTERS
        or ord(char) in _LATER_JAMO
        or ord(char) in _SKIN_TONES
    )


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start and ord(text[start - 1]) in _FLAG_LETTERS:
        start -= 1
    return at - start


def cut_subject(text: str, limit: int = SUBJECT_CHARACTERS) -> str:
    return cut(text, limit, units=utf16_units)


def in_gsm(char: str) -> bool:
    return char in _GSM_BASIC or char in _GSM_EXTENDED


def sms_units(text: str) -> tuple[int, int]:
    """(units the text takes, units one segment has)."""
    if all(map(in_gsm, text)):
        return sum(map(gsm_units, text)), GSM_UNITS
    return sum(map(utf16_units, text)), UCS2_UNITS


def fits_one_segment(text: str) -> bool:
    units, room = sms_units(text)
    return units <= room
