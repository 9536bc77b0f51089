"""Feeds as news sites write them, with made-up words: for the benchmark of parsing, and for tests
that compare two parsers."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

BEGIN = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
SITE = "https://harbour-post.example"
_LATIN = (
    ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu"],
    ["é", "ü", "ß", "ø", "’"],
)
_CYRILLIC = (
    ["ба", "ве", "го", "ди", "жу", "ка", "ло", "ми", "ну", "по", "ра", "се", "ту", "фо", "ши"],
    ["є", "ї", "щ", "ё", "ъ"],
)
_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
)


class Writer:
    """Writes entries with the same words for the same seed."""

    def __init__(self, seed: int = 0, letters: tuple[list[str], list[str]] = _LATIN) -> None:
        self.random = random.Random(seed)
        self._syllables, self._rare = letters
        self._bytes = len(self._syllables[0][0].encode())

    def word(self) -> str:
        syllables = self.random.choices(self._syllables, k=self.random.randint(1, 4))
        rare = self.random.choice(self._rare) if self.random.random() < 0.05 else ""
        return "".join(syllables) + rare

    def words(self, count: int) -> str:
        return " ".join(self.word() for _ in range(count)).capitalize()

    def title(self) -> str:
        between = self.random.choice([": ", " & ", " – ", " "])
        return self.words(5) + between + self.word()

    def html(self, characters: int) -> str:
        paragraphs: list[str] = []
        while sum(map(len, paragraphs)) < characters:
            link = f'<a href="{SITE}/{self.word()}?a=1&amp;b=2">{self.word()}</a>'
            paragraphs.append(
                f'<p class="text">{self.words(30)}, {link} {self.words(20)} &#8217; &nbsp;'
                f'<strong>{self.words(3)}</strong>.</p>\n<figure><img src="{SITE}/i.jpg" '
                f'alt="{self.words(4)}" /><figcaption>{self.words(6)}</figcaption></figure>'
            )
        return "\n".join(paragraphs)

    def length(self) -> int:
        """Characters of 4 to 8 kB."""
        return self.random.randint(4_000, 8_000) // self._bytes


def blog(writer: Writer, count: int) -> str:
    """As WordPress: a teaser in CDATA, the whole text in content:encoded, categories."""
    items = "".join(_blog_item(writer, number) for number in range(count))
    return _rss(writer, items)


def _blog_item(writer: Writer, number: int) -> str:
    categories = "".join(f"<category><![CDATA[{writer.word()}]]></category>" for _ in range(4))
    return f"""
	<item>
		<title>{escape(writer.title(), quote=False)}</title>
		<link>{SITE}/2031/{number}-{writer.word()}/</link>
		<comments>{SITE}/2031/{number}/#comments</comments>
		<dc:creator><![CDATA[{writer.words(2)}]]></dc:creator>
		<pubDate>{_rfc822(number)}</pubDate>
		{categories}
		<guid isPermaLink="false">{SITE}/?p={number}</guid>
		<description><![CDATA[<p>{writer.words(40)} &#8230;</p>]]></description>
		<content:encoded><![CDATA[{writer.html(writer.length())}]]></content:encoded>
		<wfw:commentRss>{SITE}/2031/{number}/feed/</wfw:commentRss>
		<slash:comments>{number}</slash:comments>
	</item>"""


def agency(writer: Writer, count: int) -> str:
    """A news site's RSS: teasers escaped, pictures with captions and credits."""
    return _rss(writer, "".join(_agency_item(writer, number) for number in range(count)))


def _agency_item(writer: Writer, number: int) -> str:
    return f"""<item><title>{escape(writer.title())}</title>
<link>{SITE}/news/{number}?utm_source=rss&amp;utm_medium=feed</link>
<description>{escape(f"<p>{writer.words(60)}</p>")}</description>
<pubDate>{_rfc822(number)}</pubDate><guid isPermaLink="true">{SITE}/news/{number}</guid>
<author>desk@news.example.com ({writer.words(2)})</author>
<category domain="{SITE}/topics">{writer.word()}</category>
<media:content url="{SITE}/i/{number}.jpg" medium="image" width="900" height="600">
<media:credit scheme="urn:ebu">{writer.words(2)}</media:credit>
<media:title>{writer.words(4)}</media:title></media:content>
<media:thumbnail url="{SITE}/t/{number}.jpg"/>
<enclosure url="{SITE}/a/{number}.mp3" length="4200" type="audio/mpeg"/>
<content:encoded>{escape(writer.html(writer.length()))}</content:encoded></item>
"""


def atom(writer: Writer, count: int) -> str:
    entries = "".join(_atom_entry(writer, number) for number in range(count))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="en"><title type="text">{writer.words(3)}</title><id>urn:feed</id>'
        f'<link rel="self" href="{SITE}/atom.xml"/><link href="{SITE}/"/>'
        f'<link rel="hub" href="https://hub.example/"/><updated>{_iso(0)}</updated>{entries}</feed>'
    )


def _atom_entry(writer: Writer, number: int) -> str:
    return f"""<entry><title type="html">{escape(writer.title())}</title>
<link rel="alternate" type="text/html" href="{SITE}/atom/{number}"/>
<link rel="enclosure" type="audio/mpeg" href="{SITE}/a/{number}.mp3"/>
<id>tag:harbour-post.example,2031:{number}</id>
<published>{_iso(number)}</published><updated>{_iso(number - 1)}</updated>
<author><name>{writer.words(2)}</name><uri>{SITE}/people/{number}</uri></author>
<category term="{writer.word()}"/><summary type="text">{writer.words(40)}</summary>
<content type="html">{escape(writer.html(writer.length()))}</content></entry>
"""


def rdf(writer: Writer, count: int) -> str:
    items = "".join(_rdf_item(writer, number) for number in range(count))
    return (
        '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'{_NAMESPACES}><channel rdf:about="{SITE}/"><title>{writer.words(3)}</title>'
        f"<link>{SITE}/</link></channel>{items}</rdf:RDF>"
    )


def _rdf_item(writer: Writer, number: int) -> str:
    return f"""<item rdf:about="{SITE}/rdf/{number}"><title>{escape(writer.title())}</title>
<link>{SITE}/rdf/{number}</link><description>{writer.words(50)}</description>
<dc:creator>{writer.words(2)}</dc:creator><dc:date>{_iso(number)}</dc:date>
<dc:subject>{writer.word()}</dc:subject>
<content:encoded><![CDATA[{writer.html(writer.length())}]]></content:encoded></item>
"""


def _rss(writer: Writer, items: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {_NAMESPACES}><channel>'
        f"<title>{writer.words(3)}</title><link>{SITE}/</link><language>en-GB</language>"
        f'<atom:link href="{SITE}/feed/" rel="self" type="application/rss+xml" />'
        f"<description>{writer.words(9)}</description><ttl>30</ttl>"
        f"<image><title>logo</title><url>{SITE}/l.png</url><link>{SITE}/logo</link></image>"
        f"{items}</channel></rss>\n"
    )


def _rfc822(number: int) -> str:
    return format_datetime(BEGIN - timedelta(minutes=17 * number))


def _iso(number: int) -> str:
    return (BEGIN - timedelta(minutes=17 * number)).isoformat()


STYLES: dict[str, Callable[[int], str]] = {
    "blog": lambda count: blog(Writer(1), count),
    "agency": lambda count: agency(Writer(2), count),
    "atom": lambda count: atom(Writer(3), count),
    "rdf": lambda count: rdf(Writer(4), count),
    "cyrillic": lambda count: blog(Writer(5, _CYRILLIC), count),
}
