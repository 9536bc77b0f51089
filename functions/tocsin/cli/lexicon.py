"""What `tocsin` knows of the forms of words when it compiles topics: stems, dictionaries, names.

Dictionaries are large and take seconds to read: the functions never see them, and what they said of
a word is kept in a file beside the project, so that the next `apply` reads none.
"""

import json
import os
from collections.abc import Collection, Iterable
from importlib.metadata import version
from pathlib import Path

from tocsin.query import dictionary, inflection, names

# Of these, a word in the one script is in no dictionary of the other.
_CYRILLIC = frozenset({"ru", "uk"})
_SOURCES = ("simplemma", "pymorphy3-dicts-uk", "pymorphy3-dicts-ru")

Forms = dict[str, frozenset[str]]


class Lexicon:
    """The `Inflection` that topics are compiled with."""

    def __init__(self, remembered: Path | None = None) -> None:
        self._file = remembered
        self._known: dict[str, Forms] = _read(remembered) if remembered else {}

    @property
    def languages(self) -> frozenset[str]:
        return inflection.LANGUAGES

    def stem(self, form: str, language: str) -> str:
        return inflection.stem(form, language)

    def variants(self, form: str, accented: str) -> frozenset[str]:
        return names.variants(form, accented)

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        said = (self._forms(form, language) for language in languages)
        return frozenset().union(*said)

    def _forms(self, form: str, language: str) -> frozenset[str]:
        if not _may_be(form, language):
            return frozenset()
        known = self._known.setdefault(language, {})
        if form not in known:
            known |= dictionary.prepare({form}, language)
        return known[form]

    def prepare(self, words: Collection[str]) -> None:
        """Looks these folded words up, all in one go; then `forms` costs nothing."""
        for language in sorted(dictionary.LANGUAGES):
            known = self._known.setdefault(language, {})
            new = {word for word in words if word not in known and _may_be(word, language)}
            if new:
                known |= dictionary.prepare(new, language)
        if self._file:
            _write(self._file, self._known)


class WordsAsked:
    """An `Inflection` that knows nothing and notes what it is asked: to `prepare` a Lexicon."""

    languages = inflection.LANGUAGES

    def __init__(self) -> None:
        self.words: set[str] = set()

    def stem(self, form: str, language: str) -> str:
        return form

    def variants(self, form: str, accented: str) -> frozenset[str]:
        return frozenset()

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        self.words.add(form)
        return frozenset()


def _may_be(form: str, language: str) -> bool:
    return form.isascii() != (language in _CYRILLIC)


def _read(file: Path) -> dict[str, Forms]:
    """Empty where nothing was kept, or by other dictionaries than these."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if kept.get("sources") != _sources():
        return {}
    return {
        language: {form: frozenset(forms) for form, forms in words.items()}
        for language, words in kept["words"].items()
    }


def _write(file: Path, known: dict[str, Forms]) -> None:
    """Written aside and renamed: another `tocsin` may read it meanwhile."""
    words = {
        language: {form: sorted(forms) for form, forms in sorted(of.items())}
        for language, of in sorted(known.items())
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}.part")
    half.write_text(json.dumps({"sources": _sources(), "words": words}, ensure_ascii=False))
    half.replace(file)


def _sources() -> list[str]:
    return [f"{name} {version(name)}" for name in _SOURCES]
