"""Feed documents to entries."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.effort import costs_at_most, least_cost
from tocsin.errors import FeedError
from tocsin.feeds.entries import MAX_CONTENT_CHARACTERS, believed
from tocsin.feeds.parser import MAX_ENTRIES, Document, FeedFacts, parse
from tocsin.feeds.sitemap import MAX_PLAIN_ENTRIES
from tocsin.model.entries import Entry

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


UPDATED = f"{AT + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
DATED = f"{AT:%Y-%m-%dT%H:%M:%SZ}"
NAMED = "<news:publication><news:name>Harbour Post</news:name></news:publication>"
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    f"<loc>/1</loc><lastmod>{UPDATED}</lastmod><news:news>{NAMED}<news:title>Peace</news:title>"
    f"<news:publication_date>{DATED}</news:publication_date></news:news></url></urlset>"
)
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1", '
    f'"date_published": "{DATED}", "date_modified": "{UPDATED}"'
    "}]}"
)
STATES_UPDATE = {
    "Atom": ATOM.replace("</published>", f"</published><updated>{UPDATED}</updated>"),
    "Atom, damaged": ATOM.replace(
        "</published>", f"</published><updated>{UPDATED}</updated>"
    ).replace("<summary>", "<summary><b>"),
    "RSS": rss(
        item(1, f"<pubDate>{DATED}</pubDate><dcterms:modified>{UPDATED}</dcterms:modified>")
    ).replace("<rss ", '<rss xmlns:dcterms="http://purl.org/dc/terms/" '),
    "JSON Feed": JSON,
    "sitemap": SITEMAP,
}


@pytest.mark.parametrize("body", STATES_UPDATE.values(), ids=STATES_UPDATE)
def test_an_update_is_what_came_after_the_publication(body: str) -> None:
    (entry,) = read(body, "").entries
    assert (entry.published_at, entry.updated_at) == (AT, AT + timedelta(hours=1))


@pytest.mark.parametrize("body", STATES_UPDATE.values(), ids=STATES_UPDATE)
def test_an_update_at_the_time_of_publication_is_none(body: str) -> None:
    (entry,) = read(body.replace(UPDATED, DATED), "").entries
    assert (entry.published_at, entry.updated_at) == (AT, None)


def test_dates_that_lie_too_far_ahead_are_dropped_each_for_itself() -> None:
    ahead = AT + timedelta(days=2)
    entry = Entry(url=URL, published_at=AT, updated_at=ahead)
    assert believed(entry, AT) == Entry(url=URL, published_at=AT)
    swapped = Entry(url=URL, published_at=ahead, updated_at=AT)
    assert believed(swapped, AT) == Entry(url=URL, updated_at=AT)
    assert believed(entry, ahead) is entry


def test_a_json_feed_is_known_by_its_content_whatever_its_type() -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1"}]}'
    assert numbers(read(body, "text/html")) == [1]


def test_entries_keep_the_feeds_order() -> None:
    assert numbers(read(rss(item(3), item(1), item(2)))) == [3, 1, 2]


def test_a_feed_without_entries_is_a_feed() -> None:
    document = read(rss())
    assert (document.entries, document.damage) == ((), "")


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
    for tail in ("</channel></rss>", "nnel></rss>", "</rss>"):
        document = read(rss(item(1), item(2), item(3)).removesuffix(tail))
        assert numbers(document) == [1, 2, 3]
        assert document.damage.startswith("cut off before its end")


def test_a_cut_off_feed_with_tags_that_do_not_match_loses_its_last_entry_only() -> None:
    body = rss(item(1, "<description><br><p>x</description>"), item(2), item(3))
    document = read(body[: body.rindex("<title>Title 3")])
    assert numbers(document) == [1, 2]
    assert document.damage.startswith("cut off before its end")


@pytest.mark.parametrize(
    "around", ["\n\n{}", "Warning: x in y.php\n{}", "{}\n<!-- 0.1 s -->", "{}<script/>"]
)
def test_what_stands_around_a_feed_costs_no_entry(around: str) -> None:
    body = rss(item(1), declaration='<?xml version="1.0"?>')
    document = read(around.format(body))
    assert numbers(document) == [1]
    assert "cut off" not in document.damage


def test_tags_that_do_not_match_cost_no_entry() -> None:
    inside = "<description><p>Fish<br>and <b>chips</p></description>"
    document = read(rss(item(1, inside), item(2)))
    assert numbers(document) == [1, 2]
    assert "chips" in document.entries[0].content_html
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


def test_a_sitemap_of_news_is_a_feed() -> None:
    row = """<url><loc>https://harbour-post.example/{0}</loc><news:news><news:publication>
