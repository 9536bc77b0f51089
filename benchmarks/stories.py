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
    strict_precision    of the joins that mute: the share that a reader found to be the same event
    across_languages    translations: how many names and numbers link, and how many of those rightly

`--quick` takes a part of each, for the floors in tests/floors/test_stories.py.
"""

import argparse
import csv
import importlib.util
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tocsin.model import Article
from tocsin.pipeline.story import InStory, enter_story
from tocsin.query.analysis import terms_of
from tocsin.stories import decide
from tocsin.stories.fingerprint import ANY_LANGUAGE, Fingerprint
from tocsin.stories.frequency import NOTHING_SEEN, RecentArticles
from tocsin.stories.head import from_bytes, head_of, to_bytes
from tocsin.stories.reading import fingerprint_of
from tocsin.stories.similarity import names_shared

if __package__:
    from benchmarks.story_peers import PEERS
    from benchmarks.story_store import CountedStories
    from benchmarks.story_streams import Row, from_zero, mixed, original_of, read, with_copies
else:
    from story_peers import PEERS
    from story_store import CountedStories
    from story_streams import Row, from_zero, mixed, original_of, read, with_copies

LABELS = Path(__file__).with_name("story_labels.csv")
LABELS_SEED = "7"
FOLDS, ORDERS = 5, 6
THRESHOLDS = (0.28, 0.3, 0.32, 0.34, 0.36, 0.38)
MIXED_SEEDS = (5, 6, 7)  # of the times of the events
BEGIN = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())  # streams are from zero
COPIES = 3_600
COST_ARTICLES, ROUNDS = 500, range(5)
QUICK, QUICK_TOPICS = 600, 20  # articles of the wire, and QUICK / 5 copies; of 43 topics
MUTING = {kind.value for kind in decide.MUTING}


class Replay:
    """A stream through the stage, and what became of each of its articles."""

    def __init__(self, rows: Sequence[Row], recent: RecentArticles | None = None) -> None:
        self.stories = CountedStories()
        self.joined: dict[str, InStory] = {}
        self.seconds = 0.0
        for row in rows:
            begun = time.process_time()
            self.joined[row.id] = enter_story(article_of(row), self.stories, recent)
            self.seconds += time.process_time() - begun

    def story(self, row: Row) -> str:
        return self.joined[row.id].story_id

    def mutes(self, row: Row) -> bool:
        return self.joined[row.id].kind in MUTING


def article_of(row: Row) -> Article:
    return Article(
        id=row.id,
        url=f"https://{row.outlet or 'wire'}.example/{row.id}",
        title=row.title,
        text=row.text,
        publisher=row.outlet,
        feed_id="feed",
        seen_at=datetime.fromtimestamp(BEGIN + row.at, UTC),
        language=row.language,
    )


def fingerprint(row: Row) -> Fingerprint:
    return fingerprint_of(
        row.id,
        row.title,
        row.text,
        language=row.language,
        outlet=row.outlet,
        seen_at=BEGIN + row.at,
        stream=NOTHING_SEEN,
    )


# ── measures ──


@dataclass(frozen=True)
class BCubed:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(found: Mapping[str, str], gold: Mapping[str, str]) -> BCubed:
    """Bagga and Baldwin (1998), over the articles that have a gold story; others count where they
    are in a story with one of those."""
    sizes = Counter(found.values())
    events = Counter(gold.values())
    both = Counter((found[each], gold[each]) for each in gold)
    return BCubed(
        statistics.mean(both[found[i], gold[i]] / sizes[found[i]] for i in gold),
        statistics.mean(both[found[i], gold[i]] / events[gold[i]] for i in gold),
    )


def mean_of(scores: Iterable[BCubed]) -> BCubed:
    scores = list(scores)
    return BCubed(
        statistics.mean(each.precision for each in scores),
        statistics.mean(each.recall for each in scores),
    )


def folds_of(rows: Sequence[Row], seed: int) -> list[list[Row]]:
    topics = sorted({row.topic for row in rows})
    random.Random(seed).shuffle(topics)
    return [[row for row in rows if row.topic in set(topics[n::FOLDS])] for n in range(FOLDS)]


def cross_validated(
    scores: Mapping[float, Sequence[BCubed]],
) -> tuple[BCubed, list[float]]:
    """Of each fold the score at the threshold that is best on the others."""
    chosen = []
    for fold in range(FOLDS):
        rest = [n for n in range(FOLDS) if n != fold]
        chosen.append(max(scores, key=lambda t: statistics.mean(scores[t][n].f1 for n in rest)))
    return mean_of(scores[best][fold] for fold, best in enumerate(chosen)), chosen


def of_topics(rows: Sequence[Row], count: int) -> list[Row]:
    topics = {*sorted({row.topic for row in rows})[:count]}
    return [row for row in rows if row.topic in topics]


def orders_of(rows: Sequence[Row], orders: int) -> Iterable[list[Row]]:
    for order in range(orders):
        shuffled = list(rows)
        random.Random(order).shuffle(shuffled)
        yield shuffled


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


def gold_of(rows: Sequence[Row]) -> dict[str, str]:
    return {row.id: row.story for row in rows if row.story}


def among_wire(wire: Sequence[Row], events: Sequence[Row], seeds: Sequence[int]) -> dict[str, Any]:
    scores = []
    for seed in seeds:
        rows = mixed(wire, events, seed)
        replay = Replay(rows, RecentArticles())
        scores.append(b_cubed({row.id: replay.story(row) for row in rows}, gold_of(rows)))
    found = mean_of(scores)
    return {
        "b3_mixed": round(found.f1, 4),
        "b3_mixed_precision": round(found.precision, 4),
        "b3_mixed_recall": round(found.recall, 4),
        "b3_mixed_seeds": [round(each.f1, 4) for each in scores],
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
    return {"b3_headlines": round(score.f1, 4)}


def labelled() -> dict[str, Any]:
    """Verdicts on joins that muted, by title and beginning of both articles. Not held out: limits
    were set on joins of the same streams, most of these among them."""
    with LABELS.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["seed"] == LABELS_SEED]
    streams = sorted({row["stream"] for row in rows})
    verdicts = {s: [r["verdict"] == "same" for r in rows if r["stream"] == s] for s in streams}
    return {
        "strict_precision": round(statistics.mean(r["verdict"] == "same" for r in rows), 4),
        "strict_precision_by_stream": {
            s: round(statistics.mean(v), 4) for s, v in verdicts.items()
        },
        "labels": len(rows),
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


# ── peers ──


def peers(rows: Sequence[Row], orders: int) -> dict[str, Any]:
    """On ECB+, threshold by fold as ours."""
    folds = folds_of(rows, seed=7)
    words = {row.id: [t.text for t in terms_of(f"{row.title}\n{row.text}")] for row in rows}
    found: dict[str, Any] = {}
    for peer in PEERS:
        if not is_installed(peer.needs):
            found[peer.name] = f"skipped: {peer.needs} is not installed"
            continue
        scores, seconds = {}, 0.0
        for threshold in peer.thresholds:
            begun = time.process_time()
            scores[threshold] = [
                mean_of(peer_groups(peer(threshold), each, words) for each in orders_of(f, orders))
                for f in folds
            ]
            seconds += time.process_time() - begun
        best, chosen = cross_validated(scores)
        articles = len(rows) * orders * len(peer.thresholds)
        found[peer.name] = {
            "b3_ecbplus": round(best.f1, 4),
            "thresholds": chosen,
            "us_per_article": round(seconds / articles * 1e6),
        }
    return {"peers": found}


def is_installed(module: str) -> bool:
    return not module or importlib.util.find_spec(module) is not None


def peer_groups(peer: Any, rows: Sequence[Row], words: Mapping[str, Sequence[str]]) -> BCubed:
    found = {row.id: str(peer.add(n, words[row.id], row.at)) for n, row in enumerate(rows)}
    return b_cubed(found, gold_of(rows))


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
    if events:
        yield peers(events, 1)


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
