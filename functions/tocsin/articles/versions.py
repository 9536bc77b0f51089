"""What has changed in an article since it was read last, and whether that matters.

A change is material where the headline says something else, or where a number in a sentence does,
or where eight words or more came or went. What is less is a typing error that was mended; case,
space and punctuation are no change at all.
"""

import re
from collections import Counter

from tocsin.model.articles import Article, Change

MATERIAL_WORDS = 8  # a clause
_SENTENCE_WORDS = 6  # numbers in shorter lines count comments and minutes
_WORD = re.compile(r"\w+")


def change_between(before: Article, after: Article) -> Change | None:
    """None where nothing material changed."""
    gone, came = _differing(before.text, after.text), _differing(after.text, before.text)
    retitled = _words(before.title) != _words(after.title)
    if not (retitled or _is_material(gone, came)):
        return None
    return Change(
        version=before.version,
        title=before.title if retitled else None,
        removed=tuple(gone),
        added=tuple(came),
    )


def _differing(text: str, other: str) -> list[str]:
    """Paragraphs of the one that the other has not, in order."""
    there = Counter(_key(line) for line in other.splitlines())
    found = []
    for line in text.splitlines():
        key = _key(line)
        if there[key] > 0:
            there[key] -= 1
        elif key:
            found.append(line)
    return found


def _is_material(gone: list[str], came: list[str]) -> bool:
    words_gone, words_came = _counted(gone), _counted(came)
    changed = (words_gone - words_came) + (words_came - words_gone)
    if changed.total() >= MATERIAL_WORDS:
        return True
    return _numbers(gone) != _numbers(came)


def _counted(lines: list[str]) -> Counter[str]:
    return Counter(word for line in lines for word in _words(line))


def _numbers(lines: list[str]) -> Counter[str]:
    sentences = (words for line in lines if len(words := _words(line)) >= _SENTENCE_WORDS)
    return Counter(word for words in sentences for word in words if word.isdigit())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _key(line: str) -> str:
    return " ".join(_words(line))
