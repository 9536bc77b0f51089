"""One HTTP request, bounded in addresses, redirects, bytes and time.

requests with an adapter of our own. Every address that a name resolves to is checked at the very
connect that uses it, so that a name cannot change its mind between check and use; the peer is
checked again once connected, and each redirect starts over. Time is kept by the clock, not by the
read: a watchdog cuts the connection, whatever it is busy with. The environment's proxies, netrc and
certificates are not heard: requests reads them in its Session, which is not used here.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.util import parse_url

from tocsin.errors import (
    AddressRefused,
    HttpStatus,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    UrlRefused,
)
from tocsin.web.addresses import AllowedEndpoints, is_public

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # between two reads
TOTAL_SECONDS = 20.0  # slow servers answer in under ten; ten slow ones fit one invocation
MAX_REDIRECTS = 5  # what RFC 9309 asks of crawlers
MAX_ADDRESSES = 4  # of one name: two families, one spare each
MAX_URL_CHARACTERS = 2048
FEED_BYTES = 5_000_000  # decoded; the largest of 200 real feeds measured was under 4 MB
PAGE_BYTES = 2_000_000  # decoded; a page above that is no article
FORM_ANSWER_BYTES = 100_000  # nobody reads what is answered to a form
CHUNK_BYTES = 65_536
WEB_PORTS = frozenset({80, 443})
# urllib3 unpacks these two, and leaves alone what servers write who mean that nothing is packed.
_UNPACKED = frozenset({"gzip", "x-gzip", "", "identity", "none", "utf-8"})

# A name or an address, in wire form. Others unquote `%` in it, or take it for a zone.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")

Resolver = Callable[..., list[tuple[Any, ...]]]
Clock = Callable[[], datetime]
Follow = Callable[[str], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Redirect(NamedTuple):
    """One step on the way to a response: the status that was answered, and where it led."""

    status: int
    url: str


@dataclass(frozen=True)
class Response:
    """`url` is where `redirects` led to; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    redirects: tuple[Redirect, ...] = ()

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Web(Protocol):
    """What the stages ask of the internet; `Fetcher` is the real one."""

    def fetch(
        self, url: str, max_bytes: int, headers: Mapping[str, str] | None = None
    ) -> Response: ...


class Fetcher:
    def __init__(
        self,
        user_agent: str,
        allowed: AllowedEndpoints | None = None,
        resolve: Resolver = socket.getaddrinfo,
        total_seconds: float = TOTAL_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"}
        self._allowed = allowed or AllowedEndpoints()
        self._resolve = resolve
        self._total_seconds = total_seconds
        self._clock = clock

    def fetch(
        self,
        url: str,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        follow: Follow | None = None,
    ) -> Response:
        """GETs `url`, following redirects. Returns 2xx and 304; raises a FetchError else.

        `follow` is told where a redirect leads before it is followed, and raises what refuses it.
        """
        request = requests.Request("GET", url, headers={**self._headers, **(headers or {})})
        return self._ask(request, max_bytes, follow)

    def post(self, url: str, form: Mapping[str, str]) -> None:
        """POSTs a form; raises a FetchError for all but 2xx. Only redirects that keep the method
        (307, 308) are followed: behind any other, nobody would read the form."""
        request = requests.Request("POST", url, headers=self._headers, data=dict(form))
        self._ask(request, FORM_ANSWER_BYTES, None)

    def _ask(self, request: requests.Request, max_bytes: int, follow: Follow | None) -> Response:
        url = request.url
        check_url(url, self._allowed)
        redirects: tuple[Redirect, ...] = ()
        with _Watchdog(self._total_seconds) as watchdog:
            adapter = _GuardedAdapter(watchdog, self._allowed, self._resolve)
            with closing(adapter):
                while True:
                    request.url = url
                    with watchdog.translating(url), closing(_send(adapter, request)) as answer:
                        if not _is_followed(request, answer):
                            return self._read(url, answer, max_bytes, redirects)
                        target = redirect_target(url, answer.headers["location"])
                        step = Redirect(answer.status_code, target)
                    url = self._checked(step.url, redirects, follow)
                    redirects += (step,)

    def _checked(self, url: str, before: tuple[Redirect, ...], follow: Follow | None) -> str:
        """A redirect's target, which is checked like any URL."""
        if len(before) == MAX_REDIRECTS:
            raise TooManyRedirects(url, f"more than {MAX_REDIRECTS} redirects")
        check_url(url, self._allowed)
        if follow is not None:
            follow(url)
        return url

    def _read(
        self,
        url: str,
        answer: requests.Response,
        max_bytes: int,
        redirects: tuple[Redirect, ...],
    ) -> Response:
        status = answer.status_code
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if status != 304 and not 200 <= status < 300:
            wait = retry_after_seconds(headers.get("retry-after", ""), self._clock())
            raise HttpStatus(url, status, wait, redirects)
        return Response(url, status, headers, _body(url, answer, max_bytes), redirects)


def _send(adapter: "_GuardedAdapter", request: requests.Request) -> requests.Response:
    return adapter.send(request.prepare(), stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))


