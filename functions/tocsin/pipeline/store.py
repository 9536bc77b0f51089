"""What is written of articles, in the order that `ingest.py` explains."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from tocsin.archive.records import Record, to_batch
from tocsin.articles.capture import write_captures
from tocsin.jobs import IngestJob
from tocsin.model.articles import Article, Capture
from tocsin.pipeline.ingesting import Draft, Ingested, Ingesting, Outcome, Prepared, Store
from tocsin.pipeline.matching import add_match, document_of, match_of
from tocsin.pipeline.revise import store_version
from tocsin.pipeline.story import enter_story
from tocsin.query.matcher import Matcher


def with_captures(drafts: Sequence[Draft], store: Store, at: datetime) -> Iterator[Draft]:
    """Stores the pages in one file, and gives the articles that know where in it theirs lies."""
    responses = [each.response for each in drafts if each.response is not None]
    if not responses:
        yield from drafts
        return
    warc, records = write_captures(responses)
    key = store.put_capture(warc, at)
    places = iter(records)
    for each in drafts:
        if each.response is None:
            yield each
            continue
        place = next(places)
        capture = Capture(key=key, offset=place.offset, length=place.length)
        yield replace(each, article=each.article.model_copy(update={"capture": capture}))


def prepare(draft: Draft, job: IngestJob, matcher: Matcher, outside: Ingesting) -> Prepared:
    """Writes one article in the order that `ingest.py` explains, as far as the batch. A
    version has its story and topics already."""
    if draft.former:
        return Prepared(draft)
    document = document_of(draft.article, job.country)
    topics = tuple(matcher.match(document).topic_ids())
    entered = enter_story(draft.article, outside.stories, outside.recent)
    article = draft.article.model_copy(update={"topics": topics, "story_id": entered.story_id})
    outside.store.put_article(article)
    matches = [
        match_of(article, entered, topic, matcher.spans(document, topic)) for topic in topics
    ]
    new = [add_match(match, job, outside) for match in matches]
    return Prepared(replace(draft, article=article), entered.kind, sum(new))


def hand_over(articles: Sequence[Article], job: IngestJob, outside: Ingesting) -> None:
    """One object a job and day: a put costs as much as 200 kB do in a month. A new version of an
    article is of the day that the article was first seen on."""
    fields = Record.model_fields.keys() - {"country"}
    of_day: dict[date, list[Record]] = {}
    for each in articles:
        record = Record(country=job.country, **{name: getattr(each, name) for name in fields})
        of_day.setdefault(record.seen_at.date(), []).append(record)
    for records in of_day.values():
        outside.batches.add(to_batch(records), len(records), records[0].seen_at, outside.clock())


def store(prepared: Prepared, outside: Ingesting) -> Ingested:
    """The last writes of one article: after them it is known."""
    draft, article = prepared.draft, prepared.draft.article
    if draft.former:
        return store_version(draft, draft.former, outside)
    added = outside.archive.add_article(article, draft.stated)
    # Last of all: an alias that leads to an article must never be there before it.
    for alias in draft.aliases:
        outside.archive.add_alias(alias, article.id)
    outcome = Outcome.STORED if added else Outcome.KNOWN
    done = Ingested(article.url, outcome, article.id, article.page_outcome, prepared.matches)
    return replace(done, story_id=article.story_id, story=prepared.story)
