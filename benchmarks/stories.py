"""How well articles are grouped into stories, and what that costs, beside what else groups them.

    python benchmarks/stories.py DATA_DIR [--json FILE] [--quick]

DATA_DIR has ecbplus, reuters, uci and wmt21 (.jsonl.gz), each of them optional:
../shared/data/stories. Articles go through the stage that ingest uses, on a table in memory that
counts units. What is measured:

    b3_ecbplus          B-cubed F1 over 86 look-alike events: five folds by topic, the threshold of
                        each chosen on the other four; and with the one that is shipped
    b3_mixed            the same events among a news wire, at simulated times; wire articles that
                        got into their stories count against precision
    wrong_ticker_pairs  pairs of wire articles in one story that name companies, and none in common
    copies_linked       copies, made by nine rules, that are in the story of their original
    double_alerts       copies that began a story of their own
    copies_ringing      copies that would ring: those, and those that are merely attached
    strict_precision    of the joins that mute: the share that a reader found to be the same event,
                        with its 95 % interval; labels_missing is the share that nobody has read
    import_seconds      of boto3 and the stage, in a fresh process
    across_languages    translations: how many names and numbers link, and how many of those rightly

`--quick` takes a part of each, for the floors in tests/floors/test_stories.py.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.story_labels import LABELLED_SEEDS, labelled, unread
from benchmarks.story_replay import Replay, fingerprint
from benchmarks.story_scores import (
    BCubed,
    b_cubed,
    cross_validated,
    folds_of,
    gold_of,
    mean_of,
    of_topics,
    orders_of,
)
from benchmarks.story_sides import peers
from benchmarks.story_streams import Row, from_zero, mixed, original_of, read, with_copies
from tocsin.stories import decide
from tocsin.stories.fingerprint import ANY_LANGUAGE, Fingerprint
from tocsin.stories.frequency import RecentArticles
from tocsin.stories.head import from_bytes, head_of, to_bytes
from tocsin.stories.similarity import names_shared

ORDERS = 6
THRESHOLDS = (0.28, 0.3, 0.32, 0.34, 0.36, 0.38)
MIXED_SEEDS = (5, 6, 7, *LABELLED_SEEDS)  # of the times of the events
COPIES = 3_600
COST_ARTICLES, ROUNDS = 500, range(5)
QUICK, QUICK_TOPICS = 600, 20  # articles of the wire, and QUICK / 5 copies; of 43 topics


def ecbplus(rows: Sequence[Row], orders: int, thresholds: Sequence[float]) -> dict[str, Any]:
    """In random order, all at one time, without a stream."""
    folds = folds_of(rows, seed=7)
    scores: dict[float, list[BCubed]] = {}
    runs: dict[float, list[list[BCubed]]] = {}
    for threshold in sorted({*thresholds, decide.LOOSE_UNSEASONED}):
        with patch.object(decide, "LOOSE_UNSEASONED", threshold):
            runs[threshold] = [[grouped(each) for each in orders_of(f, orders)] for f in folds]
        scores[threshold] = [mean_of(fold) for fold in runs[threshold]]
    best, chosen = cross_validated(scores)
    shipped = mean_of(scores[decide.LOOSE_UNSEASONED])
    by_order = zip(*runs[decide.LOOSE_UNSEASONED], strict=True)
    return {
        "b3_ecbplus": round(best.f1, 4),
        "b3_ecbplus_precision": round(best.precision, 4),
        "b3_ecbplus_recall": round(best.recall, 4),
        "b3_ecbplus_thresholds": chosen,
        "b3_ecbplus_shipped": round(shipped.f1, 4),
        "b3_ecbplus_shipped_orders": [round(mean_of(each).f1, 4) for each in by_order],
        "b3_ecbplus_by_threshold": {t: round(mean_of(s).f1, 4) for t, s in scores.items()},
    }


def grouped(rows: Sequence[Row]) -> BCubed:
    replay = Replay(rows)
    return b_cubed({row.id: replay.story(row) for row in rows}, gold_of(rows))


def among_wire(wire: Sequence[Row], events: Sequence[Row], seeds: Sequence[int]) -> dict[str, Any]:
    scores, missing, joins = [], 0, 0
    for seed in seeds:
        rows = mixed(wire, events, seed)
        replay = Replay(rows, RecentArticles())
        scores.append(b_cubed({row.id: replay.story(row) for row in rows}, gold_of(rows)))
        if seed in LABELLED_SEEDS:
            new, of_all = unread(rows, replay, "ecbplus", "reuters")
            missing, joins = missing + new, joins + of_all
    found = mean_of(scores)
    return {
        "b3_mixed": round(found.f1, 4),
        "b3_mixed_precision": round(found.precision, 4),
        "b3_mixed_recall": round(found.recall, 4),
        "b3_mixed_seeds": [round(each.f1, 4) for each in scores],
        "labels_missing": round(missing / joins, 4),
    }


def wire_alone(rows: Sequence[Row], timed: int) -> dict[str, Any]:
    replay = Replay(rows, RecentArticles())
    return {
        "wrong_ticker_pairs": wrong_pairs(rows, replay),
        "us_per_article": round(cost(rows[:timed])),
        "us_of_the_stage": round(replay.seconds / len(rows) * 1e6),
        "reads_per_article": round(replay.stories.reads / len(rows), 2),
        "writes_per_article": round(replay.stories.writes / len(rows), 2),
        "state_bytes": round(replay.stories.state_bytes() / len(rows)),
    }


def cost(rows: Sequence[Row]) -> float:
    """Microseconds to read an article and to decide between five stories as they are stored."""
    heads = [to_bytes(head_of(fingerprint(row))) for row in rows]
    rounds = [
        [cost_of(row, heads[max(0, n - 5) : n]) for n, row in enumerate(rows)] for _ in ROUNDS
    ]
    return statistics.mean(map(statistics.median, zip(*rounds, strict=True))) * 1e6


def cost_of(row: Row, heads: Sequence[bytes]) -> float:
    begun = time.thread_time()
    found = fingerprint(row)
    decide.decide(found, [decide.Candidate(str(n), from_bytes(h)) for n, h in enumerate(heads)])
    return time.thread_time() - begun


def imports() -> dict[str, float]:
    """Processor seconds that a fresh process pays for boto3 and the stage: the least of a few."""
    code = (
        "import time; begun = time.process_time(); import boto3, tocsin.pipeline.story; "
        "print(time.process_time() - begun)"
    )
    call = partial(subprocess.run, [sys.executable, "-c", code], capture_output=True, check=True)
    return {"import_seconds": round(min(float(call().stdout) for _ in ROUNDS), 3)}


def wrong_pairs(rows: Sequence[Row], replay: Replay) -> int:
    stories = defaultdict(list)
    for row in rows:
        if row.tickers:
            stories[replay.story(row)].append(row.tickers)
    return sum(not one & other for each in stories.values() for one, other in combinations(each, 2))


def copies(wire: Sequence[Row], count: int) -> dict[str, Any]:
    rows = with_copies(wire, count, seed=11)
    replay = Replay(rows, RecentArticles())
    edits: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for row in rows:
        if original := original_of(row):
            linked = replay.story(row) == replay.joined[original].story_id
            begins = replay.joined[row.id].kind == decide.Kind.NEW
            edits[row.id.split(":")[0]].append((linked, begins, not replay.mutes(row)))
    total = shares([each for found in edits.values() for each in found])
    return {
        "copies_linked": total[0],
        "double_alerts": total[1],
        "copies_ringing": total[2],
        "copies_by_edit": {name: shares(found) for name, found in edits.items()},
    }


def shares(found: Sequence[tuple[bool, bool, bool]]) -> list[float]:
    return [round(statistics.mean(column), 4) for column in zip(*found, strict=True)]


def headlines(rows: Sequence[Row]) -> dict[str, Any]:
    rows = from_zero(rows)
    replay = Replay(rows, RecentArticles())
    score = b_cubed({row.id: replay.story(row) for row in rows}, gold_of(rows))
    missing, joins = unread(rows, replay, "uci")
    return {
        "b3_headlines": round(score.f1, 4),
        "labels_missing_of_headlines": round(missing / joins, 4),
    }


def across(rows: Sequence[Row]) -> dict[str, Any]:
    """Of each pair of languages: recall by names shared, by names and keys, and precision among all
    pairs of an article and a translation of any (not its own: wrong)."""
    result = {}
    for pair in sorted({row.topic for row in rows}):
        of_pair = [row for row in rows if row.topic == pair]
        sources = [(r.story, fingerprint(r)) for r in of_pair if "/src" in r.id]
        others = [(r.story, fingerprint(r)) for r in of_pair if "/src" not in r.id]
        linked = [
            (one == other, met(source, translation))
            for one, source in sources
            for other, translation in others
            if names_shared(source.names, translation.names) >= decide.NAMES
        ]
        gold = sum(one == other for one, _ in sources for other, _ in others)
        right = sum(same for same, _ in linked)
        result[pair] = {
            "pairs": gold,
            "precision": round(right / len(linked), 3) if linked else None,
            "recall": round(right / gold, 3) if gold else None,
            "recall_with_keys": round(sum(s and k for s, k in linked) / gold, 3) if gold else None,
        }
    return {"across_languages": result}


def met(one: Fingerprint, other: Fingerprint) -> bool:
    keys, others = (
        {k.name for k in each.keys if k.name[0] == ANY_LANGUAGE} for each in (one, other)
    )
    return bool(keys & others)


# ── ──


def measure(data: Path, quick: bool = False) -> dict[str, Any]:
    """What the files that are there allow to measure."""
    result: dict[str, Any] = {}
    for part in parts(data, quick):
        result |= part
    return result


def parts(data: Path, quick: bool) -> Iterator[dict[str, Any]]:
    there = {name: data / f"{name}.jsonl.gz" for name in ("ecbplus", "reuters", "uci", "wmt21")}
    rows = {name: read(path) for name, path in there.items() if path.exists()}
    wire = from_zero(rows["reuters"])[: QUICK if quick else None] if "reuters" in rows else []
    events = rows.get("ecbplus", [])
    yield labelled()
    yield imports()
    if wire:
        yield wire_alone(wire, COST_ARTICLES // 10 if quick else COST_ARTICLES)
        yield copies(wire, QUICK // 5 if quick else COPIES)
    if events:
        yield ecbplus(
            of_topics(events, QUICK_TOPICS) if quick else events,
            1 if quick else ORDERS,
            () if quick else THRESHOLDS,
        )
    if not quick:
        yield from beyond(wire, events, rows)


def beyond(
    wire: Sequence[Row], events: Sequence[Row], rows: Mapping[str, Sequence[Row]]
) -> Iterator[dict[str, Any]]:
    """What takes longer than the floors may."""
    if events and wire:
        yield among_wire(wire, events, seeds=MIXED_SEEDS)
    if "uci" in rows:
        yield headlines(rows["uci"])
    if "wmt21" in rows:
        yield across(rows["wmt21"])
    if events and wire:
        alone = ecbplus(events, 1, THRESHOLDS)["b3_ecbplus"]
        yield peers(events, wire, alone)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    result: dict[str, Any] = {}
    for part in parts(arguments.data, arguments.quick):
        result |= part
        for name, value in part.items():
            print(f"{name:28} {value}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
