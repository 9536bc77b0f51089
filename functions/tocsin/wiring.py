"""Builds what the stages need from outside, once a container: the functions here are cached.

Each function imports what it builds from, so that no Lambda pays for its neighbours. Clients are
botocore's own, which boto3's are made of: importing boto3 for them adds 45 ms to a cold start.
"""

import random
import secrets
import tempfile
import time
import uuid
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from tocsin import __version__, settings

if TYPE_CHECKING:
    from tocsin.api.feeds import Feeding
    from tocsin.api.limits import Limits
    from tocsin.api.routes import Reading
    from tocsin.api.searching import Searching
    from tocsin.api.subscriptions import SelfService
    from tocsin.archive.ranges import Reader
    from tocsin.aws.functions import Function
    from tocsin.aws.hosts_table import HostsTable
    from tocsin.aws.queues import DeadLetterQueue
    from tocsin.aws.shards_table import ShardsTable
    from tocsin.pipeline.alerting import Alerting
    from tocsin.pipeline.archive import Archiving
    from tocsin.pipeline.dispatch import Dispatching
    from tocsin.pipeline.ingesting import Ingesting
    from tocsin.pipeline.lake import Laking
    from tocsin.pipeline.poll import Polling
    from tocsin.pipeline.push import Pushing
    from tocsin.pipeline.reconcile import Reconciling
    from tocsin.web.fetcher import Fetcher
    from tocsin.web.politeness import PoliteWeb

