"""decide: due matches become alerts on the lines of their topic, or end without.

A match is leased; the policy says whether anybody is to hear of it; its bell is taken, its alerts
are added under keys that say what was decided, the bell is marked as rung, the match ends. After a
crash between any two of these it is decided again, to the same effect. Nothing is published here.

A match that was decided and comes again was changed since (`revision`): then it has rung.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tocsin.alerts.bell import Verdict, verdict
from tocsin.alerts.policy import (
    Drop,
    Hold,
    admit,
    enough,
    independent_publishers,
    rings_for_stories,
    step_of,
    when_and_why,
)
from tocsin.errors import CorruptError
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Line
from tocsin.model.matches import Match, MatchRow, Note, Revision
from tocsin.model.stories import Ring, Story, StoryState
from tocsin.model.topics import TopicRow
from tocsin.pipeline.alerting import (
    DECIDE_TIME,
    LEASE,
    MAX_CRASHES,
    MAX_DUE_PER_TICK,
    Alerting,
    Decided,
    Outcome,
    Tick,
    in_turn,
    in_words,
)
from tocsin.pipeline.story import MAX_LINKS, bell_of

# A story that its worker has not confirmed may yet become part of another. The worker has five
# minutes, three leases are six: if it has not by then it died, and news must not wait for it.
UNSETTLED_LOOKS = 3
# Who has a bell and does not ring it comes again at every lease, MAX_CRASHES times. Once that is
# past it was given up, held or dropped: the next article that is the same has the bell.
RING_LEASE = LEASE * (MAX_CRASHES + 2)
UNSETTLED = "its story is not settled yet"
ABOUT_TO_RING = "another article of its story is about to ring"


@dataclass(frozen=True, slots=True)
class Bell:
    """Which bell a match has. `settled` says that its story cannot become part of another any more,
    `publishers` how many have it, where the topic counts them."""

    id: str
    settled: bool
    publishers: int = 1
    begun_at: datetime | None = None


def decide(outside: Alerting, tick: Tick) -> list[Decided]:
    """Each match that is due, in turn of their topics. One that goes wrong stops no other."""
    due = outside.matches.find_due(outside.clock(), MAX_DUE_PER_TICK)
    decided = []
    for article_id, topic_id in in_turn(_by_topic(due).values()):
        if not tick.has_time(DECIDE_TIME):
            break
        if (done := _decide_safely(article_id, topic_id, outside, tick)) is not None:
            decided.append(done)
    return decided


def _by_topic(due: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    topics: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in due:
        topics[key[1]].append(key)
    return topics


def _decide_safely(article_id: str, topic_id: str, outside: Alerting, tick: Tick) -> Decided | None:
    """Whatever goes wrong with one match is told as its outcome; it comes again a few times."""
    try:
        return _decide(article_id, topic_id, outside, tick)
    except Exception as error:  # noqa: BLE001  whatever it is, other matches go on
        return Decided(topic_id, article_id, Outcome.DEFERRED, in_words(error))


def _decide(article_id: str, topic_id: str, outside: Alerting, tick: Tick) -> Decided | None:
    """None where the match is somebody else's by now."""
    now = outside.clock()
    try:
        row = outside.matches.claim(article_id, topic_id, tick.owner, now, now + LEASE)
    except CorruptError as error:
        note = Note(at=now, outcome=Outcome.FAILED, reason=str(error))
        outside.matches.mark_failed(article_id, topic_id, tick.owner, note)
        return Decided(topic_id, article_id, Outcome.FAILED, str(error))
    if row is None:
        return None
    try:
        return _Look(row, tick.topic(topic_id), outside, tick.owner).decide()
    except Exception as error:
        if row.attempts < MAX_CRASHES:
            raise
        return _Look(row, None, outside, tick.owner).fail(in_words(error))


