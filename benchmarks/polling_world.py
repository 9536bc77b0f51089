"""A made-up web of news for the polling benchmark, and its days with a virtual clock.

Dispatch and poll are the real ones. Made up are what is around them: sites that publish and answer
as sites do, a table that keeps its conditions, a queue that delivers some messages twice, workers
of which some crash. Nothing waits: a job begins when a worker is free, and moves the clock on by
what its requests took.
"""

import heapq
import itertools
import json
import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from tocsin.errors import HttpStatus, TooSlow
from tocsin.jobs import IngestJob, PollJob, host_of
from tocsin.model.feeds import DueFeed, Feed, FeedRow, FeedState
from tocsin.pipeline.dispatch import Dispatching, dispatch
from tocsin.pipeline.poll import Polling, poll
from tocsin.pipeline.push import Subscribing
from tocsin.web.fetcher import Redirect, Response

BEGIN = datetime(2031, 3, 3, tzinfo=UTC)  # a Monday
HISTORY = timedelta(days=28)
# How busy the hours of a newsroom's day are, from midnight.
_DAY = (2, 1, 1, 1, 2, 4, 8, 12, 14, 14, 13, 12, 12, 12, 13, 13, 13, 12, 11, 9, 8, 6, 4, 3)
_MEAN = sum(_DAY) / len(_DAY)

WORKERS = 5
REDELIVERY = timedelta(minutes=30)
# Five calls of AWS, a TLS handshake and what there is to compute, with a third of a processor.
JOB_OVERHEAD = timedelta(milliseconds=150)
DELIVERED_TWICE = 0.002
CRASHES = 0.0005


class Crash(Exception):
    """The worker ends here, between two calls."""


@dataclass
class Clock:
    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Item:
    """An entry: when it came up in the feed, and the date that the feed states."""

    url: str
    visible_at: datetime
    stated: str | None


@dataclass
class Site:
    """A feed and the server in front of it. `trouble` are spells of a status; `gone_at` is when its
    last status begins for good."""

    feed: Feed
    kind: str
    items: list[Item]
    listed: int
    validators: tuple[str, ...] = ("etag", "last-modified")
    lies: bool = False
    ttl_minutes: int = 0
    max_age: int | None = None
    seconds: float = 0.3
    trouble: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    last_status: int = 0
    gone_at: datetime | None = None
    redirect: tuple[datetime, int, str] | None = None
    times: list[datetime] = field(default_factory=list)
    not_before: datetime | None = None
    asked_to_wait_until: datetime | None = None

    def status_at(self, now: datetime) -> int:
        if self.gone_at and now >= self.gone_at:
            return self.last_status
        return next((status for begin, end, status in self.trouble if begin <= now < end), 200)

    def version(self, now: datetime) -> int:
        return bisect_right(self.times, now)

    def leaves_at(self, position: int) -> datetime | None:
        """When an item is pushed out of the list, None if it still is there at the end."""
        after = position + self.listed
        return self.items[after].visible_at if after < len(self.items) else None


@dataclass(frozen=True)
class Request:
    feed_id: str
    host: str
    begin: datetime
    end: datetime
    status: int
    conditional: bool
    could_be: bool  # validators were known
    early: bool  # before a Retry-After of this feed was over
    impatient: bool  # before max-age or ttl was


# ── Sites ────────────────────────────────────────────────────────────────────────────────────────


