"""The archive for programs and notebooks: `tocsin.archive.connect`.

    import tocsin.archive

    with tocsin.archive.connect("tocsin") as archive:
        for hit in archive.search("peacekeepers NEAR/10 Ukraine", since="2026-11-01"):
            print(hit.seen_at, hit.publisher, hit.title.text)

Questions have the names that the HTTP API and the command line have. Whoever reads needs an AWS
profile that may read the stack's tables and bucket, or the embedded AWS running here.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from tocsin.archive.answers import Answer, Asked, Hit, Order
from tocsin.archive.asking import ask
from tocsin.archive.fanout import find_in_part, side_by_side
from tocsin.archive.filters import Filters
from tocsin.archive.given import instant
from tocsin.archive.parameters import FILTERS, facets_of
from tocsin.archive.ranges import Ranges
from tocsin.archive.search import Shards
from tocsin.articles.urls import identity
from tocsin.cli.target import PARTS_AT_ONCE, SEARCH_CONNECTIONS, Account, Place
from tocsin.cli.target import connect as connect_account
from tocsin.errors import ConfigurationError, InputError, NotFoundError
from tocsin.model.articles import Article
from tocsin.model.cards import Card, CardPage
from tocsin.model.matches import MatchRow
from tocsin.model.stories import Story
from tocsin.pipeline import lists
from tocsin.query.inflection import StemsAlone
from tocsin.stories.busy import Volume, volume_of

PAGE = 100  # hits and cards that are asked for at once
_ROOM = 256 << 20  # bytes of shards kept between searches

When = str | date | datetime | None
Values = str | Iterable[str]


def connect(
    stack_name: str | None = None,
    *,
    profile: str | None = None,
    region: str | None = None,
    local_dir: str | Path = ".local",
) -> "Archive":
    """The archive of a stack. Without a name and a profile it is that of the embedded AWS, where
    one runs with its state in `local_dir`. Raises ConfigurationError with the remedy."""
    place = Place(Path.cwd(), Path(local_dir).resolve(), profile, region, stack_name)
    try:
        return Archive(connect_account(place))
    except click.ClickException as error:
        raise ConfigurationError(error.message) from error


class Archive:
    """To be closed after use; `with` does that. What it reads of shards serves later searches."""

    def __init__(
        self, account: Account, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._account = account
        self._clock = clock
        self._executor = ThreadPoolExecutor(SEARCH_CONNECTIONS)
        self._callers = ThreadPoolExecutor(PARTS_AT_ONCE)
        self._shards = Shards(Ranges(account.archive_bucket, self._executor, _ROOM), self._executor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for each in (self._callers, self._executor):
            each.shutdown(wait=False, cancel_futures=True)

    def page(
        self,
        query: str = "",
        *,
        since: When = None,
        until: When = None,
        order: str = "newest",
        limit: int = PAGE,
        cursor: str | None = None,
        facet: Values = (),
        everything: bool = False,
        **filters: Values,
    ) -> Answer:
        """One page of hits, with how many there are and counts by `facet`, of what was looked at:
        of the whole archive with `everything`. The facet `entity` counts names in the newest 300
        that match. Filters are topic, publisher, feed, language, country, author and story: a text,
        or several of which any. Raises QueryError and InputError."""
        asked = Asked(
            query=query,
            filters=_filters(filters, since, until),
            order=_order(order),
            limit=limit,
            cursor=cursor,
            facets=facets_of(_several(facet)),
            everything=everything,
        )
        shards, inflection = self._shards, StemsAlone()
        find_in = partial(find_in_part, shards=shards, inflection=inflection)
        run = side_by_side(find_in, self._callers)
        manifest, find_aliases = self._account.shards.read(), self._account.aliases.find
        return ask(asked, manifest, shards, inflection, run, find_aliases)

    def search(
        self,
        query: str = "",
        *,
        since: When = None,
        until: When = None,
        order: str = "newest",
        limit: int | None = None,
        **filters: Values,
    ) -> Iterator[Hit]:
        """Hits, page after page, `limit` at most; best first there are a thousand at most. Filters
        and errors are those of `page`."""
        left: int | None = limit
        cursor: str | None = ""
        while cursor is not None and (left is None or left > 0):
            found = self.page(
                query,
                since=since,
                until=until,
                order=order,
                limit=PAGE if left is None else min(left, PAGE),
                cursor=cursor or None,
                everything=False,
                **filters,
            )
            yield from found.hits
            cursor = found.cursor
            left = None if left is None else left - len(found.hits)

    def articles(
        self,
        *,
        day: str | date | None = None,
        topic: str | None = None,
        publisher: str | None = None,
        story: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Card]:
        """What ingest has stored, newest first, at once: by topic, publisher, story, or by day
        [today]. Raises InputError and NotFoundError."""
        if sum(each is not None for each in (day, topic, publisher, story)) > 1:
            raise InputError("articles", "give only one of day, topic, publisher and story")
        left, cursor = limit, None
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            found = self._list(size, cursor, day, topic, publisher, story)
            yield from found.cards
            cursor = found.cursor
            if cursor is None:
                return
            left = None if left is None else left - len(found.cards)

    def _list(
        self,
        size: int,
        cursor: str | None,
        day: str | date | None,
        topic: str | None,
        publisher: str | None,
        story: str | None,
    ) -> CardPage:
        table = self._account.articles
        if topic is not None:
            return table.list_topic(topic, size, cursor)
        if publisher is not None:
            return table.list_publisher(publisher, size, cursor)
        if story is not None:
            return lists.list_story(_id(story), size, cursor, table, self._account.stories)
        return table.list_day(_day(day) if day else self._clock().date(), size, cursor)

    def article(self, article: str, version: int | None = None) -> Article:
        """With its text, by its id or any of its URLs. Raises NotFoundError."""
        return self._account.bucket.get_article(self._stored(article), version)

    def matches(self, article: str) -> list[MatchRow]:
        """The topics that an article matched, why, and what became of it. Raises NotFoundError."""
        return self._account.articles.matches_of(self._stored(article))

    def story(self, story: str) -> Story:
        """By its id, or that or a URL of any of its articles. Raises NotFoundError."""
        return lists.get_story(_id(story), self._account.articles, self._account.stories)

    def volume(self, topic: str, *, since: When = None, until: When = None) -> Volume:
        """How busy a topic was, hour by hour, and what is usual. Raises NotFoundError."""
        if self._account.topics.find(topic) is None:
            raise NotFoundError("topic", topic)
        span = _instant("since", since), _instant("until", until)
        return volume_of(topic, *span, self._clock(), self._account.stories.volume)

    def _stored(self, article: str) -> str:
        found = self._account.articles.find_article_id(_id(article))
        if found is None:
            raise NotFoundError("article", article)
        return found


def _id(given: str) -> str:
    return identity(given) if "://" in given else given


def _filters(given: dict[str, Values], since: When, until: When) -> Filters:
    if unknown := set(given) - set(FILTERS):
        raise InputError(min(unknown), f"no such filter; there are {', '.join(FILTERS)}")
    named = {FILTERS[name]: _several(values) for name, values in given.items()}
    return Filters(since=_instant("since", since), until=_instant("until", until), **named)


def _several(given: Values) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _order(given: str) -> Order:
    try:
        return Order(given)
    except ValueError as error:
        raise InputError("order", f"one of {', '.join(Order)}") from error


def _instant(name: str, given: When) -> datetime | None:
    """A time without a zone is in UTC."""
    return None if given is None else instant(name, str(given))


def _day(given: str | date) -> date:
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError as error:
        raise InputError("day", "a date as 2026-11-22") from error
