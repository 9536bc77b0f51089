"""The Articles table in memory: what ingest keeps there, and what an oracle notes of alerts."""

from datetime import datetime

from tests.faults.injector import Injector
from tocsin.model.alerts import AlertKey, AlertRow
from tocsin.model.articles import Article, Known
from tocsin.model.matches import Note
from tocsin.pipeline.rehearsal.matches import MemoryAlerts, MemoryMatches

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


class FakeArticles(MemoryMatches):
    """Articles and matches."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Known] = {}

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


class FakeAlerts(MemoryAlerts):
    """`injector` keeps for the oracle who claimed and marked what."""

    def __init__(self, injector: Injector) -> None:
        super().__init__()
        self._injector = injector

    def claim(self, key: AlertKey, owner: str, now: datetime, until: datetime) -> AlertRow | None:
        row = super().claim(key, owner, now, until)
        if row is not None:
            injector = self._injector
            injector.trace.claimed[key, injector.worker] = injector.calls
        return row

    def mark_sent(
        self, key: AlertKey, owner: str, notification_id: str, message_id: str, note: Note
    ) -> bool:
        marked = super().mark_sent(key, owner, notification_id, message_id, note)
        if marked:
            injector = self._injector
            injector.trace.marked[key, injector.worker] = injector.calls
        return marked
