"""Text to terms, the same way for topics and for articles.

A term is a word with case and accents folded: Łódź is lodz, ёлка is елка, Straße is strasse. Marks
that make another letter stay: й is not и, ї is not і. Words keep their place in the text, so that
they can be shown.

What a word is depends on nothing beyond it: a text may be cut at any space, and at any ASCII
character but letters, digits and the apostrophe, and its pieces have the terms of the whole.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from tocsin.query.characters import (
    ACCENTS,
    APOSTROPHES,
    DIGRAPHS,
    MARKS,
    NO_SPACES,
    SILENT,
    VOICE_MARKS,
)

_PIECE = re.compile(r"[^\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\s]+")
_MARK = rf"[{MARKS}{VOICE_MARKS}{SILENT}]"
_LETTER = rf"[^\W_{NO_SPACES}{VOICE_MARKS}{APOSTROPHES}]"
_LETTERS = rf"{_LETTER}(?:{_LETTER}|{_MARK})*"
_WORD = re.compile(
    rf"(?![{DIGRAPHS}])[{NO_SPACES}]{_MARK}*|{_LETTERS}(?:[{APOSTROPHES}]{_LETTERS})*"
)
# NFKC puts some of these into words: the stroke of ½, the brackets of ⑴.
_NO_PART = re.compile(rf"^(?:(?!\w){_MARK})+|[^\w{MARKS}{VOICE_MARKS}]|[_{SILENT}{APOSTROPHES}]")
_ACCENT = re.compile(rf"[{ACCENTS}]")
_SILENT = re.compile(rf"[{SILENT}]+")
# What stands with a word and is none of it: Ukraine's army, l'Ukraine, dell'Ucraina.
_POSSESSIVE = re.compile(r"(?<=\w)'s$", re.IGNORECASE)
_ELISION = re.compile(
    r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|all|dall|dell|nell|sull|quell|un)'(?=\w)",
    re.IGNORECASE,
)
_ONE_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))

# Letters of their own that canonical decomposition would take for an accented one.
_WHOLE = frozenset("йїўѓќ")
# Letters that a keyboard without them writes so, and that decomposition leaves whole (ß is folded
# with the case). Lodz must find Łódź: to those who have the letter the pair is hardly ever two
# words, and others have no way to type it. ґ, є and і are on every keyboard that needs them.
_SPELLED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)

# A day's news has some 100,000 distinct pieces; the frequent ones stay.
_MEMORY = 65_536
# Longer ones are rarely words (addresses, Chinese without spaces): remembering them gains nothing.
_LONG = 32


class Term(NamedTuple):
    """A word folded (`text`), with its accents kept, and where it stands in the text as given."""

    text: str
    start: int
    end: int
    accented: str


def terms_of(text: str) -> list[Term]:
    return _terms_of(text, _terms_in)


def new_terms_of(text: str) -> list[Term]:
    """Of a text that is remembered elsewhere: nothing of it is kept here, which would be 20 MB for
    a day's news."""
    return _terms_of(text, _read)


def _terms_of(text: str, terms_in: Callable[[str], Iterable[Term]]) -> list[Term]:
    terms = []
    for piece in _PIECE.finditer(text):
        at = piece.start()
        terms += [
            Term(folded, at + start, at + end, accented)
            for folded, start, end, accented in terms_in(piece.group())
        ]
    return terms


@lru_cache(_MEMORY)
def fold(word: str) -> str:
    """The form of one word. A possessive 's and an elided article are dropped, then any other
    apostrophe: п'ять and O'Brien have many spellings."""
    return _folded(_accented(word))


def _terms_in(piece: str) -> tuple[Term, ...]:
    return _remembered(piece) if len(piece) <= _LONG else tuple(_read(piece))


@lru_cache(_MEMORY)
def _remembered(piece: str) -> tuple[Term, ...]:
    return tuple(_read(piece))


def _read(piece: str) -> Iterator[Term]:
    for found in _WORD.finditer(piece):
        accented = _accented(found.group())
        folded = _folded(accented)
        if folded:  # a voice mark without a letter folds to nothing, and is no word
            yield Term(folded, *found.span(), accented)


def _accented(word: str) -> str:
    if word.isascii() and "'" not in word:
        return word.lower()
    normal = _SILENT.sub("", unicodedata.normalize("NFKC", word)).translate(_ONE_APOSTROPHE)
    return _settled(_plain, _ELISION.sub("", _POSSESSIVE.sub("", normal)))


def _folded(accented: str) -> str:
    return accented if accented.isascii() else _settled(_bare, accented)


def _settled(change: Callable[[str], str], word: str) -> str:
    """Until nothing changes: letters that come together when a mark between them goes may compose,
    and only a form that folds to itself can be looked up again."""
    while (changed := change(word)) != word:
        word = changed
    return word


def _plain(word: str) -> str:
    return _NO_PART.sub("", unicodedata.normalize("NFKC", word.casefold()))


def _bare(word: str) -> str:
    letters = "".join(map(_base, word)).translate(_SPELLED)
    return _plain(letters)


def _base(letter: str) -> str:
    if letter.isascii() or letter in _WHOLE:
        return letter
    return _ACCENT.sub("", unicodedata.normalize("NFD", letter))
