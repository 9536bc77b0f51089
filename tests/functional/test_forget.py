"""`tocsin forget`: of an article, a publisher, a host nothing is left anywhere, nothing of others
is lost, and nothing comes back."""

import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

import pytest
from click.testing import Result
from warcio.archiveiterator import ArchiveIterator

from tests.builders import SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Call, Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics, done
from tests.functional.documents import PARAGRAPHS, page
from tests.functional.events import api_event
from tests.functional.kept import Kept
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin import wiring
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.aws.stories_table import StoriesTable
from tocsin.cli import forget as command
from tocsin.handlers import api as door
from tocsin.model.hosts import Robots
from tocsin.pipeline import forget as stage
from tocsin.pipeline.alert import alert
from tocsin.pipeline.archive import archive, index, merge_once, rebuild
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting, Outcome

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

Run = Callable[..., Result]
# As FTS5 keeps them beside other words, without what they begin with.
GONE, OTHER = "quagmarbleous", "zephyrindale"
GONE_URL, OTHER_URL = f"{SITE}/news/gone", f"{SITE}/news/other"
ALIAS = f"{SITE}/short/1"
ELSEWHERE = "https://elsewhere.example/a"
SEEN = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
ALL = ("FeedsTable", "ArticlesTable", "StoriesTable", "TopicsTable")
Rows = list[dict[str, Any]]


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
        return traces(word, self.stack.objects(), {each: rows_of(self.stack, each) for each in ALL})


def traces(word: str, objects: Mapping[str, bytes], rows: Mapping[str, Rows]) -> set[str]:
    """Where it is found: objects, unpacked, and rows of tables."""
    fragment = word[3:]
    found = {
        key.partition("/")[0]
        for key, body in objects.items()
        if any(fragment.encode() in each for each in unpacked(body))
    }
    return found | {table for table, items in rows.items() if fragment in repr(items).lower()}


def rows_of(stack: Stack, table: str) -> Rows:
    found: Rows = stack.client("dynamodb").scan(TableName=stack.ref(table))["Items"]
    return found


@cache
def unpacked(body: bytes) -> tuple[bytes, ...]:
    """In lower case; also what is packed anywhere in it: shards have many such parts, captures one
    a page."""
    return tuple(each.lower() for each in (body, *_packed_in(body)))


def _packed_in(body: bytes) -> Iterator[bytes]:
    for header, unpacking in (
        (b"\x1f\x8b", lambda part: zlib.decompressobj(31).decompress(part)),
        (b"\x78", lambda part: zlib.decompressobj(15).decompress(part)),
        (b"\x28\xb5\x2f\xfd", lambda part: ZstdDecompressor().decompress(part)),
    ):
        at = body.find(header)
        while at >= 0:
            with suppress(zlib.error, ZstdError):
                yield unpacking(body[at:])
            at = body.find(header, at + 1)


@pytest.fixture(scope="module")
def built() -> Kept:
    """What the first test builds for all."""
    return Kept()


@pytest.fixture
def world(
    built: Kept,
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
    made = World(stack, web, clock, ingesting)
    web.serve(ALIAS, page(f"Of {GONE}", text_with(GONE)), redirected_to=GONE_URL)
    web.serve(OTHER_URL, page(f"Of {OTHER}", text_with(OTHER)))
    if built:
        built.put_back()
    else:
        feeds.put_feed(a_feed(), SEEN)
        put_topics(a_topic("harbour", any=("harbour",)))
        assert made.ingest(ALIAS, OTHER_URL) == [Outcome.STORED, Outcome.STORED]
    made.clock.advance(days=1)
    web.serve(ALIAS, page(f"New of {GONE}", text_with(f"{GONE} again")), redirected_to=GONE_URL)
    web.serve(f"{SITE}/third", page(f"More of {OTHER}", text_with(f"{OTHER} more")))
    if not built:
        again = made.ingest(ALIAS, f"{SITE}/third", at=made.clock.now, title="Restated")
        assert again == [Outcome.REVISED, Outcome.STORED] or Outcome.REVISED in again
        enter("AlertFunction")
        alert(wiring.alerting())
    enter("ArchiveFunction")
    if not built:
        archive(wiring.archiving())
        built.keep()
    return made


Get = Callable[..., tuple[int, Any]]


@pytest.fixture
def get(enter: Callable[[str], None]) -> Get:
    """What the API answers."""

    def got(path: str, **query: str) -> tuple[int, Any]:
        enter("ApiFunction")
        raw = door.handler(api_event(path, **query), None)
        return raw["statusCode"], json.loads(raw["body"])

    return got


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


def test_it_is_found_by_nothing_and_said_to_be_forgotten(
    world: World, tocsin: Run, get: Get
) -> None:
    gone, other = identity(GONE_URL), identity(OTHER_URL)
    assert gone in ids_found(tocsin, GONE)
    done(tocsin("forget", "--article", gone, "--yes"))
    assert ids_found(tocsin, GONE) == []
    assert gone not in ids_found(tocsin)
    assert other in ids_found(tocsin)
    for filters in ({"day": "2026-03-05"}, {"topic": "harbour"}, {"publisher": "Harbour Post"}):
        _, shown = get("/v1/articles", **filters)
        listed = [card["article_id"] for card in shown["articles"]]
        assert other in listed
        assert gone not in listed
    assert get(f"/v1/articles/{gone}")[0] == 404
    assert gone not in json.dumps(get(f"/v1/stories/{other}")[1]["members"])
    assert "no article" in str(tocsin("article", gone).exception)
    assert "was forgotten on" in str(tocsin("why", GONE_URL).exception)
    audited = tocsin("audit", ALIAS)
    assert "was forgotten on" in audited.output
    assert audited.exit_code == 3


def test_what_was_beside_it_is_as_it_was(
    world: World, tocsin: Run, stack: Stack, bucket: Bucket, articles: ArticlesTable
) -> None:
    before = bucket.get_article(identity(OTHER_URL))
    assert before.capture
    served = stack.served(before.capture)
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert bucket.get_article(identity(OTHER_URL)) == before
    assert stack.served(before.capture) == served
    assert len(articles.matches_of(before.id)) == 1
    for file in stack.objects("raw/").values():
        kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(file))]
        assert kinds.count("response") == 1
    assert set(ids_found(tocsin, OTHER)) == {before.id, identity(f"{SITE}/third")}


