"""Names as other languages would write them: by the sounds that transliterations agree on.

Зеленського, Zelenskyy, Selenskyj and ゼレンスキー all become `slnsk`. Vowels are left out, h and j
are silent, b, p and v are one letter as in Arabic or Japanese, and so are l and r, g and k, and all
that hisses.

How far this goes, on WMT21 (`benchmarks/stories.py`, `across_languages`): of all pairs of an
article and a translation of any, .90 to 1.0 of those that are linked are its own. Russian finds .61
of its English translations, Icelandic .54, French and German .13 to .24 of each other's, Japanese
.20: its names are in kanji. So names say what belongs together, and never alone that something
need not be told.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

# Endings change: what is beyond five sounds is not looked at. Two sounds are anybody's.
_MOST_SOUNDS, _FEWEST_SOUNDS = 5, 3

_LATIN = re.compile(
    r"(?P<s>t?sch|[cs]h|[cs]z|t[cs]h|zh|t[sz]|[sz]|c(?=[eiy])|ß)|(?P<ks>x)|(?P<f>ph|f)|(?P<n>ng?)"
    r"|(?P<none>kh|gh)|(?P<k>ck|[ckqg])|(?P<b>[bpvw])|(?P<l>[lr])|(?P<t>th?)|(?P<d>d)|(?P<m>m)"
)
_LETTERS = {
    "b": "бпвبブバビベボパピプペポワヴ",
    "k": "ґгкقكغカキクケコガギグゲゴ",
    "s": "зжсцчшщسزشصظثサシスセソザズゼゾチツ",
    "l": "лрلرラリルレロ",
    "t": "тطتタテト",
    "d": "дدذضダヂヅデド",
    "n": "нنナニヌネノン",
    "m": "мمマミムメモ",
    "f": "фفフ",
}
_SOUNDS = str.maketrans(
    {letter: sound for sound, letters in _LETTERS.items() for letter in letters}
)
# What would be wrong letter by letter: Джонсон is Johnson, Вашингтон ワシントン.
_TOGETHER = (("дж", ""), ("нг", "н"))
_UKRAINIAN_G = str.maketrans({"г": "", "ґ": "г"})
_SOUNDED = re.compile(r"[^bkstdnmlf]+")
_TWICE = re.compile(r"(.)\1+")
_KATAKANA = re.compile(r"[ァ-ヺー]{3,}")
_LATIN_ONLY = re.compile(r"^[a-z]+$")
_UNCAPITALISED = frozenset(("ja", "zh", ""))


def names_in(
    terms: Sequence[str], capital: Collection[str], text: str, language: str
) -> Counter[str]:
    """Sounds of the names among the terms, and how often each is there. Arabic has no capitals: any
    of its words may be a name; of Japanese those in katakana are, and those in Latin letters."""
    found = [term for term in terms if term in capital or language == "ar"]
    if language in _UNCAPITALISED:
        found += [*_KATAKANA.findall(text), *(t for t in terms if _LATIN_ONLY.match(t))]
    return Counter(_long_enough(found, language))


def _long_enough(terms: Sequence[str], language: str) -> Iterator[str]:
    for term in terms:
        heard = sounds(term, language)
        if len(heard) >= _FEWEST_SOUNDS:
            yield heard


@lru_cache(65_536)
def sounds(term: str, language: str) -> str:
    """Of a folded term."""
    if term.isascii():
        heard = "".join(_of_latin(found) for found in _LATIN.finditer(term))
    else:
        for letters, instead in _TOGETHER:
            term = term.replace(letters, instead)
        if language == "uk":
            term = term.translate(_UKRAINIAN_G)
        heard = _SOUNDED.sub("", term.translate(_SOUNDS))
    return _TWICE.sub(r"\1", heard)[:_MOST_SOUNDS]


def _of_latin(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    return "" if kind == "none" else kind
