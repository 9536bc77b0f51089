"""The `tocsin` command against an account in moto."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.session import Session
from click.testing import CliRunner, Result

from tests.builders import NOW, a_feed, a_feed_state, a_match, a_topic, an_article
from tests.functional.calls import Calls
from tests.functional.conftest import PutTopics
from tests.functional.documents import page
from tests.functional.stack import NAME, REGION, Stack
from tests.matching import StemsOnly, matcher_of
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.sns import SnsTopics
from tocsin.aws.topics_table import TopicsTable
from tocsin.cli import main as cli_main
from tocsin.cli.target import Account
from tocsin.errors import ConfigurationError
from tocsin.model import Article, Excerpt, FeedState, Match, Span, TextFrom
from tocsin.query.document import Document

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


@pytest.fixture(scope="module")
def boto3_session(aws_session: Session) -> boto3.Session:
    """Once: boto3 adds to the clients of a session each time that it is given it, and twice is too
    often."""
    return boto3.Session(botocore_session=aws_session, region_name=REGION)


@pytest.fixture
def account(stack: Stack, boto3_session: boto3.Session) -> Account:
    return Account(boto3_session, NAME, stack.outputs())


@pytest.fixture
def tocsin(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Runs a command in a project of its own, connected to the account in moto."""
    (tmp_path / "template.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for module in ("apply", "articles", "feeds", "subscribers", "topics"):
        monkeypatch.setattr(sys.modules[f"tocsin.cli.{module}"], "connect", lambda place: account)
    monkeypatch.setattr(sys.modules["tocsin.cli.apply"], "Lexicon", StemsOnly)

    def run(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(cli_main.cli, arguments, input=answer)

    return run


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., None]:
    def write(feeds: str = FEEDS, topics: str = TOPICS) -> None:
        (tmp_path / "feeds.yaml").write_text(feeds)
        (tmp_path / "topics.yaml").write_text(topics)

    return write


def done(result: Result) -> str:
    """What a command that went well has printed."""
    assert result.exception is None, result.output
    assert result.exit_code == 0
    return result.output


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
    assert {row.sns_topic_arn for row in topics.all()} == {each["TopicArn"] for each in listed}
    assert {each["TopicArn"].rpartition(":")[2] for each in listed} == {
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
    sns_topics.subscribe(row.sns_topic_arn, "email", "anna@example.org")
    files(topics=TOPICS.replace("  - {id: peace, name: Peace, any: [peacekeepers]}\n", ""))
    assert "- topic peace (with its 1 subscriber)" in done(tocsin("apply", "--yes"))
    assert [each.topic.id for each in topics.all()] == ["harbour"]
    listed = stack.client("sns").list_topics()["Topics"]
    assert [each["TopicArn"].rpartition(":")[2] for each in listed] == ["tocsin-harbour"]
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


def test_the_feeds_table_shows_how_each_poll_ended_and_when_the_next_is(
    tocsin: Callable[..., Result], four_feeds: None
) -> None:
    header, *lines = done(tocsin("feeds")).splitlines()
    assert header.split() == ["feed", "outcome", "polled", "(UTC)", "next", "entries", "detail"]
    assert [" ".join(line.split()) for line in lines] == [
        "ailing http_503 (3 times) 2031-03-05 14:30 2031-03-05 16:30 0 HTTP 503",
        "fresh new - 2031-03-05 14:30 0",
        "gone http_410 2031-03-05 14:30 never: it is gone 0 HTTP 410",
        "well ok 2031-03-05 14:30 2031-03-05 14:45 7",
    ]


def test_only_failing_feeds_are_shown_where_asked_for(
    tocsin: Callable[..., Result], four_feeds: None
) -> None:
    _, *lines = done(tocsin("feeds", "--failing")).splitlines()
    assert [line.split()[0] for line in lines] == ["ailing", "gone"]


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
    tocsin: Callable[..., Result], archived: Callable[..., Article], articles: ArticlesTable
) -> None:
    article = archived(an_article(), a_match())
    shown = done(tocsin("article", article.id))
    assert article.title in shown
    assert all(line in shown for line in article.text.splitlines())
    assert "matched peace on peacekeepers" in shown
    assert "They asked for *peacekeepers*." in shown
    assert "alert under way (due)" in shown
    articles.claim(article.id, "peace", "me", NOW, NOW + timedelta(minutes=2))
    articles.mark_sent(a_match(), "me", "alert-7", "message-1", NOW)
    assert "alert alert-7 sent at 2031-03-05 14:30 UTC" in done(tocsin("article", article.id))


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
        ["harbour", "Harbour", "0"],
        ["peace", "Peace", "2"],
    ]


