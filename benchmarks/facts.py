"""Title, authors and date of pages against their gold: which are exact.

    python benchmarks/facts.py FOLDER ... [--json FILE]

Folders hold NAME.html.gz and an index.json (url, title, authors, date). A title is exact but for
white space; authors are where the same names are there, whatever their order and case, and gold
that has several names in one string is taken apart; a date is where the day is the same, in the
zone that the page states it in. What the gold does not have is not counted.
"""

import argparse
import gzip
import json
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tocsin.articles.metadata import Facts, facts_of
from tocsin.articles.pages import open_page
from tocsin.errors import PageError

FIELDS = ("title", "authors", "date")
_BETWEEN_NAMES = re.compile(r",?\s+(?:and|und|et|y|e|og|och|&)\s+|\s*[,;|]\s*")


def score(
    title: str | None, authors: Sequence[str], published_at: datetime | None, gold: dict[str, Any]
) -> dict[str, bool]:
    """Which of a page's facts are exact; those that its gold does not state are left out."""
    exact = {}
    if gold.get("title"):
        exact["title"] = _one_line(title or "") == _one_line(gold["title"])
    if gold.get("authors"):
        exact["authors"] = _names(authors) == _names(gold["authors"])
    if gold.get("date"):
        exact["date"] = published_at is not None and f"{published_at:%Y-%m-%d}" == gold["date"][:10]
    return exact


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _names(stated: Sequence[str]) -> set[str]:
    parts = (part for each in stated for part in _BETWEEN_NAMES.split(each))
    return {_one_line(part).casefold() for part in parts if part.strip()}


def shares(exact: Sequence[dict[str, bool]]) -> dict[str, float]:
    """Of the pages whose gold has the fact."""
    return {
        field: round(statistics.mean(each[field] for each in exact if field in each), 4)
        for field in FIELDS
        if any(field in each for each in exact)
    }


def pages_of(folder: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    index = json.loads((folder / "index.json").read_text())
    for name, gold in index.items():
        yield name, gzip.decompress((folder / f"{name}.html.gz").read_bytes()), gold


def facts_in(body: bytes, url: str) -> Facts:
    try:
        return facts_of(open_page(body, "text/html", url).tree, url)
    except PageError:
        return Facts()


def exact_of(body: bytes, gold: dict[str, Any]) -> dict[str, bool]:
    facts = facts_in(body, gold["url"])
    return score(facts.title, facts.authors, facts.published_at, gold)


def measure(folder: Path) -> dict[str, float]:
    exact, spent = [], []
    for _, body, gold in pages_of(folder):
        began = time.process_time()
        exact.append(exact_of(body, gold))
        spent.append((time.process_time() - began) * 1_000)
    spent.sort()
    times = {"ms_median": statistics.median(spent), "ms_p99": spent[int(len(spent) * 0.99)]}
    return shares(exact) | {name: round(value, 1) for name, value in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = {folder.name: measure(folder) for folder in given.folders}
    for name, figures in found.items():
        print(name, figures)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