<news:name>Harbour Post</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2031-03-05T16:30:00+02:00</news:publication_date>
<news:title>Peace &amp;amp; plan {0}</news:title></news:news></url>"""
    document = read(sitemap(row.format(1) + row.format(2)))
    assert numbers(document) == [1, 2]
    assert document.entries[0].title == "Peace & plan 1"
    assert document.entries[0].published_at == AT
    facts = document.facts
    assert (facts.kind, facts.title, facts.language) == ("sitemap", "Harbour Post", "en")


def sitemap(rows: str, root: str = "urlset") -> str:
    names = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} {names}>{rows}</{root}>'


def page(number: int, day: int) -> str:
    return f"<url><loc>/{number}</loc><lastmod>2031-03-{day:02}</lastmod></url>"


def test_of_a_plain_sitemap_the_newest_are_read() -> None:
    old = "".join(page(number, 1) for number in range(MAX_PLAIN_ENTRIES))
    new = [page(MAX_PLAIN_ENTRIES + number, 5) for number in range(3)]
    document = read(sitemap(old + "".join(new) + "<url><loc>/undated</loc></url><url/>"))
    assert len(document.entries) == MAX_PLAIN_ENTRIES
    assert numbers(document)[-3:] == [MAX_PLAIN_ENTRIES + number for number in range(3)]


def test_a_sitemap_index_has_sitemaps_newest_first_and_no_entries() -> None:
    rows = "".join(
        f"<sitemap><loc>/s{n}.xml</loc><lastmod>2031-0{n}-01</lastmod></sitemap>" for n in (1, 3, 2)
    )
    document = read(sitemap(rows, "sitemapindex"))
    assert document.entries == ()
    assert document.facts.kind == "sitemap_index"
    assert [url[-6:] for url in document.facts.sitemaps] == ["s3.xml", "s2.xml", "s1.xml"]


def test_a_gzip_file_is_read_also_if_it_was_cut_off() -> None:
    packed = gzip.compress(sitemap(page(1, 1) + page(2, 2)).encode())
    assert numbers(read(packed)) == [1, 2]
    assert numbers(read(packed[:-9])) == [1, 2]


@pytest.mark.parametrize("body", [gzip.compress(b" " * 5_000_001), b"\x1f\x8b" + b"x" * 20])
def test_a_gzip_file_that_is_too_much_or_none_is_a_feed_error(body: bytes) -> None:
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == "unreadable"


def test_a_feed_says_what_it_is_and_asks_for() -> None:
    head = (
        "<language>en_GB</language><ttl>30</ttl><skipHours><hour>3</hour><hour>24</hour>"
        "<hour>x</hour></skipHours><skipDays><day>Sunday</day><day>Noday</day></skipDays>"
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="/self.xml"/>'
        "<image><title>Logo</title><link>https://logo.example/</link></image>"
    )
    assert read(rss(head, item(1))).facts == FeedFacts(
        kind="rss",
        title="Harbour Post",
        language="en-GB",
        site_url="https://harbour-post.example/",
        self_url="https://harbour-post.example/self.xml",
        hub_urls=("https://hub.example/",),
        ttl_minutes=30,
        skip_hours=frozenset({0, 3}),
        skip_days=frozenset({6}),
    )


def test_an_atom_feed_and_a_broken_one_name_their_hub_too() -> None:
    links = '<link rel="hub" href="https://hub.example/"/><link href="/"/><title>x</title>'
    for body in (ATOM.replace("<title>", links + "<title>", 1), rss(links, "<br>", item(1))):
        facts = read(body).facts
        assert facts.hub_urls == ("https://hub.example/",)
        assert facts.kind in ("atom", "rss")


def test_a_caption_of_a_picture_is_no_text_where_there_is_another() -> None:
    media = '<media:description xmlns:media="http://search.yahoo.com/mrss/">A very long caption'
    media += "</media:description>"
    assert entry_of(f"<description>Short</description>{media}").content_html == "Short"
    group = f'<media:group xmlns:media="http://search.yahoo.com/mrss/">{media}</media:group>'
    assert entry_of(group).content_html == "A very long caption"


def test_an_empty_link_hides_no_guid_that_is_one() -> None:
    (entry,) = read(rss("<item><link/><guid>https://post.example/1</guid></item>")).entries
    assert entry.url == "https://post.example/1"


@pytest.mark.parametrize("guid", ["1234", "tag:post.example,2031:1", "urn:uuid:7f0c"])
def test_a_guid_that_is_no_link_serves_as_none(guid: str) -> None:
    assert numbers(read(rss(f"<item><title>x</title><guid>{guid}</guid></item>", item(2)))) == [2]


def test_enclosures_and_other_links_are_not_the_article() -> None:
    links = (
        '<link rel="enclosure" href="https://post.example/1.mp3"/>'
        '<link rel="alternate" type="application/json" href="https://post.example/1.json"/>'
    )
    body = ATOM.replace("<author>", links + "<author>")
    assert read(body).entries[0].url == "https://harbour-post.example/1"


def test_a_base_url_in_the_document_counts() -> None:
    body = ATOM.replace("<entry>", '<entry xml:base="https://base.example/a/">')
    body = body.replace('href="https://harbour-post.example/1"', 'href="1"')
    assert read(body).entries[0].url == "https://base.example/a/1"


XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
PACKED = "PGI+QSBsb25nZXIgdGV4dDwvYj4="


@pytest.mark.parametrize(
    ("stated", "html"),
    [
        (f'<content type="xhtml"><div {XHTML}>A <b>bold</b></div></content>', "A <b>bold</b>"),
        ('<content type="html">&lt;p&gt;A &amp;amp; b&lt;/p&gt;</content>', "<p>A &amp; b</p>"),
        ('<content type="text">the &lt;blink&gt; tag</content>', "the &lt;blink&gt; tag"),
        ('<content type="text">&lt;p&gt;A longer text&lt;/p&gt;</content>', "<p>A longer text</p>"),
        (f'<content type="image/x">{PACKED}</content>', "<b>A longer text</b>"),
        ('<content src="https://post.example/1"/>', "Short"),
    ],
)  # fmt: skip
def test_contents_of_atom_are_html_whatever_their_type(stated: str, html: str) -> None:
    start, end = ATOM.index("<content"), ATOM.index("</content>") + len("</content>")
    assert read(ATOM[:start] + stated + ATOM[end:]).entries[0].content_html == html


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("<author>desk@post.example (Ada Lind)</author>", ("Ada Lind",)),
        ("<author>Ada Lind &lt;desk@post.example&gt;</author>", ("Ada Lind",)),
        ("<author>desk@post.example</author>", ()),
        ("<dc:creator>Ada Lind</dc:creator><dc:creator>Bo Ek</dc:creator>", ("Ada Lind", "Bo Ek")),
    ],
)
def test_an_author_is_a_name(stated: str, names: tuple[str, ...]) -> None:
    assert entry_of(stated).authors == names


@pytest.mark.parametrize("stated", ["don&#146;t", "don\x92t", "don&#x92;t", "donâ\x80\x99t"])
def test_signs_that_another_encoding_left_are_mended(stated: str) -> None:
    assert entry_of(f"<description>{stated}</description>").content_html == "don’t"


def test_entities_of_html_and_of_the_document_are_read() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY post "Harbour Post"><!ENTITY bomb "&post;&post;">]>'
    inside = "<description>caf&eacute;&nbsp;&post; &bomb;</description>"
    document = read(rss(item(1, inside), declaration=doctype))
    assert document.entries[0].content_html == "café\xa0Harbour Post &post;&post;"
    assert document.damage == ""


def test_entities_add_no_more_than_a_little() -> None:
    doctype = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 60}">]>'
    document = read(rss(item(1, f"<dc:x>{'&a;' * 100_000}</dc:x>"), declaration=doctype))
    assert numbers(document) == [1]


DEEP = "<x>" * 150 + "</x>" * 150
WIDE = "<x " + " ".join(f'a{number}="1"' for number in range(70)) + "/>"


@pytest.mark.parametrize("inside", [DEEP, WIDE])
@pytest.mark.parametrize("broken", ["", "<br>"])
def test_what_would_keep_a_parser_busy_is_refused(inside: str, broken: str) -> None:
    with pytest.raises(FeedError, match="refused") as refused:
        read(rss(item(1, inside + broken)))
    assert refused.value.outcome == "unreadable"


@pytest.mark.parametrize("broken", ["", "<br>"])
def test_more_items_than_the_limit_are_not_looked_at(broken: str) -> None:
    assert numbers(read(rss(broken, item(1), "<item/>" * 60_000, item(2)))) == [1]


def test_a_person_of_great_length_keeps_no_parser_busy() -> None:
    document = rss("<br>", item(1, f"<author>{'a.' * 100_000}@</author>"))
    assert costs_at_most(1, lambda: read(document))  # 20 s where feedparser takes it as it is


REPEATED = [
    *("<", "&", "&a ", "</", "<!--", "<![CDATA[", "<?x", "<!x", '<a b="', "<item>", "</item>", " "),
    *("<item><br>", "]]>", "&#", "<a b=c ", "<br><!--", "\u00e9", "<p><b ", "a@a."),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_time_grows_with_a_document_and_not_with_its_square(piece: str) -> None:
    """Thirty times the length may cost thirty times as much, and twenty times that on a machine
    that is busy meanwhile; its square would be nine hundred."""
    part, whole = (f"<rss><channel><item><title>{piece * n}".encode() for n in (400, 12_000))
    least = least_cost(lambda: outcome_of(part))
    assert costs_at_most(20 * 30 * max(least, 0.001), lambda: outcome_of(whole))


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


@settings(max_examples=150)
@given(
    st.sampled_from([RSS_2, RSS_1, ATOM, sitemap(page(1, 1)), '{"items": [{"url": "/1"}]}']),
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 8), st.one_of(PIECES, st.binary(max_size=2))),
        max_size=5,
    ),
)
def test_any_damage_to_a_document_leaves_a_feed_or_a_feed_error(
    body: str, changes: list[tuple[int, int, bytes]]
) -> None:
    damaged = body.encode()
    for at, length, piece in changes:
        damaged = damaged[:at] + piece + damaged[at + length :]
    assert outcome_of(damaged) in {"read", "empty_body", "not_a_feed", "unreadable"}
