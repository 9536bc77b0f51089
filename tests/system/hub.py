"""A WebSub hub with one feed and its pages, on 127.0.0.1: what a publisher runs, and its hub."""

import hashlib
import hmac
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode

CALL_SECONDS = 60
_PAGE = """<html><head><title>{title}</title></head><body><article><h1>{title}</h1>
<p>The harbour council met again in the evening and spoke of {title} for the better part of two
hours, as it had announced a week before, in front of a hall that was full to the last seat.</p>
<p>A vote is expected in the spring. Until then, members said, the matter of {title} will be looked
at by a committee of five, whose report everybody in the town may read and comment on.</p>
</article></body></html>"""


class Hub:
    """`reachable` turns the address that a subscriber gave into one that answers here."""

    def __init__(self) -> None:
        self.reachable: Callable[[str], str] = lambda callback: callback
        self.subscriptions: dict[str, dict[str, str]] = {}  # by callback
        self.answers: list[int] = []  # to what was pushed
        self.feed_requests = 0
        self._titles: list[str] = []
        self._server = _Server(self)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.endpoint}"

    @property
    def feed_url(self) -> str:
        return f"{self.url}/feed.xml"

    def publish(self, *titles: str) -> None:
        """Without a word to anybody."""
        self._titles = [*titles, *self._titles]

    def push(self, callback: str, secret: str | None = None) -> None:
        """Brings the feed to a subscriber, signed with its secret or the one given."""
        form = self.subscriptions[callback]
        self.answers.append(self._bring(callback, secret or form["hub.secret"]))

    def _bring(self, callback: str, secret: str) -> int:
        body = self.feed()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/rss+xml", "X-Hub-Signature": f"sha256={digest}"}
        request = urllib.request.Request(self.reachable(callback), body, headers)
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
            return int(answer.status)

    def feed(self) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><link>{self.url}/{quote(title)}</link></item>"
            for title in self._titles
        )
        return (
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f"<title>Harbour council</title><link>{self.url}/</link>"
            f'<atom:link rel="hub" href="{self.url}/hub"/>'
            f'<atom:link rel="self" href="{self.feed_url}"/>{items}</channel></rss>'
        ).encode()

    def page(self, title: str) -> bytes | None:
        return _PAGE.format(title=title).encode() if title in self._titles else None

    def verify(self, form: dict[str, str]) -> None:
        """Asks the subscriber whether it asked; keeps the subscription if it says so, and none of
        who answers with an error."""
        question = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge & more",
            "hub.lease_seconds": form["hub.lease_seconds"],
        }
        url = self.reachable(form["hub.callback"]) + "?" + urlencode(question)
        with suppress(HTTPError), urllib.request.urlopen(url, timeout=CALL_SECONDS) as answer:
            if answer.read().decode() == question["hub.challenge"]:
                self.subscriptions[form["hub.callback"]] = form


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        hub = self.server.hub
        if self.path.partition("?")[0] == "/feed.xml":
            hub.feed_requests += 1
            self._answer(hub.feed(), "application/rss+xml")
        elif page := hub.page(urllib.request.unquote(self.path[1:])):
            self._answer(page, "text/html; charset=utf-8")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(b"", "text/plain", HTTPStatus.ACCEPTED)
        # As most hubs do: first the answer, then the question.
        threading.Thread(target=self.server.hub.verify, args=(form,), daemon=True).start()

    def _answer(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Into `feed_requests` and `answers`, not on the screen."""
