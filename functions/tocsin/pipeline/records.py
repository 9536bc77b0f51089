"""All that is recorded of an article, read from where it lies. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tocsin.articles.urls import identity
from tocsin.errors import Forgotten, NotFoundError
from tocsin.model.alerts import AlertRow
from tocsin.model.articles import Article, Known
from tocsin.model.feeds import FeedRow
from tocsin.model.matches import MatchRow
from tocsin.model.stories import Place, Story, StoryState
from tocsin.model.values import to_text
from tocsin.pipeline.matching import document_of
from tocsin.pipeline.revise import MAX_LOOKS
from tocsin.pipeline.story import root_of
from tocsin.query.document import Document


class Archive(Protocol):
    def find_known(self, identity: str) -> Known | None: ...
    def matches_of(self, article_id: str) -> list[MatchRow]: ...


class Store(Protocol):
    def get_article(self, article_id: str, version: int | None = None) -> Article: ...


class Alerts(Protocol):
    def alerts_of(self, article_id: str) -> list[AlertRow]: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_story(self, story_id: str) -> Story | None: ...


class Feeds(Protocol):
    def find(self, feed_id: str) -> FeedRow | None: ...


class Reading(Protocol):
    """Where an article's records lie."""

    @property
    def articles(self) -> Archive: ...
    @property
    def bucket(self) -> Store: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def stories(self) -> Stories: ...
    @property
    def feeds(self) -> Feeds: ...


@dataclass(frozen=True)
class Records:
    """Of one article, found by `asked` (an id or a URL). `versions` are those that there were,
    oldest first, the last of them in force. What has expired, or was removed, is None."""

    asked: str
    known: Known
    versions: tuple[Article, ...]
    feed: FeedRow | None
    place: Place | None
    story: Story | None
    matches: tuple[MatchRow, ...]
    alerts: tuple[AlertRow, ...]

    @property
    def article(self) -> Article:
        return self.versions[-1]

    @property
    def first_poll(self) -> bool:
        """It came with the first document of its feed, of which nothing rings."""
        filled_at = self.feed.state.filled_at if self.feed else None
        return filled_at is not None and to_text(filled_at) == to_text(self.versions[0].seen_at)

    @property
    def document(self) -> Document:
        """As topics saw it: they are asked of its first version."""
        return document_of(self.versions[0], self.feed.feed.country if self.feed else None)


def records_of(asked: str, outside: Reading) -> Records:
    """Raises NotFoundError where no article goes by the id or URL; Forgotten where one did."""
    known = outside.articles.find_known(identity(asked) if "://" in asked else asked)
    if known is None:
        raise NotFoundError("article", asked)
    if known.forgotten_at:
        raise Forgotten(asked, to_text(known.forgotten_at))
    article_id = known.article_id
    versions = _versions(outside.bucket.get_article(article_id), outside.bucket)
    place = outside.stories.find_place(article_id)
    return Records(
        asked=asked,
        known=known,
        versions=versions,
        feed=outside.feeds.find(versions[0].feed_id),
        place=place,
        story=_story(article_id, place, outside.stories),
        matches=tuple(outside.articles.matches_of(article_id)),
        alerts=tuple(outside.alerts.alerts_of(article_id)),
    )


def _versions(current: Article, store: Store) -> tuple[Article, ...]:
    """A look makes one version at most: there are never more than looks, and the first."""
    first = max(1, current.version - MAX_LOOKS)
    former = [store.get_article(current.id, number) for number in range(first, current.version)]
    return (*former, current)


def _story(article_id: str, place: Place | None, stories: Stories) -> Story | None:
    if place is None or place.state is StoryState.PENDING:
        return None
    return stories.find_story(root_of(article_id, stories)[0])


def publishers(story: Story) -> Sequence[str]:
    """Each once, the first one first."""
    return list(dict.fromkeys(each.publisher for each in story.members))
