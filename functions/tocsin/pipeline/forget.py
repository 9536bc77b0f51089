"""forget: everything of some articles goes, wherever it lies, and does not come back.

    find      in the batches, which have every article that was ever handed over
    rows      a tombstone in place of the card (ingest sees it from then on), matches and alerts
    objects   text in all versions; pages as they were served
    stories   what members, heads and keys say of them
    index     shards are written anew without them, and what was replaced is taken away at once
    batches   last of these: from them a run that was interrupted finds again what it had to do
    lake      files are made of the batches; their days are noted before, for the night to see to

Each step leaves nothing to do for whoever does it a second time, and none depends on one before it
having come to its end in the same run. Whoever writes at the same time is met in the order of
things: ingest finds the tombstone; of shards that are made or merged meanwhile the swap tells who
was first, and the loser looks again. Only a job that had looked the article up before the tombstone
was there may write of it afterwards: it is over within five minutes, and a second run finds it.
"""

import gzip
import json
import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from tocsin.archive.layout import VERSION
from tocsin.archive.manifest import DELETED, MAX_VOIDS
from tocsin.archive.ranges import Ranges
from tocsin.archive.records import Key, in_groups
from tocsin.archive.shard import Shard
from tocsin.articles.capture import Record as Place
from tocsin.articles.capture import blanked, pages_in
from tocsin.articles.urls import identity, plain_host
from tocsin.errors import CorruptError, InputError, NotFoundError, Overloaded
from tocsin.jobs import host_of
from tocsin.model import Card, CardPage, Known, Manifest, ShardEntry, Swap, Void, to_instant
from tocsin.pipeline import lake
from tocsin.pipeline.archive import LEASE_DURATION, Archiving, index, rewrite
from tocsin.stories.head import from_bytes, to_bytes, unlearned
from tocsin.stories.terms import number_of

# A job is read as of the day it was sent on; one of another feed may have stored the article, too.
AROUND = timedelta(days=1)
_AT_ONCE = 16  # objects that are read side by side: 5 MB each at the most
_ROOM = 16 << 20
_PAGE = 500  # cards that DynamoDB gives in one answer of a megabyte, about
MAX_TITLES = 5
_TRIES = 100  # of shards, against those who merge them: each is won by somebody
_HEAD = "HEAD"


class Rows(Protocol):
    def add_tombstone(
        self, article_id: str, first_day: str, last_day: str, at: datetime
    ) -> None: ...
    def keys_of(self, article_id: str) -> list[str]: ...
    def remove(self, article_id: str, keys: Iterable[str]) -> None: ...
    def find_ids(self, identities: Sequence[str]) -> dict[str, str]: ...
    def remove_host(self, hosts: Iterable[str]) -> int: ...


class Articles(Protocol):
    def find_known(self, identity: str) -> Known | None: ...
    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage: ...
    def list_publisher(self, publisher: str, limit: int, cursor: str | None = None) -> CardPage: ...


class Stories(Protocol):
    def rows(self) -> Iterator[dict[str, Any]]: ...
    def clear(self, row: dict[str, Any], at: datetime) -> None: ...
    def remove(self, row: dict[str, Any]) -> None: ...
    def put_head(
        self, row: dict[str, Any], head: bytes | None, learned: Collection[str]
    ) -> None: ...
    def unpost(self, row: dict[str, Any], story_ids: Collection[str]) -> None: ...


class Objects(Protocol):
    def keys(self, prefix: str) -> list[str]: ...
    def get(self, key: str) -> bytes: ...
    def replace(self, key: str, body: bytes, content_type: str) -> None: ...
    def remove(self, keys: Sequence[str]) -> None: ...


