"""Stories: articles on one event are found by each other, and ring once a topic."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW, a_topic, an_article, an_entry, an_ingest_job
from tests.functional.calls import Calls, Crash, crash
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.documents import page
from tests.functional.stack import Stack
from tests.functional.web import FakeWeb
from tests.rewrites import ENGLISH, ORIGINAL, REWRITES, Report
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.stories_table import MOST_COUNTED, MOST_POSTINGS, StoriesTable
from tocsin.errors import Overloaded
from tocsin.jobs import IngestJob, host_of
from tocsin.model.matches import MatchRow, MatchStatus
from tocsin.model.stories import Member, Place, Ring, StoryState
from tocsin.pipeline.alert import Alerted, alert
from tocsin.pipeline.alerting import LEASE, Alerting
from tocsin.pipeline.decide import RING_LEASE, UNSETTLED_LOOKS
from tocsin.pipeline.ingest import ingest
from tocsin.pipeline.ingesting import Ingesting
from tocsin.pipeline.story import EDGE
from tocsin.stories import fingerprint as buckets
from tocsin.stories.fingerprint import BUCKET_SECONDS
from tocsin.stories.head import from_bytes

TROOPS = a_topic("troops", any=("peacekeeping force", "soldiers", "миротворчі сили", "Soldaten"))
PORTUGAL = a_topic("portugal", any=("Portugal",))
FIRST, COPY = ORIGINAL, REWRITES[0]  # the same words under another title, at another outlet
# Another reporter on the same event: some of its names and numbers, none of its sentences.
OWN_REPORT = Report(
    "Island Echo",
    "en",
    "Ostend paper on peacekeeping force for Ukraine: what soldiers may do",
    (
        "Nobody in Ostend used the word army. What Belgian Defence Minister Marit Hollander and the"
        " European countries signed in Ostend is a peacekeeping force for Ukraine: 26,400"
        " soldiers.",
        "Sixten Lindqvist, the Lieutenant General from Sweden who is to lead the force in"
        " Rotterdam, is known in Kosovo and Mali for patience. Hungary and Slovakia did not sign"
        " the Ostend paper, and Portugal will pay for field hospitals in Chernivtsi and Uzhhorod.",
        "Taras Bilokin reminded Hollander and Lindqvist that Kyiv had asked for security"
        " guarantees. Moscow called the soldiers a target before the Ostend paper was printed.",
        "Whether Odesa and Lviv see soldiers of the peacekeeping force is up to parliaments in"
        " Copenhagen, Tallinn and The Hague, which vote on the Ostend paper in April.",
    ),
)
ELSEWHERE = Report(
    "Island Echo",
    "en",
    "Kelp grows in Port Merrow bay again",
    (
        "Divers of the Port Merrow marine station counted 412 kelp plants in the bay last week,"
        " eleven times as many as in the year when the dredging stopped, said Una Pascoe.",
        "The station had planted spores on old mooring chains. Soldiers of the coast guard helped"
        " to sink them, and Pascoe hopes that wrasse and cuttlefish will follow the kelp.",
    ),
)


@pytest.fixture(autouse=True)
def in_force(put_topics: PutTopics) -> None:
    put_topics(TROOPS, PORTUGAL)


def url_of(report: Report) -> str:
    return f"https://{identity(report.outlet)}.example/{identity(report.title)}"


def id_of(report: Report) -> str:
    return identity(url_of(report))


@pytest.fixture
def publish(web: FakeWeb) -> Callable[..., IngestJob]:
    """Puts a report on the web, and gives the job that brings it in."""

    def put(report: Report, at: datetime = NOW, **changes: Any) -> IngestJob:
        web.serve(
            url_of(report),
            page(report.title, report.paragraphs, language=report.language),
        )
        entry = an_entry(url_of(report), title=report.title)
        known = {"feed_id": identity(report.outlet), "publisher": report.outlet, "seen_at": at}
        known["host"] = host_of(entry.url)
        return an_ingest_job(entry, **(known | {"language": report.language} | changes))

    return put


@pytest.fixture
def bring(publish: Callable[..., IngestJob], ingesting: Ingesting) -> Callable[..., str]:
    """Ingests a report; the story that it is in."""

    def bring_in(report: Report, at: datetime = NOW, **changes: Any) -> str:
        (ended,) = ingest(publish(report, at, **changes), ingesting)
        assert ended.story_id is not None
        return ended.story_id

    return bring_in


def rows_of(articles: ArticlesTable, report: Report) -> dict[str, MatchRow]:
    return {row.match.topic_id: row for row in articles.matches_of(id_of(report))}


def places(stack: Stack) -> dict[str, str]:
    """The state of each article's place."""
    items = stack.items("StoriesTable")
    return {item["pk"][2:]: item["state"] for item in items if item["sk"] == "HEAD"}


