"""A back-test in figures. Pure: what was rehearsed comes in, a report comes out."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.alerts.prices import SMS, price_of
from tocsin.archive.backtest import Found
from tocsin.model.alerts import AlertKey
from tocsin.model.excerpts import Excerpt
from tocsin.model.lines import Cadence, Line
from tocsin.model.matches import Match, MatchStatus, Note
from tocsin.model.topics import TopicRow
from tocsin.model.values import Instant, Value
from tocsin.pipeline.rehearsal.matches import key_of
from tocsin.pipeline.rehearsal.rows import Row
from tocsin.pipeline.rehearsal.stage import Rehearsal, Said

MONTH_DAYS = 30
MOST_NAMED = 10  # publishers, reasons
# A word that stands once in the last part of an article is as often a by-the-way as the subject.
_LATE, _LONG = 0.6, 400  # of its characters, where it has so many
_AT_ONCE = "due at once"
# Every merge names another article.
_RANG = "another article of the same report or story rang"


class Day(Value):
    """By the clock of the topic's time zone. `alerts` are told on the topic's own line that day, in
    so many `messages`."""

    day: date
    articles: int
    alerts: int
    messages: int


class Spread(Value):
    """Over the days, those with nothing included."""

    median: float
    p95: int
    worst: int
    worst_day: date | None


class LineReport(Value):
    """What one line would have carried. `instants` are messages on one story told at once,
    `digests` all others. `listeners` is how many hear it, `dollars` what that costs."""

    line: str
    listeners: int
    messages: int
    instants: int
    digests: int
    alerts: int
    sms_segments: int
    dollars: float


class Reason(Value):
    """How many articles (or alerts on their way) ended so, or waited, and why."""

    outcome: str
    reason: str
    count: int


class Example(Value):
    """An article that matched; `doubt` says why one would look at it."""

    article_id: str
    title: str
    url: str
    publisher: str
    seen_at: Instant
    language: str | None
    story_id: str | None
    excerpt: Excerpt
    outcome: str
    doubt: str = ""


class Report(Value):
    """What a topic would have matched and told between `since` and `until`. `asked_since` is what
    was asked for: `since` is later where the archive is younger (`archive_since`), or where more
    matched than a back-test takes (`cut`). `looked_at` is how many articles the index named.
    `silent` ones came with the first document of a feed; `waiting` is what would not have been
    decided or told by `until`."""

    topic_id: str
    name: str
    asked_since: Instant
    since: Instant
    until: Instant
    archive_since: Instant | None
    cut: bool
    looked_at: int
    articles: int
    stories: int
    publishers: dict[str, int]
    silent: int
    alerts: int
    updates: int
    waiting: int
    alerts_a_day: Spread
    messages_a_day: Spread
    days: tuple[Day, ...]
    outcomes: dict[str, int]
    reasons: tuple[Reason, ...]
    lines: tuple[LineReport, ...]
    dollars: float
    dollars_a_month: float
    newest: tuple[Example, ...]
    doubtful: tuple[Example, ...]


@dataclass(frozen=True)
class Range:
    """What was asked for, and what of it there is."""

    asked_since: datetime
    since: datetime
    until: datetime
    archive_since: datetime | None
    cut: bool = False

    @property
    def days(self) -> float:
        return max((self.until - self.since) / timedelta(days=1), 1 / 24)


@dataclass(frozen=True)
class Rehearsed:
    """What was rehearsed, for one topic: `found` are its articles within the range, oldest first,
    `matches` what alerting knew of them."""

    row: TopicRow
    range: Range
    found: Sequence[Found]
    matches: dict[str, Match]
    stage: Rehearsal
    looked_at: int

    @property
    def told(self) -> list[Said]:
        return [each for each in self.stage.told if self.range.since <= each.at < self.range.until]

    @property
    def own_line(self) -> Line:
        return Line(cadence=self.row.topic.alert.cadence)

    def match_row(self, article_id: str) -> Row:
        return self.stage.matches.matches.table.rows[key_of(article_id, self.row.topic.id)]


def report_of(done: Rehearsed, examples: int, sms_price: float = SMS) -> Report:
    own = [each for each in done.told if each.line == done.own_line]
    days = tuple(_days(done, own))
    outcomes = Counter(_outcome(done, each) for each in done.found)
    lines = tuple(_lines(done, sms_price))
    dollars = sum(each.dollars for each in lines)
    updates = sum(_is_update(key) for each in own for key in each.keys)
    return Report(
        topic_id=done.row.topic.id,
        name=done.row.topic.name,
        asked_since=done.range.asked_since,
        since=done.range.since,
        until=done.range.until,
        archive_since=done.range.archive_since,
        cut=done.range.cut,
        looked_at=done.looked_at,
        articles=len(done.found),
        stories=len({each.record.story_id or each.record.id for each in done.found}),
        publishers=_most(Counter(each.record.publisher for each in done.found)),
        silent=outcomes[MatchStatus.SILENT],
        alerts=sum(each.alerts for each in days),
        updates=updates,
        waiting=_waiting(done),
        alerts_a_day=_spread(days, [each.alerts for each in days]),
        messages_a_day=_spread(days, [each.messages for each in days]),
        days=days,
        outcomes=dict(outcomes.most_common()),
        reasons=tuple(_reasons(done)),
        lines=lines,
        dollars=dollars,
        dollars_a_month=dollars * MONTH_DAYS / done.range.days,
        newest=_newest(done, done.found, examples),
        doubtful=tuple(_doubtful(done, examples)),
    )


def _most(counted: Counter[str]) -> dict[str, int]:
    return dict(counted.most_common(MOST_NAMED))


def _is_update(key: AlertKey) -> bool:
    return key.sk.rpartition("#")[2] != "0" and not key.pk.startswith("V#")


# Days


def _days(done: Rehearsed, own: Iterable[Said]) -> Iterator[Day]:
    zone = ZoneInfo(done.row.topic.alert.time_zone)
    articles = Counter(each.record.seen_at.astimezone(zone).date() for each in done.found)
    alerts, messages = Counter[date](), Counter[date]()
    for each in own:
        messages[each.at.astimezone(zone).date()] += 1
        alerts[each.at.astimezone(zone).date()] += len(each.keys)
    day = done.range.since.astimezone(zone).date()
    last = (done.range.until - timedelta(seconds=1)).astimezone(zone).date()
    while day <= last:
        yield Day(day=day, articles=articles[day], alerts=alerts[day], messages=messages[day])
        day += timedelta(days=1)


def _spread(days: Sequence[Day], counts: Sequence[int]) -> Spread:
    ordered = sorted(counts)
    worst = max(range(len(counts)), key=lambda at: counts[at])
    return Spread(
        median=statistics.median(ordered),
        p95=ordered[math.ceil(0.95 * len(ordered)) - 1],
        worst=counts[worst],
        worst_day=days[worst].day if counts[worst] else None,
    )


# Lines


def _lines(done: Rehearsed, sms_price: float) -> Iterator[LineReport]:
    for key in done.row.sns_topic_arns:
        line, listeners = Line.of_key(key), done.row.listeners.get(key, 0)
        said = [each for each in done.told if each.line == line]
        instants = sum(_is_instant(each) for each in said)
        yield LineReport(
            line=key,
            listeners=listeners,
            messages=len(said),
            instants=instants,
            digests=len(said) - instants,
            alerts=sum(len(each.keys) for each in said),
            sms_segments=sum(each.segments for each in said) * listeners,
            dollars=sum(price_of(line, listeners, each.segments, sms_price) for each in said),
        )


def _is_instant(said: Said) -> bool:
    return said.line.cadence is Cadence.INSTANT and len(said.keys) == 1


# What became of articles


def _outcome(done: Rehearsed, found: Found) -> str:
    status = str(done.match_row(found.record.id).status)
    return "waiting" if status in (MatchStatus.DUE, MatchStatus.DECIDING) else status


def _waiting(done: Rehearsed) -> int:
    """Articles that are not decided on, and alerts of the topic's own line that are not told."""
    undecided = sum(_outcome(done, each) == "waiting" for each in done.found)
    rows = done.stage.alerts.alerts.table.rows
    held = sum(1 for key, row in rows.items() if row.due_at and _line_of(key) == done.own_line.key)
    return undecided + held


