"""The newsroom on 127.0.0.1: one HTTP server, and a log of who asked for what."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from typing import Self
from urllib.parse import unquote, urlsplit

from infra.newsroom.content import Article, ContentError, Site, load_broken_feed, load_sites
from infra.newsroom.edition import Edition, Piece, open_edition, with_later, with_page
from infra.newsroom.routes import BROKEN_FEED_PATH, Response, is_known, respond

LOOPBACK = "127.0.0.1"
PUBLISH_LATER_PATH = "/publish-later"

# How long `stop` may take: tests open and close many newsrooms, and the default is half a second.
STOP_SECONDS = 0.02

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Request:
    """One request as it was answered."""

    at: datetime
    method: str
    path: str
    status: int
    user_agent: str | None
    if_none_match: str | None
    if_modified_since: str | None


class Newsroom:
    """Three sites and a broken feed on loopback.

        with Newsroom() as newsroom:
            poll(newsroom.feed_urls.values())
            newsroom.publish_later()

    `requests` is everything that was asked so far, in the order it was answered, `most_at_once` how
    many of them were under way together; each takes `answer_seconds`. What is public, and how old
    it is, is settled by `start`; a newsroom that was stopped opens anew when it is started again.
    """

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.requests: list[Request] = []
        self.most_at_once = 0
        self.answer_seconds = 0.0
        self._under_way = 0
        self._clock = clock
        self._sites = load_sites()
        self._broken_feed = load_broken_feed()
        self._edition = Edition(self._sites, ())
        self._lock = Lock()
        self._server: _Server | None = None

    def start(self, port: int = 0) -> None:
        """Serves on 127.0.0.1 until `stop`; port 0 takes a free one."""
        if self._server is not None:
            raise RuntimeError(f"newsroom is open already: url={self.url}")
        self._edition = open_edition(self._sites, self._clock())
        self._server = _Server(self, port)
        serve = partial(self._server.serve_forever, poll_interval=STOP_SECONDS)
        Thread(target=serve, name="newsroom", daemon=True).start()

    def stop(self) -> None:
        """Lets go of the port. Does nothing where the newsroom is not open."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._open_server.server_port

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return self._open_server.base_url

    @property
    def feed_urls(self) -> dict[str, str]:
        """The feed of each site by the site's key, in the sites' order."""
        return {site.key: self.url + site.feed_path for site in self._sites}

    @property
    def broken_feed_url(self) -> str:
        """Answers 200 with an HTML page where a feed should be."""
        return self.url + BROKEN_FEED_PATH

    def publish_later(self, *slugs: str) -> list[str]:
        """Publishes what was held back, dated now; with slugs, only those articles.

        Gives the addresses of what became public by this call. Raises ContentError for a slug that
        nobody holds back.
        """
        with self._lock:
            before = {piece.path for piece in self._edition.pieces}
            self._edition = with_later(self._edition, self._clock(), slugs)
            paths = [piece.path for piece in self._edition.pieces]
        return [self.url + path for path in paths if path not in before]

    def publish(self, site: str, slug: str, title: str, html: str, summary: str = "") -> str:
        """Makes a page public as it is, dated now and first in its feed; gives its address."""
        article = Article(slug, title, summary, author="", section="", paragraphs=())
        now = self._clock().replace(microsecond=0)
        with self._lock:
            piece = Piece(self._edition.site(site), article, now, html)
            self._edition = with_page(self._edition, piece)
        return self.url + piece.path

    def article_url(self, slug: str) -> str:
        """Where an article is or, held back, will be. Raises ContentError for an unknown slug."""
        return self.url + self._site_of(slug).article_path(slug)

    def response(self, base_url: str, path: str) -> Response:
        return respond(self._edition, self._broken_feed, base_url, path)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            sleep(self.answer_seconds)
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def note(self, handler: BaseHTTPRequestHandler, status: HTTPStatus) -> None:
        headers = handler.headers
        request = Request(
            at=self._clock(),
            method=handler.command,
            path=handler.path,
            status=int(status),
            user_agent=headers.get("User-Agent"),
            if_none_match=headers.get("If-None-Match"),
            if_modified_since=headers.get("If-Modified-Since"),
        )
        with self._lock:
            self.requests.append(request)

    @property
    def _open_server(self) -> _Server:
        if self._server is None:
            raise RuntimeError("newsroom is not open")
        return self._server

    def _site_of(self, slug: str) -> Site:
        for site in self._sites:
            if any(article.slug == slug for article in site.articles):
                return site
        raise ContentError(f"no such article: slug={slug}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, newsroom: Newsroom, port: int) -> None:
        self.newsroom = newsroom
        super().__init__((LOOPBACK, port), _Handler)
        self.base_url = f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of ours; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Newsroom"
    sys_version = ""
    server: _Server

    def do_GET(self) -> None:
        with self.server.newsroom.answering():
            self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        response = self.server.newsroom.response(self.server.base_url, path)
        known = is_known(
            response, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        )
        self._send(response, HTTPStatus.NOT_MODIFIED if known else None)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        """The only order from outside: publish what is held back. Its body is not read."""
        if self.path != PUBLISH_LATER_PATH:
            self._send(Response(b"no such order\n", status=HTTPStatus.NOT_FOUND))
            return
        published = json.dumps(self.server.newsroom.publish_later())
        self._send(Response(published.encode(), "application/json"))

    def log_message(self, *_: object) -> None:
        """Quiet: `Newsroom.requests` is the log."""

    def _send(self, response: Response, status: HTTPStatus | None = None) -> None:
        status = status or response.status
        # Noted before it is sent: whoever has an answer finds its request in the log.
        self.server.newsroom.note(self, status)
        self.send_response(status)
        # A connection that is kept open would be answered after `stop`.
        self.send_header("Connection", "close")
        if response.status == HTTPStatus.OK:
            self.send_header("ETag", response.etag)
        if response.last_modified is not None:
            self.send_header("Last-Modified", response.last_modified)
        body = b"" if status == HTTPStatus.NOT_MODIFIED else response.body
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
