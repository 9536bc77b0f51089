"""A small internet that means harm, in a network namespace of its own: no packet leaves it.

`python -m tests.system.hostile_net CERTIFICATE KEY`, run in a fresh namespace, makes every address
there is its own, serves on all of them, and sends a Fetcher through it. Prints what came of it as
JSON. Only the addresses in PUBLIC belong to the public internet: a body from any other is a leak.
"""

import contextlib
import gzip
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

PUBLIC4, PUBLIC6, DOWN = "93.184.216.34", "2606:2800:220:1::1", "93.184.216.35"
PUBLIC = (PUBLIC4, PUBLIC6)
META = "169.254.169.254"
DEADLINE_SECONDS = 1.0
PAGE_BYTES = 2_000_000

NAMES = {
    "public.test": [PUBLIC4],
    "public6.test": [PUBLIC6],
    "dual.test": [PUBLIC6, PUBLIC4],
    "half-down.test": [DOWN, PUBLIC4],
    "down-last.test": [PUBLIC4, DOWN],
    "meta.test": [META],
    "private.test": ["10.0.0.5"],
    "private172.test": ["172.16.9.9"],
    "private192.test": ["192.168.1.1"],
    "loopback.test": ["127.0.0.1"],
    "loopback6.test": ["::1"],
    "local6.test": ["fd00:ec2::254"],
    "zero.test": ["0.0.0.0"],
    "cgnat.test": ["100.64.0.9"],
    "mapped.test": [f"::ffff:{META}"],
    "nat64.test": ["64:ff9b::a9fe:a9fe"],
    "nat64-local.test": ["64:ff9b:1::a9fe:a9fe"],
    "6to4.test": ["2002:a9fe:a9fe::1"],
    "teredo.test": ["2001:0:a9fe:a9fe::1"],
    "site-local.test": ["fec0::5"],
    "compatible.test": [f"::{META}"],
    "translated.test": [f"::ffff:0:{META}"],
    "benchmark.test": ["198.18.0.1"],
    "multicast.test": ["224.0.0.1"],
    "runtime.test": ["169.254.100.1"],
    "mixed.test": [PUBLIC4, META],
    "mixed-first.test": [META, PUBLIC4],
    "mixed6.test": [PUBLIC4, "::1"],
    "many.test": [*[DOWN] * 6, META],
}
# The first answer is public, all that follow are not.
REBINDING = ("rebind.test", "rebind-tls.test")


def to(url: str, of: str = "http://public.test") -> str:
    """A public page that redirects there."""
    return f"{of}/to/{quote(url, safe='')}"


FETCHED = {
    "http": "http://public.test/",
    "https": "https://public.test/",
    "IPv6": "http://public6.test/",
    "IPv6 literal": f"http://[{PUBLIC6}]/",
    "IPv4 literal": f"http://{PUBLIC4}/",
    "both families": "http://dual.test/",
    "first address is down": "http://half-down.test/",
    "last address is down": "http://down-last.test/",
    "relative redirect": to("/fine"),
    "relative redirect, https": to("/fine", "https://public.test"),
    "redirect to https": to("https://public.test/fine"),
    "redirect without scheme": to("//public6.test/fine"),
}
REFUSED = {
    "metadata": f"http://{META}/latest/meta-data/",
    "private": "http://10.0.0.5/",
    "loopback": "http://127.0.0.1/",
    "loopback IPv6": "http://[::1]/",
    "this host": "http://0.0.0.0/",
    "this host IPv6": "http://[::]/",
    "this network": "http://0.1.2.3/",
    "decimal": "http://2852039166/",
    "octal": "http://0251.0376.0251.0376/",
    "octal, padded": "http://00000251.0376.169.254/",
    "hexadecimal, dotted": "http://0xa9.0xfe.0xa9.0xfe/",
    "hexadecimal": "http://0xa9fea9fe/",
    "two parts": "http://127.1/",
    "three parts": "http://127.0.1/",
    "IPv4-mapped": f"http://[::ffff:{META}]/",
    "IPv4-compatible": f"http://[::{META}]/",
    "NAT64": "http://[64:ff9b::a9fe:a9fe]/",
    "NAT64, local": "http://[64:ff9b:1::a9fe:a9fe]/",
    "6to4": "http://[2002:a9fe:a9fe::1]/",
    "Teredo": "http://[2001:0:a9fe:a9fe::1]/",
    "unique local": "http://[fd00:ec2::254]/",
    "link-local with zone": "http://[fe80::1%25lo]/",
    "site-local": "http://[fec0::5]/",
    "circled digits": "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
    "ideographic full stops": "http://169。254。169。254/",
    "full-width digits": "http://１６９.254.169.254/",
    "percent-encoded": "http://%31%36%39.254.169.254/",
    "localhost": "http://localhost/",
    "localhost with a dot": "http://localhost./",
    "localhost in capitals": "http://LOCALHOST/",
    **{
        f"name: {name}": f"http://{name}/"
        for name, all_ in NAMES.items()
        if set(all_) - {*PUBLIC, DOWN}
    },
    "name, https": "https://meta.test/",
    "user name": f"http://public.test@{META}/",
    "user name and password": "http://user:word@public.test/",
    "fragment": f"http://{META}#@public.test/",
    "question mark": f"http://{META}?@public.test/",
    "backslash": f"http://public.test\\@{META}/",
    "line break": f"http://public.test/\r\nHost: {META}",
    "tab in the host": "http://169.254\t.169.254/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://public.test:80/",
    "ftp": "ftp://public.test/",
    "data": "data:text/plain,SECRET",
    "no scheme": f"//{META}/",
    "port 22": "http://public.test:22/",
    "port 8000": "http://public.test:8000/",
    "certificate of another": "https://public6.test/",
    "redirect to metadata": to(f"http://{META}/"),
    "redirect to a name": to("http://meta.test/"),
    "redirect to loopback": to("http://[::1]/"),
    "redirect to decimal": to("http://2852039166/"),
    "redirect to file": to("file:///etc/passwd"),
    "redirect to a port": to("http://public.test:8000/"),
    "redirect from https": to(f"http://{META}/", "https://public.test"),
    "redirect without scheme": to(f"//{META}/"),
    "redirect with a user name": to(f"http://public.test@{META}/"),
    "redirect by redirect": to(to(f"http://{META}/")),
    "redirect for ever": "http://public.test/again",
}
# Each twice: what was public becomes private, between two requests and at a redirect.
REBOUND = {
    "rebinding": ("http://rebind.test/", "http://rebind.test/"),
    "rebinding, https": (to("https://rebind-tls.test/"), "https://rebind-tls.test/"),
}


