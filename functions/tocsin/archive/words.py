"""Text to the words of the index: the terms that queries are matched with, spelled for FTS5.

A word of a title or a text is written with a letter for its language before it: `etroops`. A stem
means something in its own language only, and so a query's words are looked up there only. Words of
authors and publishers have no forms; they and words in other languages begin with an n. Codes by
which articles are filtered are words of a column of their own.

FTS5 parts what it is given at spaces: everything else was decided by `query.analysis`.
"""

import re
from collections.abc import Iterable

from tocsin.archive.records import Record
from tocsin.query.analysis import terms_of
from tocsin.query.inflection import LANGUAGES

LETTERS = {
    "de": "d",
    "en": "e",
    "es": "s",
    "fr": "f",
    "it": "i",
    "pl": "p",
    "ru": "r",
    "uk": "u",
}
OTHER = "n"
BETWEEN = "_"  # stands between two authors: a phrase reaches over no word that it does not name
NOWHERE = "_nowhere"  # a word that no article has
# Pieces of text whose words are remembered, some 150 bytes each: 15 MB at the most.
_MEMORY = 100_000

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
_PLAIN = re.compile(r"[a-z0-9-]+")

assert LETTERS.keys() == LANGUAGES  # noqa: S101 (a new language needs a letter)


def letter_of(language: str | None) -> str:
    return LETTERS.get((language or "").casefold(), OTHER)


def cut(text: str) -> list[bytes]:
    """Pieces whose words are those of the text."""
    return text.encode(errors="replace").translate(_TO_SPACES).split()


class Spelling:
    """Of one shard's articles. `forms` gathers the distinct words of each language."""

    def __init__(self) -> None:
        self.forms: dict[str, set[str]] = {}
        self._pieces: dict[str, _Pieces] = {}

    def text(self, text: str, letter: str) -> str:
        pieces = self._pieces.get(letter)
        if pieces is None:
            known = self.forms.setdefault(letter, set())
            pieces = self._pieces[letter] = _Pieces(letter, known)
        if len(pieces) > _MEMORY:
            pieces.clear()
        cut = text.encode(errors="replace").translate(_TO_SPACES).split()
        return b" ".join(map(pieces.__getitem__, cut)).decode()


class _Pieces(dict[bytes, bytes]):
    """What stands between two spaces, and the words in it. Filled as it is asked."""

    def __init__(self, letter: str, forms: set[str]) -> None:
        super().__init__()
        self._letter = letter
        self._forms = forms

    def __missing__(self, piece: bytes) -> bytes:
        words = [term.text for term in terms_of(piece.decode())]
        self._forms.update(words)
        spelled = self[piece] = " ".join(self._letter + word for word in words).encode()
        return spelled


def name_words(names: Iterable[str]) -> str:
    """Authors, or a publisher: no language, no forms."""
    spelled = (" ".join(OTHER + term.text for term in terms_of(name)) for name in names)
    return f" {BETWEEN} ".join(spelled)


def codes_of(record: Record) -> str:
    codes = [
        code("l", record.language or ""),
        code("d", record.feed_id),
        name_code("p", record.publisher),
        *(code("t", topic) for topic in record.topics),
        *(name_code("a", author) for author in record.authors),
    ]
    if record.country:
        codes.append(code("c", record.country))
    if record.story_id:
        codes.append(code("s", record.story_id))
    return " ".join(codes)


def code(kind: str, value: str) -> str:
    """In any case. What is no plain identifier is written as its bytes."""
    folded = value.casefold()
    plain = _PLAIN.fullmatch(folded) or not folded
    return f"{kind}_{folded}" if plain else f"{kind}__{folded.encode(errors='replace').hex()}"


def name_code(kind: str, name: str) -> str:
    """Without case, accents and punctuation."""
    return f"{kind}_" + "_".join(term.text for term in terms_of(name))
