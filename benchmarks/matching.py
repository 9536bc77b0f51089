"""How fast an article finds its topics among thousands, beside what else does a part of it.

    python benchmarks/matching.py TEXTS.jsonl.gz [--topics N ...] [--peers NAME ...] [--json FILE]

TEXTS has lines with title, text, lang; where some have `bench`, only those are matched, and all are
what topics are made from: ../shared/data/texts/news.jsonl.gz. Single thread; in each round all
engines take all articles, one engine after the other, so that a busy time of the machine hits all;
the median of each article's rounds is averaged over the articles. So is the least of them, which
says more on a busy machine: neighbours take the caches from who has most in them. A peer that needs
more than a few milliseconds an article is given fewer of them, and compared on those. Peers that
are not installed, or do not answer about one article in two minutes, are left out, and said so.

Beside the topics as they are, in the same rounds: the same with stems (`stems`), and the same as a
base of which one topic in a hundred was removed and one in a hundred changed since (`layered`).
"""

import argparse
import gzip
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peers import PEERS, Folded, Peer, folded
from topic_generator import Generator

from tocsin.query.compiled import compile_plans
from tocsin.query.document import Document
from tocsin.query.inflection import stem
from tocsin.query.matcher import Matcher
from tocsin.query.plan import Plan

ROUNDS = 7
OPENINGS = 7  # fresh matchers, each for its first article
SLOW_SECONDS = 0.004  # an article; slower peers get FEW articles, and FEW_ROUNDS
FEW, FEW_ROUNDS = 20, 3
MISSING = 3  # how a trial ends of a peer that is not installed
TRIAL_SECONDS = 120  # for a peer to be built and to answer about one article
CHANGED_SHARE = 100  # one topic in so many is in the delta, and as many were removed


@dataclass(frozen=True)
class Row:
    """An article as Tocsin and as the peers are given it."""

    document: Document
    folded: Folded


@dataclass(frozen=True)
class Timed:
    """Microseconds an article: of each the median of its rounds, and the least."""

    median: float
    least: float


def opened(path: Path) -> Matcher:
    return Matcher.open(path, stem=stem)


def anew(document: Document) -> Document:
    """Another object: a matcher remembers how it read the last one."""
    return replace(document)


def seconds(action: Callable[[Any], object], argument: object) -> float:
    begun = time.thread_time()
    action(argument)
    return time.thread_time() - begun


def ours(matcher: Matcher, document: Document) -> tuple[float, float]:
    """Of reading the article, and of all."""
    document = anew(document)
    reading = seconds(matcher.read, document)
    return reading, reading + seconds(matcher.match, document)


def timed(rounds: Sequence[Sequence[float]]) -> Timed:
    articles = [*zip(*rounds, strict=True)]
    return Timed(
        statistics.mean(map(statistics.median, articles)) * 1e6,
        statistics.mean(map(min, articles)) * 1e6,
    )


def beside(
    matchers: dict[str, Matcher], peers: Sequence[Peer], rows: Sequence[Row], rounds: int
) -> dict[str, Timed]:
    """Of each, by name; of a matcher "read" is a part of "match"."""
    times: dict[str, list[list[float]]] = defaultdict(list)
    for _ in range(rounds):
        for name, matcher in matchers.items():
            pairs = [ours(matcher, row.document) for row in rows]
            times[f"{name} read"].append([read for read, _ in pairs])
            times[f"{name} match"].append([match for _, match in pairs])
        for peer in peers:
            times[peer.name].append([seconds(peer.find, row.folded) for row in rows])
    return {name: timed(measured) for name, measured in times.items()}


def first_article_ms(path: Path, rows: Sequence[Row]) -> tuple[float, float]:
    """Of opening, and of the first article after it."""
    openings, firsts = [], []
    for row in rows[:OPENINGS]:
        begun = time.perf_counter()
        matcher = opened(path)
        openings.append(time.perf_counter() - begun)
        firsts.append(seconds(matcher.match, anew(row.document)))
    return statistics.median(openings) * 1000, statistics.median(firsts) * 1000


def resident_mb(path: Path, documents: Sequence[Document]) -> float:
    """Of a process that has matched all of them, Python and the file's pages included."""
    matcher = opened(path)
    for document in documents:
        matcher.match(document)
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def built(name: str, plans: Sequence[Plan], article: Folded) -> Peer | str:
    """The peer, or why there is none."""
    peer = PEERS[name]()
    if len(plans) > peer.most_topics:
        return f"not asked about more than {peer.most_topics:,} topics"
    trial = multiprocessing.get_context("fork").Process(target=tried, args=(peer, plans, article))
    trial.start()
    trial.join(TRIAL_SECONDS)
    if trial.is_alive():
        trial.kill()
        trial.join()
        return f"did not answer about one article in {TRIAL_SECONDS} s"
    if trial.exitcode:
        return "not installed" if trial.exitcode == MISSING else f"failed ({trial.exitcode})"
    peer.build(plans)
    return peer


def tried(peer: Peer, plans: Sequence[Plan], article: Folded) -> None:
    """In a process of its own: nothing else can stop an engine while it is at work."""
    try:
        peer.build(plans)
    except ImportError:
        sys.exit(MISSING)
    peer.find(article)


