"""send: due alerts, one notification a line of a topic and tick.

Alerts are leased; what is muted, snoozed or in quiet hours goes no further; a place under the cap
of the hour, a place in the topic's pace and SMS segments of the month are taken by conditional
writes; the message is published, and the alerts are marked as sent if they are still ours. A crash
leaves leases that end; a publish whose answer was lost is the only thing told twice.

SNS may not take a message now: its alerts back off. It may refuse it for ever: then one alert of it
is to blame, who is found by halves, and fails alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.alerts.pacing import MAX_ATTEMPTS, backoff, next_free, with_one_more
from tocsin.alerts.policy import closed_until, independent_publishers, when_and_why
from tocsin.alerts.schedule import overflow_at
from tocsin.errors import CorruptError, PublishFailed, PublishRefused
from tocsin.model.alerts import Alert, AlertKey, AlertRow, AlertStatus
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.matches import Note
from tocsin.model.notifications import Notification
from tocsin.model.topics import TopicRow
from tocsin.pipeline.alerting import (
    LEASE,
    MAX_DUE_PER_TICK,
    SEND_TIME,
    Alerting,
    Outcome,
    Tick,
    Told,
    in_turn,
    in_words,
)
from tocsin.pipeline.decide import whole_story

# What a reader takes in at once, and far below SNS's 256 KiB; the rest follows a minute later.
MAX_ALERTS_PER_NOTIFICATION = 50
SHORT_WAIT = timedelta(seconds=2)  # for the topic's pace; who must wait longer comes again
_PACE_TRIES = 5  # against other runs
NO_SUCH_TOPIC = "NotFound"  # SNS: not the message is wrong, its `sns_topic` is gone
MAX_OTHERS = 12  # names of other publishers that an alert carries


@dataclass(frozen=True, slots=True)
class Leased:
    """An alert that is ours to send."""

    key: AlertKey
    row: AlertRow


def send(outside: Alerting, tick: Tick) -> list[Told]:
    """At most one notification a line. A line that cannot be told stops no other; lines of one
    topic are far apart, because it must not speak too fast."""
    due = outside.alerts.find_due(outside.clock(), MAX_DUE_PER_TICK)
    told: list[Told] = []
    for topic_id, line_key, keys in _lines_in_turn(due):
        if not tick.has_time(SEND_TIME):
            break
        told += _send_safely(topic_id, line_key, keys, outside, tick)
    return told


def _lines_in_turn(due: Iterable[AlertKey]) -> list[tuple[str, str, list[AlertKey]]]:
    lines: dict[str, dict[str, list[AlertKey]]] = defaultdict(lambda: defaultdict(list))
    for key in due:
        lines[key.topic_id][key.line_key].append(key)
    of_topics = [
        [(topic_id, line_key, keys) for line_key, keys in of_topic.items()]
        for topic_id, of_topic in lines.items()
    ]
    return in_turn(of_topics)


def _send_safely(
    topic_id: str, line_key: str, keys: Sequence[AlertKey], outside: Alerting, tick: Tick
) -> list[Told]:
    line = _Line(topic_id, line_key, outside, tick)
    try:
        line.send(keys[:MAX_ALERTS_PER_NOTIFICATION])
    except Exception as error:  # noqa: BLE001  whatever it is, other lines go on
        line.note(Outcome.DEFERRED, len(line.unended), in_words(error))
    return line.told


class _Line:
    """One line of a topic in one tick. `told` is how its alerts ended, `unended` are those that
    still are ours."""

    def __init__(self, topic_id: str, line_key: str, outside: Alerting, tick: Tick) -> None:
        self._topic_id, self._line_key = topic_id, line_key
        self._outside, self._tick = outside, tick
        self.told: list[Told] = []
        self.unended: dict[AlertKey, AlertRow] = {}

    def send(self, keys: Sequence[AlertKey]) -> None:
        leased = self._claim(keys)
        if not leased:
            return
        topic = self._tick.topic(self._topic_id)
        if (why := self._closed(topic)) or topic is None:
            self._end(leased, AlertStatus.DROPPED, why)
            return
        settings, now = topic.topic.alert, self._outside.clock()
        if hold := closed_until(settings, topic.snoozed_until, now):
            self._hold(leased, hold.until, hold.why)
            return
        if within := self._under_the_cap(leased, topic):
            self._tell(within, topic)

    def _closed(self, topic: TopicRow | None) -> str:
        if topic is None:
            return "the topic was removed"
        if topic.muted:
            return "the topic is muted"
        gone = self._line_key not in topic.sns_topic_arns
        return "nobody listens on this line" if gone else ""

    def _claim(self, keys: Sequence[AlertKey]) -> list[Leased]:
        for key in keys:
            now = self._outside.clock()  # fifty claims may take a while, and each is a whole lease
            try:
                row = self._outside.alerts.claim(key, self._tick.owner, now, now + LEASE)
            except CorruptError as error:
                self._fail([key], str(error))
                continue
            if row is not None:
                self.unended[key] = row
        self._give_up([k for k, row in self.unended.items() if row.attempts > MAX_ATTEMPTS])
        return [Leased(key, row) for key, row in self.unended.items()]

    def _give_up(self, keys: Sequence[AlertKey]) -> None:
        for key in keys:
            last = self.unended[key].reason
            self._fail([key], f"{MAX_ATTEMPTS} attempts failed; the last: {last}")

    # ── what an hour, a topic and a month have room for ──

    def _under_the_cap(self, leased: list[Leased], topic: TopicRow) -> list[Leased]:
        """Those that may ring in this hour; the others are for the next digest."""
        settings, unpaid = topic.topic.alert, [each for each in leased if not each.row.paid]
        at_once = Line.of_key(self._line_key).cadence is Cadence.INSTANT
        if not (settings.max_per_hour and at_once and unpaid):
            return leased
        now = self._outside.clock()
        name = f"{self._topic_id}#{self._line_key}"
        places = self._outside.budgets.take_places(name, now, len(unpaid), settings.max_per_hour)
        over = {each.key: each for each in unpaid[places:]}
        why = f"more than {settings.max_per_hour} in this hour; it goes into the next digest"
        self._hold([*over.values()], overflow_at(settings, now), why, paid=True)
        return [each for each in leased if each.key not in over]

    def _may_speak(self, leased: Sequence[Leased]) -> bool:
        """Takes a place in the topic's pace; waits for it where that is not long."""
        budgets = self._outside.budgets
        for _ in range(_PACE_TRIES):
            published, now = budgets.published(self._topic_id), self._outside.clock()
            free = next_free(published, now)
            if free - now > SHORT_WAIT:
                why = "the topic has told much of late; it goes into the next message"
                self._hold(leased, free, why, paid=True)
                return False
            if free > now:
                self._outside.pause((free - now).total_seconds())
            if budgets.put_published(self._topic_id, published, with_one_more(published, free)):
                return True
        self._hold(leased, self._outside.clock() + SHORT_WAIT, "other runs tell of it", paid=True)
        return False

    def _has_segments(self, topic: TopicRow) -> bool:
        """Takes one for each who listens, of those that the month has. What SNS then does not take
        has used them up all the same: the answer may have been lost."""
        if Line.of_key(self._line_key).channel is not Channel.SMS:
            return True
        wanted = max(1, topic.listeners.get(self._line_key, 0))
        now, most = self._outside.clock(), self._outside.sms_segments
        return self._outside.budgets.take_segments(now, wanted, most)

    def _to_mail(self, leased: Sequence[Leased], topic: TopicRow) -> None:
        """Whoever listens by e-mail hears of it; the operator, that SMS are used up."""
        line = _mail_line(topic)
        if line is None:
            why = "the month's SMS are used up, and nobody listens by e-mail"
            self._end(leased, AlertStatus.DROPPED, why)
        else:
            for each in leased:
                self._add_to(line, each.row.alert, topic)
            why = f"the month's SMS are used up; it is told by {line.key} mail"
            self._end(leased, AlertStatus.MERGED, why)
        if self._outside.budgets.tell_once(self._outside.clock()):
            self._tell_operator()

    def _add_to(self, line: Line, alert: Alert, topic: TopicRow) -> None:
        """In nearly all cases it is there already: each line has got its own."""
        now = self._outside.clock()
        edition = alert.key.partition("#")[2]
        moved = alert.model_copy(update={"key": f"{line.key}#{edition}", "line": line})
        at, _ = when_and_why(line.cadence, topic.topic.alert, topic.snoozed_until, now)
        note = Note(at=now, outcome=Outcome.HELD, reason="in place of an SMS")
        self._outside.alerts.add(moved, at, note)

    def _tell_operator(self) -> None:
        most = self._outside.sms_segments
        self._outside.operator.tell(
            "SMS are used up for this month",
            f"The {most} SMS segments of this month are used up. Until it ends, alerts go out by"
            " e-mail only. The parameter SmsMonthlySegments of the stack raises the budget.\n",
        )

    # ── the message ──

    def _tell(self, leased: Sequence[Leased], topic: TopicRow) -> None:
        """In one notification. It is rendered first: what the topic's pace allows goes out at
        once."""
        notification_id, line = self._outside.new_id(), Line.of_key(self._line_key)
        alerts = [self._with_publishers(each.row.alert) for each in leased]
        try:
            message = self._outside.render(
                notification_id, topic.topic, line, alerts, self._outside.api_url
            )
        except Exception as error:  # noqa: BLE001  what one alert holds, from outside, stops no other
            self._blame_one(leased, topic, in_words(error))
            return
        self._tick.pace()
        if not self._may_speak(leased):
            return
        if not self._has_segments(topic):
            self._to_mail(leased, topic)
            return
        self._publish(message, leased, topic)

    def _publish(self, message: Notification, leased: Sequence[Leased], topic: TopicRow) -> None:
        arn = topic.sns_topic_arns[self._line_key]
        try:
            message_id = self._outside.publisher.publish(arn, message)
        except PublishRefused as error:
            why = f"SNS refused: {error.code}"
            if error.code == NO_SUCH_TOPIC:
                self._fail([each.key for each in leased], why)
            else:
                self._blame_one(leased, topic, why)
        except PublishFailed as error:
            self._back_off(leased, str(error))
        else:
            self._sent(leased, message.id, message_id)

    def _with_publishers(self, alert: Alert) -> Alert:
        """As many as have the story by now."""
        match = alert.match
        if match is None or match.story_id is None:
            return alert
        story = whole_story(match.story_id, self._outside)
        if story is None or len(story.members) < 2:
            return alert
        names = independent_publishers(story.members)
        own = " ".join(match.publisher.casefold().split())
        others = tuple(name for key, name in names.items() if key != own)
        counted = {"publishers": len(names), "others": others[:MAX_OTHERS]}
        return alert.model_copy(update=counted)

    def _sent(self, leased: Sequence[Leased], notification_id: str, message_id: str) -> None:
        now = self._outside.clock()
        note = Note(at=now, outcome=Outcome.SENT, reason=f"notification {notification_id}")
        errors = []
        for each in leased:
            try:
                self._outside.alerts.mark_sent(
                    each.key, self._tick.owner, notification_id, message_id, note
                )
                self.unended.pop(each.key)
            except Exception as error:  # noqa: BLE001  one that cannot be marked is told again, alone
                errors.append(error)
        self.note(Outcome.SENT, len(leased) - len(errors), notification_id=notification_id)
        if errors:
            raise errors[0]

    def _blame_one(self, leased: Sequence[Leased], topic: TopicRow, why: str) -> None:
        """Of several, by halves: the others are told."""
        if len(leased) == 1:
            self._fail([leased[0].key], why)
            return
        half = len(leased) // 2
        self._tell(leased[:half], topic)
        self._tell(leased[half:], topic)

    def _back_off(self, leased: Sequence[Leased], reason: str) -> None:
        for each in leased:
            attempts = each.row.attempts
            wait = backoff(attempts, self._outside.jitter())
            self._hold([each], self._outside.clock() + wait, reason, attempts, paid=True)

    # ── how alerts end, or wait ──

    def _hold(
        self,
        leased: Sequence[Leased],
        until: datetime,
        why: str,
        attempts: int | None = None,
        *,
        paid: bool = False,
    ) -> None:
        """To wait is no failed attempt; without `attempts` there are as many as before."""
        note = Note(at=self._outside.clock(), outcome=Outcome.HELD, reason=why)
        for each in leased:
            failed = each.row.attempts - 1 if attempts is None else attempts
            self._outside.alerts.hold(
                each.key, self._tick.owner, until, note, failed, paid or each.row.paid
            )
            self.unended.pop(each.key)
        self.note(Outcome.HELD, len(leased), why)

    def _end(self, leased: Sequence[Leased], status: AlertStatus, why: str) -> None:
        outcome = Outcome(status.value)
        note = Note(at=self._outside.clock(), outcome=outcome, reason=why)
        for each in leased:
            self._outside.alerts.mark_ended(each.key, self._tick.owner, status, note)
            self.unended.pop(each.key)
        self.note(outcome, len(leased), why)

    def _fail(self, keys: Sequence[AlertKey], why: str) -> None:
        note = Note(at=self._outside.clock(), outcome=Outcome.FAILED, reason=why)
        for key in keys:
            self._outside.alerts.mark_failed(key, self._tick.owner, note)
            self.unended.pop(key, None)
        self.note(Outcome.FAILED, len(keys), why)

    def note(
        self, outcome: Outcome, alerts: int, reason: str = "", notification_id: str = ""
    ) -> None:
        if alerts:
            told = Told(self._topic_id, self._line_key, outcome, alerts, reason, notification_id)
            self.told.append(told)


def _mail_line(topic: TopicRow) -> Line | None:
    """By which those are told whose SMS are used up: the daily digest, or what there is."""
    wanted = [Line(cadence=each) for each in (Cadence.DAILY, topic.topic.alert.cadence, *Cadence)]
    return next((line for line in wanted if line.key in topic.sns_topic_arns), None)
