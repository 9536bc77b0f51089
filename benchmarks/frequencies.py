"""Make functions/tocsin/stories/frequencies.bin from the word lists of wordfreq:

    pip install 'wordfreq==3.1.1'; python benchmarks/frequencies.py

wordfreq's data may be redistributed under CC BY-SA 4.0, and so may the file made from them;
`functions/tocsin/stories/FREQUENCIES.md` says so beside it. The file is made anew when the way that
words become terms changes.
"""

import importlib
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tocsin.stories.frequency import FILE, MOST_FREQUENT, entry_of
from tocsin.stories.terms import stems_of

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "uk", "zh")
NO_SPACES = {"ja", "zh"}
# 12,000 stems are 48 kB a language; a rarer one is as rare as any to a story.
MOST = 12_000


def term_frequencies(language: str, words: dict[str, float]) -> Counter[str]:
    terms: Counter[str] = Counter()
    for word, share in words.items():
        for stem in stems_of(word, language):
            terms[stem] += share  # type: ignore[assignment]
    if language in NO_SPACES:
        terms.update(across_words(words))
    return terms


def across_words(words: dict[str, float]) -> dict[str, float]:
    """Pairs of characters with a word's end between them, as if words followed each other freely.
    Only those that are frequent enough to be kept."""
    ends: Counter[str] = Counter()
    starts: Counter[str] = Counter()
    for word, share in words.items():
        ends[word[-1]] += share  # type: ignore[assignment]
        starts[word[0]] += share  # type: ignore[assignment]
    return {
        one + other: p * q
        for one, p in ends.most_common(300)
        for other, q in starts.most_common(300)
        if p * q > 1e-6
    }


def section(language: str, words: dict[str, float]) -> bytes:
    frequencies = term_frequencies(language, words).most_common(MOST)
    entries = {entry_of(term, share) for term, share in frequencies}
    return array("I", sorted(entries)).tobytes()


def write(sections: Iterable[tuple[str, bytes]]) -> bytes:
    parts = list(sections)
    index = b"".join(struct.pack("<2sI", code.encode(), len(data)) for code, data in parts)
    return struct.pack("<H", len(parts)) + index + b"".join(data for _, data in parts)


def main() -> None:
    if sys.byteorder != "little":
        sys.exit("frequencies.py: the file is little-endian; make it on such a machine")
    wordfreq: Any = importlib.import_module("wordfreq")
    data = write(
        (one, section(one, wordfreq.get_frequency_dict(one, "small"))) for one in LANGUAGES
    )
    Path(FILE).write_bytes(data)
    print(f"{FILE}: {len(data)} bytes, rarest kept {MOST_FREQUENT}")


if __name__ == "__main__":
    main()
