"""All forms of a word, from dictionaries: for compiling topics, never for reading articles.

Ukrainian and Russian come from pymorphy3 (loaded in 60 ms, a word in 0.3 ms), other languages from
simplemma, whose tables are turned around in memory: under a second for English, French and
Italian, 4 s and 290 MB for German, 9 to 16 s and 800 MB for Polish. Only the languages asked for
are loaded.
"""

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from typing import Protocol

from tocsin.query.analysis import fold, terms_of

_PYMORPHY = frozenset({"ru", "uk"})
_SIMPLEMMA = frozenset({"de", "en", "es", "fr", "it", "pl"})
LANGUAGES = _PYMORPHY | _SIMPLEMMA
_BEGINNING = 4  # letters by which words are told apart before they are folded whole


class Dictionary(Protocol):
    def forms(self, form: str) -> frozenset[str]: ...
    def prepare(self, wanted: Collection[str]) -> None: ...


def forms(form: str, languages: Iterable[str]) -> frozenset[str]:
    """Folded forms of the words that this folded form is the headword of; else of those it is
    another form of. Empty where no dictionary of these languages knows it."""
    known = (_dictionary(language).forms(form) for language in LANGUAGES.intersection(languages))
    return frozenset().union(*known)


def prepare(wanted: Collection[str], language: str) -> dict[str, frozenset[str]]:
    """Like `forms` for many words of one language at once, which costs what one word does."""
    dictionary = _dictionary(language)
    dictionary.prepare(wanted)
    return {form: dictionary.forms(form) for form in wanted}


@cache
def _dictionary(language: str) -> Dictionary:
    return Morphology(language) if language in _PYMORPHY else Table(language)


class Morphology:
    """pymorphy3, as far as it knows words: it also guesses, and then a stem is the better guess."""

    def __init__(self, language: str) -> None:
        import pymorphy3

        self._analyzer = pymorphy3.MorphAnalyzer(lang=language)

    def prepare(self, wanted: Collection[str]) -> None:
        """Nothing: it knows words one by one."""

    def forms(self, form: str) -> frozenset[str]:
        parses = [parse for parse in self._analyzer.parse(form) if parse.is_known]
        headwords = [parse for parse in parses if fold(parse.normal_form) == form]
        lexemes = [each.word for parse in headwords or parses for each in parse.lexeme]
        return frozenset(filter(_is_word, map(fold, lexemes)))


class Table:
    """simplemma's table of forms and headwords, read from end to end for the words that are asked
    for: turning all of it around would take a minute and 800 MB for Polish alone. Ask for many at
    once (`prepare`)."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._known: dict[str, frozenset[str]] = {}

    def forms(self, form: str) -> frozenset[str]:
        self.prepare({form})
        return self._known[form]

    def prepare(self, wanted: Collection[str]) -> None:
        missing = set(wanted) - self._known.keys()
        if missing:
            table = _load(self._language)
            heads = _headwords(table, missing)
            self._known |= _families(table, heads) | dict.fromkeys(
                missing - heads.keys(), frozenset()
            )


def _load(language: str) -> list[tuple[str, str]]:
    """(form, headword) pairs. Collecting garbage meanwhile doubles the time: there is none."""
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    collecting = gc.isenabled()
    gc.disable()
    try:
        return list(DefaultDictionaryFactory(cache_max_size=1).get_dictionary(language).items())
    finally:
        if collecting:
            gc.enable()


def _headwords(table: Iterable[tuple[str, str]], wanted: set[str]) -> dict[str, set[str]]:
    """By wanted form: the headwords that fold to it, else those that it is another form of."""
    begins = {form[:_BEGINNING] for form in wanted}
    beginning = cache(lambda start: fold(start)[:_BEGINNING] in begins)
    own: dict[str, set[str]] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    for form, headword in table:
        if beginning(headword[: _BEGINNING + 1]) and (folded := fold(headword)) in wanted:
            own[folded].add(headword)
        if beginning(form[: _BEGINNING + 1]) and (folded := fold(form)) in wanted:
            others[folded].add(headword)
    return others | own


def _families(
    table: Iterable[tuple[str, str]], heads: dict[str, set[str]]
) -> dict[str, frozenset[str]]:
    """The folded forms of each wanted form's headwords."""
    members: dict[str, set[str]] = {head: {head} for each in heads.values() for head in each}
    for form, headword in table:
        if headword in members:
            members[headword].add(form)
    return {
        form: frozenset(filter(_is_word, (fold(each) for head in chosen for each in members[head])))
        for form, chosen in heads.items()
    }


def _is_word(form: str) -> bool:
    """Tables hold signs, and phrases joined by spaces and hyphens, too."""
    return len(terms_of(form)) == 1
