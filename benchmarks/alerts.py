"""A month of alerts: how fast, how often and when topics speak.

    python benchmarks/alerts.py [--topics 200 --subscribers 5000 --days 31] [--json FILE]

`benchmarks/alert_month.py` makes the month up and runs the real alert stage through it on a virtual
clock; alerts whose time is after its end are run out. Exits with 1 where a goal is missed.

`alerts_per_story_and_topic` counts first alerts on one line of one bell: a story, where the topic
counts publishers; else an article with all that are the same as it. Other articles of a story ring
for themselves there: `alerts_per_whole_story` is what that comes to.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.alert_month import DAYS, Month, simulate
from tocsin.alerts.pacing import MAX_IN_WINDOW, MAX_PER_SECOND
from tocsin.alerts.policy import rings_for_stories
from tocsin.model.alerts import AlertKey, AlertStatus
from tocsin.model.lines import Channel
from tocsin.model.topics import AlertSettings

GOALS = {
    "max_publishes_per_second_per_topic": 1,
    "max_publishes_per_second": MAX_PER_SECOND,
    "max_publishes_in_ten_minutes_per_topic": MAX_IN_WINDOW,
    "alerts_per_story_and_topic": 1,
    "told_twice": 0,
    "unstated_updates": 0,
    "held_never_sent": 0,
    "matches_undecided": 0,
    "sms_segments_max": 1,
    "told_in_quiet_hours": 0,
}


def figures_of(month: Month) -> dict[str, Any]:
    return {
        "topics": len(month.topics),
        "subscribers": sum(sum(row.listeners.values()) for row in month.topics.values()),
        "matches": month.matches,
        "alerts": len(month.alerts.alerts.table.rows),
        "notifications": len(month.told),
        "ticks": month.ticks,
        "surges_and_silences": month.heard,
        **_pace(month),
        **_stories(month),
        **_ends(month),
        **_sms(month),
        "told_in_quiet_hours": sum(_in_quiet_hours(month)),
        **_delays(month),
    }


def busiest(times: Iterable[datetime], window: timedelta) -> int:
    """The most in any window of that length."""
    most, first, ordered = 0, 0, sorted(times)
    for number, at in enumerate(ordered):
        while ordered[first] <= at - window:
            first += 1
        most = max(most, number - first + 1)
    return most


def _pace(month: Month) -> dict[str, int]:
    of_topic: dict[str, list[datetime]] = defaultdict(list)
    for each in month.told:
        of_topic[each.topic_id].append(each.at)
    second, ten = timedelta(seconds=1), timedelta(minutes=10)
    return {
        "max_publishes_per_second_per_topic": max(busiest(t, second) for t in of_topic.values()),
        "max_publishes_per_second": busiest((each.at for each in month.told), second),
        "max_publishes_in_ten_minutes_per_topic": max(busiest(t, ten) for t in of_topic.values()),
    }


def _edition(key: AlertKey) -> str:
    return key.sk.rpartition("#")[2]


def _stories(month: Month) -> dict[str, Any]:
    """Surges and silences are of no article."""
    firsts, whole, updates = Counter[Any](), Counter[Any](), Counter[Any]()
    unstated = 0
    told = [key for each in month.told for key in each.keys]
    for key in told:
        if key.pk.startswith("V#"):
            continue
        settings = month.topics[key.topic_id].topic.alert
        article_id, line = key.pk[2:], (key.topic_id, key.line_key)
        story_id = month.story_of[article_id]
        bell = story_id if rings_for_stories(settings) else month.bell_of[article_id]
        if _edition(key) == "0":
            firsts[bell, line] += 1
            whole[story_id, line] += 1
        else:
            updates[story_id, line] += 1
            unstated += _edition(key) not in {f"u{step}" for step in settings.update_at}
    return {
        "alerts_per_story_and_topic": max(firsts.values()),
        "told_twice": sum(times - 1 for times in Counter(told).values()),
        "updates": sum(updates.values()),
        "updates_per_story_and_topic_max": max(updates.values(), default=0),
        "unstated_updates": unstated,
        "alerts_per_whole_story_mean": statistics.mean(whole.values()),
        "alerts_per_whole_story_max": max(whole.values()),
    }


def _ends(month: Month) -> dict[str, int]:
    ended = {AlertStatus.SENT, AlertStatus.MERGED, AlertStatus.DROPPED}
    rows = month.alerts.alerts.table.rows.values()
    held = sum(any("held" in note.outcome for note in row.history[1:]) for row in rows)
    matches = Counter(str(row.status) for row in month.articles.matches.table.rows.values())
    return {
        "alerts_deferred_at_send": held,
        "held_never_sent": sum(row.status not in ended for row in rows),
        "matches_undecided": matches["due"] + matches["deciding"] + matches["failed"],
        "matches_alerted": matches["alerted"],
        "matches_merged": matches["merged"],
        "matches_dropped": matches["dropped"],
    }


def _sms(month: Month) -> dict[str, int]:
    told = [each.segments for each in month.told if each.line.channel is Channel.SMS]
    return {
        "sms": len(told),
        "sms_segments_max": max(told, default=0),
        "sms_to_mail": sum(
            row.status == AlertStatus.MERGED for row in month.alerts.alerts.table.rows.values()
        ),
    }


def _in_quiet_hours(month: Month) -> Iterator[bool]:
    for each in month.told:
        settings = month.topics[each.topic_id].topic.alert
        yield settings.quiet_hours is not None and is_quiet(settings, each.at)


def is_quiet(settings: AlertSettings, at: datetime) -> bool:
    """By what the clock on the wall shows."""
    start, end = settings.quiet_hours or ("", "")
    shown = f"{at.astimezone(ZoneInfo(settings.time_zone)):%H:%M}"
    return start <= shown < end if start < end else shown >= start or shown < end


def _delays(month: Month) -> dict[str, float]:
    """From the match to the message, of instant alerts: all of them, and those of topics whose
    settings let nothing wait."""
    every, free = list[float](), list[float]()
    for each in month.told:
        settings = month.topics[each.topic_id].topic.alert
        waits = settings.quiet_hours or settings.max_per_hour or settings.min_publishers > 1
        for key in each.keys:
            row = month.articles.matches.table.rows.get((key.pk, f"M#{each.topic_id}"))
            if row is not None and key.line_key == "instant" and _edition(key) == "0":
                minutes = (each.at - row.value.seen_at).total_seconds() / 60
                every.append(minutes)
                free += [] if waits else [minutes]
    return {
        "minutes_to_instant_alert_median": statistics.median(every),
        "minutes_to_instant_alert_p95": _p95(every),
        "minutes_where_nothing_waits_median": statistics.median(free),
        "minutes_where_nothing_waits_p95": _p95(free),
    }


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def misses(figures: dict[str, Any]) -> list[str]:
    return [f"{name}: {figures[name]}" for name, goal in GOALS.items() if figures[name] > goal]


def show(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        goal = f"   goal: at most {GOALS[name]}" if name in GOALS else ""
        print(f"{name:<42}{text:>12}{goal}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--topics", type=int, default=200)
    parser.add_argument("--subscribers", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    begun = time.process_time()
    month = simulate(options.topics, options.subscribers, options.days, options.seed)
    figures = figures_of(month)
    figures["cpu_seconds"] = time.process_time() - begun
    show(figures)
    missed = misses(figures)
    if options.json:
        options.json.write_text(json.dumps(figures | {"missed": missed}, indent=2))
    for each in missed:
        print(f"goal missed: {each}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
