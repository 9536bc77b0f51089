"""Are headlines found again by what somebody remembers, and none that is not there?

    python benchmarks/headlines.py [STREAM.jsonl.gz] [--json FILE]

Every nth headline of the stream is asked for twice among all the others. By every other of its
words: `found` is the share that is among the first three of those that are like the words. And, it
being taken away, by all of its words, as who read of it elsewhere would: `retold` is the share for
which a headline of its story is like them, `wrongly` that for which one of another story is (some
of these are on the same event: the stream's stories are noisy). `by_threshold` shows the same for
other thresholds.

STREAM has a line of JSON with title, lang and story for each headline; without it, stories/
uci.jsonl.gz in the folder TOCSIN_DATA (default ../shared/data).
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.articles.languages import language_of
from tocsin.stories.headlines import LEAST, Headline, likeness

ROOT = Path(__file__).parents[1]
Article = dict[str, Any]
ASKED, SHOWN = 200, 3
THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
FEWEST_WORDS = 6  # of a headline: half of fewer tell nothing to anybody


def stream(path: Path) -> list[Article]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def half_of(title: str, which: int) -> str:
    return " ".join(title.split()[which % 2 :: 2])


@dataclass(frozen=True)
class Trial:
    """How like half of its words a headline is, and whether it is among the first; then how like
    all of its words the others of its story and those of other stories are at best."""

    own: float
    first: bool
    retold: float | None
    other: float


def measure(path: Path, asked: int = ASKED) -> dict[str, Any]:
    articles = stream(path)
    headlines = [Headline(each["title"], each["lang"]) for each in articles]
    every = max(1, len(articles) // asked)
    long = [at for at, each in enumerate(articles) if len(each["title"].split()) >= FEWEST_WORDS]
    begun = time.process_time()
    trials = [_trial(at, articles, headlines) for at in long[::every]]
    seconds = time.process_time() - begun
    return {
        "headlines": len(headlines),
        "asked": len(trials),
        "ms_per_question": round(500 * seconds / len(trials), 1),
        **_at(LEAST, trials),
        "by_threshold": {str(least): _at(least, trials) for least in THRESHOLDS},
    }


def _trial(at: int, articles: Sequence[Article], headlines: Sequence[Headline]) -> Trial:
    half, title = half_of(articles[at]["title"], at), articles[at]["title"]
    like = likeness(half, language_of(half, ""), headlines)
    before = {articles[each]["title"] for each, found in enumerate(like) if found > like[at]}
    like_all = likeness(title, language_of(title, ""), headlines)
    retold, other = [], []
    for each, found in zip(articles, like_all, strict=True):
        if each["title"].casefold() != title.casefold():
            (retold if each["story"] == articles[at]["story"] else other).append(found)
    return Trial(like[at], len(before) < SHOWN, max(retold, default=None), max(other))


def _at(least: float, trials: Sequence[Trial]) -> dict[str, float]:
    again = [trial.retold for trial in trials if trial.retold is not None]
    return {
        "found": _share(trial.own >= least and trial.first for trial in trials),
        "retold": _share(each >= least for each in again),
        "wrongly": _share(trial.other >= least for trial in trials),
    }


def _share(held: Iterable[bool]) -> float:
    each = list(held)
    return round(sum(each) / len(each), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    data = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("stream", nargs="?", type=Path, default=data / "stories" / "uci.jsonl.gz")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if not options.stream.exists():
        sys.exit(f"skipped: no headlines at {options.stream}; give a file or set TOCSIN_DATA")
    figures = measure(options.stream)
    for name, value in figures.items():
        print(f"{name}: {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
