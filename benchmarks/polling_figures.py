"""What a simulated week of polling amounts to: politeness, entries missed, delays."""

import random
import statistics
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from benchmarks.polling_world import BEGIN, Request, Simulation, Site
from tocsin.feeds.cadence import MIN_WAIT
from tocsin.feeds.validators import TRUSTED


def figures_of(made: Simulation) -> dict[str, Any]:
    asked = _by_feed(made.web.requests)
    delays = dict(_delays(made))
    fixed, fixed_missed = _fixed(made)
    median = statistics.median(each for of_site in delays.values() for each in of_site)
    return {
        "requests": len(made.web.requests),
        "requests_closer_than_15_min": sum(_too_close(each) for each in asked.values()),
        "conditional_share": _conditional_share(made.web.requests),
        "before_retry_after": sum(each.early for each in made.web.requests),
        "before_max_age_or_ttl": sum(each.impatient for each in made.web.requests),
        "max_open_per_host": max_open_per_host(made.web.requests),
        "entries_published": sum(map(len, delays.values())) + len(list(_unseen(made))),
        "entries_missed": sum(was_missed(each, n, asked) for each, n in _unseen(made)),
        "entries_lost_while_not_to_be_had": len(list(_unseen(made))),
        "entries_lost_by_fixed_polling": fixed_missed,
        "median_delay_minutes": median,
        "fixed_interval_minutes": _fixed_interval(made).total_seconds() / 60,
        "fixed_median_delay_minutes": statistics.median(fixed),
        "delay_ratio": median / statistics.median(fixed),
        "mean_delay_minutes": statistics.mean(e for of_site in delays.values() for e in of_site),
        "fixed_mean_delay_minutes": statistics.mean(fixed),
        "median_delay_of_the_median_feed_minutes": statistics.median(
            statistics.median(of_site) for of_site in delays.values() if of_site
        ),
        "requests_a_feed_and_day": len(made.web.requests) / len(made.sites) / made.days,
        "hosts_taken": made.slots.refused,
        "notices": len(made.notices.subjects),
    }


def _by_feed(requests: list[Request]) -> dict[str, list[Request]]:
    found: dict[str, list[Request]] = defaultdict(list)
    for each in requests:
        found[each.feed_id].append(each)
    return found


def _too_close(requests: list[Request]) -> int:
    """From begin to begin, as a server sees it."""
    return sum(after.begin - before.begin < MIN_WAIT for before, after in pairwise(requests))


def _conditional_share(requests: list[Request]) -> float:
    """Of the requests to servers that had given something to make a condition of."""
    possible = [each for each in requests if each.could_be]
    return sum(each.conditional for each in possible) / len(possible)


def max_open_per_host(requests: list[Request]) -> int:
    most, ends = 0, defaultdict[str, list[datetime]](list)
    for each in sorted(requests, key=lambda request: request.begin):
        still = [end for end in ends[each.host] if end > each.begin]
        ends[each.host] = [*still, each.end]
        most = max(most, len(ends[each.host]))
    return most


def _told_of(made: Simulation, site: Site) -> Iterator[int]:
    """Positions of the entries that came up after the feed's first document was read."""
    filled_at = made.feeds.rows[site.feed.id].state.filled_at
    if filled_at is not None:
        end = bisect_right(site.times, made.end)
        yield from range(bisect_right(site.times, filled_at), end)


def _delays(made: Simulation) -> Iterator[tuple[str, list[float]]]:
    """Minutes from publication to poll, of each feed's entries."""
    for site in made.sites:
        found = []
        for position in _told_of(made, site):
            item = site.items[position]
            sent_at = made.sent.first.get(item.url)
            if sent_at is not None:
                found.append((sent_at - item.visible_at).total_seconds() / 60)
        yield site.feed.id, found


def _unseen(made: Simulation) -> Iterator[tuple[Site, int]]:
    """Entries that never arrived, and were not still to be fetched at the end."""
    for site in made.sites:
        for position in _told_of(made, site):
            leaves_at = site.leaves_at(position) or made.end + timedelta(days=1)
            if site.items[position].url not in made.sent.first and leaves_at <= made.end:
                yield site, position


def was_missed(site: Site, position: int, asked: dict[str, list[Request]]) -> bool:
    """Was it listed when the feed was asked and answered? Where "unchanged" is a lie, it has to
    stay for the day after which the first poll finds lies out."""
    begin, end = site.items[position].visible_at, site.leaves_at(position)
    assert end is not None
    if site.lies:
        meanwhile = [each.begin for each in asked[site.feed.id] if begin <= each.begin < end]
        waits = [after - before for before, after in pairwise([begin, *meanwhile, end])]
        return end - begin >= TRUSTED + max(waits)
    answered = (each for each in asked[site.feed.id] if each.status in (200, 304))
    return any(begin <= each.begin < end for each in answered)


def _fixed_interval(made: Simulation) -> timedelta:
    """One interval for all feeds with which as many requests are made as were."""
    return timedelta(days=made.days) * len(made.sites) / len(made.web.requests)


def _fixed(made: Simulation) -> tuple[list[float], int]:
    """Delays in minutes under fixed polling, each feed from a time of its own on; and how many
    entries are gone before a poll meets them. Servers are in the same troubles, but believed."""
    every, chance = _fixed_interval(made), random.Random(1)
    delays, missed = [], 0
    for site in made.sites:
        first = BEGIN + every * chance.random()
        times = (first + every * n for n in range(int((made.end - BEGIN) / every) + 2))
        polls = [at for at in times if site.status_at(at) == 200]
        for position in _told_of(made, site):
            at, leaves_at = site.items[position].visible_at, site.leaves_at(position)
            seen_at = next(iter(polls[bisect_left(polls, at) :][:1]), None)
            if seen_at is None or (leaves_at is not None and leaves_at <= seen_at):
                missed += 1
            else:
                delays.append((seen_at - at).total_seconds() / 60)
    return delays, missed
