"""why: the life of an article in steps, from the feed that brought it to what was told of it. Pure.

What polling and ingest did comes first, under the time of the poll: rows keep no other. Everything
after that stands in the order in which it happened; what has no time of its own is last.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from tocsin.model.alerts import AlertRow
from tocsin.model.articles import Article, Change, TextFrom
from tocsin.model.excerpts import Excerpt
from tocsin.model.matches import MatchRow, Note
from tocsin.model.stories import StoryState
from tocsin.model.topics import Topic
from tocsin.model.values import Instant, Value
from tocsin.pipeline.ends import End, end_of_alert, end_of_match, ends_of
from tocsin.pipeline.records import Records, publishers
from tocsin.query.meaning import Inflection
from tocsin.query.nearest import Nearness, in_words, nearest

# What became of a page, for those whose outcome says too little.
_PAGE_OUTCOMES = {
    "robots_refused": "the host's robots.txt asks not to fetch it",
    "robots_unknown": "the host's robots.txt cannot be had, which forbids it",
    "host_busy": "its host was busy or resting for hours",
    "consent_wall": "it asks for consent",
    "paywall": "it shows less than its feed says, and asks for money",
    "no_text": "it holds no text",
    "not_html": "it is no HTML",
    "redirected_to_front_page": "it leads to the site's front page",
    "address_refused": "it is not on the public internet",
    "http_401": "the site refuses us",
    "http_403": "the site refuses us",
    "http_404": "it is not there",
    "http_410": "it is not there any more",
    "http_429": "the site refuses us for now",
    "http_451": "the site refuses us, for legal reasons",
}
_STORY_KINDS = {
    "version": "the same outlet's own article again",
    "copy": "the same words as another outlet's",
    "update": "the same event, beyond doubt",
    "attach": "the same running story, probably: it has a bell of its own",
    "translation": "a translation",
    "joined_later": "an operator put it there",
}
# Compared with one article: 3 s, most of it for those that are read in full.
MAX_TOPICS = 2_000
_MOST_NAMED = 5  # of a story's publishers
# What is seen to be a fact of the text itself.
_TEXT_FACTS = ("title", "text")


class Step(Value):
    """One thing that happened; `excerpt` shows words in their sentence. Without `at` nobody noted
    when."""

    at: Instant | None = None
    what: str
    detail: str
    excerpt: Excerpt | None = None


class NearTopic(Value):
    """A topic in force that the article did not match, and what it lacks, in words. One that it
    `matches` now was not in force when it came, or another one then."""

    topic_id: str
    share: float
    matches: bool
    words: str


class Life(Value):
    """Of one article. `ends` is what all came to, `near` the topics that it nearly matched."""

    article_id: str
    url: str
    title: str
    publisher: str
    steps: tuple[Step, ...]
    ends: tuple[End, ...]
    near: tuple[NearTopic, ...] = ()


def life_of(records: Records, near: Sequence[NearTopic] = ()) -> Life:
    article = records.article
    return Life(
        article_id=article.id,
        url=article.url,
        title=article.title,
        publisher=article.publisher,
        steps=(*_arrival(records), *_in_order(_later(records))),
        ends=ends_of(records),
        near=tuple(near),
    )


def near_topics(
    records: Records, topics: Sequence[Topic], inflection: Inflection, most: int
) -> list[NearTopic]:
    """Those in force that the article did not match, the nearest first. Raises QueryError."""
    matched = {row.match.topic_id for row in records.matches}
    others = [topic for topic in topics if topic.id not in matched][:MAX_TOPICS]
    found = nearest(others, records.document, inflection, most) if most else []
    return [_near_topic(topic, near) for topic, near in found]


def _near_topic(topic: Topic, near: Nearness) -> NearTopic:
    words = "it would match now: the topic was put in force or changed after the article came"
    return NearTopic(
        topic_id=topic.id,
        share=near.share,
        matches=near.matches,
        words=words if near.matches else in_words(near),
    )


def _in_order(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.at.timestamp() if step.at else math.inf)


# ── until it was stored ──


def _arrival(records: Records) -> Iterator[Step]:
    first = records.versions[0]
    at = first.seen_at
    if first.published_at:
        origin = first.origins.get("published_at", "its feed or page")
        yield Step(at=first.published_at, what="published", detail=f"as stated by {origin}")
    yield Step(at=at, what="seen", detail=_seen(records, first))
    yield Step(at=at, what="page", detail=_page(first))
    yield Step(at=at, what="text", detail=_text(first))
    if facts := _facts(first):
        yield Step(at=at, what="facts", detail=facts)
    yield Step(at=at, what="story", detail=_story(records))
    for row in records.matches:
        words = ", ".join(f"“{word}”" for word in row.match.words)
        detail = f"topic {row.match.topic_id}" + (f" on {words}" if words else "")
        yield Step(at=at, what="matched", detail=detail, excerpt=row.match.excerpt)
    if not records.matches:
        yield Step(at=at, what="matched", detail="no topic in force")


def _seen(records: Records, first: Article) -> str:
    feed = records.feed
    asked_at = f" ({feed.url})" if feed else ", which has been removed since"
    poll = "; its first poll, of which nothing rings" if records.first_poll else ""
    return f"in feed {first.feed_id}{asked_at}{poll}; the entry led to {first.url}"


def _page(first: Article) -> str:
    if first.page_outcome != "ok":
        why = _PAGE_OUTCOMES.get(first.page_outcome)
        reason = f"{why} ({first.page_outcome})" if why else first.page_outcome
        return f"not used: {reason}"
    if first.capture is None:
        return "fetched; not kept as served, which its site or an earlier version did not allow"
    end = first.capture.offset + first.capture.length
    return f"fetched; kept as served in {first.capture.key}, bytes {first.capture.offset} to {end}"


def _text(first: Article) -> str:
    source = "its page" if first.text_from is TextFrom.PAGE else "its feed"
    by = f", by extractor {first.extractor}" if first.extractor else ""
    paragraphs = len(first.text.splitlines())
    language = f", language {first.language}" if first.language else ", language unknown"
    return f"{len(first.text)} characters in {paragraphs} lines from {source}{by}{language}"


def _facts(first: Article) -> str:
    return "; ".join(
        f"{name} {_value(getattr(first, name))} (from {origin})"
        for name, origin in first.origins.items()
        if name not in _TEXT_FACTS and getattr(first, name, None) not in (None, ())
    )


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _story(records: Records) -> str:
    article_id, place, story = records.article.id, records.place, records.story
    if records.article.story_id is None:
        return "none: it was stored before stories were kept"
    if place is None:
        return f"was {records.article.story_id}; stories are kept for a month"
    if place.state is StoryState.PENDING:
        return "not settled yet: whoever founds it has not confirmed it"
    if story is None:
        return f"part of {place.into or article_id}, which is not there any more"
    others = [each for each in publishers(story) if each != records.article.publisher]
    who = f"; also {_named(others)}" if others else ""
    if story.id == article_id:
        return f"founded story {story.id}: {_articles(len(story.members))}{who}"
    kind = _STORY_KINDS.get(place.kind, place.kind)
    return f"joined story {story.id} ({kind}): {_articles(len(story.members))}{who}"


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count} articles"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    named = ", ".join(names[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


# ── since then ──


def _later(records: Records) -> Iterator[Step]:
    for each in records.versions[1:]:
        yield Step(at=each.revised_at, what="revised", detail=_revision(each, each.change))
    for change in records.story.changes if records.story else ():
        yield Step(at=change.at, what="corrected", detail=change.what)
    for row in records.matches:
        yield from _of_match(row, records)
    for alert in records.alerts:
        yield from _of_alert(alert)
    if looks := records.known.looks:
        times = "once" if looks == 1 else f"{looks} times"
        detail = f"at its page {times}, because its feed said something new of it"
        yield Step(what="looked again", detail=detail)


def _revision(article: Article, change: Change | None) -> str:
    if change is None:
        return f"version {article.version}"
    title = f"; its title was “{change.title}”" if change.title else ""
    gone, new = len(change.removed), len(change.added)
    return f"version {article.version}: {gone} paragraphs gone or reworded, {new} new{title}"


def _of_match(row: MatchRow, records: Records) -> Iterator[Step]:
    """Where alerts were made of it, they say how it ended."""
    topic_id = row.match.topic_id
    if any(each.alert.topic_id == topic_id for each in records.alerts):
        yield from (_noted(topic_id, note) for note in row.history)
    else:
        yield from _until(end_of_match(row), row.history, topic_id)


def _of_alert(row: AlertRow) -> Iterator[Step]:
    kind = "" if row.alert.kind.value == "new" else f" ({row.alert.kind}: {row.alert.reason})"
    whose = f"{row.alert.topic_id} on line {row.alert.line.key}{kind}"
    yield from _until(end_of_alert(row), row.history, whose)


def _until(end: End, history: Sequence[Note], whose: str) -> Iterator[Step]:
    """What was noted, then the end, which says all that its own note does and more."""
    says = bool(history) and history[-1].outcome == end.kind.value
    for note in history[:-1] if says else history:
        yield _noted(whose, note)
    yield Step(at=end.at, what=end.kind.value, detail=_with_reason(end.topic_id, end.why))


def _noted(whose: str, note: Note) -> Step:
    return Step(at=note.at, what=note.outcome, detail=_with_reason(whose, note.reason))


def _with_reason(whose: str, reason: str) -> str:
    return f"{whose}: {reason}" if reason else whose
