"""why and audit: every way that an article can end is told, and why nothing came is, too."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from tests.builders import SITE, a_feed, a_topic, an_entry, an_ingest_job
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import PARAGRAPHS, page, rss
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tocsin.alerts.pacing import MAX_ATTEMPTS
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.feeds_table import FeedsTable
from tocsin.aws.hosts_table import HostsTable
from tocsin.aws.items import to_item
from tocsin.cli.audit import NOTHING_LIKE_IT
from tocsin.errors import PublishRefused
from tocsin.jobs import IngestJob, PollJob
from tocsin.model.alerts import Alert, AlertKey, AlertKind, AlertRow, AlertStatus
from tocsin.model.feeds import Feed, FeedState, HealthState
from tocsin.model.hosts import Robots
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.matches import Note
from tocsin.pipeline import audit
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Alerting
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.poll import Polling, poll

URL = f"{SITE}/news/peacekeepers"
COPY_URL = "https://island-echo.example/world/bay"
FEED = a_feed()
TITLE = "Peacekeepers for the bay"


@pytest.fixture(autouse=True)
def in_force(put_topics: PutTopics, feeds: FeedsTable, clock: Clock) -> None:
    """The clock of the tests is the machine's today: the command line looks back from now."""
    clock.now = datetime.now(UTC).replace(microsecond=0)
    put_topics(
        a_topic("peace", any=("peacekeepers",)),
        a_topic("guarantees", any=(), all=("harbour council", "security guarantee")),
        a_topic("golf", any=("golf", "birdie")),
    )
    feeds.put_feed(FEED, clock.now - timedelta(days=1))


@pytest.fixture
def bring(web: FakeWeb, ingesting: Ingesting, clock: Clock) -> Callable[..., str]:
    """Ingests an article; its id."""

    def bring_in(url: str = URL, title: str = TITLE, **changes: Any) -> str:
        paragraphs = changes.pop("paragraphs", PARAGRAPHS)
        if changes.pop("served", True):
            web.serve(url, page(title, paragraphs))
        known = {"seen_at": clock.now, "host": url.split("/")[2]}
        job = an_ingest_job(an_entry(url, title=title), **(known | changes))
        (ended,) = ingest(job, ingesting)
        assert ended.article_id is not None
        return ended.article_id

    return bring_in


@pytest.fixture
def put_alert(stack: Stack, articles: ArticlesTable) -> Callable[..., AlertRow]:
    """A row of an alert, as the alert stage leaves it."""
    client, table = stack.client("dynamodb"), stack.ref("ArticlesTable")

    def put(article_id: str, status: AlertStatus, **changes: Any) -> AlertRow:
        line = changes.pop("line", Line(cadence=Cadence.INSTANT))
        kind = changes.pop("kind", AlertKind.NEW)
        reason = changes.pop("reason", "")
        (match,) = [row.match for row in articles.matches_of(article_id)]
        made = Alert(
            key=f"{line.key}#0", topic_id="peace", line=line, kind=kind, match=match, reason=reason
        )
        row = AlertRow(alert=made, status=status, **changes)
        key = AlertKey.of(made)._asdict()
        item = to_item(key | row.model_dump(mode="json", exclude_none=True))
        client.put_item(TableName=table, Item=item)
        return row

    return put


def told(result: Result) -> str:
    assert result.exception is None, result.output
    assert result.exit_code == 0
    return result.output


def line_of(output: str, what: str) -> str:
    """The line of the step, as one line."""
    (line,) = [
        " ".join(line.split()) for line in output.splitlines() if re.match(rf"\S*\s+{what} ", line)
    ]
    return line


Tocsin = Callable[..., Result]
Bring = Callable[..., str]


# ── why ──


