"""What must hold in the end, whatever went wrong. It knows the news and the settings of topics, not
how the stages work.

    lost      good articles that are neither stored nor in the dead-letter queue, or whose match is
              missing
    unsent    matches and alerts that have not ended, or not as their topic asks; alerts marked as
              sent that were not
    extra     times that an alert was told beyond the first; explained where, of each message but
              one that it was in, its own answer or mark was lost, or its worker crashed or lost its
              lease before the mark
    told twice  a story for which several alerts rang
    letters   poison that is not in its dead-letter queue, or there without a reason, and good
              articles that are there
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.faults.injector import Publication, Trace
from tests.faults.news import IN_INGEST, Piece
from tests.faults.world import World
from tocsin.jobs import IngestJob
from tocsin.model.alerts import AlertKey, AlertStatus
from tocsin.model.matches import MatchStatus
from tocsin.model.topics import TopicRow
from tocsin.pipeline.rehearsal.rows import FAILED, Key, Row

# A held story is dropped after two days, a weekly digest waits for eight.
LONGEST = timedelta(days=12)


@dataclass
class Verdict:
    """Counts, and a few words on each violation."""

    articles: int = 0
    alerts: int = 0
    lost: int = 0
    unsent: int = 0
    told_twice: int = 0
    poison: int = 0
    poison_in_dlq: int = 0
    good_in_dlq: int = 0
    extra: int = 0
    extra_explained: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        unexplained = self.extra - self.extra_explained
        missing = self.poison - self.poison_in_dlq
        return self.lost + self.unsent + self.told_twice + unexplained + missing


def judge(world: World) -> Verdict:
    return _Judge(world).judge()


class _Judge:
    def __init__(self, world: World) -> None:
        self._world, self._news = world, world.news
        self._topics = {row.topic.id: row for row in world.news.topics}
        self._matches = world.articles.matches.table.rows
        self._alerts = world.alerts.alerts.table.rows
        self._told = Counter(
            key for each in world.alert_injector.trace.publications for key in each.keys
        )
        self._of_match: dict[tuple[str, str], list[tuple[AlertKey, Row]]] = defaultdict(list)
        for key, row in self._alerts.items():
            alert_key = AlertKey(*key)
            self._of_match[key[0][2:], alert_key.topic_id].append((alert_key, row))
        self._publishers: dict[str, set[str]] = defaultdict(set)
        for each in world.news.pieces:
            self._publishers[each.group or each.id].add(each.publisher)
        self._dead = self._dead_letters()
        self._is_dead = {url for url, reason in self._dead.items() if reason}
        self.verdict = Verdict(articles=len(world.news.pieces), alerts=len(self._alerts))

    def judge(self) -> Verdict:
        for piece in self._news.pieces:
            self._piece(piece)
        for (story, topic_id), pieces in self._stories().items():
            self._story(story, self._topics[topic_id], pieces)
        self._garbage()
        self._repeats()
        if self._world.clock() > self._world.news.begin + LONGEST:
            self._wrong("unsent", f"it took until {self._world.clock()}")
        return self.verdict

    def _wrong(self, count: str, what: str) -> None:
        setattr(self.verdict, count, getattr(self.verdict, count) + 1)
        if len(self.verdict.wrong) < 20:
            self.verdict.wrong.append(f"{count}: {what}")

    # ── dead letters ──

    def _dead_letters(self) -> dict[str, str]:
        """The reason, empty where there is none, of each URL and each body that is no job."""
        found: dict[str, str] = {}
        for body, reason in self._world.queue.letters:
            for name in _named(body):
                found[name] = found.get(name) or reason
        return found

    def _garbage(self) -> None:
        for body in self._news.garbage:
            self.verdict.poison += 1
            self.verdict.poison_in_dlq += body in self._is_dead

    def _given_up(self, piece: Piece, topic_id: str) -> bool:
        """It may have rung before that, or not."""
        return piece.entry.url in self._dead or self._failed(piece, topic_id)

    def _failed(self, piece: Piece, topic_id: str) -> bool:
        """Its match, or its alerts, are in the failed partition, with a reason."""
        rows = [self._matches.get(_match_key(piece, topic_id))]
        rows += [row for _, row in self._of_match[piece.id, topic_id]]
        gone = [row for row in rows if row is not None and row.partition == FAILED]
        return bool(gone) and all(row.history and row.history[-1].reason for row in gone)

    # ── articles and matches ──

    def _piece(self, piece: Piece) -> None:
        if piece.poison in IN_INGEST:
            self.verdict.poison += 1
            self.verdict.poison_in_dlq += piece.entry.url in self._is_dead
            return
        if piece.entry.url in self._dead:
            self.verdict.good_in_dlq += 1
            return
        if piece.id not in self._world.articles.known:
            self._wrong("lost", f"article {piece.entry.url}")
            return
        for topic_id in piece.topics:
            self._match(piece, topic_id)

    def _match(self, piece: Piece, topic_id: str) -> None:
        row = self._matches.get(_match_key(piece, topic_id))
        if row is None:
            self._wrong("lost", f"match {piece.entry.url} {topic_id}")
        elif piece.poison:
            self.verdict.poison += 1
            self.verdict.poison_in_dlq += self._failed(piece, topic_id)
            self._untold(piece, topic_id)
        elif self._failed(piece, topic_id):
            self.verdict.good_in_dlq += 1
        elif piece.silent or _refused(piece, self._topics[topic_id]):
            wanted = MatchStatus.SILENT if piece.silent else MatchStatus.DROPPED
            if row.status != wanted:
                self._wrong("unsent", f"{piece.entry.url} {topic_id} is {row.status}, not {wanted}")
            self._untold(piece, topic_id)

    def _untold(self, piece: Piece, topic_id: str) -> None:
        for key, _ in self._of_match[piece.id, topic_id]:
            if self._told[key]:
                self._wrong("told_twice", f"{key.id} was told, and never should have been")

    # ── stories: one bell for articles that are the same ──

    def _stories(self) -> dict[tuple[str, str], list[Piece]]:
        """Good articles, that may ring, by what they are the same as and by topic."""
        found: dict[tuple[str, str], list[Piece]] = defaultdict(list)
        for piece in self._news.pieces:
            if piece.poison or piece.silent:
                continue
            for topic_id in piece.topics:
                if not _refused(piece, self._topics[topic_id]):
                    found[piece.group or piece.id, topic_id].append(piece)
        return found

    def _story(self, story: str, topic: TopicRow, pieces: list[Piece]) -> None:
        topic_id = topic.topic.id
        rows = [self._matches.get(_match_key(each, topic_id)) for each in pieces]
        ended = [str(row.status) for row in rows if row is not None and row.partition != FAILED]
        publishers = len(self._publishers[story])
        if max(1, publishers) < topic.topic.alert.min_publishers:
            if any(status != MatchStatus.DROPPED for status in ended):
                self._wrong("unsent", f"{story} {topic_id}: {ended}, and not enough publishers")
            return
        failed = any(self._given_up(each, topic_id) for each in pieces)
        rang = [each for each in pieces if self._first(each, topic_id)]
        if len(rang) != 1 and not failed:
            self._wrong(
                "told_twice" if rang else "unsent", f"{story} {topic_id}: {len(rang)} rang, {ended}"
            )
        wanted = (MatchStatus.ALERTED, MatchStatus.MERGED)
        for status in ended:
            if status not in wanted and not (failed and status == MatchStatus.DROPPED):
                self._wrong("unsent", f"{story} {topic_id}: a match is {status}")
        self._steps(story, topic, pieces)
        for each in rang:
            self._on_each_line(each, topic)

    def _first(self, piece: Piece, topic_id: str) -> list[AlertKey]:
        return [key for key, _ in self._of_match[piece.id, topic_id] if key.sk.endswith("#0")]

    def _steps(self, story: str, topic: TopicRow, pieces: list[Piece]) -> None:
        """At most one update a step and line, of stated steps only."""
        keys = [key for piece in pieces for key, _ in self._of_match[piece.id, topic.topic.id]]
        updates = Counter(key.sk for key in keys if not key.sk.endswith("#0"))
        stated = {f"u{step}" for step in topic.topic.alert.update_at}
        for sk, times in updates.items():
            if times > 1 or sk.rpartition("#")[2] not in stated:
                self._wrong("told_twice", f"{story} {sk}: {times} alerts")

    def _on_each_line(self, piece: Piece, topic: TopicRow) -> None:
        lines = Counter(key.line_key for key in self._first(piece, topic.topic.id))
        given_up = self._given_up(piece, topic.topic.id)
        if lines != Counter(topic.sns_topic_arns.keys()) and not given_up:
            self._wrong("unsent", f"{piece.entry.url} {topic.topic.id}: lines {dict(lines)}")
        for key, row in self._of_match[piece.id, topic.topic.id]:
            self._alert(key, row, topic)

    def _alert(self, key: AlertKey, row: Row, topic: TopicRow) -> None:
        if row.partition == FAILED:
            return
        if row.status == AlertStatus.SENT:
            if not self._told[key]:
                self._wrong("unsent", f"{key.id} is marked as sent, and was not")
        elif not (row.status == AlertStatus.MERGED and key.line_key.endswith("-sms")):
            self._wrong("unsent", f"{key.id} is {row.status}: {row.history[-1].reason}")

    # ── repeats ──

    def _repeats(self) -> None:
        trace = self._world.alert_injector.trace
        messages: dict[AlertKey, list[Publication]] = defaultdict(list)
        for each in trace.publications:
            for key in each.keys:
                messages[key].append(each)
        for key, sent in messages.items():
            if AlertKey(*key) not in self._alerts:
                self._wrong("told_twice", f"{key.id} was told, and is no alert")
            if len(sent) > 1:
                self.verdict.extra += len(sent) - 1
                broken = sum(is_broken(key, each, trace) for each in sent)
                self.verdict.extra_explained += min(len(sent) - 1, broken)
                if broken < len(sent) - 1:
                    self.verdict.wrong.append(f"extra: {key.id} was told {len(sent)} times")


def is_broken(key: Any, sent: Publication, trace: Trace) -> bool:
    """Whether something was injected, at that very alert or its worker, because of which the
    message could not be marked in time as sent."""
    at = (key, sent.worker)
    if sent.lost or at in trace.unmarked:
        return True
    marked = trace.marked.get(at)
    if marked is None and sent.worker in trace.crashed:
        return True
    claimed, end = trace.claimed.get(at, sent.call), marked or float("inf")
    # A claim that is itself on its way for so long brings a lease that is over.
    return any(
        worker == sent.worker and claimed <= last and first <= end
        for worker, first, last in trace.frozen
    )


def _match_key(piece: Piece, topic_id: str) -> Key:
    return f"A#{piece.id}", f"M#{topic_id}"


def _refused(piece: Piece, topic: TopicRow) -> bool:
    return topic.muted or piece.publisher in topic.topic.alert.not_publishers


def _named(body: str) -> Iterator[str]:
    try:
        yield from (entry.url for entry in IngestJob.model_validate_json(body).entries)
    except ValueError:
        yield body
