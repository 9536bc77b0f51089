"""Thrift's compact protocol, as far as the footer of a Parquet file needs it; it is only written.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_TRUE, _FALSE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 5, 6, 8, 9, 12
_SHORT = 15  # lists from this length on, and steps between fields above it, take a longer form


class Value(NamedTuple):
    """What stands in a field or a list, and of which type it is."""

    kind: int
    encoded: bytes


def i32(number: int) -> Value:
    return Value(_I32, _zigzag(number))


def i64(number: int) -> Value:
    return Value(_I64, _zigzag(number))


def flag(is_so: bool) -> Value:
    """Of a field only: its type says it all."""
    return Value(_TRUE if is_so else _FALSE, b"")


def binary(content: bytes) -> Value:
    return Value(_BINARY, varint(len(content)) + content)


def text(content: str) -> Value:
    return binary(content.encode())


def listed(values: Sequence[Value]) -> Value:
    """All of one type; where there is none, it may be any."""
    kind, size = values[0].kind if values else _STRUCT, len(values)
    head = bytes([size << 4 | kind]) if size < _SHORT else bytes([0xF0 | kind]) + varint(size)
    return Value(_LIST, head + b"".join(each.encoded for each in values))


def struct(fields: Mapping[int, Value]) -> Value:
    """By their numbers in the definition, in ascending order, no more than 15 apart."""
    encoded, last = bytearray(), 0
    for number, value in fields.items():
        encoded.append((number - last) << 4 | value.kind)
        encoded += value.encoded
        last = number
    encoded.append(0)
    return Value(_STRUCT, bytes(encoded))


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; not below 0."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)