def test_why_tells_the_way_from_the_feed_to_the_alert_in_order(
    tocsin: Tocsin, bring: Bring, alerting: Alerting, clock: Clock
) -> None:
    bring()
    clock.advance(minutes=1)
    alert(alerting)
    output = told(tocsin("why", URL))
    seen, sent = f"{clock.now - timedelta(minutes=1):%H:%M:%SZ}", f"{clock.now:%H:%M:%SZ}"
    steps = ["seen", "page", "text", "facts", "story", "matched", "sent"]
    lines = [line_of(output, step) for step in steps]
    assert [output.index(f" {step} ") for step in steps] == sorted(
        output.index(f" {step} ") for step in steps
    )
    assert all(seen in line for line in lines[:6])
    assert f"in feed harbour-post ({FEED.url}); the entry led to {URL}" in lines[0]
    assert "fetched; kept as served in raw/" in lines[1]
    assert "from its page, by extractor" in lines[2]
    assert "language en" in lines[2]
    assert f"founded story {identity(URL)}: 1 article" in lines[4]
    assert "topic peace on “peacekeepers”" in lines[5]
    assert "asked for *peacekeepers* on Tuesday" in output
    assert sent in lines[6]
    assert "peace: on line instant, in notification " in lines[6]


def test_why_goes_by_id_and_by_any_url_of_the_article(tocsin: Tocsin, bring: Bring) -> None:
    article_id = bring()
    by_id = told(tocsin("why", article_id))
    assert by_id == told(tocsin("why", f"{URL}/?utm_source=mail"))
    assert article_id in by_id


def test_why_says_how_the_text_came_from_the_feed_where_the_page_was_not_to_be_had(
    tocsin: Tocsin, bring: Bring, web: FakeWeb
) -> None:
    web.serve(URL, status=403)
    output = told(tocsin("why", bring(served=False)))
    assert "not used: the site refuses us (http_403)" in line_of(output, "page")
    assert "from its feed" in line_of(output, "text")


def test_why_says_that_robots_txt_refuses_the_page(
    tocsin: Tocsin, bring: Bring, web: FakeWeb
) -> None:
    web.serve(f"{SITE}/robots.txt", "User-agent: *\nDisallow: /news/", content_type="text/plain")
    output = told(tocsin("why", bring()))
    assert "not used: the host's robots.txt asks not to fetch it" in line_of(output, "page")


def test_why_says_where_facts_are_from(tocsin: Tocsin, bring: Bring, web: FakeWeb) -> None:
    stated = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"name": "Ada Lind"}'
        "}</script></head>"
    )
    web.serve(URL, page().replace("</head>", stated))
    output = told(tocsin("why", bring(served=False)))
    assert "authors Ada Lind (from json-ld)" in line_of(output, "facts")


def test_why_shows_each_version_and_what_it_changed(
    tocsin: Tocsin, bring: Bring, clock: Clock
) -> None:
    bring()
    clock.advance(hours=2)
    reworded = (*PARAGRAPHS[:2], "The report came early, and the ships are going to stay.")
    bring(title="Ships stay in the bay for the winter", paragraphs=reworded)
    output = told(tocsin("why", URL))
    line = line_of(output, "revised")
    assert f"{clock.now:%H:%M:%SZ}" in line
    assert f"version 2: 1 paragraphs gone or reworded, 1 new; its title was “{TITLE}”" in line
    assert "at its page once" in line_of(output, "looked again")


def test_why_names_who_else_has_the_story_and_the_alert_that_it_was_merged_into(
    tocsin: Tocsin, bring: Bring, alerting: Alerting, clock: Clock
) -> None:
    first = bring()
    alert(alerting)
    clock.advance(minutes=5)
    bring(COPY_URL, publisher="Island Echo", feed_id="echo")
    alert(alerting)
    output = told(tocsin("why", COPY_URL))
    assert f"joined story {first} (the same words as another outlet's): 2 articles" in output
    assert "; also Harbour Post" in output
    assert "in feed echo, which has been removed since" in output
    merged = line_of(output, "merged")
    assert f"story {first} rang with article {first}, in alert " in merged
    assert "; also Island Echo" in told(tocsin("why", URL))


