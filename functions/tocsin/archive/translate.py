"""What a query means, as an expression of the index.

The plan of a query (`query.meaning`) speaks of sets of keys; the index has words, and FTS5 has
phrases, NEAR, columns and Boolean operators of its own. Translated here is everything that FTS5 can
say. Where it cannot (accents; NEAR whose sides may be one word; NEAR among authors) the expression
holds of more articles than the query, never of fewer, and `exact` is False: hits are then verified
on their text.

No text of a query reaches FTS5: its expressions name words by number (`render`), and the tokenizer
that FTS5 asks gives for each the words that the shard has for it. Nothing that anybody types can be
a syntax error of the engine.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tocsin.archive.words import LETTERS, NOWHERE, OTHER, code
from tocsin.query.analysis import fold
from tocsin.query.keys import ACCENTED, CODE, OTHER_FIELD, STEM
from tocsin.query.meaning import Inflection
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without

TEXT = ("body", "title")
_CODES = {"lang": "l", "feed": "d", "country": "c"}
# More combinations of what NEAR joins than this: each is a pass over its words.
_MOST_PAIRS = 32


@dataclass(frozen=True, slots=True)
class Form:
    """A folded form, in any language; with `begins` all words that begin so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Stem:
    """The words of this stem in one language."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Exactly:
    """A word as the index has it."""

    text: str


Word: TypeAlias = Form | Stem | Exactly
Choice: TypeAlias = frozenset[Word]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Words one after the other in one of the columns, of each any of several."""

    columns: tuple[str, ...]
    choices: tuple[Choice, ...]

    @property
    def begins(self) -> bool:
        return any(isinstance(word, Form) and word.begins for word in self.choices[-1])


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """What satisfies the one and not the other; without `part`, all but the other."""

    part: "Expression | None"
    other: "Expression"


@dataclass(frozen=True, slots=True)
class Nearby:
    distance: int
    left: Leaf
    right: Leaf


@dataclass(frozen=True, slots=True)
class Everything:
    pass


Expression: TypeAlias = Leaf | AllOf | AnyOf | Minus | Nearby | Everything


@dataclass(frozen=True)
class Question:
    """`ranked` are the leaves that an article is ranked by: each once, those under NOT left out.
    Without `exact` some that satisfy `expression` do not satisfy the query."""

    expression: Expression
    ranked: tuple[Leaf, ...] = ()
    exact: bool = True


EVERYTHING = Question(Everything())


def translate(plan: Plan, inflection: Inflection) -> Question:
    translating = _Translating(inflection)
    expression = translating.expression(plan, TEXT, ranked=True)
    return Question(expression, tuple(translating.ranked), translating.exact)


def narrowed(question: Question, filters: Iterable[Leaf]) -> Question:
    """Only those that satisfy all filters, which do not count for the ranking."""
    parts = tuple(filters)
    if not parts:
        return question
    asked: list[Expression] = list(parts)
    if not isinstance(question.expression, Everything):
        asked.insert(0, question.expression)
    return replace(question, expression=all_of(asked) or Everything())


def code_filter(codes: Iterable[str]) -> Leaf:
    """Articles with one of these codes."""
    return Leaf(("code",), (frozenset(map(Exactly, codes)),))


