"""What else groups articles as they come, each behind one call: an article to a cluster's number.

All get the same words (folded, at no charge), forget what is older than three days, and join the
most alike article of that time if it is alike enough. Their thresholds are the best ones on ECB+:
more than they would have elsewhere. Those that are not installed are left out and named.

All keep what they know in memory. So that it can be held against ours, each states what it would
come to in a table: a read of each item that it looks at, a write of each that it changes. What
counts words (document frequencies) is free, as it is for ours.
"""

import importlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

WINDOW_SECONDS = 3 * 86_400
PERMUTATIONS = 128
JACCARD_KEYS = 8  # rarest words by which candidates are found
READ_BYTES, WRITE_BYTES = 4_096, 1_024  # of a unit; an eventually consistent read is half of one
HASHED_WORDS = 2**18
ITEM, ID, NUMBER = 60, 16, 4  # bytes: names of attributes, key and expiry; an article; a hash


class Peer(Protocol):
    name: str
    needs: str  # what must be installed
    thresholds: Sequence[float]
    bill: "Bill"

    def add(self, number: int, words: Sequence[str], at: int) -> int: ...


class Bill:
    """What a table would charge, and hold of all articles so far."""

    def __init__(self) -> None:
        self.reads = self.writes = 0.0
        self.state_bytes = 0

    def get(self, count: int, size: int) -> None:
        """Items one by one."""
        self.reads += count * max(1, math.ceil(size / READ_BYTES)) / 2

    def scan(self, size: int) -> None:
        """Items that lie together."""
        self.reads += max(1, math.ceil(size / READ_BYTES)) / 2

    def put(self, size: int) -> None:
        self.writes += math.ceil((ITEM + size) / WRITE_BYTES)
        self.state_bytes += ITEM + size

    def add_to(self, items: int, new: int) -> None:
        """An id to items, some of them new. None is greater than a unit."""
        self.writes += items
        self.state_bytes += items * ID + new * ITEM


class _Nearest:
    """Joins the cluster of the most alike article."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.bill = Bill()
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
        before = self._buckets()
        self._lsh.insert(number, sketch)
        self._sketches[number] = sketch
        self.bill.get(self._lsh.b, WRITE_BYTES)
        self.bill.get(len(found), NUMBER * PERMUTATIONS)
        self.bill.add_to(self._lsh.b, self._buckets() - before)
        self.bill.put(ID + NUMBER * PERMUTATIONS)
        return self.place(number, at, alike)

    def _buckets(self) -> int:
        return sum(table.size() for table in self._lsh.hashtables)


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
        self.bill.scan(len(self._values) * (ITEM + ID + 2 * NUMBER))
        self.bill.put(ID + 2 * NUMBER)
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
        self.bill.get(len(rare), WRITE_BYTES)
        self.bill.get(len(near), ITEM + NUMBER * len(own))
        self.bill.add_to(len(own), sum(word not in self._with for word in own))
        self.bill.put(ID + NUMBER * len(own))
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
        self.bill = Bill()
        text: Any = importlib.import_module("sklearn.feature_extraction.text")
        self._numpy: Any = importlib.import_module("numpy")
        self._sparse: Any = importlib.import_module("scipy.sparse")
        self._hashing = text.HashingVectorizer(
            analyzer=list, n_features=HASHED_WORDS, norm=None, alternate_sign=False
        )
        self._counts = self._numpy.zeros(HASHED_WORDS)
        self._articles = 0
        self._clusters: dict[int, tuple[Any, int, int]] = {}

    def add(self, number: int, words: Sequence[str], at: int) -> int:
        vector = self._weighed(words)
        best, score = self._best(vector, at)
        joins = score >= self.threshold
        centroid, size = vector, 1
        if joins:
            before, _, members = self._clusters[best]
            centroid, size = (before * members + vector) / (members + 1), members + 1
        cluster = best if joins else number
        self._clusters[cluster] = (centroid, at, size)
        self.bill.put(ID + 2 * NUMBER * centroid.nnz)
        if joins:
            self.bill.state_bytes -= ITEM + ID + 2 * NUMBER * before.nnz
        return cluster

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
        stacked = self._stacked([centroid for centroid, _, _ in recent.values()])
        self.bill.scan(len(recent) * (ITEM + ID) + 2 * NUMBER * stacked.nnz)
        norms = self._numpy.sqrt(stacked.multiply(stacked).sum(axis=1)).A1
        scores = (stacked @ vector.T).toarray().ravel() / norms
        place = int(scores.argmax())
        return list(recent)[place], float(scores[place])

    def _stacked(self, rows: Sequence[Any]) -> Any:
        """What scipy.sparse.vstack does, at a tenth of the time."""
        joined = self._numpy.concatenate
        ends = self._numpy.cumsum([0, *(row.nnz for row in rows)])
        values = joined([row.data for row in rows]), joined([row.indices for row in rows]), ends
        return self._sparse.csr_matrix(values, shape=(len(rows), HASHED_WORDS))


PEERS: tuple[Any, ...] = (MinHashLsh, SimHash, ExactJaccard, TfIdfClusters)