def test_why_says_that_a_first_poll_rings_for_nothing(
    tocsin: Tocsin, polling: Polling, ingesting: Ingesting, stack: Stack, web: FakeWeb
) -> None:
    web.serve(FEED.url, rss(URL), content_type="application/rss+xml")
    web.serve(URL, page())
    poll(PollJob(host="harbour-post.example", feed_ids=(FEED.id,)), polling)
    (job,) = stack.receive("IngestQueue", IngestJob)
    ingest(job, ingesting)
    output = told(tocsin("why", URL))
    assert "its first poll, of which nothing rings" in line_of(output, "seen")
    assert "peace: its feed's first poll brought it" in line_of(output, "silent")


def test_why_says_what_waits_for_the_alert_function(tocsin: Tocsin, bring: Bring) -> None:
    bring()
    assert "peace: the alert function looks at it" in line_of(told(tocsin("why", URL)), "under way")


def test_why_says_why_sns_refused(
    tocsin: Tocsin, bring: Bring, alerting: Alerting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise PublishRefused("InvalidParameter")

    bring()
    monkeypatch.setattr(alerting.publisher, "publish", refuse)
    alert(alerting)
    line = line_of(told(tocsin("why", URL)), "failed")
    assert "peace: on line instant, after 1 attempt, SNS refused: InvalidParameter" in line


def test_why_says_that_its_topic_was_removed(
    tocsin: Tocsin, bring: Bring, alerting: Alerting, topics: Any
) -> None:
    bring()
    topics.remove("peace")
    alert(alerting)
    assert "the topic was removed" in line_of(told(tocsin("why", URL)), "dropped")


def test_why_tells_each_decision_on_each_line(
    tocsin: Tocsin, bring: Bring, put_alert: Callable[..., AlertRow], clock: Clock
) -> None:
    article_id = bring()
    made, until = clock.now, clock.now + timedelta(hours=8)
    quiet = Note(at=made, outcome="held", reason="quiet hours")
    put_alert(article_id, AlertStatus.HELD, due_at=until, history=(quiet,))
    sent = Note(at=made + timedelta(minutes=1), outcome="sent")
    put_alert(
        article_id,
        AlertStatus.SENT,
        line=Line(cadence=Cadence.HOURLY),
        sent_at=sent.at,
        notification_id="n-7",
        history=(Note(at=made, outcome="held", reason="the hour's digest"), sent),
    )
    output = told(tocsin("why", URL))
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert f"{made:%Y-%m-%dT%H:%M:%SZ} held peace: on line instant, until" in "\n".join(lines)
    assert any(f"until {until:%Y-%m-%dT%H:%M:%SZ}, quiet hours" in line for line in lines)
    assert any("held peace on line hourly: the hour's digest" in line for line in lines)
    assert any("sent peace: on line hourly, in notification n-7" in line for line in lines)
    assert "under way" not in output


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AlertStatus.MERGED, "into alert instant#0 of article abc"),
        (AlertStatus.DROPPED, "language uk is not allowed"),
        (AlertStatus.FAILED, "SNS refused: NotFound"),
    ],
)
def test_why_says_how_an_alert_ended_and_why(
    status: AlertStatus,
    reason: str,
    tocsin: Tocsin,
    bring: Bring,
    put_alert: Callable[..., AlertRow],
    clock: Clock,
) -> None:
    sms = Line(cadence=Cadence.INSTANT, channel=Channel.SMS)
    note = Note(at=clock.now, outcome=status.value, reason=reason)
    put_alert(bring(), status, line=sms, attempts=MAX_ATTEMPTS, history=(note,))
    line = line_of(told(tocsin("why", URL)), status.value)
    assert "peace: on line instant-sms" in line
    assert reason in line


def test_why_names_the_nearest_topic_that_did_not_match_and_what_it_lacks(
    tocsin: Tocsin, bring: Bring
) -> None:
    bring()
    output = told(tocsin("why", URL))
    assert (
        "nearest topic guarantees did not match (50% of what it asks for):"
        " the phrase “security guarantee”: not in the title or text;"
        " the phrase “harbour council” is there"
    ) in output
    assert "golf" not in output
    assert "nearest" not in told(tocsin("why", URL, "--topics", "0"))