def make_sites(count: int, days: int, seed: int) -> list[Site]:
    chance = random.Random(seed)
    hosts = [f"shared-{n}.example" for n in range(max(1, count // 60))]
    return [_site(n, days, hosts, random.Random(chance.random())) for n in range(count)]


def _site(number: int, days: int, shared: Sequence[str], chance: random.Random) -> Site:
    host = chance.choice(shared) if chance.random() < 0.2 else f"site-{number}.example"
    rate = min(400.0, max(0.05, chance.lognormvariate(math.log(8), 1.5)))
    end = BEGIN + timedelta(days=days)
    kind = chance.choices(("hours", "bursts", "batches"), (60, 20, 20))[0]
    times = sorted(_publications(kind, rate, BEGIN - HISTORY, end, chance))
    feed = Feed(id=f"feed-{number}", url=f"https://{host}/{number}.xml")
    listed = _listed(kind, rate, chance)
    items = _items(number, times, chance)
    site = Site(feed, kind, items, listed, times=[item.visible_at for item in items])
    _behave(site, end, chance)
    return site


def _listed(kind: str, rate: float, chance: random.Random) -> int:
    """A few list less than comes in a quarter of an hour; who publishes in batches lists them."""
    if chance.random() < 0.03:
        return 5
    batch = rate if kind == "batches" else 0
    return max(int(2 * batch), chance.choice((10, 15, 20, 25, 30, 50, 100)))


def _publications(
    kind: str, rate: float, begin: datetime, end: datetime, chance: random.Random
) -> Iterator[datetime]:
    """`rate` entries a day: by the hours of a newsroom, in bursts, or in batches at set times."""
    zone = chance.choice((-8, -5, 0, 0, 1, 1, 2, 2, 8, 9))
    weekend = 0.5 if chance.random() < 0.7 else 1.0
    slots = sorted(chance.sample(range(24 * 4), chance.choice((1, 2, 3, 6))))
    size = 6.0 if kind == "bursts" else 1.0
    day = begin
    while day < end:
        factor = weekend if day.weekday() >= 5 else 1.0
        if kind == "batches":
            for slot in slots:
                at = day + timedelta(minutes=15 * slot + chance.uniform(0, 4))
                yield from (at for _ in range(_poisson(rate * factor / len(slots), chance)))
        else:
            for hour in range(24):
                busy = rate / 24 * factor * _DAY[(hour + zone) % 24] / _MEAN
                for _ in range(_poisson(busy / size, chance)):
                    at = day + timedelta(hours=hour, minutes=chance.uniform(0, 60))
                    yield at
                    if size > 1:
                        more = _poisson(size - 1, chance)
                        yield from (
                            at + timedelta(minutes=chance.expovariate(1 / 30)) for _ in range(more)
                        )
        day += timedelta(days=1)


def _poisson(mean: float, chance: random.Random) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def _items(number: int, times: Sequence[datetime], chance: random.Random) -> list[Item]:
    """Some feeds state no dates, days only, or a wrong zone; some come out of a cache."""
    style = chance.choices(("exact", "none", "day", "zone"), (85, 8, 4, 3))[0]
    lag = timedelta(minutes=chance.uniform(5, 20) if chance.random() < 0.2 else 0.5)
    stated = {
        "exact": lambda at: at.isoformat(),
        "none": lambda _: None,
        "day": lambda at: f"{at:%Y-%m-%d}T00:00:00Z",
        "zone": lambda at: (at + timedelta(hours=2)).isoformat(),
    }[style]
    return [
        Item(f"https://site-{number}.example/news/{n}", at + lag, stated(at))
        for n, at in enumerate(times)
    ]


_TROUBLES = {
    # of a hundred feeds; spells of a status, each of at most so many hours
    "well": (76, 0, ()),
    "429": (3, 8, (429, 429, 429)),
    "5xx": (5, 6, (503, 503, 503)),
    "down": (4, 30, (0,)),
    "moved": (2, 0, ()),
    "elsewhere": (3, 0, ()),
    "410": (1, 0, ()),
    "404": (1, 0, ()),
    "403": (1, 0, ()),
    "slow": (3, 0, ()),
    "lies": (1, 0, ()),
}
_FOR_GOOD = {"410": 410, "404": 404, "403": 403}


def _behave(site: Site, end: datetime, chance: random.Random) -> None:
    length = (end - BEGIN).total_seconds()

    def some_time() -> datetime:
        return BEGIN + timedelta(seconds=chance.uniform(0.05, 0.8) * length)

    site.validators = chance.choices(
        (("etag", "last-modified"), ("etag",), ("last-modified",), ()), (60, 15, 13, 12)
    )[0]
    site.seconds = chance.lognormvariate(math.log(0.35), 0.5)
    site.max_age = chance.choice((60, 300, 600, 900, 1800, 3600) + (None,) * 54)
    site.ttl_minutes = chance.choice((5, 15, 30, 60, 60) + (0,) * 95)
    shares = [share for share, _, _ in _TROUBLES.values()]
    kind = chance.choices(list(_TROUBLES), shares)[0]
    _, hours, spells = _TROUBLES[kind]
    for status in spells:
        begin = some_time()
        lasts = timedelta(hours=chance.uniform(0.2, hours))
        site.trouble.append((begin, begin + lasts, status))
    _behave_otherwise(site, kind, some_time(), chance)


def _behave_otherwise(site: Site, kind: str, at: datetime, chance: random.Random) -> None:
    if kind in _FOR_GOOD:
        site.last_status, site.gone_at = _FOR_GOOD[kind], at
    elif kind == "moved":
        site.redirect = (at, 301, f"https://new-{site.feed.id}.example/feed")
    elif kind == "elsewhere":
        site.redirect = (BEGIN, 302, f"{site.feed.url}?page=1")
    elif kind == "slow":
        site.seconds = chance.uniform(6, 9)
    elif kind == "lies":
        site.lies, site.validators = True, ("etag", "last-modified")


# ── The web in front of poll ─────────────────────────────────────────────────────────────────────


class MadeUpWeb:
    """Keeps the contract of `Fetcher.fetch`."""

    def __init__(self, sites: Sequence[Site], clock: Clock, chance: random.Random) -> None:
        self._sites = {site.feed.url: site for site in sites}
        for site in sites:
            if site.redirect:
                self._sites[site.redirect[2]] = site
        self._clock = clock
        self._chance = chance
        self._given: set[str] = set()  # feeds that have given validators
        self.requests: list[Request] = []

    def fetch(
        self,
        url: str,
        max_bytes: int,  # noqa: ARG002
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        site, begin = self._sites[url], self._clock.now
        status = site.status_at(begin)
        conditions = dict(headers or {})
        self._clock.now += timedelta(seconds=self._seconds(site, status))
        redirects = _redirects(site, url, begin)
        if status == 200 and _is_unchanged(site, conditions, begin):
            status = 304
        self._note(site, url, begin, status, bool(conditions))
        final = redirects[-1].url if redirects else url
        if status == 0:
            raise TooSlow(url, "not done in 20 s")
        if status >= 400:
            raise self._refusal(site, final, status)
        stated = self._headers(site, begin)
        body = b"" if status == 304 else _body(site, begin)
        return Response(final, status, stated, body, redirects)

    def _seconds(self, site: Site, status: int) -> float:
        return 20.0 if status == 0 else site.seconds * self._chance.uniform(0.7, 1.5)

    def _note(self, site: Site, url: str, begin: datetime, status: int, conditional: bool) -> None:
        early = site.not_before is not None and begin < site.not_before
        waits = site.asked_to_wait_until
        self.requests.append(
            Request(
                site.feed.id,
                host_of(url),
                begin,
                self._clock.now,
                status,
                conditional,
                site.feed.id in self._given,
                early,
                waits is not None and begin < waits,
            )
        )

    def _refusal(self, site: Site, url: str, status: int) -> HttpStatus:
        if status != 429:
            return HttpStatus(url, status, None)
        seconds = self._chance.choice((600, 1800, 3600, 7200))
        site.not_before = self._clock.now + timedelta(seconds=seconds)
        return HttpStatus(url, status, seconds)

    def _headers(self, site: Site, now: datetime) -> dict[str, str]:
        if site.validators:
            self._given.add(site.feed.id)
        stated = {"content-type": "application/feed"}
        known = _validators(site, now)
        stated |= {name: known[name] for name in site.validators}
        wait = site.ttl_minutes * 60
        if site.max_age is not None:
            stated["cache-control"] = f"public, max-age={site.max_age}"
            wait = max(wait, site.max_age)
        site.asked_to_wait_until = now + timedelta(seconds=wait) if wait else None
        return stated


def _redirects(site: Site, url: str, now: datetime) -> tuple[Redirect, ...]:
    if site.redirect is None or url == site.redirect[2] or now < site.redirect[0]:
        return ()
    return (Redirect(site.redirect[1], site.redirect[2]),)


def _validators(site: Site, now: datetime) -> dict[str, str]:
    version = site.version(now)
    newest = site.items[version - 1].visible_at if version else BEGIN - HISTORY
    return {"etag": f'"{version}-x"', "last-modified": format_datetime(newest)}


def _is_unchanged(site: Site, conditions: Mapping[str, str], now: datetime) -> bool:
    if not conditions or site.lies:
        return bool(conditions)
    known = _validators(site, now)
    if "If-None-Match" in conditions:
        return conditions["If-None-Match"] == known["etag"]
    return conditions["If-Modified-Since"] == known["last-modified"]


def _body(site: Site, now: datetime) -> bytes:
    version = site.version(now)
    listed = site.items[max(0, version - site.listed) : version][::-1]
    if site.ttl_minutes:
        return _rss(site, listed)
    items = [
        {"id": item.url, "url": item.url, "title": "News"}
        | ({"date_published": item.stated} if item.stated else {})
        for item in listed
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def _rss(site: Site, listed: Sequence[Item]) -> bytes:
    """JSON Feed has no ttl."""
    items = "".join(
        f"<item><title>News</title><link>{escape(item.url)}</link><guid>{escape(item.url)}</guid>"
        + (f"<dc:date>{item.stated}</dc:date>" if item.stated else "")
        + "</item>"
        for item in listed
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>News</title><link>{site.feed.url}</link>"
        f"<ttl>{site.ttl_minutes}</ttl>{items}</channel></rss>"
    ).encode()


# ── Table, queue, host slots ─────────────────────────────────────────────────────────────────────


class MemoryFeeds:
    """Keeps the conditions of `FeedsTable`."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self.rows: dict[str, FeedRow] = {}
        self._clock = clock
        self._chance = chance
        self.finds = self.claims = self.saves = 0

    def put_feed(self, feed: Feed, now: datetime) -> None:
        self.rows[feed.id] = FeedRow(feed=feed, state=FeedState(), due_at=now)

    def find_due(self, now: datetime, limit: int) -> list[DueFeed]:
        due = [row for row in self.rows.values() if row.due_at and row.due_at <= now]
        due.sort(key=lambda row: row.due_at or now)
        return [DueFeed(id=r.feed.id, url=r.url, due_at=r.due_at or now) for r in due[:limit]]

    def claim(self, due: Sequence[DueFeed], until: datetime) -> list[DueFeed]:
        self.claims += len(due)
        ours = [each for each in due if self.rows[each.id].due_at == each.due_at]
        for each in ours:
            self.rows[each.id] = self.rows[each.id].model_copy(update={"due_at": until})
        return ours

    def find(self, feed_id: str) -> FeedRow | None:
        self.finds += 1
        return self.rows.get(feed_id)

    def save_state(self, feed: Feed, state: FeedState, due_at: datetime | None) -> bool:
        if self._chance.random() < CRASHES:
            raise Crash
        self.saves += 1
        row = self.rows[feed.id]
        if row.feed.url != feed.url:
            return False
        self.rows[feed.id] = FeedRow(feed=row.feed, state=state, due_at=due_at)
        return True


class MemorySlots:
    """As jobs run one after the other, a host is free again at a time that is known by then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, datetime]] = {}
        self.taken = self.refused = 0

    def take(self, host: str, owner: str, now: datetime, until: datetime) -> bool:
        _, busy_until = self._held.get(host, ("", now))
        if busy_until > now:
            self.refused += 1
            return False
        self.taken += 1
        self._held[host] = (owner, until)
        return True

    def release(self, host: str, owner: str, free_at: datetime | None = None) -> None:
        if self._held[host][0] == owner:
            self._held[host] = (owner, free_at or self._clock.now)


class MemoryQueue:
    """Poll jobs by when they become visible; some come twice."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self._heap: list[tuple[datetime, int, PollJob]] = []
        self._numbers = itertools.count()
        self.calls = 0

    def send(self, job: PollJob, delay_seconds: int = 0) -> None:
        self.calls += 1
        self.put(job, timedelta(seconds=delay_seconds))
        if self._chance.random() < DELIVERED_TWICE:
            self.put(job, timedelta(seconds=delay_seconds + self._chance.uniform(0, 1200)))

    def send_all(self, jobs: Sequence[PollJob]) -> None:
        for job in jobs:
            self.send(job)
        self.calls += math.ceil(len(jobs) / 10) - len(jobs)

    def put(self, job: PollJob, delay: timedelta) -> None:
        heapq.heappush(self._heap, (self._clock.now + delay, next(self._numbers), job))

    def visible_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def take(self) -> PollJob:
        return heapq.heappop(self._heap)[2]


@dataclass
class SentOn:
    """Ingest jobs that were sent: when each entry was first, and which came with no alert."""

    clock: Clock
    first: dict[str, datetime] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    calls: int = 0

    def send(self, job: IngestJob) -> None:
        self.calls += 1
        for entry in job.entries:
            self.first.setdefault(entry.url, self.clock.now)
            if job.silent:
                self.silent.add(entry.url)


@dataclass
class Notices:
    subjects: list[str] = field(default_factory=list)

    texts: list[str] = field(default_factory=list)

    def tell(self, subject: str, text: str) -> None:
        self.subjects.append(subject)
        self.texts.append(text)


# ── Days ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Simulation:
    sites: list[Site]
    days: int
    web: MadeUpWeb
    feeds: MemoryFeeds
    queue: MemoryQueue
    slots: MemorySlots
    sent: SentOn
    notices: Notices
    clock: Clock
    polling: Polling
    dispatching: Dispatching
    jobs: int = 0
    busy: timedelta = timedelta()
    ticks: int = 0

    @property
    def end(self) -> datetime:
        return BEGIN + timedelta(days=self.days)

    def run(self) -> None:
        workers = [BEGIN] * WORKERS
        tick = BEGIN
        while tick < self.end:
            visible_at = self.queue.visible_at()
            begin = max(workers[0], visible_at) if visible_at else self.end
            if tick <= begin:
                self.clock.now = tick
                dispatch(self.dispatching)
                self.ticks += 1
                tick += timedelta(minutes=1)
            else:
                self.clock.now = begin
                self._work(self.queue.take())
                heapq.heapreplace(workers, self.clock.now)

    def _work(self, job: PollJob) -> None:
        begin = self.clock.now
        self.jobs += 1
        self.clock.now += JOB_OVERHEAD
        try:
            poll(job, self.polling)
        except Crash:
            self.queue.put(job, REDELIVERY)
        self.busy += self.clock.now - begin


def simulate(feeds: int, days: int, seed: int = 4) -> Simulation:
    chance, clock = random.Random(seed), Clock()
    sites = make_sites(feeds, days, seed)
    web = MadeUpWeb(sites, clock, chance)
    table = MemoryFeeds(clock, chance)
    queue, slots = MemoryQueue(clock, chance), MemorySlots(clock)
    sent, notices = SentOn(clock), Notices()
    numbers = itertools.count()

    def pause(seconds: float) -> None:
        clock.now += timedelta(seconds=seconds)

    polling = Polling(
        feeds=table,
        jobs=sent,
        polls=queue,
        slots=slots,
        operator=notices,
        web=web,
        clock=clock,
        jitter=chance.random,
        new_id=lambda: str(next(numbers)),
        pause=pause,
        # Where hubs cannot reach us none is asked.
        subscribing=Subscribing(leases=table, hub=web, api_url="", random_text=str),
    )
    dispatching = Dispatching(feeds=table, jobs=queue, clock=clock)
    for site in sites:
        table.put_feed(site.feed, BEGIN)
    made = Simulation(
        sites, days, web, table, queue, slots, sent, notices, clock, polling, dispatching
    )
    made.run()
    return made
