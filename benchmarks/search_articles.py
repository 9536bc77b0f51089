"""Articles that are made up of the sentences of real ones, and what is asked of them."""

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

QUERIES, SEED = 40, 11
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")


def sentences(texts: Path) -> tuple[list[str], list[str]]:
    """And the titles. English ones: a made-up article is in one language."""
    with gzip.open(texts, "rt") as lines:
        rows = [row for row in map(json.loads, lines) if row["lang"] == "en"]
    parts = (part for row in rows for part in _SENTENCE_END.split(row["text"]))
    return [part for part in parts if 30 < len(part) < 400], [row["title"] for row in rows]


def made_up(texts: Path, count: int) -> Iterator[dict[str, Any]]:
    """The same for the same count. Of some 60,000 names a few are in very many articles."""
    known, titles = sentences(texts)
    drawn = random.Random(SEED)
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]
    names = ["".join(drawn.choices(syllables, k=3)).title() for _ in range(60_000)]

    def named(text: str) -> str:
        return _NAME.sub(lambda found: _other(found[0]), text)

    def _other(word: str) -> str:
        return names[int(60_000 * drawn.random() ** 4)] if drawn.random() < 0.2 else word

    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(count):
        body = " ".join(drawn.choice(known) for _ in range(max(3, int(drawn.gauss(29, 10)))))
        title, text = named(drawn.choice(titles)), named(body)
        publisher = int(200 * drawn.random() ** 2)
        yield {
            "number": number,
            "title": title,
            "text": text,
            "publisher": f"Publisher {publisher}",
            "feed": f"publisher-{publisher}",
            "language": "en",
            "seen_at": begin + timedelta(seconds=number * 8),
            "topic": f"topic-{int(100 * drawn.random() ** 2)}",
            "story": hashlib.sha256(str(number // 3).encode()).hexdigest()[:24],
        }


def queries(texts: Path, count: int = QUERIES) -> list[str]:
    """Of one word to three, as frequent as words are in titles; the same every time."""
    _, titles = sentences(texts)
    drawn = random.Random(SEED + 1)
    words = [w.lower() for title in titles for w in re.findall(r"[A-Za-z]{4,}", title)]
    return [" ".join(drawn.sample(words, drawn.choice((1, 1, 2, 2, 3)))) for _ in range(count)]


def written(texts: Path, count: int, file: Path) -> None:
    """As JSON lines: to make them up takes longer than to index them."""
    with file.open("w") as lines:
        for each in made_up(texts, count):
            lines.write(json.dumps(each | {"seen_at": each["seen_at"].isoformat()}) + "\n")


def read(file: Path) -> Iterator[dict[str, Any]]:
    with file.open() as lines:
        for line in lines:
            each = json.loads(line)
            yield each | {"seen_at": datetime.fromisoformat(each["seen_at"])}
