"""How fast a topic may speak: one message a second, ten in ten minutes, the rest in a digest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

MIN_GAP = timedelta(seconds=1)
WINDOW = timedelta(minutes=10)
MAX_IN_WINDOW = 10
# Over all topics: SNS delivers ten e-mails a second to a subscription, and this leaves room for
# confirmations and notices.
MAX_PER_SECOND = 8
# After an attempt that SNS did not take: a minute, doubled each time, an hour at most. Ten attempts
# are some three to five hours.
MAX_ATTEMPTS = 10
_FIRST_BACKOFF, _LONGEST_BACKOFF = timedelta(minutes=1), timedelta(hours=1)


def next_free(published: Sequence[datetime], now: datetime) -> datetime:
    """When the next message may go out, by when the last ones did, oldest first; not before
    `now`."""
    free = now
    if published:
        free = max(free, published[-1] + MIN_GAP)
    if len(published) >= MAX_IN_WINDOW:
        free = max(free, published[-MAX_IN_WINDOW] + WINDOW)
    return free


def with_one_more(published: Sequence[datetime], at: datetime) -> tuple[datetime, ...]:
    """As many as `next_free` asks for."""
    return (*published, at)[-MAX_IN_WINDOW:]


def backoff(attempts: int, jitter: float) -> timedelta:
    """After so many attempts; `jitter` is from 0 to 1, so that not all come back at once."""
    longest = min(_FIRST_BACKOFF * int(2 ** min(attempts - 1, 10)), _LONGEST_BACKOFF)
    return longest / 2 + longest / 2 * jitter