# Connections fail fast inside AWS; what does not answer by then is asked again.
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)
_READERS = 10  # as many connections as a client keeps
_SEARCH_READERS = 64  # of a shard a search needs some ten ranges, of ten shards five of each
_SEARCH_ROOM = 512 << 20  # bytes of shards kept, of a function's 1,769 MB
# For Publish: an answer that was lost after success would, asked again, tell twice.
_ONCE = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
# A part of a search counts, then ranks: each within half of the function's 29 s. Throttled ones are
# sent again.
_WHILE_A_PART_RUNS = Config(
    connect_timeout=5, read_timeout=14, retries={"mode": "standard", "total_max_attempts": 3}
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def user_agent(operator_contact: str, project_url: str = "") -> str:
    """Who we are, and whom a site can ask."""
    what = f"+{project_url}" if project_url else "news alarm"
    return f"Tocsin/{__version__} ({what}; operator: {operator_contact})"


@cache
def dispatching() -> "Dispatching":
    from tocsin.aws.feeds_table import FeedsTable
    from tocsin.aws.queues import JobQueue
    from tocsin.pipeline.dispatch import Dispatching

    read = settings.DispatchSettings.read()
    return Dispatching(
        feeds=FeedsTable(_client("dynamodb"), read.feeds_table),
        jobs=JobQueue(_client("sqs"), read.poll_queue_url),
        clock=utc_now,
    )


@cache
def polling() -> "Polling":
    from tocsin.aws.feeds_table import FeedsTable
    from tocsin.aws.hosts_table import HostsTable
    from tocsin.aws.hub_leases import HubLeases
    from tocsin.aws.operator_topic import OperatorTopic
    from tocsin.aws.queues import JobQueue
    from tocsin.pipeline.poll import Polling
    from tocsin.pipeline.push import Subscribing

    read = settings.PollSettings.read()
    return Polling(
        feeds=FeedsTable(_client("dynamodb"), read.feeds_table),
        jobs=JobQueue(_client("sqs"), read.ingest_queue_url),
        polls=JobQueue(_client("sqs"), read.poll_queue_url),
        slots=HostsTable(_client("dynamodb"), read.feeds_table),
        operator=OperatorTopic(lambda: _client("sns"), read.operator_topic_arn),
        web=_fetcher(read),
        clock=utc_now,
        jitter=random.random,
        new_id=lambda: uuid.uuid4().hex,
        pause=sleep,
        subscribing=Subscribing(
            leases=HubLeases(_client("dynamodb"), read.feeds_table),
            hub=_fetcher(read),
            api_url=read.api_url,
            random_text=secrets.token_urlsafe,
        ),
    )


@cache
def ingesting() -> "Ingesting":
    from tocsin.aws.archive_bucket import ArchiveBucket
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.batches import Batches
    from tocsin.aws.bucket import Bucket
    from tocsin.aws.hosts_table import HostsTable
    from tocsin.aws.queues import JobQueue
    from tocsin.aws.stories_table import StoriesTable
    from tocsin.pipeline.ingesting import Ingesting
    from tocsin.pipeline.topics import CurrentTopics
    from tocsin.query.inflection import stem
    from tocsin.stories.frequency import RecentArticles

    read = settings.IngestSettings.read()
    bucket = Bucket(_client("s3"), read.bucket)
    hosts = HostsTable(_client("dynamodb"), read.feeds_table)
    return Ingesting(
        archive=ArticlesTable(_client("dynamodb"), read.articles_table),
        store=bucket,
        batches=Batches(
            ArchiveBucket(_client("s3"), read.bucket), _shards_table(read.articles_table)
        ),
        stories=StoriesTable(_client("dynamodb"), read.stories_table),
        recent=RecentArticles(),
        jobs=JobQueue(_client("sqs"), read.ingest_queue_url),
        web=_polite_web(_fetcher(read), hosts, read.page_pause_seconds),
        topics=CurrentTopics(bucket, utc_now, Path(tempfile.gettempdir()), stem),
        clock=utc_now,
    )


def poll_dead_letters() -> "DeadLetterQueue":
    return _dead_letters(settings.PollSettings.read().dead_letter_queue_url)


def ingest_dead_letters() -> "DeadLetterQueue":
    return _dead_letters(settings.IngestSettings.read().dead_letter_queue_url)


def _dead_letters(url: str) -> "DeadLetterQueue":
    from tocsin.aws.queues import DeadLetterQueue

    return DeadLetterQueue(_client("sqs"), url)


@cache
def alerting() -> "Alerting":
    from tocsin.aws.alerts_table import AlertsTable
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.budgets import Budgets
    from tocsin.aws.operator_topic import OperatorTopic
    from tocsin.aws.sns import Publisher
    from tocsin.aws.stories_table import StoriesTable
    from tocsin.aws.topics_table import TopicsTable
    from tocsin.pipeline.alerting import Alerting

    read = settings.AlertSettings.read()
    return Alerting(
        matches=ArticlesTable(_client("dynamodb"), read.articles_table),
        alerts=AlertsTable(_client("dynamodb"), read.articles_table),
        stories=StoriesTable(_client("dynamodb"), read.stories_table),
        topics=TopicsTable(_client("dynamodb"), read.topics_table),
        budgets=Budgets(_client("dynamodb"), read.topics_table),
        publisher=Publisher(_client("sns", _ONCE), read.sms_max_price),
        operator=OperatorTopic(lambda: _client("sns"), read.operator_topic_arn),
        clock=utc_now,
        new_id=lambda: uuid.uuid4().hex,
        jitter=random.random,
        pause=sleep,
        api_url=read.api_url,
        sms_segments=read.sms_monthly_segments,
    )


@cache
def archiving() -> "Archiving":
    from concurrent.futures import ThreadPoolExecutor

    from tocsin.aws.archive_bucket import ArchiveBucket
    from tocsin.pipeline.archive import Archiving

    read = settings.ArchiveSettings.read()
    return Archiving(
        manifests=_shards_table(read.articles_table),
        objects=ArchiveBucket(_client("s3"), read.bucket),
        executor=ThreadPoolExecutor(_READERS),
        clock=utc_now,
        new_id=lambda: uuid.uuid4().hex,
        folder=Path(tempfile.gettempdir()),
    )


@cache
def _function(name: str) -> "Function":
    """Made for the first search that asks for everything: a client takes 20 ms."""
    from tocsin.aws.functions import Function

    return Function(_client("lambda", _WHILE_A_PART_RUNS), name)


@cache
def searching() -> "Searching":
    from concurrent.futures import ThreadPoolExecutor

    from tocsin.api.searching import Searching
    from tocsin.archive.fanout import (
        PARTS_AT_ONCE,
        FindIn,
        find_in_part,
        invoking,
        side_by_side,
    )
    from tocsin.archive.hedging import Hedging
    from tocsin.archive.ranges import Ranges
    from tocsin.archive.search import Shards
    from tocsin.aws.aliases import Aliases
    from tocsin.query.inflection import StemsAlone

    read = settings.SearchSettings.read()
    executor = ThreadPoolExecutor(_SEARCH_READERS)
    ranges = Ranges(_shard_ranges(read.bucket), executor, _SEARCH_ROOM, Hedging())
    shards = Shards(ranges, executor)
    find_in: FindIn = partial(find_in_part, shards=shards, inflection=StemsAlone())
    if own_name := settings.LambdaSettings.read().aws_lambda_function_name:
        find_in = invoking(lambda event: _function(own_name).invoke(event))
    return Searching(
        manifests=_shards_table(read.articles_table),
        shards=shards,
        inflection=StemsAlone(),
        limits=_limits(read.topics_table, "searches", read.searches_per_minute),
        find_aliases=Aliases(_client("dynamodb"), read.topics_table).find,
        run_parts=side_by_side(find_in, ThreadPoolExecutor(PARTS_AT_ONCE)),
    )


def _shard_ranges(bucket: str) -> "Reader":
    from tocsin.aws.shard_ranges import shard_ranges

    return shard_ranges(_session(), bucket, _SEARCH_READERS, sleep=sleep, jitter=random.random)


@cache
def feeding() -> "Feeding":
    from tocsin.api.feeds import Feeding
    from tocsin.aws.feed_links import FeedLinks
    from tocsin.aws.pepper import Pepper

    read = settings.SearchSettings.read()
    dynamodb, table = _client("dynamodb"), read.topics_table
    return Feeding(
        links=FeedLinks(dynamodb, table),
        pepper=Pepper(dynamodb, table, secrets.token_bytes).find,
        limits=_limits(table, "feeds", read.searches_per_minute),
        api_url=read.api_url,
    )


def _limits(topics_table: str, name: str, a_minute: int) -> "Limits":
    from tocsin.api.limits import Limits
    from tocsin.aws.quotas_table import QuotasTable

    return Limits(QuotasTable(_client("dynamodb"), topics_table), name, a_minute, utc_now)


@cache
def laking() -> "Laking":
    from tocsin.aws.archive_bucket import ArchiveBucket
    from tocsin.aws.lake_bucket import LakeBucket
    from tocsin.pipeline.lake import Laking

    read = settings.ArchiveSettings.read()
    archive = archiving()
    return Laking(
        manifests=archive.manifests,
        batches=ArchiveBucket(_client("s3"), read.bucket),
        files=LakeBucket(_client("s3"), read.bucket),
        executor=archive.executor,
        clock=utc_now,
        folder=archive.folder,
    )


@cache
def reading() -> "Reading":
    from tocsin.api.routes import Reading
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.bucket import Bucket
    from tocsin.aws.stories_table import StoriesTable
    from tocsin.aws.topics_table import TopicsTable

    read = settings.ApiSettings.read()
    return Reading(
        archive=ArticlesTable(_client("dynamodb"), read.articles_table),
        stories=StoriesTable(_client("dynamodb"), read.stories_table),
        topics=TopicsTable(_client("dynamodb"), read.topics_table),
        store=Bucket(_client("s3"), read.bucket),
        limits=_limits(read.topics_table, "requests", read.requests_per_minute),
        clock=utc_now,
    )


@cache
def pushing() -> "Pushing":
    from tocsin.aws.feeds_table import FeedsTable
    from tocsin.aws.hub_leases import HubLeases
    from tocsin.aws.queues import JobQueue
    from tocsin.pipeline.push import Pushing

    read = settings.ApiSettings.read()
    return Pushing(
        leases=HubLeases(_client("dynamodb"), read.feeds_table),
        feeds=FeedsTable(_client("dynamodb"), read.feeds_table),
        jobs=JobQueue(_client("sqs"), read.poll_queue_url),
        clock=utc_now,
    )


def _shards_table(articles_table: str) -> "ShardsTable":
    from tocsin.aws.shards_table import ShardsTable

    client = _client("dynamodb")
    return ShardsTable(client, articles_table, sleep=sleep, jitter=random.random)


@cache
def self_service() -> "SelfService":
    from tocsin.alerts.signing import PEPPER_BYTES
    from tocsin.api.subscriptions import SelfService
    from tocsin.aws.lines import Lines
    from tocsin.aws.pepper import Pepper
    from tocsin.aws.quotas_table import QuotasTable
    from tocsin.aws.sns import SnsTopics
    from tocsin.aws.subscribers_table import SubscribersTable
    from tocsin.aws.subscriptions import SnsSubscriptions
    from tocsin.aws.topics_table import TopicsTable
    from tocsin.pipeline.subscribe import Subscribing

    read = settings.ApiSettings.read()
    dynamodb, table = _client("dynamodb"), read.topics_table
    topics = TopicsTable(dynamodb, table)
    pepper = Pepper(dynamodb, table, secrets.token_bytes)
    return SelfService(
        subscribing=Subscribing(
            subscribers=SubscribersTable(dynamodb, table),
            quotas=QuotasTable(dynamodb, table),
            lines=Lines(topics, lambda: SnsTopics(_client("sns"), read.sns_prefix)),
            # Once: a lost answer, asked again, would send a second code or confirmation.
            sns=SnsSubscriptions(lambda: _client("sns", _ONCE)),
            pepper=lambda: pepper.get(PEPPER_BYTES),
            clock=utc_now,
            randbelow=secrets.randbelow,
        ),
        topics=topics,
        sns_prefix=read.sns_prefix,
        api_url=read.api_url,
        sms_countries=read.sms_countries if read.enable_sms else "",
        is_public=read.public_subscriptions,
    )


@cache
def reconciling() -> "Reconciling":
    from tocsin.alerts.signing import PEPPER_BYTES
    from tocsin.aws.pepper import Pepper
    from tocsin.aws.quotas_table import QuotasTable
    from tocsin.aws.subscribers_table import SubscribersTable
    from tocsin.aws.subscriptions import SnsSubscriptions
    from tocsin.aws.topics_table import TopicsTable
    from tocsin.pipeline.listing import Listing
    from tocsin.pipeline.reconcile import Reconciling

    table = settings.ReconcileSettings.read().topics_table
    dynamodb = _client("dynamodb")
    topics = TopicsTable(dynamodb, table)
    pepper = Pepper(dynamodb, table, secrets.token_bytes)
    subscribers = SubscribersTable(dynamodb, table)
    sns = SnsSubscriptions(lambda: _client("sns"))
    return Reconciling(
        topics=topics,
        subscribers=subscribers,
        lines=topics,
        quotas=QuotasTable(dynamodb, table),
        sns=sns,
        listing=Listing(sns, sleep),
        places=subscribers,
        pepper=lambda: pepper.get(PEPPER_BYTES),
        clock=utc_now,
    )


@cache
def _client(service: str, config: Config = _CONFIG) -> Any:
    return _session().create_client(service, config=config)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _fetcher(read: settings.FetchSettings) -> "Fetcher":
    from tocsin.web.addresses import AllowedEndpoints
    from tocsin.web.fetcher import Fetcher

    allowed = AllowedEndpoints.parse(read.allowed_endpoints)
    return Fetcher(user_agent(read.operator_contact, read.project_url), allowed, clock=utc_now)


def _polite_web(fetcher: "Fetcher", hosts: "HostsTable", pause_seconds: float) -> "PoliteWeb":
    from tocsin.web.politeness import PoliteWeb
    from tocsin.web.robots import RobotsFiles

    return PoliteWeb(
        web=fetcher,
        robots=RobotsFiles(fetcher, hosts, utc_now),
        slots=hosts,
        pause_seconds=pause_seconds,
        clock=utc_now,
        sleep=sleep,
        jitter=random.random,
        new_id=lambda: uuid.uuid4().hex,
    )
