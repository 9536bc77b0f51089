"""Lists of feeds, in and out."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.errors import FeedError
from tocsin.feeds.opml import MAX_OUTLINES, Outline, read_opml, write_opml

AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
FEED = (
    '<outline type="rss" text="Post" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>'
)
OUTLINE = Outline("https://a.example/feed", "Post", "https://a.example/")


def opml(body: str, declaration: str = "") -> bytes:
    return f'{declaration}<opml version="1.0"><head/><body>{body}</body></opml>'.encode()


def test_a_feed_in_folders_has_their_names_from_the_outside_in() -> None:
    nested = f'<outline text="News"><outline title="Local">{FEED}</outline></outline>'
    (outline,) = read_opml(opml(nested))
    assert outline == Outline(
        *("https://a.example/feed", "Post", "https://a.example/"), ("News", "Local")
    )


def test_a_category_serves_where_there_is_no_folder() -> None:
    (outline,) = read_opml(opml(FEED.replace("type=", 'category="/News/Local,/Other" type=')))
    assert outline.categories == ("News", "Local")


def test_a_feed_that_holds_feeds_is_no_folder() -> None:
    parent = FEED.replace("/>", ">") + FEED.replace("/feed", "/2") + "</outline>"
    assert [each.categories for each in read_opml(opml(parent))] == [(), ()]


def test_each_url_comes_once_and_what_is_no_web_address_not_at_all() -> None:
    other = '<outline xmlUrl="file:///etc/passwd"/><outline xmlUrl=""/><outline text="x"/>'
    assert read_opml(opml(FEED + other + FEED)) == (OUTLINE,)


@pytest.mark.parametrize(
    "body",
    [
        opml(FEED.replace("xmlUrl", "xmlurl").replace("htmlUrl", "HTMLURL")),
        b"\xef\xbb\xbf \n" + opml(FEED, '<?xml version="1.0" encoding="utf-8"?>'),
        opml(FEED).decode().encode("utf-16"),
        opml(FEED).removesuffix(b"</body></opml>"),
        b"<!DOCTYPE opml>" + opml(FEED),
        opml(f"<outline text='R&D &nbsp;'/>{FEED}"),
    ],
    ids=["letters", "mark", "utf-16", "cut off", "doctype", "entities"],
)
def test_lists_as_they_come_are_read(body: bytes) -> None:
    assert read_opml(body) == (OUTLINE,)


def test_an_encoding_that_is_another_than_declared_is_read() -> None:
    body = opml(FEED.replace("Post", "Café"), '<?xml version="1.0" encoding="utf-8"?>')
    (outline,) = read_opml(body.decode().encode("latin-1"))
    assert outline.title == "Café"


def test_entities_are_not_expanded_and_files_not_read() -> None:
    doctype = '<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa">]>'
    (outline,) = read_opml(opml(FEED.replace("Post", "&f;"), doctype))
    assert outline.title == "&f;"


@pytest.mark.parametrize("body", [b"", b"x", b"<html><body/></html>", b"<rss/>", b"\0\0\0<"])
def test_what_is_no_list_is_an_error_of_its_own(body: bytes) -> None:
    with pytest.raises(FeedError) as refused:
        read_opml(body)
    assert refused.value.outcome == "not_opml"


def test_a_list_is_bounded() -> None:
    many = "".join(f'<outline xmlUrl="https://a.example/{n}"/>' for n in range(MAX_OUTLINES + 1))
    assert len(read_opml(opml(many))) == MAX_OUTLINES


TEXTS = st.text(max_size=20).map(lambda text: " ".join(text.split()))
OUTLINES = st.builds(
    Outline,
    st.integers(0, 50).map(lambda number: f"https://a.example/{number}?a=1&b=<2>"),
    TEXTS,
    st.just("https://a.example/"),
    st.lists(st.sampled_from(["News", "Local & <far>", "Новини"]), max_size=3).map(tuple),
)


@given(st.lists(OUTLINES, max_size=8, unique_by=lambda outline: outline.url), TEXTS)
def test_what_is_written_is_read_again(outlines: list[Outline], title: str) -> None:
    written = write_opml(outlines, title, AT)
    again = {outline.url: outline.categories for outline in read_opml(written)}
    assert again == {outline.url: outline.categories for outline in outlines}


def test_opml_2_is_written() -> None:
    written = write_opml([OUTLINE], "Feeds", AT).decode()
    assert '<opml version="2.0">' in written
    assert "<dateCreated>Wed, 05 Mar 2031 14:30:00 +0000</dateCreated>" in written
    assert 'type="rss" text="Post"' in written
    assert read_opml(written.encode()) == (OUTLINE,)


@given(st.binary(max_size=200).map(lambda inside: b"<opml><body>" + inside))
@example(b"<opml><body><outline xmlUrl='http://[x'/>")
def test_any_list_is_read_or_an_error_of_its_own(body: bytes) -> None:
    try:
        outlines = read_opml(body)
    except FeedError:
        return
    assert all(outline.url.lower().startswith("http") for outline in outlines)
