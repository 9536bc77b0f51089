"""An ingest job: entries of one host."""

from collections import Counter
from functools import partial
from typing import Any

from tocsin import wiring
from tocsin.handlers.messages import message_of
from tocsin.jobs import IngestJob
from tocsin.pipeline.dead_letters import GivenUp, tried
from tocsin.pipeline.ingest import take
from tocsin.pipeline.ingesting import Ingested, Outcome
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> None:
    out = telemetry("ingest", context)
    for record in event["Records"]:
        outside, message = wiring.ingesting(), message_of(record)
        ended = tried(message, partial(_ingest, message.receives), wiring.ingest_dead_letters())
        if isinstance(ended, GivenUp):
            out.warn("job given up", reason=ended.reason)
            out.count({Metric.JOBS_GIVEN_UP: 1})
            continue
        if outside.topics.refused:
            out.warn("newer topics refused", reason=outside.topics.refused)
        for each in ended:
            out.tell("entry ended", each)
        outcomes = Counter(each.outcome for each in ended)
        out.count(
            {
                Metric.ARTICLES_STORED: outcomes[Outcome.STORED],
                Metric.ARTICLES_KNOWN: outcomes[Outcome.KNOWN],
                Metric.ARTICLES_REVISED: outcomes[Outcome.REVISED],
                Metric.ARTICLES_DEFERRED: outcomes[Outcome.DEFERRED],
                Metric.ARTICLES_WAITING: outcomes[Outcome.WAITING],
                Metric.ARTICLES_EMPTY: outcomes[Outcome.EMPTY],
                Metric.ARTICLES_FORGOTTEN: outcomes[Outcome.FORGOTTEN],
                Metric.ARTICLES_CUT: outcomes[Outcome.CUT],
                Metric.TOPICS_REFUSED: int(bool(outside.topics.refused)),
                Metric.MATCHES: sum(each.matches for each in ended),
            }
        )


def _ingest(receives: int, body: str) -> list[Ingested]:
    return take(IngestJob.model_validate_json(body), receives, wiring.ingesting())
