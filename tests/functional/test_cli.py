"""The `tocsin` command against an account in moto."""

import gzip
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from click.testing import Result

from tests.archive import a_record
from tests.builders import (
    ARTICLE_URL,
    NOW,
    SITE,
    a_feed,
    a_feed_state,
    a_match,
    a_topic,
    an_article,
)
from tests.functional.calls import Calls
from tests.functional.conftest import PutTopics, done
from tests.functional.documents import PARAGRAPHS, page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tests.matching import StemsOnly, matcher_of
from tests.rewrites import ORIGINAL
from tocsin.archive.records import to_batch
from tocsin.articles.capture import Captured, write_captures
from tocsin.aws.alerts_table import AlertsTable
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.batches import Batches
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.sns import SnsTopics
from tocsin.aws.stories_table import StoriesTable
from tocsin.aws.topics_table import TopicsTable
from tocsin.cli import main as cli_main
from tocsin.cli.files import read_feeds
from tocsin.cli.target import Account, Jobs
from tocsin.errors import ConfigurationError
from tocsin.model.alerts import Alert, AlertKey
from tocsin.model.articles import Article, Change, TextFrom
from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.feeds import Feed, FeedState
from tocsin.model.lines import Cadence, Line
from tocsin.model.matches import Match, Note
from tocsin.model.stories import Ring
from tocsin.pipeline.archive import Archiving, archive
from tocsin.pipeline.story import bell_of, enter_story
from tocsin.query.document import Document

FEED_URL = f"{SITE}/feed.xml"
FEEDS = """\
feeds:
  - {id: news, url: https://harbour-post.example/news.xml, publisher: Harbour Post}
  - {id: bote, url: https://kesseltaler-bote.example/feed.json, language: de}
"""
TOPICS = """\
topics:
  - {id: peace, name: Peace, any: [peacekeepers]}
  - {id: harbour, name: Harbour, all: [harbour, master]}
"""


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., None]:
    def write(feeds: str = FEEDS, topics: str = TOPICS) -> None:
        (tmp_path / "feeds.yaml").write_text(feeds)
        (tmp_path / "topics.yaml").write_text(topics)

    return write


def in_force(bucket: Bucket, text: str) -> list[str]:
    """Ids of the topics that would match the text."""
    found = bucket.find_topics()
    assert found is not None
    matcher = matcher_of(bucket.get_compiled(found[0].base))
    return matcher.match(Document("", text)).topic_ids()


def test_apply_shows_its_plan_and_asks_before_it_changes_anything(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    feeds: FeedsTable,
    topics: TopicsTable,
    calls: Calls,
) -> None:
    files()
    refused = tocsin("apply", answer="n\n")
    assert refused.exit_code == 1
    plan = ["+ topic peace", "+ topic harbour", "+ feed news", "+ feed bote"]
    assert all(line in refused.output for line in plan)
    assert (calls.writes(), feeds.all(), topics.all()) == ([], [], [])
    agreed = done(tocsin("apply", answer="y\n"))
    assert all(line in agreed for line in plan)
    assert [row.feed.id for row in feeds.all()] == ["bote", "news"]


def test_apply_puts_both_files_in_force(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    feeds: FeedsTable,
    topics: TopicsTable,
    bucket: Bucket,
    stack: Stack,
) -> None:
    files()
    begun = datetime.now(UTC).replace(microsecond=0)
    assert "applied" in done(tocsin("apply", "--yes"))
    news = feeds.find("news")
    assert news is not None
    assert (news.feed.publisher, news.state) == ("Harbour Post", FeedState())
    assert news.due_at is not None
    assert begun <= news.due_at <= datetime.now(UTC)
    listed = stack.client("sns").list_topics()["Topics"]
    arns = {each["TopicArn"] for each in listed} - {stack.ref("OperatorTopic")}
    assert {arn for row in topics.all() for arn in row.sns_topic_arns.values()} == arns
    assert {arn.rpartition(":")[2] for arn in arns} == {
        "tocsin-peace",
        "tocsin-harbour",
    }
    assert in_force(bucket, "the master of the harbour") == ["harbour"]
    assert in_force(bucket, "peacekeepers") == ["peace"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    tocsin: Callable[..., Result], files: Callable[..., None], calls: Calls
) -> None:
    files()
    shown = done(tocsin("apply", "--dry-run", "--yes"))
    assert "+ feed news" in shown
    assert "applied" not in shown
    assert calls.writes() == []


def test_applying_twice_changes_nothing(
    tocsin: Callable[..., Result], files: Callable[..., None], calls: Calls
) -> None:
    files()
    done(tocsin("apply", "--yes"))
    calls.reset()
    assert done(tocsin("apply")).strip() == "nothing to change"
    assert calls.writes() == []


