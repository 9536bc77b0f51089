"""Names as a facet of a search: counted in the newest articles that match, from their texts."""

from collections.abc import Iterable, Sequence

from tocsin.archive.answers import ENTITY, Answer
from tocsin.archive.entities import LANGUAGES, MOST_TEXTS, Text, entities
from tocsin.archive.records import Record

__all__ = ["MOST_TEXTS", "SCOPE", "with_names"]

MOST_NAMES = 50  # of an answer: what is left is in two articles
# Of an article: some are as long as a book. 300 of this length take 3 s, of nothing but names 12 s:
# a request over HTTP has 29.
MOST_CHARACTERS = 10_000
SCOPE = (
    f"the newest {MOST_TEXTS} articles that match, of those in {' or '.join(sorted(LANGUAGES))},"
    f" by the first {MOST_CHARACTERS:,} characters of each"
)


def with_names(
    answer: Answer, articles: Iterable[Record], aliases: Iterable[Sequence[str]]
) -> Answer:
    """`aliases` are groups of spellings of one name."""
    texts = [
        Text(each.text[:MOST_CHARACTERS], each.language)
        for each in articles
        if each.language in LANGUAGES
    ]
    named = dict(entities(texts, aliases)[:MOST_NAMES])
    facets = answer.facets | {ENTITY: named}
    return answer.model_copy(update={"facets": facets, "names_from": len(texts)})
