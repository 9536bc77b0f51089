"""Queries, articles and inflections for tests: made up, and small enough that words meet."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from hypothesis import strategies as st

from tocsin.model.topics import Topic
from tocsin.query import plan as plans
from tocsin.query.analysis import terms_of
from tocsin.query.document import Document
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.syntax import holds_of_nothing
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word


class AFewForms:
    """An Inflection: English drops an s, Ukrainian a vowel; one word in a dictionary, one name."""

    languages = frozenset({"en", "uk"})
    dictionary: ClassVar = {"en": {"man": {"man", "men"}, "men": {"man", "men"}}, "uk": {}}

    def stem(self, form: str, language: str) -> str:
        endings = {"en": ("s",), "uk": ("а", "и", "у")}.get(language, ())
        return form[:-1] if form.endswith(endings) and len(form) > 1 else form

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        known = [self.dictionary.get(each, {}).get(form, ()) for each in languages]
        return frozenset(each for forms in known for each in forms)

    def variants(self, form: str, accented: str) -> frozenset[str]:
        names = frozenset({"zelensky", "zelenskyy"})
        return names if form in names else frozenset({form})


FORMS = AFewForms()
WORDS = ("troop", "troops", "man", "men", "zelensky", "zelenskyy", "café", "cafe", "війна", "війни")
ODD = (
    "AND",
    "and",
    "title:",
    "x:y",
    "=",
    "-5",
    "C++",
    "peace-keeper",
    "O'Brien",
    "W/5",
    "日本",
    "?a",
)


def leaves(*, odd: bool = False) -> st.SearchStrategy[Node]:
    """Odd ones read as syntax if they are written carelessly."""
    words = st.sampled_from(tuple(each for each in WORDS + ODD * odd if terms_of(each)))
    phrases = st.lists(words, min_size=2, max_size=3).map(tuple)
    prefixes = st.sampled_from(("tro", "zelen", "men", "війн"))
    return st.one_of(
        st.builds(Word, words, st.booleans()),
        st.builds(Phrase, phrases, st.booleans()),
        st.builds(Prefix, prefixes),
    )


def codes() -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Is, st.just("lang"), st.sampled_from(("en", "uk", "EN", "fr"))),
        st.builds(Is, st.just("feed"), st.sampled_from(("harbour-post", "x:y"))),
    )


def several(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(parts, min_size=2, max_size=3).map(tuple)


def nears(places: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    sides = places | st.builds(Or, several(places))
    return st.builds(Near, st.integers(1, 5), sides, sides)


def nested(leaf: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            st.builds(And, several(part)), st.builds(Or, several(part)), st.builds(Not, part)
        ),
        max_leaves=6,
    )


def trees(*, odd: bool = False) -> st.SearchStrategy[Node]:
    """That a query can be written as."""
    places = leaves(odd=odd)
    asked = nested(places | nears(places)).filter(lambda node: not holds_of_nothing(node))
    fields = st.sampled_from(("title", "body", "author", "publisher"))
    parts = st.one_of(places, nears(places), codes(), st.builds(In, fields, asked))
    return nested(parts).filter(lambda node: not holds_of_nothing(node))


def documents() -> st.SearchStrategy[Document]:
    text = st.lists(st.sampled_from((*WORDS, "other")), max_size=8).map(" ".join)
    return st.builds(
        Document,
        title=text,
        body=text,
        language=st.sampled_from(("en", "uk", "fr", None)),
        authors=st.lists(text, max_size=2).map(tuple),
        publisher=text,
        feed=st.sampled_from(("harbour-post", "x:y", None)),
    )


def asking(query: str, **changes: object) -> Topic:
    return Topic.model_validate({"id": "peace", "name": "Peace", "query": query} | changes)


# Plans, looked for in rows of tokens

Token = frozenset[str]
Rows = Sequence[tuple[str, Sequence[Token]]]
Place = tuple[int, int]


def rows_of(document: Document, inflection: AFewForms = FORMS) -> Rows:
    """The name of its field with each row; a token is its keys."""
    rows = [
        (name, [_keys(term.text, term.accented, document.language) for term in terms_of(text)])
        for name, text in (("title", document.title), ("body", document.body))
    ]
    others = [("publisher", document.publisher), *(("author", each) for each in document.authors)]
    for name, text in others:
        rows.append((name, [frozenset({field_key(name, term.text)}) for term in terms_of(text)]))
    for name, code in (("lang", document.language), ("feed", document.feed)):
        rows.append((name, [frozenset({code_key(name, code)})] if code else []))
    return rows


def _keys(form: str, accented: str, language: str | None) -> Token:
    keys = {form, accented_key(accented)}
    if language in FORMS.languages:
        keys.add(stem_key(language, FORMS.stem(form, language)))
    return frozenset(keys)


def plan_holds(plan: plans.Plan, rows: Rows) -> bool:
    match plan:
        case plans.Every(parts=parts):
            return all(plan_holds(part, rows) for part in parts)
        case plans.Either(parts=parts):
            return any(plan_holds(part, rows) for part in parts)
        case plans.Without(part=part):
            return not plan_holds(part, rows)
        case plans.Within(field=field, part=part):
            return plan_holds(part, [row for row in rows if row[0] == field])
        case _:
            return any(places(plan, row) for _, row in rows)


def places(plan: plans.Plan, row: Sequence[Token]) -> set[Place]:
    at_each = range(len(row))
    match plan:
        case plans.One(keys=keys):
            return {(at, at) for at in at_each if keys & row[at]}
        case plans.Start(prefix=prefix):
            return {(at, at) for at in at_each if any(k.startswith(prefix) for k in row[at])}
        case plans.Sequence(parts=parts):
            runs = [
                zip(parts, row[at:], strict=False) for at in at_each[: len(row) - len(parts) + 1]
            ]
            hits = [all(one.keys & token for one, token in run) for run in runs]
            return {(at, at + len(parts) - 1) for at, hit in enumerate(hits) if hit}
        case plans.Either(parts=parts):
            return set().union(*(places(part, row) for part in parts))
        case plans.Close(distance=distance, left=left, right=right):
            return _close(places(left, row), places(right, row), distance)
    raise AssertionError(plan)


def _close(lefts: set[Place], rights: set[Place], distance: int) -> set[Place]:
    ordered = [(a, b) for a in lefts for b in rights] + [(b, a) for a in lefts for b in rights]
    return {(a[0], b[1]) for a, b in ordered if 0 < b[0] - a[1] <= distance}


def rules_broken(plan: plans.Plan, inside: str = "") -> list[str]:
    """What plans promise beyond their types."""
    match plan:
        case plans.Within(part=part):
            nested_ = ["nested Within"] if inside else []
            return nested_ + rules_broken(part, "Within")
        case plans.Without(part=part):
            return (["Without in Within"] if inside else []) + rules_broken(part)
        case plans.Every(parts=parts) | plans.Either(parts=parts):
            few = ["a list of one"] if len(parts) < 2 else []
            return few + [each for part in parts for each in rules_broken(part, inside)]
        case plans.Sequence(parts=parts):
            return ["a sequence of one"] if len(parts) < 2 else []
        case plans.One(keys=keys):
            other = inside and any(key[0] in "\x03\x04" for key in keys)
            return ["other field in Within"] if other else []
        case plans.Close(left=left, right=right):
            return [each for side in (left, right) for each in _side_broken(side)]
    return []


def _side_broken(side: plans.Plan) -> list[str]:
    parts = side.parts if isinstance(side, plans.Either) else (side,)
    kinds = (plans.One, plans.Start, plans.Sequence)
    return [] if all(isinstance(part, kinds) for part in parts) else ["not a side of Close"]
