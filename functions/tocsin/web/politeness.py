"""How a host is asked for pages: by one at a time, with pauses, and for what its robots.txt allows.

One visit asks one host. Over all functions a host has one visit at a time: who visits holds the
host's slot. A redirect to another host is followed without that host's slot and pause, if its
robots.txt allows the page.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.errors import HostBusy
from tocsin.jobs import host_of
from tocsin.web.fetcher import Follow, Response
from tocsin.web.robots import RobotsFiles

# Longer than the function can run (300 s): who does not give the slot back was ended by Lambda.
SLOT_LEASE = timedelta(seconds=310)
# No page is begun after it: its pause, its robots.txt, itself (20 s each), its extraction and the
# storing of what came before it must fit the function's timeout.
VISIT = timedelta(seconds=180)
MAX_PAUSE_SECONDS = 5.0  # to sleep through; for a longer one the rest of a job travels on
# To come again where another visits: soon at first, later and later for who has waited long.
MIN_AGAIN_SECONDS, MAX_AGAIN_SECONDS = 1.0, 120.0
PAUSES_TO_COME_AGAIN = 5  # a visit for ten pages takes twenty seconds and more


class Following(Protocol):
    def fetch(
        self,
        url: str,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        follow: Follow | None = None,
    ) -> Response: ...


class HostSlots(Protocol):
    """Who may ask a host: `owner`, until it gives the host back, or until `until`."""

    def take(self, host: str, owner: str, now: datetime, until: datetime) -> bool: ...
    def release(self, host: str, owner: str, free_at: datetime | None = None) -> None: ...


class PoliteWeb:
    """Keeps the contract of `Web` within a visit, and raises what keeps a page from being asked:
    HostBusy, RobotsRefused, RobotsUnknown. `jitter` gives random numbers from 0 to 1."""

    def __init__(
        self,
        web: Following,
        robots: RobotsFiles,
        slots: HostSlots,
        pause_seconds: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._web = web
        self._robots = robots
        self._slots = slots
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._new_id = new_id
        self._ends_at: datetime | None = None  # of the visit, None where there is none
        self._free_at: datetime | None = None  # when the host may be asked for its next page

    @contextmanager
    def visit(self, host: str) -> Iterator[bool]:
        """Whether the host is ours to ask. Where the visit is broken off, its slot is left to its
        lease: others wait for five minutes, and none asks beside what may still be asking."""
        owner, now = self._new_id(), self._clock()
        self._free_at = None
        if not self._slots.take(host, owner, now, now + SLOT_LEASE):
            yield False
            return
        self._ends_at = now + VISIT
        try:
            yield True
        finally:
            self._ends_at = None
        self._slots.release(host, owner, self._free_at if self._rest_seconds() else None)

    def fetch(self, url: str, max_bytes: int, headers: Mapping[str, str] | None = None) -> Response:
        self._require_visit(url)
        rules = self._robots.rules(url)
        if rules is not None:
            rules.require_allowed(url)
        self._wait(url)
        pause = max(self._pause_seconds, rules.delay_seconds if rules else 0.0)
        try:
            return self._web.fetch(url, max_bytes, headers, follow=self._robots.require_allowed)
        finally:
            self._free_at = self._clock() + timedelta(seconds=pause)

    def come_again_seconds(self, since: datetime) -> int:
        """In how many seconds to try again, for one who has waited since then."""
        waited = (self._clock() - since).total_seconds()
        usual = max(MIN_AGAIN_SECONDS, PAUSES_TO_COME_AGAIN * self._pause_seconds, waited / 30)
        jittered = min(usual, MAX_AGAIN_SECONDS) * (1 + self._jitter())
        return math.ceil(max(jittered, self._rest_seconds()))

    def _require_visit(self, url: str) -> None:
        if self._ends_at is None:
            raise HostBusy(url, f"{host_of(url)} is being asked by another")
        if self._clock() >= self._ends_at:
            raise HostBusy(url, "the visit is over")

    def _wait(self, url: str) -> None:
        seconds = self._rest_seconds()
        if seconds > MAX_PAUSE_SECONDS:
            raise HostBusy(url, f"{host_of(url)} wants to rest for {seconds:.0f} s")
        if seconds:
            self._sleep(seconds)

    def _rest_seconds(self) -> float:
        if self._free_at is None:
            return 0.0
        return max(0.0, (self._free_at - self._clock()).total_seconds())
