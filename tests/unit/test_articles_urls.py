"""Which URLs are the same article."""

import re
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.articles.urls import IDENTITY_CHARACTERS, canonical_url, identity, plain_host

PAGE = "https://www.harbour-post.example/news/2031/peace"


@pytest.mark.parametrize(
    "parameter",
    [
        *("utm_source", "utm_medium", "UTM_Campaign", "utm_anything"),
        *("fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid"),
        *("at_medium", "at_campaign", "at_custom1", "xtor", "ref_src"),
        *("ns_campaign", "ns_mchannel", "ns_source", "cmpid", "CMPID", "wt.mc_id", "WT.mc_id"),
        *("ocid", "ftag", "guccounter", "wbraid", "gbraid", "twclid", "ttclid", "srsltid"),
        *("_hsenc", "_hsmi", "oly_anon_id", "oly_enc_id", "vero_id", "mkt_tok", "s_cid", "CMP"),
        *("icid", "smid", "smtyp", "mibextid", "li_fat_id", "spm", "share_token", "shareadraft"),
        *("PHPSESSID", "jsessionid", "amp", "outputType"),
    ],
)
def test_a_parameter_that_tells_where_a_reader_came_from_is_no_part_of_it(parameter: str) -> None:
    assert identity(f"{PAGE}?{parameter}=x") == identity(PAGE)
    assert identity(f"{PAGE}?{parameter}=x&id=1") == identity(f"{PAGE}?id=1")


@pytest.mark.parametrize(
    "parameter", ["id", "p", "utm", "at_customer", "gclids", "my_utm_source", "ref", "mc_id"]
)
def test_a_parameter_that_tells_what_is_read_is_part_of_it(parameter: str) -> None:
    assert identity(f"{PAGE}?{parameter}=1") != identity(PAGE)
    assert identity(f"{PAGE}?{parameter}=1") != identity(f"{PAGE}?{parameter}=2")


@pytest.mark.parametrize(
    "same",
    [
        "http://www.harbour-post.example/news/2031/peace",
        "https://harbour-post.example/news/2031/peace",
        "https://www2.harbour-post.example/news/2031/peace",
        "https://m.harbour-post.example/news/2031/peace",
        "https://mobile.harbour-post.example/news/2031/peace",
        "https://amp.harbour-post.example/news/2031/peace",
        "HTTPS://WWW.Harbour-Post.EXAMPLE/news/2031/peace",
        "https://www.harbour-post.example./news/2031/peace",
        "https://www.harbour-post.example:443/news/2031/peace",
        "http://www.harbour-post.example:80/news/2031/peace",
        "https://www.harbour-post.example/news/2031/peace/",
        "https://www.harbour-post.example/news/2031/peace#comments",
        "https://www.harbour-post.example/news/2031/peace?",
        "https://www.harbour-post.example/news/2031/p%65ace",
        "https://touch.harbour-post.example/news/2031/peace",
        "https://wap.harbour-post.example/news/2031/peace",
        "https://amp.harbour-post.example/news/2031/peace/amp/",
        "https://www.harbour-post.example/news/2031/peace/amp",
        "https://www.harbour-post.example/amp/news/2031/peace",
        "https://www.harbour-post.example/news/2031/peace?amp",
        "https://www.harbour-post.example/news/2031/peace?outputType=amp",
        "https://www.harbour-post.example/news/2031/peace/index.html",
        "https://www.harbour-post.example/news/2031/peace/default.aspx",
        "https://www.harbour-post.example/news/2031/peace;jsessionid=0A1B",
        "https://www-harbour--post-example.cdn.ampproject.org/c/s/www.harbour-post.example/news/2031/peace",
        "https://www.google.com/amp/s/www.harbour-post.example/news/2031/peace/amp/",
        "  https://www.harbour-post.example/news/2031/peace\n",
    ],
)
def test_another_spelling_of_a_url_is_the_same_article(same: str) -> None:
    assert identity(same) == identity(PAGE)


@pytest.mark.parametrize(
    "other",
    [
        "https://www.harbour-post.example/news/2031/peace-plan",
        "https://www.harbour-post.example/News/2031/peace",
        "https://sport.harbour-post.example/news/2031/peace",
        "https://amplify.example/news/2031/peace",
        "https://www.harbour-post.example:8080/news/2031/peace",
        "https://www.harbour-post.example/news/2031/peace?page=2",
        "https://www.harbour-post.example/news/2031/peace/index2.html",
        "https://www.harbour-post.example/news/2031/peace/ampere",
        "https://www.harbour-post.example/camp/news/2031/peace",
        "https://m.example/news/2031/peace",
        "https://www.google.com/search/s/www.harbour-post.example/news/2031/peace",
    ],
)
def test_another_url_is_another_article(other: str) -> None:
    assert identity(other) != identity(PAGE)


def test_the_telephone_version_of_one_of_several_editions_is_that_edition() -> None:
    assert identity("https://de.m.post.example/a") == identity("https://de.post.example/a")
    assert identity("https://fr.m.post.example/a") != identity("https://de.post.example/a")


