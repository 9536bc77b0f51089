"""Looking at shards: many are opened, and asked, at once.

    open     heads of the shards, and the forms of the query's words
    words    where the words are, and the keys around a date or a cursor

Each is one round of requests for all shards that are looked at; of shards that are open already the
pages of words are asked for with their forms, as good as they can be guessed. Of many shards that
hardly have anything the pages of frequent words are read only where all others are together.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

from tocsin.archive.manifest import voids_in
from tocsin.archive.ranges import Piece, Ranges
from tocsin.archive.records import Key
from tocsin.archive.shard import Bounds, Shard, first_pieces
from tocsin.archive.translate import Question, Rendered, all_of, required
from tocsin.model.archive import Manifest, ShardEntry, Void

MOST_AT_ONCE = 64  # shards: a request or three to each of the connections
_GUESSED = 8  # pages of a word: half a megabyte, as much as comes in the time of a first byte
_GUESSED_AFAR = 2  # more of what many shards have is more than the network brings in that time
_Each = TypeVar("_Each")
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Looked:
    """A shard in one search: the query in its words, the rows that are asked for, and how many
    match. `newest` are the first of them; `cut` is the oldest row that was looked at where there
    may be others before it; `counts` says in how many articles of the shard each leaf is."""

    shard: Shard
    matching: Rendered
    leaves: tuple[Rendered, ...]
    bounds: Bounds
    matches: int = 0
    newest: tuple[int, ...] = ()
    cut: int | None = None
    counts: tuple[int, ...] = ()


class Shards:
    """Open shards of one container: what is read of one serves all searches after it. For many
    threads."""

    def __init__(self, ranges: Ranges, executor: Executor, most: int = 512) -> None:
        self.ranges = ranges
        self._executor = executor
        self._most = most
        self._open: dict[str, Shard] = {}
        self._lock = threading.Lock()

    def open(
        self, entries: Sequence[ShardEntry], question: Question, guessed: int = _GUESSED
    ) -> list[Shard]:
        """Of each word up to that many pages are guessed. Raises CorruptError."""
        with self._lock:
            known = {each.key: self._open.get(each.key) for each in entries}
        needed = (self._needed(each, known[each.key], question, guessed) for each in entries)
        self.ranges.fetch([piece for pieces in needed for piece in pieces])
        opened = [known[each.key] or Shard(each, self.ranges) for each in entries]
        with self._lock:
            self._open |= {each.entry.key: each for each in opened}
            while len(self._open) > max(self._most, len(entries)):
                self._open.pop(next(iter(self._open)))
        return opened

    def _needed(
        self, entry: ShardEntry, shard: Shard | None, question: Question, guessed: int
    ) -> Iterator[Piece]:
        expressions = (question.expression, *question.ranked)
        pieces = first_pieces(entry, expressions)
        if shard is None:
            yield from pieces
            return
        forms = pieces[1:]
        yield from forms
        if not self.ranges.has(forms):  # else the words are known, and their pages come next
            yield from shard.likely_pieces(expressions, guessed)

    def each(self, do: Callable[[_Each], _Part], them: Iterable[_Each]) -> list[_Part]:
        """SQLite does not hold the interpreter: shards are asked side by side."""
        all_of_them = list(them)
        if len(all_of_them) < 2:
            return list(map(do, all_of_them))
        return list(self._executor.map(do, all_of_them))


class Looking:
    """At the shards of a manifest, for one question."""

    def __init__(
        self, question: Question, manifest: Manifest, shards: Shards, facets: Sequence[str] = ()
    ) -> None:
        self._question = question
        self._manifest = manifest
        self._shards = shards
        self._facets = facets

    def look(self, entries: Sequence[ShardEntry], low: Key, high: Key) -> list[Looked]:
        """For articles from the one key on and before the other: two rounds. Nothing is counted
        yet."""
        opened = self._shards.open(entries, self._question)
        return self._fetched([self.asking(each) for each in opened], low, high)

    def look_afar(self, entries: Sequence[ShardEntry], low: Key, high: Key) -> list[Looked]:
        """The same of shards that may have something. Where a word is in very many articles, the
        others are asked for first: a round more, for a fraction of the bytes."""
        opened = self._shards.open(entries, self._question, _GUESSED_AFAR)
        rare = self._shards.each(lambda each: (each, self._rare(each)), opened)
        self._shards.ranges.fetch(p for each, words in rare for p in each.word_pieces(words))
        hopeful = self._shards.each(lambda one: all(map(one[0].has, one[1])), rare)
        may_have = [each for each, may in zip(opened, hopeful, strict=True) if may]
        return self._fetched([self.asking(each) for each in may_have], low, high)

    def _rare(self, shard: Shard) -> list[Rendered]:
        """What all that match satisfy, but for parts whose words are in very many articles."""
        parts = required(self._question.expression)
        pages = [shard.pages(each) for part in parts for each in shard.rendered([part])]
        rare = [part for part, count in zip(parts, pages, strict=True) if count <= _GUESSED]
        expression = all_of(rare) if len(rare) < len(parts) else None
        return shard.rendered([expression]) if expression else []

    def _fetched(self, looked: Sequence[Looked], low: Key, high: Key) -> list[Looked]:
        pieces = [piece for each in looked for piece in self._pieces(each, low, high)]
        self._shards.ranges.fetch(pieces)
        return [self._bounded(each, low, high) for each in looked]

    def asking(self, shard: Shard) -> Looked:
        expressions = (self._question.expression, *self._question.ranked)
        matching, *leaves = shard.rendered(expressions)
        return Looked(shard, matching, tuple(leaves), Bounds(1, shard.entry.docs))

    def _pieces(self, looked: Looked, low: Key, high: Key) -> Iterator[Piece]:
        yield from looked.shard.word_pieces((looked.matching, *looked.leaves))
        voids = voids_in(self._manifest, looked.shard.entry)
        seconds = [low[0], high[0], *(void.second for void in voids)]
        yield from looked.shard.boundary_pieces(seconds)
        yield from looked.shard.facet_pieces(self._facets)

    def _bounded(self, looked: Looked, low: Key, high: Key) -> Looked:
        shard = looked.shard
        gone = [self._gone(shard, void) for void in voids_in(self._manifest, shard.entry)]
        rows = frozenset(row for row in gone if row)
        bounds = Bounds(shard.rows_before(low) + 1, shard.rows_before(high), rows)
        return replace(looked, bounds=bounds)

    def _gone(self, shard: Shard, void: Void) -> int | None:
        row = shard.find_row((void.second, void.article_id))
        return row if row and shard.version(row) < void.version else None
