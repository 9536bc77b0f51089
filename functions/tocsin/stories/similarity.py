"""How alike two articles are, each figure 0 to 1."""

import math
from collections.abc import Collection, Iterable, Mapping

from tocsin.stories.fingerprint import Trace

# Fewer 3-grams than this are a headline's: it shares most of them with another by accident.
MIN_SHINGLES = 8
_ALL = 1 << 32


def norm(vector: Mapping[int, float]) -> float:
    return math.sqrt(sum([weight * weight for weight in vector.values()]))


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    product = sum([one[term] * other[term] for term in one.keys() & other.keys()])
    return product / (norm(one) * norm(other)) if product else 0.0


def mean(vectors: Iterable[Mapping[int, int]]) -> dict[int, float]:
    """The direction between those of all."""
    total: dict[int, float] = {}
    for vector in vectors:
        total = added(total, vector, norm(vector))
    return total


def added(one: Mapping[int, float], other: Mapping[int, float], length: float) -> dict[int, float]:
    """With `other` added, where `length` of that counts as one."""
    total, length = dict(one), length or 1.0
    for term, weight in other.items():
        total[term] = total.get(term, 0.0) + weight / length
    return total


def containment(one: Trace, other: Trace) -> float:
    """How much of the shorter text is in the longer one, estimated from the smallest hashes of
    both (Broder, 1997): where both sketches are complete, they are samples of the union."""
    fewer = min(one.shingles, other.shingles)
    if fewer < MIN_SHINGLES:
        return 0.0
    limit = min(_complete_to(one), _complete_to(other))
    ones, others = set(one.sketch), set(other.sketch)
    union = len([each for each in ones | others if each <= limit])
    if not union:
        return 0.0
    jaccard = len([each for each in ones & others if each <= limit]) / union
    shared = jaccard * (one.shingles + other.shingles) / (1 + jaccard)
    return min(1.0, shared / fewer)


def _complete_to(trace: Trace) -> int:
    return trace.sketch[-1] if trace.shingles > len(trace.sketch) else _ALL


def overlap(one: Collection[int], other: Collection[int]) -> float:
    """Of the smaller one."""
    fewer = min(len(one), len(other))
    return len(set(one) & set(other)) / fewer if fewer else 0.0


def names_shared(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """By weight, of those that have less."""
    shared = sum(min(weight, other[name]) for name, weight in one.items() if name in other)
    less = min(sum(one.values()), sum(other.values()))
    return shared / less if less else 0.0