@dataclass(frozen=True)
class Forgetting:
    """What forgetting needs from outside. `tell` hears what is being done, and how far it is."""

    articles: Articles
    rows: Rows
    stories: Stories
    objects: Objects
    archiving: Archiving
    laking: lake.Laking
    executor: Executor
    clock: Callable[[], datetime]
    tell: Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be forgotten: one article, or all of a publisher or of a host."""

    article_id: str = ""
    publisher: str = ""
    host: str = ""

    def holds(self, article_id: str, url: str, publisher: str) -> bool:
        if self.article_id:
            return article_id == self.article_id
        if self.publisher:
            return _folded(publisher) == _folded(self.publisher)
        return self.holds_url(url)

    def holds_url(self, url: str) -> bool:
        return bool(self.host) and plain_host(host_of(url)) == plain_host(self.host)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass
class Found:
    """Some hundred bytes an article. `days` are those of an article's batches, `lines` how often
    it stands in each batch; `titles` are of a few, to be shown."""

    keys: set[Key] = field(default_factory=set)
    days: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: dict[str, int] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    titles: list[str] = field(default_factory=list)

    def add(self, article_id: str, seen_at: datetime, day: str, url: str, title: str) -> None:
        self.keys.add((int(seen_at.timestamp()), article_id))
        self.days[article_id].add(day)
        self.hosts.add(host_of(url))
        if len(self.titles) < MAX_TITLES and title not in self.titles:
            self.titles.append(title)

    @property
    def all_days(self) -> set[str]:
        return {day for days in self.days.values() for day in days}


@dataclass
class Forgotten:
    """How much was removed."""

    articles: int = 0
    rows: int = 0
    objects: int = 0
    captures: int = 0
    story_rows: int = 0
    shards: int = 0
    batch_lines: int = 0
    lake_days: int = 0
    host_rows: int = 0


# ── find ──


def wanted_article(asked: str, outside: Forgetting) -> tuple[Wanted, Known]:
    """By its id or any URL of it. Raises NotFoundError."""
    known = outside.articles.find_known(identity(asked) if "://" in asked else asked)
    if known is None:
        raise NotFoundError("article", asked)
    return Wanted(article_id=known.article_id), known


def find(wanted: Wanted, known: Known | None, outside: Forgetting) -> Found:
    """Raises CorruptError."""
    found = Found()
    if known is not None:
        for day in _span(known):
            found.days[known.article_id].add(day)
    keys = [key for day in _days_of(known) for key in outside.objects.keys(f"batch/dt={day}")]
    for card in _listed(wanted, outside):
        found.add(card.article_id, card.seen_at, f"{card.seen_at:%Y-%m-%d}", card.url, card.title)
    for number, (key, body) in enumerate(_read(keys, outside), 1):
        outside.tell(f"looking for it: {number:,} of {len(keys):,} batches")
        _look_through(key, body, wanted, found)
    return found


def _listed(wanted: Wanted, outside: Forgetting) -> Iterator[Card]:
    """The cards of a publisher, and those of a host, which has no list, among all."""
    if wanted.publisher:
        yield from _cards(partial(outside.articles.list_publisher, wanted.publisher))
    if wanted.host:
        today = outside.clock().date()
        firsts = [each.first for each in outside.archiving.manifests.read().shards]
        first = datetime.fromtimestamp(min(firsts), UTC).date() if firsts else today
        for number in range((today - first + 2 * AROUND).days):
            day = first - AROUND + timedelta(days=number)
            outside.tell(f"looking for it: {day}")
            cards = _cards(partial(outside.articles.list_day, day))
            yield from (card for card in cards if wanted.holds_url(card.url))


def _cards(page_of: Callable[[int, str | None], CardPage]) -> Iterator[Card]:
    cursor = None
    while True:
        page = page_of(_PAGE, cursor)
        yield from page.cards
        if (cursor := page.cursor) is None:
            return


def _span(known: Known) -> list[str]:
    """The first and the last day on which it was seen."""
    if known.forgotten_at:
        return [known.first_day, known.last_day]
    first = known.seen_at or known.revised_at
    if first is None:
        raise CorruptError("article", known.article_id, "its row does not say when it was seen")
    return [f"{first:%Y-%m-%d}", f"{known.revised_at or first:%Y-%m-%d}"]


def _days_of(known: Known | None) -> list[str]:
    """Of batches that may have it, by how their keys go on; all where it is not one article."""
    if known is None:
        return [""]
    first, last = (date.fromisoformat(day) for day in _span(known))
    days = (last - first + 2 * AROUND).days + 1
    return [f"{first - AROUND + timedelta(days=number)}/" for number in range(days)]


def _look_through(key: str, body: bytes, wanted: Wanted, found: Found) -> None:
    day = key.partition("dt=")[2].partition("/")[0]
    for line in _lines(key, body):
        if wanted.article_id.encode() not in line:
            continue
        stated = json.loads(line)
        if not wanted.holds(stated["id"], stated["url"], stated["publisher"]):
            continue
        found.lines[key] = found.lines.get(key, 0) + 1
        seen_at = to_instant(stated["seen_at"])
        found.add(stated["id"], seen_at, day, stated["url"], stated["title"])


def _lines(key: str, body: bytes) -> list[bytes]:
    try:
        return gzip.decompress(body).splitlines()
    except (OSError, EOFError, zlib.error) as error:
        remedy = "remove it, or restore it from the articles it names"
        raise CorruptError("batch", key, remedy) from error


def _read(keys: Sequence[str], outside: Forgetting) -> Iterator[tuple[str, bytes]]:
    """Some at a time. What is gone since it was listed is passed over."""
    for group in in_groups(keys, _AT_ONCE):
        bodies = outside.executor.map(lambda key: _find_object(key, outside), group)
        yield from ((k, body) for k, body in zip(group, bodies, strict=True) if body is not None)


def _find_object(key: str, outside: Forgetting) -> bytes | None:
    try:
        return outside.objects.get(key)
    except NotFoundError:
        return None


# ── remove ──


def forget(wanted: Wanted, found: Found, outside: Forgetting) -> Forgotten:
    done = Forgotten(articles=len(found.days))
    voids = _hide(found, outside)
    _forget_articles(found, done, outside)
    _forget_captures(wanted, found, done, outside)
    _forget_in_stories(found.days, done, outside)
    _forget_in_shards(found, done, outside)
    _settle(voids, outside)
    if wanted.host:
        hosts = {wanted.host, f"www.{wanted.host}", *found.hosts}
        done.host_rows = outside.rows.remove_host(sorted(hosts))
    days = _days_of_batches(found)
    lake.note_days(days, outside.laking)
    _forget_in_batches(found, done, outside)
    done.lake_days = _forget_in_lake(days, outside)
    return done


def _hide(found: Found, outside: Forgetting) -> list[Void]:
    """From searches, at once; of more articles than a transaction holds shards hide them, one
    after the other."""
    at = int(outside.clock().timestamp())
    voids = [
        Void(second=second, article_id=article_id, version=DELETED, noted_at=at)
        for second, article_id in sorted(found.keys)
    ]
    if not voids or len(voids) > MAX_VOIDS:
        return []
    outside.archiving.manifests.swap(Swap(voids=tuple(voids), at=at))
    return voids


def _settle(voids: Sequence[Void], outside: Forgetting) -> None:
    """Nothing is left that they hide."""
    if voids:
        at = int(outside.clock().timestamp())
        outside.archiving.manifests.swap(Swap(settled=tuple(voids), at=at))


def _forget_articles(found: Found, done: Forgotten, outside: Forgetting) -> None:
    def one(article: tuple[str, set[str]]) -> tuple[int, int]:
        return _forget_article(*article, outside)

    ended = 0
    for group in in_groups(sorted(found.days.items()), _AT_ONCE):
        for rows, objects in outside.executor.map(one, group):
            done.rows += rows
            done.objects += objects
        ended += len(group)
        outside.tell(f"articles: {ended:,} of {len(found.days):,}")


def _forget_article(article_id: str, days: Collection[str], outside: Forgetting) -> tuple[int, int]:
    """How many rows and objects were removed. The tombstone first: nothing comes back from then
    on."""
    outside.rows.add_tombstone(article_id, min(days), max(days), outside.clock())
    rows = outside.rows.keys_of(article_id)
    outside.rows.remove(article_id, rows)
    objects = outside.objects.keys(f"articles/{article_id}")
    outside.objects.remove(objects)
    return len(rows), len(objects)


# ── captures ──


def _forget_captures(wanted: Wanted, found: Found, done: Forgotten, outside: Forgetting) -> None:
    """In every file of the days: a job that crashed may have left one that no row names."""
    days = sorted(found.all_days)
    keys = [k for day in days for k in outside.objects.keys(f"raw/{day.replace('-', '/')}/")]
    for number, (key, body) in enumerate(_read(keys, outside), 1):
        outside.tell(f"captures: {number:,} of {len(keys):,} files")
        pages = _pages_in(key, body)
        gone = _pages_of(wanted, found, pages, outside)
        if gone and len(gone) == len(pages):
            outside.objects.remove([key])
        elif gone:
            blank = blanked(body, gone, outside.clock())
            outside.objects.replace(key, blank, "application/warc")
        done.captures += len(gone)


def _pages_in(key: str, body: bytes) -> list[tuple[str, Place]]:
    try:
        return pages_in(body)
    except InputError as error:
        raise CorruptError("file of captures", key, "remove it, and run this again") from error


def _pages_of(
    wanted: Wanted, found: Found, pages: Sequence[tuple[str, Place]], outside: Forgetting
) -> list[Place]:
    """Those whose URL is an article's, or leads to one."""
    identities = {url: identity(url) for url, _ in pages}
    unknown = sorted({each for each in identities.values() if each not in found.days})
    leads = outside.rows.find_ids(unknown)
    return [
        place
        for url, place in pages
        if wanted.holds_url(url) or leads.get(identities[url], identities[url]) in found.days
    ]


