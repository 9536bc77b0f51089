"""Which entries of a feed are new to us."""

import hashlib
from collections.abc import Sequence

from tocsin.model import Entry

# Keys that are kept of what a feed listed before: enough for two full documents, 32 kB of an
# item's 400. An entry older than that is still recognised by ingest, at the price of a read.
MAX_KEYS = 4_000
KEY_BYTES = 8  # two of a feed's entries meet by chance once in 10^12


def entry_key(entry: Entry) -> bytes:
    """Guid and link together: feeds are seen to repeat either for different entries."""
    stated = f"{entry.guid}\n{entry.url}".encode()
    return hashlib.blake2b(stated, digest_size=KEY_BYTES).digest()


def unseen(entries: Sequence[Entry], seen: frozenset[bytes]) -> list[Entry]:
    """Entries not seen before, in the feed's order, each once."""
    first: dict[bytes, Entry] = {}
    for entry in entries:
        first.setdefault(entry_key(entry), entry)
    return [entry for key, entry in first.items() if key not in seen]


def remember(entries: Sequence[Entry], seen: frozenset[bytes]) -> frozenset[bytes]:
    """What to know next time: all that the document lists, and of earlier ones what has room."""
    listed = frozenset(entry_key(entry) for entry in entries)
    room = max(0, MAX_KEYS - len(listed))
    return listed | frozenset(sorted(seen - listed)[:room])