def _is_followed(request: requests.Request, answer: requests.Response) -> bool:
    return answer.is_redirect and (request.method == "GET" or answer.status_code in (307, 308))


def check_url(url: str, allowed: AllowedEndpoints) -> None:
    """Raises UrlRefused for a URL that we never ask, whatever its name resolves to."""
    reason = _characters_refused(url) or _parts_refused(url, allowed)
    if reason:
        raise UrlRefused(url[:MAX_URL_CHARACTERS], reason)


def _characters_refused(url: str) -> str:
    if len(url) > MAX_URL_CHARACTERS:
        return f"longer than {MAX_URL_CHARACTERS} characters"
    if any(char <= " " or char in "\\\x7f" for char in url):
        return "holds a space, a backslash or a control character"
    return ""


def _parts_refused(url: str, allowed: AllowedEndpoints) -> str:
    try:
        parts, other = urlsplit(url), parse_url(url)
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        port = usual if parts.port is None else parts.port
    except (ValueError, Urllib3Error) as error:
        return f"cannot be read: {error}"
    host = _ascii(parts.hostname or "")
    if parts.scheme not in ("http", "https") or port is None:
        return "is not http or https"
    if "@" in parts.netloc:
        return "carries a user name or password"
    # Two parsers that disagree on the host are how a check is fooled into passing another one.
    if not _HOST.fullmatch(host) or (other.host or "").strip("[]").lower() != host.lower():
        return "has no host that two parsers agree on"
    if port not in WEB_PORTS and not allowed.has_port(port):
        return f"port {port} is neither 80 nor 443"
    return "names its host by a number" if _numeric_but_no_address(host) else ""


def _ascii(host: str) -> str:
    """As it goes over the wire; empty for what is no name. Most are ASCII already."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, strict=True, std3_rules=True).decode()
    except idna.IDNAError:
        return ""


def _numeric_but_no_address(host: str) -> bool:
    """http://2130706433/ and http://0x7f.1/ are 127.0.0.1 to some resolvers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdigit() or last.startswith("0x")
    return False


def redirect_target(url: str, location: str) -> str:
    """Where a `Location` leads, as http.client gives it: each byte a letter. Servers send UTF-8 and
    spaces, too. A fragment is kept where the target has none of its own (RFC 9110, 10.2.2)."""
    try:
        stated = location.encode("latin-1").decode()
    except UnicodeError:
        stated = location
    try:
        target = urljoin(url, stated.strip().replace(" ", "%20"))
    except ValueError as error:
        raise UrlRefused(url, "redirects to what is no URL") from error
    fragment = urldefrag(url).fragment
    return target if "#" in target or not fragment else f"{target}#{fragment}"


