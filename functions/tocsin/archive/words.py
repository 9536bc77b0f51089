"""Text to the words of the index: the terms that queries are matched with, spelled for FTS5.

A word of a title or a text is written with its language's letter before it, `_dtruppen`: a stem
means something in its own language only, and so a query's words are looked up there only. English
words stand as they are, and most of an English text reaches FTS5 as it was, without a step for
each word. Words of authors and publishers have no forms; they and words in other languages begin
with `_n`. Codes by which articles are filtered are words of a column of their own. No word has an
underscore of its own, and so nothing is taken for something else.

FTS5 parts what it is given at spaces: everything else was decided by `query.analysis`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from tocsin.archive.records import Kept
from tocsin.query.analysis import terms_of
from tocsin.query.inflection import LANGUAGES

LETTERS = {
    "de": "_d",
    "en": "",
    "es": "_s",
    "fr": "_f",
    "it": "_i",
    "pl": "_p",
    "ru": "_r",
    "uk": "_u",
}
OTHER = "_n"
BETWEEN = "_"  # stands between two authors: a phrase reaches over no word that it does not name
NOWHERE = "__nowhere"  # a word that no article has
_MARK = "_"  # in letters and codes, and in no word
# Pieces of text whose words are remembered, some 150 bytes each: 15 MB at the most.
_MEMORY = 100_000
_NAMES = 4_096  # publishers, topics and authors likewise

# Bytes at which a text is cut: its words are the same cut there (`analysis`), and bytes are cut in
# two thirds of the time of characters.
_CUTS = (
    *range(0x27),
    *range(0x28, 0x30),
    *range(0x3A, 0x41),
    *range(0x5B, 0x61),
    *range(0x7B, 0x80),
)
_TO_SPACES = bytes(0x20 if byte in _CUTS else byte for byte in range(256))
_TO_SPACES_AND_LOWER = _TO_SPACES.lower()  # folding takes no case of ASCII's letters into account
# What folding changes in another way than by its case: other letters than ASCII's, apostrophes.
_SPECIAL = b"'"
_TO_SPECIAL = bytes(_SPECIAL[0] if byte >= 0x80 else byte for byte in range(256))
# A piece with any of them takes as long as five others: where there are more, all are looked up.
# Apostrophes are never that many.
_FEW_SPECIAL = 1 / 40  # bytes beyond one a character; English news has 1 in 430
_PLAIN = re.compile(r"[a-z0-9-]+")

assert LETTERS.keys() == LANGUAGES  # noqa: S101 (a new language needs a letter)


def letter_of(language: str | None) -> str:
    """What stands before words in the language; nothing before English ones."""
    return LETTERS.get((language or "").casefold(), OTHER)


def letter_in(word: str) -> str | None:
    """The letter of a word of the index; None of a code and of what stands between authors."""
    at = word.find(_MARK)
    if at < 0:
        return LETTERS["en"]
    return word[:2] if at == 0 and len(word) > 1 else None


def cut(text: str) -> list[bytes]:
    """Pieces whose words are those of the text."""
    return text.encode(errors="replace").translate(_TO_SPACES).split()


class Spelling:
    """Of texts. Remembers what it has seen."""

    def __init__(self) -> None:
        self._pieces: dict[str, _Pieces] = {}

    def text(self, text: str, letter: str) -> str:
        pieces = self._pieces.get(letter)
        if pieces is None:
            pieces = self._pieces[letter] = _Pieces(letter)
        if len(pieces) > _MEMORY:
            pieces.clear()
        cut = text.encode(errors="replace").translate(_TO_SPACES_AND_LOWER)
        if letter or len(cut) - len(text) > len(cut) * _FEW_SPECIAL:
            return b" ".join(map(pieces.__getitem__, cut.split())).decode()
        special = cut if text.isascii() else cut.translate(_TO_SPECIAL)
        return _mostly_plain(cut, special, pieces).decode()


def _mostly_plain(cut: bytes, special: bytes, pieces: "_Pieces") -> bytes:
    """All but the pieces with something special are words as they are."""
    parts, done, at = [], 0, special.find(_SPECIAL)
    while at >= 0:
        begin, end = cut.rfind(b" ", done, at) + 1 or done, cut.find(b" ", at)
        end = end if end >= 0 else len(cut)
        parts.append(cut[done:begin])
        parts.append(pieces[cut[begin:end]])
        done, at = end, special.find(_SPECIAL, end)
    parts.append(cut[done:])
    return b"".join(parts)


class _Pieces(dict[bytes, bytes]):
    """What stands between two spaces, and the words in it. Filled as it is asked."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def __missing__(self, piece: bytes) -> bytes:
        # Quoted words and possessives: two thirds of English pieces that are no plain words.
        bare = piece.strip(b"'").removesuffix(b"'s")
        if bare.isalnum():
            spelled = self._letter.encode() + bare
        else:
            words = (self._letter + term.text for term in terms_of(piece.decode()))
            spelled = " ".join(words).encode()
        self[piece] = spelled
        return spelled


def name_words(names: Iterable[str]) -> str:
    """Authors: no language, no forms."""
    return f" {BETWEEN} ".join(map(words_of_name, names))


@lru_cache(_NAMES)
def words_of_name(name: str) -> str:
    """Of an author, or a publisher."""
    return " ".join(OTHER + term.text for term in terms_of(name))


def codes_of(record: Kept) -> str:
    source = _source_codes(record.language, record.country, record.feed_id, record.publisher)
    codes = [source, *map(_topic_code, record.topics)]
    codes += [name_code("a", author) for author in record.authors]
    if record.story_id:
        codes.append(code("s", record.story_id))
    return " ".join(codes)


@lru_cache(_NAMES)
def _source_codes(language: str | None, country: str | None, feed_id: str, publisher: str) -> str:
    codes = [code("l", language or ""), code("d", feed_id), name_code("p", publisher)]
    return " ".join([*codes, code("c", country)] if country else codes)


@lru_cache(_NAMES)
def _topic_code(topic_id: str) -> str:
    return code("t", topic_id)


def code(kind: str, value: str) -> str:
    """In any case. What is no plain identifier is written as its bytes."""
    folded = value.casefold()
    plain = _PLAIN.fullmatch(folded) or not folded
    return f"{kind}_{folded}" if plain else f"{kind}__{folded.encode(errors='replace').hex()}"


@lru_cache(_NAMES)
def name_code(kind: str, name: str) -> str:
    """Without case, accents and punctuation."""
    return f"{kind}_" + "_".join(term.text for term in terms_of(name))
