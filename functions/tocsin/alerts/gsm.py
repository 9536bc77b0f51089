"""Text in the alphabet that an SMS is cheap in (GSM 03.38), as far as readers still know it."""

import re
import unicodedata

from tocsin.alerts.plain import in_gsm
from tocsin.alerts.romanise import romanised

_TYPOGRAPHY = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"', "‘": "'", "’": "'",
        "‚": "'", "‛": "'", "‹": "'", "›": "'", "ʼ": "'", "ʻ": "'", "′": "'", "`": "'", "´": "'",
        "–": "-", "—": "-", "―": "-", "‒": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": "-",
        "…": "...", "⁄": "/", "×": "x", "÷": ":", "→": "->", "←": "<-", "≈": "~", "≤": "<=",
        "≥": ">=", "©": "(c)", "®": "(R)", "°": " deg", "¢": "c", "µ": "u", "₴": "UAH ",
        "₽": "RUB ", "₹": "INR ", "₺": "TRY ", "₩": "KRW ", "\u00a0": " ",
    }
)  # fmt: skip
# Latin letters that are no letter with an accent to Unicode.
_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "ı": "i", "œ": "oe", "Œ": "OE", "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "Ng", "ŧ": "t",
        "Ŧ": "T", "ə": "a", "Ə": "A", "ẞ": "SS", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k",
        "Ɓ": "B", "Ɗ": "D", "Ƙ": "K", "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O",
    }
)  # fmt: skip
_SPACED_QUOTE = re.compile("« ([^«»]*) »")  # as French sets them
_CYRILLIC = re.compile("[\u0400-\u052f]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")


def has_letters_to_romanise(text: str) -> bool:
    """The alphabet has ten Greek capitals: where they are all there is, they stay."""
    return bool(_CYRILLIC.search(text)) or not all(map(in_gsm, _GREEK.findall(text)))


def to_gsm(text: str, language: str | None = None) -> str:
    """Typography made plain, Latin letters without the accents that the alphabet lacks, Cyrillic
    and Greek romanised, pictures left out. What else it lacks stays as it is."""
    latin = romanised(text, language) if has_letters_to_romanise(text) else text
    tight = _SPACED_QUOTE.sub(r"«\1»", latin)
    plainer = tight.translate(_TYPOGRAPHY).translate(_LETTERS)
    kept = ""
    for char in plainer:
        if not _is_stray(char, kept):
            kept += char if in_gsm(char) else _without_accent(char)
    return re.sub(r"\s+", " ", kept).strip()


def _is_stray(char: str, before: str) -> bool:
    """A mark that has no letter to stand on any more."""
    return unicodedata.category(char) == "Mn" and (not before or in_gsm(before[-1]))


def _without_accent(char: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    bare = bare.translate(_TYPOGRAPHY).translate(_LETTERS)
    if bare and all(map(in_gsm, bare)):
        return bare
    return "" if unicodedata.category(char) in ("So", "Sk") else char
