"""What a day of the lake costs: from its batches to one Parquet file.

    python benchmarks/lake.py TEXTS.jsonl.gz [--articles 3334] [--json FILE]

TEXTS as in benchmarks/search.py, of whose sentences the articles are made. Keys:

    cpu_s           processor time from batches to the finished file
    rss_mb          the most memory meanwhile, of a process that does only this
    bytes_per_row   of the file
    batch_bytes     of the batches, an article
    lean_bytes      of the file without the text, an article: what a count has to read at most
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
BATCH = 4  # articles an ingest job hands over, as feeds bring them
BEGIN = datetime(2031, 3, 5, tzinfo=UTC)


def batches(texts: Path, count: int) -> Iterator[bytes]:
    from search_articles import made_up

    from tocsin.archive.records import Record, in_groups, to_batch
    from tocsin.articles.urls import identity

    def record(number: int, row: dict[str, str]) -> Record:
        url = f"https://news.example/{number}"
        return Record(
            id=identity(url),
            url=url,
            title=row["title"],
            text=row["text"],
            publisher=f"Publisher {number % 300}",
            feed_id=f"feed-{number % 900}",
            country="de",
            language="en",
            seen_at=BEGIN + timedelta(seconds=20 * number % 86_400),
            published_at=BEGIN + timedelta(seconds=20 * number % 86_400 - 600),
            authors=(f"Author {number % 700}",),
            topics=tuple(f"topic-{number % each}" for each in (7, 90) if number % 3 == 0),
            story_id=identity(f"https://news.example/{number - number % 4}"),
        )

    rows = (record(number, row) for number, row in enumerate(made_up(texts, count)))
    return (to_batch(group) for group in in_groups(rows, BATCH))


def measure(folder: Path) -> dict[str, float]:
    """In a process of its own, of batches that lie in a folder."""
    before = time.process_time()
    from tocsin.archive.lake import Spool
    from tocsin.archive.parquet import write
    from tocsin.archive.records import from_batch

    path = folder / "part-0.parquet"
    with tempfile.TemporaryFile() as file:
        spool = Spool(file, BEGIN.date())
        for each in sorted(folder.glob("*.gz")):
            spool.add(from_batch(each.name, each.read_bytes()))
        count = write(spool.records(), path)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = time.process_time() - before
    return {
        "articles": count,
        "cpu_s": round(cpu, 2),
        "rss_mb": round(rss / 1024),
        "bytes_per_row": round(path.stat().st_size / count),
        "lean_bytes": round((path.stat().st_size - _text_bytes(path)) / count),
    }


def _text_bytes(path: Path) -> int:
    import duckdb

    asked = "SELECT sum(total_compressed_size) FROM parquet_metadata(?) WHERE path_in_schema = ?"
    found = duckdb.execute(asked, [str(path), "text"]).fetchone()
    return int(found[0]) if found else 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("texts", type=Path)
    options.add_argument("--articles", type=int, default=3334)
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    if asked.texts.is_dir():
        print(json.dumps(measure(asked.texts)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder, size = Path(name), 0
        for number, batch in enumerate(batches(asked.texts, asked.articles)):
            (folder / f"{number:06}.gz").write_bytes(batch)
            size += len(batch)
        command = [sys.executable, __file__, str(folder)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout) | {"batch_bytes": round(size / asked.articles)}
    print("\n".join(f"{name:15} {value}" for name, value in result.items()))
    if asked.json:
        asked.json.write_text(json.dumps(result))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
