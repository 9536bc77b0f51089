"""What the archive is made of."""

from tocsin.model.values import Value


class ShardEntry(Value):
    """A shard of the archive as the manifest has it. `first` and `last` are the seconds of its
    oldest and newest article, `languages` those that articles are in ("" for unknown), `head` where
    in the object its head begins, `forms` the first stem of each block of forms and where it lies.
    Of shards with the same article the one with the later `built_at` has it as it is now.
    `version` is that of the layout."""

    key: str
    level: str
    size: int
    head: int
    docs: int
    first: int
    last: int
    languages: tuple[str, ...]
    forms: tuple[tuple[str, int, int], ...]
    built_at: int = 0
    version: int


class Batch(Value):
    """What an ingest job handed to the archive, not in a shard yet."""

    key: str
    docs: int


class Void(Value):
    """Of this article, first seen in `second`, all versions below `version` are void. `noted_at` is
    the second since when."""

    second: int
    article_id: str
    version: int
    noted_at: int = 0


class Manifest(Value):
    """What the archive is made of, in one consistent view. `replaced` are shards that nobody opens
    any more, each with the second since when."""

    shards: tuple[ShardEntry, ...] = ()
    batches: tuple[Batch, ...] = ()
    voids: tuple[Void, ...] = ()
    replaced: tuple[tuple[str, int], ...] = ()


class Swap(Value):
    """A change of the manifest: all of it or nothing. `added` takes the place of `batches` and
    `shards` (keys); `voids` are new, `settled` needed no more."""

    batches: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    added: ShardEntry | None = None
    voids: tuple[Void, ...] = ()
    settled: tuple[Void, ...] = ()
    at: int
