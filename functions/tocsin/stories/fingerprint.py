"""What is kept of an article to recognise it by: numbers only, so that it can be kept anywhere.

A fingerprint is made once an article (`stories.reading.fingerprint_of`) and compared with the
heads of stories (`stories.decide`). Hashes are of 32 bits: two words that share one by accident
change one weight among forty. Weights are 1 to 255, of 255 the greatest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

# Stories are looked up among those of two buckets: this one and the one before.
BUCKET_SECONDS = 3 * 86_400
ANY_LANGUAGE = "*"


class Key(NamedTuple):
    """What leads from an article to the stories that it may belong to. `name` is a rare term of a
    language ("en.1f3a09c2") or, for other languages, a romanised name ("*.7740be11")."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Trace:
    """An article by what a copy of it, the next report on its event, or the next of its series
    would share.

    `seen_at` is in seconds since 1970, and says which bucket the article is in: later articles are
    seen later, whatever their pages state. `article`, `outlet` and `text` tell whether it is the
    same one. `vector` holds the weights
    of its top terms. `sketch` are the smallest hashes of its word 3-grams, ascending, of `shingles`
    distinct ones. `title` are the title's terms, rarest first, `figures` the numbers in title and
    text but years. `serial`: its words are those of a notice that comes again with other numbers.
    `full` is False for an article of which little more than a headline is known.
    """

    language: str
    seen_at: int
    article: int
    outlet: int
    text: int
    vector: Mapping[int, int]
    shingles: int
    sketch: tuple[int, ...]
    title: tuple[int, ...]
    figures: tuple[int, ...]
    serial: bool
    full: bool


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`terms` are all terms of the article. `names` holds its rarest romanised names and numbers
    with their weights, for other languages. `seasoned` says how well the stream was known that its
    weights rest on, from 0 to 1."""

    article_id: str
    trace: Trace
    terms: frozenset[int]
    names: Mapping[int, int]
    keys: tuple[Key, ...]
    seasoned: float

    @property
    def language(self) -> str:
        return self.trace.language

    @property
    def seen_at(self) -> int:
        return self.trace.seen_at


def bucket_of(key: Key, at: int) -> int:
    """Each key has its edges at a time of its own: then an article is near few edges at once."""
    return (at + int(key.name[-8:], 16) % BUCKET_SECONDS) // BUCKET_SECONDS


def posting_keys(keys: tuple[Key, ...], at: int) -> list[str]:
    """The names under which a story that an article at this time begins can be found."""
    return [f"{bucket_of(key, at)}.{key.name}" for key in keys]


def lookup_keys(keys: tuple[Key, ...], at: int) -> list[str]:
    """Those under which its story may be: each key's own bucket first, then the one before."""
    return posting_keys(keys, at) + posting_keys(keys, at - BUCKET_SECONDS)
