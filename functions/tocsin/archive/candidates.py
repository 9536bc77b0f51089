"""Articles of shards that may be hits, in order and each once."""

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.archive.records import Key


@dataclass(frozen=True)
class Candidate:
    """An article of a shard that may be one of the page. Of several with one key that of the
    latest version is it, and of these that of the shard built last."""

    key: Key
    shard: str
    row: int
    version: int = 1
    built_at: int = 0
    score: float | None = None


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Of equal scores the newer first; each article once."""
    return sorted(
        distinct(candidates), key=lambda each: (each.score or 0.0, each.key), reverse=True
    )


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each article once, from the shard that has its latest version."""
    best: dict[Key, Candidate] = {}
    for each in candidates:
        known = best.get(each.key)
        if known is None or (each.version, each.built_at) > (known.version, known.built_at):
            best[each.key] = each
    return list(best.values())
