"""The whole archive, in parts that are searched side by side: each by an invocation of the function
`search`, or by a thread.

    newest   each part gives its newest, and how many match: one call of all parts
    best     first each part counts in how many articles the leaves of the query are; then, with the
             idf of the whole archive, each gives its best: two calls

A part could rank without knowing that idf if it gave the frequencies of each leaf with its
candidates, for the caller to rank. But which candidates are enough depends on the idf: where words
differ in how frequent they are from part to part a second call would be needed anyway. The first
call costs some 50 ms, and leaves at hand what the second one reads. A candidate is 100 bytes: the
articles of the page are read by the caller.

A part that fails fails the search: an answer that lacks months would look like a whole one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tocsin.archive.answers import MAX_DEPTH, Answer, Asked, Cursor
from tocsin.archive.candidates import Candidate, best_first, distinct
from tocsin.archive.manifest import voids_in
from tocsin.archive.ranking import idfs_of
from tocsin.archive.records import Key, Record
from tocsin.archive.search import Search, Shards
from tocsin.errors import PartFailed, TocsinError
from tocsin.model.archive import Manifest, ShardEntry
from tocsin.model.values import Value
from tocsin.query.meaning import Inflection

# Articles of a part: four months of 300,000 are ranked in the time of a round or two.
PART_DOCS = 1_200_000
PART_SHARDS = 64
# An account runs ten functions at once at first, and one is who asks.
PARTS_AT_ONCE = 9


class Part(Value):
    """Some shards, with what is void in them. With `idfs` the best are asked for, without them the
    newest, or counts for the idfs."""

    asked: Asked
    manifest: Manifest
    idfs: tuple[float, ...] | None = None

    @property
    def name(self) -> str:
        first = min(each.first for each in self.manifest.shards)
        last = max(each.last for each in self.manifest.shards)
        days = (f"{datetime.fromtimestamp(each, UTC):%Y-%m-%d}" for each in (first, last))
        return f"the archive from {' to '.join(days)}"


class Found(Value):
    """What a part has. `docs` and `counts` are what idfs are made of; `candidates` are in order;
    where others follow, `ended` is the key that the newest were looked down to."""

    docs: int = 0
    counts: tuple[int, ...] = ()
    matches: int = 0
    facets: dict[str, dict[str, int]]
    candidates: tuple[Candidate, ...] = ()
    ended: Key | None = None


RunParts = Callable[[Sequence[Part]], list[Found]]
FindIn = Callable[[Part], Found]


def side_by_side(find_in: FindIn, executor: Executor) -> RunParts:
    """The answers in the order of the parts. Raises PartFailed for the first that fails."""

    def run(parts: Sequence[Part]) -> list[Found]:
        return list(executor.map(partial(_named, find_in), parts))

    return run


def _named(find_in: FindIn, part: Part) -> Found:
    try:
        return find_in(part)
    except (TocsinError, OSError) as error:
        raise PartFailed(part.name, str(error)) from error


def invoking(invoke: Callable[[dict[str, Any]], dict[str, Any]]) -> FindIn:
    """By a function that takes events `{"part": ...}` and answers as `answer_event` does."""

    def find_in(part: Part) -> Found:
        return Found.model_validate(invoke({"part": part.model_dump(mode="json")}))

    return find_in


def answer_event(event: dict[str, Any], shards: Shards, inflection: Inflection) -> dict[str, Any]:
    part = Part.model_validate(event["part"])
    return find_in_part(part, shards, inflection).model_dump(mode="json")


# ── who asks ──


def search_all(
    asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection, run: RunParts
) -> Answer:
    """The same as `search` of everything. Raises PartFailed, and what `search` does."""
    searching = Search(_all_of(asked), manifest, shards, inflection)
    parts = _parts(searching, manifest)
    if not parts:
        return searching.answer()
    return _best(searching, parts, run) if searching.ranks else _newest(searching, parts, run)


def newest_of_all(
    asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection, run: RunParts
) -> list[Record]:
    """The articles of a page of the newest, with their texts. Raises what `search_all` does."""
    searching = Search(_all_of(asked), manifest, shards, inflection)
    shown, _ = _page(searching, run(_parts(searching, manifest)))
    return [record for _, record in searching.read(shown)]


def _all_of(asked: Asked) -> Asked:
    return asked.model_copy(update={"everything": True})


def _parts(searching: Search, manifest: Manifest) -> list[Part]:
    groups = grouped(searching.entries)
    return [Part(asked=searching.asked, manifest=_only(manifest, each)) for each in groups]


def grouped(entries: Iterable[ShardEntry]) -> list[list[ShardEntry]]:
    """Neighbours in time, a few large shards or many small ones together."""
    groups: list[list[ShardEntry]] = []
    docs = 0
    for entry in entries:
        if not groups or docs + entry.docs > PART_DOCS or len(groups[-1]) >= PART_SHARDS:
            groups.append([])
            docs = 0
        groups[-1].append(entry)
        docs += entry.docs
    return groups


def _only(manifest: Manifest, entries: Sequence[ShardEntry]) -> Manifest:
    voids = {void: None for entry in entries for void in voids_in(manifest, entry)}
    return Manifest(shards=tuple(entries), voids=tuple(voids))


def _newest(searching: Search, parts: Sequence[Part], run: RunParts) -> Answer:
    found = run(parts)
    shown, cursor = _page(searching, found)
    return _answer(searching, shown, found, cursor)


def _page(searching: Search, found: Sequence[Found]) -> tuple[list[Candidate], Cursor | None]:
    """Of the newest, and where to go on."""
    limit = searching.asked.limit
    # Below it a part may have articles that it did not give.
    horizon = max((each.ended for each in found if each.ended), default=None)
    candidates = distinct(
        sorted((c for each in found for c in each.candidates), key=lambda c: c.key, reverse=True)
    )
    known = [each for each in candidates if horizon is None or each.key >= horizon]
    shown = known[:limit]
    more = horizon is not None or len(known) > limit
    last = shown[-1].key if shown and len(known) >= limit else horizon
    cursor = (
        Cursor(order=searching.asked.order, second=last[0], article_id=last[1])
        if more and last
        else None
    )
    return shown, cursor


def _best(searching: Search, parts: Sequence[Part], run: RunParts) -> Answer:
    found = run(parts)
    idfs = idfs_of(sum(each.docs for each in found), [each.counts for each in found])
    ranking = [each.model_copy(update={"idfs": tuple(idfs)}) for each in parts]
    candidates = best_first(c for each in run(ranking) for c in each.candidates)
    begin, end = searching.depth()
    more = len(candidates) > end and end < MAX_DEPTH
    cursor = searching.best_cursor(end) if more else None
    return _answer(searching, candidates[begin:end], found, cursor)


def _answer(
    searching: Search, shown: Sequence[Candidate], found: Sequence[Found], cursor: Cursor | None
) -> Answer:
    return searching.answered(
        searching.read(shown),
        sum(each.matches for each in found),
        _together(searching.asked.facets, found),
        None,
        cursor,
    )


def _together(names: Sequence[str], found: Sequence[Found]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for each in found:
        for name in names:
            counts[name].update(each.facets[name])
    return {name: dict(each.most_common()) for name, each in counts.items()}


# ── who is asked ──


def find_in_part(part: Part, shards: Shards, inflection: Inflection) -> Found:
    """Raises CorruptError; what the store raises passes."""
    searching = Search(part.asked, part.manifest, shards, inflection)
    if not searching.ranks:
        return _newest_in(searching)
    if part.idfs is None:
        return _counts_in(searching)
    return _best_in(searching, part.idfs)


def _newest_in(searching: Search) -> Found:
    page, looked, _ = searching.newest_page()
    return Found(
        matches=sum(each.matches for each in looked),
        facets=searching.facets(looked),
        candidates=tuple(candidate for candidate, _ in page.hits),
        ended=page.ended if page.more else None,
    )


def _counts_in(searching: Search) -> Found:
    looked = searching.counted_leaves(searching.counted_matches(searching.look_at_all()))
    return Found(
        docs=sum(each.shard.entry.docs for each in looked),
        counts=tuple(map(sum, zip(*(each.counts for each in looked), strict=True))),
        matches=sum(each.matches for each in looked),
        facets=searching.facets(looked),
    )


def _best_in(searching: Search, idfs: Sequence[float]) -> Found:
    looked = searching.counted_leaves(searching.counted_matches(searching.look_at_all()))
    _, end = searching.depth()
    ranked = searching.best_candidates(looked, idfs, end + 1)
    if not searching.question.exact:
        ranked = [candidate for candidate, _ in searching.matching(ranked)]
    return Found(facets={}, candidates=tuple(ranked))
