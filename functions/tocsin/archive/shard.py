"""One shard that is open: what a search asks of it, and which ranges that will take.

Everything comes in two steps: `..._pieces` says what will be needed, so that it can be fetched with
what other shards need; then the answer is read from what is at hand. What was not foreseen is
fetched when SQLite asks for it, and costs a round of its own.
"""

import struct
import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import apsw

from tocsin.archive import layout, vfs
from tocsin.archive.builder import unpack_column
from tocsin.archive.forms import block_of, find_forms
from tocsin.archive.packing import ZstdError, unpack
from tocsin.archive.ranges import Piece, Ranges
from tocsin.archive.records import Key, Record, Stored, from_stored, in_groups, stored
from tocsin.archive.translate import (
    TEXT,
    Exactly,
    Expression,
    Form,
    Rendered,
    Stem,
    Word,
    leaves_of,
    render,
)
from tocsin.archive.words import OTHER, code, letter_of
from tocsin.model.archive import ShardEntry

# Up to this a shard comes whole, in one request: at 80 MB/s in the time of a first byte.
SMALL = 1 << 20
# FTS5's numbers of its pages: fts5_index.c, FTS5_SEGMENT_ROWID and FTS5_DLIDX_ROWID.
_SEGMENT_SHIFT, _SKIPS = 37, 1 << 36
_BLOCKS_AT_ONCE = 32
_SKIPPED_FROM = 4  # pages of one word from which on it has an index of its own
_ANY_WORD = b"\xff"  # sorts behind every word
_REMEMBERED = 64  # words of late: a search asks several times for each

# BM25: https://www.sqlite.org/fts5.html#the_bm25_function. A word of the title counts five times.
WEIGHTS = {"body": 1.0, "title": 5.0, "author": 1.0, "publisher": 1.0, "code": 0.0}
_SCORE = f"bm25(words, {', '.join(str(WEIGHTS[name]) for name in layout.COLUMNS)})"


@dataclass(frozen=True)
class Bounds:
    """Rows that are asked for: from `low` to `high`, both included, without `gone`."""

    low: int
    high: int
    gone: frozenset[int] = frozenset()

    def sql(self) -> str:
        gone = ",".join(map(str, sorted(self.gone)))
        return f"rowid >= {self.low} and rowid <= {self.high}" + (
            f" and rowid not in ({gone})" if gone else ""
        )


@dataclass(frozen=True)
class Ranked:
    """A leaf that articles are ranked by, and what makes FTS5's score of it the wanted one."""

    rendered: Rendered
    factor: float


def first_pieces(entry: ShardEntry, expressions: Iterable[Expression]) -> list[Piece]:
    """What opening the shard takes, and the forms of the words that are looked for."""
    if entry.size <= SMALL:
        return [Piece(entry.key, 0, entry.size)]
    words = {word for word, _ in _words_of(expressions)}
    blocks = {each for word in words if isinstance(word, Stem) for each in _forms(entry, word)}
    return [Piece(entry.key, entry.head, entry.size - entry.head), *blocks]


def _words_of(expressions: Iterable[Expression]) -> set[tuple[Word, tuple[str, ...]]]:
    """And the columns that they are looked for in."""
    return {
        (word, leaf.columns)
        for expression in expressions
        for leaf in leaves_of(expression)
        for choice in leaf.choices
        for word in choice
    }


def _forms(entry: ShardEntry, stem: Stem) -> Iterator[Piece]:
    if stem.letter in map(letter_of, entry.languages):
        at = block_of(stem.letter + stem.text, [first for first, _, _ in entry.forms])
        if at is not None:
            _, offset, length = entry.forms[at]
            yield Piece(entry.key, offset, length)


