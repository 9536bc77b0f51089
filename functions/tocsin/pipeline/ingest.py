"""ingest: entries to stored articles, the story each is in, and the topics they match.

The order of writes makes a crash between any two calls harmless: the story, objects in S3, match
rows, the batch from which the archive is searched, then the article row, each conditional. An
article row that exists means that everything before it exists; a second run writes what is missing
and tells nothing twice.

An article that is stored is looked at again when the feed that brought it says something new of it
(title, summary, time of update), at most MAX_LOOKS times. What changed materially
(`articles/versions.py`) makes a new version: the former one is kept beside it, then the new one put
in its place, on condition that it still was the former, then the row. A version stays in its story
and matches nothing anew; where the article rang, a change that says something else is told.
"""

from collections.abc import Sequence

from tocsin.jobs import IngestJob
from tocsin.model.entries import Entry
from tocsin.pipeline.draft import draft
from tocsin.pipeline.ingesting import Draft, Ingested, Ingesting, Outcome, may_wait, waiting
from tocsin.pipeline.reading import Host
from tocsin.pipeline.store import hand_over, prepare, store, with_captures

RETRY_SECONDS = 60  # doubled with each attempt


def take(job: IngestJob, receives: int, outside: Ingesting) -> list[Ingested]:
    """Ingests a job; one of several entries that fails, or whose worker died, is cut: what is wrong
    with one of them takes no other with it."""
    if receives > 1 and len(job.entries) > 1:
        return cut(job, "the job came again", outside)
    try:
        return ingest(job, outside)
    except Exception as error:
        if len(job.entries) == 1:
            raise
        return cut(job, f"{type(error).__name__}: {error}", outside)


def cut(job: IngestJob, why: str, outside: Ingesting) -> list[Ingested]:
    """Those of its entries that are stored will be found to be known."""
    for entry in job.entries:
        alone = job.model_copy(update={"entries": (entry,)})
        outside.jobs.send(alone, delay_seconds=RETRY_SECONDS)
    return [Ingested(entry.url, Outcome.CUT, page_outcome=why) for entry in job.entries]


def ingest(job: IngestJob, outside: Ingesting) -> list[Ingested]:
    """Every entry of the job ends in exactly one outcome."""
    host = Host(job.host, outside.archive)
    with outside.web.visit(job.host) as our_turn:
        # Who waits for a turn looks nothing up.
        if our_turn or not may_wait(job, outside.clock()):
            results = [draft(entry, job, host, outside) for entry in job.entries]
        else:
            results = [waiting(entry) for entry in job.entries]
    drafts = [each for each in results if isinstance(each, Draft)]
    ended = [each for each in results if isinstance(each, Ingested)]
    if drafts:
        matcher = outside.topics.matcher()
        captured = with_captures(drafts, outside.store, job.seen_at)
        prepared = [prepare(each, job, matcher, outside) for each in captured]
        hand_over([each.draft.article for each in prepared], job, outside)
        ended += [store(each, outside) for each in prepared]
        host.keep()
    send_again(job, results, outside)
    return ended


def send_again(job: IngestJob, results: Sequence[Draft | Ingested], outside: Ingesting) -> None:
    """What was put off travels in new jobs, one for each reason."""
    if entries := _ended(job, results, Outcome.DEFERRED):
        retry = job.model_copy(update={"entries": entries, "attempt": job.attempt + 1})
        outside.jobs.send(retry, delay_seconds=RETRY_SECONDS * 2 ** (job.attempt - 1))
    if entries := _ended(job, results, Outcome.WAITING):
        later = job.model_copy(update={"entries": entries})
        outside.jobs.send(later, outside.web.come_again_seconds(job.seen_at))


def _ended(
    job: IngestJob, results: Sequence[Draft | Ingested], outcome: Outcome
) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry, each in zip(job.entries, results, strict=True)
        if isinstance(each, Ingested) and each.outcome is outcome
    )
