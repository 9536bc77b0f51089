"""check: what polling a feed would find. Asks, reads and tells; stores nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from tocsin.errors import FeedError, FetchError
from tocsin.feeds.discovery import find_feeds
from tocsin.feeds.parser import Document, parse
from tocsin.feeds.websub import Offer, find_offer
from tocsin.web.fetcher import FEED_BYTES, Response, Web

MAX_TRIED = 20  # of a page's links and of the usual places, each at the price of a request
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Tried:
    """A place where a page's feed might have been, and why it is not there."""

    url: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """A feed that can be polled. `page_url` is the page that it was found from, empty where it was
    named itself; `tried` what was no feed before it."""

    url: str
    response: Response
    document: Document
    page_url: str = ""
    tried: tuple[Tried, ...] = ()

    @property
    def offer(self) -> Offer | None:
        header = self.response.headers.get("link", "")
        return find_offer(self.document.facts, header, self.response.url)

    @property
    def published(self) -> list[datetime]:
        """When its entries say that they were published, newest first."""
        stated = (entry.published_at for entry in self.document.entries)
        return sorted((at for at in stated if at), reverse=True)

    def entries_a_week(self, now: datetime) -> float | None:
        """By the dates of its entries; None where they say nothing about it."""
        published = [at for at in self.published if at <= now]
        if len(published) < 2 or published[0] == published[-1]:
            return None
        return len(published) / max((now - published[-1]) / WEEK, 1 / 7)


def check(url: str, web: Web, tell: Callable[[str], None]) -> Checked:
    """The feed at `url` or, where that is a page, the first that works of those it leads to.
    `tell` hears each URL before it is asked. Raises FetchError or FeedError of `url` itself."""
    tell(url)
    response = web.fetch(url, FEED_BYTES)
    try:
        return Checked(url, response, _read(response))
    except FeedError as error:
        tried: list[Tried] = []
        content_type = response.headers.get("content-type", "")
        robots = _robots(response.url, web)
        found_in = find_feeds(response.body, content_type, response.url, robots)
        for candidate in found_in[:MAX_TRIED]:
            tell(candidate.url)
            found = _try(candidate.url, web)
            if isinstance(found, Checked):
                return Checked(found.url, found.response, found.document, url, tuple(tried))
            tried.append(found)
        raise _none_found(error, tried) from error


def _try(url: str, web: Web) -> Checked | Tried:
    try:
        response = web.fetch(url, FEED_BYTES)
        return Checked(url, response, _read(response))
    except (FetchError, FeedError) as error:
        return Tried(url, error.reason)


def _read(response: Response) -> Document:
    return parse(response.body, response.headers.get("content-type", ""), response.url)


def _robots(url: str, web: Web) -> bytes:
    """It may name sitemaps; a site that has none is one that names none."""
    try:
        return web.fetch(urljoin(url, "/robots.txt"), FEED_BYTES).body
    except FetchError:
        return b""


def _none_found(error: FeedError, tried: list[Tried]) -> FeedError:
    if not tried:
        return error
    places = ", ".join(each.url for each in tried)
    return FeedError(error.url, error.outcome, f"{error.reason}; no feed at {places} either")
