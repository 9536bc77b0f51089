"""`tocsin forget`: of an article, a publisher, a host nothing is left anywhere, nothing of others is
lost, and nothing comes back."""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from warcio.archiveiterator import ArchiveIterator

from tests.builders import SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.functional.documents import PARAGRAPHS, page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.aws.items import from_item
from tocsin.aws.stories_table import StoriesTable
from tocsin.cli import forget as command
from tocsin.model import Robots
from tocsin.pipeline.alert import alert
from tocsin.pipeline.archive import archive, index
from tocsin.pipeline.ingest import Ingesting, Outcome, ingest

Run = Callable[..., Result]
# As FTS5 keeps them beside other words, without what they begin with.
GONE, OTHER = "quagmarbleous", "zephyrindale"
GONE_URL, OTHER_URL = f"{SITE}/news/gone", f"{SITE}/news/other"
ALIAS = f"{SITE}/short/1"
ELSEWHERE = "https://elsewhere.example/a"
SEEN = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
TABLES = ("FeedsTable", "ArticlesTable", "StoriesTable", "TopicsTable")


def text_with(word: str) -> list[str]:
    return [f"{each} The {word} was there." for each in PARAGRAPHS]


@dataclass
class World:
    """An article that is to be forgotten, in two versions, beside another one: in the same files,
    the same story, the same shards."""

    stack: Stack
    web: FakeWeb
    clock: Clock
    ingesting: Ingesting

    def ingest(self, *urls: str, at: datetime = SEEN, title: str = "Soon") -> list[Outcome]:
        entries = [an_entry(url, title=title) for url in urls]
        job = an_ingest_job(*entries, seen_at=at)
        return [each.outcome for each in ingest(job, self.ingesting)]

    def traces_of(self, word: str) -> set[str]:
        """Where it is found: objects, unpacked, and rows."""
        fragment = word[3:].encode()
        found = {
            key.partition("/")[0]
            for key, body in self.stack.objects().items()
            if any(fragment in each.lower() for each in unpacked(body))
        }
        return found | {
            table
            for table in TABLES
            if any(fragment in repr(each).lower().encode() for each in self.stack.items(table))
        }


def unpacked(body: bytes) -> Iterator[bytes]:
    """Also what is packed anywhere in it: shards have many such parts, captures one a page."""
    yield body
    for header, bits in ((b"\x1f\x8b", 31), (b"\x78", 15)):
        at = body.find(header)
        while at >= 0:
            reading = zlib.decompressobj(bits)
            try:
                yield reading.decompress(body[at:])
            except zlib.error:
                pass
            at = body.find(header, at + 1)


@pytest.fixture
def world(
    stack: Stack,
    web: FakeWeb,
    clock: Clock,
    ingesting: Ingesting,
    put_topics: PutTopics,
    feeds: FeedsTable,
    enter: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    clock.now = SEEN
    monkeypatch.setattr(command, "utc_now", lambda: datetime.now(UTC) + timedelta(days=2))
    feeds.put_feed(a_feed(), SEEN)
    put_topics(a_topic("harbour", any=("harbour",)))
    made = World(stack, web, clock, ingesting)
    web.serve(ALIAS, page(f"Of {GONE}", text_with(GONE)), redirected_to=GONE_URL)
    web.serve(OTHER_URL, page(f"Of {OTHER}", text_with(OTHER)))
    assert made.ingest(ALIAS, OTHER_URL) == [Outcome.STORED, Outcome.STORED]
    made.clock.advance(days=1)
    web.serve(ALIAS, page(f"New of {GONE}", text_with(f"{GONE} again")), redirected_to=GONE_URL)
    web.serve(f"{SITE}/third", page(f"More of {OTHER}", text_with(f"{OTHER} more")))
    again = made.ingest(ALIAS, f"{SITE}/third", at=made.clock.now, title="Restated")
    assert again == [Outcome.REVISED, Outcome.STORED] or Outcome.REVISED in again
    enter("AlertFunction")
    alert(wiring.alerting())
    enter("ArchiveFunction")
    archive(wiring.archiving())
    return made


def ids_found(tocsin: Run, *query: str) -> list[str]:
    shown = json.loads(done(tocsin("search", *query, "--json")))
    return [hit["article_id"] for hit in shown["hits"]]


EVERYWHERE = {"articles", "raw", "batch", "search", "ArticlesTable", "StoriesTable"}


def test_nothing_of_an_article_is_left_in_any_object_or_row(world: World, tocsin: Run) -> None:
    assert world.traces_of(GONE) == EVERYWHERE
    others = world.traces_of(OTHER)
    said = done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert world.traces_of(GONE) == set()
    assert world.traces_of(OTHER) == others
    assert "captures removed: 2" in said
    assert "lines of batches removed: 2" in said
