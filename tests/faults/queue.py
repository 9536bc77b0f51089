"""An SQS queue in memory: what was received is hidden for a while, and after MAX_RECEIVES goes to
the dead-letter queue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.jobs import IngestJob
from tocsin.pipeline.dead_letters import MAX_RECEIVES
from tocsin.pipeline.rehearsal.clock import Clock

VISIBILITY = timedelta(seconds=1800)  # as in template.yaml
MAX_DELAY_SECONDS = 900


@dataclass(eq=False)
class Sent:
    """A message; `seen_at` is when it can be received next."""

    body: str
    seen_at: datetime
    receives: int = 0


class FakeQueue:
    """`letters` are bodies in the dead-letter queue, each with its reason; SQS's own has none.
    `shuffle` puts what is received in some order."""

    def __init__(self, clock: Clock, shuffle: Callable[[list[Sent]], None]) -> None:
        self.letters: list[tuple[str, str]] = []
        self._clock, self._shuffle = clock, shuffle
        self._messages: list[Sent] = []

    def send(self, job: IngestJob, delay_seconds: int = 0) -> None:
        self.put(job.model_dump_json(exclude_defaults=True), min(delay_seconds, MAX_DELAY_SECONDS))

    def put(self, body: str, delay_seconds: int = 0) -> None:
        seen_at = self._clock() + timedelta(seconds=delay_seconds)
        self._messages.append(Sent(body, seen_at))

    def receive(self) -> list[Sent]:
        """All that can be received now."""
        now = self._clock()
        received = []
        for each in [each for each in self._messages if each.seen_at <= now]:
            if each.receives == MAX_RECEIVES:
                self.letters.append((each.body, ""))
                self._messages.remove(each)
                continue
            each.receives += 1
            each.seen_at = now + VISIBILITY
            received.append(each)
        self._shuffle(received)
        return received

    def delete(self, message: Sent) -> None:
        if message in self._messages:
            self._messages.remove(message)

    def give_up(self, body: str, reason: str) -> None:
        """Into the dead-letter queue."""
        self.letters.append((body, reason))

    def next_at(self) -> datetime | None:
        return min((each.seen_at for each in self._messages), default=None)

    def waiting(self) -> list[tuple[str, datetime, int]]:
        return [(each.body, each.seen_at, each.receives) for each in self._messages]

    def restore(
        self, waiting: list[tuple[str, datetime, int]], letters: list[tuple[str, str]]
    ) -> None:
        self._messages = [Sent(*each) for each in waiting]
        self.letters = [*letters]
