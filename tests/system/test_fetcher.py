"""The fetcher against hosts that misbehave, on loopback."""

import gzip
import resource
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.ports import free_port
from tocsin.errors import (
    AddressRefused,
    HttpStatus,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    UrlRefused,
)
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import MAX_REDIRECTS, Fetcher, Redirect

DEADLINE_SECONDS = 1.0  # of what never ends
# Of the rest, which takes milliseconds: no answer is late because the machine is busy.
PATIENCE_SECONDS = 60.0
# Only a clock cuts a drip: on a busy machine twenty times later, and long before it ends itself.
CUT_SECONDS, DRIP_SECONDS = 20 * DEADLINE_SECONDS, 120 * DEADLINE_SECONDS
NOW = datetime(2027, 1, 1, tzinfo=UTC)
BOMB = gzip.compress(b"\0" * 300_000_000)  # 300 MB in 300 kB


class Host(BaseHTTPRequestHandler):
    """Its path says how it behaves."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, str]]]
    hung_up: threading.Event  # a client did not take all of a redirect's body

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers.items())))
        getattr(self, self.path.strip("/").partition("/")[0].replace("-", "_"))()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fine(self) -> None:
        self.answer(200, b"fine", Content_Type="text/plain; charset=utf-8", ETag='W/"1"')

    def zipped(self) -> None:
        self.answer(200, gzip.compress(b"fine"), Content_Encoding="gzip")

    def unchanged(self) -> None:
        self.send_response(304)
        self.end_headers()

    def missing(self) -> None:
        self.answer(404)

    def busy(self) -> None:
        self.answer(429, Retry_After="120")

    def later(self) -> None:
        self.answer(503, Retry_After="Fri, 01 Jan 2027 00:01:00 GMT")

    def moved_for_good(self) -> None:
        self.answer(301, Location="gone")

    def gone(self) -> None:
        self.answer(410)

    def odd_encoding(self) -> None:
        self.answer(200, b"fine", Content_Encoding="UTF-8")

    def to_other_script(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/fine/новини".encode().decode("latin-1"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def bomb(self) -> None:
        self.answer(200, BOMB, Content_Encoding="gzip")

    def brotli(self) -> None:
        self.answer(200, b"\x0b\x02\x80fine\x03", Content_Encoding="br")

    def cut_off(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(4_000):
            self.wfile.write(b" " * 1_000_000)

    def dripping_body(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.drip(b"x")

    def dripping_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Drip: ")
        self.drip(b"x")

    def drip(self, byte: bytes) -> None:
        ends_at = time.monotonic() + DRIP_SECONDS
        while time.monotonic() < ends_at:
            self.wfile.write(byte)
            self.wfile.flush()
            time.sleep(DEADLINE_SECONDS / 10)

    def hop(self) -> None:
        left = int(self.path.rpartition("/")[2])
        self.answer(302, Location=f"/hop/{left - 1}" if left else "/fine")

    def heavy_redirect(self) -> None:
        try:
            self.answer(302, b"x" * 50_000_000, Location="/fine")
        except ConnectionError:
            self.hung_up.set()

    def to_private(self) -> None:
        self.answer(302, Location="http://169.254.169.254/latest/meta-data/")

    def to_file(self) -> None:
        self.answer(302, Location="file:///etc/passwd")

    def to_other_port(self) -> None:
        self.answer(302, Location="http://127.0.0.1:22/")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients hang up on hosts like these: that is what is tested."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    Host.asked, Host.hung_up = [], threading.Event()
    server = Server(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetcher(host: str, **options: Any) -> Fetcher:
    allowed = AllowedEndpoints.parse(host.removeprefix("http://"))
    return Fetcher(
        "Test/1", allowed, **{"total_seconds": PATIENCE_SECONDS, "clock": lambda: NOW} | options
    )


def test_an_answer_comes_with_its_headers_and_where_it_is_from(host: str) -> None:
    response = fetcher(host).fetch(f"{host}/hop/2", 100)
    assert (response.status, response.body, response.url) == (200, b"fine", f"{host}/fine")
    assert response.headers["etag"] == 'W/"1"'
    assert response.content_type == "text/plain"
    steps = [Redirect(302, f"{host}/{path}") for path in ("hop/1", "hop/0", "fine")]
    assert response.redirects == tuple(steps)


def test_an_error_says_by_which_redirects_it_came(host: str) -> None:
    with pytest.raises(HttpStatus) as raised:
        fetcher(host).fetch(f"{host}/moved-for-good", 100)
    assert (raised.value.status, raised.value.url) == (410, f"{host}/gone")
    assert raised.value.redirects == ((301, f"{host}/gone"),)


def test_a_redirect_in_any_script_is_followed(host: str) -> None:
    response = fetcher(host).fetch(f"{host}/to-other-script#part", 100)
    assert (response.body, response.url) == (b"fine", f"{host}/fine/новини#part")
    assert Host.asked[-1][0] == "/fine/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8"


def test_who_asks_may_refuse_where_a_redirect_leads(host: str) -> None:
    told: list[str] = []

    def follow(url: str) -> None:
        told.append(url)
        if url.endswith("/fine"):
            raise UrlRefused(url, "so")

    before = len(Host.asked)
    with pytest.raises(UrlRefused):
        fetcher(host).fetch(f"{host}/hop/1", 100, follow=follow)
    assert told == [f"{host}/hop/0", f"{host}/fine"]
    assert [path for path, _ in Host.asked[before:]] == ["/hop/1", "/hop/0"]


def test_a_name_server_that_takes_all_the_time_leaves_none_to_ask(host: str) -> None:
    def resolve(name: str, port: int, **options: Any) -> Any:
        time.sleep(0.2)
        return names("127.0.0.1")(name, port, **options)

    before, port = len(Host.asked), host.rpartition(":")[2]
    with pytest.raises(TooSlow):
        fetcher(host, resolve=resolve, total_seconds=0.1).fetch(f"http://a.example:{port}/fine", 9)
    assert len(Host.asked) == before


def test_a_compressed_answer_is_unpacked(host: str) -> None:
    assert fetcher(host).fetch(f"{host}/zipped", 100).body == b"fine"


def test_an_unchanged_answer_is_an_answer(host: str) -> None:
    assert fetcher(host).fetch(f"{host}/unchanged", 100, {"If-None-Match": '"1"'}).status == 304


def test_a_request_says_who_asks_and_nothing_of_where_it_came_from(host: str) -> None:
    fetcher(host).fetch(f"{host}/hop/1", 100, {"If-None-Match": '"1"'})
    _, headers = Host.asked[-1]
    assert headers["User-Agent"] == "Test/1"
    assert headers["Accept-Encoding"] == "gzip"
    assert not {"Cookie", "Referer", "Authorization"} & set(headers)


@pytest.mark.parametrize("path", ["dripping-body", "dripping-headers"])
def test_a_drip_is_cut_by_the_clock(host: str, path: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        fetcher(host, total_seconds=DEADLINE_SECONDS).fetch(f"{host}/{path}", 1_000_000)
    assert time.monotonic() - begun < CUT_SECONDS


@pytest.mark.parametrize("path", ["bomb", "endless"])
def test_more_than_the_limit_is_not_kept_in_memory(host: str, path: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge):
        fetcher(host).fetch(f"{host}/{path}", 2_000_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000  # kB


def test_the_body_of_a_redirect_is_not_read(host: str) -> None:
    assert fetcher(host).fetch(f"{host}/heavy-redirect", 100).body == b"fine"
    assert Host.hung_up.wait(PATIENCE_SECONDS)


def test_redirects_end_somewhere(host: str) -> None:
    assert fetcher(host).fetch(f"{host}/hop/{MAX_REDIRECTS - 1}", 100).body == b"fine"
    with pytest.raises(TooManyRedirects):
        fetcher(host).fetch(f"{host}/hop/{MAX_REDIRECTS + 1}", 100)


@pytest.mark.parametrize(
    ("path", "error"),
    [("to-private", AddressRefused), ("to-file", UrlRefused), ("to-other-port", UrlRefused)],
)
def test_a_redirect_is_checked_like_any_url(host: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        fetcher(host).fetch(f"{host}/{path}", 100)


@pytest.mark.parametrize(
    ("path", "status", "wait", "again"),
    [("missing", 404, None, False), ("busy", 429, 120, True), ("later", 503, 60, True)],
)
def test_an_error_says_whether_to_come_again(
    host: str, path: str, status: int, wait: int | None, again: bool
) -> None:
    with pytest.raises(HttpStatus) as raised:
        fetcher(host).fetch(f"{host}/{path}", 100)
    error = raised.value
    assert (error.status, error.retry_after_seconds, error.retryable) == (status, wait, again)
    assert error.outcome == f"http_{status}"


def test_a_server_that_misnames_its_encoding_is_read(host: str) -> None:
    assert fetcher(host).fetch(f"{host}/odd-encoding", 100).body == b"fine"


@pytest.mark.parametrize("path", ["cut-off", "brotli"])
def test_an_answer_that_is_not_whole_is_none(host: str, path: str) -> None:
    with pytest.raises(Unreachable):
        fetcher(host).fetch(f"{host}/{path}", 5_000)


def test_nobody_there_may_be_somebody_later() -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable) as raised:
        fetcher(nobody).fetch(f"{nobody}/fine", 100)
    assert raised.value.retryable


def test_loopback_is_refused_unless_the_operator_allows_it(host: str) -> None:
    before = len(Host.asked)
    with pytest.raises(UrlRefused):
        Fetcher("Test/1").fetch(f"{host}/fine", 100)
    with pytest.raises(AddressRefused):
        Fetcher("Test/1").fetch("http://127.0.0.1/fine", 100)
    assert len(Host.asked) == before


def names(*addresses: str) -> Any:
    """A resolver that gives these for every name."""

    def resolve(_host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return resolve


def test_a_name_with_one_private_address_among_public_ones_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        fetcher(host, resolve=names("93.184.215.14", "10.0.0.1")).fetch("http://example.org/", 9)


def test_a_name_that_resolves_to_an_allowed_endpoint_is_asked_there_only(host: str) -> None:
    port = host.rpartition(":")[2]
    found = fetcher(host, resolve=names("127.0.0.1")).fetch(f"http://example.org:{port}/fine", 99)
    assert found.body == b"fine"
    with pytest.raises(AddressRefused):
        fetcher(host, resolve=names("127.0.0.1")).fetch("http://example.org/fine", 99)


def test_a_name_that_changes_its_mind_is_refused_at_the_connect(host: str) -> None:
    """The first answer is public, the one used for the connection is not: there is only one."""
    answers = iter([names("127.0.0.1"), names("10.0.0.1")])

    def resolve(name: str, port: int, **options: Any) -> Any:
        return next(answers)(name, port, **options)

    port = host.rpartition(":")[2]
    asking = fetcher(host, resolve=resolve)
    assert asking.fetch(f"http://example.org:{port}/fine", 99).body == b"fine"
    with pytest.raises(AddressRefused):
        asking.fetch(f"http://example.org:{port}/fine", 99)


def test_what_the_environment_says_of_proxies_is_not_heard(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetcher(host).fetch(f"{host}/fine", 100).body == b"fine"