def test_why_says_that_a_topic_came_into_force_after_the_article(
    tocsin: Tocsin, bring: Bring, put_topics: PutTopics
) -> None:
    bring()
    put_topics(a_topic("lighthouse", any=("lighthouse",)))
    assert "lighthouse did not match (100% of what it asks for): it would match now" in told(
        tocsin("why", URL)
    )


def test_why_as_json_is_the_whole_life(tocsin: Tocsin, bring: Bring, clock: Clock) -> None:
    article_id = bring()
    life = json.loads(told(tocsin("why", URL, "--json")))
    assert (life["article_id"], life["url"], life["title"]) == (article_id, URL, TITLE)
    assert life["steps"][0]["what"] == "seen"
    assert life["steps"][0]["at"] == f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    (end,) = life["ends"]
    assert (end["topic_id"], end["kind"]) == ("peace", "under way")
    assert life["near"][0]["topic_id"] == "guarantees"


@pytest.mark.parametrize("asked", [f"{SITE}/nowhere", "0123456789abcdef", "two words"])
def test_why_of_what_is_not_there_says_so_and_points_to_audit(asked: str, tocsin: Tocsin) -> None:
    result = tocsin("why", asked)
    assert result.exit_code == 1
    assert f"no article '{asked}' in the archive; `tocsin audit " in result.output


def test_control_characters_and_markup_of_strangers_reach_no_terminal(
    tocsin: Tocsin, bring: Bring
) -> None:
    evil = ("The council\x1b[2J asked for \x1b[31mpeacekeepers\u202e [red]now[/red].", *PARAGRAPHS)
    bring(title="[red]Kelp[/red] \x1b[31m\u202eback", paragraphs=evil, publisher="A\x07B")
    for output in (told(tocsin("why", URL)), told(tocsin("audit", "Kelp"))):
        assert not {"\x1b", "\x07", "\u202e"} & set(output)
        assert "[red]Kelp[/red]" in output


def test_why_writes_nothing(tocsin: Tocsin, bring: Bring, calls: Calls) -> None:
    bring()
    calls.reset()
    told(tocsin("why", URL))
    told(tocsin("audit", TITLE))
    told(tocsin("audit", URL))
    assert calls.writes() == []


# ── audit ──


def test_audit_finds_a_headline_by_some_of_its_words_and_says_that_it_was_sent(
    tocsin: Tocsin, bring: Bring, alerting: Alerting
) -> None:
    article_id = bring()
    bring(f"{SITE}/kelp", "Kelp returns to the northern shore", paragraphs=("Kelp grows.",) * 3)
    alert(alerting)
    output = told(tocsin("audit", "bay peacekeeper"))
    assert TITLE in output
    assert "Kelp" not in output
    assert "matched peace, sent at " in output
    assert f"next: tocsin why {article_id}" in output
    assert "next: tocsin subscribers peace" in output


def test_audit_says_which_topic_came_nearest_where_none_matched(
    tocsin: Tocsin, bring: Bring
) -> None:
    paragraphs = (
        "The harbour council met on Monday and spoke of guarantees for the ferry.",
        "It will meet again when the harbour master has written a report on the winter.",
    )
    bring(title="Council speaks of ferries", paragraphs=paragraphs)
    output = told(tocsin("audit", "council ferry"))
    assert "it came, and matched no topic" in output
    assert (
        "nearest topic guarantees did not match (62% of what it asks for):"
        " the phrase “security guarantee”: only “guarantee” of it is there;"
    ) in output
    assert "next: tocsin topics explain guarantees" in output


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AlertStatus.HELD, "quiet hours"),
        (AlertStatus.MERGED, "into alert instant#0 of article abc"),
        (AlertStatus.DROPPED, "muted"),
        (AlertStatus.FAILED, "SNS refused: NotFound"),
    ],
)
def test_audit_says_why_a_match_was_not_heard(
    status: AlertStatus,
    reason: str,
    tocsin: Tocsin,
    bring: Bring,
    put_alert: Callable[..., AlertRow],
    clock: Clock,
) -> None:
    note = Note(at=clock.now, outcome=status.value, reason=reason)
    put_alert(bring(), status, due_at=clock.now + timedelta(hours=8), history=(note,))
    output = told(tocsin("audit", TITLE))
    assert f"matched peace, {status.value} at " in output
    assert reason in output


