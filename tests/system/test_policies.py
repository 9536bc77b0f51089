"""No statement of a role is spare: without it, what it is for fails; with it, that works."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local.template import load_template
from infra.newsroom.server import Newsroom
from tests.system.conftest import NOBODY, ROOT, Bell, wait_for
from tests.system.hub import Hub
from tocsin.alerts.signing import subscriber_id
from tocsin.archive.records import Record, to_batch
from tocsin.articles.urls import identity
from tocsin.aws.batches import Batches
from tocsin.aws.feed_links import FeedLinks
from tocsin.aws.hub_leases import HubLeases
from tocsin.aws.items import to_item
from tocsin.cli.feed_link import new_link, urls_of
from tocsin.cli.subscribers import subscribing
from tocsin.feeds.websub import callback_path
from tocsin.jobs import IngestJob, PollJob
from tocsin.model.alerts import AlertStatus
from tocsin.model.entries import Entry
from tocsin.model.excerpts import Excerpt
from tocsin.model.feeds import Feed
from tocsin.model.hubs import HubLease
from tocsin.model.lines import Cadence, Line, SnsProtocol
from tocsin.model.matches import Match
from tocsin.model.subscribers import Subscriber, Subscription, SubscriptionState
from tocsin.model.topics import Topic
from tocsin.pipeline.dead_letters import MAX_TRIES
from tocsin.pipeline.manage import link_path, pause, stop
from tocsin.pipeline.subscribe import Subscribing, subscribe_for_operator, wish_of

# The emulator reads queues and writes logs in its own name, not in the role's, and lets everybody
# publish to an SNS topic that a template makes.
NOT_ENFORCED = {"ConsumeQueue", "WriteOwnLog", "TellOperator"}
TROOPS = "european-troops-for-ukraine"
SUBSCRIBE = "/v1/subscriptions"


@dataclass(frozen=True)
class Trial:
    """What a scenario works with."""

    bell: Bell
    newsroom: Newsroom
    hub: Hub

    def run(self, function: str, event: dict[str, Any]) -> dict[str, Any] | None:
        """What the function returns, None where it raised: the worker ends with that."""
        answer = self.bell.account.client("lambda").invoke(
            FunctionName=self.bell.resource(function), Payload=json.dumps(event).encode()
        )
        payload: dict[str, Any] | None = json.loads(answer["Payload"].read() or b"null")
        return None if "FunctionError" in answer else payload or {}

    def run_job(self, function: str, job: PollJob | IngestJob) -> bool:
        record = {"body": job.model_dump_json()}
        return self.run(function, {"Records": [record]}) is not None

    def new_feed(self) -> Feed:
        """Unseen, and not due: nobody but the scenario polls it."""
        url = f"{self.newsroom.feed_urls['harbour-post']}?{uuid.uuid4().hex}"
        feed = Feed(id=f"trial-{uuid.uuid4().hex}", url=url)
        self.bell.account.feeds.put_feed(feed, datetime(2999, 1, 1, tzinfo=UTC))
        return feed

    def new_page(self) -> str:
        """On an event of its own: it shares no rare word with any other."""
        slug = uuid.uuid4().hex
        names = " and ".join(uuid.uuid4().hex for _ in range(8))
        words = f"<p>A peacekeeping force for Ukraine was discussed by {names}.</p>" * 5
        html = f"<html><body><article><h1>{slug}</h1>{words}</article></body></html>"
        return self.newsroom.publish("harbour-post", slug, slug, html)

    def ingest(self, url: str, title: str = "Trial") -> bool:
        """Of a host that nothing else asks meanwhile: jobs of one host wait for each other."""
        job = IngestJob(
            host=f"trial-{uuid.uuid4().hex}.example",
            feed_id="trial",
            silent=True,
            seen_at=datetime.now(UTC),
            entries=(Entry(url=url, title=title),),
        )
        return self.run_job("IngestFunction", job)

    def new_match(self, topic_id: str = TROOPS) -> str:
        """Its article's id."""
        match = Match(
            article_id=uuid.uuid4().hex[:24],
            topic_id=topic_id,
            title="Trial",
            url="https://example.org/trial",
            publisher="Trial",
            seen_at=datetime.now(UTC),
            story_id=uuid.uuid4().hex[:24],
            excerpt=Excerpt(text="A trial"),
        )
        self.bell.account.articles.add_match(match, datetime.now(UTC))
        return match.article_id

    def hand_over(self, seen_at: datetime) -> None:
        """An article, as ingest hands it to the archive."""
        account, name = self.bell.account, uuid.uuid4().hex[:24]
        article = {"id": name, "url": f"https://trial.example/{name}", "title": name, "text": name}
        record = Record(**article, publisher="Trial", feed_id="trial", seen_at=seen_at)
        Batches(account.archive_bucket, account.shards).add(to_batch([record]), 1, seen_at)

    def get(
        self, route: str, path: str, function: str = "ApiFunction", **parameters: str
    ) -> dict[str, Any] | None:
        """A function's answer to an event of API Gateway."""
        event = {
            "version": "2.0",
            "routeKey": f"GET {route}",
            "rawPath": path,
            "rawQueryString": urlencode(parameters),
            "headers": {},
            "queryStringParameters": parameters,
            "requestContext": {
                "http": {"method": "GET", "path": path},
                "stage": "$default",
                "authorizer": {"iam": {"callerId": f"TRIAL{uuid.uuid4().hex}"}},
            },
            "isBase64Encoded": False,
        }
        return self.run(function, event)