# ── stories ──


def _forget_in_stories(articles: Collection[str], done: Forgotten, outside: Forgetting) -> None:
    outside.tell("stories")
    for row in outside.stories.rows():
        done.story_rows += _forget_in_row(row, articles, outside)


def _forget_in_row(row: dict[str, Any], articles: Collection[str], outside: Forgetting) -> bool:
    """Whether it said something of them."""
    owner, sk = row["pk"].partition("#")[2], row["sk"]
    if sk == _HEAD and owner in articles:
        if "forgotten_at" in row:
            return False
        outside.stories.clear(row, outside.clock())
    elif sk == _HEAD:
        return _unlearn(row, articles, outside)
    elif sk.startswith("A#") and sk[2:] in articles:
        if "forgotten_at" in row:
            return False
        _forget_member(row, outside)
    elif gone := {each.hex() for each in row.get("ids", ())} & {*articles}:
        outside.stories.unpost(row, gone)
    else:
        return False
    return True


def _forget_member(row: dict[str, Any], outside: Forgetting) -> None:
    """One that brought others along stays as what leads to them."""
    if row.get("founded"):
        outside.stories.clear(row, outside.clock())
    else:
        outside.stories.remove(row)


def _unlearn(row: dict[str, Any], articles: Collection[str], outside: Forgetting) -> bool:
    learned = {each.hex() for each in row.get("learned", ())}
    gone = learned & {*articles}
    if not gone:
        return False
    outside.stories.put_head(row, _without(row["head"], gone), learned - gone)
    return True


