"""What a publisher sets around its articles, learned from the articles beside each other.

A paragraph that stands in the same place with the same words on three pages of a host is the
host's, not the article's. `Siblings` is what is remembered of a host's pages: a value, changed by
none of these functions, small enough for a row beside the host's. Whoever keeps it reads it before
a page is extracted, and stores what `remember` makes of it afterwards:

    siblings = store.get_siblings(host) or Siblings()
    found = extract(body, content_type, url, entry, siblings)
    store.put_siblings(host, remember(siblings, article_id, found.paragraphs))

Two pages extracted at once may each lose the other's page from it, which costs no more than
learning a page later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

# On fewer, it may be chance: two articles on one event quote the same sentence.
MIN_PAGES = 3
# Agencies repeat paragraphs of background from article to article, word for word. So a longer one
# is a publisher's only where it stands at an edge of the text, and on more pages.
SHORT_WORDS = 15
EDGE = 2  # paragraphs from either end
MIN_PAGES_LONG = 6
# A page with more of its paragraphs on pages before it is one of these again, shortened or carried
# on under another address: it would teach that a report is the publisher's frame.
MOST_REPEATED = 0.5
MAX_PAGES = 40  # remembered by name, so that a page that is read again counts once
MAX_KEYS = 400  # of 8 bytes and a count: under 10 KB as a row


@dataclass(frozen=True)
class Paragraph:
    """A line of an article. `level` is a heading's, 1 to 6, or 0; `place` names where on the page
    it stood: the elements around it, without numbers."""

    text: str
    level: int = 0
    place: str = ""


@dataclass(frozen=True)
class Siblings:
    """`pages`: the last ones, by id. `counts`: on how many pages each key was seen, the latest seen
    last."""

    pages: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def remember(siblings: Siblings, page_id: str, paragraphs: Sequence[Paragraph]) -> Siblings:
    """With the paragraphs of one more page, from which nothing was taken yet; the same where the
    page, or most of it, is known."""
    counts, keys = dict(siblings.counts), dict.fromkeys(map(_key, paragraphs))
    repeated = sum(key in counts for key in keys)
    if page_id in siblings.pages or repeated > MOST_REPEATED * len(keys):
        return siblings
    for key in keys:
        counts[key] = counts.pop(key, 0) + 1
    return Siblings((*siblings.pages, page_id)[-MAX_PAGES:], _bounded(counts))


def is_boilerplate(siblings: Siblings, paragraphs: Sequence[Paragraph]) -> list[bool]:
    """For each paragraph of a page, in order."""
    last = len(paragraphs) - EDGE
    return [
        _is_frame(each, siblings.counts.get(_key(each), 0), number < EDGE or number >= last)
        for number, each in enumerate(paragraphs)
    ]


def _is_frame(paragraph: Paragraph, pages: int, at_edge: bool) -> bool:
    if _is_short(paragraph):
        return pages >= MIN_PAGES
    return at_edge and pages >= MIN_PAGES_LONG


def _bounded(counts: dict[str, int]) -> dict[str, int]:
    """Forgets what was seen once, longest ago first; then the longest ago."""
    beyond = len(counts) - MAX_KEYS
    if beyond <= 0:
        return counts
    oldest = sorted(counts, key=lambda key: counts[key] >= MIN_PAGES)[:beyond]
    return {key: count for key, count in counts.items() if key not in set(oldest)}


def _is_short(paragraph: Paragraph) -> bool:
    return len(paragraph.text.split()) <= SHORT_WORDS


def _key(paragraph: Paragraph) -> str:
    stated = f"{paragraph.place}\n{' '.join(paragraph.text.lower().split())}"
    return blake2b(stated.encode(errors="replace"), digest_size=8).hexdigest()
