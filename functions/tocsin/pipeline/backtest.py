"""backtest: what a topic would have matched and told, had it been in force.

    archive ─ index, then matcher ─▶ articles ─ their stories as recorded ─▶ arrivals
                                                                               │
    report ◀─ days, lines, reasons, dollars ◀─ rehearsal of the alert stage ◀──┘

Stories are those that articles were grouped in as they came. Which reports of a story are copies of
each other nobody kept: that is told again, from the texts of those that match. Texts are as they
are now, and nobody is told of revisions.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from tocsin.alerts.policy import rings_for_stories
from tocsin.archive.backtest import Archive, Asking, Found
from tocsin.archive.records import Record, key_of
from tocsin.model.matches import Match
from tocsin.model.stories import Member
from tocsin.model.topics import TopicRow
from tocsin.model.values import to_text
from tocsin.pipeline.backtest_report import Range, Rehearsed
from tocsin.pipeline.rehearsal.stage import Arrival, Rehearsal
from tocsin.pipeline.rehearsal.stories import MemoryStories
from tocsin.pipeline.story import MAX_TITLE_CHARACTERS, bell_of, enter_story
from tocsin.pipeline.volume import BASELINE
from tocsin.query.excerpt import excerpt, words_of
from tocsin.stories.attribution import source_of
from tocsin.stories.decide import Kind

# Of one topic. Whoever wants to hear of more than that in a month has asked for no topic; so many
# take 35 s and, with their texts and all that alerting notes of them, 190 MB.
MAX_MATCHES = 10_000
# Before the first day: stories that began there have rung there.
LEAD = timedelta(days=3)
_STORIES_AT_ONCE = 200  # in one look at the archive


@dataclass(frozen=True)
class Past:
    """The archive, and when each feed gave its first document, of which nothing rings."""

    archive: Archive
    filled_at: Mapping[str, str] = field(default_factory=dict)

    def is_silent(self, record: Record) -> bool:
        return self.filled_at.get(record.feed_id) == to_text(record.seen_at)


def backtest(
    row: TopicRow, asking: Asking, past: Past, since: datetime, until: datetime, api_url: str = ""
) -> Rehearsed:
    """`row` is the topic as it would be in force, with its lines and who listens there. Raises
    CorruptError; what the store raises passes."""
    before = past.archive.looked_at
    found, cut = _found(row, asking, past, since, until)
    begin = found[0].record.seen_at if cut else since
    looked = Range(since, _since(begin, past), until, _archive_since(past), cut)
    matches = {each.record.id: _match(row.topic.id, each) for each in found}
    begin = looked.since - LEAD
    stage = Rehearsal([_awake(row)], begin, api_url=api_url, listens_from=looked.since)
    coming = _arrivals(row, found, matches, past, looked)
    stage.run(coming, until, timedelta())
    within = [each for each in found if each.record.seen_at >= looked.since]
    return Rehearsed(row, looked, within, matches, stage, past.archive.looked_at - before)


def _awake(row: TopicRow) -> TopicRow:
    """Whether it is muted now says nothing of the topic."""
    return row.model_copy(update={"muted": False, "snoozed_until": None})


def _lead(row: TopicRow) -> timedelta:
    settings = row.topic.alert
    return BASELINE if settings.surge or settings.silence else LEAD


def _found(
    row: TopicRow, asking: Asking, past: Past, since: datetime, until: datetime
) -> tuple[list[Found], bool]:
    """Oldest first; and whether there were more, older ones, than a back-test takes."""
    newest_first = past.archive.matched(asking, since - _lead(row), until)
    found = list(islice(newest_first, MAX_MATCHES))
    found.sort(key=lambda each: key_of(each.record))
    more = len(found) == MAX_MATCHES and found[0].record.seen_at > since
    return found, more


def _since(begin: datetime, past: Past) -> datetime:
    archive_since = _archive_since(past)
    return max(begin, archive_since) if archive_since else begin


def _archive_since(past: Past) -> datetime | None:
    began = past.archive.began_at
    return datetime.fromtimestamp(began, UTC) if began is not None else None


def _match(topic_id: str, found: Found) -> Match:
    record = found.record
    return Match(
        article_id=record.id,
        topic_id=topic_id,
        title=record.title,
        url=record.url,
        publisher=record.publisher,
        seen_at=record.seen_at,
        published_at=record.published_at,
        language=record.language,
        story_id=record.story_id,
        words=words_of(record.title, record.text, found.hits),
        excerpt=excerpt(record.title, record.text, found.hits),
    )


# Arrivals


def _arrivals(
    row: TopicRow,
    found: Sequence[Found],
    matches: Mapping[str, Match],
    past: Past,
    looked: Range,
) -> list[Arrival]:
    """In order of time: what matches, and where the topic counts a story's publishers, what else is
    in its stories."""
    same_as = {} if rings_for_stories(row.topic.alert) else _copies(found)
    counted_from = looked.since - LEAD
    arrivals = [
        Arrival(
            member=_member(each.record),
            story_id=each.record.story_id,
            same_as=same_as.get(each.record.id, ""),
            matches=(matches[each.record.id],),
            silent=past.is_silent(each.record),
            past=each.record.seen_at < counted_from,
        )
        for each in found
    ]
    if rings_for_stories(row.topic.alert):
        arrivals += _others(found, past, counted_from, looked.until)
    return sorted(arrivals, key=lambda each: (each.at, each.member.article_id))


def _member(record: Record) -> Member:
    return Member(
        article_id=record.id,
        title=record.title[:MAX_TITLE_CHARACTERS],
        publisher=record.publisher,
        seen_at=record.seen_at,
        language=record.language,
        kind=Kind.ATTACH.value,
        source=source_of(record.text),
    )


def _copies(found: Iterable[Found]) -> dict[str, str]:
    """By article the one of its story that it is the same as, among those that match."""
    stories: dict[str, list[Record]] = defaultdict(list)
    for each in found:
        if each.record.story_id is not None:
            stories[each.record.story_id].append(each.record)
    bells = (pair for those in stories.values() if len(those) > 1 for pair in _bells(those))
    return {article_id: bell for article_id, bell in bells if article_id != bell}


def _bells(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """They are grouped again as ingest does it, by themselves."""
    stories = MemoryStories()
    for record in records:
        enter_story(record, stories)
        yield record.id, bell_of(record.id, stories)[0]


def _others(
    found: Iterable[Found], past: Past, since: datetime, until: datetime
) -> Iterator[Arrival]:
    """Members of the same stories that do not match."""
    known = {each.record.id for each in found}
    story_ids = list(dict.fromkeys(e.record.story_id for e in found if e.record.story_id))
    for at in range(0, len(story_ids), _STORIES_AT_ONCE):
        those = story_ids[at : at + _STORIES_AT_ONCE]
        for record in past.archive.of_stories(those, since, until):
            if record.id not in known:
                yield Arrival(_member(record), record.story_id)
