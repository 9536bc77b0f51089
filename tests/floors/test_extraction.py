"""What benchmarks/extraction.py measures may only get better. Needs its pages, else skips."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.extraction import Tally, measure_leaks, ours, read_folder, run

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
needs_pages = pytest.mark.skipif(
    not (DATA / "pages" / "index.json").exists(), reason=f"no pages at {DATA}; set TOCSIN_DATA"
)
EVERY = 2  # pages: some seconds, and the same ones each time

# A little under what was measured on these pages.
FLOORS = {
    "pages": {"f1": 0.965, "precision": 0.96, "recall": 0.97},
    "pages_publishers": {"f1": 0.974, "para_precision": 0.945, "para_recall": 0.921},
}


def every_second(folder: str) -> dict[str, Any]:
    return dict(list(read_folder(DATA / folder).items())[::EVERY])


@needs_pages
@pytest.mark.parametrize("folder", FLOORS)
def test_the_text_of_real_pages_is_found_and_little_else(folder: str) -> None:
    tally = Tally()
    for gold, body in every_second(folder).values():
        found, seconds, broken = run(ours, body, gold["url"])
        assert not broken
        tally.add(gold, found, seconds)
    figures = tally.figures()
    short = {name: figures[name] for name, least in FLOORS[folder].items() if figures[name] < least}
    assert not short


@needs_pages
def test_few_of_the_blocks_that_pages_set_between_paragraphs_get_in() -> None:
    leaks = measure_leaks(every_second("pages"), {"ours": ours}, most=6)["ours"]
    assert max(leaks.values()) <= 0.2, leaks


@needs_pages
@pytest.mark.skipif(not find_spec("lightgbm"), reason="needs lightgbm: see train_extraction.py")
def test_learning_again_gives_the_weights_that_are_there() -> None:
    command = [sys.executable, "benchmarks/train_extraction.py", str(DATA / "pages_web"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
