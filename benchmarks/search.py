"""What a search of the archive costs, beside other ways to search without a server.

    python benchmarks/search.py TEXTS.jsonl.gz [--articles N] [--first-byte-ms 25]
                                [--peers NAME ...] [--json FILE]

TEXTS has articles, one JSON object a line (`title`, `text`, `lang`): ../shared/data/texts. N
articles are made of their sentences, with names drawn anew. Their shards lie behind a store that
lets each request wait for its first byte and sends 80 MB/s. Keys, of ours and of each peer:

    cold_s            a new process: imports, opening, ten highlighted hits for a query of two
                      words, best first; the median of three
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
    package_mb        installed, of what a search imports beyond the standard library
    cpu_ms_p95        of processor time a query, with everything at hand and no request

Peers that are not installed are left out: tantivy, lancedb, duckdb, fts5 (one whole file).
"""

import argparse
import gzip
import importlib.util
import json
import os
import random
import re
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Of one connection, and of a function's network in all, as others measured of S3 from Lambda.
BYTES_PER_SECOND, NETWORK_BYTES_PER_SECOND = 80e6, 90e6
THREADS = 24
COLD_RUNS = 3
QUERIES, SEED = 40, 11
COLD_QUERY = "government talks"
OURS = "tocsin"
PEERS = ("tantivy", "lancedb", "duckdb", "fts5")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")


# Articles


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
        yield {
            "number": number,
            "title": named(drawn.choice(titles)),
            "text": named(body),
            "publisher": f"Publisher {int(200 * drawn.random() ** 2)}",
            "seen_at": begin + timedelta(seconds=number * 8),
            "topic": f"topic-{int(100 * drawn.random() ** 2)}",
        }


def queries(texts: Path, count: int = QUERIES) -> list[str]:
    """Of one word to three, as frequent as words are in titles; the same every time."""
    _, titles = sentences(texts)
    drawn = random.Random(SEED + 1)
    words = [w.lower() for title in titles for w in re.findall(r"[A-Za-z]{4,}", title)]
    return [" ".join(drawn.sample(words, drawn.choice((1, 1, 2, 2, 3)))) for _ in range(count)]


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


