"""What is to be forgotten: found in the batches, which have every article that was ever handed
over, and in the lists."""

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from tocsin.archive.records import Key, in_groups
from tocsin.articles.urls import identity, plain_host
from tocsin.errors import CorruptError, NotFoundError
from tocsin.jobs import host_of
from tocsin.model.articles import Known
from tocsin.model.cards import Card, CardPage
from tocsin.model.values import to_instant
from tocsin.pipeline.archive import Archiving
from tocsin.pipeline.lake import Laking

# A job is read as of the day it was sent on; one of another feed may have stored the article, too.
AROUND = timedelta(days=1)
AT_ONCE = 16  # objects that are read side by side: 5 MB each at the most
MAX_TITLES = 5
_PAGE = 500  # cards that DynamoDB gives in one answer of a megabyte, about


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
    laking: Laking
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
    """Some hundred bytes an article. `days` are those on which an article or a version of it was
    seen, `lines` how often it stands in each batch; `titles` are of a few, to be shown."""

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
    for number, (key, body) in enumerate(read_all(keys, outside), 1):
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
    """Of batches that may have it, by how their keys go on; all where it is not one article. Of
    one that was forgotten before also those of a job that was under way then."""
    if known is None:
        return [""]
    first, last = (date.fromisoformat(day) for day in _span(known))
    days = {*_around(first, last)}
    if known.forgotten_at:
        days |= {*_around(known.forgotten_at.date(), known.forgotten_at.date())}
    return [f"{day}/" for day in sorted(days)]


def _around(first: date, last: date) -> list[date]:
    days = (last - first + 2 * AROUND).days + 1
    return [first - AROUND + timedelta(days=number) for number in range(days)]


def _look_through(key: str, body: bytes, wanted: Wanted, found: Found) -> None:
    day = key.partition("dt=")[2].partition("/")[0]
    for line in lines_of(key, body):
        if wanted.article_id.encode() not in line:
            continue
        stated = json.loads(line)
        if not wanted.holds(stated["id"], stated["url"], stated["publisher"]):
            continue
        found.lines[key] = found.lines.get(key, 0) + 1
        seen_at = to_instant(stated["seen_at"])
        found.add(stated["id"], seen_at, day, stated["url"], stated["title"])
        # A version is in a batch of its article's day; its page lies under the day it was seen on.
        if revised_at := stated.get("revised_at"):
            found.days[stated["id"]].add(f"{to_instant(revised_at):%Y-%m-%d}")


def lines_of(key: str, body: bytes) -> list[bytes]:
    try:
        return gzip.decompress(body).splitlines()
    except (OSError, EOFError, zlib.error) as error:
        remedy = "remove it, or restore it from the articles it names"
        raise CorruptError("batch", key, remedy) from error


def read_all(keys: Sequence[str], outside: Forgetting) -> Iterator[tuple[str, bytes]]:
    """Some at a time. What is gone since it was listed is passed over."""
    for group in in_groups(keys, AT_ONCE):
        bodies = outside.executor.map(lambda key: find_object(key, outside), group)
        yield from ((k, body) for k, body in zip(group, bodies, strict=True) if body is not None)


def find_object(key: str, outside: Forgetting) -> bytes | None:
    try:
        return outside.objects.get(key)
    except NotFoundError:
        return None
