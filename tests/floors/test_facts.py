"""How many titles, authors and dates of real pages are exact. Floors that only go up."""

import os
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.facts import exact_of, pages_of, shares

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
EVERY = 2  # pages
# A little under what was measured on these pages.
FLOORS = {"title": 0.88, "authors": 0.91, "date": 0.97}


def test_facts_of_real_pages_are_as_often_exact_as_they_were() -> None:
    folder = DATA / "pages_publishers"
    if not folder.is_dir():
        pytest.skip(f"no pages at {DATA}; set TOCSIN_DATA")
    found = shares(
        [exact_of(body, gold) for _, body, gold in islice(pages_of(folder), 0, None, EVERY)]
    )
    assert {field: found[field] for field in FLOORS if found[field] < FLOORS[field]} == {}
