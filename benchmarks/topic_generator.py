"""Topics as people might write them, by the million, over the words of real texts. Seeded.

Of 100 topics 40 are one word or phrase, 40 are AND and OR over two to four of such, 20 are NEAR,
NOT, prefixes and title:. Words are drawn as often as texts have them (those in more than 5 % of a
language's texts only beside a rarer one), phrases are names as texts write them, some words are in
no text at all, and one topic in ten is made from an article that will be asked about. One topic in
200 matches an article then: many more than in life, which is the harder case.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from tocsin.query.analysis import terms_of
from tocsin.query.inflection import stem
from tocsin.query.keys import stem_key
from tocsin.query.plan import Close, Either, Every, One, Plan, Start, Within, Without
from tocsin.query.plan import Sequence as Phrase

SEED = 11
LANGUAGES = {"en": 60, "de": 13, "uk": 14, "ru": 5, "pl": 4, "fr": 4}  # of 100 topics
RARE, COMMON = 0.05, 0.30  # shares of a language's texts
FROM_AN_ARTICLE = 0.10
_UPPER = "A-ZА-ЯІЇЄҐÄÖÜŁŚŻ"
_NAME = re.compile(rf"(?<=[a-zа-яіїєґß,] )[{_UPPER}][\w’'-]+(?: [{_UPPER}][\w’'-]+){{1,2}}")
_SYLLABLES = [first + second for first in "bcdfghklmn" for second in "aeo"]

Words = Sequence[str]


@dataclass
class Drawn:
    """Things to draw, each as often as its count says."""

    things: list[Words] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def seal(self) -> "Drawn":
        return Drawn(self.things, list(accumulate(self.counts)))

    def add(self, thing: Words, count: int) -> None:
        self.things.append(thing)
        self.counts.append(count)

    def draw(self, chance: random.Random) -> Words:
        return chance.choices(self.things, cum_weights=self.counts)[0]


def words_of(text: str) -> list[str]:
    return [term.text for term in terms_of(text)]


class Vocabulary:
    """One language's words and names, by the number of texts that have them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.counts: Counter[str] = Counter()
        names: Counter[Words] = Counter()
        self.size = 0
        for text in texts:
            self.size += 1
            self.counts.update([*dict.fromkeys(words_of(text))])
            names.update([*dict.fromkeys(tuple(words_of(n)) for n in _NAME.findall(text))])
        self._fill(names)

    def _fill(self, names: Counter[Words]) -> None:
        rare, common, phrases = Drawn(), Drawn(), Drawn()
        for word, count in self.counts.items():
            if count <= max(3, RARE * self.size) and len(word) > 2 and not word.isdigit():
                rare.add((word,), count)
            elif RARE * self.size < count <= COMMON * self.size and len(word) > 3:
                common.add((word,), count)
        for name, count in names.items():
            if len(name) > 1:
                phrases.add(name, count)
        self.rare, self.common, self.names = rare.seal(), common.seal(), phrases.seal()


class Generator:
    """`texts` are (language, text), `articles` those that topics are made from."""

    def __init__(
        self, texts: Iterable[tuple[str, str]], articles: Iterable[tuple[str, str]]
    ) -> None:
        by_language: dict[str, list[str]] = defaultdict(list)
        for language, text in texts:
            by_language[language].append(text)
        self._known = {x: Vocabulary(by_language[x]) for x in LANGUAGES if by_language[x]}
        self._weights = [LANGUAGES[language] for language in self._known]
        self._articles = [(lang, words_of(text)) for lang, text in articles if lang in self._known]

    def frequencies(self) -> dict[str, float]:
        total: Counter[str] = Counter()
        for vocabulary in self._known.values():
            total.update(vocabulary.counts)
        return dict(total)

    def topics(self, count: int, *, stems: bool = False) -> list[tuple[str, Plan]]:
        """The first ones are the same, whatever the count. With stems, each word also means those
        of its stem in its language, as one does that no dictionary knows."""
        chance = random.Random(SEED)
        return [(f"t{number}", self._topic(chance, stems)) for number in range(count)]

    def _topic(self, chance: random.Random, stems: bool) -> Plan:
        if self._articles and chance.random() < FROM_AN_ARTICLE:
            language, words = chance.choice(self._articles)
            leaves = Leaves(self._known[language], chance, words, language if stems else "")
        else:
            language = chance.choices(list(self._known), self._weights)[0]
            leaves = Leaves(self._known[language], chance, (), language if stems else "")
        kind = chance.random()
        if kind < 0.40:
            return leaves.leaf()
        return _boolean(leaves, chance) if kind < 0.80 else _special(leaves, chance)


