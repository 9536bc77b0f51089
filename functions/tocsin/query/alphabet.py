"""Numbers as characters: a document becomes a str of one character a word, so that phrases are
substrings, and a set of characters, so that a step of the search is one intersection of sets."""

from sys import intern

NOTHING = "\0"  # a word that no topic looks for, and the gap between two fields
_SURROGATES, _AFTER_SURROGATES = 0xD800, 0xE000  # no characters of their own in UTF-8
_SKIPPED = _AFTER_SURROGATES - _SURROGATES

# Characters that words with several meanings are given while documents are read.
COMBINATIONS = 100_000
# What is left of Unicode, less the surrogates and NOTHING.
MAX_FEATURES = 0x110000 - _SKIPPED - 1 - COMBINATIONS


def to_character(number: int) -> str:
    """Always the same object, in what `marshal` reads too: sets and dicts find it by identity,
    without fetching what it is from memory, and a block holds no copies."""
    code = number + 1
    return intern(chr(code if code < _SURROGATES else code + _SKIPPED))


def to_number(character: str) -> int:
    """The opposite of `to_character`; -1 for NOTHING."""
    code = ord(character)
    return code - 1 if code < _SURROGATES else code - _SKIPPED - 1
