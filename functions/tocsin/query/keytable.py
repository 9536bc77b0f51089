"""Keys of tokens to the features they are: a hash table in the file, in buckets.

A use is a feature's number with marks: the token is a part of sequences under this number, or the
feature is there only when the token stands in the title, or in the body.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from zlib import crc32

SEQUENCE, TITLE, BODY = 1 << 28, 1 << 29, 1 << 30
NUMBER = SEQUENCE - 1
_LIST = 1 << 31  # the key has several uses: the rest of the number says where they stand
# Before prefixes, and before what all prefixes that begin alike have in common: the uses of the
# latter are the lengths of the prefixes. No token has keys with these.
BEGINNING, STUB = "\x01", "\x06"
_KEYS_A_BUCKET = 8  # at least, on average: one offset and one count for so many; 1 µs to look up
_SEPARATOR = b"\xff"  # in no key: none of UTF-8 is
_EDGES = (b"", _SEPARATOR)  # of a key in its bucket

Entry = tuple[bytes, Sequence[int]]


def written(uses: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
    """The sections of a table."""
    buckets: list[list[Entry]] = [[] for _ in range(_size(len(uses)))]
    for key, numbers in uses.items():
        encoded = key.encode()
        buckets[crc32(encoded) & (len(buckets) - 1)].append((encoded, numbers))
    keys = [_SEPARATOR.join(key for key, _ in bucket) for bucket in buckets]
    first, lists = _packed(numbers for bucket in buckets for _, numbers in bucket)
    return {
        "bucket_ends": array("I", ends(keys)).tobytes(),
        "bucket_counts": array("I", accumulate(map(len, buckets), initial=0)).tobytes(),
        "keys": b"".join(keys),
        "uses": first.tobytes(),
        "lists": lists.tobytes(),
    }


def _size(keys: int) -> int:
    size = 1
    while size * 2 * _KEYS_A_BUCKET <= keys:
        size *= 2
    return size


def ends(parts: Iterable[bytes]) -> Iterator[int]:
    """Where each part begins, and the end of all."""
    end = 0
    yield end
    for part in parts:
        end += len(part)
        yield end


def _packed(all_uses: Iterable[Sequence[int]]) -> tuple["array[int]", "array[int]"]:
    first, lists = array("I"), array("I")
    for uses in all_uses:
        if len(uses) == 1:
            first.append(uses[0])
        else:
            first.append(_LIST | len(lists))
            lists.append(len(uses))
            lists.extend(uses)
    return first, lists


class KeyTable:
    def __init__(self, sections: Mapping[str, memoryview]) -> None:
        self._ends = sections["bucket_ends"].cast("I")
        self._counts = sections["bucket_counts"].cast("I")
        self._keys = sections["keys"]
        self._uses = sections["uses"].cast("I")
        self._lists = sections["lists"].cast("I")
        self._mask = len(self._ends) - 2

    def uses(self, *keys: str) -> set[int]:
        """Of all of them; none of a key that no topic has."""
        found: set[int] = set()
        mask, ends, table = self._mask, self._ends, self._keys
        for key in keys:
            encoded = key.encode()
            bucket = crc32(encoded) & mask
            inside = table[ends[bucket] : ends[bucket + 1]].tobytes()
            at = inside.find(encoded)  # of most keys nothing
            while at >= 0:
                end = at + len(encoded)
                if inside[at - 1 : at] in _EDGES and inside[end : end + 1] in _EDGES:
                    number = self._counts[bucket] + inside.count(_SEPARATOR, 0, at)
                    self._add(self._uses[number], found)
                    break
                at = inside.find(encoded, at + 1)
        return found

    def _add(self, use: int, found: set[int]) -> None:
        if use & _LIST:
            at = use & ~_LIST
            found.update(self._lists[at + 1 : at + 1 + self._lists[at]].tolist())
        else:
            found.add(use)
