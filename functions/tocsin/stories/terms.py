"""Words as stories compare them: folded and stemmed; pairs of characters where nothing is between
words."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple
from zlib import crc32

from tocsin.query import inflection
from tocsin.query.analysis import terms_of
from tocsin.query.characters import NO_SPACES

_UNSPACED = re.compile(f"[{NO_SPACES}]")
# The first five letters of a Turkish word retrieve as well as its lemma does (Can et al., 2008).
_TURKISH_LETTERS = 5
# The light stemmer for Arabic of Larkey, Ballesteros and Connell (2002): what stays must have two
# letters. Folding has made one letter of the forms of alif.
_ARABIC_PREFIX = re.compile(r"^(?:[وبكف]?ال|لل|و(?=...))(?=..)")
_ARABIC_SUFFIX = re.compile(r"(?<=..)(?:ها|ان|ات|ون|ين|يه|ية|ه|ة|ي)$")
_MEMORY = 65_536


class Word(NamedTuple):
    term: str
    start: int  # in the text
    capital: bool


def words_of(text: str, language: str) -> list[Word]:
    words = [
        Word(stem(term.text, language), term.start, text[term.start].isupper())
        for term in terms_of(text)
    ]
    return list(_paired(words)) if _UNSPACED.search(text) else words


def terms_in(text: str, language: str) -> tuple[list[str], set[str]]:
    """The terms in order, and those that are written with a capital anywhere. What `words_of` says,
    at half the time: it is asked for every article."""
    if _UNSPACED.search(text):
        words = words_of(text, language)
        return [word.term for word in words], {word.term for word in words if word.capital}
    found = terms_of(text)
    terms = [stem(term.text, language) for term in found]
    capital = {t for t, term in zip(terms, found, strict=True) if text[term.start].isupper()}
    return terms, capital


def stems_of(text: str, language: str) -> list[str]:
    return terms_in(text, language)[0]


@lru_cache(_MEMORY)
def stem(form: str, language: str) -> str:
    if form[0].isdigit():
        return form
    if language == "tr":
        return form[:_TURKISH_LETTERS]
    if language == "ar":
        return _ARABIC_SUFFIX.sub("", _ARABIC_PREFIX.sub("", form))
    return inflection.stem(form, language)


@lru_cache(_MEMORY)
def number_of(term: str) -> int:
    """The 32-bit hash that stands for a term."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def _paired(words: list[Word]) -> Iterator[Word]:
    """Each character of a script without spaces together with the one that follows it at once."""
    for word, after in zip_longest(words, words[1:]):
        if not _is_unspaced(word):
            yield word
        elif after and after.start == word.start + 1 and _is_unspaced(after):
            yield Word(word.term + after.term, word.start, capital=False)


def _is_unspaced(word: Word) -> bool:
    return bool(_UNSPACED.match(word.term))