class Leaves:
    """Words and phrases of one topic. `source` is the article it is made from, if any; with a
    `language` words mean their stems too."""

    def __init__(
        self, known: Vocabulary, chance: random.Random, source: Words, language: str
    ) -> None:
        self._known = known
        self._chance = chance
        self._source = source
        self._language = language

    def leaf(self) -> Plan:
        return self._plan(self._from_source() if len(self._source) > 5 else self._from_texts())

    def common(self) -> Plan:
        if self._source:
            return self._plan([self._chance.choice(self._source)])
        if self._known.common.things and self._chance.random() < 0.6:
            return self._plan(self._known.common.draw(self._chance))
        return self.leaf()

    def beginning(self) -> Plan:
        word = (self._from_source() if len(self._source) > 5 else self._from_texts())[0]
        return Start(word[: max(4, len(word) - self._chance.randint(1, 3))])

    def _from_texts(self) -> Words:
        kind = self._chance.random()
        if 0.45 <= kind < 0.53:
            return ("".join(self._chance.choices(_SYLLABLES, k=self._chance.randint(3, 4))),)
        named = kind >= 0.53 and self._known.names.things
        return (self._known.names if named else self._known.rare).draw(self._chance)

    def _from_source(self) -> Words:
        if self._chance.random() < 0.55:
            some = (self._chance.choice(self._source) for _ in range(12))
            most = 2 * RARE * self._known.size
            good = [word for word in some if len(word) > 3 and self._known.counts[word] <= most]
            return [good[0] if good else self._chance.choice(self._source)]
        size = 2 if self._chance.random() < 0.8 else 3
        begin = self._chance.randrange(len(self._source) - size)
        return self._source[begin : begin + size]

    def _plan(self, words: Words) -> Plan:
        parts = tuple(One(self._keys(word)) for word in words)
        return parts[0] if len(parts) == 1 else Phrase(parts)

    def _keys(self, word: str) -> frozenset[str]:
        if not self._language:
            return frozenset((word,))
        return frozenset((word, stem_key(self._language, stem(word, self._language))))


def _boolean(leaves: Leaves, chance: random.Random) -> Plan:
    size, first, kind = chance.randint(2, 4), leaves.leaf(), chance.random()
    if 0.45 <= kind < 0.70:
        return Either((first, *(leaves.leaf() for _ in range(size - 1))))
    rest = [leaves.common() if chance.random() < 0.5 else leaves.leaf() for _ in range(size - 1)]
    if kind < 0.45 or size == 2:
        return Every((first, *rest))
    return Every((first, Either(tuple(rest))))


def _special(leaves: Leaves, chance: random.Random) -> Plan:
    kind, one, other = chance.random(), leaves.leaf(), leaves.common()
    if kind < 0.40:
        return Close(chance.choice([3, 5, 10, 10, 20]), one, other)
    if kind < 0.65:
        return Every((one, Without(other)))
    if kind < 0.85:
        start = leaves.beginning()
        return start if chance.random() < 0.3 else Every((start, other))
    if chance.random() < 0.5:
        return Within("title", one)
    return Every((Within("title", other), one))
