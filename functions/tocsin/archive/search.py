"""A search: over the shards of a manifest, in as few rounds of requests as it takes.

    open     heads of the shards, and the forms of the query's words
    words    where the words are, and the keys around a date or a cursor
    lengths  how long the articles are that match, to rank them; newest first this is not needed
    keys     of the candidates, where more than one shard has some
    show     the articles of the page

Each is one round for all shards that are looked at. Those are the newest ones, more of them each
time, until the page is full or MAX_LOOKED articles were looked at (newest first), or until `budget`
articles match (best first, and no more than that of one shard are ranked): the answer says how far
back that was.

Ranking is BM25 with k1 = 1.2 and b = 0.75. An article's score is the sum over the leaves of the
query (words, phrases, prefixes; not those under NOT, and not codes) of

    idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length))
    idf = ln((N - n + 0.5) / (n + 0.5)), but 0.000001 at the least

f counts the places at which the leaf stands, five times those in the title; length is of everything
that the index has of the article; N is the number of articles in the shards looked at and n that of
those that have the leaf; the mean length is that of the article's shard. Of equal scores the newer
is first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

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
from tocsin.archive.candidates import Candidate, best_first, distinct
from tocsin.archive.layout import FACETS
from tocsin.archive.looking import MOST_AT_ONCE, Looked, Looking, Shards
from tocsin.archive.manifest import newest_first
from tocsin.archive.ranking import at_once, best_of, counted, idfs_of
from tocsin.archive.reading import Reader
from tocsin.archive.records import Key, Record
from tocsin.archive.shard import Shard
from tocsin.archive.snippets import found, marked, spotted
from tocsin.archive.spotting import Spotter, can_spot
from tocsin.archive.translate import EVERYTHING, Question, narrowed, translate
from tocsin.errors import InputError
from tocsin.model.archive import Manifest, ShardEntry
from tocsin.model.topics import Topic
from tocsin.query.matcher import Hit as WordHit
from tocsin.query.meaning import Inflection, plan_of
from tocsin.query.syntax import parse
from tocsin.query.tree import Node

__all__ = ["MAX_VERIFIED", "Search", "Shards", "question_of", "search"]

# Articles in the shards that are looked at first: today's small ones and some days, or the latest
# month alone. Then as many times as many, or, where hardly any of the page was found, many more.
_FIRST_LOOK, _LOOK_GROWTH, _FAR_GROWTH = 30_000, 4, 32
# Articles that a page of the newest looks at before it says how far it came, and where to go on: a
# year of 8,000 a day. Ten months are 5 MB where words are in few articles.
MAX_LOOKED = 3_000_000
_FEW_PAGES = 3  # of candidates: 14 kB each are less than a round
# Articles that are read to see whether they really match, before a search says how far it came.
MAX_VERIFIED = 500
BEGINNING, END = (0, ""), (1 << 32, "")


@dataclass(frozen=True)
class Page:
    """Candidates in order, with their articles; whether others follow, and the key that was looked
    down to if fewer were found than asked for."""

    hits: Sequence[tuple[Candidate, Record]]
    more: bool
    ended: Key


def question_of(asked: Asked, topic: Topic, inflection: Inflection) -> Question:
    """What is asked for, words and filters; `topic` has the query. Raises QueryError."""
    plan = plan_of(topic, inflection) if asked.query.strip() else None
    question = translate(plan, inflection) if plan else EVERYTHING
    return narrowed(question, asked.filters.leaves())


def search(asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection) -> Answer:
    """Raises QueryError, InputError and CorruptError; what the store raises passes."""
    return Search(asked, manifest, shards, inflection).answer()


class Search:
    """Used once."""

    def __init__(
        self, asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection
    ) -> None:
        _check(asked)
        self.asked = asked
        self._shards = shards
        topic = Topic(id="search", name="", query=asked.query)
        self._reader = Reader(topic, inflection)
        self._tree: Node | None = parse(asked.query) if asked.query.strip() else None
        self.question = question_of(asked, topic, inflection)
        self.cursor = read_cursor(asked.cursor, asked.order) if asked.cursor else None
        self.ranks = asked.order is Order.BEST and bool(self.question.ranked)
        self.below = self.cursor.key if self.cursor else END
        self.entries = [e for e in self._in_time(newest_first(manifest)) if self._is_below(e)]
        self._looking = Looking(self.question, manifest, shards, asked.facets)
        self._looked: dict[str, Looked] = {}
        self._spotters: dict[str, Spotter] = {}
        self._verified = 0

    def answer(self) -> Answer:
        return self._best() if self.ranks else self._newest()

    # ── which shards ──

    def _in_time(self, entries: list[ShardEntry]) -> list[ShardEntry]:
        since, until = self.asked.filters.seconds()
        return [each for each in entries if since <= each.last and each.first < until]

    def _is_below(self, entry: ShardEntry) -> bool:
        return entry.first <= self.below[0]

    def look(self, entries: Sequence[ShardEntry], *, afar: bool = False) -> list[Looked]:
        since, until = self.asked.filters.seconds()
        look = self._looking.look_afar if afar else self._looking.look
        looked = look(entries, (since, ""), min((until, ""), self.below))
        self._looked |= {each.shard.entry.key: each for each in looked}
        return looked

    def look_at_all(self) -> list[Looked]:
        groups = range(0, len(self.entries), MOST_AT_ONCE)
        return [each for at in groups for each in self.look(self.entries[at : at + MOST_AT_ONCE])]

    # ── newest first ──

    def _newest(self) -> Answer:
        page, looked, rest = self.newest_page()
        # Of a query without words the best are the newest, too.
        cursor = Cursor(order=self.asked.order, second=page.ended[0], article_id=page.ended[1])
        return self.answered(
            page.hits,
            sum(each.matches for each in looked),
            self.facets(looked),
            _back_to(looked, rest),
            cursor if page.more else None,
        )

    def newest_page(self) -> tuple[Page, list[Looked], list[ShardEntry]]:
        """With the shards that were looked at, and those that were left alone."""
        limit, last = self.asked.limit, self.below
        hits: list[tuple[Candidate, Record]] = []
        looked = self._counted_newest(self.look_at_all()) if self.asked.everything else []
        rest = [] if self.asked.everything else self.entries
        seen = 0  # articles in shards that were looked at
        while True:
            matches = sum(each.matches for each in looked)
            ended = not rest or seen >= MAX_LOOKED
            # What cannot fill the page is not read before the rest was looked at, too.
            worth = ended or matches > limit
            page = self._candidates(looked, last, limit + 1 - len(hits), rest) if worth else []
            if page:
                last = page[-1].key
                hits += self.matching(page)
            elif ended:
                break
            else:
                found = len(hits) or matches
                near, rest = _near(rest, self._next_look(seen, found))
                afar = seen > 0 and self._is_far(found)
                looked += self._counted_newest(self.look(near, afar=afar))
                seen += sum(each.docs for each in near)
            if len(hits) > limit or self._verified >= MAX_VERIFIED:
                break
        if len(hits) > limit:
            return Page(hits[:limit], True, hits[limit - 1][0].key), looked, rest
        if not page and rest:  # nothing of what is left was looked at, and all that is newer was
            last = rest[0].last + 1, ""
        return Page(hits, bool(page or rest), last), looked, rest

    def _next_look(self, seen: int, found: int) -> int:
        """Articles in the shards to be looked at next: with hardly any hits so far, most of the
        rest will be needed."""
        if not seen:
            return _FIRST_LOOK
        return min(seen * (_FAR_GROWTH if self._is_far(found) else _LOOK_GROWTH), MAX_LOOKED - seen)

    def _is_far(self, found: int) -> bool:
        return 4 * found <= self.asked.limit

    def _counted_newest(self, looked: Sequence[Looked]) -> list[Looked]:
        """Where a shard has no more than the page takes, its rows are the count."""
        wanted = self.asked.limit + 1

        def counted(each: Looked) -> Looked:
            rows = each.shard.rows(each.matching, each.bounds, wanted)
            full = len(rows) == wanted
            matches = each.shard.count(each.matching, each.bounds) if full else len(rows)
            return replace(each, newest=tuple(rows), matches=matches)

        return self._shards.each(counted, looked)

    def _candidates(
        self, looked: Sequence[Looked], below: Key, limit: int, unseen: Sequence[ShardEntry]
    ) -> list[Candidate]:
        """The newest below a key, but none that an unseen shard may have newer ones than."""
        unseen_from = unseen[0].last if unseen else -1
        some = [each for each in looked if each.matches]
        found = self._shards.each(lambda each: _rows_below(each, below, limit), some)
        pairs = _newest_of(
            [(each.shard, rows) for each, rows in zip(some, found, strict=True)], limit
        )
        candidates = [each for each in self._with_keys(pairs) if each.key[0] > unseen_from]
        candidates.sort(key=lambda each: each.key, reverse=True)
        return distinct(candidates)[:limit]

    def _with_keys(self, pairs: Sequence[tuple[Shard, int]]) -> list[Candidate]:
        """A round, where keys are not at hand."""
        rows: dict[Shard, list[int]] = {}
        for shard, row in pairs:
            rows.setdefault(shard, []).append(row)
        pieces = [p for shard, each in rows.items() for p in shard.key_pieces(each)]
        # One shard's order is known, and of a few candidates most are shown: articles come along.
        if len(rows) == 1 or len(pairs) <= _FEW_PAGES * self.asked.limit:
            pieces += [p for shard, each in rows.items() for p in shard.article_pieces(each)]
        self._shards.ranges.fetch(pieces)
        return [
            Candidate(
                shard.key(row), shard.entry.key, row, shard.version(row), shard.entry.built_at
            )
            for shard, row in pairs
        ]

    # ── best first ──

    def _best(self) -> Answer:
        looked, rest = self._within_budget()
        idfs = None
        if len(looked) > 1:
            looked = self.counted_leaves(looked)
            docs = sum(each.shard.entry.docs for each in looked)
            idfs = idfs_of(docs, [each.counts for each in looked])
        begin, end = self.depth()
        found = self.verified(self.best_candidates(looked, idfs, end + 1), begin)
        shown = found[: end - begin]
        more = len(found) > len(shown) and end < MAX_DEPTH
        return self.answered(
            shown,
            sum(each.matches for each in looked),
            self.facets(looked),
            _back_to(looked, rest),
            self.best_cursor(end) if more else None,
        )

    def depth(self) -> tuple[int, int]:
        """Which of the best are shown: from and before."""
        begin = self.cursor.shown if self.cursor else 0
        return begin, min(begin + self.asked.limit, MAX_DEPTH)

    def best_cursor(self, end: int) -> Cursor:
        """What comes later is above the newest of the first page."""
        last = max((each.last for each in self.entries), default=0)
        first = self.cursor.key if self.cursor else (last + 1, "")
        return Cursor(order=Order.BEST, second=first[0], article_id=first[1], shown=end)

    def _within_budget(self) -> tuple[list[Looked], list[ShardEntry]]:
        if self.asked.everything:
            return self.counted_matches(self.look_at_all()), []
        looked: list[Looked] = []
        rest, size, left = self.entries, _FIRST_LOOK, self.asked.budget
        while rest and left > 0:
            near, rest = _near(rest, size)
            for at, each in enumerate(self.counted_matches(self.look(near), left)):
                if left <= 0:
                    rest = near[at:] + rest
                    break
                looked.append(each)
                left -= each.matches
            size *= _LOOK_GROWTH
        return looked, rest

    def counted_matches(self, looked: Sequence[Looked], most: int = -1) -> list[Looked]:
        """Of each shard that many at the most, the newest."""

        def counted_in(each: Looked) -> Looked:
            if most < 0:
                return replace(each, matches=each.shard.count(each.matching, each.bounds))
            count, oldest = each.shard.newest(each.matching, each.bounds, most)
            return replace(each, matches=count, cut=oldest if count == most else None)

        return self._shards.each(counted_in, looked)

    def counted_leaves(self, looked: Sequence[Looked]) -> list[Looked]:
        return self._shards.each(counted, looked)

    def best_candidates(
        self, looked: Sequence[Looked], idfs: Sequence[float] | None, limit: int
    ) -> list[Candidate]:
        """The best of all shards. Where candidates are to be verified there are more of them."""
        some = [each for each in looked if each.matches]
        limit = limit if self.question.exact else max(limit, MAX_VERIFIED)
        once = at_once(self.question)
        self._fetch_lengths(some)
        found = self._shards.each(lambda each: best_of(each, idfs, limit, once=once), some)
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
        return best_first(candidates)[:limit]

    def _fetch_lengths(self, looked: Sequence[Looked]) -> None:
        def rows_of(each: Looked) -> list[int] | None:
            few = each.matches <= 4 * len(each.shard.head.length_pages)
            return each.shard.rows(each.matching, each.bounds, each.matches) if few else None

        rows = zip(looked, self._shards.each(rows_of, looked), strict=True)
        pieces = [piece for each, its in rows for piece in each.shard.length_pieces(its)]
        ends = [p for each in looked if each.cut for p in each.shard.key_pieces([each.cut])]
        self._shards.ranges.fetch(pieces + ends)

    # ── articles ──

    def verified(self, ranked: Sequence[Candidate], begin: int) -> list[tuple[Candidate, Record]]:
        """Those that match, without the first ones, of which articles are read only where the
        index could not say all."""
        if self.question.exact:
            return self.matching(ranked[begin:])
        return self.matching(ranked)[begin:]

    def matching(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Record]]:
        """Candidates with their articles; where the index could not say all, those that match."""
        found = self._read(candidates)
        if self.question.exact:
            return found
        self._verified += len(found)
        return [(each, record) for each, record in found if self._holds(record)]

    def read(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Record]]:
        """Candidates that were found elsewhere, with their articles: three rounds."""
        wanted = {each.shard for each in candidates}
        entries = [each for each in self.entries if each.key in wanted]
        opened = self._shards.open(entries, self.question, guessed=0)
        self._looked |= {each.entry.key: self._looking.asking(each) for each in opened}
        return self._read(candidates)

    def _read(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Record]]:
        rows: dict[Shard, list[int]] = {}
        for each in candidates:
            rows.setdefault(self._shard(each), []).append(each.row)
        self._fetch_articles(rows)
        return [(each, self._shard(each).article(each.row)) for each in candidates]

    def _shard(self, candidate: Candidate) -> Shard:
        return self._looked[candidate.shard].shard

    def _fetch_articles(self, rows: dict[Shard, list[int]]) -> None:
        pieces = [piece for shard, each in rows.items() for piece in shard.article_pieces(each)]
        self._shards.ranges.fetch(pieces)

    def _holds(self, record: Record) -> bool:
        return self._tree is None or self._reader.read(record).holds(self._tree)

    # ── the answer ──

    def answered(
        self,
        shown: Iterable[tuple[Candidate, Record]],
        matches: int,
        facets: dict[str, dict[str, int]],
        back_to: int | None,
        cursor: Cursor | None,
    ) -> Answer:
        return Answer(
            hits=tuple(self._hit(each, record) for each, record in shown),
            matches=matches,
            exact=self.question.exact,
            searched_back_to=None if back_to is None else datetime.fromtimestamp(back_to, UTC),
            cursor=cursor.to_text() if cursor else None,
            facets=facets,
        )

    def _hit(self, candidate: Candidate, record: Record) -> Hit:
        title, snippet = marked(record, self._marks(candidate, record))
        named = {name: getattr(record, name) for name in Hit.model_fields if hasattr(record, name)}
        shown = {"article_id": record.id, "title": title, "snippet": snippet}
        return Hit(**(named | shown | {"score": candidate.score}))

    def _marks(self, candidate: Candidate, record: Record) -> Sequence[WordHit]:
        if self._tree is None:
            return ()
        if not can_spot(self.question):
            return found(self._tree, self._reader.read(record))
        spotter = self._spotters.get(candidate.shard)
        if spotter is None:
            leaves = zip(self.question.ranked, self._looked[candidate.shard].leaves, strict=True)
            spotter = self._spotters[candidate.shard] = Spotter(leaves)
        return spotted(record, spotter)

    def facets(self, looked: Sequence[Looked]) -> dict[str, dict[str, int]]:
        return {name: self._facet(name, looked) for name in self.asked.facets}

    def _facet(self, name: str, looked: Sequence[Looked]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for each in looked:
            if each.matches:
                rows = each.shard.rows(each.matching, each.bounds, each.matches)
                counts += each.shard.facet(name, rows)
        return dict(counts.most_common())


def _check(asked: Asked) -> None:
    if not 1 <= asked.limit <= MAX_LIMIT:
        raise InputError("limit", f"from 1 to {MAX_LIMIT}")
    for name in asked.facets:
        if name not in FACETS:
            raise InputError("facets", f"no facet {name!r}; there are {', '.join(FACETS)}")
    if asked.budget < 1:
        raise InputError("budget", "at least 1")


def _near(entries: list[ShardEntry], docs: int) -> tuple[list[ShardEntry], list[ShardEntry]]:
    """The first shards, with no more articles than that unless it is one; and the others."""
    count = 1
    while count < min(len(entries), MOST_AT_ONCE):
        if sum(each.docs for each in entries[: count + 1]) > docs:
            break
        count += 1
    return entries[:count], entries[count:]


def _rows_below(looked: Looked, below: Key, limit: int) -> list[int]:
    high = min(looked.bounds.high, looked.shard.rows_before(below))
    known = [row for row in looked.newest if row <= high][:limit]
    if len(known) == limit or len(looked.newest) == looked.matches or high < looked.bounds.low:
        return known
    return looked.shard.rows(looked.matching, replace(looked.bounds, high=high), limit)


def _newest_of(found: Sequence[tuple[Shard, Sequence[int]]], limit: int) -> list[tuple[Shard, int]]:
    """Rows among which are that many of the newest: of shards that end before the others begin none
    are needed, and neither are their keys."""
    pairs: list[tuple[Shard, int]] = []
    begin = 0
    for shard, rows in sorted(found, key=lambda one: one[0].entry.last, reverse=True):
        if len(pairs) >= limit and shard.entry.last < begin:
            break
        begin = min(begin, shard.entry.first) if pairs else shard.entry.first
        pairs += [(shard, row) for row in rows]
    return pairs


def _back_to(looked: Iterable[Looked], rest: Sequence[ShardEntry]) -> int | None:
    """The second from which on all was looked at; None: from the beginning."""
    ends = [each.shard.key(each.cut)[0] + 1 for each in looked if each.cut is not None]
    ends += [rest[0].last + 1] if rest else []
    return max(ends, default=None)
