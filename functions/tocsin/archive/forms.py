"""Which words of a shard have one stem: how a query's word finds the forms that articles have.

The index holds words as they are folded, so that exact words, prefixes and phrases are found as
written. A stem is looked up here and becomes the words that have it in this shard. Indexing stems
beside the words, at the same places, was measured: a third more index.

Lines are sorted: language letter and stem, then the words. A stem whose only word is the stem
itself has none.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tocsin.archive.packing import SMALL, pack, unpack
from tocsin.archive.words import LETTERS, letter_in
from tocsin.query.inflection import stemmer

_BLOCK_CHARACTERS = 65_536  # 20 kB packed: one request, and the manifest knows them all


def form_blocks(words: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Of all words of an index: the first stem of each block, and the block, packed."""
    block: list[str] = []
    size = 0
    for line in _lines(words):
        if size > _BLOCK_CHARACTERS:
            yield _packed(block)
            block, size = [], 0
        block.append(line)
        size += len(line) + 1
    if block:
        yield _packed(block)


def _packed(block: list[str]) -> tuple[str, bytes]:
    return block[0].partition(" ")[0], pack("\n".join(block).encode(), SMALL)


def _lines(words: Iterable[str]) -> Iterator[str]:
    """In the order of code points."""
    pairs = sorted(_pairs(words))  # a space sorts before every letter
    for key, same in groupby(pairs, lambda pair: pair.partition(" ")[0]):
        forms = " ".join(pair[len(key) + 1 :] for pair in same)
        if forms != key[len(letter_in(key) or "") :]:
            yield f"{key} {forms}"


def _pairs(words: Iterable[str]) -> list[str]:
    """Letter and stem, and the form."""
    languages = {letter: language for language, letter in LETTERS.items()}
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in words:
        letter = letter_in(word)
        if letter in languages:
            by_letter[letter].append(word[len(letter) :])
    return [
        f"{letter}{stem} {form}"
        for letter, forms in by_letter.items()
        for form, stem in zip(forms, map(stemmer(languages[letter]), forms), strict=True)
    ]


def block_of(stem_key: str, firsts: Sequence[str]) -> int | None:
    """The number of the block that has this letter and stem, if any has. In the order of code
    points, as blocks are."""
    at = bisect_right(firsts, stem_key) - 1
    return at if at >= 0 else None


def find_forms(letter: str, stem: str, packed: bytes) -> list[str]:
    """The words with this letter and stem; the stem, where the block has none."""
    wanted = f"\n{letter}{stem} ".encode()
    lines = b"\n" + unpack(packed)
    at = lines.find(wanted)
    if at < 0:
        return [stem]
    line, _, _ = lines[at + len(wanted) :].partition(b"\n")
    return line.decode().split(" ")
