"""What is to be stored of an entry, or how it ends without: its page is asked for here."""

from dataclasses import replace

from tocsin.articles.urls import identity
from tocsin.errors import FetchError, HostBusy, PageError
from tocsin.feeds.seen import statement_of
from tocsin.jobs import IngestJob
from tocsin.model.articles import Known
from tocsin.model.entries import Entry
from tocsin.pipeline.ingesting import Draft, Ingested, Ingesting, Outcome, may_wait, waiting
from tocsin.pipeline.reading import Host, from_feed, from_page
from tocsin.pipeline.revise import revise, worth_a_look
from tocsin.web.fetcher import PAGE_BYTES

MAX_ATTEMPTS = 3  # to get a page that may come later; after that the feed's own text is kept


def draft(entry: Entry, job: IngestJob, host: Host, outside: Ingesting) -> Draft | Ingested:
    """What is to be stored of the entry, or how it has ended without."""
    known = outside.archive.find_known(identity(entry.url))
    if known and known.forgotten_at:
        return Ingested(entry.url, Outcome.FORGOTTEN, known.article_id)
    if known and not worth_a_look(known, entry, job.feed_id):
        return Ingested(entry.url, Outcome.KNOWN, known.article_id)
    read = _read(entry, job, host, outside)
    if isinstance(read, Ingested):
        return _ended_again(read, known, entry, outside) if known else read
    if known:
        return revise(read, known, entry, outside)
    # What a page calls its canonical URL may itself be another URL of the article that is stored.
    if read.aliases and (same := outside.archive.find_known(read.article.id)):
        for alias in read.aliases:
            outside.archive.add_alias(alias, same.article_id)
        outcome = Outcome.FORGOTTEN if same.forgotten_at else Outcome.KNOWN
        return Ingested(entry.url, outcome, same.article_id)
    return read


def _read(entry: Entry, job: IngestJob, host: Host, outside: Ingesting) -> Draft | Ingested:
    """The article as its page has it now, or as its feed does; or that the page may come later."""
    try:
        response = outside.web.fetch(entry.url, PAGE_BYTES)
        return from_page(entry, job, response, host)
    except HostBusy as error:
        if may_wait(job, outside.clock()):
            return waiting(entry)
        return from_feed(entry, job, error.outcome)
    except FetchError as error:
        if error.retryable and job.attempt < MAX_ATTEMPTS:
            return Ingested(entry.url, Outcome.DEFERRED, page_outcome=error.outcome)
        return from_feed(entry, job, error.outcome)
    except PageError as error:
        return from_feed(entry, job, error.reason)


def _ended_again(read: Ingested, known: Known, entry: Entry, outside: Ingesting) -> Ingested:
    """A known article whose page says nothing now stays as it is."""
    if read.outcome in (Outcome.DEFERRED, Outcome.WAITING):
        return read
    outside.archive.note_look(known.article_id, statement_of(entry))
    return replace(read, outcome=Outcome.KNOWN, article_id=known.article_id)
