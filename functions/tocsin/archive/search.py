"""A search: over the shards of a manifest, in as few rounds of requests as it takes.

    open     heads of the shards, and the forms of the query's words
    words    where the words are, and the keys around a date or a cursor
    lengths  how long the articles are that match, to rank them; newest first this is not needed
    keys     of the candidates, where more than one shard has some
    show     the articles of the page

Each is one round for all shards that are looked at. Those are the newest ones, more of them each
time, until the page is full (newest first) or `budget` articles match (best first): the answer says
how far back that was.

Ranking is BM25 with k1 = 1.2 and b = 0.75. An article's score is the sum over the leaves of the
query (words, phrases, prefixes; not those under NOT, and not codes) of

    idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length))
    idf = ln(1 + (N - n + 0.5) / (n + 0.5))

f counts the places at which the leaf stands, five times those in the title; length is of everything
that the index has of the article; N is the number of articles looked at and n that of those that
have the leaf; the mean length is that of the article's shard. Of equal scores the newer is first.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from tocsin.archive.answers import (
    MAX_DEPTH,
    MAX_LIMIT,
    Answer,
    Asked,
    Cursor,
    Hit,
    Order,
    read_cursor,
)
from tocsin.archive.layout import FACETS
from tocsin.archive.manifest import newest_first, voids_in
from tocsin.archive.ranges import Piece, Ranges
from tocsin.archive.reading import Reader
from tocsin.archive.records import Key, Record
from tocsin.archive.shard import Bounds, Ranked, Shard, first_pieces
from tocsin.archive.snippets import marked
from tocsin.archive.translate import EVERYTHING, Question, Rendered, narrowed, translate
from tocsin.errors import InputError
from tocsin.model import Manifest, ShardEntry, Topic, Void
from tocsin.query.evaluate import Reading
from tocsin.query.meaning import Inflection, plan_of
from tocsin.query.syntax import parse
from tocsin.query.tree import Node

# Articles in the shards that are looked at first: today's small ones and some days, or the latest
# month alone. Then as many times as many.
_FIRST_LOOK, _LOOK_GROWTH = 30_000, 4
_MOST_AT_ONCE = 64  # shards: three requests to each of the connections
# Articles that are read to see whether they really match, before a search says how far it came.
MAX_VERIFIED = 500
_BEGINNING, _END = (0, ""), (1 << 32, "")
_Part = TypeVar("_Part")


class Shards:
    """Open shards of one container: what is read of one serves all searches after it."""

    def __init__(self, ranges: Ranges, executor: Executor, most: int = 512) -> None:
        self.ranges = ranges
        self._executor = executor
        self._most = most
        self._open: dict[str, Shard] = {}

    def open(self, entries: Sequence[ShardEntry], question: Question) -> list[Shard]:
        """Raises CorruptError."""
        asked = (question.expression, *question.ranked)
        self.ranges.fetch(piece for each in entries for piece in self._needed(each, asked))
        for entry in entries:
            if entry.key not in self._open:
                self._open[entry.key] = Shard(entry, self.ranges)
        wanted = [self._open[each.key] for each in entries]
        while len(self._open) > max(self._most, len(entries)):
            self._open.pop(next(iter(self._open)))
        return wanted

    def _needed(self, entry: ShardEntry, asked: tuple[object, ...]) -> Iterator[Piece]:
        pieces = first_pieces(entry, asked)  # type: ignore[arg-type]
        yield from pieces[1:] if entry.key in self._open else pieces

    def each(self, do: Callable[["Looked"], _Part], looked: Iterable["Looked"]) -> list[_Part]:
        """SQLite does not hold the interpreter: shards are asked side by side."""
        return list(self._executor.map(do, looked))


@dataclass(frozen=True)
class Looked:
    """A shard in one search: the query in its words, the rows that are asked for, and how many
    match."""

    shard: Shard
    matching: Rendered
    leaves: tuple[Rendered, ...]
    bounds: Bounds
    matches: int = 0
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Candidate:
    key: Key
    shard: Shard
    row: int
    score: float | None = None


def question_of(asked: Asked, topic: Topic, inflection: Inflection) -> Question:
    """What is asked for, words and filters; `topic` has the query. Raises QueryError."""
    plan = plan_of(topic, inflection) if asked.query.strip() else None
    question = translate(plan, inflection) if plan else EVERYTHING
    return narrowed(question, asked.filters.leaves())


def search(asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection) -> Answer:
    """Raises QueryError, InputError and CorruptError; what the store raises passes."""
    return _Search(asked, manifest, shards, inflection).answer()


class _Search:
    """Used once."""

    def __init__(
        self, asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection
    ) -> None:
        _check(asked)
        self._asked = asked
        self._manifest = manifest
        self._shards = shards
        topic = Topic(id="search", name="", query=asked.query)
        self._reader = Reader(topic, inflection)
        self._tree: Node | None = parse(asked.query) if asked.query.strip() else None
        self._question = question_of(asked, topic, inflection)
        self._cursor = read_cursor(asked.cursor, asked.order) if asked.cursor else None
        self._entries = self._in_time(newest_first(manifest))
        self._verified = 0

    def answer(self) -> Answer:
        if self._asked.order is Order.BEST and self._question.ranked:
            return self._best()
        return self._newest()

    # ── which shards ──

    def _in_time(self, entries: list[ShardEntry]) -> list[ShardEntry]:
        since, until = self._asked.filters.seconds()
        return [each for each in entries if since <= each.last and each.first < until]

    def _span(self, below: Key) -> tuple[Key, Key]:
        """From the one key, before the other."""
        since, until = self._asked.filters.seconds()
        return (since, ""), min((until, ""), below)

    def _look(self, entries: Sequence[ShardEntry], below: Key) -> list[Looked]:
        """Opens shards and counts what matches: two rounds."""
        opened = self._shards.open(entries, self._question)
        low, high = self._span(below)
        looked = [self._asking(each) for each in opened]
        pieces = [piece for each in looked for piece in self._pieces(each, low, high)]
        self._shards.ranges.fetch(pieces)
        bounded = [self._bounded(each, low, high) for each in looked]
        return self._shards.each(self._counted, bounded)

    def _asking(self, shard: Shard) -> Looked:
        expressions = (self._question.expression, *self._question.ranked)
        matching, *leaves = shard.rendered(expressions)
        return Looked(shard, matching, tuple(leaves), Bounds(1, shard.entry.docs))

    def _pieces(self, looked: Looked, low: Key, high: Key) -> Iterator[Piece]:
        yield from looked.shard.word_pieces((looked.matching, *looked.leaves))
        voids = voids_in(self._manifest, looked.shard.entry)
        seconds = [low[0], high[0], *(void.second for void in voids)]
        yield from looked.shard.boundary_pieces(seconds)
        if self._asked.facets:
            yield from looked.shard.facet_pieces(self._asked.facets)

    def _bounded(self, looked: Looked, low: Key, high: Key) -> Looked:
        shard = looked.shard
        gone = [self._gone(shard, void) for void in voids_in(self._manifest, shard.entry)]
        rows = frozenset(row for row in gone if row)
        bounds = Bounds(shard.rows_before(low) + 1, shard.rows_before(high), rows)
        return replace(looked, bounds=bounds)

    def _gone(self, shard: Shard, void: Void) -> int | None:
        row = shard.find_row((void.second, void.article_id))
        return row if row and shard.version(row) < void.version else None

    def _counted(self, looked: Looked) -> Looked:
        shard = looked.shard
        counts: tuple[int, ...] = ()
        if self._asked.order is Order.BEST:
            counts = tuple(shard.count(leaf) for leaf in looked.leaves)
        if counts and self._asked_alone() and _is_whole(looked):
            return replace(looked, matches=counts[0], counts=counts)
        return replace(looked, matches=shard.count(looked.matching, looked.bounds), counts=counts)

    # ── newest first ──

    def _newest(self) -> Answer:
        below = self._cursor.key if self._cursor else _END
        hits: list[tuple[Candidate, Record]] = []
        looked: list[Looked] = []
        rest = [each for each in self._entries if each.first <= below[0]]
        size, last = _FIRST_LOOK, below
        while True:
            wanted = self._asked.limit + 1 - len(hits)
            page = self._page(looked, last, wanted, rest[0].last if rest else -1)
            if page:
                last = page[-1].key
                hits += self._matching(page)
            enough = len(hits) > self._asked.limit or self._verified >= MAX_VERIFIED
            if enough or (not page and not rest):
                break
            if not page:
                near, rest = _near(rest, size)
                looked += self._look(near, below)
                size *= _LOOK_GROWTH
        more = len(hits) > self._asked.limit or bool(self._verified >= MAX_VERIFIED and page)
        shown = hits[: self._asked.limit]
        ended = shown[-1][0].key if len(hits) > self._asked.limit else last
        cursor = Cursor(order=Order.NEWEST, second=ended[0], article_id=ended[1])
        return self._answered(shown, looked, rest, cursor if more else None)

    def _page(
        self, looked: Sequence[Looked], below: Key, limit: int, unseen_from: int
    ) -> list[Candidate]:
        """The newest candidates below a key, but none that an unseen shard may have newer ones
        than."""
        found = self._shards.each(lambda each: self._rows_below(each, below, limit), looked)
        pairs = [
            (each.shard, row) for each, rows in zip(looked, found, strict=True) for row in rows
        ]
        candidates = [each for each in self._with_keys(pairs) if each.key[0] > unseen_from]
        candidates.sort(key=lambda each: each.key, reverse=True)
        return _distinct(candidates)[:limit]

    def _rows_below(self, looked: Looked, below: Key, limit: int) -> list[int]:
        high = min(looked.bounds.high, looked.shard.rows_before(below))
        if not looked.matches or high < looked.bounds.low:
            return []
        return looked.shard.rows(looked.matching, replace(looked.bounds, high=high), limit)

    def _with_keys(self, pairs: Sequence[tuple[Shard, int]]) -> list[Candidate]:
        """A round, where keys are not at hand."""
        rows: dict[Shard, list[int]] = {}
        for shard, row in pairs:
            rows.setdefault(shard, []).append(row)
        if len(rows) == 1:
            # One shard's order is known: its keys come with the articles.
            self._fetch_articles(rows)
        self._shards.ranges.fetch(p for shard, each in rows.items() for p in shard.key_pieces(each))
        return [Candidate(shard.key(row), shard, row) for shard, row in pairs]

    # ── best first ──

    def _best(self) -> Answer:
        top = self._cursor.key if self._cursor else _END
        looked, rest = self._within_budget(top)
        begin = self._cursor.shown if self._cursor else 0
        end = min(begin + self._asked.limit, MAX_DEPTH)
        ranked = self._ranked(looked, end + 1)
        hits = (
            self._matching(ranked[begin:])
            if self._question.exact
            else self._matching(ranked)[begin:]
        )
        shown = hits[: end - begin]
        first = self._cursor or self._newest_of(looked)
        cursor = Cursor(
            order=Order.BEST, second=first.second, article_id=first.article_id, shown=end
        )
        more = len(hits) > len(shown) and end < MAX_DEPTH
        return self._answered(shown, looked, rest, cursor if more else None)

    def _newest_of(self, looked: Sequence[Looked]) -> Cursor:
        """What comes later is above it."""
        second = max((each.shard.entry.last for each in looked), default=0)
        return Cursor(order=Order.BEST, second=second + 1, article_id="")

    def _within_budget(self, below: Key) -> tuple[list[Looked], list[ShardEntry]]:
        looked: list[Looked] = []
        rest = [each for each in self._entries if each.first <= below[0]]
        size = _FIRST_LOOK
        while rest and sum(each.matches for each in looked) < self._asked.budget:
            near, rest = _near(rest, size)
            looked += self._look(near, below)
            size *= _LOOK_GROWTH
        return looked, rest

    def _ranked(self, looked: Sequence[Looked], limit: int) -> list[Candidate]:
        """The best of all shards. Where candidates are to be verified there are more of them."""
        some = [each for each in looked if each.matches]
        idfs = self._idfs(looked)
        limit = limit if self._question.exact else max(limit, MAX_VERIFIED)
        alone = self._asked_alone()

        def rows_of(each: Looked) -> list[int] | None:
            few = each.matches <= 4 * len(each.shard.head.length_pages)
            return each.shard.rows(each.matching, each.bounds) if few else None

        rows = self._shards.each(rows_of, some)
        lengths = zip(some, rows, strict=True)
        self._shards.ranges.fetch(p for each, its in lengths for p in each.shard.length_pieces(its))

        def rank(each: Looked) -> list[tuple[float, int]]:
            leaves = [
                Ranked(leaf, idf, count)
                for leaf, idf, count in zip(each.leaves, idfs, each.counts, strict=True)
                if count
            ]
            matching = None if alone else each.matching
            return each.shard.ranked(matching, leaves, each.bounds, limit)

        found = self._shards.each(rank, some)
        scored = [
            (score, each.shard, row)
            for each, ranked in zip(some, found, strict=True)
            for score, row in ranked
        ]
        scored.sort(key=lambda one: -one[0])
        kept = scored[: limit + len(some)]
        keyed = self._with_keys([(shard, row) for _, shard, row in kept])
        candidates = [
            replace(each, score=score) for each, (score, _, _) in zip(keyed, kept, strict=True)
        ]
        candidates.sort(key=lambda each: (each.score or 0.0, each.key), reverse=True)
        return _distinct(candidates)[:limit]

    def _asked_alone(self) -> bool:
        """Whether articles match exactly if they have one of the leaves."""
        return self._question.ranked == (self._question.expression,)

    def _idfs(self, looked: Sequence[Looked]) -> list[float]:
        docs = sum(each.shard.entry.docs for each in looked)
        counts = [sum(column) for column in zip(*(each.counts for each in looked), strict=True)]
        return [math.log(1 + (docs - count + 0.5) / (count + 0.5)) for count in counts]

    # ── articles ──

    def _matching(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Record]]:
        """Candidates with their articles; where the index could not say all, those that match."""
        rows: dict[Shard, list[int]] = {}
        for each in candidates:
            rows.setdefault(each.shard, []).append(each.row)
        self._fetch_articles(rows)
        found = [(each, each.shard.article(each.row)) for each in candidates]
        if self._question.exact:
            return found
        self._verified += len(found)
        return [(each, record) for each, record in found if self._holds(record)]

    def _fetch_articles(self, rows: dict[Shard, list[int]]) -> None:
        pieces = [piece for shard, each in rows.items() for piece in shard.article_pieces(each)]
        self._shards.ranges.fetch(pieces)

    def _holds(self, record: Record) -> bool:
        reading = self._reading(record)
        return reading is None or self._tree is None or reading.holds(self._tree)

    def _reading(self, record: Record) -> Reading | None:
        return self._reader.read(record) if self._tree else None

    # ── the answer ──

    def _answered(
        self,
        shown: Sequence[tuple[Candidate, Record]],
        looked: Sequence[Looked],
        rest: Sequence[ShardEntry],
        cursor: Cursor | None,
    ) -> Answer:
        back_to = datetime.fromtimestamp(rest[0].last + 1, UTC) if rest else None
        return Answer(
            hits=tuple(self._hit(each, record) for each, record in shown),
            matches=sum(each.matches for each in looked),
            exact=self._question.exact,
            searched_back_to=back_to,
            cursor=cursor.to_text() if cursor else None,
            facets={name: self._facet(name, looked) for name in self._asked.facets},
        )

    def _hit(self, found: Candidate, record: Record) -> Hit:
        title, snippet = marked(record, self._tree, self._reading(record))
        named = {name: getattr(record, name) for name in Hit.model_fields if hasattr(record, name)}
        shown = {"article_id": record.id, "title": title, "snippet": snippet, "score": found.score}
        return Hit(**(named | shown))

    def _facet(self, name: str, looked: Sequence[Looked]) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for each in looked:
            if each.matches:
                counted += each.shard.facet(name, each.shard.rows(each.matching, each.bounds))
        return dict(counted.most_common())


def _check(asked: Asked) -> None:
    if not 1 <= asked.limit <= MAX_LIMIT:
        raise InputError("limit", f"from 1 to {MAX_LIMIT}")
    for name in asked.facets:
        if name not in FACETS:
            raise InputError("facets", f"no facet {name!r}; there are {', '.join(FACETS)}")
    if asked.budget < 1:
        raise InputError("budget", "at least 1")


def _is_whole(looked: Looked) -> bool:
    return looked.bounds == Bounds(1, looked.shard.entry.docs)


def _near(entries: list[ShardEntry], docs: int) -> tuple[list[ShardEntry], list[ShardEntry]]:
    """The first shards, with no more articles than that unless it is one; and the others."""
    count = 1
    while count < min(len(entries), _MOST_AT_ONCE):
        if sum(each.docs for each in entries[: count + 1]) > docs:
            break
        count += 1
    return entries[:count], entries[count:]


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each article once, from the shard that has its latest version."""
    best: dict[Key, Candidate] = {}
    for each in candidates:
        known = best.get(each.key)
        if known is None or _recency(each) > _recency(known):
            best[each.key] = each
    return list(best.values())


def _recency(candidate: Candidate) -> tuple[int, int]:
    return candidate.shard.version(candidate.row), candidate.shard.entry.built_at
