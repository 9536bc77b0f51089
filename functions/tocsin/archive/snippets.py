"""What a hit shows: its title and a part of its text, with the words that were looked for."""

from collections.abc import Iterable, Iterator, Sequence

from tocsin.archive.records import Record
from tocsin.archive.spotting import Spotter
from tocsin.model.excerpts import Excerpt, Span
from tocsin.query.evaluate import Place, Reading, Row
from tocsin.query.excerpt import MAX_CHARACTERS, excerpt
from tocsin.query.matcher import Hit as WordHit
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or

_FIELDS = ("title", "body")


def spotted(record: Record, spotter: Spotter) -> list[WordHit]:
    """Words that the query asks for, wherever they are."""
    texts = zip(_FIELDS, (record.title, record.text), strict=True)
    return [
        WordHit(number, Span(start=start, end=end))
        for number, (field, text) in enumerate(texts)
        for start, end in spotter.places(field, text, record.language)
    ]


def found(tree: Node, reading: Reading) -> list[WordHit]:
    """The same, with phrases and what is near. `reading` is the article read for the query of
    `tree`."""
    return list(_hits(tree, reading))


def marked(record: Record, hits: Sequence[WordHit]) -> tuple[Excerpt, Excerpt]:
    """The title, and the sentence of the text with most of the words; its beginning, where it has
    none of them."""
    titles = [hit for hit in hits if hit.field == 0]
    in_text = [hit for hit in hits if hit.field == 1]
    title = excerpt(record.title, "", titles)
    if in_text:
        return title, excerpt(record.title, record.text, in_text)
    return title, Excerpt(text=_beginning(record.text))


def _beginning(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    end = text.rfind(" ", 0, MAX_CHARACTERS)
    return text[: end if end > 0 else MAX_CHARACTERS]


def _hits(tree: Node, reading: Reading) -> Iterator[WordHit]:
    """The words that the query asks for wherever they are, but those it does not want."""
    inner = reading.inside(tree)
    match tree:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _hits(part, inner)
        case In(part=part):
            yield from _hits(part, inner)
        case Not() | Is():
            return
        case _:
            for number, name in enumerate(_FIELDS):
                if name in reading.fields:
                    row = reading.rows[name][0]
                    yield from (_hit(number, row, place) for place in _places(tree, row, reading))


def _places(node: Node, row: Row, reading: Reading) -> Iterable[Place]:
    if isinstance(node, Near):
        return dict.fromkeys(place for pair in reading.near(node, row) for place in pair)
    return reading.places(node, row)


def _hit(number: int, row: Row, place: Place) -> WordHit:
    return WordHit(number, Span(start=row[place[0]].start, end=row[place[1]].end))