def test_an_article_on_nothing_known_founds_a_story_and_says_so(
    bring: Callable[..., str], stories: StoriesTable, articles: ArticlesTable, bucket: Bucket
) -> None:
    assert bring(FIRST) == id_of(FIRST)
    found = stories.find_story(id_of(FIRST))
    assert found is not None
    assert found.state is StoryState.CONFIRMED
    (member,) = found.members
    assert (member.title, member.publisher, member.kind) == (FIRST.title, FIRST.outlet, "founder")
    assert bucket.get_article(id_of(FIRST)).story_id == id_of(FIRST)
    assert rows_of(articles, FIRST)["troops"].match.story_id == id_of(FIRST)


def test_a_copy_at_another_outlet_is_one_more_member_of_the_story(
    bring: Callable[..., str], stories: StoriesTable
) -> None:
    bring(FIRST)
    assert bring(COPY, NOW + timedelta(minutes=5)) == id_of(FIRST)
    found = stories.find_story(id_of(FIRST))
    assert found is not None
    assert [(each.publisher, each.kind) for each in found.members] == [
        (FIRST.outlet, "founder"),
        (COPY.outlet, "copy"),
    ]


def test_the_same_text_under_another_url_is_a_version_that_says_what_changed(
    bring: Callable[..., str], stories: StoriesTable
) -> None:
    bring(FIRST)
    bring(replace(FIRST, title=f"UPDATE: {FIRST.title}"), NOW + timedelta(hours=1))
    found = stories.find_story(id_of(FIRST))
    assert found is not None
    version = found.members[1]
    assert (version.kind, version.changed, version.publisher) == (
        "version",
        ("title",),
        FIRST.outlet,
    )


def test_an_article_on_something_else_founds_a_story_of_its_own(
    bring: Callable[..., str],
) -> None:
    bring(FIRST)
    assert bring(ELSEWHERE) == id_of(ELSEWHERE)


def decided(done: Alerted) -> dict[str, dict[str, int]]:
    """Matches of each topic by how they ended."""
    sums: dict[str, dict[str, int]] = {}
    for each in done.decided:
        of_topic = sums.setdefault(each.topic_id, {})
        of_topic[each.outcome.value] = of_topic.get(each.outcome.value, 0) + 1
    return sums


def of_both(**outcomes: int) -> dict[str, dict[str, int]]:
    return {"portugal": outcomes, "troops": outcomes}


def sent(done: Alerted) -> int:
    """Messages."""
    return sum(bool(each.notification_id) for each in done.told)


def test_one_story_rings_once_a_topic_and_later_copies_are_merged_with_the_reason(
    bring: Callable[..., str], articles: ArticlesTable, alerting: Alerting, clock: Clock
) -> None:
    bring(FIRST)
    done = alert(alerting)
    assert (decided(done), sent(done)) == (of_both(alerted=1), 2)
    bring(COPY)
    done = alert(alerting)
    assert (decided(done), sent(done)) == (of_both(merged=1), 0)
    rang, merged = rows_of(articles, FIRST)["troops"], rows_of(articles, COPY)["troops"]
    assert (rang.status, merged.status) == (MatchStatus.ALERTED, MatchStatus.MERGED)
    assert merged.alert_id == rang.alert_id
    assert merged.match.story_id == id_of(FIRST)
    assert merged.reason == f"story {id_of(FIRST)} rang with article {id_of(FIRST)}"
    clock.advance(days=1)
    assert alert(alerting) == Alerted()


