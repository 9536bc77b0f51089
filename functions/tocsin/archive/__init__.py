"""The archive: every article ever stored, found by its words.

    batches ─ builder ─▶ shard ─▶ S3                 immutable; small ones are merged into larger
                           ▲
    query ─ plan ─ translate ─▶ search ─▶ hits       what is needed of a shard, by ranges

A shard is one object: an SQLite database with an FTS5 index, then what is shown of articles, then a
head that says where everything is (`layout`). Nothing runs between queries: a search reads the head
of each shard that can have something, the parts of the index that hold its words, and the articles
it shows, each in one parallel round of range requests. `manifest` says which shards there are.

For programs and notebooks there is `connect`, which `tocsin.notebook` explains.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tocsin.notebook import Archive, connect

__all__ = ["Archive", "connect"]


def __getattr__(name: str) -> Any:
    """Nothing of what connects is imported where it is not asked for: no function does."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tocsin import notebook

    return getattr(notebook, name)
