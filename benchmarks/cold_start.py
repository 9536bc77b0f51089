"""What a cold start pays: the import of each handler in a fresh process, and the zip's size.

    python benchmarks/cold_start.py [--runs 7] [--json FILE]

Handlers are measured in turn, round by round, so that a busy moment of the machine hits all; the
median of each is given, beside that of an empty process and of boto3 for comparison. The zip is
that of `make build`, compressed as `sam deploy` does; without a build its row is left out.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILT = ROOT / ".aws-sam" / "build" / "IngestFunction"
STAGES = ("dispatch", "poll", "ingest", "alert", "api", "search")
STATEMENTS = {
    "(empty process)": "pass",
    "(boto3)": "import boto3",
    **{stage: f"import tocsin.handlers.{stage}" for stage in STAGES},
}


def seconds_of(statement: str) -> float:
    begun = time.perf_counter()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "functions")}
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True)
    return time.perf_counter() - begun


def imports(runs: int) -> dict[str, float]:
    """Median milliseconds by handler. One round comes first, uncounted, to fill the caches."""
    rounds = [{n: seconds_of(s) for n, s in STATEMENTS.items()} for _ in range(runs + 1)][1:]
    return {n: statistics.median(each[n] for each in rounds) * 1000 for n in STATEMENTS}


def zip_megabytes(folder: Path) -> tuple[float, list[tuple[str, float]]]:
    """Of the whole, and of its ten biggest parts."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            made.write(path, path.relative_to(folder))
    parts: Counter[str] = Counter()
    for entry in made.infolist():
        parts[entry.filename.partition("/")[0]] += entry.compress_size
    whole = len(archive.getvalue()) / 1e6
    return whole, [(name, size / 1e6) for name, size in parts.most_common(10)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, object] = {"import_ms": imports(options.runs)}
    for name, milliseconds in figures["import_ms"].items():
        print(f"{name:<18}{milliseconds:7.0f} ms")
    if BUILT.is_dir():
        whole, parts = zip_megabytes(BUILT)
        figures |= {"zip_mb": whole, "zip_parts_mb": dict(parts)}
        print(f"\nzip {whole:.1f} MB, of which " + ", ".join(f"{n} {s:.1f}" for n, s in parts))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
