"""robots.txt (RFC 9309): which pages of a host we may ask for, and how fast."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from tocsin.errors import FetchError, RobotsRefused, RobotsUnknown
from tocsin.model.hosts import Robots
from tocsin.web.fetcher import PAGE_BYTES, Web

if TYPE_CHECKING:
    from protego import Protego

AGENT = "tocsin"  # our product token; letter case makes no difference
MAX_PARSED_BYTES = 500 * 1024  # what RFC 9309 (2.5) asks crawlers to read at least
MAX_CRAWL_DELAY_SECONDS = 60.0  # some state hours, which no news would survive
TRUE_FOR = timedelta(days=1)  # RFC 9309 (2.4): no longer
# A host that could not say is asked again by the first retry of a page, which is a minute later.
UNKNOWN_FOR = timedelta(minutes=1)
MAX_IN_MEMORY = 200  # origins; a job asks one
MAX_HOST_CHARACTERS = 253  # of a name (RFC 1035)
_USUAL_PORT = {"http": 80, "https": 443}

# As protego reads them: the colon is missed in real files.
_AGENT_LINE = re.compile(r"user[- ]?agent\s*:?\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)
_OF_NO_GROUP = re.compile(r"(?:sitemaps?|site-map|host)\s*:", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^>]{1,1000}", re.IGNORECASE)
_META_FOR_ROBOTS = re.compile(rb"name\s*=\s*[\"']?\s*(?:robots|tocsin)\b", re.IGNORECASE)
_HEAD_BYTES = 200_000  # of a page: pages with inlined styles have heads like that


class RobotsTexts(Protocol):
    def find_robots(self, origin: str) -> Robots | None: ...
    def put_robots(self, origin: str, robots: Robots) -> bool: ...


@dataclass(frozen=True)
class Rules:
    """What an origin's robots.txt says. `parsed` is None where there was none to be had."""

    robots: Robots
    parsed: "Protego | None"

    def require_allowed(self, url: str) -> None:
        """Raises RobotsUnknown and RobotsRefused."""
        if self.parsed is None:
            raise RobotsUnknown(url, "the host's robots.txt cannot be had")
        if not self.parsed.can_fetch(url, AGENT):
            raise RobotsRefused(url, "the host's robots.txt asks not to be asked for this page")

    @property
    def delay_seconds(self) -> float:
        stated = self.parsed.crawl_delay(AGENT) if self.parsed else None
        return min(stated or 0.0, MAX_CRAWL_DELAY_SECONDS)

    def true_at(self, now: datetime) -> bool:
        age = now - self.robots.fetched_at
        return age < (UNKNOWN_FOR if self.robots.text is None else TRUE_FOR)


class RobotsFiles:
    """The rules of each origin: from memory, from the table, from the host; in this order."""

    def __init__(self, web: Web, texts: RobotsTexts, clock: Callable[[], datetime]) -> None:
        self._web = web
        self._texts = texts
        self._clock = clock
        self._known: OrderedDict[str, Rules] = OrderedDict()

    def rules(self, url: str) -> Rules | None:
        """None for a URL that has no robots.txt: it is none that is ever asked."""
        origin = origin_of(url)
        if origin is None:
            return None
        now = self._clock()
        rules = self._known.get(origin)
        if rules is None or not rules.true_at(now):
            rules = self._known[origin] = self._stored(origin, now) or self._asked(origin, now)
            self._known.move_to_end(origin)
        if len(self._known) > MAX_IN_MEMORY:
            self._known.popitem(last=False)
        return rules

    def require_allowed(self, url: str) -> None:
        if rules := self.rules(url):
            rules.require_allowed(url)

    def _stored(self, origin: str, now: datetime) -> Rules | None:
        found = self._texts.find_robots(origin)
        rules = read(found) if found else None
        return rules if rules and rules.true_at(now) else None

    def _asked(self, origin: str, now: datetime) -> Rules:
        robots = Robots(text=ask(origin, self._web), fetched_at=now)
        self._texts.put_robots(origin, robots)
        return read(robots)


def origin_of(url: str) -> str | None:
    """Scheme, host and port: what a robots.txt is for. None for a URL that has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host, usual = parts.hostname or "", _USUAL_PORT.get(parts.scheme)
    if usual is None or not 0 < len(host) <= MAX_HOST_CHARACTERS:
        return None
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, usual) else "")


def ask(origin: str, web: Web) -> str | None:
    """What of the origin's robots.txt is for us; empty where there is none, None where the host
    cannot say.

    RFC 9309, 2.3.1: 4xx and too many redirects are as good as no file; 5xx and no answer forbid
    everything. 429 asks for patience, and is taken for the latter.
    """
    try:
        body = web.fetch(f"{origin}/robots.txt", PAGE_BYTES).body
    except FetchError as error:
        return None if error.retryable else ""
    return ours(body[:MAX_PARSED_BYTES].decode("utf-8-sig", errors="replace"))


def read(robots: Robots) -> Rules:
    # Imported here: poll asks feeds, and no robots.txt.
    from protego import Protego

    return Rules(robots, None if robots.text is None else Protego.parse(robots.text))


def ours(text: str) -> str:
    """The groups that name us or everyone, under these two names alone.

    protego keeps each rule once for each name of its group: 15,000 names and 18,000 rules in
    500 kB are 280 million, and end the function.
    """
    return "".join(f"{line}\n" for line in _lines_of_ours(text))


def _lines_of_ours(text: str) -> Iterator[str]:
    names: set[str] = set()
    naming = False
    for line in (each.partition("#")[0].strip() for each in text.splitlines()):
        if agent := _AGENT_LINE.fullmatch(line):
            names = names if naming else set()
            naming = True
            token = _TOKEN.match(agent[1])
            name = token[0].lower() if token else ""
            if name in (AGENT, "*") and name not in names:
                names.add(name)
                yield f"User-agent: {name}"
        elif line and not _OF_NO_GROUP.match(line):
            naming = False
            if names:
                yield line


def may_be_kept(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a page as it was served may be stored: `noarchive`, in a header or a meta element,
    says no. Named for another robot it is heard, too: who says so means it."""
    if "noarchive" in headers.get("x-robots-tag", "").lower():
        return False
    return not any(
        b"noarchive" in meta.lower() and _META_FOR_ROBOTS.search(meta)
        for meta in _META.findall(body[:_HEAD_BYTES])
    )
