"""How many articles a word is in, by what is known of its keys: rare words are looked for first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tocsin.query.canonical import Form, words_in
from tocsin.query.keys import CODE

# Of the articles with a word, those that have it in the title: 1 in 20 over 7,300 texts.
_IN_ONE_FIELD = {"": 1.0, "title": 0.05, "body": 0.95}
_A_USE = 1e-6  # below any frequency, to tell words apart of which nothing else is known


class Rarity:
    """Where no frequencies are given, how often topics use a word stands for them: what many look
    for is written about often."""

    def __init__(
        self,
        words: Sequence[frozenset[str] | str],
        forms: Iterable[Form],
        frequencies: Mapping[str, float] | None,
    ) -> None:
        self._known = frequencies or {}
        self._most = sum(self._known.values(), 1.0)
        prefixes = {word for word in words if isinstance(word, str)}
        self._starting = _starting(prefixes, self._known)
        uses = Counter(number for form in forms for _, number, _ in words_in(form))
        self._costs = [self._cost(word) + uses[n] * _A_USE for n, word in enumerate(words)]
        self._everywhere = self._most * len(words) + 1

    def cost(self, word: Form) -> float:
        """Of a WORD; comparable with others of the same compilation only."""
        _, number, field = word
        return self._costs[number] * _IN_ONE_FIELD[field] if number >= 0 else self._everywhere

    def _cost(self, word: frozenset[str] | str) -> float:
        if isinstance(word, str):
            return self._starting[word]
        return sum(map(self._of_key, sorted(word)))

    def _of_key(self, key: str) -> float:
        # Every article has a language and a feed, and there are few of them.
        return self._known.get(key, self._most if key.startswith(CODE) else 0.0)


def _starting(prefixes: set[str], known: Mapping[str, float]) -> dict[str, float]:
    lengths = sorted({len(prefix) for prefix in prefixes})
    result = dict.fromkeys(prefixes, 0.0)
    for key, frequency in known.items():
        for length in lengths:
            if (start := key[:length]) in prefixes and len(start) == length:
                result[start] += frequency
    return result
