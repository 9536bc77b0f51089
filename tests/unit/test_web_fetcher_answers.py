"""What is read of an answer: where it leads, and when to come again."""

from datetime import timedelta
from email.utils import format_datetime

import can_ada
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tocsin.errors import UrlRefused
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import check_url, redirect_target, retry_after_seconds

URL = "https://post.example/news/1?a=b"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("//other.example/x", "https://other.example/x"),
        ("/x", "https://post.example/x"),
        ("x", "https://post.example/news/x"),
        ("../x", "https://post.example/x"),
        ("?c=d", "https://post.example/news/1?c=d"),
        ("/x#part", "https://post.example/x#part"),
        (" /x\t", "https://post.example/x"),
        ("/two words", "https://post.example/two%20words"),
        ("/a%20b", "https://post.example/a%20b"),
        ("/новини".encode().decode("latin-1"), "https://post.example/новини"),
        ("/caf\xe9", "https://post.example/café"),
        ("http://post.example:8080/", "http://post.example:8080/"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("", URL),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(location: str, target: str) -> None:
    assert redirect_target(URL, location) == target


def test_the_part_of_a_page_that_was_asked_for_is_kept_through_a_redirect() -> None:
    assert redirect_target(f"{URL}#part", "/x") == "https://post.example/x#part"
    assert redirect_target(f"{URL}#part", "/x#other") == "https://post.example/x#other"


def test_a_redirect_to_what_is_no_url_is_refused() -> None:
    with pytest.raises(UrlRefused):
        redirect_target(URL, "http://[")


_NAME = st.text("abcz", min_size=1, max_size=4)
_LOCATIONS = st.builds(
    "{}{}{}".format,
    st.one_of(
        st.just(""),
        st.builds(
            "{}//{}.example{}".format,
            st.sampled_from(["", "http:", "https:", "HTTPS:"]),
            _NAME,
            st.sampled_from(["", ":80", ":8080"]),
        ),
    ),
    st.lists(
        st.sampled_from(["/a", "/b-_", "/.", "/..", "/...", "/a%20b", "/ü"]),
        max_size=4,
    ).map("".join),
    # Left out, since urljoin keeps to RFC 3986 there: an empty query, `%2e` for a dot, `//`.
    st.sampled_from(["", "?a=b", "?a=/../b", "?c", "#part"]),
)


@given(_LOCATIONS)
def test_a_redirect_leads_where_another_parser_says(location: str) -> None:
    """WHATWG's, which browsers follow."""
    theirs = can_ada.parse(URL) + location
    ours = can_ada.parse(redirect_target(URL, location.encode().decode("latin-1")))
    assert (ours.protocol, ours.host) == (theirs.protocol, theirs.host)
    assert ours.pathname == theirs.pathname
    assert ours.search == theirs.search


@given(st.text(max_size=60))
def test_any_location_leads_to_a_url_that_is_checked_or_is_refused(location: str) -> None:
    sent = location.encode("utf-8", "replace").decode("latin-1")
    try:
        check_url(redirect_target(URL, sent), AllowedEndpoints())
    except UrlRefused:
        return


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 30, 999_999_999),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3600),
        (format_datetime(NOW + timedelta(seconds=1)), 1),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ("Wed, 05 Mar 2031 15:30:00", 3600),
        ("Wednesday, 05-Mar-31 15:30:00 GMT", 3600),
        ("Wed, 05 Mar 2031 16:30:00 +0100", 3600),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("Wed, 99 Mar 2031 15:30:00 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_a_server_asks_for_patience_by_number_or_date(value: str, seconds: int | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


def test_part_of_a_second_counts_as_a_whole_one() -> None:
    late = NOW + timedelta(milliseconds=300)
    at = format_datetime(NOW + timedelta(seconds=10), usegmt=True)
    assert retry_after_seconds(at, late) == 10


@given(st.one_of(st.text(max_size=40), st.text("0123456789:, GMTFriDec+-()\0", max_size=40)))
def test_any_answer_is_a_number_of_seconds_or_none(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or seconds >= 0
