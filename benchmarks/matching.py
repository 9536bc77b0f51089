"""How fast an article finds its topics among thousands, beside what else does a part of it.

    python benchmarks/matching.py TEXTS.jsonl.gz [--topics N ...] [--peers NAME ...] [--json FILE]

TEXTS has lines with title, text, lang; where some have `bench`, only those are matched, and all are
what topics are made from: ../shared/data/texts/news.jsonl.gz. Single thread; in each round all
engines take all articles, one engine after the other, so that a busy time of the machine hits all;
the median of each article's rounds is averaged over the articles. A peer that needs more than a few
milliseconds an article is given fewer of them, and compared on those. Peers that are not installed
are left out.
"""

import argparse
import gzip
import json
import multiprocessing
import statistics
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
from tocsin.query.matcher import Matcher
from tocsin.query.plan import Plan

ROUNDS = 7
OPENINGS = 7  # fresh matchers, each for its first article
SLOW_SECONDS = 0.004  # an article; slower peers get FEW articles, and FEW_ROUNDS
FEW, FEW_ROUNDS = 20, 3


@dataclass(frozen=True)
class Row:
    """An article as Tocsin and as the peers are given it."""

    document: Document
    folded: Folded


def no_stem(form: str, language: str) -> str:  # noqa: ARG001 (the generator's topics have none)
    return form


def opened(path: Path) -> Matcher:
    return Matcher.open(path, stem=no_stem)


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


def medians(rounds: Sequence[Sequence[float]]) -> float:
    """Microseconds an article."""
    return statistics.mean(map(statistics.median, zip(*rounds, strict=True))) * 1e6


def beside(matcher: Matcher, peers: Sequence[Peer], rows: Sequence[Row], rounds: int) -> Any:
    """Rounds of each, by name: "read" and "match" are ours."""
    times: dict[str, list[list[float]]] = defaultdict(list)
    for _ in range(rounds):
        pairs = [ours(matcher, row.document) for row in rows]
        times["read"].append([read for read, _ in pairs])
        times["match"].append([match for _, match in pairs])
        for peer in peers:
            times[peer.name].append([seconds(peer.find, row.folded) for row in rows])
    return {name: medians(measured) for name, measured in times.items()}


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


def built(name: str, plans: Sequence[Plan]) -> Peer | str:
    """The peer, or why there is none."""
    peer = PEERS[name]()
    if len(plans) > peer.most_topics:
        return f"not asked about more than {peer.most_topics:,} topics"
    try:
        peer.build(plans)
    except ImportError:
        return "not installed"
    return peer


def measure(count: int, names: Sequence[str], generator: Generator, rows: Sequence[Row]) -> Any:
    topics = generator.topics(count)
    frequencies = generator.frequencies()
    begun = time.process_time()
    compiled = compile_plans(topics, frequencies)
    build = time.process_time() - begun
    plans = [plan for _, plan in topics]
    del topics
    peers = {name: built(name, plans) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topics"
        path.write_bytes(compiled)
        return {**figures(path, rows, peers), "build_s": build, "file_bytes": len(compiled)}


def figures(path: Path, rows: Sequence[Row], asked: dict[str, Peer | str]) -> dict[str, Any]:
    load, first = first_article_ms(path, rows)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        resident = pool.apply(resident_mb, (path, [row.document for row in rows]))
    matcher = opened(path)
    matched = statistics.mean(len(matcher.match(row.document)) for row in rows)
    peers = [peer for peer in asked.values() if not isinstance(peer, str)]
    slow = [p for p in peers if min(seconds(p.find, r.folded) for r in rows[:3]) > SLOW_SECONDS]
    fast = [peer for peer in peers if peer not in slow]
    all_rows = beside(matcher, fast, rows, ROUNDS)
    few_rows = beside(matcher, slow, rows[:FEW], FEW_ROUNDS) if slow else {}
    return {
        "ours_us": all_rows["match"],
        "encode_us": all_rows["read"],
        "matched_topics": matched,
        "load_ms": load,
        "first_ms": first,
        "rss_mb": resident,
        "peers": {
            **{p.name: compared(p, all_rows, len(rows)) for p in fast},
            **{p.name: compared(p, few_rows, FEW) for p in slow},
            **{name: {"skipped": why} for name, why in asked.items() if isinstance(why, str)},
        },
    }


def compared(peer: Peer, times: dict[str, float], articles: int) -> dict[str, Any]:
    """`us` and `ours_us` are of the same articles, in the same rounds."""
    us, here = times[peer.name], times["match"]
    ratio = us / here
    return {"us": us, "ours_us": here, "ratio": ratio, "articles": articles, "lacks": peer.lacks}


def show(count: int, made: dict[str, Any]) -> None:
    print(
        f"\n{count:,} topics: built in {made['build_s']:.1f} s, "
        f"{made['file_bytes'] / max(count, 1):.0f} bytes each, opened in {made['load_ms']:.2f} ms, "
        f"first article {made['first_ms']:.1f} ms, {made['rss_mb']:.0f} MB resident\n"
        f"  tocsin          {made['ours_us']:10.0f} µs an article, {made['encode_us']:.0f} of them "
        f"to read it; {made['matched_topics']:.1f} topics match"
    )
    for name, peer in made["peers"].items():
        if "skipped" in peer:
            print(f"  {name:<15} {'–':>10}    {peer['skipped']}")
        else:
            ratio = f"{peer['ratio']:.2f}×"
            print(f"  {name:<15} {peer['us']:10.0f} µs {ratio:>8}   lacks {peer['lacks']}")


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