@dataclass
class _Translating:
    inflection: Inflection
    ranked: dict[Leaf, None] = field(default_factory=dict)
    exact: bool = True

    def expression(self, plan: Plan, columns: tuple[str, ...], *, ranked: bool) -> Expression:
        match plan:
            case Every(parts=parts):
                return self._every(parts, columns, ranked)
            case Either(parts=parts):
                return AnyOf(tuple(self.expression(p, columns, ranked=ranked) for p in parts))
            case Without(part=part):
                gone = self._taken_away(part, columns)
                return Everything() if gone is None else Minus(None, gone)
            case Within(field=name, part=part):
                return self.expression(part, (name,), ranked=ranked)
            case Close(distance=distance, left=left, right=right):
                return self._close(distance, left, right, columns, ranked)
            case _:
                return self._noted(self._leaf(plan, columns), ranked)

    def _every(self, parts: tuple[Plan, ...], columns: tuple[str, ...], ranked: bool) -> Expression:
        asked = [each for each in parts if not isinstance(each, Without)]
        others = [each.part for each in parts if isinstance(each, Without)]
        held = all_of([self.expression(each, columns, ranked=ranked) for each in asked])
        taken = [self._taken_away(each, columns) for each in others]
        gone = tuple(each for each in taken if each is not None)
        if not gone:
            return held or Everything()
        return Minus(held, gone[0] if len(gone) == 1 else AnyOf(gone))

    def _taken_away(self, part: Plan, columns: tuple[str, ...]) -> Expression | None:
        """What a NOT takes away; None where the index would take more, and therefore nothing is."""
        apart = _Translating(self.inflection)
        gone = apart.expression(part, columns, ranked=False)
        self.exact = self.exact and apart.exact
        return gone if apart.exact else None

    def _noted(self, leaf: Leaf, ranked: bool) -> Leaf:
        if ranked and leaf.columns != ("code",):
            self.ranked[leaf] = None
        return leaf

    def _leaf(self, plan: Plan, columns: tuple[str, ...]) -> Leaf:
        match plan:
            case One(keys=keys):
                return self._sequence([keys], columns)
            case Sequence(parts=parts):
                return self._sequence([part.keys for part in parts], columns)
            case Start(prefix=prefix):
                name, text = _field_of(prefix)
                return Leaf((name,) if name else columns, (frozenset({Form(text, True)}),))
            case _:
                raise TypeError(f"{type(plan).__name__} is no leaf")

    def _sequence(self, keys: list[frozenset[str]], columns: tuple[str, ...]) -> Leaf:
        first = next(iter(keys[0]))
        if first[0] == OTHER_FIELD:
            columns = (_field_of(first)[0],)
        elif first[0] == CODE:
            columns = ("code",)
        return Leaf(columns, tuple(frozenset(map(self._word, each)) for each in keys))

    def _word(self, key: str) -> Word:
        match key[0]:
            case "\x02":
                _, language, text = key.split(STEM, 2)
                return Stem(LETTERS.get(language, OTHER), text)
            case "\x03":
                _, name, value = key.split(CODE, 2)
                return Exactly(code(_CODES[name], value))
            case "\x04":
                return Exactly(OTHER + _field_of(key)[1])
            case "\x05":
                self.exact = False
                return Form(fold(key.removeprefix(ACCENTED)))
            case _:
                return Form(key)

    def _close(
        self, distance: int, left: Plan, right: Plan, columns: tuple[str, ...], ranked: bool
    ) -> Expression:
        lefts, rights = self._sides(left, columns), self._sides(right, columns)
        for leaf in (*lefts, *rights):
            self._noted(leaf, ranked)
        if len(lefts) * len(rights) > _MOST_PAIRS:
            self.exact = False
            return AllOf((_any_of(lefts), _any_of(rights)))
        if lefts[0].columns == ("author",) or self._may_meet(lefts, rights):
            self.exact = False
        return _any_of([Nearby(distance, one, other) for one in lefts for other in rights])

    def _sides(self, plan: Plan, columns: tuple[str, ...]) -> list[Leaf]:
        """Alternatives that are one word each become one."""
        if not isinstance(plan, Either):
            return [self._leaf(plan, columns)]
        words = [part.keys for part in plan.parts if isinstance(part, One)]
        others = [part for part in plan.parts if not isinstance(part, One)]
        together = [self._sequence([frozenset().union(*words)], columns)] if words else []
        return together + [self._leaf(part, columns) for part in others]

    def _may_meet(self, lefts: list[Leaf], rights: list[Leaf]) -> bool:
        """Whether one word of an article can be part of both sides: to FTS5 it is near itself."""
        ones, others = _words_in(lefts), _words_in(rights)
        return any(self._can_be_one(one, other) for one in ones for other in others)

    def _can_be_one(self, one: Word, other: Word) -> bool:
        match one, other:
            case Form(begins=True), Form(begins=True):
                return one.text.startswith(other.text) or other.text.startswith(one.text)
            case Form(begins=True), Form(text=text):
                return text.startswith(one.text)
            case (Form(begins=True), Stem()) | (Stem(), Form(begins=True)):
                return True  # the words of a stem are known to the shard only
            case Form(text=text), Stem():
                return self._stems(text, other)
            case Stem(), Form(text=text):
                return self._stems(text, one)
            case Form(), Form(begins=True):
                return self._can_be_one(other, one)
            case _:
                return one == other

    def _stems(self, text: str, stem: Stem) -> bool:
        languages = {letter: language for language, letter in LETTERS.items()}
        return self.inflection.stem(text, languages.get(stem.letter, "")) == stem.text