def dispatches(trial: Trial) -> bool:
    feed = trial.new_feed()
    trial.bell.account.feeds.make_due(feed.id, datetime.now(UTC))
    return trial.run("DispatchFunction", {}) is not None


def polls(trial: Trial) -> bool:
    job = PollJob(host="127.0.0.1", feed_ids=(trial.new_feed().id,))
    return trial.run_job("PollFunction", job)


def sends_back(trial: Trial) -> bool:
    """A feed that is asked at another host than its job's."""
    return trial.run_job(
        "PollFunction", PollJob(host="else.example", feed_ids=(trial.new_feed().id,))
    )


def ingests(trial: Trial) -> bool:
    return trial.ingest(trial.new_page())


def ingests_in_a_new_worker(trial: Trial) -> bool:
    """Workers keep the topics for a minute; one that raises is ended."""
    for _ in range(6):
        assert trial.run("IngestFunction", {"Records": [{"body": "no job"}]}) is None
    return ingests(trial)


def ingests_from_a_new_host(trial: Trial) -> bool:
    """Its robots.txt is in no worker's memory, and not in the table."""
    newsroom = Newsroom()
    newsroom.start(next(trial.bell.spare_ports))
    try:
        return ingests(Trial(trial.bell, newsroom, trial.hub))
    finally:
        newsroom.stop()


def looks_again(trial: Trial) -> bool:
    """At an article of which its feed says something new."""
    url = trial.new_page()
    assert trial.ingest(url)
    return trial.ingest(url, title="Trial, again")


def defers(trial: Trial) -> bool:
    """A page whose server does not answer may come later."""
    return trial.ingest(f"http://{NOBODY}/{uuid.uuid4().hex}")


def gives_up(trial: Trial, function: str) -> bool:
    """A message that is no job, when it came for the last time."""
    record = {"body": "no job", "attributes": {"ApproximateReceiveCount": str(MAX_TRIES)}}
    return trial.run(function, {"Records": [record]}) is not None


def alerts(trial: Trial) -> bool:
    account = trial.bell.account
    # Trials before this one have told as much as a topic may.
    account.client("dynamodb").delete_item(
        TableName=account.outputs["TopicsTable"], Key={"pk": {"S": f"PACE#{TROOPS}"}}
    )
    article_id = trial.new_match()
    done = trial.run("AlertFunction", {})
    (row,) = account.alerts.alerts_of(article_id)[:1] or [None]
    return done is not None and row is not None and row.status is AlertStatus.SENT


def hears_volume(trial: Trial) -> bool:
    """As in an hour in which nobody has looked yet."""
    account = trial.bell.account
    account.client("dynamodb").delete_item(
        TableName=account.outputs["TopicsTable"], Key={"pk": {"S": "VOLUME#*"}}
    )
    return alerts(trial)


