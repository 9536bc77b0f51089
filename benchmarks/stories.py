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
# All that mute with these times of the events, and all headlines that do, have been read.
LABELLED_SEEDS = (101, 102)
FOLDS, ORDERS = 5, 6
THRESHOLDS = (0.28, 0.3, 0.32, 0.34, 0.36, 0.38)
MIXED_SEEDS = (5, 6, 7, *LABELLED_SEEDS)  # of the times of the events
BEGIN = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())  # streams are from zero
COPIES = 3_600
PEER_WIRE, PEER_TOPICS, PEER_SEED = 4_000, 22, 8  # two weeks of the wire
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

    def same_as(self, row: Row) -> str:
        """Whose bell does for this one."""
        place = self.stories.places[row.id]
        return place.same_as or place.into


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
    scores, missing, joins = [], 0, 0
    for seed in seeds:
        rows = mixed(wire, events, seed)
        replay = Replay(rows, RecentArticles())
        scores.append(b_cubed({row.id: replay.story(row) for row in rows}, gold_of(rows)))
        if seed in LABELLED_SEEDS:
            new, of_all = unread(rows, replay)
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


# ── what mutes, as it was read ──


def labels() -> list[dict[str, str]]:
    with LABELS.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def labelled() -> dict[str, Any]:
    """Verdicts on what mutes: on what was held out when its limits were set, and on all."""
    rows = [row for row in labels() if row["drawn"] != "gone"]
    held_out = [row for row in rows if row["drawn"] == "held_out"]
    streams = sorted({row["stream"] for row in rows})
    low, high = interval(held_out)
    return {
        "strict_precision": precision(held_out),
        "strict_precision_interval": [low, high],
        "strict_precision_by_stream": {s: precision(of_stream(held_out, s)) for s in streams},
        "labels": len(held_out),
        "strict_precision_of_all": precision(rows),
        "strict_precision_of_all_by_stream": {s: precision(of_stream(rows, s)) for s in streams},
        "labels_of_all": len(rows),
    }


def of_stream(rows: Sequence[dict[str, str]], stream: str) -> list[dict[str, str]]:
    return [row for row in rows if row["stream"] == stream]


def precision(rows: Sequence[dict[str, str]]) -> float:
    return round(statistics.mean(row["verdict"] == "same" for row in rows), 4)


def interval(rows: Sequence[dict[str, str]]) -> tuple[float, float]:
    """In which the share is with 95 % confidence (Wilson, 1927)."""
    z, n = 1.96, len(rows)
    share = statistics.mean(row["verdict"] == "same" for row in rows)
    middle = share + z * z / (2 * n)
    around = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    low, high = (each / (1 + z * z / n) for each in (middle - around, middle + around))
    return round(low, 4), round(high, 4)


def unread(rows: Sequence[Row], replay: Replay) -> tuple[int, int]:
    """How many of the joins that mute have no label, and of how many: all that are not word for
    word the same."""
    known = {(row["article"], row["joined"]) for row in labels()}
    said = {row.id: f"{row.title}\n{row.text}" for row in rows}
    joins = [(row.id, replay.same_as(row)) for row in rows if replay.mutes(row)]
    differ = [(one, other) for one, other in joins if said[one] != said[other]]
    return sum(join not in known for join in differ), len(differ)


# ── beyond one language ──


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


def peers(events: Sequence[Row], wire: Sequence[Row]) -> dict[str, Any]:
    """Side by side: on ECB+, threshold by fold as ours, and on a part of it among a part of the
    wire, with what that costs. Peers have there the threshold that is best there, and their words
    for nothing; ours has the shipped one, and begins with texts."""
    words = {row.id: _words(row) for row in (*wire, *events)}
    some = mixed(wire[:PEER_WIRE], of_topics(events, PEER_TOPICS), PEER_SEED)
    found: dict[str, Any] = {"tocsin": ours(events, some)}
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


def ours(events: Sequence[Row], some: Sequence[Row]) -> dict[str, Any]:
    alone = ecbplus(events, 1, THRESHOLDS)["b3_ecbplus"]
    replay = Replay(some, RecentArticles())
    found = {row.id: replay.story(row) for row in some}
    bill = replay.stories.reads, replay.stories.writes, replay.stories.state_bytes()
    return {"b3_ecbplus": alone, **figures(some, found, replay.seconds, bill)}


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
    if events and wire:
        yield peers(events, wire)


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
