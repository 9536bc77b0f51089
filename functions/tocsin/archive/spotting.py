"""Where the words of a query stand in an article, for queries of words alone.

The index has found out which words of a shard the query means: those are looked for in the text,
and nothing else of it is read. Queries that ask how words stand to each other (phrases, NEAR) take
a whole `Reading`, which costs ten times as much.
"""

import re
from collections.abc import Iterable, Iterator

from tocsin.archive.translate import AllOf, AnyOf, Expression, Leaf, Minus, Question, Rendered
from tocsin.archive.words import cut, letter_in, letter_of
from tocsin.query.analysis import terms_of

Places = list[tuple[int, int]]  # characters from and to
_TEXT = ("title", "body")
# What goes on in a piece: all but the characters at which a text is cut.
_JOINED = re.compile(r"[^\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]")


def can_spot(question: Question) -> bool:
    """Whether what the index has of the words is all that the query asks of them."""
    return (
        question.exact
        and all(len(leaf.choices) == 1 for leaf in question.ranked)
        and _has_words_alone(question.expression)
    )


def _has_words_alone(expression: Expression) -> bool:
    match expression:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return all(map(_has_words_alone, parts))
        case Minus(part=part):  # nothing is marked of what is not wanted
            return part is None or _has_words_alone(part)
        case _:
            return isinstance(expression, Leaf)


class Spotter:
    """Of one shard in one search: `leaves` are rendered for it."""

    def __init__(self, leaves: Iterable[tuple[Leaf, Rendered]]) -> None:
        self._leaves = list(leaves)
        self._spots: dict[tuple[str, str], _Spots] = {}

    def places(self, field: str, text: str, language: str | None) -> Places:
        """Of all words together, in the order of the text."""
        letter = letter_of(language)
        spots = self._spots.get((field, letter))
        if spots is None:
            spots = self._spots[field, letter] = _Spots(*self._meant(field, letter))
        return sorted(spots.places(text))

    def _meant(self, field: str, letter: str) -> tuple[set[str], tuple[str, ...]]:
        """Words, and beginnings of words, in a language."""
        words: set[str] = set()
        beginnings: set[str] = set()
        for leaf, rendered in self._leaves:
            if field in leaf.columns:
                for name in rendered.names:
                    of_letter = (w for w in rendered.words[name] if letter_in(w) == letter)
                    meant = beginnings if name in rendered.beginnings else words
                    meant.update(word[len(letter) :] for word in of_letter)
        return words, tuple(beginnings)


class _Spots(dict[bytes, tuple[tuple[int, int], ...]]):
    """Where in a piece of text there are words that are meant. Filled as it is asked: articles
    have the same pieces."""

    def __init__(self, words: set[str], beginnings: tuple[str, ...]) -> None:
        super().__init__()
        self._words = words
        self._plain = {word.encode() for word in words}
        self._beginnings = beginnings

    def __missing__(self, piece: bytes) -> tuple[tuple[int, int], ...]:
        terms = terms_of(piece.decode())
        spots = tuple((term.start, term.end) for term in terms if self._is(term.text))
        self[piece] = spots
        return spots

    def _is(self, word: str) -> bool:
        return word in self._words or word.startswith(self._beginnings)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        for piece in self._hopeful(set(cut(text))):
            for at in _occurrences(text, piece.decode()):
                yield from ((at + start, at + end) for start, end in self[piece])

    def _hopeful(self, pieces: set[bytes]) -> list[bytes]:
        """Of ASCII letters a piece is one word, and its case is all of it: most are none of those
        that are meant, and are not remembered."""
        if self._beginnings:
            return [piece for piece in pieces if self[piece]]
        plain = self._plain
        return [p for p in pieces if (p.lower() in plain if p.isalnum() else self[p])]


def _occurrences(text: str, piece: str) -> Iterator[int]:
    """Where it stands as a piece of its own."""
    at = text.find(piece)
    while at >= 0:
        end = at + len(piece)
        if not (at and _JOINED.match(text, at - 1)) and not _JOINED.match(text, end):
            yield at
        at = text.find(piece, end)
