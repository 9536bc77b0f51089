"""How much of an article, and how little else, extractors find on pages whose text is known.

    python benchmarks/extraction.py FOLDER ... [--json FILE] [--only ours,traf] [--leak-pages N]

A folder holds NAME.html.gz and an index.json (name to url and article_body; title, authors, date,
paras, with, without where known). For each folder and extractor:

    f1 precision recall  of shingles of four words, as the article-extraction-benchmark of
                         scrapinghub defines them (evaluate.py: counts of shingles, normalised per
                         page; means of precision and recall; their F1). Where the first paragraphs
                         of the gold are the publisher's summary, with it or without, what is better
    para_precision       share of lines that are inside the gold text; para_recall: share of the
                         gold's paragraphs that are found (where the gold has paragraphs)
    with, without        share of snippets that must be there and are; that must not and are
    title authors date   share that is exact (benchmarks/facts.py)
    leak_worst           blocks of seven kinds (benchmarks/injection.py) are put into the middle and
                         the end of articles; the share of pages that let one in, of the worst case
    ms_median ms_p99     of processor time for a page, parsing included; extractors take turns

`import_ms` is the processor time that a fresh process takes to import ours and read its weights;
`import_ms_after_model` leaves out the models (and pydantic), which the function imports anyway.
`installed_mb` is what an extractor's libraries take on disk, with all that they require; our own
code and its weights are .2 MB beside that.
The paired bootstrap (1,000 samples, seeded) is of ours minus the best setting of trafilatura.
Extractors that are not installed are named: readability-lxml, newspaper4k and resiliparse are no
dependencies of the project; install them into an environment of their own to compare.
"""

import argparse
import gzip
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from benchmarks.facts import score as score_facts
from benchmarks.injection import LEAK_KINDS, PLACES, Furniture, inject
from benchmarks.installed import installed_mb, is_installed
from tocsin.articles.encoding import decode
from tocsin.articles.extraction import extract
from tocsin.errors import PageError

SAMPLES = 1_000
SEED = 5
Gold = dict[str, Any]
Share = tuple[float, float, float]  # true positives, false positives, false negatives of a page
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Found:
    text: str = ""
    title: str | None = None
    authors: Sequence[str] = ()
    published_at: datetime | None = None
    by: str = ""


Extractor = Callable[[bytes, str], Found]


# ── Extractors ───────────────────────────────────────────────────────────────────────────────────


def ours(body: bytes, url: str) -> Found:
    try:
        found = extract(body, "text/html", url)
    except PageError:
        return Found()
    facts = found.facts
    return Found(found.text, found.title, facts.authors, facts.published_at, found.extractor)


def trafilatura(**options: Any) -> Extractor:
    from trafilatura import extract as run

    def by_trafilatura(body: bytes, url: str) -> Found:
        return Found(run(body, url=url, include_comments=False, **options) or "")

    return by_trafilatura


def trafilatura_with_facts() -> Extractor:
    """Its default setting, with what it reads of title, authors and date."""
    from trafilatura import bare_extraction

    def by_trafilatura(body: bytes, url: str) -> Found:
        found = bare_extraction(body, url=url, include_comments=False, with_metadata=True)
        if found is None:
            return Found()
        authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
        published_at = datetime.fromisoformat(found.date) if found.date else None
        return Found(found.text or "", found.title, authors, published_at)

    return by_trafilatura


def readability() -> Extractor:
    from readability import Document

    def by_readability(body: bytes, _url: str) -> Found:
        document = Document(decode(body, "text/html").text)
        summary = lxml_html.fromstring(document.summary())
        for element in summary.iter("p", "div", "li", "h1", "h2", "h3", "h4", "br"):
            element.tail = f"\n{element.tail or ''}"
        return Found(summary.text_content(), document.short_title())

    return by_readability


