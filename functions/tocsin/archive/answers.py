"""What is asked of the archive, and what it answers."""

import base64
import json
from enum import StrEnum

from tocsin.archive.filters import Filters
from tocsin.archive.records import Key
from tocsin.errors import InputError
from tocsin.model.excerpts import Excerpt
from tocsin.model.values import Instant, Value

MAX_LIMIT = 1_000  # hits of one page
# Hits that can be turned over from best to worst: nobody reads more, and each page ranks them anew.
MAX_DEPTH = 1_000
# Articles that are ranked: 10 to 30 ms of the processor, by how frequent the words are.
RANKED = 10_000
ENTITY = "entity"  # the facet that is counted in texts; shards count those of `layout.FACETS`


class Order(StrEnum):
    NEWEST = "newest"
    BEST = "best"


class Asked(Value):
    """Without `query` all articles that pass the filters are listed. `facets` names values to be
    counted. Best first, `budget` is how many matches are looked at before older articles are left
    alone. `everything` looks at the whole archive in either order."""

    query: str = ""
    filters: Filters = Filters()
    order: Order = Order.NEWEST
    limit: int = 10
    cursor: str | None = None
    facets: tuple[str, ...] = ()
    budget: int = RANKED
    everything: bool = False


class Hit(Value):
    """An article that was found, with the words that were looked for marked. Newest first it has no
    score."""

    article_id: str
    version: int
    url: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None
    language: str | None
    country: str | None
    feed_id: str
    topics: tuple[str, ...]
    story_id: str | None
    title: Excerpt
    snippet: Excerpt
    score: float | None = None


class Answer(Value):
    """`matches` counts the articles that match among those looked at, which are all that were seen
    from `searched_back_to` on (None: from the beginning). Without `exact` some of those counted
    would turn out not to match. `cursor` goes on where `hits` end (None: nothing follows). The
    facet `entity` counts names in `names_from` articles, whatever page is shown: of the newest 300
    that match those in English or German (None: it was not asked for)."""

    hits: tuple[Hit, ...]
    matches: int
    exact: bool
    searched_back_to: Instant | None
    cursor: str | None
    facets: dict[str, dict[str, int]]
    names_from: int | None = None


class Cursor(Value):
    """Where a page ended. Newest first: the key of its last hit. Best first: the newest key of the
    first page, so that what arrives later moves nothing, and how many hits were shown."""

    order: Order
    second: int
    article_id: str
    shown: int = 0

    @property
    def key(self) -> Key:
        return self.second, self.article_id

    def to_text(self) -> str:
        text = json.dumps([self.order, self.second, self.article_id, self.shown])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, order: Order) -> Cursor:
    """Raises InputError."""
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        kind, second, article_id, shown = json.loads(decoded)
        cursor = Cursor(order=kind, second=second, article_id=article_id, shown=shown)
    except (ValueError, TypeError, RecursionError) as error:
        remedy = "not one that a search gave; begin again without it"
        raise InputError("cursor", remedy) from error
    if cursor.order is not order:
        raise InputError("cursor", f"of a search for the {cursor.order} first; ask in that order")
    if not 0 <= cursor.second < 1 << 32 or not 0 <= cursor.shown <= MAX_DEPTH:
        raise InputError("cursor", "not one that a search gave; begin again without it")
    return cursor
