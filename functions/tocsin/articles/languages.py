"""The language of an article, told by its letters and its smallest words.

benchmarks/inflection.py measures it. Big detectors do no better on news and cost an import of 10 ms
to 5 s.
"""

import re
from collections import Counter

from tocsin.stopwords import STOP_WORDS

_ENOUGH = 400  # characters; more change nothing
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "kana": re.compile("[\u3041-\u30fa]"),
    "hangul": re.compile("[\uac00-\ud7a3]"),
    "han": re.compile("[\u4e00-\u9fff]"),
    "arabic": re.compile("[\u0620-\u064a\u0671-\u06d3]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "latin": re.compile("[a-zA-Z\u00c0-\u024f]"),
}
_ONLY = {"kana": "ja", "hangul": "ko", "han": "zh", "arabic": "ar"}
# A Chinese character says more than a Latin letter; kana with it make it Japanese.
_WEIGHTS = {"kana": 20, "han": 4, "hangul": 4}
# Of equals the first: headlines without a small word or a telling letter are English, and Cyrillic
# ones Russian (every second Ukrainian word has a letter that Russian lacks).
_WRITTEN_IN = {
    "cyrillic": ("ru", "uk"),
    "latin": ("en", "de", "fr", "es", "it", "pl", "pt", "nl", "tr"),
}
# Letters that few of the languages of a script have, in points; a stop word has one.
_LETTERS = {
    "uk": (1.0, "іїєґ"),
    "ru": (1.0, "ыэё"),
    "pl": (0.7, "ąęłśćńźż"),
    "de": (0.7, "äöüß"),
    "fr": (0.5, "éèàçêâùœ"),
    "es": (0.7, "ñ¿¡áíóú"),
    "pt": (0.5, "ãõáíóúçê"),
    "it": (0.5, "àèìòù"),
    "tr": (0.7, "ığşçöü"),
}
# What a feed says of itself: as good as two small words. Some feeds carry two languages, and some
# say what their software said when it was installed.
_HINT = 2.0
# Small words among all: a third in a language's own news, a sixth in a relative's (Spanish ones in
# Portuguese). So much for a language that only the feed knows, and less is no language of ours.
_STATED = 0.25
_LEAST = 0.1
_TELLING = 30  # words; headlines have too few for shares
_CODE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")


def language_of(title: str, text: str, hint: str | None = None) -> str | None:
    """Two letters of ISO 639-1. The feed's statement (`uk`, `en-GB`) decides between equals, and
    where nothing else tells; None where nothing does."""
    said = _code(hint)
    sample = f"{title} {text[:_ENOUGH]}"
    script = _script_of(sample)
    if script is None:
        return said
    if script in _ONLY:
        return said if said in {"fa", "ur"} and script == "arabic" else _ONLY[script]
    words = Counter(word.translate(_BARE) for word in _WORD.findall(sample.lower()))
    scores = _scores(words, Counter(sample.lower()), _WRITTEN_IN[script])
    best = _best(scores, said, words.total())
    return None if script == "latin" and _unlike(best, words) else best


def _code(hint: str | None) -> str | None:
    found = _CODE.match(hint.strip()) if hint else None
    return found.group().lower() if found else None


def _script_of(sample: str) -> str | None:
    if sample.isascii():
        return "latin" if _WORD.search(sample) else None
    counts = {
        name: len(letters.findall(sample)) * _WEIGHTS.get(name, 1)
        for name, letters in _SCRIPTS.items()
    }
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else None


def _scores(
    words: Counter[str], letters: Counter[str], languages: tuple[str, ...]
) -> dict[str, float]:
    return {language: _small(words, language) + _own(letters, language) for language in languages}


def _small(words: Counter[str], language: str) -> int:
    return sum(words[word] for word in STOP_WORDS[language] & words.keys())


def _own(letters: Counter[str], language: str) -> float:
    points, own = _LETTERS.get(language, (0.0, ""))
    return points * sum(letters[letter] for letter in own)


def _best(scores: dict[str, float], said: str | None, words: int) -> str:
    if said in scores:
        scores[said] += _HINT
    elif said and said not in STOP_WORDS:  # those have another script
        scores[said] = max(_HINT, words * _STATED)
    return max(scores, key=scores.__getitem__)


def _unlike(language: str, words: Counter[str]) -> bool:
    if language not in STOP_WORDS or words.total() < _TELLING:
        return False
    return _small(words, language) < words.total() * _LEAST


# As the table of small words is folded; a whole fold would cost more than the rest.
_BARE = str.maketrans("äöüéèêàâùçñáíóúąęłśćńźżòìãõё", "aoueeeaaucnaiouaelscnzzoiaoе")
