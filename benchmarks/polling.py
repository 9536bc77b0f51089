"""How politely and how soon feeds are polled, and what ten thousand of them cost.

    python benchmarks/polling.py [--feeds 500 --days 7] [--seed 4] [--json FILE]

A week of a made-up web on a virtual clock, with the real dispatch and poll: `polling_world.py` says
what is made up, `polling_figures.py` how the figures are taken. The fixed polling that delays are
compared with asks every feed at one interval, the one with which as many requests are made in all.
Then what 10,000 feeds need: `polling_scale.py`.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.polling_figures import figures_of
from benchmarks.polling_scale import scale_of
from benchmarks.polling_world import simulate

GOALS = {
    "requests_closer_than_15_min": "0",
    "conditional_share": "at least 0.99",
    "before_retry_after": "0",
    "max_open_per_host": "1",
    "entries_missed": "0",
    "delay_ratio": "at most 0.5",
    "dispatch_seconds_10000": "at most 60",
}


def show(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"\n{name}")
            show(value)
            continue
        text = f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"
        goal = f"   goal: {GOALS[name]}" if name in GOALS else ""
        print(f"{name:<42}{text:>14}{goal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    begun = time.process_time()
    made = simulate(options.feeds, options.days, options.seed)
    figures = figures_of(made)
    figures["cpu_seconds"] = time.process_time() - begun
    figures["scale"] = scale_of(made)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