def test_audit_says_that_a_first_poll_was_silent(tocsin: Tocsin, bring: Bring) -> None:
    bring(silent=True)
    assert "matched peace, silent: its feed's first poll" in told(tocsin("audit", TITLE))


def test_audit_of_a_url_that_is_stored_explains_that_article_alone(
    tocsin: Tocsin, bring: Bring
) -> None:
    bring()
    output = told(tocsin("audit", URL))
    assert "100% like it" in output
    assert "matched peace, under way" in output
    assert "none of" not in output


def test_audit_looks_for_the_headline_that_a_url_holds_and_at_the_feeds_of_its_site(
    tocsin: Tocsin, bring: Bring
) -> None:
    bring()
    output = told(
        tocsin("audit", "https://other.example/world/2031/peacekeepers-for-bay-4711.html")
    )
    assert TITLE in output
    assert "none of 1 feeds is of other.example" in output
    assert "next: tocsin feeds check https://other.example/" in output


def nothing(result: Result) -> str:
    assert result.exit_code == NOTHING_LIKE_IT, result.output
    assert "nothing like it among " in result.output
    return result.output


def save(feeds: FeedsTable, feed: Feed, clock: Clock, **changes: Any) -> None:
    """A feed that was polled, and how that ended."""
    known = {"polled_at": clock.now, "filled_at": clock.now - timedelta(days=2), "listed": 12}
    feeds.put_feed(feed, clock.now)
    state = FeedState(**({"outcome": "ok"} | known | changes))
    assert feeds.save_state(feed, state, clock.now + timedelta(hours=1))


def test_audit_of_a_site_without_a_feed_says_how_to_add_one(tocsin: Tocsin) -> None:
    output = nothing(tocsin("audit", "https://other.example/a-story-of-kelp?x=1&y=2"))
    assert "none of 1 feeds is of other.example" in output
    assert "next: tocsin feeds check https://other.example/: " in output
    assert "next: tocsin feeds add https://other.example/: " in output


def test_audit_names_the_feed_of_the_site_that_fails_and_when_it_was_polled(
    tocsin: Tocsin, feeds: FeedsTable, clock: Clock
) -> None:
    failing = {"outcome": "http_500", "detail": "http 500", "errors_in_a_row": 4}
    save(feeds, FEED, clock, **failing, health=HealthState.FAILING, health_since=clock.now)
    save(feeds, a_feed("echo", url="https://echo.example/feed"), clock)
    output = nothing(tocsin("audit", f"{SITE}/a-story-of-kelp"))
    assert "1 of 1 feeds of harbour-post.example are not well" in output
    row = " ".join(next(line for line in output.splitlines() if line.startswith(FEED.id)).split())
    assert "harbour-post failing since" in row
    assert "failed 4 times in a row: http 500" in row
    assert f"last polled {clock.now:%Y-%m-%dT%H:%M:%SZ} (http_500, 12 entries)" in row
    assert "echo" not in output
    assert "next: tocsin poll harbour-post" in output


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"outcome": "http_403", "disabled": True, "errors_in_a_row": 9}, "blocked"),
        ({"outcome": "http_410", "disabled": True, "errors_in_a_row": 9}, "gone"),
        ({"newest_at": datetime(2020, 1, 1, tzinfo=UTC)}, "silent"),
    ],
)
def test_audit_by_words_names_the_feeds_that_are_not_well(
    changes: dict[str, Any], state: str, tocsin: Tocsin, feeds: FeedsTable, clock: Clock
) -> None:
    save(feeds, FEED, clock, **changes)
    save(feeds, a_feed("echo", url="https://echo.example/feed"), clock)
    output = nothing(tocsin("audit", "a story of kelp"))
    assert "1 of 2 feeds are not well" in output
    assert f"harbour-post  {state}" in output
    assert "echo" not in output


