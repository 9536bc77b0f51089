"""Builds what the stages need from outside, once a container: the functions here are cached.

Each function imports what it builds from, so that no Lambda pays for its neighbours. Clients are
botocore's own, which boto3's are made of: importing boto3 for them adds 45 ms to a cold start.
"""

import random
import tempfile
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from tocsin import __version__, settings

if TYPE_CHECKING:
    from tocsin.api.routes import Reading
    from tocsin.pipeline.alert import Alerting
    from tocsin.pipeline.dispatch import Dispatching
    from tocsin.pipeline.ingest import Ingesting
    from tocsin.pipeline.poll import Polling
    from tocsin.web.fetcher import Fetcher

# Connections fail fast inside AWS; what does not answer by then is asked again.
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)
# For Publish: an answer that was lost after success would, asked again, tell twice.
_ONCE = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})


def utc_now() -> datetime:
    return datetime.now(UTC)


def user_agent(operator_contact: str) -> str:
    """Who we are, and whom a site can ask."""
    return f"Tocsin/{__version__} (news alarm; operator: {operator_contact})"


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
    from tocsin.aws.queues import JobQueue
    from tocsin.pipeline.poll import Polling

    read = settings.PollSettings.read()
    return Polling(
        feeds=FeedsTable(_client("dynamodb"), read.feeds_table),
        jobs=JobQueue(_client("sqs"), read.ingest_queue_url),
        web=_fetcher(read),
        clock=utc_now,
        jitter=random.random,
    )


@cache
def ingesting() -> "Ingesting":
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.bucket import Bucket
    from tocsin.aws.queues import JobQueue
    from tocsin.pipeline.ingest import Ingesting
    from tocsin.pipeline.topics import CurrentTopics
    from tocsin.query.inflection import stem

    read = settings.IngestSettings.read()
    bucket = Bucket(_client("s3"), read.bucket)
    return Ingesting(
        archive=ArticlesTable(_client("dynamodb"), read.articles_table),
        store=bucket,
        jobs=JobQueue(_client("sqs"), read.ingest_queue_url),
        web=_fetcher(read),
        topics=CurrentTopics(bucket, utc_now, Path(tempfile.gettempdir()), stem),
    )


@cache
def alerting() -> "Alerting":
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.sns import Publisher
    from tocsin.aws.topics_table import TopicsTable
    from tocsin.pipeline.alert import Alerting

    read = settings.AlertSettings.read()
    return Alerting(
        archive=ArticlesTable(_client("dynamodb"), read.articles_table),
        topics=TopicsTable(_client("dynamodb"), read.topics_table),
        publisher=Publisher(_client("sns", _ONCE)),
        clock=utc_now,
        new_id=lambda: uuid.uuid4().hex,
    )


@cache
def reading() -> "Reading":
    from tocsin.api.routes import Reading
    from tocsin.aws.articles_table import ArticlesTable
    from tocsin.aws.bucket import Bucket

    read = settings.ApiSettings.read()
    return Reading(
        archive=ArticlesTable(_client("dynamodb"), read.articles_table),
        store=Bucket(_client("s3"), read.bucket),
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
    return Fetcher(user_agent(read.operator_contact), allowed)