def retry_after_seconds(value: str, now: datetime) -> int | None:
    """What a `Retry-After` asks for, a number or a date (RFC 9110, 10.2.3); None for neither."""
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return int(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError):  # no date
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, -int((now - at).total_seconds() // 1))


def _body(url: str, answer: requests.Response, max_bytes: int) -> bytes:
    """Decoded. We asked for gzip: what else a server packs with is not worth a decoder's bugs."""
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding not in _UNPACKED:
        raise Unreachable(url, f"content encoding {encoding!r} was not asked for")
    body = bytearray()
    for chunk in answer.raw.stream(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(url, f"more than {max_bytes:,} bytes")
    return bytes(body)


class _Watchdog:
    """Cuts every connection of a request when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self.fired = False

    def __enter__(self) -> "_Watchdog":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()

    def watch(self, connection: socket.socket) -> None:
        """A duplicate handle reaches the connection even while TLS has taken the first one over."""
        with self._lock:
            self._handles.append(connection.dup())

    def require_time(self) -> None:
        """A socket that is not yet connected cannot be cut: who connects asks before and after."""
        if self.fired:
            raise TimeoutError("the time is over")

    def _cut(self) -> None:
        self.fired = True
        with self._lock:
            for handle in self._handles:
                try:
                    handle.shutdown(socket.SHUT_RDWR)
                except OSError:  # closed by the other side meanwhile: nothing is left to cut
                    continue

    @contextmanager
    def translating(self, url: str) -> Iterator[None]:
        """What the network raises becomes ours; what a cut caused is TooSlow, even a 'success'."""
        try:
            yield
        except (requests.RequestException, Urllib3Error, OSError) as error:
            if self.fired:
                raise TooSlow(url, f"not done in {self._seconds:g} s") from error
            raise Unreachable(url, _innermost(error)) from error
        if self.fired:
            raise TooSlow(url, f"not done in {self._seconds:g} s")


def _innermost(error: BaseException) -> str:
    """The first cause says what happened; those around it say who noticed."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__


class _GuardedAdapter(HTTPAdapter):
    """Sends through connections that check their address. Made for one request and its redirects,
    so that nothing of one host's answer (cookies, connections) is there for another."""

    def __init__(self, watchdog: _Watchdog, allowed: AllowedEndpoints, resolve: Resolver) -> None:
        self._guard = _Guard(watchdog, allowed, resolve)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self._guard

        class GuardedHTTP(_GuardedConnection, HTTPConnection):
            check = guard

        class GuardedHTTPS(_GuardedConnection, HTTPSConnection):
            check = guard

        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": GuardedHTTP}),
            "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": GuardedHTTPS}),
        }


@dataclass(frozen=True)
class _Guard:
    watchdog: _Watchdog
    allowed: AllowedEndpoints
    resolve: Resolver

    def connect(self, url: str, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to one of the host's addresses, all of which must be allowed."""
        found = self.resolve(host, port, type=socket.SOCK_STREAM)
        for *_, address in found:
            self._require_allowed(url, address)
        failure: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in found[:MAX_ADDRESSES]:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(timeout)
                self.watchdog.watch(connection)
                self.watchdog.require_time()
                connection.connect(address)
                self.watchdog.require_time()
                self._require_allowed(url, connection.getpeername())
            except OSError as error:
                connection.close()
                failure = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise failure

    def _require_allowed(self, url: str, address: tuple[Any, ...]) -> None:
        host, port = address[0], address[1]
        if not is_public(host) and (host, port) not in self.allowed:
            raise AddressRefused(url, f"{host} port {port} is not on the public internet")


class _GuardedConnection:
    """Takes the place of urllib3's connect, below TLS: names in certificates stay checked."""

    check: _Guard
    host: str
    port: int
    timeout: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        host = self._dns_host.strip("[]")
        timeout = self.timeout if isinstance(self.timeout, int | float) else CONNECT_SECONDS
        return self.check.connect(f"{self.host}:{self.port}", host, self.port, timeout)
