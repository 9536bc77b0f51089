"""Real pages on many hosts, as they are in the world: each host is asked by one visitor at a time,
one page a second as its robots.txt asks, and all of them at once.

    python -m tests.system.small_internet SCRIPT PAGES

serves, with the handler of SCRIPT, each site on one of the first addresses of loopback after
127.0.0.1, and hosts that misbehave on the next ones. The first line that it prints says where.
"""

import importlib.util
import json
import sys
import threading
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

PAGES_PER_HOST = 10  # as many as one ingest job takes
PAGES_OF_A_FAULTY_HOST = 3
# Those that answer at once share two hosts, so that one job polls several of them. Who asks for
# time keeps a job from the rest of its host; who drips, for as long as a fetch may take.
FAULTY_HOSTS = (
    ("not-xml", "empty", "truncated", "latin1", "403", "404", "410", "500"),
    ("301-loop", "301-moved", "redirect-private", "lies-304", "gzip-bomb", "huge", "503"),
    ("429",),
    ("slow-body",),
    ("slow-header",),
)


@dataclass(frozen=True)
class SmallInternet:
    """URLs by site, and by kind of fault. `hosts` are the URLs of those that have sites."""

    hosts: tuple[str, ...]
    sites: dict[str, str]
    faults: dict[str, str]

    @classmethod
    def parse(cls, line: str) -> "SmallInternet":
        fields = json.loads(line)
        return cls(**{**fields, "hosts": tuple(fields["hosts"])})

    @property
    def endpoints(self) -> list[str]:
        urls = {*self.hosts, *self.faults.values()}
        return sorted(url.removeprefix("http://") for url in urls)

    def has(self, url: str) -> bool:
        """Whether a page is of one of the sites."""
        return url.startswith(tuple(f"{host}/" for host in self.hosts))


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Who asks hangs up on hosts like these."""


def split(pages: dict[str, Any]) -> list[dict[str, Any]]:
    """Pages for each host: in equal parts, none of which cuts a site in two."""
    parts: list[dict[str, Any]] = [{} for _ in range(-(-len(pages) // PAGES_PER_HOST))]
    for site in sorted({page["site"] for page in pages.values()}):
        smallest = min(parts, key=len)
        smallest |= {name: page for name, page in pages.items() if page["site"] == site}
    return parts


def main(script: Path, folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("replay_site", script)
    assert spec is not None
    assert spec.loader is not None
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    pages, last = replay.load(folder), count(2)
    parts = [(part, open_host(replay.Site, part, next(last))) for part in split(pages)]
    few = dict(list(pages.items())[:PAGES_OF_A_FAULTY_HOST])
    faults = {
        kind: url
        for kinds in FAULTY_HOSTS
        for url in [open_host(replay.Site, few, next(last))]
        for kind in kinds
    }
    sites = {page["site"]: url for part, url in parts for page in part.values()}
    internet = SmallInternet(tuple(url for _, url in parts), sites, faults)
    print(json.dumps(asdict(internet)), flush=True)
    threading.Event().wait()


def open_host(site: type[BaseHTTPRequestHandler], pages: dict[str, Any], last: int) -> str:
    """Its URL. What is published on a host is on that host only."""
    handler = type("Host", (site,), {"pages": dict(pages), "log": []})
    server = Server((f"127.0.0.{last}", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.{last}:{server.server_port}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
