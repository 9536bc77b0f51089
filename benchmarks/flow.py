"""How fast articles go through the embedded AWS: poll, pages, extraction, storage, topics.

    python benchmarks/flow.py [--articles 300] [--runs 3] [--json FILE]

Each run polls a feed of that many self-made pages on loopback; the time is from the request to poll
until both queues are empty. The first run also starts the functions' workers and is told apart.
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from infra.local import lifecycle
from infra.newsroom.server import Newsroom
from tests.ports import free_port
from tocsin.cli.apply import apply_files
from tocsin.cli.feeds import poll_now
from tocsin.cli.local import bring_up
from tocsin.cli.target import Account, Place
from tocsin.model.feeds import Feed

ROOT = Path(__file__).parents[1]
SENTENCES = (
    "The council met in the old harbour hall and talked until the lamps were lit.",
    "A spokeswoman said that security guarantees would be discussed again in spring.",
    "Nobody could say what the new bridge will cost, or who is going to pay for it.",
    "The ferry company wants to run two more boats before the summer season begins.",
)


def publish(newsroom: Newsroom, run: int, articles: int) -> None:
    """New pages of some 500 words, each with a sentence of its own."""
    for number in range(articles):
        title = f"Report {number} of run {run}"
        paragraphs = [f"<p>{title}: {SENTENCES[(number + k) % 4]}</p>" * 2 for k in range(16)]
        html = f"<html><body><article><h1>{title}</h1>{''.join(paragraphs)}</article></body></html>"
        newsroom.publish("harbour-post", f"report-{run}-{number}", title, html)


def measure(account: Account, newsroom: Newsroom, run: int, articles: int) -> float:
    """Articles a minute."""
    publish(newsroom, run, articles)
    begun = time.perf_counter()
    poll_now(account, ("harbour",))
    seconds = time.perf_counter() - begun
    return articles / seconds * 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    quiet = Console(quiet=True)
    with tempfile.TemporaryDirectory() as folder, Newsroom() as newsroom:
        place = Place(ROOT, Path(folder))
        allowed = {"AllowedEndpoints": f"127.0.0.1:{newsroom.port}", "PagePauseSeconds": "0"}
        account = bring_up(quiet, place, free_port(), parameters=allowed)
        try:
            apply_files(account, None, ROOT / "topics.yaml")
            feed = Feed(id="harbour", url=newsroom.feed_urls["harbour-post"])
            account.feeds.put_feed(feed, datetime.now(UTC))
            rates = [
                measure(account, newsroom, run, options.articles) for run in range(options.runs + 1)
            ]
        finally:
            lifecycle.stop(place.local_dir)
    figures = {"first_per_minute": rates[0], "per_minute": statistics.median(rates[1:])}
    for name, rate in figures.items():
        print(f"{name:<18}{rate:8.0f} articles a minute")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
