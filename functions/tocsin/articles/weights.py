"""How likely each block is text of the article, by decision trees learned over `features`.

The trees are data (`weights.json`, made by benchmarks/train_extraction.py): a tree is a leaf's
value, or [feature, threshold, what holds where the feature is at most that, what holds else]. The
sum of a row's leaves is the logarithm of the odds.
"""

import json
import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from operator import getitem
from pathlib import Path
from typing import Any

from tocsin.articles.features import NAMES
from tocsin.errors import ConfigurationError

WEIGHTS = Path(__file__).with_suffix(".json")
MAX_LEAVES = 16  # of a tree: bits of a lane


class Forest:
    """All trees at once, by QuickScorer (Lucchese and others, SIGIR 2015): a fifth of the time that
    walking them takes.

    Each tree has a lane of bits, one for each leaf from left to right. A row that exceeds a
    threshold loses the leaves on the left of it; the leaf that it comes to is the first that is
    left. What a row loses by a feature, over all trees, is one mask: that of the highest threshold
    which it exceeds."""

    def __init__(self, trees: Sequence[Any]) -> None:
        self.leaves: list[dict[int, float]] = []
        self.cuts: dict[int, list[tuple[float, int]]] = {}
        for tree in trees:
            values: list[float] = []
            self._plant(tree, values)
            if len(values) > MAX_LEAVES:
                raise ConfigurationError(
                    f"weights.json has a tree of {len(values)} leaves: learn {MAX_LEAVES} at most"
                )
            self.leaves.append({1 << number: value for number, value in enumerate(values)})
        self.size = len(self.leaves) * MAX_LEAVES // 8
        self.all = (1 << self.size * 8) - 1
        self.ones = sum(1 << lane * MAX_LEAVES for lane in range(len(self.leaves)))
        self.by_feature = [
            (feature, [threshold for threshold, _ in sorted(cuts)], self._masks(sorted(cuts)))
            for feature, cuts in self.cuts.items()
        ]

    def _plant(self, node: Any, values: list[float]) -> None:
        if not isinstance(node, list):
            values.append(node)
            return
        feature, threshold, left, right = node
        first = len(values)
        self._plant(left, values)
        lost = (1 << len(values)) - (1 << first) << len(self.leaves) * MAX_LEAVES
        self.cuts.setdefault(feature, []).append((threshold, lost))
        self._plant(right, values)

    def _masks(self, cuts: Sequence[tuple[float, int]]) -> list[int]:
        """What is left of the leaves where none, one, two … of the thresholds are exceeded."""
        masks = [self.all]
        for _, lost in cuts:
            masks.append(masks[-1] & ~lost)
        return masks

    def sum(self, row: Sequence[float]) -> float:
        left = self.all
        for feature, thresholds, masks in self.by_feature:
            if exceeded := bisect_left(thresholds, row[feature]):  # most features are low
                left &= masks[exceeded]
        first = left & ~(left - self.ones)  # of each lane: no lane is empty, none borrows
        lanes = array("H", first.to_bytes(self.size, "little"))
        if _BIG_ENDIAN:
            lanes.byteswap()
        return sum(map(getitem, self.leaves, lanes))


_BIG_ENDIAN = array("H", b"\0\1")[0] == 1


@cache
def forest() -> Forest:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if stored["features"] != list(NAMES):
        raise ConfigurationError("weights.json is of other features: run train_extraction.py")
    return Forest(stored["trees"])


def probabilities(rows: Sequence[list[float] | None]) -> list[float]:
    """For each row of features; 0 where there is none."""
    learned = forest()
    return [0.0 if row is None else probability(learned.sum(row)) for row in rows]


def probability(value: float) -> float:
    """Of the logarithm of odds."""
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


def log_odds(chance: float) -> float:
    """The inverse, of what is neither impossible nor certain."""
    sure = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(sure / (1 - sure))