def _words_in(leaves: Iterable[Leaf]) -> set[Word]:
    return {word for leaf in leaves for choice in leaf.choices for word in choice}


def all_of(parts: list[Expression]) -> Expression | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def required(expression: Expression) -> list[Expression]:
    """Parts that whatever satisfies the expression satisfies."""
    match expression:
        case AllOf(parts=parts):
            return [each for part in parts for each in required(part)]
        case Minus(part=part):
            return required(part) if part else []
        case Nearby(left=left, right=right):
            return [left, right]
        case Everything():
            return []
        case _:
            return [expression]


def _any_of(parts: "list[Leaf] | list[Nearby]") -> Expression:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _field_of(key: str) -> tuple[str, str]:
    """The column that a key names, and the rest of it."""
    if not key.startswith(OTHER_FIELD):
        return "", key
    _, name, text = key.split(OTHER_FIELD, 2)
    return name, text


# For one shard

# The words that stand for one in these columns.
Expand = Callable[[Word, tuple[str, ...]], list[str]]


@dataclass(frozen=True)
class Rendered:
    """An expression in FTS5's syntax. It names words by number: `names` are those in it, of which
    `beginnings` stand for all words that begin so; `words` has those of all expressions that were
    rendered with it."""

    text: str
    names: frozenset[str]
    beginnings: frozenset[str]
    words: Mapping[str, tuple[str, ...]]


def render(
    expressions: Iterable[Expression], expand: Expand, everything: Iterable[str]
) -> list[Rendered]:
    """`everything` are codes of which each article has one."""
    words: dict[tuple[str, ...], str] = {}
    made = []
    for expression in expressions:
        rendering = _Rendering(expand, tuple(everything), words)
        text = rendering.text(expression)
        made.append((text, frozenset(rendering.names), frozenset(rendering.beginnings)))
    by_name = {name: choice for choice, name in words.items()}
    return [Rendered(text, names, beginnings, by_name) for text, names, beginnings in made]


@dataclass
class _Rendering:
    expand: Expand
    everything: tuple[str, ...]
    words: dict[tuple[str, ...], str]
    names: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)

    def text(self, expression: Expression) -> str:
        match expression:
            case Leaf(columns=columns):
                return f"{{{' '.join(columns)}}} : {self._phrase(expression)}"
            case AllOf(parts=parts):
                return self._joined(parts, " AND ")
            case AnyOf(parts=parts):
                return self._joined(parts, " OR ")
            case Minus(part=part, other=other):
                return f"({self.text(part or Everything())} NOT {self.text(other)})"
            case Nearby(distance=distance, left=left, right=right):
                phrases = f"{self._phrase(left)} {self._phrase(right)}"
                # FTS5 counts the words in between.
                return f"{{{' '.join(left.columns)}}} : NEAR({phrases}, {distance - 1})"
            case Everything():
                return f'{{code}} : "{self._number(self.everything)}"'

    def _joined(self, parts: tuple[Expression, ...], operator: str) -> str:
        return "(" + operator.join(map(self.text, parts)) + ")"

    def _phrase(self, leaf: Leaf) -> str:
        names = [self._name(choice, leaf.columns) for choice in leaf.choices]
        if leaf.begins:
            self.beginnings.add(names[-1])
        return f'"{" ".join(names)}"' + " *" * leaf.begins

    def _name(self, choice: Choice, columns: tuple[str, ...]) -> str:
        words = {text for word in choice for text in self.expand(word, columns)}
        return self._number(tuple(sorted(words)) or (NOWHERE,))

    def _number(self, words: tuple[str, ...]) -> str:
        name = self.words.setdefault(words, f"w{len(self.words)}")
        self.names.add(name)
        return name


def leaves_of(expression: Expression) -> Iterator[Leaf]:
    match expression:
        case Leaf():
            yield expression
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from leaves_of(part)
        case Minus(part=part, other=other):
            yield from leaves_of(part) if part else ()
            yield from leaves_of(other)
        case Nearby(left=left, right=right):
            yield left
            yield right
