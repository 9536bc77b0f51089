"""What a robots.txt allows, and what stands for one that is not there."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tests.effort import costs_at_most
from tocsin.errors import (
    AddressRefused,
    FetchError,
    HttpStatus,
    RobotsRefused,
    RobotsUnknown,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
)
from tocsin.model.hosts import Robots
from tocsin.web.fetcher import Response
from tocsin.web.robots import (
    MAX_IN_MEMORY,
    MAX_PARSED_BYTES,
    RobotsFiles,
    Rules,
    ask,
    may_be_kept,
    origin_of,
    ours,
    read,
)

SITE = "https://post.example"


def rules(text: str | None) -> Rules:
    return read(Robots(text=None if text is None else ours(text), fetched_at=NOW))


def allows(text: str, path: str = "/news/1") -> bool:
    try:
        rules(text).require_allowed(SITE + path)
    except RobotsRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /news", False),
        ("User-agent: *\nDisallow: /News", True),
        ("User-agent: *\nDisallow: /news/1$", False),
        ("User-agent: *\nDisallow: /*1", False),
        ("User-agent: *\nDisallow: /news/2", True),
        ("User-agent: *\nDisallow: /\nAllow: /news/", True),
        ("User-agent: *\nAllow: /\nDisallow: /news/", False),
        ("User-agent: *\nAllow: /news/1\nDisallow: /news/1", True),
        ("User-agent: Tocsin\nDisallow: /", False),
        ("user-agent: TOCSIN/1.0\nDISALLOW: /", False),
        ("User-agent: tocsin\nDisallow:\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: tocsin\nDisallow: /", False),
        ("User-agent: other\nUser-agent: tocsin\nDisallow: /", False),
        ("User-agent: tocsin\nUser-agent: other\nDisallow: /", False),
        ("User-agent: tocsin\nSitemap: /s.xml\nDisallow: /", False),
        ("User-agent: tocsin-news\nDisallow: /", True),
        ("User-agent: other\nDisallow: /\n\nUser-agent: third\nDisallow: /", True),
        ("User-agent: other\nDisallow: /a\nUser-agent: *\nDisallow: /news", False),
        ("User-agent: tocsin\nDisallow: /a\n\nUser-agent: tocsin\nDisallow: /news", False),
        ("Disallow: /", True),
        ("User-agent *\nDisallow /news", False),
        ("User agent: * # all\nDisallow: /news # private", False),
        ("User-agent: *\r\nDisallow: /news\r\n", False),
        ("User-agent: *\rDisallow: /news", False),
        ("<html><body>User-agent: * Disallow: /</body></html>", True),
        ("\x00\x01\ufffd: / :", True),
    ],
)
def test_a_page_is_asked_for_where_the_rules_for_us_or_for_all_allow_it(
    text: str, allowed: bool
) -> None:
    assert allows(text) is allowed


def test_the_group_that_names_us_stands_alone() -> None:
    text = "User-agent: *\nDisallow: /news\nCrawl-delay: 9\n\nUser-agent: tocsin\nDisallow: /a"
    assert allows(text)
    assert rules(text).delay_seconds == 0


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("5", 5), ("0.5", 0.5), ("3600", 60), ("-1", 0), ("soon", 0), ("inf", 0), ("nan", 0)],
)
def test_a_crawl_delay_is_kept_up_to_a_minute(stated: str, seconds: float) -> None:
    assert rules(f"User-agent: *\nCrawl-delay: {stated}").delay_seconds == seconds


def test_rules_for_others_are_not_even_read() -> None:
    others = "".join(f"User-agent: bot-{n}\nDisallow: /{n}\n\n" for n in range(50))
    mine = "User-agent: a\nUser-agent: tocsin/2\nUser-agent: *\nDisallow: /x\nCrawl-delay: 2\n"
    assert ours(others + mine) == (
        "User-agent: tocsin\nUser-agent: *\nDisallow: /x\nCrawl-delay: 2\n"
    )


HOSTILE = {
    "names times rules": "".join(f"User-agent: a{n}\n" for n in range(15_000))
    + "Disallow: /x\n" * 20_000,
    "names like ours times rules": "".join(f"User-agent: tocsin/{n}\n" for n in range(12_000))
    + "Disallow: /x\n" * 20_000,
    "wildcards": "User-agent: *\n" + f"Disallow: /{'*a' * 400}*b\n" * 600,
    "one line": "User-agent: *\nDisallow: /" + "a" * 500_000,
    "agents without end": "User-agent:" * 45_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_robots_txt_that_is_made_to_be_slow_is_not(name: str) -> None:
    """Measured: half a second at most, where protego alone runs out of memory at the first."""
    text = HOSTILE[name][:MAX_PARSED_BYTES]
    assert costs_at_most(5, lambda: allows(text, "/" + "a" * 2_000))


@given(st.text(st.sampled_from("User-agent: *tocsinDlw/\n\r#$ \ufeff\x85"), max_size=300))
def test_any_text_has_rules(text: str) -> None:
    kept = ours(text)
    assert ours(kept) == kept
    assert rules(text).delay_seconds >= 0
    allows(text)


@given(st.lists(st.sampled_from(
    ["User-agent: *", "User-agent: tocsin", "User-agent: other", "Disallow: /", "Allow: /news",
     "Disallow: /news", "Disallow:", "Crawl-delay: 3", "Sitemap: /s", "Host: a", "# -", ""]
), max_size=14))  # fmt: skip
def test_leaving_out_others_changes_nothing_for_us(lines: list[str]) -> None:
    from protego import Protego

    text = "\n".join(lines)
    whole, kept = Protego.parse(text), Protego.parse(ours(text))
    for path in ("/", "/news", "/other"):
        assert kept.can_fetch(SITE + path, "tocsin") == whole.can_fetch(SITE + path, "tocsin")
    assert kept.crawl_delay("tocsin") == whole.crawl_delay("tocsin")


# ── Where there is none ──────────────────────────────────────────────────────────────────────────


class OneFile:
    """A web with one robots.txt, or one error for it."""

    def __init__(self, answer: bytes | FetchError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def fetch(self, url: str, max_bytes: int, headers: Mapping[str, str] | None = None) -> Response:
        self.asked.append(url)
        if isinstance(self.answer, FetchError):
            raise self.answer
        return Response(url, 200, {}, self.answer)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 300])
def test_no_file_allows_everything(status: int) -> None:
    assert ask(SITE, OneFile(HttpStatus(SITE, status, None))) == ""


@pytest.mark.parametrize("error", [TooManyRedirects, AddressRefused, TooLarge])
def test_a_file_that_is_out_of_reach_for_good_is_no_file(
    error: Callable[[str, str], FetchError],
) -> None:
    assert ask(SITE, OneFile(error(SITE, "so"))) == ""


@pytest.mark.parametrize(
    "error",
    [
        *(HttpStatus(SITE, status, None) for status in (429, 500, 503)),
        TooSlow(SITE, "so"),
        Unreachable(SITE, "so"),
    ],
)
def test_a_host_that_cannot_say_allows_nothing_for_now(error: FetchError) -> None:
    found = ask(SITE, OneFile(error))
    assert found is None
    with pytest.raises(RobotsUnknown) as raised:
        rules(found).require_allowed(f"{SITE}/news")
    assert raised.value.retryable


def test_a_mark_of_the_encoding_and_broken_bytes_hide_no_rule() -> None:
    body = b"\xef\xbb\xbfUser-agent: *\n# \xff\xfe\nDisallow: /news"
    assert ask(SITE, OneFile(body)) == "User-agent: *\nDisallow: /news\n"


def test_what_lies_beyond_half_a_megabyte_is_not_read() -> None:
    filler = b"#" * (MAX_PARSED_BYTES - len(b"User-agent: *\n") - 1) + b"\n"
    body = b"User-agent: *\n" + filler + b"Disallow: /"
    assert ask(SITE, OneFile(body)) == "User-agent: *\n"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://post.example/a?b#c", "https://post.example"),
        ("HTTP://Post.Example:80/a", "http://post.example"),
        ("https://post.example:443", "https://post.example"),
        ("http://post.example:443/", "http://post.example:443"),
        ("http://127.0.0.1:8099/a", "http://127.0.0.1:8099"),
        ("https://[2606:4700::1111]:80/a", "https://[2606:4700::1111]:80"),
        ("https://новини.укр/a", "https://новини.укр"),
        ("ftp://post.example/", None),
        ("https://", None),
        ("http://[", None),
        ("http://post.example:port/", None),
        (f"http://{'x' * 254}/", None),
    ],
)
def test_a_robots_txt_is_for_scheme_host_and_port(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


# ── Keeping it ───────────────────────────────────────────────────────────────────────────────────


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[str, Robots] = {}

    def find_robots(self, origin: str) -> Robots | None:
        return self.kept.get(origin)

    def put_robots(self, origin: str, robots: Robots) -> bool:
        self.kept[origin] = robots
        return True


class Now:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):  # type: ignore[no-untyped-def]
        return self.now


@pytest.mark.parametrize(
    ("answer", "hours"),
    [(b"", 24), (HttpStatus(SITE, 404, None), 24), (TooSlow(SITE, "so"), 1 / 60)],
)
def test_a_file_is_true_for_a_day_and_silence_for_a_minute(
    answer: bytes | FetchError, hours: float
) -> None:
    web, clock = OneFile(answer), Now()
    files = RobotsFiles(web, Shelf(), clock)
    files.rules(f"{SITE}/a")
    clock.now += timedelta(hours=hours, seconds=-1)
    files.rules(f"{SITE}/b")
    assert web.asked == [f"{SITE}/robots.txt"]
    clock.now += timedelta(seconds=1)
    files.rules(f"{SITE}/c")
    assert len(web.asked) == 2


def test_a_new_container_reads_what_another_has_asked_for() -> None:
    shelf, web = Shelf(), OneFile(b"User-agent: *\nDisallow: /news")
    RobotsFiles(web, shelf, Now()).rules(f"{SITE}/a")
    with pytest.raises(RobotsRefused):
        RobotsFiles(web, shelf, Now()).require_allowed(f"{SITE}/news")
    assert len(web.asked) == 1


def test_no_more_hosts_are_kept_in_memory_than_a_container_holds() -> None:
    web, shelf = OneFile(b""), Shelf()
    files = RobotsFiles(web, shelf, Now())
    for number in range(MAX_IN_MEMORY + 50):
        files.rules(f"https://{number}.example/")
    assert len(files._known) == MAX_IN_MEMORY


def test_a_url_that_is_never_asked_has_no_rules() -> None:
    web = OneFile(b"")
    RobotsFiles(web, Shelf(), Now()).require_allowed("http://[")
    assert web.asked == []


# ── No archive ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "head", "kept"),
    [
        ("", "", True),
        ("noarchive", "", False),
        ("noindex, NOARCHIVE", "", False),
        ("otherbot: noarchive", "", False),
        ("noindex, nofollow", "", True),
        ("", '<meta name="robots" content="noarchive">', False),
        ("", "<META CONTENT='max-image-preview:large, NoArchive' NAME='Robots'>", False),
        ("", "<meta name=tocsin content=noarchive>", False),
        ("", '<meta name="robots" content="index, follow">', True),
        ("", '<meta name="description" content="about noarchive">', True),
        ("", '<meta property="og:title" content="robots noarchive">', True),
        ("", "<p>noarchive robots</p>", True),
    ],
)
def test_a_page_that_asks_for_no_archive_is_not_kept(header: str, head: str, kept: bool) -> None:
    headers = {"x-robots-tag": header} if header else {}
    assert may_be_kept(headers, f"<html><head>{head}</head>".encode()) is kept
