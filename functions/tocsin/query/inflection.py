"""Stems: what stands for all forms of a word where no dictionary knows it.

Stems are taken of folded forms, and mean something in their own language only. Stemming words with
their accents and folding afterwards has the same recall in German, Spanish, Italian, Polish and
Russian and .003 more in French: not worth a second rule for topics typed without accents.
"""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from tocsin.query import names, ukrainian

# Those that benchmarks/inflection.py measures.
_SNOWBALL = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pl": "polish",
    "ru": "russian",
}
LANGUAGES = frozenset(_SNOWBALL) | {"uk"}


@lru_cache(65_536)
def stem(form: str, language: str) -> str:
    """The form itself where there is no stemmer for the language."""
    return stemmer(language)(form)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """As `stem`, for who asks of each form once."""
    if language == "uk":
        return ukrainian.stem
    if language not in _SNOWBALL:
        return str
    import Stemmer  # here: an archive in one language needs no other stemmer, most topics none

    # Without a memory of its own, which takes four times as long as stemming.
    snowball: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
    return snowball


class StemsAlone:
    """An `Inflection` without dictionaries, for who cannot wait until one is read."""

    languages = LANGUAGES

    def stem(self, form: str, language: str) -> str:
        return stem(form, language)

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def variants(self, form: str, accented: str) -> frozenset[str]:
        return names.variants(form, accented)
