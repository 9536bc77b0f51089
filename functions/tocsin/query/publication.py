"""How a change of topics is published: as a new base, or as a small delta over the old one. Pure.

Compiling a million topics takes a minute, compiling the ten that changed no time at all: they go
into a delta, and the base's own version of them is not matched any more. A delta that has grown is
folded into a new base.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tocsin.model.publication import TopicsInForce

# A base of this size compiles in a fifth of a second: nothing is won by a delta.
MIN_BASE_FOR_DELTA = 1_000
MAX_DELTA_SHARE = 0.05  # of all topics: each article is matched against both


@dataclass(frozen=True)
class Publication:
    """What to compile: everything into a base, or `delta` (ids) over the base in force."""

    new_base: bool
    delta: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


def publication(
    in_force: TopicsInForce | None,
    changed: Collection[str],
    removed: Collection[str],
    total: int,
    analysis: int,
) -> Publication:
    """`changed` and `removed` are ids that differ from what is in force, `total` counts the topics
    after the change, `analysis` is the version of text analysis that compiles now."""
    if in_force is None or in_force.analysis != analysis or total < MIN_BASE_FOR_DELTA:
        return Publication(new_base=True)
    delta = (frozenset(in_force.changed) | frozenset(changed)) - frozenset(removed)
    if len(delta) > total * MAX_DELTA_SHARE:
        return Publication(new_base=True)
    gone = (frozenset(in_force.removed) | frozenset(removed)) - delta
    return Publication(new_base=False, delta=delta, removed=gone)
