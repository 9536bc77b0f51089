"""Text to terms, the same way for topics and for articles.

A term is a whole word with case and accents folded. Accents that make another letter stay: й is not
и, ї is not і, ł is not l. Words keep their place in the text, so that they can be shown.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters of their own that canonical decomposition would take apart.
_LETTERS = frozenset("йїў")
# Combining accents, soft hyphens and zero-width characters stand inside words, not between them.
_INSIDE = r"(?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d])"
_WORD = re.compile(rf"[^\W_]{_INSIDE}*(?:['’ʼ][^\W_]{_INSIDE}*)*")
# What stands with a word and is none of it: Ukraine's army, l'Ukraine, dell'Ucraina.
_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ][sS]$")
_ELISION = re.compile(
    r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|all|dall|dell|nell|sull|un)['’ʼ](?=\w)",
    re.IGNORECASE | re.ASCII,
)
_DROPPED = str.maketrans("", "", "'’ʼ\u00ad\u200b\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Term:
    """A folded word and where it stands in the text as given."""

    text: str
    start: int
    end: int


def terms_of(text: str) -> list[Term]:
    folded = ((fold(found.group()), found.span()) for found in _WORD.finditer(text))
    # A stray modifier letter (ʼ as a quote) folds to nothing, and is no word.
    return [Term(word, *span) for word, span in folded if word]


@lru_cache(maxsize=65_536)  # an archive's everyday vocabulary; folding costs more than looking up
def fold(word: str) -> str:
    """A possessive 's and an elided article are dropped, then any other apostrophe: п'ять and
    O'Brien have many spellings."""
    normal = unicodedata.normalize("NFKC", word)
    bare = _ELISION.sub("", _POSSESSIVE.sub("", normal)).translate(_DROPPED).casefold()
    return "".join(_base(letter) for letter in unicodedata.normalize("NFC", bare))


def _base(letter: str) -> str:
    if letter.isascii() or letter in _LETTERS:
        return letter
    decomposed = unicodedata.normalize("NFD", letter)
    return "".join(part for part in decomposed if not unicodedata.combining(part))