def test_of_copies_that_are_due_together_one_rings_and_the_rest_are_merged_into_it(
    bring: Callable[..., str], articles: ArticlesTable, alerting: Alerting
) -> None:
    for report in (FIRST, *REWRITES[:4]):
        bring(report)
    done = alert(alerting)
    assert decided(done)["troops"] == {"alerted": 1, "merged": 4}
    assert sent(done) == 2
    rows = [rows_of(articles, report)["troops"] for report in (FIRST, *REWRITES[:4])]
    assert len({row.alert_id for row in rows}) == 1


def test_a_topic_that_the_first_article_did_not_match_rings_with_the_copy_that_does(
    bring: Callable[..., str], alerting: Alerting
) -> None:
    bring(replace(FIRST, paragraphs=ENGLISH[:5]))
    assert decided(alert(alerting)) == {"troops": {"alerted": 1}}
    bring(COPY)
    assert decided(alert(alerting)) == {"troops": {"merged": 1}, "portugal": {"alerted": 1}}


def test_a_report_of_its_own_is_shown_in_the_story_and_rings(
    bring: Callable[..., str], stories: StoriesTable, alerting: Alerting
) -> None:
    bring(FIRST)
    alert(alerting)
    assert bring(OWN_REPORT) == id_of(FIRST)
    found = stories.find_story(id_of(FIRST))
    assert found is not None
    assert [each.kind for each in found.members] == ["founder", "attach"]
    assert decided(alert(alerting)) == of_both(alerted=1)


def test_a_copy_of_a_report_that_is_merely_in_the_story_rings_no_second_time(
    bring: Callable[..., str], alerting: Alerting, articles: ArticlesTable
) -> None:
    """The story's founder did not match the topic; the report did, and its copy does."""
    bring(replace(FIRST, paragraphs=ENGLISH[:5]))
    bring(OWN_REPORT)
    alert(alerting)
    again = replace(OWN_REPORT, outlet="North Pier", title="The Ostend paper, explained")
    assert bring(again) == id_of(FIRST)
    assert decided(alert(alerting)) == of_both(merged=1)
    merged, rang = rows_of(articles, again)["portugal"], rows_of(articles, OWN_REPORT)["portugal"]
    assert merged.alert_id == rang.alert_id


def test_what_came_silently_does_not_keep_its_story_from_ringing(
    bring: Callable[..., str], alerting: Alerting, stories: StoriesTable
) -> None:
    bring(FIRST, silent=True)
    assert stories.volume("troops", NOW, NOW + timedelta(hours=1)) == []
    assert bring(COPY) == id_of(FIRST)
    assert decided(alert(alerting)) == of_both(alerted=1)


# ── two workers at once ──

# A job with one article and two topics makes this many calls.
CALLS_OF_A_JOB = 29


# Before it looks for its place and for others, is added, posts, is confirmed; around each match.
@pytest.mark.parametrize("number", [1, 10, 11, 12, 13, 16, 19, 20, 21, 22, 23, 26])
def test_two_workers_that_meet_a_story_at_once_make_one_that_rings_once(
    number: int,
    publish: Callable[..., IngestJob],
    ingesting: Ingesting,
    stack: Stack,
    alerting: Alerting,
    calls: Calls,
) -> None:
    first, other = publish(FIRST), publish(COPY)
    calls.before(None, lambda: ingest(other, ingesting), nth=number)
    ingest(first, ingesting)
    assert sorted(places(stack).values()) == ["confirmed", "merged"]
    assert decided(alert(alerting)) == of_both(alerted=1, merged=1)