def archives(trial: Trial) -> bool:
    """Something new, indexed into a shard: by this run, or by the minute's own before it."""
    trial.hand_over(datetime.now(UTC))
    done = trial.run("ArchiveFunction", {})
    return done is not None and not trial.bell.account.shards.read().batches


def merges(trial: Trial) -> bool:
    """What came of a day that is over is merged at once, where nothing of today came with it."""
    trial.run("ArchiveFunction", {})
    trial.hand_over(datetime.now(UTC) - timedelta(days=3))
    done = trial.run("ArchiveFunction", {})
    return done is not None and done["merged"] > 0


def sweeps(trial: Trial) -> bool:
    """A shard that was replaced two hours ago."""
    key = f"search/v1/micro/trial/{uuid.uuid4().hex}"
    account = trial.bell.account
    account.client("s3").put_object(Bucket=account.outputs["Bucket"], Key=key, Body=b"")
    row = {"pk": "SHARDS#1", "sk": f"S#{key}", "replaced_at": int(time.time()) - 7200}
    client, table = account.client("dynamodb"), account.outputs["ArticlesTable"]
    client.put_item(TableName=table, Item=to_item(row))
    swept = trial.run("ArchiveFunction", {}) is not None
    client.delete_item(TableName=table, Key=to_item({n: row[n] for n in ("pk", "sk")}))
    return swept


def looks_for_orphans(trial: Trial) -> bool:
    return trial.run("ArchiveFunction", {"orphans": True}) is not None


def searches(trial: Trial) -> bool:
    """With a shard that no worker has at hand yet."""
    assert archives(trial)
    answer = trial.get("/v1/search", "/v1/search", "SearchFunction", publisher="Trial")
    return answer is not None and answer["statusCode"] == 200


def follows_a_feed(trial: Trial) -> bool:
    account = trial.bell.account
    link = new_link("trial", {}, None)
    FeedLinks(account.client("dynamodb"), account.outputs["TopicsTable"]).add(link)
    path = "/feeds/" + urls_of(account, link)[0].rpartition("/")[2]
    answer = trial.get("/feeds/{file}", path, "SearchFunction")
    return answer is not None and answer["statusCode"] == 200


def writes_a_day(trial: Trial) -> bool:
    """To which something came late: its file is made anew."""
    day = datetime.now(UTC) - timedelta(days=2)
    trial.hand_over(day)
    done = trial.run("ArchiveFunction", {"lake": {"since": f"{day:%Y-%m-%d}"}})
    return done is not None and done["written"] > 0


def empties_a_day(trial: Trial) -> bool:
    """Of which nothing is left: whose batches are gone."""
    s3, bucket = trial.bell.account.client("s3"), trial.bell.account.outputs["Bucket"]
    key = "lake/articles/dt=2020-01-01/part-0.parquet"
    s3.put_object(Bucket=bucket, Key=key, Body=b"")
    asked = {"since": "2020-01-01", "until": "2020-01-01"}
    emptied = trial.run("ArchiveFunction", {"lake": asked}) is not None
    s3.delete_object(Bucket=bucket, Key=key)
    return emptied


def searches_everything(trial: Trial) -> bool:
    archives(trial)  # this run or the minute's own
    wait_for(lambda: trial.bell.account.shards.read().shards)
    asked = {"query": "trial", "order": "best", "everything": "true"}
    answer = trial.get("/v1/search", "/v1/search", "SearchFunction", **asked)
    return answer is not None and answer["statusCode"] == 200


def lists(trial: Trial) -> bool:
    answer = trial.get("/v1/articles", "/v1/articles", day="2026-11-22")
    return answer is not None and answer["statusCode"] == 200


def lists_publishers(trial: Trial) -> bool:
    answer = trial.get("/v1/articles", "/v1/articles", publisher="Trial")
    return answer is not None and answer["statusCode"] == 200


def lists_stories(trial: Trial) -> bool:
    url = trial.new_page()
    assert trial.ingest(url)
    answer = trial.get("/v1/articles", "/v1/articles", story=identity(url))
    return answer is not None and answer["statusCode"] == 200


def shows(trial: Trial) -> bool:
    return shows_new_article(trial, "articles")


def shows_stories(trial: Trial) -> bool:
    return shows_new_article(trial, "stories")


