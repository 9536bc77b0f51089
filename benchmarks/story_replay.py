"""A stream through the stage that ingest uses, on a table in memory."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.story_store import CountedStories
from benchmarks.story_streams import Row
from tocsin.model.articles import Article
from tocsin.pipeline.story import InStory, enter_story
from tocsin.stories import decide
from tocsin.stories.fingerprint import Fingerprint
from tocsin.stories.frequency import NOTHING_SEEN, RecentArticles
from tocsin.stories.reading import fingerprint_of

BEGIN = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())  # streams are from zero
MUTING = {kind.value for kind in decide.MUTING}


class Replay:
    """A stream through the stage, and what became of each of its articles."""

    def __init__(self, rows: Sequence[Row], recent: RecentArticles | None = None) -> None:
        self.stories = CountedStories()
        self.joined: dict[str, InStory] = {}
        self.seconds = 0.0
        for row in rows:
            begun = time.process_time()
            self.joined[row.id] = enter_story(article_of(row), self.stories, recent)
            self.seconds += time.process_time() - begun

    def story(self, row: Row) -> str:
        return self.joined[row.id].story_id

    def mutes(self, row: Row) -> bool:
        return self.joined[row.id].kind in MUTING

    def same_as(self, row: Row) -> str:
        """Whose bell does for this one."""
        place = self.stories.places[row.id]
        return place.same_as or place.into


def article_of(row: Row) -> Article:
    return Article(
        id=row.id,
        url=f"https://{row.outlet or 'wire'}.example/{row.id}",
        title=row.title,
        text=row.text,
        publisher=row.outlet,
        feed_id="feed",
        seen_at=datetime.fromtimestamp(BEGIN + row.at, UTC),
        language=row.language,
    )


def fingerprint(row: Row) -> Fingerprint:
    return fingerprint_of(
        row.id,
        row.title,
        row.text,
        language=row.language,
        outlet=row.outlet,
        seen_at=BEGIN + row.at,
        stream=NOTHING_SEEN,
    )
