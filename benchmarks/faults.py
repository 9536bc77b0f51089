"""Whether every article that matches is told of, and once, whatever goes wrong.

    python benchmarks/faults.py [--articles 10000 --seeds 50] [--faults 3] [--json FILE]

The real ingest and alert stages in a world of fakes (`tests/faults/world.py` says what is real),
with faults at every call, by chance: `--seeds` worlds with usual chances, a fifth as many with
three times those (`hard`) and a tenth with throttles, errors, duplicates and reordering only
(`calm`), where nothing may be told twice. Then every plan of up to `--faults` faults in two small
worlds (`tests/faults/sweep.py`), and whether the oracle finds bugs that are seeded on purpose.

`seconds` is what the usual worlds took. Exits with 1 where a goal is missed.
"""

import argparse
import gc
import json
import multiprocessing
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tests.faults.bugs import BUGS, caught
from tests.faults.news import News, make_news
from tests.faults.oracle import Verdict, judge
from tests.faults.sweep import Sweep, sweep
from tests.faults.world import CALM, CALM_APART, World, random_world

HARD = 3.0
BUG_ARTICLES = 400
COUNTS = (
    "articles",
    "alerts",
    "lost",
    "unsent",
    "told_twice",
    "poison",
    "poison_in_dlq",
    "good_in_dlq",
    "extra",
    "extra_explained",
)
# Python's collector would look through all rows of a world again and again; none is a cycle.
COLLECT_EVERY = 500_000


@cache
def news_of(articles: int) -> News:
    return make_news(articles)


def run_seed(task: tuple[str, int, int]) -> tuple[str, Counter[str], list[str]]:
    kind, articles, seed = task
    world = _world(kind, news_of(articles), seed)
    world.run()
    verdict = judge(world)
    return kind, _counts(world, verdict), verdict.wrong


def _world(kind: str, news: News, seed: int) -> World:
    if kind == "calm":
        return random_world(news, seed, 1.0, (CALM, CALM), CALM_APART)
    return random_world(news, seed, HARD if kind == "hard" else 1.0)


def _counts(world: World, verdict: Verdict) -> Counter[str]:
    counts = Counter({name: getattr(verdict, name) for name in COUNTS})
    for injector in (world.ingest_injector, world.alert_injector):
        counts["calls"] += injector.calls
        counts["crashes"] += len(injector.trace.crashed)
        counts["faults"] += sum(injector.trace.faults.values())
    counts["notifications"] = len(world.alert_injector.trace.publications)
    return counts


def run_sweep(task: tuple[int, bool]) -> Sweep:
    return sweep(*task)


def run_bug(number: int) -> tuple[str, str]:
    bug = BUGS[number]
    return bug.__name__, caught(bug, news_of(BUG_ARTICLES))


def worlds(pool: Any, kind: str, articles: int, seeds: int) -> dict[str, Any]:
    begun, sums, wrong = time.perf_counter(), Counter[str](), list[str]()
    for _, counts, found in pool.imap_unordered(
        run_seed, [(kind, articles, seed) for seed in range(seeds)]
    ):
        sums += counts
        wrong += found
    names = (*COUNTS, "calls", "faults", "crashes", "notifications")
    figures: dict[str, Any] = {"seeds": seeds} | {name: sums[name] for name in names}
    return figures | {"seconds": time.perf_counter() - begun, "wrong": wrong[:20]}


def sweeps(pool: Any, faults: int) -> dict[str, Any]:
    begun = time.perf_counter()
    done = pool.map(run_sweep, [(faults, False), (faults, True)], 1)
    return {
        "faults": faults,
        "plans": sum(each.plans for each in done),
        "steps_run": sum(each.runs for each in done),
        "violations": sum(len(each.wrong) for each in done),
        "seconds": time.perf_counter() - begun,
        "wrong": [what for each in done for what in each.wrong],
    }


def bugs(pool: Any) -> dict[str, Any]:
    found = dict(pool.imap_unordered(run_bug, range(len(BUGS))))
    return {
        "bugs_seeded": len(found),
        "bugs_caught": sum(map(bool, found.values())),
        "bugs": dict(sorted(found.items())),
    }


def misses(figures: dict[str, Any]) -> list[str]:
    goals = {
        "usual: good articles given up": figures["good_in_dlq"] == 0,
        "calm: good articles given up": figures["calm"]["good_in_dlq"] == 0,
        "calm: told twice": figures["calm"]["extra"] == 0,
        "sweep: a plan that breaks a rule": figures["sweep"]["violations"] == 0,
        "a seeded bug that nobody saw": figures["bugs_caught"] == figures["bugs_seeded"],
    }
    for kind, each in (("usual", figures), ("hard", figures["hard"]), ("calm", figures["calm"])):
        goals |= {f"{kind}: {name}": each[name] == 0 for name in ("lost", "unsent", "told_twice")}
        goals[f"{kind}: poison without its letter"] = each["poison"] == each["poison_in_dlq"]
        goals[f"{kind}: extra without a reason"] = each["extra"] == each["extra_explained"]
    return [what for what, is_met in goals.items() if not is_met]


def show(figures: dict[str, Any], indent: str = "") -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            show(value, indent + "  ")
        elif isinstance(value, list | str):
            print(f"{indent}{name:<40} {value}")
        else:
            text = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
            print(f"{indent}{name:<24}{text:>16}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--faults", type=int, default=3, help="of a plan of the sweep")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with multiprocessing.Pool(initializer=gc.set_threshold, initargs=(COLLECT_EVERY,)) as pool:
        figures = worlds(pool, "usual", options.articles, options.seeds)
        figures["hard"] = worlds(pool, "hard", options.articles, max(1, options.seeds // 5))
        figures["calm"] = worlds(pool, "calm", options.articles, max(1, options.seeds // 10))
        figures |= bugs(pool)
        figures["sweep"] = sweeps(pool, options.faults)
    figures["missed"] = misses(figures)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
