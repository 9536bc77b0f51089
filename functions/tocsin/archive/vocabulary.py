"""The distinct words of a finished index, in their order.

Asked of FTS5 (fts5vocab) they cost an article 10 µs, for each word's articles are counted; gathered
while texts are spelled 30, for each place of each word is looked at. Read off the pages that list
them they cost 3. The format of pages is told at the top of fts5_index.c, "Segment leaf".
"""

from collections.abc import Iterator

import apsw

# fts5_index.c: FTS5_SEGMENT_ROWID; rows of a segment from the second on are indexes of long lists.
SEGMENT_SHIFT, SKIPS = 37, 1 << 36
_MAIN = 1  # byte before each word: the index of whole words, the only one
_PAGES = "select block from words_data where id between ? and ? order by id"


def words_of(connection: apsw.Connection, segment: int) -> Iterator[str]:
    """Of an index that has been optimized to that one segment."""
    first = segment << SEGMENT_SHIFT
    for (page,) in connection.execute(_PAGES, (first, first | (SKIPS - 1))):
        for word in _words_on(page):
            yield word[_MAIN:].decode()


def _words_on(page: bytes) -> Iterator[bytes]:
    """A page ends with the distances between its words. The first is whole, each other has the
    number of bytes that it begins with like the one before."""
    footer, size = int.from_bytes(page[2:4], "big"), len(page)
    at, word = 0, b""
    while footer < size:
        distance, footer = _varint(page, footer)
        kept, begin = _varint(page, at + distance) if at else (0, distance)
        at += distance
        length, begin = _varint(page, begin)
        word = word[:kept] + page[begin : begin + length]
        yield word


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """And where it ends."""
    value = 0
    while page[at] & 0x80:
        value = value << 7 | page[at] & 0x7F
        at += 1
    return value << 7 | page[at], at + 1
