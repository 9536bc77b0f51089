"""`tocsin.archive.connect`: the archive for programs and notebooks."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import pytest

import tocsin.archive
from tests.builders import NOW, SITE, a_match, a_topic, an_article
from tests.functional.conftest import PutTopics
from tocsin import notebook
from tocsin.archive import Archive
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.stories_table import StoriesTable
from tocsin.cli.target import Account, Place
from tocsin.errors import ConfigurationError, InputError, NotFoundError, QueryError
from tocsin.model.articles import Article
from tocsin.model.stories import Member
from tocsin.model.stories import Place as StoryPlace


@pytest.fixture
def archive(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    asked: list[Place] = []
    monkeypatch.setattr(notebook, "connect_account", lambda place: asked.append(place) or account)
    with tocsin.archive.connect("tocsin", region="eu-central-1") as connected:
        assert (asked[0].stack_name, asked[0].region) == ("tocsin", "eu-central-1")
        connected._clock = lambda: NOW
        yield connected


@pytest.fixture
def article(
    articles: ArticlesTable, bucket: Bucket, stories: StoriesTable, put_topics: PutTopics
) -> Article:
    """With a match, a story and an hour of volume."""
    put_topics(a_topic("peace"))
    article = an_article(f"{SITE}/a", title="a")
    bucket.put_article(article)
    articles.add_match(a_match(article.url, "peace"), article.seen_at)
    articles.add_article(article)
    known = article.model_dump(include={"title", "publisher", "seen_at", "language"})
    founder = Member(article_id=article.id, kind="founder", **known)
    stories.add_place(founder, StoryPlace(state="confirmed"))
    stories.count("peace", article.id, article.publisher, article.seen_at)
    return article


def test_a_search_gives_hit_after_hit_over_all_pages(
    archive: Archive, stored: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "PAGE", 2)
    stored(*({} for _ in range(5)))
    newest = [f"Article {number}" for number in (4, 3, 2, 1, 0)]
    assert [hit.title.text for hit in archive.search("article")] == newest
    assert [hit.title.text for hit in archive.search("article", limit=3)] == newest[:3]
    assert [hit.title.text for hit in archive.search(order="best", limit=5)] == newest
    assert list(archive.search("article", limit=0)) == []


def test_filters_have_the_names_that_they_have_elsewhere(
    archive: Archive, stored: Callable[..., None]
) -> None:
    stored({"publisher": "Times, The"}, {"publisher": "Hill Post"}, {"seen_at": NOW})
    of_two = archive.search(publisher=["Times, The", "hill post"])
    assert {hit.publisher for hit in of_two} == {"Times, The", "Hill Post"}
    for since in ("2031-03-05", date(2031, 3, 5), NOW, NOW.replace(tzinfo=None)):
        assert [hit.seen_at for hit in archive.search(since=since)] == [NOW]
    assert len(list(archive.search(until="2031-03-04"))) == 2
    counted = archive.page(facet="publisher", limit=1)
    assert counted.facets["publisher"]["Hill Post"] == 1
    assert counted.matches == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"publishers": "x"}, "publishers: no such filter; there are topic"),
        ({"order": "oldest"}, "order: one of newest, best"),
        ({"since": "soon"}, "since: write it as"),
        ({"limit": 5_000}, "limit"),
    ],
)
def test_what_is_wrong_is_named(archive: Archive, asked: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        archive.page("ferry", **asked)
    with pytest.raises(QueryError, match="column"):
        list(archive.search("a AND"))


def test_articles_are_listed_as_they_come(archive: Archive, article: Article) -> None:
    for asked in (
        {},
        {"day": "2031-03-05"},
        {"day": NOW.date()},
        {"topic": "peace"},
        {"publisher": article.publisher},
        {"story": article.id},
        {"story": article.url},
    ):
        assert [card.article_id for card in archive.articles(**asked)] == [article.id]
    assert list(archive.articles(day="2031-03-04")) == []
    with pytest.raises(InputError, match="give only one of"):
        next(archive.articles(topic="peace", day="2031-03-05"))
    with pytest.raises(InputError, match="a date as"):
        next(archive.articles(day="today"))


def test_a_list_goes_on_over_its_pages(
    archive: Archive, articles: ArticlesTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "PAGE", 2)
    for number in range(5):
        seen_at = NOW - timedelta(minutes=number)
        articles.add_article(an_article(f"{SITE}/{number}", title=str(number), seen_at=seen_at))
    assert [card.title for card in archive.articles()] == list("01234")
    assert [card.title for card in archive.articles(limit=3)] == list("012")


def test_one_article_one_story_and_a_topics_volume(archive: Archive, article: Article) -> None:
    assert archive.article(article.url) == archive.article(article.id) == article
    (match,) = archive.matches(article.id)
    assert match.match.topic_id == "peace"
    assert [each.article_id for each in archive.story(article.url).members] == [article.id]
    (hour,) = archive.volume("peace", since="2031-03-05").hours
    assert (hour.at, hour.stories) == (datetime(2031, 3, 5, 14, tzinfo=UTC), 1)
    for missing in (lambda: archive.article("0" * 24), lambda: archive.volume("war")):
        with pytest.raises(NotFoundError):
            missing()


def test_without_a_stack_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: Place) -> Account:
        raise click.ClickException("no stack 'tocsin'; deploy it with `make deploy`")

    monkeypatch.setattr(notebook, "connect_account", refuse)
    with pytest.raises(ConfigurationError, match="make deploy"):
        tocsin.archive.connect("tocsin")


def test_what_connects_is_imported_only_where_it_is_asked_for() -> None:
    code = (
        "import sys, tocsin.archive, tocsin.archive.search\n"
        "assert not {'tocsin.notebook', 'click', 'boto3'} & set(sys.modules)\n"
        "from tocsin.archive import connect\n"
        "assert 'tocsin.notebook' in sys.modules\n"
    )
    path = str(Path(tocsin.archive.__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=True)
    with pytest.raises(AttributeError, match="no attribute 'disconnect'"):
        tocsin.archive.disconnect  # noqa: B018