@pytest.fixture
def confirming(calls: Calls, account: Account) -> Iterator[None]:
    """SNS answers as it does for an e-mail address; to moto every endpoint has agreed already."""

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        asked = calls.of("sns:Subscribe")[-1]
        if asked["Protocol"] == "email" and not asked.get("ReturnSubscriptionArn"):
            parsed["SubscriptionArn"] = "pending confirmation"

    events = account.client("sns").meta.events
    events.register("after-call.sns.Subscribe", answer)
    yield
    events.unregister("after-call.sns.Subscribe", answer)


def test_an_address_that_must_confirm_first_is_said_to(
    tocsin: Callable[..., Result], put_topics: PutTopics, confirming: None
) -> None:
    put_topics(a_topic())
    shown = done(tocsin("subscribe", "peace", "--email", "a@example.org", "--sms", "+380441234567"))
    assert shown.splitlines() == [
        "a@example.org hears of Peace; waits for confirmation",
        "+380441234567 hears of Peace",
    ]


def test_who_was_subscribed_listens(tocsin: Callable[..., Result], put_topics: PutTopics) -> None:
    put_topics(a_topic("peace"), a_topic("harbour"))
    done(tocsin("subscribe", "peace", "--email", "a@example.org", "--sms", "+380441234567"))
    _, *lines = done(tocsin("subscribers", "peace")).splitlines()
    assert sorted(line.split()[:2] for line in lines) == [
        ["email", "a@example.org"],
        ["sms", "+380441234567"],
    ]
    assert done(tocsin("subscribers", "harbour")).splitlines()[1:] == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--email", "anna"),
        ("--email", "anna@localhost"),
        ("--email", "anna @example.org"),
        ("--email", "a@b@example.org"),
        ("--sms", "0441234567"),
        ("--sms", "+0441234567"),
        ("--sms", "+38 044 1234567"),
        ("--sms", "+123456789012345678"),
    ],
)
def test_an_address_or_number_that_is_none_is_refused_before_anything_is_sent(
    option: str, value: str, tocsin: Callable[..., Result], put_topics: PutTopics, calls: Calls
) -> None:
    put_topics(a_topic())
    calls.reset()
    result = tocsin("subscribe", "peace", option, value)
    assert result.exit_code == 2
    assert repr(value) in result.output
    assert option in result.output
    assert calls.names() == []


def test_nobody_can_be_subscribed_without_an_address(tocsin: Callable[..., Result]) -> None:
    result = tocsin("subscribe", "peace")
    assert result.exit_code == 2
    assert "give --email, --sms or both" in result.output


@pytest.mark.parametrize(
    "command",
    [("subscribe", "peas", "--email", "a@example.org"), ("subscribers", "peas")],
    ids=["subscribe", "subscribers"],
)
def test_a_topic_that_is_not_there_is_named(
    command: tuple[str, ...], tocsin: Callable[..., Result], calls: Calls
) -> None:
    result = tocsin(*command)
    assert result.exit_code == 1
    assert "no topic 'peas'; `tocsin topics` lists them" in result.output
    assert calls.of("sns:Subscribe") == []


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