def test_apply_says_what_a_change_changes(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    feeds: FeedsTable,
    bucket: Bucket,
) -> None:
    files()
    done(tocsin("apply", "--yes"))
    files(
        FEEDS.replace("Harbour Post", "Bay Post"),
        TOPICS.replace("[peacekeepers]", "[peacekeepers, truce]"),
    )
    shown = done(tocsin("apply", "--yes"))
    assert "~ feed news: publisher Harbour Post -> Bay Post" in shown
    assert "~ topic peace: any [peacekeepers] -> [peacekeepers, truce]" in shown
    assert ("feed bote" in shown, "topic harbour" in shown) == (False, False)
    row = feeds.find("news")
    assert row is not None
    assert row.feed.publisher == "Bay Post"
    assert in_force(bucket, "a truce") == ["peace"]


def test_removing_a_topic_takes_its_sns_topic_along_after_saying_who_listens(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    topics: TopicsTable,
    sns_topics: SnsTopics,
    bucket: Bucket,
    stack: Stack,
) -> None:
    files()
    done(tocsin("apply", "--yes"))
    row = topics.find("peace")
    assert row is not None
    sns_topics.subscribe(row.sns_topic_arns["instant"], "email", "anna@example.org")
    files(topics=TOPICS.replace("  - {id: peace, name: Peace, any: [peacekeepers]}\n", ""))
    assert "- topic peace (with its 1 subscriber)" in done(tocsin("apply", "--yes"))
    assert [each.topic.id for each in topics.all()] == ["harbour"]
    listed = stack.client("sns").list_topics()["Topics"]
    arns = {each["TopicArn"] for each in listed} - {stack.ref("OperatorTopic")}
    assert [arn.rpartition(":")[2] for arn in arns] == ["tocsin-harbour"]
    assert in_force(bucket, "peacekeepers") == []


def test_removing_a_feed_leaves_the_others(
    tocsin: Callable[..., Result], files: Callable[..., None], feeds: FeedsTable
) -> None:
    files()
    done(tocsin("apply", "--yes"))
    files("feeds:\n" + FEEDS.splitlines()[2] + "\n")
    assert "- feed news (its articles stay in the archive)" in done(tocsin("apply", "--yes"))
    assert [row.feed.id for row in feeds.all()] == ["bote"]


def test_a_file_that_is_not_given_leaves_its_part_as_it_is(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    feeds: FeedsTable,
    topics: TopicsTable,
    bucket: Bucket,
) -> None:
    files()
    done(tocsin("apply", "--yes", "--topics", "topics.yaml"))
    assert feeds.all() == []
    files(topics="topics: []\n")
    done(tocsin("apply", "--yes", "--feeds", "feeds.yaml"))
    assert (len(feeds.all()), len(topics.all())) == (2, 2)
    assert in_force(bucket, "peacekeepers") == ["peace"]


