"""Keys of tokens to the features they are: an open hash table in the file.

A use is a feature's number with marks: the token is a part of sequences under this number, or the
feature is there only when the token stands in the title, or in the body.
"""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

SEQUENCE, TITLE, BODY = 1 << 28, 1 << 29, 1 << 30
NUMBER = SEQUENCE - 1
_LIST = 1 << 31  # the key has several uses: the rest of the number says where they stand
# Before prefixes, and before what all prefixes that begin alike have in common: the uses of the
# latter are the lengths of the prefixes. No token has keys with these.
BEGINNING, STUB = "\x01", "\x06"
_LOAD = 1.6  # slots for each key: 1.2 probes on average


def written(uses: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
    """The sections of a table."""
    keys = [key.encode() for key in uses]
    size = 2
    while size < len(keys) * _LOAD:
        size *= 2
    first, lists = _packed(uses.values())
    return {
        "slots": _slots(keys, size).tobytes(),
        "ends": array("I", ends(keys)).tobytes(),
        "keys": b"".join(keys),
        "uses": first.tobytes(),
        "lists": lists.tobytes(),
    }


def ends(parts: Iterable[bytes]) -> Iterator[int]:
    """Where each part begins, and the end of all."""
    end = 0
    yield end
    for part in parts:
        end += len(part)
        yield end


def _slots(keys: Sequence[bytes], size: int) -> "array[int]":
    """Pairs of a key's hash and its index plus one; 0 is a free slot."""
    slots = array("I", bytes(8 * size))
    for index, key in enumerate(keys):
        hashed = zlib.crc32(key)
        slot = hashed & (size - 1)
        while slots[2 * slot + 1]:
            slot = (slot + 1) & (size - 1)
        slots[2 * slot], slots[2 * slot + 1] = hashed, index + 1
    return slots


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
        self._slots = sections["slots"].cast("I")
        self._ends = sections["ends"].cast("I")
        self._keys = sections["keys"]
        self._uses = sections["uses"].cast("I")
        self._lists = sections["lists"].cast("I")
        self._mask = len(self._slots) // 2 - 1

    def uses(self, key: str) -> Sequence[int]:
        """None for a key that no topic has."""
        encoded = key.encode()
        hashed = zlib.crc32(encoded)
        slots, slot = self._slots, hashed & self._mask
        while index := slots[2 * slot + 1]:
            if slots[2 * slot] == hashed:
                begin, end = self._ends[index - 1], self._ends[index]
                if self._keys[begin:end] == encoded:
                    return self._listed(self._uses[index - 1])
            slot = (slot + 1) & self._mask
        return ()

    def _listed(self, use: int) -> Sequence[int]:
        if not use & _LIST:
            return (use,)
        at = use & ~_LIST
        return self._lists[at + 1 : at + 1 + self._lists[at]].tolist()
