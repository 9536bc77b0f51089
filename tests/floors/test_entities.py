"""What benchmarks/entities.py measures may only get better. Needs its data, else skips."""

import os
from pathlib import Path

import pytest

from benchmarks.entities import figures_of, read
from tocsin.archive.entities import LANGUAGES

FOLDER = Path(os.environ.get("TOCSIN_DATA", Path(__file__).parents[3] / "shared" / "data"))
TEXTS = FOLDER / "texts" / "news.jsonl.gz"

needs_data = pytest.mark.skipif(not TEXTS.exists(), reason=f"no texts at {TEXTS}; set TOCSIN_DATA")


@needs_data
@pytest.mark.parametrize(("language", "names"), [("en", 0.98), ("de", 0.92), ("uk", 0.83)])
def test_names_are_names_as_often_as_before(language: str, names: float) -> None:
    figures = figures_of(read(TEXTS), language)
    assert figures["unlabelled"] <= 0.03 * figures["values"]
    assert figures["names"] >= names
    assert (figures["names"] >= 0.9) == (language in LANGUAGES)
