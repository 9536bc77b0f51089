"""Names in articles, by how words are written and nothing else.

    mentions   runs of capitalised words of one sentence, with the small words that join them
    cleaned    without what begins a sentence only, without titles, days and nationalities
    merged     the short form into the one longer form that it mostly stands for; inflected forms,
               romanisations and the aliases of topics into one

A word at the beginning of a sentence is a name's if it has a capital elsewhere, too, and is seldom
written without. German writes all nouns so: there a name has two words, or is all capitals.

`benchmarks/entities.py` measures how often the ten most frequent of a query are names: .98 in
English, .92 in German, .84 in Ukrainian, for which it is not offered.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.archive.entity_words import (
    BEGINNINGS,
    CALENDAR,
    COMPANY_ENDS,
    CONNECTORS,
    DEMONYMS,
    INITIALS,
    MONTHS_OR_NAMES,
    ORGANISATION,
    TITLE_ENDS,
    TITLES,
)
from tocsin.query import inflection, names
from tocsin.query.analysis import fold
from tocsin.stopwords import STOP_WORDS

_WORD = re.compile(r"[^\W\d_](?:[\w&'’.\-]*\w)?")
_SENTENCE = re.compile(r"[.!?…:;\n\r\"“”„«»()\[\]|–—•]")
_ABBREVIATED = frozenset(
    {"mr", "mrs", "ms", "dr", "st", "prof", "gen", "sen", "rep", "gov", "lt", "col"}
)
_AFTER = (CALENDAR - MONTHS_OR_NAMES) | TITLES | {"i"}  # what a name does not end with
LANGUAGES = frozenset({"en", "de"})  # those that are right nine times in ten
_INFLECTED = frozenset({"uk", "ru", "pl"})
_ALL_NOUNS = frozenset({"de"})
# Britain's, I'm, they've, isn't: what stands with a word and is none of it.
_ENDING = re.compile(r"(?:n['’]t|['’](?:s|m|ve|ll|re|d)?)$", re.IGNORECASE)
# PCs and MPs are nobody in particular; AI-driven is no name.
_NO_INITIALS = re.compile(r"^[A-Z]{2,}(?:s|-[a-z]+)$")
MAX_WORDS = 6
# Of the articles that have the longer forms of a short one: so many must have the one it is for.
_MOSTLY = 0.7
# Of a word's places within sentences so many may be without a capital.
_SMALL = 0.1
MIN_ARTICLES = 2
# Read for one answer: the newest. It takes 2 ms each.
MOST_TEXTS = 300


class Text(NamedTuple):
    """What is read of an article."""

    text: str
    language: str


class _Token(NamedTuple):
    text: str
    folded: str
    begins: bool  # a sentence
    joined: bool  # to the one before: nothing but a space, or an initial's point, is between
    ends: bool  # a name: it was possessive


Key = tuple[str, ...]


@dataclass
class _Seen:
    """Of all texts."""

    small: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    # Of capitals: within sentences, and where they begin.
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    begun: Counter[tuple[str, str]] = field(default_factory=Counter)
    forms: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    articles: dict[Key, set[int]] = field(default_factory=lambda: defaultdict(set))


def entities(texts: Sequence[Text], aliases: Iterable[Sequence[str]] = ()) -> list[tuple[str, int]]:
    """Names, and in how many of the texts each is, most frequent first."""
    seen, runs = _Seen(), []
    for number, each in enumerate(texts):
        tokens = _tokens(each.text)
        _count(tokens, seen)
        runs += [(number, each.language, run) for run in _runs(tokens, each.language)]
    for number, language, run in runs:
        for name in _cleaned(run, language, seen):
            key = _key(name, language)
            seen.forms[key][" ".join(token.text for token in name)] += 1
            seen.articles[key].add(number)
    merged = _merged(seen, _alias_keys(aliases))
    found = [(_shown(seen, keys), _articles(seen, keys)) for keys in merged]
    counted = [(name, len(those)) for name, those in found if name and len(those) >= MIN_ARTICLES]
    return sorted(counted, key=lambda each: (-each[1], each[0]))


# Mentions


def _tokens(text: str) -> list[_Token]:
    made: list[_Token] = []
    last_end, last = 0, ""
    for match in _WORD.finditer(text):
        between, word = text[last_end : match.start()], match.group()
        begins = not made or bool(_SENTENCE.search(between))
        joined = bool(made) and between in (" ", "\u00a0")
        if between.startswith(".") and (len(last) == 1 or last in _ABBREVIATED):
            begins, joined = False, between == ". "
        plain = _ENDING.sub("", word)
        last = fold(plain)
        made.append(_Token(plain, last, begins, joined, plain != word))
        last_end = match.end()
    return made


def _count(tokens: Iterable[_Token], seen: _Seen) -> None:
    before: _Token | None = None  # the one before, if it is capital
    for token in tokens:
        capital = token.text[:1].isupper()
        if not capital:
            seen.small[token.folded] += 1
        elif not token.begins:
            seen.capital[token.folded] += 1
            if before and token.joined:
                pairs = seen.begun if before.begins else seen.pairs
                pairs[before.folded, token.folded] += 1
        before = token if capital else None


def _runs(tokens: Sequence[_Token], language: str) -> Iterator[list[_Token]]:
    """Capitalised words next to each other; connectors between two of them."""
    connectors = CONNECTORS.get(language, frozenset())
    run: list[_Token] = []
    for token in tokens:
        capital = token.text[:1].isupper()
        if run and (
            not token.joined or run[-1].ends or not (capital or token.folded in connectors)
        ):
            yield from _whole(run)
            run = []
        if capital or run:
            run.append(token)
    yield from _whole(run)


def _whole(run: list[_Token]) -> Iterator[list[_Token]]:
    """Without connectors at its end."""
    while run and not run[-1].text[:1].isupper():
        run = run[:-1]
    if run:
        yield run


def _cleaned(run: list[_Token], language: str, seen: _Seen) -> Iterator[list[_Token]]:
    """The name that it holds, if any."""
    name = run
    while name and _is_no_beginning(name, language, seen):
        name = name[1:]
        while name and not name[0].text[:1].isupper():
            name = name[1:]
    while name and name[-1].folded in _AFTER:
        name = name[:-1]
    name = next(_whole(list(name)), [])
    if name and len(name) <= MAX_WORDS and _is_name(name, language, seen):
        yield name


def _is_no_beginning(name: Sequence[_Token], language: str, seen: _Seen) -> bool:
    first = name[0].folded
    second = name[1].folded if len(name) > 1 else ""
    if first in CALENDAR or (_is_title(first, language) and second not in ORGANISATION):
        return True
    together = seen.pairs[first, second]
    if first in STOP_WORDS.get(language, ()) or first in BEGINNINGS:  # but New York, The Times
        return together < 2 or together < seen.capital[second] / 2
    if together:
        return first in DEMONYMS and second in TITLES
    if first in DEMONYMS and len(name) > 1 and name[1].folded in TITLES:
        return True
    if not name[0].begins:
        return False
    small, capital = seen.small[first], seen.capital[first]
    if not capital and second and seen.capital[second] > seen.begun[first, second]:
        return True  # what comes next is known without it
    return small > capital * _SMALL if len(name) > 1 else capital < 2 or small > capital * _SMALL


def _is_title(word: str, language: str) -> bool:
    return word in TITLES or (language == "de" and word.endswith(TITLE_ENDS))


def _is_name(name: Sequence[_Token], language: str, seen: _Seen) -> bool:
    first = name[0]
    if len(name) > 1:
        return not all(token.folded in DEMONYMS | CALENDAR for token in name)
    if language in _ALL_NOUNS and not (first.text.isupper() and len(first.text) > 1):
        return False
    if first.folded in DEMONYMS | INITIALS or len(first.text) < 2:
        return False
    if _NO_INITIALS.match(first.text):
        return False
    small, capital = seen.small[first.folded], seen.capital[first.folded]
    return capital >= 2 and small <= capital * _SMALL


def _key(name: Sequence[_Token], language: str) -> Key:
    words = [token.folded for token in name]
    while len(words) > 1 and words[-1] in COMPANY_ENDS:
        words.pop()
    return tuple(_one_form(word, language) for word in words)


def _one_form(word: str, language: str) -> str:
    """Of a word in all its cases, and of a name in all its spellings."""
    if language in _INFLECTED:
        return inflection.stem(word, language)
    return min(names.variants(word) | {word})


# Merging


def _alias_keys(aliases: Iterable[Sequence[str]]) -> dict[Key, Key]:
    known: dict[Key, Key] = {}
    for group in aliases:
        keys = [tuple(_one_form(fold(w), "") for w in spelling.split()) for spelling in group]
        known |= dict.fromkeys(keys, keys[0])
    return known


def _merged(seen: _Seen, aliases: Mapping[Key, Key]) -> list[list[Key]]:
    groups: dict[Key, list[Key]] = defaultdict(list)
    longer = _by_ending(seen)
    for key in seen.forms:
        groups[_meant(key, longer, seen, aliases)].append(key)
    return list(groups.values())


def _by_ending(seen: _Seen) -> dict[Key, list[Key]]:
    found: dict[Key, list[Key]] = defaultdict(list)
    for key in seen.forms:
        for at in range(1, len(key)):
            found[key[at:]].append(key)
    return found


def _meant(
    key: Key, longer: Mapping[Key, list[Key]], seen: _Seen, aliases: Mapping[Key, Key]
) -> Key:
    """What a short form stands for: the longer one that nearly all longer ones are."""
    for _ in range(MAX_WORDS):
        if key in aliases:
            return aliases[key]
        candidates = longer.get(key, ())
        if not candidates or len(key) > 2:
            break
        sizes = {each: len(seen.articles[each]) for each in candidates}
        best = max(sizes, key=lambda each: (sizes[each], -len(each)))
        together = len(seen.articles[best] & seen.articles[key])
        alone = len(seen.articles[key] - seen.articles[best])
        if sizes[best] < _MOSTLY * sum(sizes.values()) or together <= alone:
            break
        key = best
    return aliases.get(key, key)


def _shown(seen: _Seen, keys: Iterable[Key]) -> str:
    """The most frequent form of the longest that is frequent."""
    forms: Counter[str] = Counter()
    for key in keys:
        forms.update(seen.forms[key])
    top = max(forms.values())
    often = [form for form, count in forms.items() if count >= top / 5]
    return max(often, key=lambda form: (len(form.split()), forms[form], form))


def _articles(seen: _Seen, keys: Iterable[Key]) -> set[int]:
    return set().union(*(seen.articles[key] for key in keys))
