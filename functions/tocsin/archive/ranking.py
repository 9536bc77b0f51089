"""Which articles of a shard fit best, with the scores that `search` documents.

FTS5 ranks by the idf of one shard, and by all words of what it is asked at once. Where the words of
a query are the leaves it is ranked by, and their idf in the whole search is in proportion to those
in the shard (one shard is looked at, or one leaf is asked for), one pass over the articles that
match is enough. Otherwise each leaf is a pass of its own, and its score is freed of the shard's
idf.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tocsin.archive.looking import Looked
from tocsin.archive.shard import Bounds, Ranked
from tocsin.archive.translate import AllOf, AnyOf, Everything, Expression, Leaf, Minus, Question

_LEAST_IDF = 1e-6  # what FTS5 takes where a word is in most articles
_SAME = 1e-12  # what is left between equal ratios after dividing


def idf(docs: int, count: int) -> float:
    """FTS5's own: https://www.sqlite.org/fts5.html#the_bm25_function."""
    found = math.log((docs - count + 0.5) / (count + 0.5))
    return found if found > 0 else _LEAST_IDF


def at_once(question: Question) -> bool:
    """Whether FTS5's score of the whole expression is that of the ranked leaves. It counts each
    place of a phrase in the expression, but of one under AND within OR only in articles where all
    of the AND is, and of NEAR only those that are near."""
    found = _leaves(question.expression)
    return found is not None and sorted(map(repr, found)) == sorted(map(repr, question.ranked))


def _leaves(expression: Expression) -> list[Leaf] | None:
    """Those that count; None where FTS5 does not count them as documented."""
    match expression:
        case AllOf(parts=parts):
            return _together(_leaves(part) for part in parts)
        case AnyOf(parts=parts):
            return _together(_leaves(part) for part in parts) if _are_leaves(parts) else None
        case Minus(part=part, other=Leaf()):
            return _leaves(part) if part else []
        case Minus(part=part, other=AnyOf(parts=others)) if _are_leaves(others):
            return _leaves(part) if part else []
        case Leaf(columns=columns):
            return [] if columns == ("code",) else [expression]
        case Everything():
            return []
        case _:
            return None


def _are_leaves(parts: Sequence[Expression]) -> bool:
    return all(isinstance(part, Leaf) for part in parts)


def _together(found: Iterator[list[Leaf] | None]) -> list[Leaf] | None:
    leaves: list[Leaf] = []
    for each in found:
        if each is None:
            return None
        leaves += each
    return leaves


def counted(looked: Looked) -> Looked:
    return replace(looked, counts=tuple(map(looked.shard.count, looked.leaves)))


def idfs_of(docs: int, counts: Iterable[Sequence[int]]) -> list[float]:
    """Of the leaves, over so many articles; `counts` of each shard."""
    return [idf(docs, sum(column)) for column in zip(*counts, strict=True)]


def best_of(
    looked: Looked, idfs: Sequence[float] | None, limit: int, *, once: bool
) -> list[tuple[float, int]]:
    """Rows with their scores, best first, of equal ones the newer. `idfs` are those of the leaves
    in the whole search, for which the shard's are `counted`; None, where no other shard is looked
    at. `once` is what `at_once` says."""
    shard, bounds = looked.shard, _seen(looked)
    factors = [1.0] if idfs is None else _factors(looked, idfs)
    if once and max(factors, default=1.0) - min(factors, default=1.0) <= _SAME:
        factor = factors[0] if factors else 1.0
        return shard.ranked_at_once(looked.matching, bounds, factor, limit)
    if idfs is None:
        present, factors = looked.leaves, [1.0] * len(looked.leaves)
    else:
        present = tuple(e for e, n in zip(looked.leaves, looked.counts, strict=True) if n)
    ranked = [Ranked(leaf, factor) for leaf, factor in zip(present, factors, strict=True)]
    return shard.ranked(looked.matching, ranked, bounds, limit)


def _factors(looked: Looked, idfs: Sequence[float]) -> list[float]:
    """By which the wanted idf of each leaf that the shard has is more than the shard's."""
    docs = looked.shard.entry.docs
    return [
        wanted / idf(docs, count)
        for wanted, count in zip(idfs, looked.counts, strict=True)
        if count
    ]


def _seen(looked: Looked) -> Bounds:
    bounds = looked.bounds
    return bounds if looked.cut is None else Bounds(looked.cut, bounds.high, bounds.gone)
