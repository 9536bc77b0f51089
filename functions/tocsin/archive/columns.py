"""The columns by which articles are asked in SQL. Some are added, none is ever renamed or dropped.

They go by the names that batches have, so that batches and Parquet files are asked alike; `dt`, the
day, is in the folder's name. docs/sql.md and infra/analytics.yaml hold the same: a test says so.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# In the digest of every file: with another number the nights after write the last days anew.
SCHEMA_VERSION = 1
DAY: Final = "dt"


class Kind(StrEnum):
    """A column's type, by its name in Athena's SQL."""

    TEXT = "varchar"
    TEXTS = "array(varchar)"
    INSTANT = "timestamp(3)"
    FLAG = "boolean"
    NUMBER = "integer"

    @property
    def in_glue(self) -> str:
        return _IN_GLUE[self]

    @property
    def in_duckdb(self) -> str:
        return _IN_DUCKDB[self]

    @property
    def in_batches(self) -> "Kind":
        """Instants are text in JSON."""
        return Kind.TEXT if self is Kind.INSTANT else self


_IN_GLUE = {
    Kind.TEXT: "string",
    Kind.TEXTS: "array<string>",
    Kind.INSTANT: "timestamp",
    Kind.FLAG: "boolean",
    Kind.NUMBER: "int",
}
_IN_DUCKDB = {
    Kind.TEXT: "VARCHAR",
    Kind.TEXTS: "VARCHAR[]",
    Kind.INSTANT: "TIMESTAMP",
    Kind.FLAG: "BOOLEAN",
    Kind.NUMBER: "INTEGER",
}


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    about: str
    is_always_there: bool = False


COLUMNS: Final = (
    Column("id", Kind.TEXT, "The article's id", True),
    Column("url", Kind.TEXT, "Its canonical URL", True),
    Column("title", Kind.TEXT, "Its title", True),
    Column("text", Kind.TEXT, "Its text, a paragraph or heading a line", True),
    Column("publisher", Kind.TEXT, "Who published it", True),
    Column("feed_id", Kind.TEXT, "The feed that brought it", True),
    Column("country", Kind.TEXT, "The country of that feed, as `de`"),
    Column("language", Kind.TEXT, "Its language, as `en`"),
    Column("seen_at", Kind.INSTANT, "When it was first seen", True),
    Column("published_at", Kind.INSTANT, "When it was published, as it states"),
    Column("updated_at", Kind.INSTANT, "When it was changed, as it states"),
    Column("revised_at", Kind.INSTANT, "When this version of it was first seen"),
    Column("version", Kind.NUMBER, "Which version this is, from 1", True),
    Column("topics", Kind.TEXTS, "The topics that its first version matched", True),
    Column("story_id", Kind.TEXT, "The story that it was put in as it came"),
    Column("authors", Kind.TEXTS, "Who wrote it, by its byline", True),
    Column("section", Kind.TEXT, "The section that it stood in"),
    Column("agency", Kind.TEXT, "The news agency that it credits"),
    Column("attribution", Kind.TEXT, "Whom its text names as the origin"),
    Column("paywalled", Kind.FLAG, "Whether its page showed only a part of it"),
    Column("image", Kind.TEXT, "The URL of its picture"),
    Column("text_from", Kind.TEXT, "Where its text is from: `page` or `feed`", True),
    Column("page_outcome", Kind.TEXT, "How fetching its page ended, as `ok` or `http_404`", True),
)
