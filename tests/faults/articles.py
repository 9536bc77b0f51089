"""The Articles table in memory: articles, their matches and their alerts."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from tests.faults.injector import Injector
from tests.faults.rows import Key, Leased, Row, Table, seconds
from tocsin.errors import CorruptError
from tocsin.model import (
    Alert,
    AlertKey,
    AlertRow,
    AlertStatus,
    Article,
    Known,
    Match,
    MatchRow,
    MatchStatus,
    Note,
)

ARCHIVE = (
    "find_known",
    "add_match",
    "add_article",
    "add_alias",
    "note_look",
    "put_version",
    "get_siblings",
    "put_siblings",
)
MATCHES = (
    "find_due",
    "claim",
    "mark_alerted",
    "mark_merged",
    "mark_dropped",
    "hold",
    "mark_failed",
)
ALERTS = ("add", "find_due", "claim", "hold", "mark_sent", "mark_ended", "mark_failed")


def _key(article_id: str, topic_id: str) -> Key:
    return f"A#{article_id}", f"M#{topic_id}"


class FakeArticles:
    """Articles and matches; `corrupt` are matches that cannot be read."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.matches = Leased(Table(), "match", MatchStatus.DUE, MatchStatus.DECIDING)
        self.corrupt: Set[tuple[str, str]] = frozenset()

    # ── what ingest writes ──

    def find_known(self, identity: str) -> Known | None:
        return self.known.get(identity)

    def add_article(self, article: Article, stated: str) -> bool:
        if article.id in self.known:
            return False
        self.known[article.id] = Known(
            article_id=article.id, feed_id=article.feed_id, stated=stated
        )
        return True

    def add_alias(self, identity: str, article_id: str) -> bool:
        self.known.setdefault(identity, Known(article_id=article_id))
        return self.known[identity].article_id == article_id

    def add_match(self, match: Match, due_at: datetime | None) -> bool:
        row = Row(match, MatchStatus.SILENT)
        if due_at is not None:
            row = Row(match, MatchStatus.DUE, "match", seconds(due_at))
        return self.matches.add(_key(match.article_id, match.topic_id), row)

    # ── what alerting does with matches ──

    def find_due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        return [(pk[2:], sk[2:]) for pk, sk in self.matches.find_due(now, limit)]

    def claim(
        self, article_id: str, topic_id: str, owner: str, now: datetime, until: datetime
    ) -> MatchRow | None:
        row = self.matches.claim(_key(article_id, topic_id), owner, now, until)
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
        return self.matches.end(_key(match.article_id, match.topic_id), owner, note, **changes)

    def mark_merged(self, match: Match, owner: str, alert_id: str, note: Note) -> bool:
        changes = {"status": MatchStatus.MERGED, "alert_id": alert_id}
        return self.matches.end(_key(match.article_id, match.topic_id), owner, note, **changes)

    def mark_dropped(self, match: Match, owner: str, note: Note) -> bool:
        changes = {"status": MatchStatus.DROPPED, "revision": None}
        return self.matches.end(_key(match.article_id, match.topic_id), owner, note, **changes)

    def hold(self, match: Match, owner: str, until: datetime, note: Note) -> bool:
        return self.matches.hold(_key(match.article_id, match.topic_id), owner, until, note)

    def mark_failed(self, article_id: str, topic_id: str, owner: str, note: Note) -> bool:
        return self.matches.fail(_key(article_id, topic_id), owner, note)


class FakeAlerts:
    """`injector` keeps for the oracle who claimed and marked what."""

    def __init__(self, injector: Injector) -> None:
        self.alerts = Leased(Table(), "alert", AlertStatus.HELD, AlertStatus.SENDING)
        self._injector = injector

    def add(self, alert: Alert, due_at: datetime, note: Note) -> bool:
        row = Row(alert, AlertStatus.HELD, "alert", seconds(due_at), history=(note,))
        return self.alerts.add(AlertKey.of(alert), row)

    def find_due(self, now: datetime, limit: int) -> list[Any]:
        return self.alerts.find_due(now, limit)  # keys are stored as they come

    def claim(self, key: AlertKey, owner: str, now: datetime, until: datetime) -> AlertRow | None:
        row = self.alerts.claim(key, owner, now, until)
        if row is None:
            return None
        injector = self._injector
        injector.trace.claimed[key, injector.worker] = injector.calls
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
        self, key: AlertKey, owner: str, notification_id: str, message_id: str, note: Note
    ) -> bool:
        marked = self.alerts.end(key, owner, note, status=AlertStatus.SENT)
        if marked:
            injector = self._injector
            injector.trace.marked[key, injector.worker] = injector.calls
        return marked

    def mark_ended(self, key: AlertKey, owner: str, status: AlertStatus, note: Note) -> bool:
        return self.alerts.end(key, owner, note, status=status)

    def mark_failed(self, key: AlertKey, owner: str, note: Note) -> bool:
        return self.alerts.fail(key, owner, note)