def test_an_interrupted_apply_is_completed_by_the_next_one(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    feeds: FeedsTable,
    topics: TopicsTable,
    bucket: Bucket,
    calls: Calls,
) -> None:
    files()
    calls.before("s3:PutObject", _interrupt)
    assert tocsin("apply", "--yes").exit_code != 0
    assert feeds.all() == []
    done(tocsin("apply", "--yes"))
    assert (len(feeds.all()), len(topics.all())) == (2, 2)
    assert in_force(bucket, "peacekeepers") == ["peace"]


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_a_wrong_file_is_refused_before_anything_is_changed(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files(topics=TOPICS.replace("any: [peacekeepers]", "any: ['...']"))
    monkeypatch.setattr(sys, "argv", ["tocsin", "apply", "--yes"])
    with pytest.raises(SystemExit) as ended:
        cli_main.main()
    assert ended.value.code == 1
    assert "topics.yaml, line 2, topics.0: '...': holds no letter" in capsys.readouterr().err
    assert calls.writes() == []


def test_where_there_is_no_file_apply_says_so(tocsin: Callable[..., Result]) -> None:
    result = tocsin("apply")
    assert result.exit_code == 1
    assert "no feeds.yaml and no topics.yaml here" in result.output


@pytest.fixture
def four_feeds(feeds: FeedsTable) -> None:
    states = {
        "well": (a_feed_state(entries_total=7), NOW + timedelta(minutes=15)),
        "ailing": (
            a_feed_state(outcome="http_503", detail="HTTP 503", errors_in_a_row=3),
            NOW + timedelta(hours=2),
        ),
        "gone": (
            a_feed_state(outcome="http_410", detail="HTTP 410", errors_in_a_row=1, disabled=True),
            None,
        ),
    }
    for feed_id, (state, due_at) in states.items():
        feeds.put_feed(a_feed(feed_id), NOW)
        feeds.save_state(a_feed(feed_id), state, due_at)
    feeds.put_feed(a_feed("fresh"), NOW)


def test_the_feeds_table_shows_how_each_feed_is_and_when_it_is_asked_next(
    tocsin: Callable[..., Result], four_feeds: None
) -> None:
    header, *lines = done(tocsin("feeds")).splitlines()
    columns = "feed is since (UTC) last poll next a week in all why"
    assert " ".join(header.split()) == columns
    assert [" ".join(line.split()) for line in lines] == [
        "ailing failing 2031-03-05 14:30 http_503 2031-03-05 14:30 2031-03-05 16:30 0 0"
        " failed 3 times in a row: HTTP 503",
        "fresh new - - 2031-03-05 14:30 0 0",
        "gone gone 2031-03-05 14:30 http_410 2031-03-05 14:30 never 0 0"
        " HTTP 410; it is not asked any more",
        "well ok - ok 2031-03-05 14:30 2031-03-05 14:45 0 7",
    ]


def test_only_failing_feeds_are_shown_where_asked_for(
    tocsin: Callable[..., Result], four_feeds: None
) -> None:
    _, *lines = done(tocsin("feeds", "--failing")).splitlines()
    assert [line.split()[0] for line in lines] == ["ailing", "gone"]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> FakeWeb:
    """A page that names its feed."""
    web = FakeWeb()
    feed = """<rss version="2.0"><channel><title>Harbour Post</title><language>en</language>
        <item><title>Peace</title><link>/1</link></item></channel></rss>"""
    web.serve(FEED_URL, feed, content_type="application/rss+xml", etag='"1"')
    link = f'<link rel="alternate" type="application/rss+xml" href="{FEED_URL}">'
    web.serve(f"{SITE}/", f"<html><head>{link}</head></html>")
    monkeypatch.setattr(sys.modules["tocsin.cli.feed_check"], "Fetcher", lambda *_: web)
    return web


def test_check_shows_what_a_poll_would_find_and_stores_nothing(
    tocsin: Callable[..., Result], site: FakeWeb, feeds: FeedsTable
) -> None:
    shown = " ".join(done(tocsin("feeds", "check", f"{SITE}/")).split())
    for part in (f"feed {FEED_URL}", f"found from {SITE}/", "kind rss", "title Harbour Post"):
        assert part in shown
    for part in ("entries 1", "told by its etag", f"Peace {SITE}/1"):
        assert part in shown
    assert feeds.all() == []


def test_a_page_without_a_feed_is_told_so(tocsin: Callable[..., Result], site: FakeWeb) -> None:
    site.serve(f"{SITE}/about", "<html></html>")
    site.serve(FEED_URL, "<html></html>")
    result = tocsin("feeds", "check", f"{SITE}/about")
    assert "no feed at" in str(result.exception)


def test_add_writes_the_feed_of_a_page_into_the_file(
    tocsin: Callable[..., Result], site: FakeWeb, files: Callable[..., None], tmp_path: Path
) -> None:
    files()
    assert "harbour-post is in feeds.yaml" in done(tocsin("feeds", "add", f"{SITE}/"))
    added = read_feeds(tmp_path / "feeds.yaml")[-1]
    assert added == Feed(id="harbour-post", url=FEED_URL, publisher="Harbour Post", language="en")
    again = tocsin("feeds", "add", FEED_URL)
    assert "feed 'harbour-post' is that one already" in str(again.exception)


def test_feeds_travel_as_opml(
    tocsin: Callable[..., Result], files: Callable[..., None], tmp_path: Path
) -> None:
    files()
    opml = done(tocsin("feeds", "export"))
    (tmp_path / "mine.opml").write_text(opml)
    assert "0 feeds added to feeds.yaml, 2 were there" in done(
        tocsin("feeds", "import", "mine.opml")
    )
    (tmp_path / "feeds.yaml").unlink()
    done(tocsin("feeds", "import", "mine.opml"))
    assert [(feed.id, feed.url) for feed in read_feeds(tmp_path / "feeds.yaml")] == [
        ("harbour-post", "https://harbour-post.example/news.xml"),
        ("bote", "https://kesseltaler-bote.example/feed.json"),
    ]


def test_what_is_no_opml_is_named(tocsin: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "no.opml").write_text("<html>")
    result = tocsin("feeds", "import", "no.opml")
    assert isinstance(result.exception, ConfigurationError)
    assert "no.opml: " in str(result.exception)


def test_a_feed_that_is_not_there_cannot_be_polled(tocsin: Callable[..., Result]) -> None:
    result = tocsin("poll", "nope")
    assert result.exit_code == 1
    assert "no feed 'nope'; `tocsin feeds` lists them" in result.output


@pytest.fixture
def archived(articles: ArticlesTable, bucket: Bucket) -> Callable[..., Article]:
    def put(article: Article, match: Match | None = None) -> Article:
        bucket.put_article(article)
        if match:
            articles.add_match(match, NOW)
        articles.add_article(article)
        return article

    return put


def test_articles_are_listed_by_day_and_by_topic(
    tocsin: Callable[..., Result], archived: Callable[..., Article], put_topics: PutTopics
) -> None:
    put_topics(a_topic())
    matched = archived(an_article(language="en"), a_match())
    other = archived(an_article("https://harbour-post.example/kelp", title="Kelp is back"))
    by_day = done(tocsin("articles", "--day", "2031-03-05"))
    assert all(each.id in by_day and each.title in by_day for each in (matched, other))
    by_topic = done(tocsin("articles", "--topic", "peace"))
    assert (matched.id in by_topic, other.id in by_topic) == (True, False)
    assert matched.id not in done(tocsin("articles"))  # of today, which is not that day


def test_articles_can_be_read_on_from_where_a_list_ended(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    for number in range(3):
        archived(an_article(f"https://harbour-post.example/{number}", title=f"Number {number}"))
    first = done(tocsin("articles", "--day", "2031-03-05", "--limit", "2"))
    cursor = first.split("--cursor ")[1].strip()
    second = done(tocsin("articles", "--day", "2031-03-05", "--limit", "2", "--cursor", cursor))
    titles = [f"Number {number}" for number in range(3)]
    assert [title in first for title in titles].count(True) == 2
    assert [title in second for title in titles] == [title not in first for title in titles]
    assert "--cursor" not in second


def test_articles_as_json_are_one_object_a_line(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    article = archived(an_article())
    (line,) = done(tocsin("articles", "--day", "2031-03-05", "--json")).splitlines()
    assert json.loads(line)["article_id"] == article.id


def test_markup_and_control_characters_of_a_title_reach_no_terminal(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    archived(an_article(title="[red]Kelp[/red] \x1b[31m is \u202eback"))
    shown = done(tocsin("articles", "--day", "2031-03-05"))
    assert "[red]Kelp[/red] [31m is back" in shown


def test_an_unknown_topic_is_named_with_those_that_there_are(
    tocsin: Callable[..., Result], put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace"), a_topic("harbour"))
    error = tocsin("articles", "--topic", "peas").exception
    assert str(error) == "topic: no topic 'peas'; there are harbour, peace"


def test_one_article_is_shown_with_what_it_matched_and_what_became_of_the_alert(
    tocsin: Callable[..., Result],
    archived: Callable[..., Article],
    articles: ArticlesTable,
    alerts: AlertsTable,
) -> None:
    article = archived(an_article(), a_match())
    shown = done(tocsin("article", article.id))
    assert article.title in shown
    assert all(line in shown for line in article.text.splitlines())
    assert "matched peace on peacekeepers" in shown
    assert "They asked for *peacekeepers*." in shown
    assert "alert under way (due)" in shown
    articles.claim(article.id, "peace", "me", NOW, NOW + timedelta(minutes=2))
    alert = Alert(
        key="daily#0", topic_id="peace", line=Line(cadence=Cadence.DAILY), match=a_match()
    )
    alerts.add(alert, NOW + timedelta(hours=2), Note(at=NOW, outcome="held", reason="daily digest"))
    articles.mark_alerted(a_match(), "me", "alert-7", Note(at=NOW, outcome="alerted"))
    shown = done(tocsin("article", article.id))
    assert "alert alert-7 by daily at 2031-03-05 16:30 UTC (daily digest)" in shown
    key = AlertKey.of(alert)
    alerts.claim(key, "me", NOW + timedelta(hours=3), NOW + timedelta(hours=4))
    alerts.mark_sent(key, "me", "n1", "m1", Note(at=NOW + timedelta(hours=3), outcome="sent"))
    shown = done(tocsin("article", article.id))
    assert "alert alert-7 sent by daily at 2031-03-05 17:30 UTC" in shown


def test_control_characters_of_a_page_reach_no_terminal(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    text = "They asked\x1b[2J for \x1b[31mpeacekeepers\u202e."
    match = a_match(excerpt=Excerpt(text=text, marks=(Span(start=24, end=36),)))
    article = archived(an_article(text=text, publisher="Harbour\x07 Post"), match)
    shown = done(tocsin("article", article.id))
    assert "They asked[2J for [31m*peacekeepers*." in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_one_article_says_where_its_text_comes_from_unless_it_is_the_page(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    article = archived(an_article(text_from=TextFrom.FEED, page_outcome="http_403"))
    assert "text from the feed: the page was not to be had (http_403)" in done(
        tocsin("article", article.id)
    )


def test_one_article_as_json_holds_its_matches(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    article = archived(an_article(), a_match())
    shown: dict[str, Any] = json.loads(done(tocsin("article", article.id, "--json")))
    assert (shown["id"], shown["matches"][0]["status"]) == (article.id, "due")


PAGE = page(canonical=ARTICLE_URL).replace(
    "</head>",
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Peace, in a page",'
    ' "author": {"name": "Ada Lind"}, "datePublished": "2031-03-05T16:30:00+02:00"}</script>'
    "</head>",
)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_shown_as_extraction_reads_it_with_where_each_fact_is_from(
    packed: bool, tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    body = gzip.compress(PAGE.encode()) if packed else PAGE.encode()
    (tmp_path / "page.html").write_bytes(body)
    lines = [line.split() for line in done(tocsin("article", "page.html")).splitlines()]
    assert ["title", "Peace,", "in", "a", "page", "json-ld"] in lines
    assert ["authors", "Ada", "Lind", "json-ld"] in lines
    assert ["published_at", "2031-03-05", "16:30:00+02:00", "json-ld"] in lines
    assert ["canonical_url", ARTICLE_URL, "meta"] in lines
    assert PARAGRAPHS[0].split() in lines


def test_a_capture_is_shown_like_the_page_it_holds(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    headers = {"content-type": "text/html; charset=utf-8"}
    file, _ = write_captures([Captured(ARTICLE_URL, 200, headers, PAGE.encode())])
    (tmp_path / "page.warc.gz").write_bytes(file)
    shown = json.loads(done(tocsin("article", "page.warc.gz", "--json")))
    assert (shown["url"], shown["title"]) == (ARTICLE_URL, "Peace, in a page")
    assert shown["text"].endswith("\n".join(PARAGRAPHS))
    assert shown["origins"]["authors"] == "json-ld"
    assert isinstance(shown["dropped"], list)


def test_a_file_that_holds_no_article_is_named_with_the_reason(
    tocsin: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<html><body></body></html>")
    (tmp_path / "empty.warc").write_bytes(b"")
    assert "page.html: no_text" in str(tocsin("article", "page.html").exception)
    assert "holds no answer" in str(tocsin("article", "empty.warc").exception)


def test_a_page_that_the_archive_does_not_have_is_fetched(
    tocsin: Callable[..., Result], archived: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    web = FakeWeb()
    web.serve(ARTICLE_URL, PAGE)
    monkeypatch.setattr(sys.modules["tocsin.cli.articles"], "Fetcher", lambda *_: web)
    assert "Peace, in a page" in done(tocsin("article", ARTICLE_URL))
    archived(an_article())
    assert "Peace, in a page" not in done(tocsin("article", ARTICLE_URL))
    assert "Peace, in a page" in done(tocsin("article", ARTICLE_URL, "--page"))


def test_without_an_archive_a_page_can_be_shown_all_the_same(
    tocsin: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_place: object) -> Account:
        raise click.ClickException("no stack")

    web = FakeWeb()
    web.serve(ARTICLE_URL, PAGE)
    articles_module = sys.modules["tocsin.cli.articles"]
    monkeypatch.setattr(articles_module, "Fetcher", lambda *_: web)
    monkeypatch.setattr(articles_module, "connect", nowhere)
    assert "Peace, in a page" in done(tocsin("article", ARTICLE_URL))
    assert tocsin("article", "0123").exit_code == 1


def test_a_revised_article_says_so_and_shows_its_former_versions(
    tocsin: Callable[..., Result], archived: Callable[..., Article], bucket: Bucket
) -> None:
    first = archived(an_article())
    change = Change(version=1, title="Peacekeepers", removed=("Gone.",), added=("New.", "Newer."))
    told = {"version": 2, "change": change, "revised_at": NOW, "title": "Peacekeepers at last"}
    _, tag = bucket.get_current(first.id)
    assert bucket.put_version(first.model_copy(update=told), first, tag)
    shown = done(tocsin("article", first.id))
    assert "version 2, seen 2031-03-05 14:30 UTC: 1 paragraphs gone or reworded, 2 new" in shown
    assert "its title was 'Peacekeepers'" in shown
    former = done(tocsin("article", first.id, "--version", "1"))
    assert first.title in former
    assert "version 2" not in former


def test_an_article_shows_where_its_facts_are_from(
    tocsin: Callable[..., Result], archived: Callable[..., Article]
) -> None:
    facts = {"authors": ("Ada Lind", "Bo Ek"), "agency": "AFP"}
    article = archived(an_article(**facts, origins={"authors": "json-ld", "agency": "text"}))
    shown = done(tocsin("article", article.id))
    assert "authors: Ada Lind, Bo Ek (json-ld)" in shown
    assert "agency: AFP (text)" in shown


def test_an_article_that_is_not_there_is_named(tocsin: Callable[..., Result]) -> None:
    assert "no article 'nope'" in str(tocsin("article", "nope").exception)


def test_topics_are_shown_with_how_many_listen(
    tocsin: Callable[..., Result], put_topics: PutTopics, sns_topics: SnsTopics
) -> None:
    arns = put_topics(a_topic("peace"), a_topic("harbour"))
    for number in (1, 2):
        sns_topics.subscribe(arns["peace"], "sms", f"+38044123456{number}")
    _, *lines = done(tocsin("topics")).splitlines()
    assert [line.split() for line in lines] == [
        ["harbour", "Harbour", "instant", "0"],
        ["peace", "Peace", "instant", "2"],
    ]


QUERY_TOPICS = """\
topics:
  - id: peace
    name: Peace
    query: (peacekeeper OR "blue helmet*") NEAR/5 bay AND NOT title:regatta
  - id: harbour
    name: Harbour
    any: [harbour council]
"""


@pytest.fixture
def offline(tocsin: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying topics reads no account and no dictionary."""

    def no_account(place: object) -> Account:
        raise AssertionError("topics were to be tried without an account")

    monkeypatch.setattr(sys.modules["tocsin.cli.topics"], "connect", no_account)
    monkeypatch.setattr(sys.modules["tocsin.cli.topics"], "Lexicon", StemsOnly)


@pytest.mark.usefixtures("offline")
def test_a_topic_is_tried_on_a_text_with_its_words_marked(
    tocsin: Callable[..., Result], files: Callable[..., None]
) -> None:
    files(topics=QUERY_TOPICS.replace('"blue helmet*"', "helmet*"))
    said = done(tocsin("topics", "test", "Two peacekeepers came to the bay."))
    assert "peace (Peace)" in said
    assert "Two *peacekeepers* came to the *bay*." in said
    assert "harbour (Harbour)" not in said


@pytest.mark.usefixtures("offline")
def test_a_topic_is_tried_on_a_page_in_a_file(
    tocsin: Callable[..., Result], files: Callable[..., None], tmp_path: Path
) -> None:
    files(topics=QUERY_TOPICS.replace('"blue helmet*"', "helmet*"))
    (tmp_path / "page.html").write_text(page())
    said = done(tocsin("topics", "test", "page.html"))
    assert "language: en" in said
    assert "The *harbour council* asked for peacekeepers" in said


@pytest.mark.usefixtures("offline")
def test_a_topic_is_tried_on_a_page_on_the_web(
    tocsin: Callable[..., Result],
    files: Callable[..., None],
    web: FakeWeb,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files(topics=QUERY_TOPICS.replace('"blue helmet*"', "helmet*"))
    monkeypatch.setattr(sys.modules["tocsin.cli.topics"], "Fetcher", lambda *_: web)
    web.serve(f"{SITE}/short", page(), redirected_to=f"{SITE}/news/page")
    said = done(tocsin("topics", "test", f"{SITE}/short"))
    assert "language: en" in said
    assert "The *harbour council* asked for peacekeepers" in said
    refused = tocsin("topics", "test", f"{SITE}/gone")
    assert refused.exit_code != 0
    assert f"{SITE}/gone" in str(refused.exception)


@pytest.mark.usefixtures("offline")
def test_a_topic_that_does_not_match_says_which_clause_failed(
    tocsin: Callable[..., Result], files: Callable[..., None]
) -> None:
    files(topics=QUERY_TOPICS.replace('"blue helmet*"', "helmet*"))
    said = done(tocsin("topics", "test", "Peacekeepers are not here.", "--topic", "peace"))
    assert "peace does not match" in said
    assert "bay" in said.splitlines()[-1]


@pytest.mark.usefixtures("offline")
def test_a_topic_is_explained_in_words_and_as_a_tree(
    tocsin: Callable[..., Result], files: Callable[..., None]
) -> None:
    files(topics=QUERY_TOPICS.replace('"blue helmet*"', "helmet*"))
    said = done(tocsin("topics", "explain", "peace"))
    assert said.startswith("An article matches if it has ")
    assert "within 5 of each other" in said


@pytest.mark.usefixtures("offline")
def test_a_mistake_in_a_query_is_shown_at_its_column_with_the_remedy(
    tocsin: Callable[..., Result], files: Callable[..., None]
) -> None:
    files(topics=QUERY_TOPICS)
    result = tocsin("topics", "lint")
    assert isinstance(result.exception, ConfigurationError)
    problem = str(result.exception)
    assert "topics.yaml, line 2, topics.0: column" in problem
    assert "^" in problem


@pytest.mark.usefixtures("offline")
def test_lint_warns_of_what_was_perhaps_not_meant(
    tocsin: Callable[..., Result], files: Callable[..., None]
) -> None:
    files(topics="topics:\n  - {id: peace, name: Peace, query: peace and quiet}\n")
    said = done(tocsin("topics", "lint"))
    assert "peace and quiet" in said
    assert "^^^" in said
    assert "1 topics can be used; 1 warnings" in said


def a_report(url: str, publisher: str, minutes: int = 0, **changes: Any) -> Article:
    known = {"title": ORIGINAL.title, "text": "\n".join(ORIGINAL.paragraphs), "language": "en"}
    at = NOW + timedelta(minutes=minutes)
    return an_article(url, publisher=publisher, seen_at=at, **(known | changes))


@pytest.fixture
def story(stories: StoriesTable) -> list[Article]:
    """Three articles on one event, and one on another."""
    reports = [
        a_report("https://agency.example/1", "Associated Press"),
        a_report("https://harbour-post.example/1", "Harbour Post", 5, title="Troops for Ukraine"),
        a_report("https://lantern.example/1", "Lantern Weekly", 9),
        a_report(
            "https://lantern.example/2", "Lantern Weekly", 9, title="Kelp", text="Kelp grows."
        ),
    ]
    for each in reports:
        enter_story(each, stories)
    return reports


def test_story_shows_its_label_its_outlets_and_who_was_first(
    tocsin: Callable[..., Result], story: list[Article], stories: StoriesTable
) -> None:
    first, second, *_ = story
    ring = Ring(topic_id="peace", article_id=first.id, alert_id="a1")
    stories.claim_ring(first.id, ring, NOW, timedelta(minutes=1))
    stories.mark_rung(first.id, ring, NOW)
    shown = done(tocsin("story", first.id))
    assert shown.startswith(first.title)
    assert "3 articles of 3 outlets in en, 2031-03-05 14:30 to 2031-03-05 14:39 UTC" in shown
    assert "origin: AP; first: Associated Press" in shown
    assert "Troops for Ukraine" in shown
    assert f"rings for peace at 2031-03-05 14:30 UTC: article {first.id}" in shown
    assert "Kelp" not in shown
    assert done(tocsin("story", second.id)) == shown


def test_story_as_json_has_all_of_it(tocsin: Callable[..., Result], story: list[Article]) -> None:
    told = json.loads(done(tocsin("story", story[0].id, "--json")))
    assert (told["size"], told["first"], told["languages"]) == (3, "Associated Press", ["en"])
    assert told["outlets"] == ["Associated Press", "Harbour Post", "Lantern Weekly"]
    assert len(told["terms"]) == 5
    assert [each["kind"] for each in told["members"]] == ["founder", "copy", "copy"]


def test_articles_are_listed_by_publisher_and_by_story(
    tocsin: Callable[..., Result],
    story: list[Article],
    articles: ArticlesTable,
) -> None:
    for each in story:
        articles.add_article(each)
    of_outlet = done(tocsin("articles", "--publisher", "lantern  weekly", "--json")).splitlines()
    assert {json.loads(line)["article_id"] for line in of_outlet} == {s.id for s in story[2:]}
    of_story = done(tocsin("articles", "--story", story[1].url, "--json")).splitlines()
    listed = [json.loads(line)["article_id"] for line in of_story]
    assert listed == [story[2].id, story[1].id, story[0].id]
    refused = tocsin("articles", "--story", "x", "--topic", "peace")
    assert "give only one of" in refused.output


def test_a_story_that_is_not_there_is_named(tocsin: Callable[..., Result]) -> None:
    refused = tocsin("story", "0123456789abcdef01234567")
    assert str(refused.exception) == "no story '0123456789abcdef01234567'"


def test_an_article_can_be_split_off_and_joined_again_and_both_are_recorded(
    tocsin: Callable[..., Result], story: list[Article], stories: StoriesTable
) -> None:
    first, second, *_ = story
    shown = done(tocsin("story", first.id, "--split", second.id))
    assert "2 articles of 2 outlets" in shown
    assert f"article {second.id} left story {first.id}" in shown
    alone = done(tocsin("story", second.id))
    assert "1 article of 1 outlet" in alone
    assert f"article {second.id} left story {first.id}" in alone
    assert bell_of(second.id, stories)[0] == second.id

    again = done(tocsin("story", second.id, "--join", first.id))
    assert "3 articles of 3 outlets" in again
    assert "joined_later" in again
    assert f"story {second.id} became part of {first.id}" in again
    assert bell_of(second.id, stories)[0] == first.id


def test_a_story_that_joins_another_brings_its_members(
    tocsin: Callable[..., Result], story: list[Article]
) -> None:
    first, *_, kelp = story
    shown = done(tocsin("story", first.id, "--join", kelp.id))
    assert "4 articles of 3 outlets" in shown
    assert all(each.id in shown for each in story)


@pytest.mark.parametrize(
    ("option", "number", "said"),
    [
        ("--split", 0, "founded the story; split the others off"),
        ("--split", 3, "is not in story"),
        ("--join", 1, "is in that story already"),
    ],
)
def test_a_correction_that_makes_no_sense_says_why_and_changes_nothing(
    option: str, number: int, said: str, tocsin: Callable[..., Result], story: list[Article]
) -> None:
    before = done(tocsin("story", story[0].id))
    refused = tocsin("story", story[0].id, option, story[number].id)
    assert said in str(refused.exception)
    assert done(tocsin("story", story[0].id)) == before


def test_volume_shows_the_last_week_and_what_stands_out(
    tocsin: Callable[..., Result],
    stories: StoriesTable,
    put_topics: PutTopics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)

    class Standing(datetime):
        """An hour that ends meanwhile is another one."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return now

    monkeypatch.setattr(sys.modules["tocsin.cli.stories"], "datetime", Standing)
    put_topics(a_topic("peace"))
    for day in range(1, 50):
        for number in range(2):
            stories.count("peace", f"{100 * day + number:024x}", "Post", now - timedelta(days=day))
    for number in range(30):
        stories.count("peace", f"{number:024x}", f"Outlet {number}", now - timedelta(hours=1))
    shown = done(tocsin("volume", "peace"))
    assert f"{now - timedelta(hours=1):%Y-%m-%d %H}:00  30       30       0.1" in shown
    assert "surge in the 1 h before" in shown
    told = json.loads(done(tocsin("volume", "peace", "--json")))
    assert [each["stories"] for each in told["hours"][-2:]] == [30, 0]
    assert told["alarms"][-1]["change"] == "surge"
    until = f"{now - timedelta(days=2):%Y-%m-%dT%H}"
    past = json.loads(done(tocsin("volume", "peace", "--json", "--until", until)))
    assert past["alarms"] == []
    assert len(past["hours"]) == 5 * 24


def test_volume_of_a_topic_on_which_nothing_came_says_so(
    tocsin: Callable[..., Result], put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace"))
    assert "nothing out of the ordinary in the last week" in done(tocsin("volume", "peace"))
    assert "no topic 'war'" in tocsin("volume", "war").output


def test_a_job_is_under_way_or_put_off_and_counted_in_one_look_at_its_queue(
    account: Account, stack: Stack, calls: Calls
) -> None:
    assert account.count_jobs() == Jobs(under_way=0, put_off=0)
    sqs = stack.client("sqs")
    for queue, delay in (("PollQueue", 0), ("PollQueue", 10), ("IngestQueue", 0)):
        sqs.send_message(QueueUrl=stack.ref(queue), MessageBody="{}", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=stack.ref("IngestQueue"))
    calls.reset()
    assert account.count_jobs() == Jobs(under_way=2, put_off=1)
    assert calls.names() == ["sqs:GetQueueAttributes"] * 2


# Search


@pytest.fixture
def searchable(account: Account) -> None:
    """Two articles in one shard, another in a batch that is not indexed yet."""
    with ThreadPoolExecutor(2) as threads, TemporaryDirectory() as folder:
        archiving = Archiving(
            manifests=account.shards,
            objects=account.archive_bucket,
            executor=threads,
            clock=lambda: NOW,
            new_id=lambda: "shard",
            folder=Path(folder),
        )
        batches = Batches(account.archive_bucket, account.shards)
        for numbers in ((1, 2), (3,)):
            text = "The ferry sails at noon. Nobody is on it."
            records = [a_record(n, text=text, seen_at=NOW, title=f"No {n}") for n in numbers]
            batches.add(to_batch(records), len(records), NOW)
            if numbers == (1, 2):
                archive(archiving)


@pytest.mark.usefixtures("searchable")
def test_search_shows_hits_with_their_words_marked_and_where_to_go_on(
    tocsin: Callable[..., Result],
) -> None:
    result = tocsin("search", "ferries", "--limit", "1", "--facet", "publisher")
    assert result.exit_code == 0, result.output
    assert "The *ferry* sails at noon." in result.output
    assert "Harbour Post" in result.output
    assert "2 found" in result.output
    cursor = re.search(r"more: --cursor (\S+)", result.output)
    assert cursor
    rest = tocsin("search", "ferries", "--limit", "1", "--cursor", cursor[1], "--json")
    first = json.loads(tocsin("search", "ferries", "--limit", "1", "--json").stdout)
    second = json.loads(rest.stdout)
    assert second["cursor"] is None
    assert {hit["title"]["text"] for hit in first["hits"] + second["hits"]} == {"No 1", "No 2"}


@pytest.mark.usefixtures("searchable")
@pytest.mark.parametrize("order", ["--newest", "--best"])
def test_search_of_everything_counts_the_whole_archive(
    tocsin: Callable[..., Result], order: str
) -> None:
    asked = ("search", "ferries", order, "--limit", "1", "--json")
    whole = json.loads(tocsin(*asked, "--everything").stdout)
    assert (whole["matches"], whole["searched_back_to"]) == (2, None)
    assert whole == json.loads(tocsin(*asked).stdout)


@pytest.mark.usefixtures("searchable")
def test_search_takes_days_as_whole_ones(tocsin: Callable[..., Result]) -> None:
    day = f"{NOW:%Y-%m-%d}"
    inside = tocsin("search", "--since", day, "--until", day, "--json")
    assert len(json.loads(inside.stdout)["hits"]) == 2
    outside = tocsin("search", "--until", f"{NOW - timedelta(days=1):%Y-%m-%d}")
    assert "nothing found" in outside.output
    assert tocsin("search", "--since", "yesterday").exit_code == 2


@pytest.mark.usefixtures("searchable")
def test_search_points_at_the_mistake_in_a_query(tocsin: Callable[..., Result]) -> None:
    result = tocsin("search", "ferry AND (")
    assert result.exit_code == 1
    assert "column 11" in str(result.exception or result.output)