def test_a_job_makes_as_many_calls_as_are_interrupted_above(
    publish: Callable[..., IngestJob], ingesting: Ingesting, calls: Calls
) -> None:
    job = publish(FIRST)
    calls.reset()
    ingest(job, ingesting)
    assert len(calls.names()) == CALLS_OF_A_JOB


@pytest.mark.parametrize("greater_first", [True, False])
def test_a_worker_that_dies_while_it_founds_a_story_keeps_the_other_from_founding_it_too(
    greater_first: bool,
    publish: Callable[..., IngestJob],
    ingesting: Ingesting,
    stack: Stack,
    calls: Calls,
) -> None:
    """By ids: one absorbs the other's story or yields to it. The job that comes again finds out."""
    dies, lives = sorted((FIRST, COPY), key=id_of, reverse=greater_first)
    job, other = publish(dies), publish(lives)
    calls.before("dynamodb:UpdateItem", crash, nth=8)  # its keys are posted
    with pytest.raises(Crash):
        ingest(job, ingesting)
    assert places(stack) == {id_of(dies): "pending"}
    ingest(other, ingesting)
    ingest(job, ingesting)
    assert sorted(places(stack).values()) == ["confirmed", "merged"]


def test_a_story_across_the_edge_of_a_bucket_is_met_by_both(
    publish: Callable[..., IngestJob],
    ingesting: Ingesting,
    stack: Stack,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if all keys had their edges at once: then they have none in common."""
    monkeypatch.setattr(buckets, "bucket_of", lambda _, at: at // BUCKET_SECONDS)
    edge = datetime.fromtimestamp(
        int(NOW.timestamp()) // BUCKET_SECONDS * BUCKET_SECONDS, NOW.tzinfo
    )
    before = publish(FIRST, edge - EDGE / 2)
    after = publish(COPY, edge + EDGE / 2)
    calls.before("dynamodb:PutItem", lambda: ingest(after, ingesting))  # both have looked
    ingest(before, ingesting)
    assert sorted(places(stack).values()) == ["confirmed", "merged"]


# ── the bell ──


def test_a_copy_waits_while_another_run_is_about_to_ring(
    bring: Callable[..., str],
    alerting: Alerting,
    clock: Clock,
    articles: ArticlesTable,
    calls: Calls,
) -> None:
    bring(FIRST)
    calls.before("dynamodb:PutItem", crash)  # the bell of one topic is taken, nothing added
    with pytest.raises(Crash):
        alert(alerting)
    bring(COPY)
    done = decided(alert(alerting))
    assert sorted(map(str, done.values())) == ["{'alerted': 1, 'merged': 1}", "{'held': 1}"]
    clock.now += LEASE
    alert(alerting)
    clock.now += LEASE
    alert(alerting)
    for topic in ("troops", "portugal"):
        rang, merged = rows_of(articles, FIRST)[topic], rows_of(articles, COPY)[topic]
        assert {rang.status, merged.status} == {MatchStatus.ALERTED, MatchStatus.MERGED}
        assert rang.alert_id == merged.alert_id


def test_a_bell_that_is_never_rung_passes_to_the_next_article_that_is_the_same(
    bring: Callable[..., str], alerting: Alerting, stories: StoriesTable, clock: Clock
) -> None:
    bring(FIRST)
    for topic in ("troops", "portugal"):
        dead = Ring(topic_id=topic, article_id="0" * 24, alert_id="dead")
        stories.claim_ring(id_of(FIRST), dead, clock.now, RING_LEASE)
    assert decided(alert(alerting)) == of_both(held=1)
    clock.now += RING_LEASE
    assert decided(alert(alerting)) == of_both(alerted=1)


def test_a_match_whose_story_is_not_settled_waits_for_it_and_rings_in_the_end(
    bring: Callable[..., str], alerting: Alerting, clock: Clock, stack: Stack
) -> None:
    bring(FIRST)
    stack.client("dynamodb").update_item(
        TableName=stack.ref("StoriesTable"),
        Key={"pk": {"S": f"S#{id_of(FIRST)}"}, "sk": {"S": "HEAD"}},
        UpdateExpression="SET #state = :pending",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":pending": {"S": "pending"}},
    )
    for _ in range(UNSETTLED_LOOKS):
        assert decided(alert(alerting)) == of_both(held=1)
        clock.now += LEASE
    assert decided(alert(alerting)) == of_both(alerted=1)


# ── the table ──


def a_member(article_id: str, **changes: Any) -> Member:
    known = {"title": "Title", "publisher": "Post", "seen_at": NOW, "kind": "copy"}
    return Member(article_id=article_id, **(known | changes))


def an_id(number: int) -> str:
    return f"{number:024x}"


def test_a_story_says_it_is_found_by_the_keys_that_were_posted_and_no_others(
    bring: Callable[..., str], stories: StoriesTable, stack: Stack
) -> None:
    """Else a member that shares one of the others would not post it either."""
    for report in (FIRST, OWN_REPORT):
        bring(report)
        place = stories.find_place(id_of(FIRST))
        assert place is not None
        posted = {
            int(item["pk"][-8:], 16) for item in stack.items("StoriesTable") if item["sk"] == "K"
        }
        assert from_bytes(place.head).keys == posted


def test_every_item_expires(bring: Callable[..., str], stack: Stack, alerting: Alerting) -> None:
    bring(FIRST)
    bring(COPY)
    alert(alerting)
    items = stack.items("StoriesTable")
    kinds = {item["sk"][:2] if item["sk"] != "HEAD" else "HEAD" for item in items}
    assert kinds == {"HEAD", "K", "A#", "R#", "H#"}
    assert all(item["expires_at"] > NOW.timestamp() for item in items)
    ttl = stack.template["Resources"]["StoriesTable"]["Properties"]["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


def test_a_key_that_leads_to_too_many_stories_takes_no_more_and_still_shows_them(
    stories: StoriesTable,
) -> None:
    for number in range(MOST_POSTINGS):
        assert len(stories.post("1.en.x", an_id(number), NOW)) == number + 1
    there = stories.post("1.en.x", an_id(99), NOW)
    assert len(there) == MOST_POSTINGS
    assert an_id(99) not in there
    assert stories.find_postings(["1.en.x"]) == {"1.en.x": there}
    assert stories.get_postings("1.en.x") == there
    assert stories.get_postings("1.en.y") == frozenset()


class Sparing:
    """A DynamoDB that answers one key of each BatchGetItem, and none after so many."""

    def __init__(self, client: Any, answers: int) -> None:
        self._client = client
        self.left = answers
        self.asked = 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, request),) = RequestItems.items()
        self.asked += 1
        here, later = request["Keys"][:1], request["Keys"][1:]
        if self.asked > self.left:
            return {"Responses": {}, "UnprocessedKeys": {table: {"Keys": request["Keys"]}}}
        answer: dict[str, Any] = self._client.batch_get_item(RequestItems={table: {"Keys": here}})
        return answer | ({"UnprocessedKeys": {table: {"Keys": later}}} if later else {})


def test_keys_that_dynamodb_leaves_unanswered_are_asked_for_again_with_growing_delay(
    stack: Stack, stories: StoriesTable
) -> None:
    for number in range(3):
        stories.post(f"1.en.{number}", an_id(number), NOW)
    slept: list[float] = []
    client = Sparing(stack.client("dynamodb"), answers=3)
    table = StoriesTable(client, stack.ref("StoriesTable"), slept.append, lambda: 0.5)  # type:"
    " ignore[arg-type"
    found = table.find_postings([f"1.en.{number}" for number in range(3)])
    assert found == {f"1.en.{number}": frozenset({an_id(number)}) for number in range(3)}
    assert slept == sorted(slept)
    assert len(slept) == 2


def test_keys_that_are_never_answered_are_an_error_and_no_absence(stack: Stack) -> None:
    client = Sparing(stack.client("dynamodb"), answers=0)
    table = StoriesTable(client, stack.ref("StoriesTable"), lambda seconds: None)  # type:"
    " ignore[arg-type"
    with pytest.raises(Overloaded, match="1 keys unanswered") as caught:
        table.find_postings(["1.en.x"])
    assert caught.value.retryable


def test_a_head_that_another_worker_changed_is_not_overwritten(stories: StoriesTable) -> None:
    place = Place(state=StoryState.PENDING, head=b"one", learned=frozenset({an_id(1)}))
    assert stories.add_place(a_member(an_id(1)), place) == place
    there = stories.add_place(a_member(an_id(1)), Place(state=StoryState.MERGED))
    assert (there.state, there.head, there.title) == (StoryState.PENDING, b"one", "Title")
    better = place.model_copy(update={"head": b"two"})
    assert stories.save_head(an_id(1), place, better, NOW)
    assert not stories.save_head(an_id(1), place, place, NOW)
    now = stories.find_place(an_id(1))
    assert now is not None
    assert (now.head, now.edition) == (b"two", 1)


def test_a_bell_is_its_first_articles_until_its_lease_is_over_or_it_has_rung(
    stories: StoriesTable,
) -> None:
    lease, bell = timedelta(minutes=14), an_id(1)

    def ring(article: int, alert_id: str) -> Ring:
        return Ring(topic_id="peace", article_id=an_id(article), alert_id=alert_id)

    assert stories.claim_ring(bell, ring(1, "a"), NOW, lease) == ring(1, "a")
    later = NOW + lease - timedelta(seconds=1)
    assert stories.claim_ring(bell, ring(2, "b"), later, lease) == ring(1, "a")
    assert stories.claim_ring(bell, ring(1, "c"), later, lease) == ring(1, "c")
    assert stories.claim_ring(bell, ring(2, "d"), later + lease, lease) == ring(2, "d")
    assert not stories.mark_rung(bell, ring(1, "c"), NOW)
    assert not stories.take_step(bell, "peace", 3, an_id(3))
    assert stories.mark_rung(bell, ring(2, "d"), NOW, step=3)
    assert not stories.mark_rung(bell, ring(2, "d"), NOW)
    rung = ring(2, "d").model_copy(update={"rung_at": NOW, "step": 3})
    assert stories.claim_ring(bell, ring(2, "e"), NOW + 3 * lease, lease) == rung


def test_each_step_of_publishers_is_one_articles_to_tell(stories: StoriesTable) -> None:
    bell, ring = an_id(1), Ring(topic_id="peace", article_id=an_id(1), alert_id="a")
    stories.claim_ring(bell, ring, NOW, timedelta(minutes=14))
    stories.mark_rung(bell, ring, NOW)
    assert stories.take_step(bell, "peace", 3, an_id(3))
    assert stories.take_step(bell, "peace", 3, an_id(3))  # after a crash
    assert not stories.take_step(bell, "peace", 3, an_id(4))
    assert stories.take_step(bell, "peace", 5, an_id(4))
    assert not stories.take_step(bell, "peace", 3, an_id(3))


def test_a_story_is_found_in_the_bucket_after_its_last_article_and_not_three_days_later(
    bring: Callable[..., str],
) -> None:
    """Each first member in a bucket posts the story's keys there."""
    assert bring(FIRST) == id_of(FIRST)
    for number, report in enumerate(REWRITES[:4], 1):
        assert bring(report, NOW + number * timedelta(days=2.5)) == id_of(FIRST)
    assert bring(REWRITES[4], NOW + timedelta(days=14)) == id_of(REWRITES[4])


# ── volume ──


def test_stories_and_outlets_of_an_hour_are_counted_once_however_often_a_job_comes(
    bring: Callable[..., str],
    publish: Callable[..., IngestJob],
    ingesting: Ingesting,
    stories: StoriesTable,
    calls: Calls,
) -> None:
    bring(FIRST)
    calls.before("s3:PutObject", lambda: None)
    job = publish(COPY)
    calls.after("dynamodb:PutItem", crash, nth=3)  # counted, and its match added
    with pytest.raises(Crash):
        ingest(job, ingesting)
    ingest(job, ingesting)
    bring(ELSEWHERE, NOW + timedelta(hours=2))
    counted = stories.volume("troops", NOW - timedelta(days=1), NOW + timedelta(hours=3))
    hour = NOW.replace(minute=0)
    assert [(each.at, each.stories, each.outlets) for each in counted] == [
        (hour, 1, 2),
        (hour + timedelta(hours=2), 1, 1),
    ]
    assert stories.volume("portugal", NOW, NOW + timedelta(hours=1))[0].stories == 1


def test_an_hour_counts_no_more_than_can_be_told_apart(
    stories: StoriesTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.aws.stories_table.MOST_COUNTED", 3)
    for number in range(5):
        stories.count("peace", an_id(number), f"Outlet {number}", NOW)
    (hour,) = stories.volume("peace", NOW, NOW + timedelta(hours=1))
    assert (hour.stories, hour.outlets) == (3, 3)
    assert MOST_COUNTED * 12 < 5_000  # bytes of an item


def test_a_head_of_another_version_is_passed_over(
    bring: Callable[..., str], stories: StoriesTable
) -> None:
    bring(FIRST)
    place = stories.find_place(id_of(FIRST))
    assert place is not None
    assert stories.save_head(
        id_of(FIRST), place, place.model_copy(update={"head": b"\xffold"}), NOW
    )
    assert bring(COPY) == id_of(COPY)


def test_a_long_title_does_not_make_a_place_dear(
    stack: Stack, ingesting: Ingesting, stories: StoriesTable
) -> None:
    from tocsin.pipeline.story import MAX_TITLE_CHARACTERS, enter_story

    article = an_article(title="Миротворці " * 27, text="\n".join(ENGLISH))
    enter_story(article, ingesting.stories)
    place = stories.find_place(article.id)
    assert place is not None
    assert len(place.title) == MAX_TITLE_CHARACTERS


# ── languages ──


def test_a_report_and_twenty_rewrites_in_three_languages_are_one_story_that_rings_once(
    bring: Callable[..., str],
    stories: StoriesTable,
    articles: ArticlesTable,
    alerting: Alerting,
    clock: Clock,
) -> None:
    for number, report in enumerate((ORIGINAL, *REWRITES)):
        assert bring(report, NOW + timedelta(minutes=number)) == id_of(ORIGINAL)
    rung: dict[str, int] = {}
    for _ in range(len(REWRITES) + 1):
        for told in alert(alerting).told:
            rung[told.topic_id] = rung.get(told.topic_id, 0) + told.alerts
        clock.advance(minutes=1)
    assert rung == {"troops": 1, "portugal": 1}
    statuses = [row.status for r in REWRITES for row in rows_of(articles, r).values()]
    assert set(statuses) == {MatchStatus.MERGED}
    found = stories.find_story(id_of(ORIGINAL))
    assert found is not None
    assert {each.publisher for each in found.members} == {
        report.outlet for report in (ORIGINAL, *REWRITES)
    }
    assert {each.language for each in found.members} == {"en", "uk", "de"}
    assert {each.source for each in found.members} == {"AP"}
    assert [each.kind for each in found.members].count("translation") == 2


def test_a_translation_that_names_no_source_is_in_the_story_or_its_own_and_rings(
    bring: Callable[..., str], alerting: Alerting
) -> None:
    """Names and figures alone keep nobody from being told."""
    bring(ORIGINAL)
    alert(alerting)
    german = next(report for report in REWRITES if report.language == "de")
    silent_on_it = tuple(text.replace("AP", "Agentur") for text in german.paragraphs)
    bring(replace(german, paragraphs=silent_on_it))
    assert decided(alert(alerting)) == of_both(alerted=1)
