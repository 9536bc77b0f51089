"""How well what was grouped agrees with gold, over folds and orders."""

import random
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.story_streams import Row

FOLDS = 5


@dataclass(frozen=True)
class BCubed:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(found: Mapping[str, str], gold: Mapping[str, str]) -> BCubed:
    """Bagga and Baldwin (1998), over the articles that have a gold story; others count where they
    are in a story with one of those."""
    sizes = Counter(found.values())
    events = Counter(gold.values())
    both = Counter((found[each], gold[each]) for each in gold)
    return BCubed(
        statistics.mean(both[found[i], gold[i]] / sizes[found[i]] for i in gold),
        statistics.mean(both[found[i], gold[i]] / events[gold[i]] for i in gold),
    )


def mean_of(scores: Iterable[BCubed]) -> BCubed:
    scores = list(scores)
    return BCubed(
        statistics.mean(each.precision for each in scores),
        statistics.mean(each.recall for each in scores),
    )


def gold_of(rows: Sequence[Row]) -> dict[str, str]:
    return {row.id: row.story for row in rows if row.story}


def folds_of(rows: Sequence[Row], seed: int) -> list[list[Row]]:
    topics = sorted({row.topic for row in rows})
    random.Random(seed).shuffle(topics)
    return [[row for row in rows if row.topic in set(topics[n::FOLDS])] for n in range(FOLDS)]


def of_topics(rows: Sequence[Row], count: int) -> list[Row]:
    topics = {*sorted({row.topic for row in rows})[:count]}
    return [row for row in rows if row.topic in topics]


def orders_of(rows: Sequence[Row], orders: int) -> Iterable[list[Row]]:
    for order in range(orders):
        shuffled = list(rows)
        random.Random(order).shuffle(shuffled)
        yield shuffled


def cross_validated(
    scores: Mapping[float, Sequence[BCubed]],
) -> tuple[BCubed, list[float]]:
    """Of each fold the score at the threshold that is best on the others."""
    chosen = []
    for fold in range(FOLDS):
        rest = [n for n in range(FOLDS) if n != fold]
        chosen.append(max(scores, key=lambda t: statistics.mean(scores[t][n].f1 for n in rest)))
    return mean_of(scores[best][fold] for fold, best in enumerate(chosen)), chosen