def _line_of(key: tuple[str, str]) -> str:
    return AlertKey(*key).line_key


def _reasons(done: Rehearsed) -> Iterator[Reason]:
    """An article counts once for each reason that it met."""
    counted: Counter[tuple[str, str]] = Counter()
    ids = {each.record.id for each in done.found}
    for each in done.found:
        counted.update(_met(done.match_row(each.record.id).history))
    for key, row in done.stage.alerts.alerts.table.rows.items():
        if _line_of(key) == done.own_line.key and (key[0][2:] in ids or key[0].startswith("V#")):
            counted.update(_met(row.history))
    for (outcome, reason), count in counted.most_common(MOST_NAMED):
        yield Reason(outcome=outcome, reason=reason, count=count)


def _met(history: Iterable[Note]) -> set[tuple[str, str]]:
    """Reasons for not ringing, or not at once."""
    found = {(note.outcome, note.reason) for note in history}
    merged = {("merged", _RANG) for outcome, _ in found if outcome == "merged"}
    held = {
        (outcome, reason)
        for outcome, reason in found
        if outcome in ("held", "dropped", "failed") and reason != _AT_ONCE
    }
    return held | merged


# Examples


def _example(done: Rehearsed, found: Found, doubt: str = "") -> Example:
    record = found.record
    return Example(
        article_id=record.id,
        title=record.title,
        url=record.url,
        publisher=record.publisher,
        seen_at=record.seen_at,
        language=record.language,
        story_id=record.story_id,
        excerpt=done.matches[record.id].excerpt,
        outcome=_outcome(done, found),
        doubt=doubt,
    )


