"""What benchmarks/headlines.py measures may only get better. Needs its data, else skips."""

import os
from pathlib import Path

import pytest

from benchmarks.headlines import measure

FOLDER = Path(os.environ.get("TOCSIN_DATA", Path(__file__).parents[3] / "shared" / "data"))
STREAM = FOLDER / "stories" / "uci.jsonl.gz"

needs_data = pytest.mark.skipif(
    not STREAM.exists(), reason=f"no headlines at {STREAM}; set TOCSIN_DATA"
)


@needs_data
def test_headlines_are_found_no_worse_and_no_more_wrongly_than_before() -> None:
    figures = measure(STREAM)
    assert figures["found"] >= 0.99
    assert figures["retold"] >= 0.66
    assert figures["wrongly"] <= 0.12
