"""Topics, pages, objects and SNS in memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tests.faults.injector import Crash, Injector, Publication
from tests.faults.news import News, Poison
from tocsin.errors import PublishRefused, UrlRefused
from tocsin.model.alerts import AlertKey
from tocsin.model.articles import Article
from tocsin.model.notifications import Notification
from tocsin.model.topics import TopicRow
from tocsin.query.document import Document


class ParserFault(Exception):
    """Of a page that what reads it cannot stand."""


class FakeTopics:
    def __init__(self, rows: Sequence[TopicRow]) -> None:
        self.rows = {row.topic.id: row for row in rows}

    def find(self, topic_id: str) -> TopicRow | None:
        return self.rows.get(topic_id)

    def all(self) -> list[TopicRow]:
        return [*self.rows.values()]


class FakePages:
    """No page says anything: articles are what their feeds say of them."""

    def __init__(self, news: News) -> None:
        self._news = news

    @contextmanager
    def visit(self, host: str) -> Iterator[bool]:
        yield True

    def fetch(self, url: str, max_bytes: int) -> Any:
        piece = self._news.of[url]
        if piece.poison is Poison.RAISES:
            raise ParserFault(f"cannot read {url}")
        if piece.poison is Poison.KILLS:
            raise Crash
        raise UrlRefused(url, "there are no pages here")

    def come_again_seconds(self, since: Any) -> int:
        return 60


class FakeStore:
    def put_article(self, article: Article) -> None:
        """Objects are written over: done twice, it is the same."""


class FakeBatches:
    """What the archive is to make searchable. Of an article that comes again it shows one."""

    def __init__(self) -> None:
        self.docs = 0

    def add(self, batch: bytes, docs: int, at: datetime, now: datetime) -> None:
        self.docs += docs


class TitleMatcher:
    """An article matches what the news say of its title."""

    refused = ""

    def __init__(self, news: News) -> None:
        self._topics = {piece.entry.title: piece.topics for piece in news.pieces}
        self._found: tuple[str, ...] = ()

    def matcher(self) -> "TitleMatcher":
        return self

    def match(self, document: Document) -> "TitleMatcher":
        self._found = self._topics[document.title]
        return self

    def topic_ids(self) -> tuple[str, ...]:
        return self._found

    def spans(self, document: Document, topic_id: str) -> tuple[Any, ...]:
        return ()


class FakePublisher:
    """`said` are the alerts in a notification, by its id."""

    def __init__(
        self, news: News, said: Mapping[str, tuple[AlertKey, ...]], injector: Injector
    ) -> None:
        self._news, self._said, self._injector = news, said, injector

    def publish(self, sns_topic_arn: str, notification: Notification) -> str:
        keys = self._said[notification.id]
        if any(self._news.of[key.pk[2:]].poison is Poison.REFUSED for key in keys):
            raise PublishRefused("InvalidParameter")
        injector = self._injector
        made = Publication(keys, injector.worker, injector.calls)
        injector.trace.publications.append(made)
        return f"message-{len(injector.trace.publications)}"


class FakeOperator:
    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, subject: str, text: str) -> None:
        self.told.append(subject)
