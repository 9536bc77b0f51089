"""Ids of topics by their numbers and back, and what to mark of each topic, in the file.

Topics are numbered in the order of their ids.
"""

import marshal
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from tocsin.errors import CompiledTopicsError
from tocsin.query.keytable import ends
from tocsin.query.programs import Program

IDS_A_BLOCK = 16  # one offset for so many; split on reading, 0.5 µs an id
PROGRAMS_A_BLOCK = 64  # deflated together; 30 µs for each topic that is shown
SEPARATOR = "\n"  # between ids: none holds it
# The short forms of strings and tuples came with 4; blocks are small by them.
MARSHAL_VERSION = 4


def written(ids: Sequence[str], programs: Sequence[Program]) -> dict[str, bytes]:
    """The sections. A program for each id; one that several topics of a block share takes its room
    once."""
    names = [SEPARATOR.join(block).encode() for block in _blocks(ids, IDS_A_BLOCK)]
    packed = [
        zlib.compress(marshal.dumps(list(block), MARSHAL_VERSION))
        for block in _blocks(programs, PROGRAMS_A_BLOCK)
    ]
    return {
        "id_ends": array("I", ends(names)).tobytes(),
        "ids": b"".join(names),
        "program_ends": array("I", ends(packed)).tobytes(),
        "programs": b"".join(packed),
    }


def _blocks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))


class Directory:
    def __init__(self, sections: Mapping[str, memoryview], topics: int) -> None:
        self._topics = topics
        self._id_ends = sections["id_ends"].cast("I")
        self._ids = sections["ids"]
        self._program_ends = sections["program_ends"].cast("I")
        self._programs = sections["programs"]

    def __len__(self) -> int:
        return self._topics

    def topic_id(self, number: int) -> str:
        block, place = divmod(number, IDS_A_BLOCK)
        return self._block(block)[place]

    def number(self, topic_id: str) -> int | None:
        """None for an id that is not in the file."""
        at = bisect_left(_Numbered(self.topic_id, self._topics), topic_id)
        return at if at < self._topics and self.topic_id(at) == topic_id else None

    def program(self, number: int) -> Program:
        block, place = divmod(number, PROGRAMS_A_BLOCK)
        begin, end = self._program_ends[block], self._program_ends[block + 1]
        try:
            programs = marshal.loads(zlib.decompress(self._programs[begin:end]))  # noqa: S302
        except (zlib.error, ValueError, EOFError, TypeError) as error:
            raise CompiledTopicsError("topics", f"programs {block} are corrupt") from error
        return cast(Program, programs[place])

    def _block(self, number: int) -> list[str]:
        block = self._ids[self._id_ends[number] : self._id_ends[number + 1]]
        return str(block, "utf-8").split(SEPARATOR)


class _Numbered(Sequence[str]):
    """Ids as a sequence, to bisect."""

    def __init__(self, get: Callable[[int], str], size: int) -> None:
        self._get = get
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: Any) -> Any:
        return self._get(index)
