"""`python -m infra.newsroom [--port N]`: the newsroom until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from threading import Event

from infra.newsroom.server import PUBLISH_LATER_PATH, Newsroom

DEFAULT_PORT = 8099


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.newsroom")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    newsroom = Newsroom()
    newsroom.start(parser.parse_args().port)
    sys.stdout.write(_greeting(newsroom) + "\n")
    sys.stdout.flush()
    try:
        Event().wait()
    except KeyboardInterrupt:
        newsroom.stop()


def _greeting(newsroom: Newsroom) -> str:
    feeds = [f"  {key:<16} {url}" for key, url in newsroom.feed_urls.items()]
    return "\n".join(
        [
            f"newsroom open at {newsroom.url}/",
            *feeds,
            f"  {'broken':<16} {newsroom.broken_feed_url}",
            f"publish what is held back:  curl -X POST {newsroom.url}{PUBLISH_LATER_PATH}",
        ]
    )


if __name__ == "__main__":
    main()