class _Look:
    """At one match, whose lease is ours."""

    def __init__(
        self, row: MatchRow, topic: TopicRow | None, outside: Alerting, owner: str
    ) -> None:
        self._row, self._match, self._topic = row, row.match, topic
        self._outside, self._owner = outside, owner
        self._now = outside.clock()

    def decide(self) -> Decided:
        refused = admit(self._match, self._topic)
        if self._row.attempts > MAX_CRASHES:
            return self.fail(f"{MAX_CRASHES} attempts to decide on it did not end")
        if self._row.revision is not None:
            why = refused.why if refused else ""
            return self._update(self._row.revision, self._topic, why)
        if refused is not None or self._topic is None:
            return self._drop(refused or Drop(""))
        return self._ring_or_wait(self._topic)

    def _ring_or_wait(self, topic: TopicRow) -> Decided:
        bell = self._bell(topic)
        looks = sum(note.reason == UNSETTLED for note in self._row.history)
        if not bell.settled and looks < UNSETTLED_LOOKS:
            return self._hold(Hold(self._now + LEASE, UNSETTLED))
        if bell.begun_at is not None:
            seen_at = self._match.seen_at
            waits = enough(topic.topic.alert, bell.publishers, bell.begun_at, seen_at, self._now)
            if waits is not None:
                return self._drop(waits) if isinstance(waits, Drop) else self._hold(waits)
        return self._ring(bell, topic)

    def _bell(self, topic: TopicRow) -> Bell:
        """Where the topic counts publishers, its story's; else that of the article it is the same
        as."""
        match, settings = self._match, topic.topic.alert
        if match.story_id is None:
            return Bell(match.article_id, settled=True)
        if rings_for_stories(settings) and (story := whole_story(match.story_id, self._outside)):
            count = len(independent_publishers(story.members))
            settled = story.state is not StoryState.PENDING
            return Bell(story.id, settled, count, story.members[0].seen_at)
        bell_id, place = bell_of(match.article_id, self._outside.stories)
        return Bell(bell_id, place is None or place.state is not StoryState.PENDING)

    def _ring(self, bell: Bell, topic: TopicRow) -> Decided:
        match = self._match
        wanted = Ring(
            topic_id=match.topic_id, article_id=match.article_id, alert_id=alert_id_of(match)
        )
        ring = self._outside.stories.claim_ring(bell.id, wanted, self._now, RING_LEASE)
        match verdict(match, ring):
            case Verdict.WAIT:
                return self._hold(Hold(self._now + LEASE, ABOUT_TO_RING))
            case Verdict.MERGE:
                return self._merge(bell, ring, topic)
        step = step_of(topic.topic.alert.update_at, bell.publishers)
        added = self._add_alerts(Alert(**self._said(bell), key="0", line=_ANY), topic)
        self._outside.stories.mark_rung(bell.id, wanted, self._outside.clock(), step)
        return self._alerted(added, "the first of its story" if match.story_id else "")

    def _merge(self, bell: Bell, ring: Ring, topic: TopicRow) -> Decided:
        """Into the alert that rang, unless the story has come to a step that nobody heard of."""
        match, told = self._match, ring.step if ring.step_article != self._match.article_id else 0
        step = step_of(topic.topic.alert.update_at, bell.publishers)
        stories = self._outside.stories
        if step > told and stories.take_step(bell.id, match.topic_id, step, match.article_id):
            why = f"{bell.publishers} publishers have the story"
            fields = self._said(bell) | {"kind": AlertKind.UPDATE, "reason": why}
            added = self._add_alerts(Alert(**fields, key=f"u{step}", line=_ANY), topic)
            return self._alerted(added, why)
        reason = f"story {bell.id} rang with article {ring.article_id}"
        note = self._note(Outcome.MERGED, reason)
        self._outside.matches.mark_merged(match, self._owner, ring.alert_id, note)
        return self._done(Outcome.MERGED, reason)

    def _update(self, revision: Revision, topic: TopicRow | None, refused: str) -> Decided:
        """Of a match that rang, and stays so where nobody is to hear of the change."""
        if topic is None or refused:
            return self._alerted(0, refused)
        if not topic.topic.alert.update_on_change:
            return self._alerted(0, "the topic does not ring for changed texts")
        match = self._match.model_copy(update={"title": revision.title})
        alert = Alert(
            key=f"v{revision.version}",
            topic_id=match.topic_id,
            line=_ANY,
            kind=AlertKind.UPDATE,
            match=match,
            reason=revision.reason,
        )
        return self._alerted(self._add_alerts(alert, topic), revision.reason)

    def _said(self, bell: Bell) -> dict[str, object]:
        match = self._match
        return {"topic_id": match.topic_id, "match": match, "publishers": bell.publishers}

    def _add_alerts(self, alert: Alert, topic: TopicRow) -> int:
        return add_alerts(alert, topic, self._outside, self._now)

    def _alerted(self, added: int, reason: str) -> Decided:
        note = self._note(Outcome.ALERTED, reason)
        self._outside.matches.mark_alerted(self._match, self._owner, alert_id_of(self._match), note)
        return self._done(Outcome.ALERTED, reason, added)

    def _hold(self, hold: Hold) -> Decided:
        note = self._note(Outcome.HELD, hold.why)
        self._outside.matches.hold(self._match, self._owner, hold.until, note)
        return self._done(Outcome.HELD, hold.why)

    def _drop(self, drop: Drop) -> Decided:
        note = self._note(Outcome.DROPPED, drop.why)
        self._outside.matches.mark_dropped(self._match, self._owner, note)
        return self._done(Outcome.DROPPED, drop.why)

    def fail(self, reason: str) -> Decided:
        match, note = self._match, self._note(Outcome.FAILED, reason)
        self._outside.matches.mark_failed(match.article_id, match.topic_id, self._owner, note)
        return self._done(Outcome.FAILED, reason)

    def _note(self, outcome: Outcome, reason: str) -> Note:
        return Note(at=self._outside.clock(), outcome=outcome, reason=reason)

    def _done(self, outcome: Outcome, reason: str, alerts: int = 0) -> Decided:
        match = self._match
        return Decided(match.topic_id, match.article_id, outcome, reason, alerts)


_ANY = Line.of_key("instant")  # in a draft, of which each line of a topic gets a copy


def alert_id_of(match: Match) -> str:
    """Of a match's alert on all lines: rows of them begin with it."""
    return f"{match.article_id}.{match.topic_id}"


def whole_story(story_id: str, outside: Alerting) -> Story | None:
    """The story that a story has become; None for what has expired."""
    story = outside.stories.find_story(story_id)
    for _ in range(MAX_LINKS):
        if story is None or not story.into:
            break
        story = outside.stories.find_story(story.into)
    return story


def add_alerts(draft: Alert, topic: TopicRow, outside: Alerting, now: datetime) -> int:
    """The draft, whose key is its edition, on each line of the topic; how many are new."""
    settings, added = topic.topic.alert, 0
    for line_key in topic.sns_topic_arns:
        line = Line.of_key(line_key)
        at, why = when_and_why(line.cadence, settings, topic.snoozed_until, now)
        alert = draft.model_copy(update={"key": f"{line_key}#{draft.key}", "line": line})
        held = Note(at=now, outcome=Outcome.HELD, reason=why or "due at once")
        added += outside.alerts.add(alert, at, held)
    return added
