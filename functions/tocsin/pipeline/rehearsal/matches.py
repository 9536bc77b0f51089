"""Matches and their alerts in memory, as aws/articles_table.py and alerts_table.py keep them."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from tocsin.errors import CorruptError
from tocsin.model.alerts import Alert, AlertKey, AlertRow, AlertStatus
from tocsin.model.matches import Match, MatchRow, MatchStatus, Note
from tocsin.pipeline.rehearsal.rows import Key, Leased, Row, Table, seconds


def key_of(article_id: str, topic_id: str) -> Key:
    return f"A#{article_id}", f"M#{topic_id}"


class MemoryMatches:
    """`corrupt` are matches that cannot be read."""

    def __init__(self) -> None:
        self.matches = Leased(Table(), "match", MatchStatus.DUE, MatchStatus.DECIDING)
        self.corrupt: Set[tuple[str, str]] = frozenset()

    def add_match(self, match: Match, due_at: datetime | None) -> bool:
        row = Row(match, MatchStatus.SILENT)
        if due_at is not None:
            row = Row(match, MatchStatus.DUE, "match", seconds(due_at))
        return self.matches.add(key_of(match.article_id, match.topic_id), row)

    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        return [(pk[2:], sk[2:]) for pk, sk in self.matches.find_due(now, limit)]

    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None:
        row = self.matches.claim(key_of(article_id, topic_id), owner, now, until)
        if row is None:
            return None
        if (article_id, topic_id) in self.corrupt:
            raise CorruptError("match", article_id)
        return MatchRow(
            match=row.value,
            status=MatchStatus(row.status),
            due_at=row.due_at,
            attempts=row.attempts,
            alert_id=row.alert_id,
            revision=row.revision,
            history=row.history,
        )

    def mark_alerted(self, match: Match, owner: str, alert_id: str, note: Note) -> bool:
        changes = {"status": MatchStatus.ALERTED, "alert_id": alert_id, "revision": None}
        return self.matches.end(key_of(match.article_id, match.topic_id), owner, note, **changes)

    def mark_merged(self, match: Match, owner: str, alert_id: str, note: Note) -> bool:
        changes = {"status": MatchStatus.MERGED, "alert_id": alert_id}
        return self.matches.end(key_of(match.article_id, match.topic_id), owner, note, **changes)

    def mark_dropped(self, match: Match, owner: str, note: Note) -> bool:
        changes = {"status": MatchStatus.DROPPED, "revision": None}
        return self.matches.end(key_of(match.article_id, match.topic_id), owner, note, **changes)

    def hold(self, match: Match, owner: str, until: datetime, note: Note) -> bool:
        return self.matches.hold(key_of(match.article_id, match.topic_id), owner, until, note)

    def mark_failed(self, article_id: str, topic_id: str, owner: str, note: Note) -> bool:
        return self.matches.fail(key_of(article_id, topic_id), owner, note)


class MemoryAlerts:
    def __init__(self) -> None:
        self.alerts = Leased(Table(), "alert", AlertStatus.HELD, AlertStatus.SENDING)

    def add(self, alert: Alert, due_at: datetime, note: Note) -> bool:
        row = Row(alert, AlertStatus.HELD, "alert", seconds(due_at), history=(note,))
        return self.alerts.add(AlertKey.of(alert), row)

    def find_due(self, now: datetime, limit: int) -> list[Any]:
        return self.alerts.find_due(now, limit)  # keys are stored as they come

    def claim(self, key: AlertKey, owner: str, now: datetime, until: datetime) -> AlertRow | None:
        row = self.alerts.claim(key, owner, now, until)
        if row is None:
            return None
        return AlertRow(
            alert=row.value,
            status=AlertStatus(row.status),
            due_at=row.due_at,
            attempts=row.attempts,
            paid=row.paid,
            history=row.history,
        )

    def hold(
        self,
        key: AlertKey,
        owner: str,
        until: datetime,
        note: Note,
        attempts: int = 0,
        paid: bool = False,
    ) -> bool:
        return self.alerts.hold(key, owner, until, note, attempts=attempts, paid=paid)

    def mark_sent(
        self,
        key: AlertKey,
        owner: str,
        notification_id: str,  # noqa: ARG002  nobody asks for either here
        message_id: str,  # noqa: ARG002
        note: Note,
    ) -> bool:
        return self.alerts.end(key, owner, note, status=AlertStatus.SENT)

    def mark_ended(self, key: AlertKey, owner: str, status: AlertStatus, note: Note) -> bool:
        return self.alerts.end(key, owner, note, status=status)

    def mark_failed(self, key: AlertKey, owner: str, note: Note) -> bool:
        return self.alerts.fail(key, owner, note)
