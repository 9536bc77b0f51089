"""Parts of texts that show why a topic matched."""

from tocsin.model.values import Value


class Span(Value):
    """Part of a text, by character offsets, as Python slices it."""

    start: int
    end: int


class Excerpt(Value):
    """A sentence that shows why a topic matched, and the words in it that did."""

    text: str
    marks: tuple[Span, ...] = ()
