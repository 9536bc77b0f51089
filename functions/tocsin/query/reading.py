"""An article as the matcher searches it: one character for each word, and the set of its features.

The character of a word that is one feature is that feature's own, so that phrases are substrings.
A word of several features has a character for their combination; the first combination that comes
up with a feature may have the feature's own character, and phrases stay substrings in most
articles. Which characters stand for more than themselves is kept beside.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from tocsin.errors import CompiledTopicsError
from tocsin.query.alphabet import COMBINATIONS, NOTHING, to_character
from tocsin.query.analysis import new_terms_of, terms_of
from tocsin.query.document import Document
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.keytable import BEGINNING, BODY, NUMBER, SEQUENCE, STUB, TITLE, KeyTable
from tocsin.query.recent import Recent

# Chunks and words of each language that are remembered, in either of two generations. Words are
# asked for only when a chunk is new; chunks are the words of a day's news in all their spellings.
MAX_CHUNKS = 100_000
MAX_WORDS = 30_000
MAX_CHUNK = 64  # bytes; longer ones are runs of CJK, which do not come again
# Forget all combinations when so few are left that one article might need them.
_RESERVE = COMBINATIONS // 2

Stem = Callable[[str, str], str]  # of a folded form, in a language
Row = Sequence[str]


def _separating(byte: int) -> bool:
    return byte < 0x80 and not chr(byte).isalnum() and byte != ord("'")


# Chunks are what stands between separators of ASCII, with its letters in lower case: terms never
# reach from one into another.
_CHUNKS = bytes(
    ord(" ") if _separating(byte) else ord(chr(byte).lower()) if byte < 0x80 else byte
    for byte in range(256)
)


@dataclass(slots=True)
class Reading:
    """`characters` has a word of the article each, title first; `ranges` says from where to where
    the fields are. `features` holds the article's features, and grows by its pairs. `rows` are the
    same characters in pieces of one, of several where that is in `compounds`, or of none where a
    chunk has no letter. `longest` is the length of sequences that are features: 2 once its pairs
    are."""

    characters: str
    ranges: dict[str, tuple[int, int]]
    features: set[str]
    rows: list[Row]
    compounds: list[str]
    alphabet: "Alphabet"
    longest: int = 1


class _Letters(dict[int, str]):
    """Of features, by number. Filled as it is asked."""

    def __missing__(self, number: int) -> str:
        letter = self[number] = to_character(number)
        return letter


class Alphabet:
    """Which character stands for which uses (see keytable). What the characters of an article mean
    beyond themselves: more features (`more`; a chunk of several characters means each of them),
    those in the title or the body only, and other parts of sequences.

    A feature's character is one object wherever it is, so that sets and dicts find it by identity:
    to compare two would be to fetch both from memory."""

    def __init__(self, features: int) -> None:
        self.more: dict[str, tuple[str, ...]] = {}
        self.in_title: dict[str, str] = {}
        self.in_body: dict[str, str] = {}
        self.sequences: dict[str, str] = {}  # all parts of sequences it is; not where only itself
        self.carriers: defaultdict[str, set[str]] = defaultdict(set)  # the opposite of `more`
        self._characters: dict[tuple[int, ...], str] = {(): NOTHING}
        self._letters = _Letters()
        self._taken: set[str] = set()
        self._compounds = 0
        self._next = features
        self._end = features + COMBINATIONS

    def character(self, uses: tuple[int, ...]) -> str:
        """Sorted uses to a character, always the same one."""
        known = self._characters.get(uses)
        return known if known is not None else self._new(uses)

    def join(self, characters: Sequence[str]) -> str:
        """The characters of a chunk as one piece."""
        piece = "".join(characters)
        if len(piece) > 1 and piece not in self.more:
            others = (letter for each in characters for letter in self.more.get(each, ()))
            self.more[piece] = (*characters, *others)
            self._compounds += 1
        return piece

    @property
    def is_nearly_full(self) -> bool:
        return self._end - self._next < _RESERVE or self._compounds > COMBINATIONS

    def _new(self, uses: tuple[int, ...]) -> str:
        if uses[-1] < SEQUENCE:  # none has a mark
            letters = [*map(self._letters.__getitem__, uses)]
            return self._meaning(uses, self._own(letters), letters)
        anywhere = [use for use in uses if not use & (TITLE | BODY)]
        letters = [self._letters[use & NUMBER] for use in anywhere]
        parts = [self._letters[use & NUMBER] for use in anywhere if use & SEQUENCE]
        own = self._meaning(uses, self._own(parts or letters), letters)
        _put(self.sequences, own, parts if parts != [own] else [])
        _put(self.in_title, own, [self._letters[use & NUMBER] for use in uses if use & TITLE])
        _put(self.in_body, own, [self._letters[use & NUMBER] for use in uses if use & BODY])
        return own

    def _meaning(self, uses: tuple[int, ...], own: str, letters: Sequence[str]) -> str:
        """`own` stands for these uses from now on, and for all of the letters."""
        self._characters[uses] = own
        others = tuple(letter for letter in letters if letter != own)
        if others:
            self.more[own] = others
        for letter in others:
            self.carriers[letter].add(own)
        return own

    def _own(self, letters: Sequence[str]) -> str:
        if letters[0] not in self._taken:
            self._taken.add(letters[0])
            return letters[0]
        if self._next == self._end:
            raise CompiledTopicsError("topics", "too many words of several meanings in one article")
        self._next += 1
        return to_character(self._next - 1)


def _put(where: dict[str, str], character: str, letters: Iterable[str]) -> None:
    if joined := "".join(letters):
        where[character] = joined


class _Chunks(Recent[bytes, str]):
    def __missing__(self, chunk: bytes) -> str:
        return self._make(chunk) if len(chunk) > MAX_CHUNK else super().__missing__(chunk)


class Reader:
    """Reads articles for one file of topics. `facts` are the file's."""

    def __init__(self, facts: dict[str, Any], keys: KeyTable, stem: Stem) -> None:
        self._facts = facts
        self._keys = keys
        self._stem = stem
        self._gap = NOTHING * facts["gap"]
        self._always = facts["always"]
        self._stub: int = facts["stub"]
        self._forget()

    def _forget(self) -> None:
        self._alphabet = Alphabet(self._facts["features"])
        self._rows = Recent(self._row_word, MAX_WORDS)
        self._chunks: dict[str, _Chunks] = {}

    def read(self, document: Document) -> Reading:
        if self._alphabet.is_nearly_full:
            self._forget()
        chunk = self._chunks_of(document.language).__getitem__
        title = [*map(chunk, _split(document.title))]
        body = [*map(chunk, _split(document.body))]
        rows = [title, body, *self._other_rows(document)]
        texts = [*map("".join, rows)]
        start = len(texts[0]) + len(self._gap)
        ranges = {"title": (0, len(texts[0])), "body": (start, start + len(texts[1]))}
        features, compounds = self._features(rows, texts)
        characters = self._gap.join(texts)
        return Reading(characters, ranges, features, rows, compounds, self._alphabet)

    def _features(self, rows: list[Row], texts: list[str]) -> tuple[set[str], list[str]]:
        """Of what the words are, and the one that all articles have; and the pieces of several."""
        alphabet = self._alphabet
        found = {self._always}.union(*rows)
        meaning_more = alphabet.more.keys() & found
        found.update(chain.from_iterable(map(alphabet.more.__getitem__, meaning_more)))
        if alphabet.in_title:
            found.update(_meant(alphabet.in_title, texts[0]))
        if alphabet.in_body:
            found.update(_meant(alphabet.in_body, texts[1]))
        compounds = [piece for piece in meaning_more if len(piece) > 1]
        found.difference_update(compounds)
        found.discard("")
        return found, compounds

    def _chunks_of(self, language: str | None) -> _Chunks:
        """Without stems of its language in the file, an article is read as one of no language."""
        known = language if language and language in self._facts["languages"] else ""
        if known not in self._chunks:
            self._chunks[known] = self._new_chunks(known)
        return self._chunks[known]

    def _new_chunks(self, language: str) -> _Chunks:
        words = Recent[tuple[str, str], str](lambda word: self._word(word, language), MAX_WORDS)

        def characters(chunk: bytes) -> str:
            if chunk.isalnum():  # of ASCII: one word as it is, and found again as a chunk
                plain = chunk.decode()
                return self._word((plain, plain), language)
            terms = new_terms_of(chunk.decode())
            return self._alphabet.join([words[term.text, term.accented] for term in terms])

        return _Chunks(characters, MAX_CHUNKS)

    def _word(self, spelling: tuple[str, str], language: str) -> str:
        form, accented = spelling
        keys = [form, *self._beginnings(form)]
        if language:
            keys.append(stem_key(language, self._stem(form, language)))
        if self._facts["accented"]:
            keys.append(accented_key(accented))
        return self._character(keys)

    def _row_word(self, key: str) -> str:
        return self._character([key, *self._beginnings(key)])

    def _beginnings(self, form: str) -> list[str]:
        stub = self._stub
        if not 0 <= stub <= len(form):
            return []
        lengths = self._keys.uses(STUB + form[:stub])
        return [BEGINNING + form[:length] for length in lengths if length <= len(form)]

    def _character(self, keys: Iterable[str]) -> str:
        return self._alphabet.character(tuple(sorted(self._keys.uses(*keys))))

    def _other_rows(self, document: Document) -> Iterable[Row]:
        """Each author, the publisher and each code, as far as topics ask for them."""
        rows, codes = self._facts["rows"], self._facts["codes"]
        if "author" in rows:
            yield from (self._row("author", author) for author in document.authors)
        if "publisher" in rows:
            yield self._row("publisher", document.publisher)
        values = {"feed": document.feed, "lang": document.language, "country": document.country}
        for name in codes:
            if value := values.get(name):
                yield [self._rows[code_key(name, value)]]

    def _row(self, name: str, text: str) -> Row:
        return [self._rows[field_key(name, term.text)] for term in terms_of(text)]


def _meant(more: dict[str, str], text: str) -> Iterable[str]:
    return chain.from_iterable(map(more.__getitem__, more.keys() & set(text)))


def _split(text: str) -> list[bytes]:
    # A lone surrogate is no part of a word, and neither is what replaces it.
    return text.encode(errors="replace").translate(_CHUNKS).split()
