"""Which URLs are never asked, whatever their names resolve to."""

import ipaddress
import string
from urllib.parse import urlsplit

import can_ada
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.errors import UrlRefused
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import MAX_URL_CHARACTERS, _ascii, check_url

NONE = AllowedEndpoints()
BASE = "https://post.example/"


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        "http://post.example",
        "http://post.example:80/a",
        "https://post.example:443/a?b=c&d=e#f",
        "https://post.example:80/",
        "HTTPS://Post.Example/A",
        "https://post.example./a",
        "https://xn--80aswg.example/",
        "https://post.example/новини/мир",
        "https://post.example/a%20b",
        "https://post.example/a@b",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://4chan.example/",
        "https://1.example/",
        BASE + "a" * (MAX_URL_CHARACTERS - len(BASE)),
    ],
)
def test_an_ordinary_url_is_asked(url: str) -> None:
    check_url(url, NONE)


REFUSED = {
    "is not http or https": [
        *("ftp://post.example/", "file:///etc/passwd", "javascript:alert(1)", "/news/1", ""),
        *("gopher://post.example:80/", "//post.example/", "data:text/html,x", "post.example"),
    ],
    "holds a space, a backslash or a control character": [
        *("https://post.example/a b", " https://post.example/", "https://post.example/\n"),
        *("https://post.example/\r\nHost: x", "https://post.example\\@evil.example/"),
        *("https://post.example/\x00", "https://post.example/\x7f", "https://post.example/\t"),
    ],
    "carries a user name or password": [
        *("https://user@post.example/", "https://user:word@post.example/"),
        *("https://post.example@127.0.0.1/", "https://@post.example/"),
    ],
    "has no host": ["https://", "https:///path", "http://?query", "https://#"],
    "is neither 80 nor 443": [
        *("https://post.example:8080/", "http://post.example:22/", "http://post.example:0/"),
        "http://127.0.0.1:8099/",
    ],
    "names its host by a number": [
        *("http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://0177.0.0.1/"),
        *("http://0x7f.1/", "http://127.0.0.1.5/", "http://127.0.0.0x1/", "http://1/"),
    ],
    "cannot be read": [
        *("http://[::1/", "http://post.example:port/", "http://post.example:99999/", "http://[/"),
        "http://post.example:-1/",
    ],
    "characters": [BASE + "a" * (MAX_URL_CHARACTERS - len(BASE) + 1)],
}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param(url, reason, id=ascii(url)[:50])
        for reason, urls in REFUSED.items()
        for url in urls
    ],
)
def test_any_other_url_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason) as refused:
        check_url(url, NONE)
    assert refused.value.url == url[:MAX_URL_CHARACTERS]
    assert refused.value.outcome == "url_refused"
    assert not refused.value.retryable


def test_a_port_that_the_operator_allows_is_asked() -> None:
    allowed = AllowedEndpoints.parse("127.0.0.1:8099")
    check_url("http://127.0.0.1:8099/feed.xml", allowed)
    check_url("http://post.example:8099/feed.xml", allowed)  # its address is refused at connect
    with pytest.raises(UrlRefused):
        check_url("http://127.0.0.1:8098/feed.xml", allowed)


def test_an_allowed_port_allows_nothing_else() -> None:
    with pytest.raises(UrlRefused, match="names its host by a number"):
        check_url("http://2130706433:8099/", AllowedEndpoints.parse("127.0.0.1:8099"))


@given(st.one_of(st.text(), st.text(max_size=30).map("https://{}/".format)))
def test_any_text_is_asked_or_refused_and_what_is_asked_is_plain(url: str) -> None:
    try:
        check_url(url, NONE)
    except UrlRefused:
        return
    assert url.lower().startswith(("http://", "https://"))
    assert not set(" \n\r\t\\") & set(url)


@pytest.mark.parametrize("url", ["https://президент.укр/", "http://münchen.example/nachrichten"])
def test_a_host_in_any_script_may_be_asked(url: str) -> None:
    check_url(url, AllowedEndpoints())


# ── A second parser: WHATWG's, which browsers follow and urllib does not ─────────────────────────

_HOSTS = st.one_of(
    st.text(string.ascii_letters + string.digits + ".-_%[]:@\\/?#①。．", min_size=1, max_size=25),
    st.ip_addresses().map(str),
    st.integers(0, 2**33).map(str),
    st.integers(0, 2**32).map(hex),
    st.ip_addresses(v=4).map(
        lambda ip: ".".join(oct(int(n)).replace("o", "") for n in str(ip).split("."))
    ),
    st.sampled_from(
        ["post.example", "127.1", "[::1]", "localhost", "xn--80aswg.example", "новини.укр"]
    ),
)
_URLS = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(
        ["http://", "https://", "HTTP://", "http:/", "http:///", "https:", "//", "http:\\\\"]
    ),
    st.sampled_from(
        ["", "", "", "user@", "a:b@", "@", "public.example@", "public.example\\@", "[", "%40"]
    ),
    _HOSTS,
    st.sampled_from(["", "", ":80", ":443", ":", ":8080", ":0080", ":65616", ":80@evil.example"]),
    st.sampled_from(
        ["", "/", "/a", "\\a", "#@evil.example/", "?@evil.example/", "/@evil.example", ";a"]
    ),
    st.sampled_from(["", "b", "%2f..", "?x=http://evil.example/"]),
)


@given(_URLS)
@example("http://public.example\\@127.0.0.1/")
@example("http://127.0.0.1#@public.example/")
@example("http://①②⑦.⓪.⓪.①/")
@example("http://127。0。0。1/")
@example("http://%31%32%37.0.0.1/")
@example("http://0x7f.1/")
@example("http://[::ffff:7f00:1]/")
def test_what_is_asked_has_the_host_and_port_that_browsers_see(url: str) -> None:
    try:
        check_url(url, NONE)
    except UrlRefused:
        return
    theirs = can_ada.parse(url)
    parts = urlsplit(url)
    assert theirs.protocol == f"{parts.scheme}:"
    assert (theirs.username, theirs.password) == ("", "")
    assert int(theirs.port or {"http:": 80, "https:": 443}[theirs.protocol]) in (80, 443)
    assert _same_host(theirs.hostname, parts.hostname or "")


def _same_host(theirs: str, ours: str) -> bool:
    """Names in their wire form, addresses by value."""
    try:
        return ipaddress.ip_address(theirs.strip("[]")) == ipaddress.ip_address(ours)
    except ValueError:
        return theirs == can_ada.parse(f"http://{ours}/").hostname == _ascii(ours)
