"""Why a topic matched, for people: the sentence that says most of it, with the words marked."""

import re
from collections.abc import Sequence

from tocsin.model.excerpts import Excerpt, Span
from tocsin.query.matcher import Hit

MAX_WORDS = 20  # more than a reader takes in
MAX_CHARACTERS = 280  # two lines of a mail; longer sentences are cut around the words
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W\d_a-zа-яїієґ])|\n")


def excerpt(title: str, text: str, hits: Sequence[Hit]) -> Excerpt:
    """The sentence of the text that holds the most distinct words; the title, where none does."""
    in_text = [hit.span for hit in hits if hit.field == 1]
    if not in_text:
        spans = [hit.span for hit in hits]
        return Excerpt(text=title, marks=_merged(spans, 0, len(title)))
    best = max(_sentences(text, in_text), key=lambda sentence: _worth(text, sentence, in_text))
    start, end = _cut(text, best, in_text)
    return _marked(text, start, end, in_text)


def words_of(title: str, text: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """The words that matched, as the article has them, each spelling once."""
    fields = (title, text)
    spellings = (fields[hit.field][hit.span.start : hit.span.end] for hit in hits)
    distinct = {spelling.casefold(): spelling for spelling in spellings}
    return tuple(distinct.values())[:MAX_WORDS]


def _sentences(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """A phrase may reach over the end of a sentence: there the two stay together."""
    found = (end.end() for end in _SENTENCE_END.finditer(text))
    ends = [end for end in found if not any(span.start < end < span.end for span in spans)]
    return list(zip([0, *ends], [*ends, len(text)], strict=True))


def _worth(text: str, sentence: tuple[int, int], spans: Sequence[Span]) -> int:
    inside = [span for span in spans if _within(span, *sentence)]
    return len({text[span.start : span.end].casefold() for span in inside})


def _within(span: Span, start: int, end: int) -> bool:
    return start <= span.start and span.end <= end


def _cut(text: str, sentence: tuple[int, int], spans: Sequence[Span]) -> tuple[int, int]:
    """A sentence that is too long is cut at words, a third of the room before the first mark."""
    start, end = sentence
    if end - start <= MAX_CHARACTERS:
        return start, end
    first = next(span for span in spans if _within(span, *sentence))
    start = max(start, first.start - MAX_CHARACTERS // 3)
    end = min(end, start + MAX_CHARACTERS)
    if start > sentence[0]:
        start = text.find(" ", start, first.start) + 1 or start
    if end < sentence[1]:
        end = max(text.rfind(" ", start, end), min(first.end, end))
    return start, end


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> Excerpt:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    part = part.strip()
    return Excerpt(text=part, marks=_merged(spans, start, start + len(part)))


def _merged(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """What of them lies inside, moved to the excerpt's own offsets; overlapping ones become one."""
    marks: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if span.end <= start or span.start >= end:
            continue
        moved = Span(start=max(span.start, start) - start, end=min(span.end, end) - start)
        if marks and moved.start <= marks[-1].end:
            longer = max(marks[-1].end, moved.end)
            marks[-1] = Span(start=marks[-1].start, end=longer)
        else:
            marks.append(moved)
    return tuple(marks)
