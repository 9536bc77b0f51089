"""The pages of a finished SQLite database: which of them lead to the others.

A query walks from the root of a table over interior pages to the leaf that it needs. With the
interior pages at hand, and the first and last row of each leaf, the leaves it will need are known
before it runs. The format is that of https://www.sqlite.org/fileformat2.html#b_tree_pages.
"""

import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

_INTERIOR_INDEX, _INTERIOR_TABLE = 2, 5
_FILE_HEADER = 100
_CELLS, _LEAF_HEADER = 3, 8


@dataclass
class Leaves:
    """A table's leaf pages in the order of its rows, and the last row that each can hold."""

    last_rows: "array[int]" = field(default_factory=lambda: array("q"))
    pages: "array[int]" = field(default_factory=lambda: array("I"))


@dataclass
class Tree:
    interior: list[int] = field(default_factory=list)
    leaves: Leaves = field(default_factory=Leaves)


def tidied(page: bytes) -> bytes:
    """A leaf of a table without what was in it before: between the places of its cells, which are
    at its beginning, and the cells, which are at its end."""
    cells, begin = struct.unpack_from(">HH", page, _CELLS)
    used = _LEAF_HEADER + 2 * cells
    begin = begin or len(page)  # 65,536 does not fit
    return page[:used] + bytes(begin - used) + page[begin:]


def walk(root: int, page_at: Callable[[int], bytes]) -> Tree:
    tree = Tree()
    _visit(root, page_at, (1 << 63) - 1, tree)
    return tree


def _visit(number: int, page_at: Callable[[int], bytes], last_row: int, tree: Tree) -> None:
    page = page_at(number)
    begin = _FILE_HEADER if number == 1 else 0
    kind, cells = page[begin], struct.unpack_from(">H", page, begin + 3)[0]
    if kind not in (_INTERIOR_INDEX, _INTERIOR_TABLE):
        tree.leaves.last_rows.append(last_row)
        tree.leaves.pages.append(number)
        return
    tree.interior.append(number)
    for cell in range(cells):
        (at,) = struct.unpack_from(">H", page, begin + 12 + 2 * cell)
        (child,) = struct.unpack_from(">I", page, at)
        last = _varint(page, at + 4) if kind == _INTERIOR_TABLE else last_row
        _visit(child, page_at, last, tree)
    _visit(struct.unpack_from(">I", page, begin + 8)[0], page_at, last_row, tree)


def _varint(page: bytes, at: int) -> int:
    value = 0
    for offset in range(8):
        byte = page[at + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value
    return value << 8 | page[at + 8]
