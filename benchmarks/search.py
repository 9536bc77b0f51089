"""What a search of the archive costs, beside other ways to search without a server.

    python benchmarks/search.py TEXTS.jsonl.gz [--articles N] [--first-byte-ms 25]
                                [--peers NAME ...] [--json FILE]

TEXTS has articles, one JSON object a line (`title`, `text`, `lang`): ../shared/data/texts. N
articles are made of their sentences, with names drawn anew. Their shards lie behind a store that
lets each request wait for its first byte and sends 80 MB/s. Keys, of ours and of each peer:

    cold_s            a new process: imports, opening, ten highlighted hits for a query of two
                      words, best first; the median of three
    cold_cpu_s        of that the processor's: on a busy machine the rest is waiting for it
    rounds            requests one after the other that it waited for
    warm_ms_p50, p95  a query that was not asked before, in a process that has the archive open
    newest_first_p95  likewise, newest first
    build_per_s       articles a second, from values to the finished file; CPU seconds
    build_rss_mb      at the most, of a process that only builds
    floor_per_s       likewise, of FTS5 alone that is handed the same words: what no work on the
                      rest of building can exceed
    merge_per_s       from a shard to another, as it is merged: reading included
    merge_rss_mb      likewise
    bytes_per_article of index; what is shown of articles is beside it (store_bytes_per_article)
    package_mb        installed, of the libraries that a search needs and all that these require
    cpu_ms_p50, p95   of processor time a query, with everything at hand and no request; ours with
                      ten highlighted hits, peers with the numbers of ten

Peers that are not installed are left out: tantivy, lancedb, duckdb, fts5 (one whole file).
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installed import installed_mb, is_installed
from search_articles import queries, read, written
from search_peers import KINDS

ROOT = Path(__file__).parents[1]
# Of one connection, and of a function's network in all, as others measured of S3 from Lambda.
BYTES_PER_SECOND, NETWORK_BYTES_PER_SECOND = 80e6, 90e6
THREADS = 64
COLD_RUNS = 3
COLD_QUERY = "government talks"
OURS = "tocsin"
PEERS = tuple(KINDS)


# The store


class SlowFiles:
    """Files as objects: each request waits for its first byte, then for its bytes."""

    def __init__(self, folder: Path, first_byte_ms: float) -> None:
        self._folder = folder
        self._first_byte = first_byte_ms / 1000
        self._lock = threading.Lock()
        self._free_at = 0.0

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        first = time.perf_counter() + self._first_byte
        with self._lock:
            self._free_at = max(self._free_at, first) + length / NETWORK_BYTES_PER_SECOND
            done = max(self._free_at, first + length / BYTES_PER_SECOND)
        if self._first_byte:
            time.sleep(max(0.0, done - time.perf_counter()))
        with (self._folder / key).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def download(self, key: str, to: Path) -> int:
        """A whole file in parts of 8 MB, as many at once as a search has threads; the rounds."""
        size, part = (self._folder / key).stat().st_size, 8 << 20
        with ThreadPoolExecutor(THREADS) as pool, to.open("wb") as out:
            begins = range(0, size, part)
            for body in pool.map(lambda at: self.read_range(key, at, min(part, size - at)), begins):
                out.write(body)
        return -(-len(begins) // THREADS)


# Ours


class Records:
    """Articles as records; `seconds` of the processor went into reading them."""

    def __init__(self, articles: Path) -> None:
        self._articles = read(articles)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Any]:
        begun = time.process_time()
        for each in self._articles:
            record = _record(each)
            self.seconds += time.process_time() - begun
            yield record
            begun = time.process_time()


def _record(each: dict[str, Any]) -> Any:
    from tocsin.archive.records import Record
    from tocsin.articles.urls import identity

    url = f"https://example.org/{each['number']}"
    return Record(
        id=identity(url),
        url=url,
        title=each["title"],
        text=each["text"],
        publisher=each["publisher"],
        feed_id=each["feed"],
        seen_at=each["seen_at"],
        language=each["language"],
        topics=(each["topic"],),
        story_id=each["story"],
    )


def build_ours(articles: Path, count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive import layout
    from tocsin.archive.builder import build

    records = Records(articles)
    begun = time.process_time()
    entry = build(records, folder / "shard", "shard", "month")
    seconds = time.process_time() - begun - records.seconds
    (folder / "entry.json").write_text(entry.model_dump_json())
    with (folder / "shard").open("rb") as file:
        file.seek(entry.head)
        head = layout.unpack_head("shard", file.read())
    store = head.articles[-1]
    return {
        "build_per_s": count / seconds,
        "build_rss_mb": peak_mb(),
        "bytes_per_article": (entry.size - store) / count,
        "store_bytes_per_article": store / count,
    }


def floor_ours(articles: Path, count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive import builder, layout
    from tocsin.archive.records import in_groups
    from tocsin.archive.words import Spelling, codes_of, letter_of, name_words, words_of_name

    spelling, seconds, letter = Spelling(), 0.0, letter_of("en")
    connection = builder.new_database(folder / "words.db", layout.PAGE)
    with connection:
        for records in in_groups(enumerate(Records(articles), 1), 64):
            rows = [
                (
                    number,
                    spelling.text(each.text, letter),
                    spelling.text(each.title, letter),
                    name_words(each.authors),
                    words_of_name(each.publisher),
                    codes_of(each),
                )
                for number, each in records
            ]
            begun = time.process_time()
            connection.executemany(builder.INSERT, rows)
            seconds += time.process_time() - begun
    begun = time.process_time()
    connection.execute("insert into words(words) values('optimize')")
    seconds += time.process_time() - begun
    connection.close()
    (folder / "words.db").unlink()
    return {"floor_per_s": count / seconds}


def merge_ours(count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive.builder import build
    from tocsin.archive.ranges import Ranges
    from tocsin.archive.shard import Shard
    from tocsin.model.archive import ShardEntry

    entry = ShardEntry.model_validate_json((folder / "entry.json").read_text())
    with ThreadPoolExecutor(THREADS) as threads:
        begun = time.process_time()
        shard = Shard(entry, Ranges(SlowFiles(folder, 0), threads, 1 << 20))
        build(shard.articles(), folder / "merged", "merged", "month")
        seconds = time.process_time() - begun
    (folder / "merged").unlink()
    return {"merge_per_s": count / seconds, "merge_rss_mb": peak_mb()}


class Copies(SlowFiles):
    """One shard as many, each seen as much later as it is long. All but keys and head are its own
    bytes: what copies cost is right, what is found in them is the same."""

    def __init__(self, folder: Path, first_byte_ms: float, entry: Any, copies: int) -> None:
        from tocsin.archive import layout

        super().__init__(folder, first_byte_ms)
        span = entry.last - entry.first + 1
        packed = super().read_range("shard", entry.head, entry.size - entry.head)
        head = layout.unpack_head("shard", packed)
        self._keys_at = head.keys
        begin, size = head.keys
        keys = layout.unpack_keys(super().read_range("shard", begin, size))
        self._own: dict[str, tuple[bytes, bytes]] = {}
        self.entries = []
        for number in range(copies):
            key, later = f"shard{number}", number * span
            head.seconds = array("I", (second + later for second, _ in keys[:: layout.KEYS_STEP]))
            moved = b"".join(layout.pack_key(second + later, each) for second, each in keys)
            self._own[key] = moved, layout.pack_head(head)
            changes = {"key": key, "first": entry.first + later, "last": entry.last + later}
            changes["size"] = entry.head + len(self._own[key][1])
            self.entries.append(entry.model_copy(update=changes))
        self._head_at = entry.head

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        found = bytearray(super().read_range("shard", offset, length).ljust(length, b"\0"))
        for begin, part in zip((self._keys_at[0], self._head_at), self._own[key], strict=True):
            first, last = max(begin, offset), min(begin + len(part), offset + length)
            if first < last:
                found[first - offset : last - offset] = part[first - begin : last - begin]
        return bytes(found)


class Ours:
    """The archive open in a process."""

    def __init__(self, folder: Path, first_byte_ms: float, copies: int = 1) -> None:
        from tocsin.archive.hedging import Hedging
        from tocsin.archive.ranges import Ranges
        from tocsin.archive.search import Shards
        from tocsin.model.archive import Manifest, ShardEntry

        entry = ShardEntry.model_validate_json((folder / "entry.json").read_text())
        store = Copies(folder, first_byte_ms, entry, copies) if copies > 1 else None
        threads = ThreadPoolExecutor(THREADS)
        self.manifest = Manifest(shards=tuple(store.entries) if store else (entry,))
        reader = store or SlowFiles(folder, first_byte_ms)
        ranges = Ranges(reader, threads, 512 << 20, Hedging())
        self.shards = Shards(ranges, threads)

    @property
    def rounds(self) -> int:
        return self.shards.ranges.effort.rounds

    def search(self, query: str, newest: bool = False) -> int:
        from tocsin.archive.answers import Asked, Order
        from tocsin.archive.search import search
        from tocsin.query.inflection import StemsAlone

        order = Order.NEWEST if newest else Order.BEST
        asked = Asked(query=query, order=order)
        return len(search(asked, self.manifest, self.shards, StemsAlone()).hits)


def build_peer(name: str, articles: Path, count: int, folder: Path) -> dict[str, float]:
    begun = time.process_time()
    for _ in read(articles):
        pass
    reading = time.process_time() - begun
    begun = time.process_time()
    KINDS[name][0]().build(articles, folder)
    seconds = time.process_time() - begun - (0 if name == "duckdb" else reading)
    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    return {
        "build_per_s": count / seconds,
        "build_rss_mb": peak_mb(),
        "bytes_per_article": size / count,
    }


def downloaded(folder: Path, first_byte_ms: float, to: Path) -> int:
    """Every file of a peer, as from the store; the rounds of requests."""
    rounds, store = 0, SlowFiles(folder, first_byte_ms)
    for file in [each for each in folder.rglob("*") if each.is_file()]:
        name = file.relative_to(folder)
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        rounds += store.download(str(name), to / name)
    return rounds


# One process for each measurement: imports and memory are its own


@dataclass(frozen=True)
class Run:
    texts: Path
    articles: int
    first_byte_ms: float
    folder: Path

    @property
    def made(self) -> Path:
        """Its articles, made up once."""
        return self.folder.parent / "articles.jsonl"

    def fresh(self, step: str, name: str) -> dict[str, float]:
        """In a new process; what it measured."""
        command = [sys.executable, __file__, str(self.texts), "--step", f"{step}:{name}"]
        command += ["--articles", str(self.articles), "--folder", str(self.folder / name)]
        command += ["--first-byte-ms", str(self.first_byte_ms)]
        paths = [str(ROOT / "functions"), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return measured


def build_step(name: str, run: Run) -> dict[str, float]:
    if name == OURS:
        return build_ours(run.made, run.articles, run.folder)
    return build_peer(name, run.made, run.articles, run.folder)


def floor_step(_name: str, run: Run) -> dict[str, float]:
    return floor_ours(run.made, run.articles, run.folder)


def merge_step(_name: str, run: Run) -> dict[str, float]:
    return merge_ours(run.articles, run.folder)


def cold_step(name: str, run: Run) -> dict[str, float]:
    begun = float(os.environ.get("BEGUN", "0"))
    if name == OURS:
        ours = Ours(run.folder, run.first_byte_ms)
        assert ours.search(COLD_QUERY) == 10
        return cold_spent(begun) | {"rounds": ours.rounds}
    with tempfile.TemporaryDirectory() as local:
        rounds = downloaded(run.folder, run.first_byte_ms, Path(local))
        assert KINDS[name][0]().open(Path(local))(COLD_QUERY) > 0
        return cold_spent(begun) | {"rounds": rounds}


def cold_spent(begun: float) -> dict[str, float]:
    return {"cold_s": time.time() - begun, "cold_cpu_s": time.process_time()}


def warm_step(name: str, run: Run) -> dict[str, float]:
    asked = queries(run.texts)
    if name == OURS:
        return warm_ours(asked, run)
    search = KINDS[name][0]().open(run.folder)
    search(COLD_QUERY)
    times = milliseconds(search, asked)
    return spread("warm_ms", times) | processor_time(search, asked)


def warm_ours(asked: Sequence[str], run: Run) -> dict[str, float]:
    ours = Ours(run.folder, run.first_byte_ms)
    ours.search(COLD_QUERY)
    times = milliseconds(ours.search, asked)
    return spread("warm_ms", times) | processor_time(ours.search, asked)


def processor_time(search: Callable[[str], object], asked: Sequence[str]) -> dict[str, float]:
    """With all at hand: of three times that a query is asked the least. What else runs on the
    machine takes from the caches."""
    runs = [milliseconds(search, asked, time.process_time) for _ in range(3)]
    return spread("cpu_ms", [min(each) for each in zip(*runs, strict=True)])


def newest_step(_name: str, run: Run) -> dict[str, float]:
    """Over as many copies of the shard as make ten million articles: what it costs, no more."""
    copies = max(1, min(100, 10_000_000 // run.articles))
    ours = Ours(run.folder, run.first_byte_ms, copies)
    ours.search(COLD_QUERY, newest=True)
    times = milliseconds(lambda query: ours.search(query, newest=True), queries(run.texts))
    return {
        "newest_first_p95": percentile(times, 95),
        "newest_first_articles": copies * run.articles,
    }


STEPS = {
    "build": build_step,
    "floor": floor_step,
    "merge": merge_step,
    "cold": cold_step,
    "warm": warm_step,
    "newest": newest_step,
}


def measured(name: str, run: Run) -> dict[str, float]:
    (run.folder / name).mkdir()
    found = run.fresh("build", name)
    if name == OURS:
        found |= run.fresh("floor", name) | run.fresh("merge", name)
    colds = []
    for _ in range(COLD_RUNS):
        os.environ["BEGUN"] = str(time.time())
        colds.append(run.fresh("cold", name))
    found |= sorted(colds, key=lambda each: each["cold_s"])[COLD_RUNS // 2]
    found |= run.fresh("warm", name)
    if name == OURS:
        found |= run.fresh("newest", name)
    libraries = [KINDS[name][1]] if name in KINDS else ["apsw", "backports.zstd"]
    found["package_mb"] = installed_mb(*libraries)
    return found


def milliseconds(
    act: Callable[[str], object],
    asked: Sequence[str],
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    times = []
    for query in asked:
        begun = clock()
        act(query)
        times.append((clock() - begun) * 1000)
    return times


def spread(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p50": statistics.median(times), f"{name}_p95": percentile(times, 95)}


def percentile(times: Sequence[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--first-byte-ms", type=float, default=25)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    given = parser.parse_args()
    run = Run(given.texts, given.articles, given.first_byte_ms, given.folder)
    if given.step:
        step, _, name = given.step.partition(":")
        print(json.dumps(STEPS[step](name, run)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        run = Run(given.texts.resolve(), given.articles, given.first_byte_ms, Path(folder))
        written(run.texts, run.articles, Path(folder) / "articles.jsonl")
        figures: dict[str, Any] = {"articles": given.articles, **measured(OURS, run)}
        show(OURS, figures)
        figures["peers"] = {}
        for name in given.peers:
            if not is_installed(KINDS[name][1]):
                print(f"{name} is not installed")
                continue
            figures["peers"][name] = measured(name, run)
            show(name, figures["peers"][name])
            shutil.rmtree(run.folder / name)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2))


def show(name: str, figures: dict[str, Any]) -> None:
    print(name)
    for key, value in figures.items():
        print(
            f"  {key:<24}{value:12,.2f}" if isinstance(value, float) else f"  {key:<24}{value:>12,}"
        )


if __name__ == "__main__":
    main()
