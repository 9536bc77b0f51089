"""What travels between stages, as JSON in an SQS message."""

from urllib.parse import urlsplit

from tocsin.model.entries import Entry
from tocsin.model.values import Instant, Value

# One job's pages must be fetched within one invocation (300 s): ten at 20 s each leave a third.
MAX_ENTRIES_PER_JOB = 10
# SQS takes a mebibyte; a quarter of it is left for what is around the entries.
MAX_ENTRY_BYTES_PER_JOB = 750_000
# Likewise feeds of one host; what is over stays due and goes out a minute later.
MAX_FEEDS_PER_JOB = 10


def host_of(url: str) -> str:
    """Whom a URL asks; empty for what is no URL, as http://[ is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class Push(Value):
    """A document that a hub brought: gzip, in base64."""

    content_type: str
    body: str


class PollJob(Value):
    """Feeds of one host that are due; or the one feed whose document a hub has pushed."""

    host: str
    feed_ids: tuple[str, ...]
    push: Push | None = None


class IngestJob(Value):
    """Unseen entries of one feed that lead to one host. `silent`: to the archive, no alert.

    `attempt` counts from 1; entries whose page may come right later travel again in a new job.
    """

    host: str
    feed_id: str
    publisher: str | None = None
    language: str | None = None
    country: str | None = None
    silent: bool = False
    seen_at: Instant
    attempt: int = 1
    entries: tuple[Entry, ...]
