"""A clock that moves when it is told to, or when somebody sleeps."""

from datetime import datetime, timedelta


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def to(self, at: datetime) -> None:
        self.now = max(self.now, at)