def resolver() -> Callable[..., list[tuple[Any, ...]]]:
    asked: Counter[str] = Counter()

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        name = str(host).lower()
        if name in REBINDING:
            asked[name] += 1
            found = [PUBLIC4 if asked[name] == 1 else META]
        elif name in NAMES:
            found = NAMES[name]
        else:
            return real(host, port, type=socket.SOCK_STREAM)
        return [each for ip in found for each in real(ip, port, type=socket.SOCK_STREAM)]

    real = socket.getaddrinfo
    return resolve


# ── The servers ──────────────────────────────────────────────────────────────────────────────────

MEGABYTE = b"x" * 1_000_000


def bomb(size: int) -> bytes:
    """Gzip of so many megabytes of zeros: one flushed block, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * size


class Host(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        name, _, rest = self.path.strip("/").partition("/")
        with contextlib.suppress(OSError):
            getattr(self, name.replace("-", "_") or "fine")(rest)

    def head(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in ({"Connection": "close"} | headers).items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.close_connection = True

    def for_ever(self, content: bytes, every_seconds: float = 0) -> None:
        while True:
            self.wfile.write(content)
            time.sleep(every_seconds)

    def fine(self, _: str) -> None:
        address = self.connection.getsockname()[0].removeprefix("::ffff:")
        self.head()
        self.wfile.write(b"fine" if address in PUBLIC else f"SECRET of {address}".encode())

    latest = fine

    def to(self, target: str) -> None:
        self.head(302, Location=unquote(target))

    def again(self, _: str) -> None:
        self.head(302, Location="/again")

    def stream(self, _: str) -> None:
        self.head()
        self.for_ever(MEGABYTE)

    def stated_stream(self, _: str) -> None:
        self.head(Content_Length="4000000000")
        self.for_ever(MEGABYTE)

    def gzip_bomb(self, _: str) -> None:
        self.head(Content_Encoding="gzip")
        self.wfile.write(bomb(1024))

    def gzip_of_gzip(self, _: str) -> None:
        self.head(Content_Encoding="gzip, gzip")
        self.wfile.write(gzip.compress(bomb(1024)))

    def gzip_of_nothing(self, _: str) -> None:
        self.head(Content_Encoding="gzip")
        self.for_ever(gzip.compress(b"") * 10_000)

    def brotli(self, _: str) -> None:
        self.head(Content_Encoding="br")
        self.for_ever(b"\xcf\xff\xff\x7f\xf8" * 1_000)

    def fifty_encodings(self, _: str) -> None:
        self.head(Content_Encoding=", ".join(["gzip"] * 50))
        self.wfile.write(b"x" * 100)

    def body_drip(self, _: str) -> None:
        self.head(Content_Length="100000")
        self.for_ever(b"x", 0.1)

    def header_drip(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        self.for_ever(b"x", 0.1)

    def continue_drip(self, _: str) -> None:
        self.for_ever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.05)

    def many_headers(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n")
        self.close_connection = True

    def long_header(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        self.for_ever(MEGABYTE)

    def long_chunk_size(self, _: str) -> None:
        self.head(Transfer_Encoding="chunked")
        self.wfile.write(b"5;")
        self.for_ever(MEGABYTE)

    def long_trailer(self, _: str) -> None:
        self.head(Transfer_Encoding="chunked")
        self.wfile.write(b"0\r\nX: ")
        self.for_ever(MEGABYTE)

    def tiny_chunks(self, _: str) -> None:
        self.head(Transfer_Encoding="chunked")
        self.for_ever(b"1\r\nx\r\n" * 10_000)

    def redirect_with_a_stream(self, _: str) -> None:
        self.head(302, Location="/fine")
        self.for_ever(MEGABYTE)

    def redirect_with_a_drip(self, _: str) -> None:
        self.head(302, Location="/fine", Content_Length="100000")
        self.for_ever(b"x", 0.1)


BODIES = {
    "stream": "TooLarge",
    "stated-stream": "TooLarge",
    "gzip-bomb": "TooLarge",
    "gzip-of-gzip": "Unreachable",
    "gzip-of-nothing": "TooSlow",
    "brotli": "Unreachable",
    "fifty-encodings": "Unreachable",
    "body-drip": "TooSlow",
    "header-drip": "TooSlow",
    "continue-drip": "TooSlow",
    "many-headers": "Unreachable",
    "long-header": "Unreachable",
    "long-chunk-size": "Unreachable",
    "long-trailer": "Unreachable",
    "tiny-chunks": "TooSlow",
    "redirect-with-a-stream": "fetched",
    "redirect-with-a-drip": "fetched",
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Clients hang up on hosts like these: that is what is tested."""