class Shard:
    """For many threads: one at a time is let in to the database."""

    def __init__(self, entry: ShardEntry, ranges: Ranges) -> None:
        """Raises CorruptError."""
        self.entry = entry
        self._ranges = ranges
        packed = self._part(entry.head, entry.size - entry.head)
        self.head = layout.unpack_head(entry.key, packed)
        self._pages = {number: at for at, number in enumerate(self.head.pages)}
        self._versions = dict(zip(self.head.revised, self.head.versions, strict=True))
        self._letters = frozenset(map(letter_of, entry.languages))
        self._lock = threading.Lock()
        self._expanded = lru_cache(_REMEMBERED)(self._expand)
        self._pages_of = lru_cache(_REMEMBERED)(self._find_pages)
        self._words: Mapping[str, tuple[str, ...]] = {}
        self._database = vfs.Database(self.head.database, self.head.page, self._page_at)
        self._connection: apsw.Connection | None = None

    # ── parts ──

    def _part(self, offset: int, length: int) -> bytes:
        if self.entry.size <= SMALL:
            whole = self._ranges.get(self.entry.key, 0, self.entry.size)
            return whole[offset : offset + length]
        return self._ranges.get(self.entry.key, offset, length)

    @contextmanager
    def _as_built(self) -> Iterator[None]:
        """Raises CorruptError where a part is none of what a build writes."""
        try:
            yield
        except (ZstdError, struct.error, ValueError, LookupError) as error:
            raise layout.unreadable(self.entry.key) from error

    def _pieces(self, parts: Iterable[tuple[int, int]]) -> list[Piece]:
        if self.entry.size <= SMALL:
            return []
        return [Piece(self.entry.key, offset, length) for offset, length in parts]

    def _page_at(self, number: int) -> bytes:
        size, at = self.head.page, self._pages.get(number)
        if at is not None:
            return self.head.page_bytes[at * size : (at + 1) * size]
        packed = self._part(*self._packed(self._places[number]))
        with self._as_built():
            return unpack(packed)

    @cached_property
    def _places(self) -> dict[int, int]:
        """Of pages, in the order that they are stored in."""
        numbers = chain(self.head.word_pages, self.head.length_pages)
        return {number: place for place, number in enumerate(numbers)}

    def _packed(self, place: int) -> tuple[int, int]:
        ends = self.head.page_ends
        begin = ends[place - 1] if place else 0
        return begin, ends[place] - begin

    def _page_pieces(self, places: Iterable[int]) -> list[Piece]:
        """Nothing for those that are in the head."""
        parts = map(self._packed, set(places))
        return self._pieces(part for part in parts if part[1])

    # ── words ──

    def rendered(self, expressions: Iterable[Expression]) -> list[Rendered]:
        everything = [code("l", language) for language in self.entry.languages]
        return render(expressions, self._expanded, everything)

    def _letters_in(self, columns: tuple[str, ...]) -> frozenset[str]:
        """Those that words of these columns begin with; names begin with that of other languages.
        A word that the index lacks would make its whole leaf slower."""
        letters = self._letters if set(columns) & set(TEXT) else frozenset[str]()
        return letters if set(columns) <= set(TEXT) else letters | {OTHER}

    def _expand(self, word: Word, columns: tuple[str, ...]) -> list[str]:
        match word:
            case Form(text=text):
                return [letter + text for letter in self._letters_in(columns)]
            case Exactly(text=text):
                return [text]
            case Stem(letter=letter, text=text):
                if letter not in self._letters:
                    return []
                for piece in _forms(self.entry, word):
                    packed = self._part(piece.offset, piece.length)
                    with self._as_built():
                        return [letter + form for form in find_forms(letter, text, packed)]
                return [letter + text]

    def word_pieces(self, rendered: Iterable[Rendered]) -> list[Piece]:
        """The pages that hold where the words are."""
        if self.entry.size <= SMALL:
            return []
        return self._page_pieces({page for each in rendered for page in self._word_pages(each)})

    def pages(self, rendered: Rendered) -> int:
        """In how many its words are."""
        return len(set(self._word_pages(rendered)))

    def _word_pages(self, rendered: Rendered) -> Iterator[int]:
        for name in rendered.names:
            for word in rendered.words[name]:
                yield from self._pages_of(word, name in rendered.beginnings)

    def likely_pieces(self, expressions: Iterable[Expression], most: int) -> list[Piece]:
        """Pages that hold where the words are, as far as can be told before their forms are at
        hand: most forms begin as their stem does. Of a word up to that many pages: what is wrong
        here costs bytes, no more."""
        if self.entry.size <= SMALL:
            return []
        words = _words_of(expressions)
        wanted = {each for word, columns in words for each in self._beginnings(word, columns)}
        found = (self._pages_of(text, begins) for text, begins in wanted)
        return self._page_pieces(page for pages in found if len(pages) <= most for page in pages)

    def _beginnings(self, word: Word, columns: tuple[str, ...]) -> list[tuple[str, bool]]:
        """Words, and whether all that begin so are meant."""
        match word:
            case Form(text=text, begins=begins):
                return [(letter + text, begins) for letter in self._letters_in(columns)]
            case Exactly(text=text):
                return [(text, False)]
            case Stem(letter=letter, text=text):
                # Porter's stem of policy is polici.
                stem = letter + text.removesuffix("i")
                return [(stem, True)] if letter in self._letters else []

    def _find_pages(self, word: str, begins: bool) -> tuple[int, ...]:
        term = b"0" + word.encode()
        with self._lock:
            connection = self._connected()
            sql = "select pgno >> 1 from words_idx where segid = ? and term {} ? order by term {}"
            segment = self.head.segment
            found = connection.execute(sql.format("<=", "desc limit 1"), (segment, term)).get
            if found is None:
                return ()
            beyond = term + _ANY_WORD if begins else term
            after = connection.execute(sql.format(">", "limit 1"), (segment, beyond)).get
        first = (segment << _SEGMENT_SHIFT) + found
        last = (segment << _SEGMENT_SHIFT) + after if after else first | (_SKIPS - 1)
        skips = self._leaves(first | _SKIPS, last | _SKIPS) if last - first >= _SKIPPED_FROM else ()
        return (*self._leaves(first, last), *skips)

    def _leaves(self, first: int, last: int) -> Iterator[int]:
        """Their places."""
        rows = self.head.word_rows
        at = bisect_left(rows, first)
        while at < len(rows):
            yield at
            if rows[at] >= last:
                return
            at += 1

    def length_pieces(self, rows: Sequence[int] | None) -> list[Piece]:
        """The pages that hold how long these articles are, or all."""
        ends, begin = self.head.length_rows, len(self.head.word_pages)
        if rows is None or len(rows) > 4 * len(ends):
            return self._page_pieces(range(begin, begin + len(ends)))
        return self._page_pieces(begin + bisect_left(ends, row) for row in rows)

    def _connected(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = vfs.connect(self._database)
            self._connection.register_fts5_tokenizer(layout.TOKENIZER, self._tokenizer)
        return self._connection

    def _tokenizer(self, _connection: apsw.Connection, _arguments: list[str]) -> Any:
        """Gives for the number of a word all words that it stands for, at one place."""

        def words(text: bytes, _flags: int, _locale: str | None) -> Iterator[tuple[str, ...]]:
            yield from (self._words[name] for name in text.decode().split())

        return words

    def _run(self, rendered: Rendered, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            self._words = rendered.words
            return self._connected().execute(sql, values).fetchall()

    # ── answers ──

    def count(self, rendered: Rendered, bounds: Bounds | None = None) -> int:
        within = f"and {bounds.sql()}" if bounds else ""
        sql = f"select count(*) from words where words match ? {within}"
        return int(self._run(rendered, sql, rendered.text)[0][0])

    def has(self, rendered: Rendered) -> bool:
        sql = "select 1 from words where words match ? limit 1"
        return bool(self._run(rendered, sql, rendered.text))

    def rows(self, rendered: Rendered, bounds: Bounds, limit: int = -1) -> list[int]:
        """The newest first."""
        sql = f"select rowid from words where words match ? and {bounds.sql()}"
        sql += " order by rowid desc limit ?"
        return [row for (row,) in self._run(rendered, sql, rendered.text, limit)]

    def newest(self, rendered: Rendered, bounds: Bounds, limit: int) -> tuple[int, int | None]:
        """How many match, up to that many of the newest, and the row of the oldest of them."""
        rows = f"select rowid as row from words where words match ? and {bounds.sql()}"
        sql = f"select count(*), min(row) from ({rows} order by row desc limit ?)"
        ((count, oldest),) = self._run(rendered, sql, rendered.text, limit)
        return count, oldest

    def ranked_at_once(
        self, matching: Rendered, bounds: Bounds, factor: float, limit: int
    ) -> list[tuple[float, int]]:
        """The best articles with their scores, best first, of equal ones the newer: by FTS5's own
        score of all that is asked, times the factor."""
        sql = f"select {_SCORE} as score, rowid from words where words match ? and {bounds.sql()}"
        sql += " order by score, rowid desc limit ?"
        found = self._run(matching, sql, matching.text, limit)
        return [(-factor * score, row) for score, row in found]

    def ranked(
        self, matching: Rendered, leaves: Sequence[Ranked], bounds: Bounds, limit: int
    ) -> list[tuple[float, int]]:
        """The same, by the sum of the leaves' scores. All are of one call of `rendered`."""
        # With a plus FTS5 is not asked anew for each row of them.
        arm = f"select rowid as row, {_SCORE} * ? as score from words where words match ?"
        arms = [f"{arm} and +rowid in matching"] * len(leaves)
        # What satisfies the query by its codes alone comes last.
        sql = " union all ".join([*arms, "select row, 0.0 from matching"])
        among = f"select rowid as row from words where words match ? and {bounds.sql()}"
        sql = (
            f"with matching(row) as materialized ({among}) "
            f"select row, sum(score) as score from ({sql}) group by row "
            "order by score desc, row desc limit ?"
        )
        values = [value for leaf in leaves for value in (-leaf.factor, leaf.rendered.text)]
        found = self._run(matching, sql, matching.text, *values, limit)
        return [(score, row) for row, score in found]

    # ── keys ──

    def key_pieces(self, rows: Iterable[int]) -> list[Piece]:
        steps = {(row - 1) // layout.KEYS_STEP for row in rows}
        return self._pieces(map(self._step, steps))

    def boundary_pieces(self, seconds: Iterable[int]) -> list[Piece]:
        steps = {step for second in seconds for step in self._steps_of(second)}
        return self._pieces(map(self._step, steps))

    def _steps_of(self, second: int) -> range:
        if not self.entry.first <= second <= self.entry.last:
            return range(0)
        seconds = self.head.seconds
        return range(max(bisect_left(seconds, second) - 1, 0), bisect_right(seconds, second))

    def _step(self, step: int) -> tuple[int, int]:
        begin, size = self.head.keys
        width = layout.KEYS_STEP * layout.KEY.size
        return begin + step * width, min(width, size - step * width)

    def _keys_in(self, step: int) -> list[Key]:
        return layout.unpack_keys(self._part(*self._step(step)))

    def key(self, row: int) -> Key:
        step, at = divmod(row - 1, layout.KEYS_STEP)
        return layout.unpack_key(self._part(*self._step(step)), at)

    def rows_before(self, key: Key) -> int:
        """How many articles have a lower key."""
        if key[0] < self.entry.first:
            return 0
        if key[0] > self.entry.last:
            return self.entry.docs
        steps = self._steps_of(key[0])
        for step in steps:
            keys = self._keys_in(step)
            if keys[-1] >= key:
                return step * layout.KEYS_STEP + bisect_left(keys, key)
        return min(steps.stop * layout.KEYS_STEP, self.entry.docs)

    def find_row(self, key: Key) -> int | None:
        row = self.rows_before(key) + 1
        if row > self.entry.docs or not self.entry.first <= key[0] <= self.entry.last:
            return None
        return row if self.key(row) == key else None

    def version(self, row: int) -> int:
        return self._versions.get(row, 1)

    # ── articles and facets ──

    def article_pieces(self, rows: Iterable[int]) -> list[Piece]:
        return self._pieces(map(self._block, {(row - 1) // layout.BLOCK for row in rows}))

    def _block(self, number: int) -> tuple[int, int]:
        begin = self.head.articles[number - 1] if number else 0
        return self.head.articles_begin + begin, self.head.articles[number] - begin

    def article(self, row: int) -> Record:
        number, at = divmod(row - 1, layout.BLOCK)
        packed = self._part(*self._block(number))
        with self._as_built():
            return from_stored(unpack(packed).split(b"\n")[at])

    def articles(self) -> Iterator[Stored]:
        """All of them, in the order of their keys; some hundred at a time are fetched."""
        for numbers in in_groups(range(len(self.head.articles)), _BLOCKS_AT_ONCE):
            self._ranges.fetch(self._pieces(map(self._block, numbers)))
            for number in numbers:
                packed = self._part(*self._block(number))
                with self._as_built():
                    block = list(map(stored, unpack(packed).split(b"\n")))
                yield from block

    def facet_pieces(self, names: Iterable[str]) -> list[Piece]:
        return self._pieces(self.head.columns[name] for name in names)

    def _column(self, name: str) -> tuple[list[tuple[str, ...]], Any]:
        packed = self._part(*self.head.columns[name])
        with self._as_built():
            return unpack_column(packed)

    def facet(self, name: str, rows: Sequence[int]) -> Counter[str]:
        """How many of these articles have each value."""
        values, numbers = self._column(name)
        counted: Counter[str] = Counter()
        for number, count in Counter(numbers[row - 1] for row in rows).items():
            for value in values[number]:
                counted[value] += count
        return counted