class Made:
    """Articles as records; `seconds` of the processor went into making them up."""

    def __init__(self, texts: Path, count: int) -> None:
        self._articles = made_up(texts, count)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Any]:
        from tocsin.archive.records import Record
        from tocsin.articles.urls import identity

        begun = time.process_time()
        for each in self._articles:
            url = f"https://example.org/{each['number']}"
            record = Record(
                id=identity(url),
                url=url,
                title=each["title"],
                text=each["text"],
                publisher=each["publisher"],
                feed_id=each["publisher"].lower().replace(" ", "-"),
                seen_at=each["seen_at"],
                language="en",
                topics=(each["topic"],),
                story_id=identity(str(each["number"] // 3)),
            )
            self.seconds += time.process_time() - begun
            yield record
            begun = time.process_time()


def build_ours(texts: Path, count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive import layout
    from tocsin.archive.builder import build

    made = Made(texts, count)
    begun = time.process_time()
    entry = build(made, folder / "shard", "shard", "month")
    seconds = time.process_time() - begun - made.seconds
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


def floor_ours(texts: Path, count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive import builder, layout
    from tocsin.archive.records import in_groups
    from tocsin.archive.words import Spelling, codes_of, letter_of, name_words

    spelling, seconds, letter = Spelling(), 0.0, letter_of("en")
    connection = builder.new_database(folder / "words.db", layout.PAGE)
    with connection:
        for records in in_groups(enumerate(Made(texts, count), 1), 64):
            rows = [
                (
                    number,
                    spelling.text(each.text, letter),
                    spelling.text(each.title, letter),
                    name_words(each.authors),
                    name_words([each.publisher]),
                    codes_of(each),
                )
                for number, each in records
            ]
            begun = time.process_time()
            connection.executemany(builder.INSERT, rows)
            seconds += time.process_time() - begun
    begun = time.process_time()
    connection.execute("insert into words(words) values('optimize')")
    connection.execute("vacuum into ?", (str(folder / "floor"),))
    seconds += time.process_time() - begun
    connection.close()
    for name in ("words.db", "floor"):
        (folder / name).unlink()
    return {"floor_per_s": count / seconds}


def merge_ours(count: int, folder: Path) -> dict[str, float]:
    from tocsin.archive.builder import build
    from tocsin.archive.ranges import Ranges
    from tocsin.archive.shard import Shard
    from tocsin.model import ShardEntry

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
        from tocsin.archive.ranges import Ranges
        from tocsin.archive.search import Shards
        from tocsin.model import Manifest, ShardEntry

        entry = ShardEntry.model_validate_json((folder / "entry.json").read_text())
        store = Copies(folder, first_byte_ms, entry, copies) if copies > 1 else None
        threads = ThreadPoolExecutor(THREADS)
        self.manifest = Manifest(shards=tuple(store.entries) if store else (entry,))
        reader = store or SlowFiles(folder, first_byte_ms)
        ranges = Ranges(reader, threads, 512 << 20)
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


def installed_mb(*packages: str) -> float:
    """Of what Python would import, with all that lies beside it."""
    folders = [Path(str(importlib.util.find_spec(name).origin)).parent for name in packages]  # type: ignore[union-attr]
    files = {file for folder in folders for file in folder.rglob("*") if file.is_file()}
    return sum(f.stat().st_size for f in files if "__pycache__" not in f.parts) / 1e6


# Peers: each builds, and searches in a process that has downloaded it


class Tantivy:
    def build(self, texts: Path, count: int, folder: Path) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("title", stored=True, tokenizer_name="en_stem")
        schema.add_text_field("body", stored=False, tokenizer_name="en_stem")
        schema.add_unsigned_field("number", stored=True)
        index = tantivy.Index(schema.build(), path=str(folder))
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for each in made_up(texts, count):
            fields = {"title": each["title"], "body": each["text"], "number": each["number"]}
            writer.add_document(tantivy.Document(**fields))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> Callable[[str], int]:
        import tantivy

        index = tantivy.Index.open(str(folder))
        searcher = index.searcher()

        def search(query: str) -> int:
            parsed = index.parse_query(
                " AND ".join(query.split()), ["title", "body"], field_boosts={"title": 5.0}
            )
            return len(searcher.search(parsed, 10).hits)

        return search


class WholeFts5:
    def build(self, texts: Path, count: int, folder: Path) -> None:
        import apsw

        connection = apsw.Connection(str(folder / "words.db"))
        connection.execute("pragma journal_mode=off; pragma synchronous=off")
        tokenizer = "porter unicode61 remove_diacritics 2"
        connection.execute(
            "create virtual table words using fts5"
            f"(title, body, content='', tokenize='{tokenizer}')"
        )
        with connection:
            connection.executemany(
                "insert into words(rowid, title, body) values (?, ?, ?)",
                ((e["number"] + 1, e["title"], e["text"]) for e in made_up(texts, count)),
            )
        connection.execute("insert into words(words) values('optimize')")
        connection.close()

    def open(self, folder: Path) -> Callable[[str], int]:
        import apsw

        connection = apsw.Connection(str(folder / "words.db"), flags=apsw.SQLITE_OPEN_READONLY)
        sql = "select rowid from words where words match ? order by bm25(words, 5, 1) limit 10"

        def search(query: str) -> int:
            return len(connection.execute(sql, (query,)).fetchall())

        return search


class DuckDb:
    def build(self, texts: Path, count: int, folder: Path) -> None:
        import duckdb

        lines = folder.parent / "articles.jsonl"
        with lines.open("w") as out:
            for each in made_up(texts, count):
                row = {n: each[n] for n in ("number", "title", "text")}
                out.write(json.dumps(row) + "\n")
        with duckdb.connect() as connection:
            connection.execute("set threads=1; set memory_limit='1GB'")
            connection.execute(
                f"copy (select * from read_json('{lines}')) to '{folder}/articles.parquet'"
                " (format parquet, compression zstd)"
            )
        lines.unlink()

    def open(self, folder: Path) -> Callable[[str], int]:
        import duckdb

        connection = duckdb.connect()

        def search(query: str) -> int:
            words = [f"%{word}%" for word in query.split()]
            where = " and ".join("(title ilike ? or text ilike ?)" for _ in words)
            sql = f"select number from '{folder}/articles.parquet' where {where} limit 10"
            return len(connection.execute(sql, [w for w in words for _ in (1, 2)]).fetchall())

        return search


class Lance:
    def build(self, texts: Path, count: int, folder: Path) -> None:
        import lancedb

        names = ("number", "title", "text")
        rows = [{n: each[n] for n in names} for each in made_up(texts, count)]
        table = lancedb.connect(str(folder)).create_table("articles", rows)
        table.create_fts_index("text", with_position=True, use_tantivy=False)

    def open(self, folder: Path) -> Callable[[str], int]:
        import lancedb

        table = lancedb.connect(str(folder)).open_table("articles")
        return lambda query: len(table.search(query, query_type="fts").limit(10).to_list())


KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "tantivy": (Tantivy, ("tantivy",)),
    "lancedb": (Lance, ("lancedb", "lance", "pyarrow")),
    "duckdb": (DuckDb, ("duckdb", "_duckdb")),
    "fts5": (WholeFts5, ("apsw",)),
}


def build_peer(name: str, texts: Path, count: int, folder: Path) -> dict[str, float]:
    begun = time.process_time()
    for _ in made_up(texts, count):
        pass
    making = time.process_time() - begun
    begun = time.process_time()
    KINDS[name][0]().build(texts, count, folder)
    seconds = time.process_time() - begun - making
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
        return build_ours(run.texts, run.articles, run.folder)
    return build_peer(name, run.texts, run.articles, run.folder)


def floor_step(_name: str, run: Run) -> dict[str, float]:
    return floor_ours(run.texts, run.articles, run.folder)


def merge_step(_name: str, run: Run) -> dict[str, float]:
    return merge_ours(run.articles, run.folder)


def cold_step(name: str, run: Run) -> dict[str, float]:
    begun = float(os.environ.get("BEGUN", "0"))
    if name == OURS:
        ours = Ours(run.folder, run.first_byte_ms)
        assert ours.search(COLD_QUERY) == 10
        return {"cold_s": time.time() - begun, "rounds": ours.rounds}
    with tempfile.TemporaryDirectory() as local:
        rounds = downloaded(run.folder, run.first_byte_ms, Path(local))
        assert KINDS[name][0]().open(Path(local))(COLD_QUERY) > 0
        return {"cold_s": time.time() - begun, "rounds": rounds}


def warm_step(name: str, run: Run) -> dict[str, float]:
    asked = queries(run.texts)
    if name == OURS:
        return warm_ours(asked, run)
    search = KINDS[name][0]().open(run.folder)
    search(COLD_QUERY)
    times = milliseconds(lambda query: search(query), asked)
    cpu = milliseconds(lambda query: search(query), asked, time.process_time)
    return spread("warm_ms", times) | {"cpu_ms_p95": percentile(cpu, 95)}


def warm_ours(asked: Sequence[str], run: Run) -> dict[str, float]:
    ours = Ours(run.folder, run.first_byte_ms)
    ours.search(COLD_QUERY)
    times = milliseconds(ours.search, asked)
    cpu = milliseconds(ours.search, asked, time.process_time)
    return spread("warm_ms", times) | {"cpu_ms_p95": percentile(cpu, 95)}


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
    packages = KINDS[name][1] if name in KINDS else ("apsw",)
    found["package_mb"] = installed_mb(*packages)
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
        figures: dict[str, Any] = {"articles": given.articles, **measured(OURS, run)}
        show(OURS, figures)
        figures["peers"] = {}
        for name in given.peers:
            if any(importlib.util.find_spec(each) is None for each in KINDS[name][1][:1]):
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
