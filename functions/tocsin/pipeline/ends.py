"""What became of an article for each topic that it matched: one end a line that it went out on, or
the one of the match itself where it came to no alert. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from tocsin.model.alerts import AlertRow, AlertStatus
from tocsin.model.matches import MatchRow, MatchStatus, Note
from tocsin.model.values import Instant, Value, to_text
from tocsin.pipeline.records import Records


class Kind(StrEnum):
    SENT = "sent"
    HELD = "held"
    MERGED = "merged"
    DROPPED = "dropped"
    FAILED = "failed"
    SILENT = "silent"
    UNDER_WAY = "under way"


class End(Value):
    """How a match, or an alert of it on one line, stands; `at` is since when, where that is
    recorded, `why` says the rest in words."""

    topic_id: str
    kind: Kind
    at: Instant | None = None
    why: str = ""


_OF_ALERTS = {
    AlertStatus.HELD: Kind.HELD,
    AlertStatus.SENDING: Kind.UNDER_WAY,
    AlertStatus.SENT: Kind.SENT,
    AlertStatus.MERGED: Kind.MERGED,
    AlertStatus.DROPPED: Kind.DROPPED,
    AlertStatus.FAILED: Kind.FAILED,
}


def ends_of(records: Records) -> tuple[End, ...]:
    """In the order of topics. A match that came to alerts has theirs."""
    alerted = {row.alert.topic_id for row in records.alerts}
    matches = [row for row in records.matches if row.match.topic_id not in alerted]
    ends = [end_of_match(row) for row in matches] + [end_of_alert(row) for row in records.alerts]
    return tuple(sorted(ends, key=lambda end: end.topic_id))


def end_of_match(row: MatchRow) -> End:
    kind, why = _match_end(row)
    at = _last(row.history, (row.status.value, kind.value))
    return End(topic_id=row.match.topic_id, kind=kind, at=at, why=why)


def _match_end(row: MatchRow) -> tuple[Kind, str]:
    match row.status:
        case MatchStatus.DUE if row.reason and row.due_at:
            return Kind.HELD, _all((f"until {to_text(row.due_at)}", row.reason))
        case MatchStatus.DUE | MatchStatus.DECIDING:
            return Kind.UNDER_WAY, row.reason or "the alert function looks at it within a minute"
        case MatchStatus.ALERTED:
            return Kind.DROPPED, "the topic had no line to tell it on"
        case MatchStatus.MERGED:
            return Kind.MERGED, _all((row.reason, row.alert_id and f"in alert {row.alert_id}"))
        case MatchStatus.SILENT:
            return Kind.SILENT, row.reason or "its feed's first poll brought it, which is silent"
        case MatchStatus.DROPPED:
            return Kind.DROPPED, row.reason
        case MatchStatus.FAILED:
            return Kind.FAILED, row.reason


def end_of_alert(row: AlertRow) -> End:
    kind = _OF_ALERTS[row.status]
    at = row.sent_at or _last(row.history, (row.status.value,))
    line = f"on line {row.alert.line.key}"
    reason = row.reason
    parts: tuple[str | None, ...] = (line, reason)
    if kind is Kind.HELD and row.due_at:
        parts = (line, f"until {to_text(row.due_at)}", reason)
    elif kind is Kind.SENT:
        parts = (line, row.notification_id and f"in notification {row.notification_id}")
    elif kind is Kind.FAILED:
        parts = (line, f"after {_times(row.attempts)}", reason)
    return End(topic_id=row.alert.topic_id, kind=kind, at=at, why=_all(parts))


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def _last(history: Iterable[Note], outcomes: tuple[str, ...]) -> Instant | None:
    """When it last came to one of these."""
    found = [note.at for note in history if note.outcome in outcomes]
    return found[-1] if found else None


def _all(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)