def shows_new_article(trial: Trial, kind: str) -> bool:
    url = trial.new_page()
    assert trial.ingest(url)
    answer = trial.get(f"/v1/{kind}/{{id}}", f"/v1/{kind}/{identity(url)}")
    return answer is not None and answer["statusCode"] == 200


def subscribes_to_a_hub(trial: Trial) -> bool:
    feed = Feed(id=f"trial-{uuid.uuid4().hex}", url=f"{trial.hub.feed_url}?{uuid.uuid4().hex}")
    trial.bell.account.feeds.put_feed(feed, datetime(2999, 1, 1, tzinfo=UTC))
    return trial.run_job("PollFunction", PollJob(host="127.0.0.1", feed_ids=(feed.id,)))


def is_pushed_to(trial: Trial) -> bool:
    """By a hub that was asked before."""
    lease = HubLease(
        feed_id=f"trial-{uuid.uuid4().hex}",
        hub_url="https://hub.example/",
        topic_url="https://trial.example/",
        token="token",
        secret="secret",
        asked_at=datetime.now(UTC),
    )
    account = trial.bell.account
    HubLeases(account.client("dynamodb"), account.outputs["FeedsTable"]).put(lease)
    signature = "sha256=" + hmac.new(b"secret", b"<rss/>", hashlib.sha256).hexdigest()
    path = callback_path(lease)
    event = {
        "version": "2.0",
        "routeKey": "POST /websub/{feed}/{token}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"x-hub-signature": signature},
        "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
        "body": "<rss/>",
        "isBase64Encoded": False,
    }
    answer = trial.run("ApiFunction", event)
    return answer is not None and answer["statusCode"] == 202


def post(trial: Trial, route: str, path: str, **fields: str) -> int:
    """The status of the API's answer to a stranger of a network of their own."""
    network = uuid.uuid4().hex
    source_ip = ":".join(network[at : at + 4] for at in range(0, 32, 4))
    event = {
        "version": "2.0",
        "routeKey": f"POST {route}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": path, "sourceIp": source_ip},
            "stage": "$default",
        },
        "body": json.dumps(fields),
        "isBase64Encoded": False,
    }
    answer = trial.run("ApiFunction", event)
    return int(answer["statusCode"]) if answer else 0


def subscribes(trial: Trial) -> bool:
    email = f"{uuid.uuid4().hex}@example.org"
    return post(trial, SUBSCRIBE, SUBSCRIBE, topic=TROOPS, email=email) == 202


def subscribes_again(trial: Trial) -> bool:
    email = f"{uuid.uuid4().hex}@example.org"
    fields = {"topic": TROOPS, "email": email}
    assert post(trial, SUBSCRIBE, SUBSCRIBE, **fields) == 202
    return post(trial, SUBSCRIBE, SUBSCRIBE, **fields) == 202


def subscribes_by_a_new_line(trial: Trial) -> bool:
    topics, topic = trial.bell.account.topics, Topic(id=f"trial-{uuid.uuid4().hex}", name="Trial")
    topics.put(topic, {"instant": trial.bell.resource("OperatorTopic")})
    try:
        email = f"{uuid.uuid4().hex}@example.org"
        fields = {"topic": topic.id, "email": email, "cadence": "daily"}
        return post(trial, SUBSCRIBE, SUBSCRIBE, **fields) == 202
    finally:
        topics.remove(topic.id)


def sends_a_code(trial: Trial) -> bool:
    number = f"+38050{uuid.uuid4().int % 10**7:07d}"
    return post(trial, SUBSCRIBE, SUBSCRIBE, topic=TROOPS, sms=number) == 202


def listener(trial: Trial) -> tuple[Subscriber, Subscribing]:
    """Somebody who listens, and what it takes to change that."""
    outside = subscribing(trial.bell.account)
    email = f"{uuid.uuid4().hex}@example.org"
    wish = wish_of(TROOPS, SnsProtocol.EMAIL, email, "instant", None)
    subscribe_for_operator(wish, True, outside)
    subscriber = outside.subscribers.find(subscriber_id(outside.pepper(), SnsProtocol.EMAIL, email))
    assert subscriber is not None
    return subscriber, outside


