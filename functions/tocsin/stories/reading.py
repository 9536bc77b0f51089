"""An article to its fingerprint."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from operator import itemgetter

from tocsin.stories.fingerprint import ANY_LANGUAGE, Fingerprint, Key, Trace
from tocsin.stories.frequency import StreamFrequency, rarity, share_of_articles
from tocsin.stories.names import names_in
from tocsin.stories.terms import number_of, terms_in

# What is beyond adds little: 12,000 characters are 2,000 words.
MOST_CHARACTERS = 12_000
# News tells what happened first: with 250 words B-cubed F1 on ECB+ is .881, with 400 .891.
VECTOR_WORDS = 400
VECTOR_TERMS = 40
TITLE_TIMES = 2
# A report begins with who did what, where and when, and then tells what led to it: that is the same
# in the report on another event of the same people. The first words count once more.
LEDE_WORDS = 60
LEDE_TIMES = 1
# Of a word that is written with a capital.
NAME_FACTOR = 1.5
SKETCH = 48
TITLE_TERMS = 8
TITLE_RARITY = 2.0  # less is said by one title in seven: says, new, two
FIGURES = 24
# To look up; fewer are posted. Two more than six terms find .003 of B-cubed F1 among a wire, for
# two read units of the sixteen that an article may cost.
TERM_KEYS = 8
NAME_KEYS = 3
NAMES = 16
NUMBERS = 8
# Articles after which the stream's common words are known. With 3,000, as much as the static lists
# count for, B-cubed F1 among a wire is .001 less, and with one step there instead of a slope .004.
SEASON = 1_000
FULL_WORDS = 40  # fewer are a headline and a teaser
_MOST_SHINGLES = 65_535

# Words ten times as frequent in the stream as in the language, and in one article of 250, are those
# of its forms. Results of companies have .29 of them (median), other news .05.
OVER, OVER_SHARE = 10, 0.004
SERIAL = 0.12
_FEWEST_OVER = 3
# Where the stream is not known yet: tables of results and of weather are figures for a fifth.
SERIAL_FIGURES = 0.2

# 26,400 and 26.400, and 26 400 as half of Europe writes it.
_FIGURE = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*")
_NOT_DIGITS = re.compile(r"\D")
_LONGEST_FIGURE = 9
_YEARS = range(1900, 2100)
_64_BITS = (1 << 64) - 1
_ODD = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9


@dataclass(frozen=True, slots=True)
class _Page:
    """An article while it is read. `numbers` and `rare` are of each distinct term its hash and how
    rare it is, `capital` the terms that are written with a capital."""

    title: list[str]
    body: list[str]
    text: str
    language: str
    stream: StreamFrequency
    capital: set[str]
    numbers: dict[str, int]
    rare: dict[str, float]


def fingerprint_of(
    article_id: str,
    title: str,
    text: str,
    *,
    language: str | None,
    outlet: str,
    seen_at: int,
    stream: StreamFrequency,
) -> Fingerprint:
    """`seen_at` in seconds since 1970."""
    page = _page(title, text[:MOST_CHARACTERS], language or "", stream)
    weights = _heaviest(_weights(page), VECTOR_TERMS)
    names = _names(page)
    keys = (
        *_keys(page.language, weights, TERM_KEYS),
        *_keys(ANY_LANGUAGE, names, NAME_KEYS),
    )
    return Fingerprint(
        article_id=article_id,
        trace=_trace(page, weights, (article_id, outlet, seen_at)),
        terms=frozenset(page.numbers.values()),
        names=_scaled(names),
        keys=keys,
        seasoned=min(1.0, stream.articles / SEASON),
    )


def _page(title: str, text: str, language: str, stream: StreamFrequency) -> _Page:
    head, capital = terms_in(title, language)
    body, capital_too = terms_in(text, language)
    terms = dict.fromkeys([*head, *body])
    return _Page(
        title=head,
        body=body,
        text=f"{title}\n{text}",
        language=language,
        stream=stream,
        capital=capital | capital_too,
        numbers={term: number_of(term) for term in terms},
        rare={term: rarity(term, language, stream) for term in terms},
    )


def _heaviest(weights: Mapping[str, float], count: int) -> dict[str, float]:
    return dict(nlargest(count, weights.items(), key=itemgetter(1)))


def _scaled(weights: Mapping[str, float]) -> dict[int, int]:
    most = max(weights.values(), default=0)
    if not most:
        return {}
    return {number_of(term): round(255 * weight / most) or 1 for term, weight in weights.items()}


def _keys(language: str, weights: Mapping[str, float], count: int) -> list[Key]:
    heaviest = _heaviest(weights, count).items()
    return [Key(f"{language}.{number_of(term):08x}", weight) for term, weight in heaviest]


def _weights(page: _Page) -> dict[str, float]:
    counts = Counter(page.body[:VECTOR_WORDS])
    for term in page.body[:LEDE_WORDS]:
        counts[term] += LEDE_TIMES
    for term in page.title:
        counts[term] += TITLE_TIMES
    # By the root: who is named nine times is what a report is about, who is named once may be
    # anybody. By the logarithm, which makes 1.9 times of nine, look-alike events are one story.
    weights = {term: math.sqrt(n) * page.rare[term] for term, n in counts.items()}
    for term in page.capital & weights.keys():
        weights[term] *= NAME_FACTOR
    return weights


def _trace(page: _Page, weights: Mapping[str, float], origin: tuple[str, str, int]) -> Trace:
    numbers = [page.numbers[term] for term in (*page.title, *page.body)]
    grams = shingles(numbers)
    article_id, outlet, seen_at = origin
    return Trace(
        language=page.language,
        seen_at=seen_at,
        article=number_of(article_id),
        outlet=number_of(outlet),
        text=_text_hash(numbers),
        vector=_scaled(weights),
        shingles=min(len(grams), _MOST_SHINGLES),
        sketch=tuple(nsmallest(SKETCH, grams)),
        title=tuple(map(number_of, _title_terms(page))),
        figures=tuple(sorted(set(_figures(page.text)))[:FIGURES]),
        serial=_is_serial(page),
        full=len(page.body) >= FULL_WORDS,
    )


def shingles(numbers: Sequence[int]) -> set[int]:
    """Hashes of each three words that follow each other."""
    one, two, three = _ODD
    return {
        (a * one + b * two + c * three & _64_BITS) >> 32
        for a, b, c in zip(numbers, numbers[1:], numbers[2:], strict=False)
    }


def _text_hash(numbers: Iterable[int]) -> int:
    value = 0
    for number in numbers:
        value = (value * _ODD[0] + number) & _64_BITS
    return value >> 32


def _title_terms(page: _Page) -> list[str]:
    telling = {term: page.rare[term] for term in page.title if page.rare[term] >= TITLE_RARITY}
    return nlargest(TITLE_TERMS, telling, key=telling.__getitem__)


def _figures(text: str) -> Iterator[int]:
    """Numbers in any digits, 1,250 as 1.250; years are in all texts of a season."""
    for found in _FIGURE.finditer(text):
        digits = _NOT_DIGITS.sub("", found.group())
        if len(digits) <= _LONGEST_FIGURE and int(digits) not in _YEARS:
            yield int(digits)


def _is_serial(page: _Page) -> bool:
    words = [term for term in page.numbers if not term[0].isdigit() and len(term) > 1]
    over = sum(1 for term in words if _is_over(term, page)) if page.stream.articles else 0
    if over >= _FEWEST_OVER and over >= SERIAL * len(words):
        return True
    figures = sum(1 for term in (*page.title, *page.body) if term[0].isdigit())
    return figures >= SERIAL_FIGURES * (len(page.title) + len(page.body))


def _is_over(term: str, page: _Page) -> bool:
    seen, articles = page.stream.counts.get(page.numbers[term], 0), page.stream.articles
    return seen > OVER_SHARE * articles and (
        seen > OVER * articles * share_of_articles(term, page.language)
    )


def _names(page: _Page) -> dict[str, float]:
    """The article's rarest names and numbers, for comparing across languages."""
    lead = [*page.title, *page.body[:VECTOR_WORDS]]
    found = names_in(lead, page.capital, page.text, page.language)
    weights = {name: len(name) * (1 + math.log(n)) for name, n in found.items()}
    numbers = {str(n): float(min(len(str(n)), 4)) for n in _figures(page.text) if n > 9}
    return _heaviest(weights, NAMES) | _heaviest(numbers, NUMBERS)
