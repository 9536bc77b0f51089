"""What else groups articles as they come, each behind one call: an article to a cluster's number.

All get the same words (folded, at no charge), forget what is older than three days, and join the
most alike article of that time if it is alike enough. Their thresholds are the best ones on ECB+:
more than they would have elsewhere. Those that are not installed are left out and named.
"""

import importlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

WINDOW_SECONDS = 3 * 86_400
PERMUTATIONS = 128
JACCARD_KEYS = 8  # rarest words by which candidates are found


class Peer(Protocol):
    name: str
    needs: str  # what must be installed
    thresholds: Sequence[float]

    def add(self, number: int, words: Sequence[str], at: int) -> int: ...


class _Nearest:
    """Joins the cluster of the most alike article."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.cluster: dict[int, int] = {}
        self.seen_at: dict[int, int] = {}

    def place(self, number: int, at: int, alike: Iterable[tuple[float, int]]) -> int:
        recent = (pair for pair in alike if at - self.seen_at[pair[1]] <= WINDOW_SECONDS)
        best = max(recent, default=(0.0, -1))
        joins = best[0] >= self.threshold and best[1] >= 0
        self.cluster[number] = self.cluster[best[1]] if joins else number
        self.seen_at[number] = at
        return self.cluster[number]


def shingles(words: Sequence[str], size: int) -> set[str]:
    return {" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1))}


class MinHashLsh(_Nearest):
    name, needs = "minhash_lsh", "datasketch"
    thresholds = (0.1, 0.15, 0.2, 0.3, 0.5)

    def __init__(self, threshold: float) -> None:
        super().__init__(threshold)
        self._lib: Any = importlib.import_module("datasketch")
        self._lsh = self._lib.MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._sketches: dict[int, Any] = {}

    def add(self, number: int, words: Sequence[str], at: int) -> int:
        sketch = self._lib.MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([word.encode() for word in set(words)])
        found = self._lsh.query(sketch)
        alike = [(sketch.jaccard(self._sketches[each]), each) for each in found]
        self._lsh.insert(number, sketch)
        self._sketches[number] = sketch
        return self.place(number, at, alike)


class SimHash(_Nearest):
    name, needs = "simhash", "simhash"
    thresholds = (0.7, 0.75, 0.8, 0.85, 0.9)

    def __init__(self, threshold: float) -> None:
        super().__init__(threshold)
        self._lib: Any = importlib.import_module("simhash")
        self._values: dict[int, int] = {}

    def add(self, number: int, words: Sequence[str], at: int) -> int:
        value = self._lib.Simhash(list(Counter(words).items())).value
        alike = [(1 - (value ^ other).bit_count() / 64, n) for n, other in self._values.items()]
        self._values[number] = value
        self._values = {
            n: v for n, v in self._values.items() if n == number or self._is_recent(n, at)
        }
        return self.place(number, at, alike)

    def _is_recent(self, number: int, at: int) -> bool:
        return at - self.seen_at[number] <= WINDOW_SECONDS


class ExactJaccard(_Nearest):
    """Of sets of words, among the articles that share a rare word of the stream so far."""

    name, needs = "exact_jaccard", ""
    thresholds = (0.1, 0.15, 0.2, 0.25, 0.3)

    def __init__(self, threshold: float) -> None:
        super().__init__(threshold)
        self._words: dict[int, frozenset[str]] = {}
        self._counts: Counter[str] = Counter()
        self._with: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, number: int, words: Sequence[str], at: int) -> int:
        own = frozenset(words)
        self._counts.update(own)
        rare = sorted(own, key=lambda word: (self._counts[word], word))[: 4 * JACCARD_KEYS]
        near = {each for word in rare for each in self._with[word][-40:]}
        alike = [(len(own & self._words[n]) / len(own | self._words[n]), n) for n in near]
        for word in own:
            self._with[word].append(number)
        self._words[number] = own
        return self.place(number, at, alike)


class TfIdfClusters:
    """Centroids over hashed tf-idf, weights as of the articles so far."""

    name, needs = "tfidf_online", "sklearn"
    thresholds = (0.2, 0.25, 0.3, 0.35, 0.4)

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        text: Any = importlib.import_module("sklearn.feature_extraction.text")
        self._numpy: Any = importlib.import_module("numpy")
        self._hashing = text.HashingVectorizer(
            analyzer=list, n_features=2**18, norm=None, alternate_sign=False
        )
        self._counts = self._numpy.zeros(2**18)
        self._articles = 0
        self._clusters: dict[int, tuple[Any, int, int]] = {}

    def add(self, number: int, words: Sequence[str], at: int) -> int:
        vector = self._weighed(words)
        best, score = self._best(vector, at)
        if score < self.threshold:
            self._clusters[number] = (vector, at, 1)
            return number
        centroid, _, size = self._clusters[best]
        self._clusters[best] = ((centroid * size + vector) / (size + 1), at, size + 1)
        return best

    def _weighed(self, words: Sequence[str]) -> Any:
        row = self._hashing.transform([words])
        self._counts[row.indices] += 1
        self._articles += 1
        idf = self._numpy.log((1 + self._articles) / self._counts[row.indices]) + 1
        row.data = (1 + self._numpy.log(row.data)) * idf
        return row / self._numpy.sqrt(row.multiply(row).sum())

    def _best(self, vector: Any, at: int) -> tuple[int, float]:
        recent = {n: c for n, c in self._clusters.items() if at - c[1] <= WINDOW_SECONDS}
        self._clusters = recent
        if not recent:
            return -1, 0.0
        sparse: Any = importlib.import_module("scipy.sparse")
        stacked = sparse.vstack([centroid for centroid, _, _ in recent.values()])
        norms = self._numpy.sqrt(stacked.multiply(stacked).sum(axis=1)).A1
        scores = (stacked @ vector.T).toarray().ravel() / norms
        place = int(scores.argmax())
        return list(recent)[place], float(scores[place])


PEERS: tuple[Any, ...] = (MinHashLsh, SimHash, ExactJaccard, TfIdfClusters)