def test_an_amp_page_of_a_file_is_that_file() -> None:
    page = "https://harbour-post.example/peace.html"
    assert identity("https://harbour-post.example/peace.amp.html") == identity(page)


@pytest.mark.parametrize("url", ["https://amp.example/amp", "https://post.example/amp/"])
def test_a_page_that_is_called_amp_is_no_version_of_the_front_page(url: str) -> None:
    assert identity(url) != identity(url.rpartition("/amp")[0])


def test_the_order_of_parameters_does_not_matter() -> None:
    assert identity(f"{PAGE}?b=2&a=1&utm_source=x") == identity(f"{PAGE}?a=1&b=2")


def test_a_parameter_without_a_value_is_not_lost() -> None:
    assert identity(f"{PAGE}?print") != identity(PAGE)


def test_letters_of_any_script_may_be_escaped_or_not() -> None:
    plain = identity("https://kurier.example/новини/мир")
    escaped = "https://kurier.example/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/%d0%bc%d0%b8%d1%80"
    assert plain == identity(escaped)


@given(st.one_of(st.text(), st.text().map("https://a.example/{}".format)))
@example("http://[")
@example("https://a.example:port/")
@example("https://a.example/\ud800?\udfff=\ud800")
@example("https://[::1")
@example("//\u2100.example")  # a character that normalises to several, which urlsplit refuses
def test_every_text_has_an_identity(text: str) -> None:
    assert re.fullmatch(rf"[0-9a-f]{{{IDENTITY_CHARACTERS}}}", identity(text))


PATHS = st.lists(st.sampled_from(["news", "мир", "a b", "ü", "1"]), max_size=4).map("/".join)
QUERIES = st.dictionaries(st.sampled_from(["id", "p", "q"]), st.sampled_from(["1", "", "мир"]))


@given(PATHS, QUERIES, st.sampled_from(["", "www.", "m.", "amp."]), st.randoms())
def test_what_is_read_alone_makes_the_identity(
    path: str, query: dict[str, str], host: str, random: Random
) -> None:
    pairs = [f"{name}={value}" for name, value in query.items()]
    plain = f"http://post.example/{path}?{'&'.join(pairs)}"
    random.shuffle(pairs)
    dressed = f"https://{host}post.example/{path}/?{'&'.join([*pairs, 'utm_source=rss'])}#top"
    assert identity(plain) == identity(dressed)


# ── The URL a page states as its own ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stated", "believed"),
    [
        ("https://www.harbour-post.example/a/1", "https://www.harbour-post.example/a/1"),
        ("https://harbour-post.example/a/1", "https://harbour-post.example/a/1"),
        ("https://m.harbour-post.example/a/1", "https://m.harbour-post.example/a/1"),
        ("/a/1", "https://www.harbour-post.example/a/1"),
        ("//www.harbour-post.example/a/1", "https://www.harbour-post.example/a/1"),
        (" https://www.harbour-post.example/a/1#top ", "https://www.harbour-post.example/a/1"),
        (
            "https://www.harbour-post.example/a/1?utm_source=x&id=7",
            "https://www.harbour-post.example/a/1?id=7",
        ),
    ],
)
def test_a_url_of_the_same_site_is_believed(stated: str, believed: str) -> None:
    assert canonical_url(PAGE, stated) == believed


@pytest.mark.parametrize(
    "stated",
    [
        None,
        "",
        "https://agency.example/wire/1",
        "https://harbour-post.example.evil.example/a/1",
        "https://www.harbour-post.example",
        "https://www.harbour-post.example/",
        "/",
        "javascript:alert(1)",
        "ftp://www.harbour-post.example/a/1",
        "http://[",
        "https://www.harbour-post.example:8443/a/1",
    ],
)
def test_a_url_of_another_site_or_of_the_front_page_is_not_believed(stated: str | None) -> None:
    assert canonical_url(PAGE, stated) == PAGE


def test_a_page_that_states_nothing_goes_by_its_address_without_what_led_there() -> None:
    assert canonical_url(f"{PAGE}?utm_source=feed&id=1#top", None) == f"{PAGE}?id=1"


def test_a_copy_of_an_amp_page_goes_by_the_address_of_the_page() -> None:
    copy = "https://www.google.com/amp/s/www.harbour-post.example/news/2031/peace"
    assert canonical_url(copy, None) == PAGE


@given(st.text(), st.one_of(st.none(), st.text()))
def test_any_statement_is_believed_or_not_but_never_an_error(page: str, stated: str | None) -> None:
    url = canonical_url(page, stated)
    assert url == page or url.startswith(("http://", "https://"))


@pytest.mark.parametrize("host", ["post.example", "www.Post.example", "m.post.example."])
def test_a_site_goes_by_one_host(host: str) -> None:
    assert plain_host(host) == "post.example"
    assert plain_host("news.post.example") == "news.post.example"
