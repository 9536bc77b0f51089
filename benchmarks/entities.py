"""How often names that are counted as a facet are names.

    python benchmarks/entities.py TEXTS.jsonl.gz [--show] [--json FILE]

For each query the ten names that most of the newest articles with that word have, as
`tocsin search WORD --facet entity` counts them. Verdicts were given by hand and are kept by the
hash of language and name in `entity_labels.csv`:

    P person  O organisation, team, party  L place  N event, work, product, award  X no name

X is also what is cut wrongly, or is a name with something else. Texts are lines of JSON with
`lang`, `title` and `text`. Rules were written on other queries of the same texts, but for a few
that these had in common. What has no verdict is counted apart; many of them make the figures
worthless: label them (`--show`).
"""

import argparse
import csv
import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tocsin.archive.entities import MOST_TEXTS, Text, entities
from tocsin.query.analysis import terms_of

LABELS = Path(__file__).with_name("entity_labels.csv")
TOP = 10
QUERIES = {
    "en": "russia apple minister shares labour champions software doctor crime children spam mobile"
    " olympic drug profits dollar jobs sony council security hollywood wales european lawyer album"
    " inflation stadium scientists parliament satellite",
    "de": "wahl eu regierung polizei euro usa wien prozent unternehmen trainer",
    "uk": "україни війна рада суд президент київ школа вибори росії мова",
}
NAMES, STRICT = frozenset("POLN"), frozenset("POL")


def mark_of(language: str, name: str) -> str:
    return hashlib.sha256(f"{language} {name}".encode()).hexdigest()[:12]


def read_labels() -> dict[str, str]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return {row["mark"]: row["verdict"] for row in csv.DictReader(file)}


def values(documents: list[dict[str, Any]], language: str) -> Iterator[tuple[str, str]]:
    """Queries, and names that they give."""
    own = [each for each in documents if each["lang"] == language]
    words = [{term.text for term in terms_of(f"{e['title']}\n{e['text']}")} for e in own]
    for query in QUERIES[language].split():
        found = [e for e, has in zip(own, words, strict=True) if query in has][-MOST_TEXTS:]
        for name, _ in entities([Text(each["text"], language) for each in found])[:TOP]:
            yield query, name


def figures_of(documents: list[dict[str, Any]], language: str) -> dict[str, float]:
    labels = read_labels()
    verdicts = Counter(
        labels.get(mark_of(language, name), "?") for _, name in values(documents, language)
    )
    judged = verdicts.total() - verdicts["?"]
    return {
        "queries": len(QUERIES[language].split()),
        "values": verdicts.total(),
        "unlabelled": verdicts["?"],
        "names": sum(verdicts[each] for each in NAMES) / judged,
        "people_organisations_places": sum(verdicts[each] for each in STRICT) / judged,
    }


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def show(documents: list[dict[str, Any]]) -> None:
    labels = read_labels()
    for language in QUERIES:
        for query, name in values(documents, language):
            print(language, query, labels.get(mark_of(language, name), "?"), name, sep="\t")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    documents = read(options.texts)
    if options.show:
        show(documents)
        return 0
    figures = {language: figures_of(documents, language) for language in QUERIES}
    for language, of in figures.items():
        print(language, "  ".join(f"{name} {value:.3g}" for name, value in of.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