def _without(head: bytes, gone: Collection[str]) -> bytes | None:
    try:
        left = unlearned(from_bytes(head), {number_of(each) for each in gone})
    except ValueError:  # another version of this program wrote it
        return None
    return to_bytes(left) if left else None


# ── the index ──


def _forget_in_shards(found: Found, done: Forgotten, outside: Forgetting) -> None:
    """What waits to be indexed first: then all that there is is in shards."""
    archiving = outside.archiving
    keys = sorted(found.keys)
    clean: set[str] = set()
    for _ in range(_TRIES * (1 + len(archiving.manifests.read().shards))):
        for _ in index(archiving):
            outside.tell("index: what came last")
        manifest = archiving.manifests.read()
        dirty = _find_dirty(manifest, keys, clean, outside)
        if dirty is None and not manifest.batches:
            _sweep(outside)
            return
        if dirty is not None:
            outside.tell(f"index: a shard of {dirty.docs:,} articles")
            ended = rewrite(dirty, lambda each: each.id not in found.days, archiving)
            done.shards += ended.outcome == "rewritten"
    raise Overloaded("shards", "others change them all the time; run it again")


def _find_dirty(
    manifest: Manifest, keys: Sequence[Key], clean: set[str], outside: Forgetting
) -> ShardEntry | None:
    """A shard with one of these. Those without are noted."""
    for entry in manifest.shards:
        if entry.version != VERSION:
            raise InputError(
                "archive", f"{entry.key} is of another version; rebuild the archive first"
            )
        if entry.key not in clean and _has_any(entry, keys, outside):
            return entry
        clean.add(entry.key)
    return None


