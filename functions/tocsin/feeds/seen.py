"""Which entries of a feed are new to us, and of which known ones it says something new.

An entry has a key by its guid and a key by its URL, cleaned of what does not tell articles apart
(`addresses.py`). It is known if one of its keys is. A key counts only where it names one entry:

| what happened | rule |
|---|---|
| nothing, or another title, text, date | both keys are known: known |
| another guid, same URL | the URL's key is known: known |
| another URL (a new headline, a move of the site), same guid | the guid's key is known: known |
| http for https, www, AMP, tracking parameters | the URL's key is the same: known |
| one guid on several URLs of the document | it names none of them: URLs decide |
| one URL with several guids in the document (a live blog) | it names none of them: guids decide |
| both, or the one and no other | guid and URL together decide |
| a guid that may be a place in a list (`7`, `item-12`, `top-1`) | never decides alone |
| another guid and another URL | new |

A third key names what the feed states of it under its URL. It never makes an entry new or known; it
says which known ones are sent on again, for ingest to look at their pages:

| what happened to a known entry | rule |
|---|---|
| another title, summary or date | its statement's key is unknown: restated, once |
| other markup in the summary (pictures, counters), other white space | not stated: nothing new |
| another guid, or http for https and so on | the URL's key is the same, and so is the statement's |
| another URL, whatever it states there | never: the archive knows it by its former URL only |
| one of several on one URL (a live blog) | never: the next new one brings their page again |
| keys that were kept before statements were | nothing is restated; from then on they are kept |

What remains: of a feed that lists one entry at a time, always with the same guid, the second entry
is taken for the first with a new URL.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from tocsin.feeds.addresses import comparable
from tocsin.model.entries import SEEN_KEY_BYTES, Entry
from tocsin.model.values import to_text

# Keys of what a document no longer lists. They are written with each poll: with them the item of a
# feed of 50 entries has 3.6 kB of keys, where a list without end would come to nine times as much,
# and cost as many times the write units. Twice a document's own keys, at least this many: an entry
# that drops out and comes back does so within a few polls. What is older is still recognised by
# ingest, at the price of a read.
MIN_OLDER_KEYS = 300
# 128 kB of an item's 400: a full document of MAX_ENTRIES, three keys each, and more than another.
MAX_KEYS = 16_000

_PLACE = re.compile(r"\D{0,16}\d{0,3}", re.ASCII)
_MARKUP = re.compile(r"<[^<>]{0,2000}>")  # pictures and counters in it change with each request


def unseen(entries: Sequence[Entry], seen: Collection[bytes]) -> list[Entry]:
    """Entries not seen before, in the feed's order, each once."""
    known = set(seen)
    new = []
    for entry, keys in zip(entries, keys_of(entries), strict=True):
        if known.isdisjoint(keys):
            new.append(entry)
        known.update(keys[:-1])
    return new


def restated(entries: Sequence[Entry], seen: Collection[bytes]) -> list[Entry]:
    """Entries seen before of which the feed says something new, in its order, each once."""
    known = set(seen)
    if _WITH_STATEMENTS not in known:
        return []
    met: set[bytes] = set()
    changed = []
    for entry, keys in zip(entries, keys_of(entries), strict=True):
        url = comparable(entry.url)
        is_known = not known.isdisjoint(keys) and met.isdisjoint(keys)
        if (
            is_known
            and not _has_moved(url, keys, known)
            and _statement_key(url, entry) not in known
        ):
            changed.append(entry)
        met.update(keys[:-1])
    return changed


def remember(entries: Sequence[Entry], seen: Sequence[bytes]) -> tuple[bytes, ...]:
    """What to know next time, newest first: all that the document lists, and the most recent of
    what it does not, while there is room."""
    known = set(seen)
    listed = dict.fromkeys([_WITH_STATEMENTS] if entries else [])
    for entry, keys in zip(entries, keys_of(entries), strict=True):
        url = comparable(entry.url)
        moved = _has_moved(url, keys, known)
        listed |= dict.fromkeys(keys[:-1])
        listed[_moved_key(url) if moved else _statement_key(url, entry)] = None
    room = min(max(MIN_OLDER_KEYS, 2 * len(listed)), MAX_KEYS - len(listed))
    older = [key for key in seen if key not in listed]
    return (*listed, *older[: max(0, room)])


def statement_of(entry: Entry) -> str:
    """A short name of what a feed says of an article: its title, the words of its summary, and its
    latest date."""
    words = " ".join(_MARKUP.sub(" ", entry.content_html).split())
    dated = entry.updated_at or entry.published_at
    at = to_text(dated) if dated else ""
    return _key(f"{' '.join(entry.title.split())}\n{words}\n{at}").hex()


def _statement_key(url: str, entry: Entry) -> bytes:
    return _key(f"states {url}\n{statement_of(entry)}")


def _has_moved(url: str, keys: Sequence[bytes], known: set[bytes]) -> bool:
    """Whether an entry's guid alone made it known, now or before: it was not sent on with this
    URL."""
    if _moved_key(url) in known:
        return True
    return not known.isdisjoint(keys) and known.isdisjoint((_url_key(url), keys[-1]))


def _moved_key(url: str) -> bytes:
    return _key(f"moved {url}")


def keys_of(entries: Sequence[Entry]) -> list[tuple[bytes, ...]]:
    """For each entry the keys that name it among these, and last the one of guid and URL as they
    stand, which is looked up but kept only where there is no other."""
    urls = [comparable(entry.url) for entry in entries]
    guids_of: dict[str, set[str]] = defaultdict(set)
    urls_of: dict[str, set[str]] = defaultdict(set)
    for entry, url in zip(entries, urls, strict=True):
        guids_of[url].add(entry.guid)
        urls_of[entry.guid].add(url)
    return [
        tuple(_keys(entry, url, len(urls_of[entry.guid]) == 1, len(guids_of[url]) == 1))
        for entry, url in zip(entries, urls, strict=True)
    ]


def _keys(entry: Entry, url: str, guid_tells: bool, url_tells: bool) -> Iterator[bytes]:
    both = _key(f"{entry.guid}\n{entry.url}")
    by_guid = guid_tells and _PLACE.fullmatch(entry.guid) is None
    if by_guid:
        yield _key(f"guid {entry.guid}")
    if url_tells:
        yield _url_key(url)
    if not by_guid and not url_tells:
        yield both
    yield both


def _url_key(url: str) -> bytes:
    return _key(f"url {url}")


def _key(stated: str) -> bytes:
    return hashlib.blake2b(
        stated.encode(errors="surrogatepass"), digest_size=SEEN_KEY_BYTES
    ).digest()


_WITH_STATEMENTS = _key("statements are kept")
