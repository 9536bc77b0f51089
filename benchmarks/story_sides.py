"""Ours and the peers side by side, on the same streams in one run."""

import importlib.util
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.story_peers import PEERS
from benchmarks.story_replay import Replay
from benchmarks.story_scores import (
    b_cubed,
    cross_validated,
    folds_of,
    gold_of,
    mean_of,
    of_topics,
    orders_of,
)
from benchmarks.story_streams import Row, mixed
from tocsin.query.analysis import terms_of
from tocsin.stories.frequency import RecentArticles

PEER_WIRE, PEER_TOPICS, PEER_SEED = 4_000, 22, 8  # twelve days of the wire


def peers(events: Sequence[Row], wire: Sequence[Row], alone: float) -> dict[str, Any]:
    """On ECB+, threshold by fold (`alone` is ours there), and on a part of it among a part of the
    wire, with what that costs. Among the wire peers have the threshold that is best there, and
    their words for nothing; ours has the shipped one, and begins with texts."""
    some = mixed(wire[:PEER_WIRE], of_topics(events, PEER_TOPICS), PEER_SEED)
    words = {row.id: _words(row) for row in (*some, *events)}
    found: dict[str, Any] = {"tocsin": {"b3_ecbplus": alone, **ours(some)}}
    for peer in PEERS:
        if not is_installed(peer.needs):
            found[peer.name] = f"skipped: {peer.needs} is not installed"
            continue
        runs = (peer_among(peer(threshold), some, words) for threshold in peer.thresholds)
        best = max(runs, key=lambda run: float(run["b3_mixed"]))
        found[peer.name] = {"b3_ecbplus": peer_on_events(peer, events, words), **best}
    return {"peers": found}


def _words(row: Row) -> list[str]:
    return [term.text for term in terms_of(f"{row.title}\n{row.text}")]


def ours(some: Sequence[Row]) -> dict[str, float]:
    replay = Replay(some, RecentArticles())
    found = {row.id: replay.story(row) for row in some}
    bill = replay.stories.reads, replay.stories.writes, replay.stories.state_bytes()
    return figures(some, found, replay.seconds, bill)


def peer_on_events(peer: Any, events: Sequence[Row], words: Mapping[str, Sequence[str]]) -> float:
    folds = folds_of(events, seed=7)
    scores = {
        threshold: [
            mean_of(
                b_cubed(peer_groups(peer(threshold), each, words), gold_of(each))
                for each in orders_of(fold, 1)
            )
            for fold in folds
        ]
        for threshold in peer.thresholds
    }
    return round(cross_validated(scores)[0].f1, 4)


def peer_among(
    peer: Any, rows: Sequence[Row], words: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    begun = time.process_time()
    found = peer_groups(peer, rows, words)
    seconds = time.process_time() - begun
    bill = peer.bill.reads, peer.bill.writes, peer.bill.state_bytes
    return {"threshold": peer.threshold, **figures(rows, found, seconds, bill)}


def figures(
    rows: Sequence[Row],
    found: Mapping[str, str],
    seconds: float,
    bill: tuple[float, float, int],
) -> dict[str, float]:
    reads, writes, state_bytes = (each / len(rows) for each in bill)
    return {
        "b3_mixed": round(b_cubed(found, gold_of(rows)).f1, 4),
        "us_per_article": round(seconds / len(rows) * 1e6),
        "reads_per_article": round(reads, 2),
        "writes_per_article": round(writes, 2),
        "state_bytes": round(state_bytes),
    }


def is_installed(module: str) -> bool:
    return not module or importlib.util.find_spec(module) is not None


def peer_groups(
    peer: Any, rows: Sequence[Row], words: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    return {row.id: str(peer.add(n, words[row.id], row.at)) for n, row in enumerate(rows)}