def test_it_does_not_come_back_when_feeds_list_it_again(world: World, tocsin: Run) -> None:
    done(tocsin("forget", "--article", GONE_URL, "--yes"))
    asked = len(world.web.asked)
    assert world.ingest(ALIAS, GONE_URL, title="Said again") == [Outcome.FORGOTTEN] * 2
    assert world.ingest(f"{GONE_URL}?utm_source=x") == [Outcome.FORGOTTEN]
    assert len(world.web.asked) == asked, "its page is asked for no more"
    world.web.serve(f"{SITE}/new", page(f"Of {GONE}", text_with(GONE), canonical=GONE_URL))
    assert world.ingest(f"{SITE}/new") == [Outcome.FORGOTTEN]
    assert world.traces_of(GONE) == set()
    assert world.ingest(f"{SITE}/new", title="Again") == [Outcome.FORGOTTEN]


def test_a_rebuild_does_not_bring_it_back(
    world: World, tocsin: Run, enter: Callable[[str], None]
) -> None:
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    enter("ArchiveFunction")
    rebuild(wiring.archiving())
    archive(wiring.archiving())
    assert ids_found(tocsin, GONE) == []
    assert len(ids_found(tocsin)) == 2


def test_what_waits_to_be_indexed_is_forgotten_too(
    world: World, tocsin: Run, enter: Callable[[str], None]
) -> None:
    url = f"{SITE}/late"
    world.web.serve(url, page("Late", text_with("barnacleous")))
    world.ingest(url)
    done(tocsin("forget", "--article", url, "--yes"))
    assert world.traces_of("barnacleous") == set()
    enter("ArchiveFunction")
    archive(wiring.archiving())
    assert world.traces_of("barnacleous") == set()


def test_nothing_is_removed_before_the_answer(world: World, tocsin: Run) -> None:
    before = world.stack.objects(), [world.stack.items(each) for each in ALL]
    said = done(tocsin("forget", "--article", ALIAS, "--dry-run"))
    assert "articles: 1, seen from 2026-03-05 to 2026-03-06" in said
    assert f"Of {GONE}" in said
    assert tocsin("forget", "--article", ALIAS, answer="n\n").exit_code == 1
    assert (world.stack.objects(), [world.stack.items(each) for each in ALL]) == before


def test_the_second_time_there_is_nothing_left_to_remove(world: World, tocsin: Run) -> None:
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    before = world.stack.objects()
    said = done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert "captures removed: 0" in said
    assert "lines of batches removed: 0" in said
    assert world.stack.objects() == before


def test_what_is_not_there_is_told(world: World, tocsin: Run) -> None:
    assert "no article" in str(tocsin("forget", "--article", f"{SITE}/never").exception)
    assert "write it as" in str(tocsin("forget", "--host", "https://x/").exception)
    assert tocsin("forget").exit_code == 2
    assert tocsin("forget", "--host", "a.example", "--publisher", "B").exit_code == 2


# Crashes


