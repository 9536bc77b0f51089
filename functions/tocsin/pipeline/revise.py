"""New versions of articles that are stored."""

from dataclasses import replace

from tocsin.alerts.news import MAX_UPDATES, news_in
from tocsin.articles.versions import change_between
from tocsin.feeds.seen import statement_of
from tocsin.model.articles import Article, Known, TextFrom
from tocsin.model.entries import Entry
from tocsin.model.matches import Revision
from tocsin.pipeline.ingesting import Draft, Former, Ingested, Ingesting, Outcome

MAX_LOOKS = 10  # at an article, after the first: some feeds state something new in each document


def worth_a_look(known: Known, entry: Entry, feed_id: str) -> bool:
    """Other feeds that list the article say something else of it, and nothing new. Articles stored
    before this was kept have no key to compare."""
    said = known.feed_id == feed_id and known.stated
    return bool(said) and known.stated != statement_of(entry) and known.looks < MAX_LOOKS


def revise(read: Draft, known: Known, entry: Entry, outside: Ingesting) -> Draft | Ingested:
    """A new version, or that nothing material changed."""
    former, tag = outside.store.get_current(known.article_id)
    if former.version > known.version:  # a run before this one ended between object and row
        _tell_of_change(former, outside)
        outside.archive.put_version(former, statement_of(entry))
        return Ingested(entry.url, Outcome.REVISED, former.id, former.page_outcome)
    worse = former.text_from is TextFrom.PAGE and read.article.text_from is TextFrom.FEED
    change = None if worse else change_between(former, read.article)
    if change is None:
        outside.archive.note_look(known.article_id, statement_of(entry))
        outcome = read.article.page_outcome
        return Ingested(entry.url, Outcome.KNOWN, known.article_id, outcome)
    kept = ("id", "url", "feed_id", "publisher", "seen_at", "topics", "story_id")
    stays: dict[str, object] = {name: getattr(former, name) for name in kept}
    stays |= {"version": former.version + 1, "revised_at": read.article.seen_at, "change": change}
    if former.published_at:
        stays |= {"published_at": former.published_at, "published_zone": former.published_zone}
    return replace(read, article=read.article.model_copy(update=stays), former=Former(former, tag))


def store_version(draft: Draft, former: Former, outside: Ingesting) -> Ingested:
    """Another job that was faster has written the same version, or will see the next change."""
    article = draft.article
    outcome = Outcome.KNOWN
    if outside.store.put_version(article, former.article, former.tag):
        _tell_of_change(article, outside)
        outside.archive.put_version(article, draft.stated)
        outcome = Outcome.REVISED
    for alias in draft.aliases - {article.id}:
        outside.archive.add_alias(alias, article.id)
    return Ingested(article.url, outcome, article.id, article.page_outcome)


def _tell_of_change(article: Article, outside: Ingesting) -> None:
    """Where its matches rang, and the change is worth it. Before the row is written: until then it
    is done again."""
    if article.change is None or not (news := news_in(article.change, article.title)):
        return
    revision = Revision(version=article.version, title=article.title, reason=news)
    for topic in article.topics:
        outside.archive.add_revision(article.id, topic, revision, outside.clock(), MAX_UPDATES)