def newspaper() -> Extractor:
    import newspaper as library

    def by_newspaper(body: bytes, url: str) -> Found:
        article = library.Article(url, fetch_images=False)
        article.download(input_html=decode(body, "text/html").text)
        article.parse()
        date = article.publish_date if isinstance(article.publish_date, datetime) else None
        return Found(article.text, article.title, article.authors, date)

    return by_newspaper


def resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    def by_resiliparse(body: bytes, _url: str) -> Found:
        return Found(extract_plain_text(decode(body, "text/html").text, main_content=True))

    return by_resiliparse


TRAFILATURA = ("trafilatura fast", "trafilatura default", "trafilatura precision")
# Name: the libraries it needs, and what makes it.
EXTRACTORS: dict[str, tuple[tuple[str, ...], Callable[[], Extractor]]] = {
    "ours": (("lxml", "faust-cchardet", "trafilatura"), lambda: ours),
    "trafilatura fast": (("trafilatura",), lambda: trafilatura(fast=True)),
    "trafilatura default": (("trafilatura",), trafilatura),
    "trafilatura precision": (("trafilatura",), lambda: trafilatura(favor_precision=True)),
    "trafilatura metadata": (("trafilatura",), trafilatura_with_facts),
    "readability-lxml": (("readability-lxml",), readability),
    "newspaper4k": (("newspaper4k",), newspaper),
    "resiliparse": (("resiliparse",), resiliparse),
}


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    runs = (tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)))
    return Counter(run for run in runs if run)


def share_of(gold: str, text: str) -> Share:
    wanted, got = shingles(gold), shingles(text)
    right = (wanted & got).total()
    counts = (right, got.total() - right, wanted.total() - right)
    total = sum(counts)
    return (counts[0] / total, counts[1] / total, counts[2] / total) if total else (0, 0, 0)


def f1_of_page(share: Share) -> float:
    return 2 * share[0] / (2 * share[0] + share[1] + share[2]) if share[0] else 0.0


def share_of_page(gold: Gold, text: str) -> Share:
    shares = [share_of(gold["article_body"], text)]
    if summary := int(gold.get("nsummary") or 0):
        shares.append(share_of("\n".join(gold["paras"][summary:]), text))
    return max(shares, key=f1_of_page)


def scores_of(shares: Sequence[Share]) -> dict[str, float]:
    precision = statistics.fmean(s[0] / (s[0] + s[1]) for s in shares if s[0] + s[1])
    recall = statistics.fmean(s[0] / (s[0] + s[2]) for s in shares if s[0] + s[2])
    f1 = 2 * precision * recall / (precision + recall)
    return {"f1": f1, "precision": precision, "recall": recall}


def bootstrap(ones: Sequence[Share], others: Sequence[Share]) -> dict[str, float]:
    """The difference of F1, ones minus others, and its 95 % interval over samples of pages."""
    chance = random.Random(SEED)
    pairs = list(zip(ones, others, strict=True))
    samples = (chance.choices(pairs, k=len(pairs)) for _ in range(SAMPLES))
    differences = sorted(_difference(sample) for sample in samples)
    return {
        "difference": _difference(pairs),
        "lower": differences[int(0.025 * SAMPLES)],
        "upper": differences[int(0.975 * SAMPLES)],
    }


def _difference(pairs: Sequence[tuple[Share, Share]]) -> float:
    return scores_of([one for one, _ in pairs])["f1"] - scores_of([two for _, two in pairs])["f1"]


def squeezed(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))


def paragraph_scores(gold: Gold, text: str) -> dict[str, float]:
    wanted = squeezed(gold["article_body"])
    lines = [each for line in text.splitlines() if (each := squeezed(line))]
    got = "".join(lines)
    paragraphs = [each for line in gold["paras"] if (each := squeezed(line))]
    found = {"para_recall": _mean([each in got for each in paragraphs])}
    return {"para_precision": _mean([each in wanted for each in lines])} | found


