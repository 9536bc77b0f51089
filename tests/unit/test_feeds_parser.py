"""Feed documents to entries."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.errors import FeedError
from tocsin.feeds.entries import MAX_CONTENT_CHARACTERS
from tocsin.feeds.parser import MAX_ENTRIES, Document, parse
from tocsin.model import Entry

URL = "https://harbour-post.example/feeds/all.xml"
AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)


def read(body: str | bytes, content_type: str = "application/xml") -> Document:
    return parse(body.encode() if isinstance(body, str) else body, content_type, URL)


def item(number: int, inside: str = "") -> str:
    link = f"https://harbour-post.example/{number}"
    return f"<item><title>Title {number}</title><link>{link}</link>{inside}</item>"


def rss(*items: str, declaration: str = "") -> str:
    head = "<title>Harbour Post</title><link>https://harbour-post.example/</link>"
    return (
        f'{declaration}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel>{head}{''.join(items)}</channel></rss>"
    )


def entry_of(inside: str) -> Entry:
    (entry,) = read(rss(item(1, inside))).entries
    return entry


def numbers(document: Document) -> list[int]:
    return [int(entry.url.rpartition("/")[2]) for entry in document.entries]


RSS_2 = rss(
    "<item><title>Peace</title><link>https://harbour-post.example/1</link><guid>urn:g1</guid>"
    "<dc:creator>Ada Lind</dc:creator><pubDate>Wed, 05 Mar 2031 16:30:00 +0200</pubDate>"
    "<description>Short</description><content:encoded>&lt;p&gt;Long text&lt;/p&gt;"
    "</content:encoded></item>"
)
RSS_1 = """<?xml version="1.0"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="https://harbour-post.example/"><title>Harbour Post</title></channel>
<item rdf:about="urn:g1"><title>Peace</title><link>https://harbour-post.example/1</link>
<dc:creator>Ada Lind</dc:creator><dc:date>2031-03-05T16:30:00+02:00</dc:date>
<description>Short</description>
<content:encoded>&lt;p&gt;Long text&lt;/p&gt;</content:encoded></item>
</rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Post</title>
<entry><id>urn:g1</id><title>Peace</title><link href="https://harbour-post.example/1"/>
<author><name>Ada Lind</name></author><published>2031-03-05T16:30:00+02:00</published>
<summary>Short</summary><content type="html">&lt;p&gt;Long text&lt;/p&gt;</content></entry>
</feed>"""


@pytest.mark.parametrize("body", [RSS_2, RSS_1, ATOM], ids=["RSS 2.0", "RSS 1.0", "Atom"])
@pytest.mark.parametrize("content_type", ["application/xml", "text/html; charset=utf-8", ""])
def test_an_entry_is_the_same_in_every_format(body: str, content_type: str) -> None:
    document = read(body, content_type)
    assert document.damage == ""
    assert document.entries == (
        Entry(
            url="https://harbour-post.example/1",
            guid="urn:g1",
            title="Peace",
            content_html="<p>Long text</p>",
            authors=("Ada Lind",),
            published_at=AT,
        ),
    )


def test_a_json_feed_is_known_by_its_content_whatever_its_type() -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1"}]}'
    assert numbers(read(body, "text/html")) == [1]


def test_entries_keep_the_feeds_order() -> None:
    assert numbers(read(rss(item(3), item(1), item(2)))) == [3, 1, 2]


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss()) == Document(())


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_an_empty_document_is_a_feed_error_of_its_own(body: bytes) -> None:
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == "empty_body"
    assert refused.value.url == URL


def test_an_html_page_is_called_what_it_is() -> None:
    with pytest.raises(FeedError, match="an HTML page, not a feed") as refused:
        read("<!doctype html><HTML><body><p>Page not found</p></body></html>", "text/html")
    assert refused.value.outcome == "not_a_feed"


@pytest.mark.parametrize(
    "body", ["just text", "<svg xmlns='http://www.w3.org/2000/svg'/>", "\x00\x01\x02", "[1, 2]"]
)
def test_what_is_nothing_like_a_feed_is_a_feed_error(body: str) -> None:
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == "not_a_feed"


@pytest.mark.parametrize("cut_in", ["<title>Title 3", "/harbour-post.example/3", "</item>"])
def test_a_cut_off_feed_loses_its_last_entry_only(cut_in: str) -> None:
    whole = rss(item(1), item(2), item(3))
    document = read(whole[: whole.rindex(cut_in) + len(cut_in) - 2])
    assert numbers(document) == [1, 2]
    assert document.damage.startswith("cut off before its end")


def test_a_feed_cut_between_its_entries_and_its_end_loses_none_of_the_others() -> None:
    document = read(rss(item(1), item(2), item(3)).removesuffix("</channel></rss>"))
    assert numbers(document)[:2] == [1, 2]
    assert document.damage


def test_a_broken_entity_damages_a_feed_and_loses_nothing() -> None:
    document = read(rss(item(1, "<description>fish & chips &nope;</description>"), item(2)))
    assert numbers(document) == [1, 2]
    assert document.damage
    assert not document.damage.startswith("cut off")


def test_half_a_character_as_a_reference_costs_no_entry() -> None:
    document = read(rss(item(1, "<description>&#55357;&#56832; &#xD83D;</description>"), item(2)))
    assert numbers(document) == [1, 2]
    document.entries[0].model_dump_json().encode()


def test_latin_1_that_does_not_say_so_is_read() -> None:
    body = rss(item(1, "<description>Zürich café</description>")).encode("latin-1")
    (entry,) = read(body).entries
    assert entry.content_html == "Zürich café"


def test_the_encoding_that_the_document_declares_is_used() -> None:
    declaration = '<?xml version="1.0" encoding="windows-1251"?>'
    body = rss(item(1, "<description>мир</description>"), declaration=declaration)
    (entry,) = read(body.encode("cp1251")).entries
    assert entry.content_html == "мир"


@pytest.mark.parametrize("charset", ["punycode", "undefined", "rot13", "no-such", "\0"])
def test_an_encoding_that_is_none_is_read_or_a_feed_error(charset: str) -> None:
    assert outcome_of(rss(item(1)).encode(), charset) in {"read", "unreadable"}


def outcome_of(body: bytes, charset: str = "utf-8") -> str:
    """Of a document that may be anything; any other error than ours is a failure."""
    try:
        document = read(body, f"application/xml; charset={charset}")
    except FeedError as error:
        return error.outcome
    return "read" if all(entry.url for entry in document.entries) else "an entry without a link"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/news/1", "https://harbour-post.example/news/1"),
        ("1", "https://harbour-post.example/feeds/1"),
        ("//m.post.example/1", "https://m.post.example/1"),
        ("\n https://post.example/1?a=1&amp;b=2 \n", "https://post.example/1?a=1&b=2"),
    ],
)
def test_links_are_resolved_against_where_the_document_came_from(link: str, url: str) -> None:
    (entry,) = read(rss(f"<item><title>x</title><link>{link}</link></item>")).entries
    assert entry.url == url


@pytest.mark.parametrize("link", ["", "<link></link>", "<link> </link>", "<link>http://[x</link>"])
def test_an_entry_without_a_link_is_skipped_and_no_other(link: str) -> None:
    assert numbers(read(rss(f"<item><title>x</title>{link}</item>", item(2)))) == [2]


def test_a_guid_that_is_a_link_serves_as_one() -> None:
    (entry,) = read(rss("<item><guid>https://post.example/1</guid></item>")).entries
    assert entry.url == "https://post.example/1"


@pytest.mark.parametrize(
    "stated",
    ["", "yesterday", "32 Foo 2031", "Thu, 01 Jan 1970 00:00:00 GMT", "9999-12-31", "-1", "0"],
)
def test_an_odd_date_is_none(stated: str) -> None:
    assert entry_of(f"<pubDate>{stated}</pubDate>").published_at is None


@pytest.mark.parametrize(
    "stated",
    [
        "Wed, 05 Mar 2031 14:30:00 GMT",
        "Wed, 05 Mar 2031 09:30:00 EST",
        "5 Mar 2031 14:30 +0000",
        "2031-03-05T14:30:00Z",
    ],
)
def test_a_date_is_an_instant_in_utc(stated: str) -> None:
    assert entry_of(f"<pubDate>{stated}</pubDate>").published_at == AT


def test_the_time_of_an_update_serves_where_there_is_no_other() -> None:
    body = ATOM.replace("published>", "updated>")
    assert read(body).entries[0].published_at == AT


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("  Peace \n plan ", "Peace plan"),
        ("Fish &amp; chips", "Fish & chips"),
        ("&lt;b&gt;Bold&lt;/b&gt; claim", "Bold claim"),
        ("<![CDATA[A <i>small</i> step]]>", "A small step"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_a_title_is_plain_text_in_one_line(title: str, read_as: str) -> None:
    body = rss(f"<item><title>{title}</title><link>https://post.example/1</link></item>")
    assert read(body).entries[0].title == read_as


def test_content_is_cut_to_size() -> None:
    long = "x" * (MAX_CONTENT_CHARACTERS + 1)
    entry = entry_of(f"<description>{long}</description>")
    assert len(entry.content_html) == MAX_CONTENT_CHARACTERS


def test_no_more_than_the_limit_is_read() -> None:
    document = read(rss(*(item(number) for number in range(MAX_ENTRIES + 5))))
    assert numbers(document) == list(range(MAX_ENTRIES))


@pytest.mark.parametrize("name", ["absolute", "url"])
def test_a_document_that_is_a_file_name_opens_no_file(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss(item(1)))
    body = str(secret) if name == "absolute" else secret.as_uri()
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == "not_a_feed"


def test_an_external_entity_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    declaration = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    document = read(rss(item(1, "<description>&x;</description>"), declaration=declaration))
    assert "the secret" not in repr(document)


PIECES = st.sampled_from(
    [
        *(b'<rss version="2.0">', b"<channel>", b"<item>", b"</item>", b"</channel>", b"</rss>"),
        *(b"<title>", b"</title>", b"<link>", b"</link>", b"https://a.example/1", b"http://[x"),
        *(b'<feed xmlns="http://www.w3.org/2005/Atom">', b"<entry>", b'<link href="', b'"/>'),
        *(b'<content type="xhtml">', b"<div>", b"<pubDate>", b"Mon, 99 Foo 0000", b"<![CDATA["),
        *(b"]]>", b"<!DOCTYPE ", b'<!ENTITY x "y">', b"<!--", b"&#55357;", b"&#xFFFFFFFFF;"),
        *(b'<?xml version="1.0" encoding="', b"utf-16", b'"?>', b"\xff\xfe", b"\0", b"{", b"&x;"),
    ]
)


@settings(max_examples=150)
@given(st.one_of(st.binary(), st.lists(PIECES | st.binary(max_size=3), max_size=20).map(b"".join)))
@example(b'<rss version="2.0"><channel><item><title>&#55357;</title></item></channel></rss>')
def test_any_document_is_read_or_a_feed_error(body: bytes) -> None:
    assert outcome_of(body) in {"read", "empty_body", "not_a_feed", "unreadable"}
