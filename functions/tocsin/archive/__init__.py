"""The archive: every article ever stored, found by its words.

    batches ─ builder ─▶ shard ─▶ S3                 immutable; small ones are merged into larger
                           ▲
    query ─ plan ─ translate ─▶ search ─▶ hits       what is needed of a shard, by ranges

A shard is one object: an SQLite database with an FTS5 index, then what is shown of articles, then a
head that says where everything is (`layout`). Nothing runs between queries: a search reads the head
of each shard that can have something, the parts of the index that hold its words, and the articles
it shows, each in one parallel round of range requests. `manifest` says which shards there are.
"""
