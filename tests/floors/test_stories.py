"""What benchmarks/stories.py measures may only get better. Needs its data, else skips."""

import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.stories import measure
from benchmarks.story_labels import labelled

FOLDER = Path(os.environ.get("TOCSIN_DATA", Path(__file__).parents[3] / "shared" / "data"))
DATA = FOLDER / "stories"

needs_data = pytest.mark.skipif(
    not (DATA / "reuters.jsonl.gz").exists(), reason=f"no streams at {DATA}; set TOCSIN_DATA"
)

# A little under, or over, what was measured on a part of the streams.
AT_LEAST = {"copies_linked": 0.97, "b3_ecbplus_shipped": 0.895}
AT_MOST = {
    "double_alerts": 0.03,
    "copies_ringing": 0.08,
    "wrong_ticker_pairs": 25,
    # Eight terms are looked up, of sixteen units that an article may cost; with six it was 12.5.
    "reads_per_article": 14.5,
    "writes_per_article": 8.5,
}


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return measure(DATA, quick=True)


@needs_data
@pytest.mark.parametrize("name", AT_LEAST)
def test_stories_are_found_no_worse_than_before(figures: dict[str, Any], name: str) -> None:
    assert figures[name] >= AT_LEAST[name]


@needs_data
@pytest.mark.parametrize("name", AT_MOST)
def test_stories_err_and_cost_no_more_than_before(figures: dict[str, Any], name: str) -> None:
    assert figures[name] <= AT_MOST[name]


def test_what_mutes_was_found_to_be_the_same_event_nineteen_times_of_twenty() -> None:
    figures = labelled()
    assert figures["labels"] >= 300
    assert figures["strict_precision"] >= 0.95
    assert figures["strict_precision_of_all"] >= 0.965