def changes(trial: Trial, action: str) -> bool:
    subscriber, outside = listener(trial)
    path = link_path(subscriber.id, outside)
    try:
        return post(trial, "/subscriptions/{token}", path, action=action) == 200
    finally:
        stop(subscriber.id, None, outside)


def pauses(trial: Trial) -> bool:
    return changes(trial, "pause")


def stops(trial: Trial) -> bool:
    return changes(trial, "stop")


def reconciles(trial: Trial) -> bool:
    told = trial.run("ReconcileFunction", {})
    return told is not None and told["failed"] == 0


def reconciles_a_pause(trial: Trial) -> bool:
    subscriber, outside = listener(trial)
    pause(subscriber.id, None, outside)
    try:
        return reconciles(trial)
    finally:
        stop(subscriber.id, None, outside)


def reconciles_a_wrong_count(trial: Trial) -> bool:
    subscribing(trial.bell.account).lines.add_listener(TROOPS, "instant", 1)
    return reconciles(trial)


def reconciles_who_is_long_gone(trial: Trial) -> bool:
    """Of a topic that was removed."""
    outside, now = subscribing(trial.bell.account), datetime.now(UTC)
    gone = Subscription(
        topic_id="removed",
        line=Line(cadence=Cadence.INSTANT),
        state=SubscriptionState.LEFT,
        since=now,
    )
    subscriber = Subscriber(
        id=uuid.uuid4().hex[:24],
        protocol=SnsProtocol.EMAIL,
        endpoint="gone@example.org",
        since=now,
        subscriptions=(gone,),
    )
    outside.subscribers.put(subscriber)
    try:
        return reconciles(trial)
    finally:
        stop(subscriber.id, None, outside)


WORKS: dict[tuple[str, str], Callable[[Trial], bool]] = {
    ("DispatchRole", "FindDueFeeds"): dispatches,
    ("DispatchRole", "ClaimFeeds"): dispatches,
    ("DispatchRole", "SendPollJobs"): dispatches,
    ("PollRole", "ReadFeeds"): polls,
    ("PollRole", "SaveFeeds"): polls,
    ("PollRole", "SendIngestJobs"): polls,
    ("PollRole", "SendBack"): sends_back,
    ("PollRole", "SendDeadLetters"): partial(gives_up, function="PollFunction"),
    ("PollRole", "KeepHubLeases"): subscribes_to_a_hub,
    ("IngestRole", "FindArticles"): ingests,
    ("IngestRole", "AddArticles"): ingests,
    ("IngestRole", "FindStories"): ingests,
    ("IngestRole", "AddToStories"): ingests,
    ("IngestRole", "SettleStories"): ingests,
    ("IngestRole", "ReviseArticles"): looks_again,
    ("IngestRole", "ReadArticles"): looks_again,
    ("IngestRole", "StoreObjects"): ingests,
    ("IngestRole", "ReadTopics"): ingests_in_a_new_worker,
    ("IngestRole", "SendRetries"): defers,
    ("IngestRole", "SendDeadLetters"): partial(gives_up, function="IngestFunction"),
    ("IngestRole", "TakeHosts"): ingests,
    ("IngestRole", "ReadRobots"): ingests_from_a_new_host,
    ("IngestRole", "KeepRobots"): ingests_from_a_new_host,
    ("AlertRole", "FindDue"): alerts,
    ("AlertRole", "ClaimDue"): alerts,
    ("AlertRole", "AddAlerts"): alerts,
    ("AlertRole", "FindStories"): alerts,
    ("AlertRole", "ReadStories"): alerts,
    ("AlertRole", "ListTopics"): hears_volume,
    ("AlertRole", "CountAlerts"): alerts,
    ("AlertRole", "RingOnce"): alerts,
    ("AlertRole", "ReadTopics"): alerts,
    ("AlertRole", "Publish"): alerts,
    ("ArchiveRole", "ReadManifest"): archives,
    ("ArchiveRole", "SwapShards"): archives,
    ("ArchiveRole", "ReadBatches"): archives,
    ("ArchiveRole", "StoreShards"): archives,
    ("ArchiveRole", "ReadShards"): merges,
    ("ArchiveRole", "DeleteShards"): sweeps,
    ("ArchiveRole", "FindOrphans"): looks_for_orphans,
    ("SearchRole", "ReadManifest"): searches,
    ("SearchRole", "ReadShards"): searches,
    ("SearchRole", "SearchParts"): searches_everything,
    ("SearchRole", "CountRequests"): searches,
    ("SearchRole", "ReadLinks"): follows_a_feed,
    ("ArchiveRole", "FindDays"): writes_a_day,
    ("ArchiveRole", "LookAtDays"): writes_a_day,
    ("ArchiveRole", "StoreDays"): writes_a_day,
    ("ArchiveRole", "DeleteDays"): empties_a_day,
    ("ApiRole", "ListArticles"): lists,
    ("ApiRole", "ListPublishers"): lists_publishers,
    ("ApiRole", "FindStories"): shows_stories,
    ("ApiRole", "ReadStories"): shows_stories,
    ("ApiRole", "ListStories"): lists_stories,
    ("ApiRole", "FindArticles"): shows,
    ("ApiRole", "ReadMatches"): shows,
    ("ApiRole", "ReadArticles"): shows,
    ("ApiRole", "FindHubLeases"): is_pushed_to,
    ("ApiRole", "SaveHubLeases"): is_pushed_to,
    ("ApiRole", "SendPushes"): is_pushed_to,
    ("ApiRole", "ReadSubscribers"): subscribes,
    ("ApiRole", "SaveSubscribers"): subscribes,
    ("ApiRole", "CountSubscribers"): subscribes,
    ("ApiRole", "ForgetSubscribers"): stops,
    ("ApiRole", "MakeLines"): subscribes_by_a_new_line,
    ("ApiRole", "Subscribe"): subscribes,
    ("ApiRole", "LookAtLines"): subscribes_again,
    ("ApiRole", "ChangeSubscriptions"): pauses,
    ("ApiRole", "SendCodes"): sends_a_code,
    ("ReconcileRole", "ScanTopics"): reconciles,
    ("ReconcileRole", "ReadSecret"): reconciles,
    ("ReconcileRole", "SaveSubscribers"): reconciles,
    ("ReconcileRole", "ListListeners"): reconciles,
    ("ReconcileRole", "ForgetSubscribers"): reconciles_who_is_long_gone,
    ("ReconcileRole", "CountListeners"): reconciles_a_wrong_count,
    ("ReconcileRole", "ChangeSubscriptions"): reconciles_a_pause,
}


