"""Text that fits where it is shown: an SNS subject, one SMS segment."""

import re
import unicodedata

SUBJECT_CHARACTERS = 99  # SNS: fewer than 100
GSM_UNITS = 160  # GSM 03.38 characters in one segment
UCS2_UNITS = 70  # UTF-16 units in one segment, once any character is outside GSM 03.38

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€")  # two units each
_PLAINER = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "ʼ": "'", "‚": "'",
        "–": "-", "—": "-", "−": "-", "…": "...", "\u00a0": " ", "`": "'", "ł": "l", "Ł": "L",
    }
)  # fmt: skip


def visible(text: str) -> str:
    """Without control, format and bidirectional characters; spaces and line ends stay."""
    return "".join(char for char in text if _visible(char))


def one_line(text: str) -> str:
    """Without control, format and bidirectional characters, in one line: safe for a subject, a
    terminal or an SMS."""
    kept = (" " if unicodedata.category(c) in _SPACES else c for c in visible(text))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(kept))).strip()


_SPACES = frozenset({"Zs", "Zl", "Zp"})


def _visible(char: str) -> bool:
    return char in "\n\t\r" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with an ellipsis in place of what is missing."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    at_word = head.rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else head).rstrip(" ,;:-") + "…"


def subject(text: str) -> str:
    return cut(one_line(text), SUBJECT_CHARACTERS)


def gsm(text: str) -> str:
    """In the alphabet that SMS is cheap in, where only typography and accents stand in the way."""
    plainer = text.translate(_PLAINER)
    return "".join(char if _in_gsm(char) else _without_accent(char) for char in plainer)


def _without_accent(char: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return bare if all(_in_gsm(c) for c in bare) else char


def _in_gsm(char: str) -> bool:
    return char in _GSM_BASIC or char in _GSM_EXTENDED


def sms_units(text: str) -> tuple[int, int]:
    """(units the text takes, units one segment has)."""
    if all(_in_gsm(char) for char in text):
        return len(text) + sum(char in _GSM_EXTENDED for char in text), GSM_UNITS
    return len(text.encode("utf-16-le")) // 2, UCS2_UNITS


def fits_one_segment(text: str) -> bool:
    units, room = sms_units(text)
    return units <= room
