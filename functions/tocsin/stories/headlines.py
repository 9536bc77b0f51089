"""Headlines like given words: somebody remembers one, and the archive is to say whether it came.

A headline counts by how many of the given words it has, each weighted by how rare it is among the
headlines. Words are compared by their stems in the headline's language; where there is no stemmer,
by how they begin; in scripts without spaces by pairs of characters; names of another script by
their sounds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from tocsin.query import inflection
from tocsin.query.characters import NO_SPACES
from tocsin.stopwords import STOP_WORDS
from tocsin.stories.names import names_in, sounds
from tocsin.stories.terms import Word, terms_in, words_of

# Of the given words by weight. By benchmarks/headlines.py, among 3,183 real headlines: half of the
# words of one find it always; a whole one finds another of its story in .68 of cases, and something
# else where it should find nothing in .11 (at .6: .49 and .06). To look at one that is not meant
# costs a glance, to hear wrongly that nothing came a day.
LEAST = 0.45
_STEMMED = inflection.LANGUAGES | {"ar", "tr"}
# Where nothing knows a language's endings (hallitus, hallituksen; äänestys, äänestyksessä): letters
# that two words begin with, which are half of the longer one at least.
_SAME_START = 5
_NEARLY = 0.8  # what such a word counts, and a name by its sounds: each may be another's
# Headlines without any of the words, as if they had been seen too: among a dozen no word is rare.
_AS_IF = 1_000
_FEWEST_SOUNDS = 3  # two are anybody's


@dataclass(frozen=True)
class Headline:
    text: str
    language: str | None

    @cached_property
    def terms(self) -> tuple[frozenset[str], frozenset[str]]:
        """All, and those with a capital."""
        terms, capital = terms_in(self.text, self.language or "")
        return frozenset(terms), frozenset(capital)

    @cached_property
    def names(self) -> frozenset[str]:
        """By their sounds."""
        terms, capital = self.terms
        return frozenset(names_in([*terms], capital, self.text, self.language or ""))


def likeness(words: str, language: str | None, headlines: Sequence[Headline]) -> list[float]:
    """How much of the words each headline has, 0 to 1. `language` is that of the words."""
    given = Given(words, language or "")
    has = [given.found_in(headline) for headline in headlines]
    weights = [_weight(of_word, len(headlines)) for of_word in zip(*has, strict=True)]
    whole = sum(weights)
    return [sum(map(_product, weights, row)) / whole if whole else 0.0 for row in has]


def _weight(found: Sequence[float], headlines: int) -> float:
    return math.log(1 + (_AS_IF + headlines) / (1 + sum(found)))


def _product(weight: float, found: float) -> float:
    return weight * found


class Given:
    """Words that headlines are looked for by, without the small ones of their language."""

    def __init__(self, words: str, language: str) -> None:
        self._words = words
        self._language = language
        small = STOP_WORDS.get(language, frozenset())
        forms = [word.term for word in words_of(words, "")]
        telling = [at for at, form in enumerate(forms) if form not in small]
        self._forms = forms
        self._telling = list({forms[at]: at for at in telling or range(len(forms))}.values())
        self._stems: dict[str, list[Word]] = {}

    def found_in(self, headline: Headline) -> list[float]:
        language = headline.language or ""
        # Pairs of characters and words are the same in each language, in the same order.
        stems = self._stems.setdefault(language, words_of(self._words, language))
        return [self._found(self._forms[at], stems[at].term, headline) for at in self._telling]

    def _found(self, form: str, stem: str, headline: Headline) -> float:
        terms, _ = headline.terms
        if stem in terms:
            return 1.0
        if (headline.language not in _STEMMED) and _begins_alike(form, terms):
            return _NEARLY
        if form.isascii() != headline.text.isascii() and self._sounds(form) in headline.names:
            return _NEARLY
        return 0.0

    def _sounds(self, form: str) -> str | None:
        heard = sounds(form, self._language)
        return heard if len(heard) >= _FEWEST_SOUNDS else None


def _begins_alike(form: str, terms: frozenset[str]) -> bool:
    if len(form) < _SAME_START or form[0] in NO_SPACES:
        return False
    return any(_alike(form, term) for term in terms if term[:_SAME_START] == form[:_SAME_START])


def _alike(one: str, other: str) -> bool:
    """But for their endings."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return 2 * len(list(same)) >= max(len(one), len(other))