def statements() -> set[tuple[str, str]]:
    resources = load_template(ROOT / "template.yaml")["Resources"]
    return {
        (name, statement["Sid"])
        for name, each in resources.items()
        if each["Type"] == "AWS::IAM::Role"
        for policy in each["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }


def test_every_statement_is_on_trial() -> None:
    assert {pair for pair in statements() if pair[1] not in NOT_ENFORCED} == set(WORKS)


@contextmanager
def without(bell: Bell, role: str, sid: str) -> Iterator[None]:
    """The role as it is, but for one statement."""
    iam, name = bell.account.client("iam"), bell.resource(role)
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    part = whole | {"Statement": [each for each in whole["Statement"] if each["Sid"] != sid]}
    assert len(part["Statement"]) == len(whole["Statement"]) - 1
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(part))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(whole))


def await_rest(bell: Bell) -> None:
    """A job of the stack's own that fails for want of the statement is hidden for half an hour, and
    one that goes on holds the host that the trial asks. Not for ever: it is no condition."""
    for _ in range(RESTS):
        if not bell.account.count_jobs().under_way:
            return
        time.sleep(REST_SECONDS)


# The stack runs its own schedules beside a trial: they may do what it asks for, or put it off, as a
# poll of the same host does.
ATTEMPTS = 3
RESTS, REST_SECONDS = 50, 0.2


@pytest.mark.parametrize(("role", "sid"), WORKS, ids=lambda part: part)
def test_without_the_statement_it_fails(
    role: str, sid: str, bell: Bell, newsroom: Newsroom, hub: Hub
) -> None:
    trial, works = Trial(bell, newsroom, hub), WORKS[(role, sid)]
    assert any(works(trial) for _ in range(ATTEMPTS))
    await_rest(bell)
    with without(bell, role, sid):
        assert not all(works(trial) for _ in range(ATTEMPTS))
