"""Names as a facet of a search: counted in the newest articles that match, from their texts."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from tocsin.archive.answers import Answer, Asked
from tocsin.archive.entities import LANGUAGES, MOST_TEXTS, Text, entities
from tocsin.archive.search import Shards
from tocsin.archive.stream import records
from tocsin.model.archive import Manifest
from tocsin.query.meaning import Inflection

ENTITY = "entity"
MOST_NAMES = 50  # of an answer: what is left is in two articles


def search_with_names(
    asked: Asked,
    manifest: Manifest,
    shards: Shards,
    inflection: Inflection,
    aliases: Iterable[Sequence[str]],
    answering: Callable[[Asked], Answer],
) -> Answer:
    """What `answering` finds; `asked.facets` may have ENTITY beside those that shards count.
    `aliases` are spellings of one name."""
    others = tuple(name for name in asked.facets if name != ENTITY)
    counted = asked.model_copy(update={"facets": others})
    answer = answering(counted)
    if ENTITY not in asked.facets:
        return answer
    found = records(asked.model_copy(update={"cursor": None}), manifest, shards, inflection)
    texts = [
        Text(record.text, record.language)
        for _, record in islice(found, MOST_TEXTS)
        if record.language in LANGUAGES
    ]
    named = dict(entities(texts, aliases)[:MOST_NAMES])
    return answer.model_copy(update={"facets": answer.facets | {ENTITY: named}})
