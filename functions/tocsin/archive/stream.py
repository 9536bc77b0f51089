"""Everything that matches, newest first, however much it is: for exports and back-tests.

Where a search ends with a page, a stream goes on to the archive's first day. It holds some hundred
articles of each shard that it is in, and is in as many shards as overlap in time: the small ones of
a day, one or two larger ones before that.

    records   of an article in several shards the latest version, if it matches
    _Merging  opens shards when their turn comes, a few at a time, and merges them by time
    _Source   one shard: what matches below the last row that it gave
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from tocsin.archive.answers import Asked, Cursor, Order, read_cursor
from tocsin.archive.manifest import newest_first, voids_in
from tocsin.archive.ranges import Piece, Ranges
from tocsin.archive.reading import Reader
from tocsin.archive.records import Key, Record
from tocsin.archive.search import Shards, question_of
from tocsin.archive.shard import Bounds, Shard
from tocsin.archive.translate import Question
from tocsin.errors import NotFoundError
from tocsin.model.archive import Manifest, ShardEntry, Void
from tocsin.model.topics import Topic
from tocsin.query.meaning import Inflection
from tocsin.query.syntax import parse

_OPENED_AT_ONCE = 8  # shards: what they need comes in one round
# Articles of one shard: 3 MB where they are long, and a round of requests for each time.
_READ_AT_ONCE = 256
_END: Key = (1 << 32, "")


def cursor_of(key: Key) -> str:
    """With it as `Asked.cursor` a stream goes on after this article."""
    return Cursor(order=Order.NEWEST, second=key[0], article_id=key[1]).to_text()


def records(
    asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection
) -> Iterator[tuple[Key, Record]]:
    """All articles of a manifest that match, each once, in its latest version, as shards keep
    them: with their text. `limit`, `order`, `facets` and `budget` of what is asked play no part.

    Raises QueryError, InputError and CorruptError; what the store raises passes: NotFoundError of a
    shard that was replaced more than an hour ago, whose articles a newer manifest has."""
    topic = Topic(id="search", name="", query=asked.query)
    question = question_of(asked, topic, inflection)
    tree = None if question.exact else parse(asked.query)
    reader = Reader(topic, inflection)
    for key, record in candidates(question, asked, manifest, shards):
        if tree is None or reader.read(record).holds(tree):
            yield key, record


def following(
    asked: Asked, read: Callable[[], Manifest], shards: Shards, inflection: Inflection
) -> Iterator[tuple[Key, Record]]:
    """Likewise, for as long as it takes: where a shard is gone, by the manifest as it is then."""
    while True:
        manifest = read()
        try:
            for key, record in records(asked, manifest, shards, inflection):
                asked = asked.model_copy(update={"cursor": cursor_of(key)})
                yield key, record
            return
        except NotFoundError:
            if read() == manifest:
                raise  # it is in force, and its object is not there


def candidates(
    question: Question, asked: Asked, manifest: Manifest, shards: Shards
) -> Iterator[tuple[Key, Record]]:
    """All articles that satisfy the question's expression, each once, in its latest version. Of
    what is asked the range of time and the cursor count."""
    merging = _Merging(manifest, shards, question, _span(asked))
    for key, versions in groupby(merging.candidates(), attrgetter("key")):
        yield key, max(versions, key=lambda each: (each.record.version, each.built_at)).record


def _span(asked: Asked) -> tuple[Key, Key]:
    """From the one key, before the other."""
    since, until = asked.filters.seconds()
    below = read_cursor(asked.cursor, Order.NEWEST).key if asked.cursor else _END
    return (since, ""), min((until, ""), below)


@dataclass(frozen=True)
class _Candidate:
    key: Key
    record: Record
    built_at: int


# When its turn comes, the lower the sooner; a number that no two have; who it is, and its source.
_Turn = tuple[tuple[int, int], int, _Candidate, Iterator[_Candidate]]


class _Merging:
    """Used once."""

    def __init__(
        self, manifest: Manifest, shards: Shards, question: Question, span: tuple[Key, Key]
    ) -> None:
        self._manifest = manifest
        self._shards = shards
        self._question = question
        self._low, self._high = span
        self._waiting = [
            each
            for each in newest_first(manifest)
            if each.last >= self._low[0] and each.first <= self._high[0]
        ]
        self._turns: list[_Turn] = []
        self._opened = 0

    def candidates(self) -> Iterator[_Candidate]:
        """Newest first; of a key in several shards all that there are."""
        while True:
            while self._waiting and self._may_be_next(self._waiting[0]):
                self._open_some()
            if not self._turns:
                return
            _, number, candidate, source = heapq.heappop(self._turns)
            yield candidate
            self._line_up(number, source)

    def _may_be_next(self, entry: ShardEntry) -> bool:
        return not self._turns or entry.last >= self._turns[0][2].key[0]

    def _open_some(self) -> None:
        entries = self._waiting[:_OPENED_AT_ONCE]
        del self._waiting[:_OPENED_AT_ONCE]
        for source in self._sources(entries):
            self._opened += 1
            self._line_up(self._opened, source.candidates(self._low, self._high))

    def _sources(self, entries: Sequence[ShardEntry]) -> list["_Source"]:
        """Two rounds."""
        opened = self._shards.open(entries, self._question)
        sources = [self._source(each) for each in opened]
        seconds = (self._low[0], self._high[0])
        self._shards.ranges.fetch(piece for each in sources for piece in each.pieces(seconds))
        return sources

    def _source(self, shard: Shard) -> "_Source":
        voids = voids_in(self._manifest, shard.entry)
        return _Source(shard, self._shards.ranges, self._question, voids)

    def _line_up(self, number: int, source: Iterator[_Candidate]) -> None:
        candidate = next(source, None)
        if candidate is not None:
            second, article_id = candidate.key
            turn = (-second, -int(article_id, 16))
            heapq.heappush(self._turns, (turn, number, candidate, source))


class _Source:
    """What of one shard is asked for."""

    def __init__(
        self, shard: Shard, ranges: Ranges, question: Question, voids: Sequence[Void]
    ) -> None:
        self._shard = shard
        self._ranges = ranges
        self._voids = voids
        (self._matching,) = shard.rendered([question.expression])

    def pieces(self, seconds: Sequence[int]) -> Iterator[Piece]:
        """What is needed to begin."""
        yield from self._shard.word_pieces([self._matching])
        yield from self._shard.boundary_pieces([*seconds, *(each.second for each in self._voids)])

    def candidates(self, low: Key, high: Key) -> Iterator[_Candidate]:
        first, last = self._shard.rows_before(low) + 1, self._shard.rows_before(high)
        gone = frozenset(self._gone())
        while first <= last:
            bounds = Bounds(first, last, gone)
            rows = self._shard.rows(self._matching, bounds, _READ_AT_ONCE)
            yield from self._read(rows)
            if len(rows) < _READ_AT_ONCE:
                return
            last = rows[-1] - 1

    def _gone(self) -> Iterator[int]:
        for void in self._voids:
            row = self._shard.find_row((void.second, void.article_id))
            if row and self._shard.version(row) < void.version:
                yield row

    def _read(self, rows: Sequence[int]) -> list[_Candidate]:
        """One round. Their text is taken at once: the ranges may be given up before their turn."""
        shard = self._shard
        self._ranges.fetch([*shard.key_pieces(rows), *shard.article_pieces(rows)])
        return [
            _Candidate(shard.key(row), shard.article(row), shard.entry.built_at) for row in rows
        ]
