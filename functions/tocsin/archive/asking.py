"""One question, one answer: over HTTP, on the command line and in Python.

Names are a facet that no shard counts: they are in the texts of the newest articles that match, and
those are looked for as a page of the newest is, within the same limits (`search.MAX_LOOKED`,
`search.MAX_VERIFIED`); with `everything` in all parts of the archive.
"""

from collections.abc import Callable, Iterable, Sequence

from tocsin.archive.answers import ENTITY, Answer, Asked, Order
from tocsin.archive.fanout import RunParts, newest_of_all, search_all
from tocsin.archive.records import Record
from tocsin.archive.search import Search, Shards, search
from tocsin.model.archive import Manifest
from tocsin.query.meaning import Inflection

# Groups of spellings of one name; called where names are asked for.
FindAliases = Callable[[], Iterable[Sequence[str]]]


def ask(
    asked: Asked,
    manifest: Manifest,
    shards: Shards,
    inflection: Inflection,
    run: RunParts,
    find_aliases: FindAliases,
) -> Answer:
    """`run` searches parts side by side. Raises QueryError, InputError, CorruptError and
    PartFailed; what the stores raise passes."""

    def found(asked: Asked) -> Answer:
        if asked.everything:
            return search_all(asked, manifest, shards, inflection, run)
        return search(asked, manifest, shards, inflection)

    if ENTITY not in asked.facets:
        return found(asked)
    from tocsin.archive.entity_facet import MOST_TEXTS, with_names  # no other search needs it

    others = tuple(name for name in asked.facets if name != ENTITY)
    answer = found(asked.model_copy(update={"facets": others}))
    newest = {"order": Order.NEWEST, "limit": MOST_TEXTS, "cursor": None, "facets": ()}
    articles = _newest(asked.model_copy(update=newest), manifest, shards, inflection, run)
    return with_names(answer, articles, find_aliases())


def _newest(
    asked: Asked, manifest: Manifest, shards: Shards, inflection: Inflection, run: RunParts
) -> list[Record]:
    if asked.everything:
        return newest_of_all(asked, manifest, shards, inflection, run)
    page, _, _ = Search(asked, manifest, shards, inflection).newest_page()
    return [record for _, record in page.hits]