def snippet_scores(gold: Gold, text: str) -> dict[str, float]:
    got = squeezed(text)
    return {
        name: _mean([squeezed(each) in got for each in gold[name]])
        for name in ("with", "without")
        if gold.get(name)
    }


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Tally:
    shares: list[Share] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    marks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    broken: int = 0
    by: Counter[str] = field(default_factory=Counter)

    def add(self, gold: Gold, found: Found, seconds: float) -> None:
        self.times.append(seconds)
        self.shares.append(share_of_page(gold, found.text))
        self.by[found.by] += 1
        marks = snippet_scores(gold, found.text)
        if gold.get("paras"):
            marks |= paragraph_scores(gold, found.text)
        if found.title is not None:
            marks |= score_facts(found.title, found.authors, found.published_at, gold)
        for name, mark in marks.items():
            self.marks[name].append(mark)

    def figures(self) -> dict[str, Any]:
        times = sorted(self.times)
        return {
            **scores_of(self.shares),
            **{name: _mean(marks) for name, marks in self.marks.items()},
            "ms_median": 1_000 * statistics.median(times),
            "ms_p99": 1_000 * times[min(len(times) - 1, int(0.99 * len(times)))],
            "pages": len(times),
            "broken": self.broken,
        }


def read_folder(folder: Path) -> dict[str, tuple[Gold, bytes]]:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return {
        name: (gold, gzip.decompress((folder / f"{name}.html.gz").read_bytes()))
        for name, gold in sorted(index.items())
        if gold.get("article_body")
    }


def run(extractor: Extractor, body: bytes, url: str) -> tuple[Found, float, bool]:
    """What it found, the seconds of processor time, and whether it raised. Another's library may
    raise whatever it likes: a page that it cannot read is one that it finds nothing on."""
    begun = time.process_time()
    try:
        found, broken = extractor(body, url), False
    except Exception:  # noqa: BLE001
        found, broken = Found(), True
    return found, time.process_time() - begun, broken


def measure(
    pages: dict[str, tuple[Gold, bytes]], extractors: dict[str, Extractor]
) -> dict[str, Tally]:
    tallies = {name: Tally() for name in extractors}
    _, (gold, body) = next(iter(pages.items()))
    for extractor in extractors.values():  # what is imported and compiled once does not count
        run(extractor, body, gold["url"])
    for gold, body in pages.values():
        for name, extractor in extractors.items():
            found, seconds, broken = run(extractor, body, gold["url"])
            tallies[name].add(gold, found, seconds)
            tallies[name].broken += broken
    return tallies


