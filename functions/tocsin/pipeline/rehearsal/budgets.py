"""What alerts may use up, in memory: as aws/budgets.py counts it."""

from collections.abc import Sequence
from datetime import datetime

from tocsin.pipeline.rehearsal.rows import seconds


class MemoryBudgets:
    def __init__(self) -> None:
        self.paces: dict[str, tuple[datetime, ...]] = {}
        self.counts: dict[str, int] = {}
        self.told: set[str] = set()
        self.leased: dict[str, datetime] = {}
        self.done: dict[str, datetime] = {}

    def published(self, topic_id: str) -> tuple[datetime, ...]:
        return self.paces.get(topic_id, ())

    def put_published(
        self, topic_id: str, was: Sequence[datetime], now: Sequence[datetime]
    ) -> bool:
        if self.paces.get(topic_id, ()) != tuple(was):
            return False
        self.paces[topic_id] = tuple(now)
        return True

    def take_places(self, topic_id: str, now: datetime, wanted: int, most: int) -> int:
        key = f"{topic_id} {now:%Y-%m-%dT%H}"
        used = self.counts.get(key, 0)
        taken = max(0, min(wanted, most - used))
        self.counts[key] = used + taken
        return taken

    def take_segments(self, now: datetime, wanted: int, most: int) -> bool:
        key = f"{now:%Y-%m}"
        if self.counts.get(key, 0) + wanted > most:
            return False
        self.counts[key] = self.counts.get(key, 0) + wanted
        return True

    def tell_once(self, now: datetime) -> bool:
        month = f"{now:%Y-%m}"
        if month in self.told:
            return False
        self.told.add(month)
        return True

    def is_done(self, name: str, hour: datetime) -> bool:
        return name in self.done and self.done[name] >= hour

    def begin_hour(self, name: str, hour: datetime, now: datetime, until: datetime) -> bool:
        if self.is_done(name, hour):
            return False
        if name in self.leased and self.leased[name] > seconds(now):
            return False
        self.leased[name] = seconds(until)
        return True

    def end_hour(self, name: str, hour: datetime) -> None:
        self.done[name] = hour
        self.leased.pop(name, None)
