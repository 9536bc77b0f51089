"""What a topic asks for, as one tree: its lists, queries, spellings and publishers together.

All that a topic gives must hold: its lists, and its query or the one for the article's language,
and one of its publishers. A spelling of a group of `aliases` means any of the group wherever a
topic asks for all forms of it; an exact word means itself.
"""

from collections.abc import Iterable, Iterator, Sequence

from tocsin.errors import QueryError
from tocsin.model.topics import Topic
from tocsin.query.analysis import terms_of
from tocsin.query.syntax import parse
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Word

MAX_ITEMS = 256  # of one topic's lists, as words of one query
MAX_ITEM_WORDS = 32  # a longer one is a sentence, which no second article repeats
MAX_SPELLINGS = 64  # of one phrase: three names in it with four spellings each

Pieces = tuple[str, ...]  # the words of a phrase as analysis parts them, as written


def tree_of(topic: Topic) -> Node:
    """Raises QueryError, of which a QuerySyntaxError shows the place in a query's text."""
    _require_something(topic)
    _require_no_contradiction(topic)
    asked = [*_lists(topic), *_queries(topic)]
    spelled = [_Spellings(topic.aliases).widened(part) for part in asked]
    if topic.publishers:
        spelled.append(_either([In("publisher", _item(each, True)) for each in topic.publishers]))
    return spelled[0] if len(spelled) == 1 else And(tuple(spelled))


def _require_something(topic: Topic) -> None:
    items = (*topic.any, *topic.all, *topic.none)
    if len(items) > MAX_ITEMS:
        raise QueryError(topic.id, f"has more than {MAX_ITEMS} phrases; split it in two topics")
    if topic.any or topic.all or topic.query or topic.queries:
        return
    if topic.none:
        raise QueryError(
            topic.id, "needs words under `any` or `all`: `none` alone matches the world"
        )
    if topic.publishers:
        remedy = "for all that they publish write a query, as in publisher:reuters"
        raise QueryError(topic.id, f"has publishers and nothing to look for; {remedy}")
    raise QueryError(topic.id, "has nothing to look for; give it `query`, `any` or `all`")


def _require_no_contradiction(topic: Topic) -> None:
    unwanted = {_pieces_folded(each) for each in topic.none}
    for item in topic.all:
        if _pieces_folded(item) in unwanted:
            raise QueryError(item, "is both under `all` and `none`; take it out of one of them")
    if topic.any and all(_pieces_folded(each) in unwanted for each in topic.any):
        raise QueryError(topic.id, "has all of its `any` under `none` too; nothing can match")


def _lists(topic: Topic) -> Iterator[Node]:
    if topic.any:
        yield _either([_item(each) for each in topic.any])
    yield from (_item(each) for each in topic.all)
    if topic.none:
        yield Not(_either([_item(each) for each in topic.none]))


def _queries(topic: Topic) -> Iterator[Node]:
    ways = [parse(topic.query)] if topic.query else []
    for language, query in topic.queries.items():
        ways.append(And((Is("lang", language), parse(query))))
    if ways:
        yield _either(ways)


def _either(parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _item(text: str, exact: bool = False) -> Word | Phrase:
    words = tuple(text.split())
    terms = terms_of(" ".join(words))
    if not terms:
        raise QueryError(text, "holds no letter or digit to look for")
    if len(terms) > MAX_ITEM_WORDS:
        raise QueryError(
            text, f"is longer than {MAX_ITEM_WORDS} words; take the telling part of it"
        )
    return Word(words[0], exact) if len(words) == 1 else Phrase(words, exact)


class _Spellings:
    """Groups of spellings, and trees in which each spelling stands for its group."""

    def __init__(self, groups: Iterable[tuple[str, ...]]) -> None:
        self._groups: dict[Pieces, dict[Pieces, Pieces]] = {}
        for group in groups:
            spellings = {_pieces_folded(each): _pieces(_item(each)) for each in group}
            for folded in spellings:
                self._groups.setdefault(folded, {}).update(spellings)
        self._longest_first = sorted(self._groups, key=len, reverse=True)

    def widened(self, node: Node) -> Node:
        match node:
            case And(parts=parts, at=at):
                return And(tuple(map(self.widened, parts)), at)
            case Or(parts=parts, at=at):
                return Or(tuple(map(self.widened, parts)), at)
            case Not(part=part, at=at):
                return Not(self.widened(part), at)
            case In(name=name, part=part, at=at):
                return In(name, self.widened(part), at)
            case Near(distance=distance, left=left, right=right, at=at):
                return Near(distance, self.widened(left), self.widened(right), at)
            case Word(exact=False) | Phrase(exact=False):
                return self._either_spelling(node)
            case _:
                return node

    def _either_spelling(self, node: Word | Phrase) -> Node:
        pieces = _pieces(node)
        folded = tuple(_folded(piece) for piece in pieces)
        spelled = list(dict.fromkeys(self._ways(pieces, folded)))
        if len(spelled) == 1:
            return node
        if len(spelled) > MAX_SPELLINGS:
            remedy = "write it with fewer names in one phrase"
            problem = f"has more than {MAX_SPELLINGS} spellings by its aliases; {remedy}"
            raise QueryError(" ".join(pieces), problem)
        return Or(tuple(_spelled(each, node.at) for each in spelled), node.at)

    def _ways(self, pieces: Pieces, folded: Pieces) -> list[Pieces]:
        """The pieces with each spelling in them exchanged for each of its group."""
        if not pieces:
            return [()]
        found = next((one for one in self._longest_first if folded[: len(one)] == one), None)
        first = list(self._groups[found].values()) if found else [pieces[:1]]
        length = len(found) if found else 1
        rest = self._ways(pieces[length:], folded[length:])
        ways = [spelling + other for spelling in first for other in rest]
        return ways[: MAX_SPELLINGS + 1]  # one too many is refused; a million need not be made


def _spelled(pieces: Pieces, at: tuple[int, int]) -> Word | Phrase:
    return Word(pieces[0], at=at) if len(pieces) == 1 else Phrase(pieces, at=at)


def _pieces(node: Word | Phrase) -> Pieces:
    text = node.text if isinstance(node, Word) else " ".join(node.words)
    return tuple(text[term.start : term.end] for term in terms_of(text))


def _pieces_folded(text: str) -> Pieces:
    return tuple(term.text for term in terms_of(text))


def _folded(piece: str) -> str:
    return terms_of(piece)[0].text