class Server6(Server):
    address_family = socket.AF_INET6

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


def serve(certificate: str, key: str, ready: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for port in (22, 80, 443, 8000):
        for kind, address in ((Server, "0.0.0.0"), (Server6, "::")):
            server = kind((address, port), Host)
            if port == 443:
                server.socket = context.wrap_socket(
                    server.socket, server_side=True, do_handshake_on_connect=False
                )
            threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(ready, b"!")
    time.sleep(600)


def own_every_address() -> None:
    for command in (
        "ip link set lo up",
        "ip route add local default dev lo",
        "ip -6 route add local default dev lo",
        f"ip route add unreachable {DOWN}/32 table local",
    ):
        subprocess.run(command.split(), check=True)


@contextlib.contextmanager
def the_net(certificate: str, key: str) -> Iterator[None]:
    """The servers in a process of their own: what they hold does not count as the fetcher's."""
    own_every_address()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        serve(certificate, key, write)
    os.read(read, 1)
    try:
        yield
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


# ── The visitor ──────────────────────────────────────────────────────────────────────────────────


def outcome(fetch: Callable[[str], bytes], url: str) -> dict[str, Any]:
    begun = time.monotonic()
    try:
        body = fetch(url)
        came = "LEAK" if b"SECRET" in body or b"root:" in body else "fetched"
    except Exception as error:  # noqa: BLE001  # whatever it is, its name is what came
        came = type(error).__name__
    return {"came": came, "seconds": round(time.monotonic() - begun, 2)}


def visit(fetch: Callable[[str], bytes]) -> dict[str, dict[str, Any]]:
    return {
        "fetched": {name: outcome(fetch, url) for name, url in FETCHED.items()},
        "refused": {name: outcome(fetch, url) for name, url in REFUSED.items()},
        "rebound": {name: [outcome(fetch, url) for url in urls] for name, urls in REBOUND.items()},
    }


def ours(resolve: Callable[..., Any], total_seconds: float) -> Callable[[str], bytes]:
    from tocsin.web.fetcher import Fetcher

    fetcher = Fetcher("Test/1", resolve=resolve, total_seconds=total_seconds)
    return lambda url: fetcher.fetch(url, PAGE_BYTES).body


def plain(url: str) -> bytes:
    """What the same requests come to without a guard: the net is one in which there is to lose."""
    import requests

    return requests.get(url, timeout=1, allow_redirects=True).content


def peak_kb() -> int:
    """Of this program alone: getrusage counts what the one before `exec` held, too."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]


def main() -> None:
    certificate, key = sys.argv[1:]
    with the_net(certificate, key):
        import requests.adapters

        requests.adapters.DEFAULT_CA_BUNDLE_PATH = certificate
        os.environ["REQUESTS_CA_BUNDLE"] = certificate
        found: dict[str, Any] = {"tricks": visit(ours(resolver(), 10))}
        bodies = ours(resolver(), DEADLINE_SECONDS)
        found["bodies"] = {name: outcome(bodies, f"http://public.test/{name}") for name in BODIES}
        found["bodies"]["header-drip, https"] = outcome(bodies, "https://public.test/header-drip")
        found["peak_kb"] = peak_kb()
        socket.getaddrinfo = resolver()
        found["plain"] = visit(plain)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
