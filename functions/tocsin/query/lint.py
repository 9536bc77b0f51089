"""What a query says that its author may not have meant. Nothing here is refused."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.errors import pointed
from tocsin.model.topics import Topic
from tocsin.query.analysis import terms_of
from tocsin.query.syntax import parse
from tocsin.query.tree import And, Columns, In, Near, Node, Not, Or, Phrase, Word
from tocsin.stopwords import STOP_WORDS

# Small words of one language that are names or news in another.
SAY_SOMETHING = (
    "che come contra den die door elle hat las los met mit more new no off on par plus pour sans "
    "says sin son tot up us wat"
)
_OPERATORS = ("and", "or", "not")  # doubted where they might be meant as such
_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
}
FEW_LETTERS = 2  # what is left of C++, C#, R&D, U.S.


@dataclass(frozen=True, slots=True)
class Doubt:
    """`start` and `end` are offsets into the query, as errors have them."""

    start: int
    end: int
    message: str


def doubts_of(query: str) -> tuple[Doubt, ...]:
    """In reading order. Raises QuerySyntaxError."""
    found = _doubts(parse(query), query)
    return tuple(sorted(found, key=lambda doubt: (doubt.start, doubt.end)))


def doubts_of_topic(topic: Topic) -> tuple[tuple[str, Doubt], ...]:
    """Each with the text that it is about: a query, or an item of a list."""
    found: list[tuple[str, Doubt]] = []
    for query in (topic.query, *topic.queries.values()):
        found += [(query, doubt) for doubt in doubts_of(query)] if query else []
    for item in (*topic.any, *topic.all, *topic.none):
        found += [(item, doubt) for doubt in _item_doubts(item)]
    return tuple(found)


def shown(query: str, doubt: Doubt) -> str:
    """The doubt with its place in the text that it is about, as errors show theirs."""
    place, line, caret = pointed(query, doubt.start, doubt.end)
    return f"{place}: {doubt.message}\n{line}\n{caret}"


def _doubts(node: Node, query: str) -> Iterator[Doubt]:
    if isinstance(node, And):
        yield from _lower_case_operators(node, query)
    if isinstance(node, Word):
        yield from _word_doubts(node.text, node.at)
    elif isinstance(node, Phrase):
        yield from _emptied(" ".join(node.words), node.at)
    else:
        for part in _parts(node):
            yield from _doubts(part, query)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            return parts
        case Not(part=part) | In(part=part):
            return (part,)
        case Near(left=left, right=right):
            return left, right
        case _:
            return ()


def _item_doubts(item: str) -> Iterator[Doubt]:
    at = (0, len(item))
    if "*" in item:
        yield Doubt(*at, "a * in a list is no wildcard; write it in `query`")
    yield from _word_doubts(item, at) if len(item.split()) == 1 else _emptied(item, at)


def _lower_case_operators(node: And, query: str) -> Iterator[Doubt]:
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        word = query[slice(*part.at)]
        between = part is not node.parts[-1] and (before or word.lower() == "not")
        if isinstance(part, Word) and between and word.lower() in _OPERATORS:
            message = f"{word} is looked for as a word; write {word.upper()} for the operator"
            yield Doubt(*part.at, message)


def _word_doubts(text: str, at: Columns) -> Iterator[Doubt]:
    terms = [] if text.isupper() and len(text) > 1 else terms_of(text)  # the UN, IT, the US
    if len(terms) == 1 and (languages := _small_in(terms[0].text)):
        yield Doubt(*at, f"{text!r} stands in nearly every {' and '.join(languages)} article")
    else:
        yield from _emptied(text, at)


def _small_in(form: str) -> list[str]:
    if form in SAY_SOMETHING.split() or form in _OPERATORS:
        return []
    return [name for code, name in _LANGUAGES.items() if form in STOP_WORDS[code]]


def _emptied(text: str, at: Columns) -> Iterator[Doubt]:
    left = " ".join(term.text for term in terms_of(text))
    signs = any(unicodedata.category(each)[0] in "PS" for each in text)
    if signs and len(left.replace(" ", "")) <= FEW_LETTERS:
        yield Doubt(*at, f"{text!r} is looked for as {left!r}, without its signs")
