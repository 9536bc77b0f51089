"""What a feed states of an item, to an Entry of bounded size. Every field is a stranger's."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urljoin

from tocsin.model import Entry

MAX_URL_CHARACTERS = 2_048  # what is longer is never fetched
MAX_GUID_CHARACTERS = 2_048
MAX_TITLE_CHARACTERS = 1_000
MAX_CONTENT_CHARACTERS = 20_000  # a long article
MAX_AUTHORS = 20
MAX_AUTHOR_CHARACTERS = 200


def make_entry(
    base: str,
    link: str,
    *,
    guid: str,
    title: str,
    content_html: str,
    authors: Iterable[str],
    published_at: datetime | None,
) -> Entry | None:
    """None for an item whose link leads nowhere. Relative links are resolved against `base`."""
    try:
        url = whole(urljoin(base, link.strip()))
    except ValueError:  # as `http://[`
        return None
    if not link.strip() or len(url) > MAX_URL_CHARACTERS:
        return None
    names = [whole(name.strip()[:MAX_AUTHOR_CHARACTERS]) for name in authors if name.strip()]
    return Entry(
        url=url,
        guid=whole(guid[:MAX_GUID_CHARACTERS]),
        title=whole(title[:MAX_TITLE_CHARACTERS]),
        content_html=whole(content_html[:MAX_CONTENT_CHARACTERS]),
        authors=tuple(names[:MAX_AUTHORS]),
        published_at=published_at,
    )


def whole(text: str) -> str:
    """JSON can state half of a character (\\ud83d), which no encoding can store."""
    return text.encode(errors="replace").decode()