def measure_leaks(
    pages: dict[str, tuple[Gold, bytes]], extractors: dict[str, Extractor], most: int
) -> dict[str, dict[str, float]]:
    """For each extractor and case, the share of pages on which an injected text shows."""
    leaks: dict[str, dict[str, list[bool]]] = {
        name: {f"{kind}, {place}": [] for kind in LEAK_KINDS for place in PLACES}
        for name in extractors
    }
    step = max(1, len(pages) // most) if most else len(pages) + 1
    for number, (gold, body) in enumerate(list(pages.values())[::step] if most else []):
        for case, page, marks in injected(gold, body, SEED + number):
            for name, extractor in extractors.items():
                text = run(extractor, page, gold["url"])[0].text
                leaks[name][case].append(any(mark in text for mark in marks))
    return {name: {case: _mean(hit) for case, hit in of.items()} for name, of in leaks.items()}


def injected(gold: Gold, body: bytes, seed: int) -> list[tuple[str, bytes, list[str]]]:
    """The page with a block of each kind in each place, and texts that only the block has."""
    chance = random.Random(seed)
    cases = []
    markup = decode(body, "text/html").text.encode(errors="replace")
    for kind in LEAK_KINDS:
        for place in PLACES:
            tree = lxml_html.document_fromstring(markup, lxml_html.HTMLParser(encoding="utf-8"))
            fragment = Furniture.of_benchmark(chance.randrange(1 << 30)).make(kind)
            if inject(tree, gold["article_body"], fragment, place, chance):
                page = lxml_html.tostring(tree, encoding="utf-8", doctype="<!doctype html>")
                cases.append((f"{kind}, {place}", page, marks_of(fragment)))
    return cases


def marks_of(fragment: str) -> list[str]:
    """Words that no page has, where the fragment has such; else its longest text."""
    root = lxml_html.fragment_fromstring(fragment)
    texts = [" ".join(each.split()) for each in root.itertext() if each.strip()]
    made_up = re.findall(r"Zq\d+\w+", " ".join(texts))
    return made_up or [max(texts, key=len)]


def import_ms(loaded: str) -> float:
    """In a process that has imported what `loaded` names."""
    code = (
        f"import {loaded}\n"
        "import time; begun = time.process_time()\n"
        "from tocsin.articles import extraction, weights\n"
        "weights.probabilities([])\n"
        "print(time.process_time() - begun)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return 1_000 * statistics.median(runs)


# ── Report ───────────────────────────────────────────────────────────────────────────────────────

COLUMNS = (
    *("f1", "precision", "recall", "para_precision", "para_recall", "with", "without"),
    *("title", "authors", "date", "leak_worst", "ms_median", "ms_p99", "broken"),
)


def print_folder(folder: str, figures: dict[str, dict[str, Any]]) -> None:
    print(
        f"\n{folder}\n{'':<22}" + "".join(f"{name.replace('para_', 'p.'):>12}" for name in COLUMNS)
    )
    for name, values in figures.items():
        print(f"{name:<22}" + "".join(f"{_cell(values.get(each)):>12}" for each in COLUMNS))


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4f}" if value < 2 else f"{value:.1f}"


def compare(tallies: dict[str, Tally]) -> dict[str, Any]:
    settings = {
        name: scores_of(tallies[name].shares)["f1"] for name in TRAFILATURA if name in tallies
    }
    if "ours" not in tallies or not settings:
        return {}
    best = max(settings, key=lambda name: settings[name])
    result = bootstrap(tallies["ours"].shares, tallies[best].shares)
    print(
        f"ours minus {best}: {result['difference']:+.4f}"
        f" [{result['lower']:+.4f}, {result['upper']:+.4f}]"
    )
    print("read by " + ", ".join(f"{by or 'nobody'} {n}" for by, n in tallies["ours"].by.items()))
    return {"best": best, **result}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--only", help="names of extractors, or their beginnings, by commas")
    parser.add_argument("--leak-pages", type=int, default=30)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if absent := [folder for folder in options.folders if not (folder / "index.json").exists()]:
        sys.exit(f"skipped: no index.json in {', '.join(map(str, absent))}; give folders of pages")
    wanted = tuple((options.only or "").split(","))
    chosen = {name: each for name, each in EXTRACTORS.items() if name.startswith(wanted)}
    missing = [name for name, (needs, _) in chosen.items() if not all(map(is_installed, needs))]
    if missing:
        print(f"skipped, not installed: {', '.join(missing)}")
    extractors = {name: make() for name, (_, make) in chosen.items() if name not in missing}
    report: dict[str, Any] = {
        "import_ms": import_ms("sys"),
        "import_ms_after_model": import_ms("tocsin.model.articles, tocsin.model.entries"),
        "installed_mb": {name: installed_mb(*chosen[name][0]) for name in extractors},
        "ours_minus_trafilatura": {},
    }
    print(
        f"import {report['import_ms']:.0f} ms, {report['import_ms_after_model']:.0f} where the"
        " articles' model, which the function imports anyway, is there"
    )
    sizes = report["installed_mb"].items()
    print("installed MB: " + ", ".join(f"{name} {size:.1f}" for name, size in sizes))
    for folder in options.folders:
        pages = read_folder(folder)
        tallies = measure(pages, extractors)
        leaks = measure_leaks(pages, extractors, options.leak_pages)
        report[folder.name] = {
            name: tally.figures() | {"leak_worst": max(leaks[name].values()), "leaks": leaks[name]}
            for name, tally in tallies.items()
        }
        print_folder(folder.name, report[folder.name])
        report["ours_minus_trafilatura"][folder.name] = compare(tallies)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
