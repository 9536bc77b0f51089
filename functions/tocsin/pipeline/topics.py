"""The topics in force: the compiled set that `tocsin apply` published last."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.query.matcher import Matcher

FRESH = timedelta(seconds=60)  # within this, what was applied is in force everywhere


class Source(Protocol):
    def get_topics(self, unless_version: str = "") -> tuple[bytes, str] | None: ...


class TopicsInForce:
    """Keeps the matcher of one container, and asks for a newer one when it may be stale."""

    def __init__(self, source: Source, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._matcher = Matcher([])
        self._version = ""
        self._asked_at: datetime | None = None

    def matcher(self) -> Matcher:
        """Raises QueryError for a published set that this version cannot read."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at >= FRESH:
            newer = self._source.get_topics(self._version)
            if newer is not None:
                compiled, self._version = newer
                self._matcher = Matcher.load(compiled)
            self._asked_at = now
        return self._matcher
