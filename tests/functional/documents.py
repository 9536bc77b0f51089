"""Documents as sites serve them: feeds and article pages. Every word was made up."""

from collections.abc import Sequence
from html import escape

PARAGRAPHS = (
    "The harbour council asked for peacekeepers on Tuesday, after a night in which three boats"
    " were set adrift and the lighthouse went dark for an hour.",
    "Nobody voted against the motion, although two members of the council said that they would"
    " rather have waited for the report of the harbour master.",
    "The report is expected before the end of the month, and the council will then decide how"
    " long the ships that guard the bay are going to stay.",
)


def rss(*links: str, title: str = "Peacekeepers for the bay", text: str = "Soon.") -> str:
    """An RSS document with an item for each link."""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<guid>{escape(link)}</guid><description>{escape(text)}</description></item>"
        for link in links
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>Harbour Post</title><link>https://harbour-post.example/</link>{items}"
        "</channel></rss>"
    )


def page(
    title: str = "Peacekeepers for the bay",
    paragraphs: Sequence[str] = PARAGRAPHS,
    canonical: str | None = None,
    language: str = "en",
) -> str:
    """An article's page."""
    link = f'<link rel="canonical" href="{escape(canonical)}">' if canonical else ""
    body = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    return (
        f'<!doctype html><html lang="{language}"><head><title>{escape(title)}</title>{link}'
        f'<meta property="og:title" content="{escape(title)}"></head>'
        f"<body><article><h1>{escape(title)}</h1>{body}</article></body></html>"
    )
