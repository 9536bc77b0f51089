"""Plans of topics to the file that `tocsin apply` publishes and the matcher maps into memory.

    plans ─canonical─▶ forms ─anchors─▶ paths ─trie─▶ blocks, one for each first feature
                         └─programs─▶ what to mark of each topic, read only to show a match

Features are words, and words in one field. The most frequent have the lowest numbers, so that their
characters are short. Topics with more features than there are characters are compiled in halves, as
several parts of the file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from tocsin.errors import QueryError
from tocsin.query import directory, fileformat, keytable, offsets
from tocsin.query.alphabet import MAX_FEATURES, to_character, to_number
from tocsin.query.anchors import Path, paths_of
from tocsin.query.canonical import (
    WORD,
    Form,
    Words,
    canonical,
    distances_in,
    sequences_in,
    words_in,
)
from tocsin.query.keys import ACCENTED, CODE, OTHER_FIELD, STEM
from tocsin.query.plan import Plan
from tocsin.query.programs import placing_program_of
from tocsin.query.rarity import Rarity
from tocsin.query.trie import Trie

# From here on an article's set of pairs costs less than looking for the phrases one by one.
MIN_PLANS_FOR_PAIRS = 50_000
ALWAYS = (WORD, -1, "")  # a feature of every article, for plans that no word is needed for
_FIELDS = {"": 0, "title": keytable.TITLE, "body": keytable.BODY}

Topic = tuple[str, Plan]  # with its id


def compile_plans(
    plans: Iterable[Topic],
    frequencies: Mapping[str, float] | None = None,
    *,
    pairs: bool | None = None,
) -> bytes:
    """The same topics give the same bytes, in whatever order. `frequencies` says in how many
    articles a key is, in any unit; it decides about speed only, and so does `pairs` (by default
    from MIN_PLANS_FOR_PAIRS on). Raises QueryError for an id that is given twice."""
    ordered = sorted(plans, key=lambda plan: plan[0])
    _refuse_repeated(ordered)
    return fileformat.written([*_parts(ordered, frequencies, pairs)])


def _parts(
    ordered: Sequence[Topic], frequencies: Mapping[str, float] | None, pairs: bool | None
) -> Iterator[fileformat.Part]:
    """One; more where the words of all are more than there are characters."""
    compilation = _Compilation(ordered, frequencies)
    if compilation.features <= MAX_FEATURES or len(ordered) == 1:
        yield compilation.written(pairs)
        return
    del compilation
    middle = len(ordered) // 2
    for half in (ordered[:middle], ordered[middle:]):
        yield from _parts(half, frequencies, pairs)


def _refuse_repeated(plans: Sequence[Topic]) -> None:
    for (one, _), (other, _) in pairwise(plans):
        if one == other:
            raise QueryError(one, "is the id of two topics")


class _Compilation:
    """Of one part. Plans that mean the same are compiled once."""

    def __init__(self, ordered: Sequence[Topic], frequencies: Mapping[str, float] | None) -> None:
        words = Words()
        self._ids = [topic_id for topic_id, _ in ordered]
        self._forms = [canonical(plan, words) for _, plan in ordered]
        self._shared: dict[Form, list[int]] = {}
        for number, form in enumerate(self._forms):
            self._shared.setdefault(form, []).append(number)
        self._words = words.in_order()
        used = dict.fromkeys(word for form in self._shared for word in words_in(form))
        self._rarity = Rarity(self._words, self._shared, frequencies)
        anywhere = ((WORD, number, "") for number in range(len(words)))
        features = [*dict.fromkeys((*anywhere, *used)), ALWAYS]
        features.sort(key=lambda word: -self._rarity.cost(word))
        self._numbers = {feature: number for number, feature in enumerate(features)}

    @property
    def features(self) -> int:
        return len(self._numbers)

    def written(self, pairs: bool | None) -> fileformat.Part:
        if pairs is None:
            pairs = len(self._shared) >= MIN_PLANS_FOR_PAIRS
        facts = {**self._facts(), "topics": len(self._ids), "pairs": pairs}
        return facts, {
            **self._trie(pairs=pairs),
            **keytable.written(self._uses()),
            **self._directory(),
        }

    def _facts(self) -> dict[str, object]:
        keys = {key for word in self._words if not isinstance(word, str) for key in word}
        prefixes = [word for word in self._words if isinstance(word, str)]
        distances = (distance for form in self._shared for distance in distances_in(form))
        return {
            "features": len(self._numbers),
            "always": self._spelling(-1, ""),
            "gap": max(distances, default=1),
            "languages": _middles(keys, STEM),
            "rows": _middles(keys.union(prefixes), OTHER_FIELD),
            "codes": _middles(keys, CODE),
            "accented": any(key.startswith(ACCENTED) for key in keys),
            "stub": _stub_length(prefixes),
        }

    def _spelling(self, number: int, field: str) -> str:
        return to_character(self._numbers[WORD, number, field])

    def _trie(self, *, pairs: bool) -> dict[str, bytes]:
        trie = Trie(self._spelling, self._numbers.__getitem__, pairs=pairs)
        for form, topics in self._shared.items():
            trie.add([_needing(path) for path in paths_of(form, self._rarity.cost)], topics)
        blocks = [b""] * len(self._numbers)
        for feature, block in trie.blocks():
            blocks[to_number(feature)] = block
        return {**offsets.written("block", blocks), "blocks": b"".join(blocks)}

    def _uses(self) -> dict[str, list[int]]:
        """Of each key, and of each prefix under its own name."""
        in_sequences = {n for form in self._shared for seq in sequences_in(form) for n in seq}
        uses: dict[str, list[int]] = {}
        for (_, number, field), feature in self._numbers.items():
            if number < 0:
                continue
            mark = _FIELDS[field] or (keytable.SEQUENCE if number in in_sequences else 0)
            for key in _keys(self._words[number]):
                uses.setdefault(key, []).append(feature | mark)
        uses.update(_stubs([word for word in self._words if isinstance(word, str)]))
        return {key: sorted(uses[key]) for key in sorted(uses)}

    def _directory(self) -> dict[str, bytes]:
        programs = {form: placing_program_of(form, self._spelling) for form in self._shared}
        return directory.written(self._ids, [programs[form] for form in self._forms])


def _needing(path: Path) -> Path:
    return path if path.needs else path._replace(needs=frozenset((ALWAYS,)))


def _keys(word: frozenset[str] | str) -> Iterable[str]:
    return (keytable.BEGINNING + word,) if isinstance(word, str) else sorted(word)


def _stub_length(prefixes: Iterable[str]) -> int:
    """The shortest prefix's; -1 where there is none."""
    return min(map(len, prefixes), default=-1)


def _stubs(prefixes: Sequence[str]) -> dict[str, list[int]]:
    """How long the prefixes are that begin so: a word is not looked up under every length."""
    stub = _stub_length(prefixes)
    lengths: dict[str, set[int]] = {}
    for prefix in prefixes:
        lengths.setdefault(keytable.STUB + prefix[:stub], set()).add(len(prefix))
    return {key: list(lengths[key]) for key in lengths}


def _middles(keys: Iterable[str], kind: str) -> tuple[str, ...]:
    """The languages of stems, the names of fields or of codes."""
    return tuple(sorted({key.split(kind)[1] for key in keys if key.startswith(kind)}))
