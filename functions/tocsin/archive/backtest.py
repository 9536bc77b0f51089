"""What a topic would have matched: candidates from the index, verdict by the matcher.

The index names every article that the topic accepts, and some that it does not: an expression of
the index holds of no fewer articles than the plan that it was made of. The topic is the one that
`apply` would compile, by the same dictionaries, and the matcher has the last word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.archive.answers import Asked
from tocsin.archive.filters import Filters
from tocsin.archive.manifest import newest_first
from tocsin.archive.reading import document_of
from tocsin.archive.records import Record
from tocsin.archive.search import Shards
from tocsin.archive.stream import candidates
from tocsin.archive.translate import EVERYTHING, Question, narrowed, translate
from tocsin.model.archive import Manifest
from tocsin.query.matcher import Hit, Matcher
from tocsin.query.meaning import Inflection
from tocsin.query.plan import Plan


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a topic accepts, and on which words."""

    record: Record
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Asking:
    """A topic, its meaning, and the matcher that has it compiled."""

    topic_id: str
    plan: Plan
    matcher: Matcher
    inflection: Inflection

    def hits(self, record: Record) -> tuple[Hit, ...] | None:
        """None where it does not match: words of a title or text are not all that can."""
        document = document_of(record)
        if self.topic_id not in self.matcher.match(document).topic_ids():
            return None
        return tuple(self.matcher.spans(document, self.topic_id))


@dataclass
class Archive:
    """All that was ever stored, as one manifest has it. `looked_at` counts the articles that the
    index named."""

    manifest: Manifest
    shards: Shards
    looked_at: int = 0

    @property
    def began_at(self) -> int | None:
        """The second of the oldest article; None where there is none."""
        return min((each.first for each in newest_first(self.manifest)), default=None)

    def matched(self, asking: Asking, since: datetime, until: datetime) -> Iterator[Found]:
        """All that the topic accepts among what was first seen from `since` on and before `until`,
        newest first. Raises CorruptError; what the store raises passes."""
        question = translate(asking.plan, asking.inflection)
        for record in self._named(question, since, until):
            self.looked_at += 1
            hits = asking.hits(record)
            if hits is not None:
                yield Found(record, hits)

    def of_stories(
        self, story_ids: Iterable[str], since: datetime, until: datetime
    ) -> Iterator[Record]:
        """Articles of any of these stories, newest first."""
        leaves = Filters(stories=tuple(story_ids)).leaves()
        yield from self._named(narrowed(EVERYTHING, leaves), since, until)

    def _named(self, question: Question, since: datetime, until: datetime) -> Iterator[Record]:
        asked = Asked(filters=Filters(since=since, until=until))
        for _, record in candidates(question, asked, self.manifest, self.shards):
            yield record