def _doubtful(done: Rehearsed, most: int) -> list[Example]:
    """The newest of each kind in turn: those that show a query too wide or too narrow."""
    firsts: set[str] = set()
    kinds: dict[str, list[Found]] = {}
    for each in done.found:
        kinds.setdefault(_doubt(each, firsts), []).append(each)
        firsts.add(each.record.publisher)
    kinds.pop("", None)
    chosen = []
    for doubt, those in sorted(kinds.items()):
        share = max(1, most // len(kinds)) if most else 0
        chosen += [
            _example(done, each, doubt) for each in reversed(those[-share:] if share else [])
        ]
    return chosen[:most]


def _doubt(found: Found, known: set[str]) -> str:
    fields = {hit.field for hit in found.hits}
    if not fields:
        return "by its codes only: no word of it was asked for"
    if fields == {0}:
        return "in the title only"
    length = len(found.record.text)
    if len(found.hits) == 1 and length > _LONG and found.hits[0].span.start > _LATE * length:
        return "one word, late in the text"
    if found.record.publisher not in known:
        return "the publisher's first"
    return ""


# What a change would change


class Difference(Value):
    """Of a topic as it is in force and as it would be (None: not there), over the time that both
    were tried for."""

    topic_id: str
    since: Instant
    until: Instant
    gained: int
    lost: int
    before: Report | None
    after: Report | None
    gained_examples: tuple[Example, ...]
    lost_examples: tuple[Example, ...]


def difference(
    before: Rehearsed | None, after: Rehearsed | None, examples: int, sms_price: float = SMS
) -> Difference:
    """At least one of both is given."""
    tried = [each for each in (before, after) if each is not None]
    since = max(each.range.since for each in tried)
    gained, lost = _only_in(after, before, since), _only_in(before, after, since)
    reports = [report_of(each, examples, sms_price) if each else None for each in (before, after)]
    return Difference(
        topic_id=tried[0].row.topic.id,
        since=since,
        until=tried[0].range.until,
        gained=len(gained),
        lost=len(lost),
        before=reports[0],
        after=reports[1],
        gained_examples=_newest(after, gained, examples),
        lost_examples=_newest(before, lost, examples),
    )


def _only_in(one: Rehearsed | None, other: Rehearsed | None, since: datetime) -> list[Found]:
    if one is None:
        return []
    known = {each.record.id for each in other.found} if other else set()
    return [e for e in one.found if e.record.id not in known and e.record.seen_at >= since]


def _newest(done: Rehearsed | None, found: Sequence[Found], most: int) -> tuple[Example, ...]:
    newest = list(reversed(found))[:most]
    return tuple(_example(done, each) for each in newest) if done else ()