def _has_any(entry: ShardEntry, keys: Sequence[Key], outside: Forgetting) -> bool:
    within = keys[bisect_left(keys, (entry.first, "")) : bisect_right(keys, (entry.last, "~"))]
    if not within:
        return False
    ranges = Ranges(outside.archiving.objects, outside.archiving.executor, _ROOM)
    shard = Shard(entry, ranges)
    ranges.fetch(shard.boundary_pieces({second for second, _ in within}))
    return any(shard.find_row(key) for key in within)


def _sweep(outside: Forgetting) -> None:
    """All shards that are not in force, at once: what they were replaced for is that they have
    it. One that a crash left may have it, too. Whoever is making one at this moment has made it of
    what is in force, or will not get it there."""
    manifests = outside.archiving.manifests
    left = outside.archiving.objects.shards_before(outside.clock() - LEASE_DURATION)
    manifest = manifests.read()
    replaced = [key for key, _ in manifest.replaced]
    known = {*replaced, *(each.key for each in manifest.shards)}
    outside.objects.remove([*replaced, *(key for key in left if key not in known)])
    for key in replaced:
        manifests.forget(key)


# ── batches and the lake ──


def _days_of_batches(found: Found) -> list[date]:
    folders = (key.partition("/dt=")[2].partition("/")[0] for key in found.lines)
    return sorted({date.fromisoformat(day) for day in folders})


def _forget_in_lake(days: Sequence[date], outside: Forgetting) -> int:
    """How many files were written anew, or removed."""
    outside.tell(f"files of {len(days):,} days")
    written = lake.rewrite(days, outside.laking)
    return sum(each.outcome in ("written", "emptied") for each in written)


def _forget_in_batches(found: Found, done: Forgotten, outside: Forgetting) -> None:
    for number, key in enumerate(sorted(found.lines), 1):
        _forget_in_batch(key, found.days, done, outside)
        outside.tell(f"batches: {number:,} of {len(found.lines):,}")


def _forget_in_batch(
    key: str, articles: Collection[str], done: Forgotten, outside: Forgetting
) -> None:
    """Under its former key: the manifest may name it."""
    body = _find_object(key, outside)
    if body is None:
        return
    lines = _lines(key, body)
    kept = [line for line in lines if json.loads(line)["id"] not in articles]
    if len(kept) < len(lines):
        whole = b"".join(line + b"\n" for line in kept)
        outside.objects.replace(key, gzip.compress(whole, mtime=0), "application/gzip")
        done.batch_lines += len(lines) - len(kept)
