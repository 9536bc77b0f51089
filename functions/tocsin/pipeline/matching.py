"""That an article satisfied a topic."""

from collections.abc import Sequence

from tocsin.jobs import IngestJob
from tocsin.model.articles import Article
from tocsin.model.matches import Match
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.story import InStory
from tocsin.query.document import Document
from tocsin.query.excerpt import excerpt, words_of
from tocsin.query.matcher import Hit


def add_match(match: Match, job: IngestJob, outside: Ingesting) -> bool:
    """What a first poll finds is old news: it neither rings nor counts."""
    if not job.silent and match.story_id is not None:
        outside.stories.count(match.topic_id, match.story_id, match.publisher, match.seen_at)
    return outside.archive.add_match(match, None if job.silent else job.seen_at)


def document_of(article: Article, country: str | None) -> Document:
    """The article as queries see it."""
    return Document(
        title=article.title,
        body=article.text,
        language=article.language,
        authors=article.authors,
        publisher=article.publisher,
        feed=article.feed_id,
        country=country,
    )


def match_of(article: Article, story: InStory, topic_id: str, hits: Sequence[Hit]) -> Match:
    return Match(
        article_id=article.id,
        topic_id=topic_id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        seen_at=article.seen_at,
        published_at=article.published_at,
        language=article.language,
        story_id=story.story_id,
        words=words_of(article.title, article.text, hits),
        excerpt=excerpt(article.title, article.text, hits),
    )