def test_audit_says_that_a_feed_was_not_polled_yet(tocsin: Tocsin) -> None:
    output = nothing(tocsin("audit", "kelp returns"))
    assert "it was never polled yet" in output
    assert "next: tocsin poll harbour-post" in output


def test_audit_says_that_no_feed_listed_it_where_all_are_well(
    tocsin: Tocsin, feeds: FeedsTable, clock: Clock
) -> None:
    save(feeds, FEED, clock)
    output = nothing(tocsin("audit", f"{SITE}/a-story-of-kelp"))
    assert "no feed of harbour-post.example has listed it while it was polled" in output
    assert f"next: tocsin feeds check {FEED.url}: does it list the article?" in output
    output = nothing(tocsin("audit", "kelp"))
    assert "none of 1 feeds has listed such an entry; all of them are well" in output
    assert "next: tocsin audit URL" in output
    assert "next: tocsin audit kelp --days 30" in output


def test_audit_says_that_robots_txt_refuses_the_page(
    tocsin: Tocsin, feeds: FeedsTable, stack: Stack, clock: Clock
) -> None:
    hosts = HostsTable(stack.client("dynamodb"), stack.ref("FeedsTable"))
    hosts.put_robots(SITE, Robots(text="User-agent: *\nDisallow: /news/", fetched_at=clock.now))
    save(feeds, FEED, clock)
    refused = nothing(tocsin("audit", f"{SITE}/news/a-story-of-kelp"))
    assert f"robots.txt of {SITE} asks not to fetch this page" in refused
    allowed = nothing(tocsin("audit", f"{SITE}/world/a-story-of-kelp"))
    assert "robots.txt" not in allowed


def test_audit_says_that_jobs_failed(tocsin: Tocsin, stack: Stack) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.ref("IngestDeadLetterQueue"), MessageBody="{}")
    output = nothing(tocsin("audit", "kelp"))
    assert "1 jobs failed three times: the archive lacks what they held" in output


def test_audit_looks_as_far_back_as_it_is_told_to(
    tocsin: Tocsin, bring: Bring, clock: Clock
) -> None:
    clock.advance(days=-8)
    bring()
    nothing(tocsin("audit", TITLE))
    assert TITLE in told(tocsin("audit", TITLE, "--days", "10"))


def test_audit_reads_no_more_than_its_limit_newest_first_and_says_so(
    tocsin: Tocsin, bring: Bring, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(hours=-30)
    bring()
    clock.advance(hours=30)
    for number in range(3):
        bring(f"{SITE}/{number}", f"Kelp number {number}", paragraphs=(f"Kelp {number}.",) * 2)
    monkeypatch.setattr(audit, "PAGE_CARDS", 2)
    assert TITLE in told(tocsin("audit", TITLE))
    monkeypatch.setattr(audit.recent_cards, "__defaults__", (3,))
    output = tocsin("audit", TITLE).output
    assert "nothing like it among the newest 3 headlines, back to " in output


def test_audit_as_json_has_all_of_it(tocsin: Tocsin, bring: Bring) -> None:
    article_id = bring()
    found = json.loads(told(tocsin("audit", TITLE, "--json")))
    (candidate,) = found["candidates"]
    assert candidate["card"]["article_id"] == article_id
    assert candidate["ends"][0]["kind"] == "under way"
    result = tocsin("audit", "kelp", "--json")
    assert result.exit_code == NOTHING_LIKE_IT
    assert json.loads(result.output)["feeds"][0]["feed_id"] == "harbour-post"


def test_audit_of_no_word_says_what_to_give(tocsin: Tocsin) -> None:
    result = tocsin("audit", " ?! ")
    assert result.exit_code == 1
    assert "there is no word in it; give some of the headline, or a URL" in str(result.exception)
