"""A host is asked by one at a time, with pauses."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tocsin.errors import HostBusy, RobotsRefused, TooSlow
from tocsin.model.hosts import Robots
from tocsin.web.fetcher import Response
from tocsin.web.politeness import MAX_PAUSE_SECONDS, VISIT, PoliteWeb
from tocsin.web.robots import RobotsFiles

SITE, HOST = "https://post.example", "post.example"


class World:
    """A clock, a host and its slot, in one."""

    def __init__(self, robots: str = "", seconds_a_page: float = 0.5) -> None:
        self.now = NOW
        self.robots = robots
        self.seconds_a_page = seconds_a_page
        self.begun: list[datetime] = []
        self.owner, self.until = "", NOW
        self.leads_to = ""
        self.fails = False

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= MAX_PAUSE_SECONDS
        self.now += timedelta(seconds=seconds)

    def fetch(
        self,
        url: str,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        follow: Callable[[str], None] | None = None,
    ) -> Response:
        self.begun.append(self.now)
        self.now += timedelta(seconds=self.seconds_a_page)
        if self.fails:
            raise TooSlow(url, "so")
        if self.leads_to and follow:
            follow(self.leads_to)
        return Response(url, 200, {}, b"")

    def take(self, host: str, owner: str, now: datetime, until: datetime) -> bool:
        if now < self.until:
            return False
        self.owner, self.until = owner, until
        return True

    def release(self, host: str, owner: str, free_at: datetime | None = None) -> None:
        assert owner == self.owner
        self.until = free_at or self.now

    def find_robots(self, origin: str) -> Robots:
        return Robots(text=self.robots, fetched_at=NOW)

    def put_robots(self, origin: str, robots: Robots) -> bool:
        return True

    def visitor(self, **changes: Any) -> PoliteWeb:
        ids = iter(range(10**6))
        usual: dict[str, Any] = {
            "web": self,
            "robots": RobotsFiles(self, self, self.clock),
            "slots": self,
            "pause_seconds": 2.0,
            "clock": self.clock,
            "sleep": self.sleep,
            "jitter": lambda: 0.0,
            "new_id": lambda: f"{id(ids)}-{next(ids)}",
        }
        return PoliteWeb(**(usual | changes))


def read(web: PoliteWeb, pages: int) -> int:
    """How many pages of one visit were asked for before it was time to go."""
    with web.visit(HOST):
        for number in range(pages):
            try:
                web.fetch(f"{SITE}/{number}", 100)
            except HostBusy:
                return number
    return pages


@given(
    st.integers(0, 12), st.floats(0, 20), st.floats(0, 5), st.one_of(st.just(0), st.floats(0, 90))
)
def test_no_page_is_begun_before_the_pause_after_the_one_before_it(
    pages: int, seconds_a_page: float, pause: float, crawl_delay: float
) -> None:
    world = World(f"User-agent: *\nCrawl-delay: {crawl_delay}", seconds_a_page)
    web = world.visitor(pause_seconds=pause)
    wanted = timedelta(seconds=max(pause, min(crawl_delay, 60.0)))
    left = pages
    while left:
        read_now = read(web, left)
        left -= read_now
        if left:
            assert read_now or world.until > world.now
            world.now += timedelta(seconds=web.come_again_seconds(NOW) + 1)
    page = timedelta(seconds=seconds_a_page)
    rests = [
        after - before - page for before, after in zip(world.begun, world.begun[1:], strict=False)
    ]
    assert all(rest >= wanted - timedelta(microseconds=10) for rest in rests)
    assert len(world.begun) == pages


def test_a_page_that_fails_is_followed_by_the_pause_all_the_same() -> None:
    world = World()
    world.fails = True
    web = world.visitor()
    with web.visit(HOST):
        for number in range(2):
            with pytest.raises(TooSlow):
                web.fetch(f"{SITE}/{number}", 100)
    assert world.begun[1] - world.begun[0] == timedelta(seconds=2.5)


def test_a_visit_ends_before_the_functions_time_does() -> None:
    world = World(seconds_a_page=20)
    assert read(world.visitor(), 100) < 10
    assert world.begun[-1] - NOW < VISIT


def test_a_host_has_one_visitor() -> None:
    world = World()
    one, two = world.visitor(), world.visitor()
    with one.visit(HOST) as ours:
        assert ours
        with two.visit(HOST) as theirs:
            assert not theirs
            with pytest.raises(HostBusy):
                two.fetch(f"{SITE}/a", 100)
        one.fetch(f"{SITE}/a", 100)
    with two.visit(HOST) as rested:
        assert not rested
    world.now += timedelta(seconds=2)
    with two.visit(HOST) as theirs:
        assert theirs


def test_outside_a_visit_nothing_is_asked() -> None:
    world = World()
    web = world.visitor()
    with web.visit(HOST):
        pass
    with pytest.raises(HostBusy) as raised:
        web.fetch(f"{SITE}/a", 100)
    assert raised.value.retryable
    assert world.begun == []


def test_a_visit_that_is_broken_off_leaves_the_host_to_its_lease() -> None:
    world = World()
    web = world.visitor()
    with pytest.raises(RuntimeError), web.visit(HOST):
        raise RuntimeError
    assert world.until > world.now + timedelta(minutes=5)
    with pytest.raises(HostBusy):
        web.fetch(f"{SITE}/a", 100)


def test_where_a_redirect_leads_is_asked_of_robots_txt_first() -> None:
    world = World("User-agent: *\nDisallow: /private")
    world.leads_to = f"{SITE}/private/1"
    web = world.visitor()
    with web.visit(HOST), pytest.raises(RobotsRefused):
        web.fetch(f"{SITE}/a", 100)


def test_who_waits_comes_again_later_and_later_but_within_minutes() -> None:
    world = World()
    web = world.visitor()
    waits = []
    for minutes in (0, 1, 5, 60, 360):
        world.now = NOW + timedelta(minutes=minutes)
        waits.append(web.come_again_seconds(NOW))
    assert waits == [10, 10, 10, 120, 120]
    assert world.visitor(jitter=lambda: 1.0).come_again_seconds(NOW) == 240
    assert world.visitor(pause_seconds=0.0).come_again_seconds(world.now) == 1


def test_who_was_told_to_rest_comes_again_when_the_host_has_rested() -> None:
    world = World("User-agent: *\nCrawl-delay: 45")
    web = world.visitor()
    assert read(web, 2) == 1
    assert web.come_again_seconds(NOW) == 45