@dataclass(frozen=True)
class Snapshot:
    """What there is. TopicsTable and FeedsTable know of no article."""

    rows: dict[str, Rows]
    objects: dict[str, bytes]

    @classmethod
    def of(cls, stack: Stack) -> "Snapshot":
        rows = {each: rows_of(stack, each) for each in ("ArticlesTable", "StoriesTable")}
        return cls(rows, stack.objects())

    def traces_of(self, word: str) -> set[str]:
        return traces(word, self.objects, self.rows)


def test_a_crash_after_any_call_leaves_nothing_once_it_is_run_again(
    world: World, built: Kept, tocsin: Run, calls: Calls
) -> None:
    before = Snapshot.of(world.stack)
    assert before.traces_of(GONE) == EVERYWHERE
    calls.reset()
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    made = calls.made
    numbered = [(number, each) for number, each in enumerate(made, 1) if writes_something(each)]
    # After a call that reads, all is as after the one before it; of several alike in a row, rows
    # that are removed one by one, one stands for all.
    alike = [list(group) for _, group in groupby(numbered, lambda each: each[1].name)]
    writes = [group[len(group) // 2][0] for group in alike]
    assert len(writes) > 9
    assert {"dynamodb:TransactWriteItems", "s3:PutObject"} <= {made[n - 1].name for n in writes}
    for number in writes:
        built.put_back()
        calls.reset()
        calls.after(None, crash, nth=number)
        with pytest.raises(Crash):
            tocsin("forget", "--article", ALIAS, "--yes")
        done(tocsin("forget", "--article", ALIAS, "--yes"))
        after, when = Snapshot.of(world.stack), f"a crash after call {number}, {made[number - 1]}"
        assert after.traces_of(GONE) == set(), when
        assert after.traces_of(OTHER) == before.traces_of(OTHER), when
        assert not [row for row in after.rows["ArticlesTable"] if row["sk"]["S"][:2] == "V#"], when


def writes_something(call: Call) -> bool:
    return call.writes or call.name == "dynamodb:TransactWriteItems"


# Others at the same time


def test_a_merge_that_began_before_does_not_bring_it_back(
    world: World, tocsin: Run, calls: Calls, clock: Clock, enter: Callable[[str], None]
) -> None:
    """The archive function has read the shards, and swaps while they are written anew."""
    enter("ArchiveFunction")
    for number in range(2):
        world.web.serve(f"{SITE}/late/{number}", page(f"Of {OTHER}", text_with(OTHER)))
        world.ingest(f"{SITE}/late/{number}", at=clock.now)
        list(index(wiring.archiving()))
    clock.advance(days=1)
    met: list[str] = []

    def merge() -> None:
        merged = merge_once(wiring.archiving())
        met.append(merged.outcome if merged else "none")

    calls.before("dynamodb:TransactWriteItems", merge, nth=2)
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert met == ["merged"]
    assert world.traces_of(GONE) == set()
    assert len(ids_found(tocsin, OTHER)) == 4


def test_a_merge_that_ends_later_loses(
    world: World, tocsin: Run, calls: Calls, clock: Clock, enter: Callable[[str], None]
) -> None:
    enter("ArchiveFunction")
    url = f"{SITE}/late"
    world.web.serve(url, page(f"Of {GONE}", text_with(GONE)))
    world.ingest(url, at=clock.now)
    list(index(wiring.archiving()))
    clock.advance(days=1)
    calls.before(
        "dynamodb:TransactWriteItems", lambda: done(tocsin("forget", "--host", HOST, "--yes"))
    )
    merged = merge_once(wiring.archiving())
    assert merged
    assert merged.outcome == "lost"
    assert world.traces_of(GONE) == set()


def test_what_a_job_under_way_writes_afterwards_goes_with_the_second_run(
    world: World, tocsin: Run, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked the article up before there was a tombstone."""
    monkeypatch.setattr(command, "utc_now", world.clock)
    world.clock.advance(days=30)
    world.web.serve(ALIAS, page(f"Once more {GONE}", text_with(f"{GONE} then")))
    calls.after("s3:PutObject", lambda: done(tocsin("forget", "--article", ALIAS, "--yes")))
    world.ingest(ALIAS, at=world.clock.now, title="Said thrice")
    assert world.traces_of(GONE) != set()
    assert "no article" in str(tocsin("article", ALIAS).exception)
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert world.traces_of(GONE) == set()


# All of a publisher, or of a host

HOST = "harbour-post.example"


def test_all_of_a_publisher_goes_and_nothing_of_others(world: World, tocsin: Run) -> None:
    _from_elsewhere(world)
    said = done(tocsin("forget", "--publisher", "harbour  POST", "--yes"))
    assert "articles forgotten: 3" in said
    assert "take them out of your file" in said
    assert world.traces_of(GONE) == world.traces_of(OTHER) == set()
    assert world.traces_of("marzipanlike") >= {"articles", "raw", "batch", "ArticlesTable"}
    assert ids_found(tocsin) == [identity(ELSEWHERE)]


def test_all_of_a_host_goes_with_what_is_known_of_the_host(
    world: World, tocsin: Run, stack: Stack
) -> None:
    hosts = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    for origin in (f"https://{HOST}", f"https://www.{HOST}", "https://elsewhere.example"):
        hosts.put_robots(origin, Robots(text="User-agent: *", fetched_at=SEEN))
    _from_elsewhere(world)
    said = done(tocsin("forget", "--host", f"www.{HOST}", "--yes"))
    assert "articles forgotten: 3" in said
    assert world.traces_of(GONE) == world.traces_of(OTHER) == set()
    rows = [row["pk"] for table in ALL for row in stack.items(table)]
    assert "ROBOTS#https://elsewhere.example" in rows
    assert not [pk for pk in rows if HOST in pk and not pk.startswith("FEED#")]
    assert ids_found(tocsin) == [identity(ELSEWHERE)]


def test_more_articles_than_a_transaction_holds_are_forgotten_as_well(
    world: World, tocsin: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MAX_VOIDS", 1)
    _from_elsewhere(world)
    done(tocsin("forget", "--publisher", "Harbour Post", "--yes"))
    assert world.traces_of(GONE) == world.traces_of(OTHER) == set()
    assert ids_found(tocsin) == [identity(ELSEWHERE)]


def test_a_publisher_of_whom_there_is_nothing(world: World, tocsin: Run) -> None:
    assert "articles: 0" in done(tocsin("forget", "--publisher", "Nobody", "--dry-run"))


def _from_elsewhere(world: World) -> None:
    world.web.serve(ELSEWHERE, page("Marzipanlike", text_with("marzipanlike")))
    job = an_ingest_job(
        an_entry(ELSEWHERE),
        host="elsewhere.example",
        publisher="Elsewhere",
        feed_id="elsewhere",
        seen_at=SEEN,
    )
    assert [each.outcome for each in ingest(job, world.ingesting)] == [Outcome.STORED]


# What else there may be


def test_a_page_that_a_crash_left_without_an_article_goes_too(
    world: World, tocsin: Run, calls: Calls
) -> None:
    """The job stored its captures, died, and stored them anew when it came again."""
    url = f"{SITE}/twice"
    world.web.serve(url, page("Twice", text_with("barnacleous")))
    calls.after("s3:PutObject", crash)
    with pytest.raises(Crash):
        world.ingest(url)
    world.ingest(url)
    said = done(tocsin("forget", "--article", url, "--yes"))
    assert "captures removed: 2" in said
    assert world.traces_of("barnacleous") == set()


def test_no_former_version_of_an_object_is_left(world: World, tocsin: Run, stack: Stack) -> None:
    s3, bucket = stack.client("s3"), stack.ref("Bucket")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, body in stack.objects().items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    kept = s3.list_object_versions(Bucket=bucket)
    bodies = [
        s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
        for each in kept["Versions"]
    ]
    assert not [b for b in bodies for part in unpacked(b) if GONE[3:].encode() in part]
    assert [each for each in kept["Versions"] if each["Key"].startswith("articles/")]


def test_a_shard_that_was_replaced_or_left_behind_goes_at_once(
    world: World, tocsin: Run, stack: Stack, enter: Callable[[str], None], calls: Calls
) -> None:
    enter("ArchiveFunction")
    rebuild(wiring.archiving())  # replaces all shards; their objects stay for an hour
    calls.after("s3:PutObject", crash)
    with pytest.raises(Crash):
        archive(wiring.archiving())
    assert len(stack.objects("search/")) == 2
    done(tocsin("forget", "--article", ALIAS, "--yes"))
    assert world.traces_of(GONE) == set()
    assert len(stack.objects("search/")) == 1


def test_a_story_goes_on_without_the_article_that_began_it(
    world: World, tocsin: Run, stories: StoriesTable
) -> None:
    copy = ELSEWHERE
    world.web.serve(copy, page(f"Of {GONE}, a copy", text_with(GONE)))
    job = an_ingest_job(an_entry(copy), host="elsewhere.example", publisher="B", seen_at=SEEN)
    (ended,) = ingest(job, world.ingesting)
    root = ended.story_id
    assert root
    before = stories.find_story(root)
    assert before
    assert len(before.members) > 1
    done(tocsin("forget", "--article", root, "--yes"))
    after = stories.find_story(root)
    assert after
    assert {m.article_id for m in before.members} - {m.article_id for m in after.members} == {root}
    place = stories.find_place(root)
    assert place
    assert (place.title, place.publisher, place.head) == ("", "", b"")