def measure(count: int, names: Sequence[str], generator: Generator, rows: Sequence[Row]) -> Any:
    topics = generator.topics(count)
    frequencies = generator.frequencies()
    begun = time.process_time()
    compiled = compile_plans(topics, frequencies)
    build = time.process_time() - begun
    plans = [plan for _, plan in topics]
    peers = {name: built(name, plans, rows[0].folded) for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "topics").write_bytes(compiled)
        changed = topics[::CHANGED_SHARE]
        (folder / "delta").write_bytes(compile_plans(changed, frequencies))
        removed = frozenset(topic_id for topic_id, _ in topics[1::CHANGED_SHARE])
        del topics, plans, compiled, changed
        stems = compile_plans(generator.topics(count, stems=True), frequencies)
        (folder / "stems").write_bytes(stems)
        del stems
        return {**figures(folder, removed, rows, peers), "build_s": build}


def figures(
    folder: Path, removed: frozenset[str], rows: Sequence[Row], asked: dict[str, Peer | str]
) -> dict[str, Any]:
    path = folder / "topics"
    load, first = first_article_ms(path, rows)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        resident = pool.apply(resident_mb, (path, [row.document for row in rows]))
    alone = {"tocsin": opened(path)}
    layered = Matcher.layered(path, folder / "delta", removed, stem=stem)
    matchers = {**alone, "stems": opened(folder / "stems"), "layered": layered}
    peers = [peer for peer in asked.values() if not isinstance(peer, str)]
    slow = [p for p in peers if min(seconds(p.find, r.folded) for r in rows[:3]) > SLOW_SECONDS]
    fast = [peer for peer in peers if peer not in slow]
    all_rows = beside(matchers, fast, rows, ROUNDS)
    few_rows = beside(alone, slow, rows[:FEW], FEW_ROUNDS) if slow else {}
    return {
        **of_matcher("tocsin", alone["tocsin"], rows, all_rows),
        "load_ms": load,
        "first_ms": first,
        "rss_mb": resident,
        "file_bytes": path.stat().st_size,
        "stems": {
            **of_matcher("stems", matchers["stems"], rows, all_rows),
            "file_bytes": (folder / "stems").stat().st_size,
        },
        "layered": of_matcher("layered", layered, rows, all_rows),
        "peers": {
            **{p.name: compared(p, all_rows, len(rows)) for p in fast},
            **{p.name: compared(p, few_rows, FEW) for p in slow},
            **{name: {"skipped": why} for name, why in asked.items() if isinstance(why, str)},
        },
    }


def of_matcher(
    name: str, matcher: Matcher, rows: Sequence[Row], times: dict[str, Timed]
) -> dict[str, float]:
    return {
        "ours_us": times[f"{name} match"].median,
        "least_us": times[f"{name} match"].least,
        "encode_us": times[f"{name} read"].median,
        "matched_topics": statistics.mean(len(matcher.match(row.document)) for row in rows),
    }


def compared(peer: Peer, times: dict[str, Timed], articles: int) -> dict[str, Any]:
    """`us` and `ours_us` are of the same articles, in the same rounds."""
    its, here = times[peer.name], times["tocsin match"]
    return {
        "us": its.median,
        "ours_us": here.median,
        "ratio": its.median / here.median,
        "least_us": its.least,
        "least_ratio": its.least / here.least,
        "articles": articles,
        "lacks": peer.lacks,
    }


def show(count: int, made: dict[str, Any]) -> None:
    print(
        f"\n{count:,} topics: built in {made['build_s']:.1f} s, "
        f"{made['file_bytes'] / max(count, 1):.0f} bytes each, opened in {made['load_ms']:.2f} ms, "
        f"first article {made['first_ms']:.1f} ms, {made['rss_mb']:.0f} MB resident"
    )
    stems, layered = made["stems"], made["layered"]
    size = f"{stems['file_bytes'] / max(count, 1):.0f} bytes each"
    for name, each in (("tocsin", made), (f"with stems, {size}", stems), ("layered", layered)):
        print(
            f"  {each['ours_us']:10.0f} µs an article ({each['least_us']:.0f} at the least), "
            f"{each['encode_us']:.0f} of them to read it; "
            f"{each['matched_topics']:.1f} topics match   {name}"
        )
    for name, peer in made["peers"].items():
        if "skipped" in peer:
            print(f"  {'–':>10}             {name}: {peer['skipped']}")
        else:
            ratio = f"{peer['ratio']:.2f}× ({peer['least_ratio']:.2f}× at the least)"
            print(f"  {peer['us']:10.0f} µs {ratio:>28}   {name}; lacks {peer['lacks']}")


def read_texts(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--topics", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    texts = read_texts(options.texts)
    asked = [text for text in texts if text.get("bench")] or texts
    whole, some = (
        [(text["lang"], f"{text['title']}\n{text['text']}") for text in each]
        for each in (texts, asked)
    )
    generator = Generator(whole, some)
    documents = [Document(text["title"], text["text"], language=text["lang"]) for text in asked]
    rows = [Row(document, folded(document)) for document in documents]
    results = {}
    for count in options.topics:
        results[str(count)] = measure(count, options.peers, generator, rows)
        show(count, results[str(count)])
        if options.json:
            options.json.write_text(json.dumps(results, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
