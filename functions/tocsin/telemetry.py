"""Logs and metrics of the functions, and the names of the metrics."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAMESPACE = "Tocsin"
MAX_LOGGED_CHARACTERS = 1_000  # of one field: feeds and pages decide what some of them hold


class Metric(StrEnum):
    """One dimension, `service`: a custom metric costs by its dimensions, so no feed or topic id."""

    FEEDS_DISPATCHED = "FeedsDispatched"
    FEEDS_POLLED = "FeedsPolled"
    FEEDS_FAILED = "FeedsFailed"
    PUSHES_TAKEN = "PushesTaken"
    PUSHES_REFUSED = "PushesRefused"  # not signed, or not asked for
    ENTRIES_SENT_ON = "EntriesSentOn"
    ARTICLES_STORED = "ArticlesStored"
    ARTICLES_KNOWN = "ArticlesKnown"
    ARTICLES_REVISED = "ArticlesRevised"
    ARTICLES_DEFERRED = "ArticlesDeferred"
    ARTICLES_WAITING = "ArticlesWaiting"
    ARTICLES_EMPTY = "ArticlesEmpty"
    ARTICLES_FORGOTTEN = "ArticlesForgotten"  # that feeds list, and an operator had removed
    ARTICLES_CUT = "ArticlesCut"  # out of a job that failed
    JOBS_GIVEN_UP = "JobsGivenUp"
    TOPICS_REFUSED = "TopicsRefused"  # above zero: the topics applied last cannot be read
    MATCHES = "Matches"
    MATCHES_ALERTED = "MatchesAlerted"
    MATCHES_HELD = "MatchesHeld"
    MATCHES_MERGED = "MatchesMerged"
    MATCHES_DROPPED = "MatchesDropped"
    MATCHES_FAILED = "MatchesFailed"
    MATCHES_DEFERRED = "MatchesDeferred"
    ALERTS_SENT = "AlertsSent"
    ALERTS_HELD = "AlertsHeld"
    ALERTS_MERGED = "AlertsMerged"
    ALERTS_DROPPED = "AlertsDropped"
    ALERTS_FAILED = "AlertsFailed"
    ALERTS_DEFERRED = "AlertsDeferred"
    NOTIFICATIONS = "Notifications"
    SUBSCRIPTIONS_ASKED = "SubscriptionsAsked"  # confirmations and codes that were sent
    SUBSCRIPTIONS_LIMITED = "SubscriptionsLimited"  # by a quota: many are an attack
    SUBSCRIPTIONS_CONFIRMED = "SubscriptionsConfirmed"
    SUBSCRIPTIONS_CHANGED = (
        "SubscriptionsChanged"  # by their owners: paused, stopped, another cadence
    )
    SUBSCRIPTIONS_SUSPENDED = "SubscriptionsSuspended"  # by SNS
    SUBSCRIPTIONS_LEFT = "SubscriptionsLeft"
    SUBSCRIPTIONS_LAPSED = "SubscriptionsLapsed"
    SUBSCRIPTIONS_RESUMED = "SubscriptionsResumed"
    SUBSCRIPTIONS_FAILED = "SubscriptionsFailed"  # what SNS would not change: tried every hour
    SUBSCRIPTIONS_ADOPTED = "SubscriptionsAdopted"
    REQUESTS_FAILED = "RequestsFailed"  # of the HTTP API, by our fault
    ARTICLES_INDEXED = "ArticlesIndexed"
    SHARDS_MERGED = "ShardsMerged"
    SWAPS_LOST = "SwapsLost"  # another did the same at the same time
    SHARDS_SWEPT = "ShardsSwept"
    DAYS_WRITTEN = "DaysWritten"  # of the lake
    DAYS_LEFT = "DaysLeft"  # for want of time: the next run has them
    DAYS_FAILED = "DaysFailed"  # above zero: a batch cannot be read


class Telemetry:
    """`stage` is the service that every line carries."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._logger = Logger(service=stage)

    def begin(self, context: Any) -> None:
        """Every line from here on carries the invocation's request id."""
        self._logger.append_keys(request_id=getattr(context, "aws_request_id", None))

    def tell(self, message: str, outcome: "DataclassInstance") -> None:
        """Logs how one item ended: its fields, under their names."""
        self._logger.info(message, extra={n: _short(v) for n, v in asdict(outcome).items()})

    def warn(self, message: str, **fields: str) -> None:
        self._logger.warning(message, extra={n: _short(v) for n, v in fields.items()})

    def fail(self, message: str, error: Exception) -> None:
        """With where it happened; the text of an error may quote a caller, and is cut."""
        self._logger.error(message, exc_info=error, extra={"reason": _short(str(error))})

    def count(self, counts: Mapping[Metric, int]) -> None:
        """Writes one metrics line; zeros count too, so that silence can be told from absence."""
        metrics = Metrics(namespace=NAMESPACE, service=self._stage)
        for name, value in counts.items():
            metrics.add_metric(name=name.value, unit=MetricUnit.Count, value=value)
        metrics.flush_metrics()


def telemetry(stage: str, context: Any) -> Telemetry:
    """The stage's, at the beginning of an invocation."""
    found = _of_stage(stage)
    found.begin(context)
    return found


@cache
def _of_stage(stage: str) -> Telemetry:
    return Telemetry(stage)


def _short(value: Any) -> Any:
    return value[:MAX_LOGGED_CHARACTERS] if isinstance(value, str) else value
