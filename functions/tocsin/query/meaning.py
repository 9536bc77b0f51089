"""The meaning of a topic: its tree as a plan, in the keys that an article's words have.

A word means its folded form, other romanisations of it, its forms by the dictionaries, and its
stem in each language whose dictionary does not know it. Beside `lang:` only that language's forms
are meant. An exact word means its folded form. Where accents matter a word means what is written:
dictionaries and stems are without accents.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from tocsin.model.topics import Topic
from tocsin.query.analysis import Term, terms_of
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without
from tocsin.query.topics import tree_of
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word


class Inflection(Protocol):
    """What is known of the forms of words. Forms are folded."""

    @property
    def languages(self) -> frozenset[str]:
        """Those that it has stems of."""

    def stem(self, form: str, language: str) -> str: ...

    def forms(self, form: str, languages: Iterable[str]) -> frozenset[str]:
        """By the dictionaries of these languages; empty where none knows the word."""

    def variants(self, form: str, accented: str) -> frozenset[str]:
        """As other romanisations spell the name that it may be; with or without itself."""


def plan_of(topic: Topic, inflection: Inflection) -> Plan:
    """Raises QueryError."""
    reading = _Reading(
        inflection, inflection.languages, accents=topic.accents, inflected=topic.inflection
    )
    return _plan(tree_of(topic), reading)


def languages_asked(node: Node) -> frozenset[str] | None:
    """Those that an article must be in one of to satisfy it, None if it may be in any."""
    match node:
        case Is(name="lang", value=value):
            return frozenset({value.casefold()})
        case Or(parts=parts):
            ways = [languages_asked(part) for part in parts]
            known = [way for way in ways if way is not None]
            return frozenset().union(*known) if len(known) == len(ways) else None
        case And(parts=parts):
            said = [each for part in parts if (each := languages_asked(part)) is not None]
            return frozenset.intersection(*said) if said else None
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """How words are read at one place of a tree. `field` is "" for title and body."""

    inflection: Inflection
    languages: frozenset[str]
    accents: bool
    inflected: bool
    field: str = ""

    @property
    def elsewhere(self) -> bool:
        """In a field with keys of its own."""
        return self.field in ("author", "publisher")

    def beside(self, node: And) -> "_Reading":
        asked = languages_asked(node)
        if asked is None:
            return self
        return replace(self, languages=asked & self.inflection.languages)


def _plan(node: Node, reading: _Reading) -> Plan:
    match node:
        case And(parts=parts):
            inner = reading.beside(node)
            return _every([_plan(part, inner) for part in parts])
        case Or(parts=parts):
            return _either([_plan(part, reading) for part in parts])
        case Not(part=part):
            return _without(_plan(part, reading))
        case In(name=name, part=part):
            return _plan(part, replace(reading, field=name))
        case Is(name=name, value=value):
            return One(frozenset({code_key(name, value.casefold())}))
        case _:
            return _within(reading, _place(node, reading))


def _within(reading: _Reading, place: Plan) -> Plan:
    """The field is asked for where a place is, so that AND and NOT inside of it stay what they
    are."""
    return place if reading.elsewhere or not reading.field else Within(reading.field, place)


def _place(node: Node, reading: _Reading) -> Plan:
    """What stands somewhere in a row of tokens."""
    match node:
        case Word(text=text, exact=exact):
            return _sequence(terms_of(text), reading, exact)
        case Phrase(words=words, exact=exact):
            return _sequence(terms_of(" ".join(words)), reading, exact)
        case Prefix(text=text):
            return Start(_in_field(reading, terms_of(text)[0].text))
        case Or(parts=parts):
            return _either([_place(part, reading) for part in parts])
        case Near(distance=distance, left=left, right=right):
            return Close(distance, _place(left, reading), _place(right, reading))
        case _:
            raise TypeError(f"{type(node).__name__} stands at no place")


def _sequence(terms: list[Term], reading: _Reading, exact: bool) -> One | Sequence:
    ones = tuple(One(_keys(term, reading, exact)) for term in terms)
    return ones[0] if len(ones) == 1 else Sequence(ones)


def _keys(term: Term, reading: _Reading, exact: bool) -> frozenset[str]:
    if reading.elsewhere:
        return frozenset({_in_field(reading, term.text)})
    if reading.accents:
        return frozenset({accented_key(term.accented)})
    if exact or not reading.inflected:
        return frozenset({term.text})
    spellings = reading.inflection.variants(term.text, term.accented)
    return spellings | _forms(term.text, reading)


def _forms(form: str, reading: _Reading) -> frozenset[str]:
    keys = {form}
    for language in reading.languages:
        known = reading.inflection.forms(form, (language,))
        keys |= known or {stem_key(language, reading.inflection.stem(form, language))}
    return frozenset(keys)


def _in_field(reading: _Reading, form: str) -> str:
    return field_key(reading.field, form) if reading.elsewhere else form


def _without(part: Plan) -> Plan:
    return part.part if isinstance(part, Without) else Without(part)


def _every(parts: list[Plan]) -> Plan:
    return _merged(parts, Every, Every)


def _either(parts: list[Plan]) -> Plan:
    return _merged(parts, Either, Either)


def _merged(
    parts: list[Plan],
    kind: type[Every] | type[Either],
    build: Callable[[tuple[Plan, ...]], Plan],
) -> Plan:
    """One level where two of the same kind are nested; each part once."""
    flat: dict[Plan, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else build(tuple(flat))
