"""An ingest job: entries of one host."""

from collections import Counter
from typing import Any

from tocsin import wiring
from tocsin.jobs import IngestJob
from tocsin.pipeline.ingest import Outcome, ingest
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> None:
    out = telemetry("ingest", context)
    for record in event["Records"]:
        outside = wiring.ingesting()
        ended = ingest(IngestJob.model_validate_json(record["body"]), outside)
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
                Metric.TOPICS_REFUSED: int(bool(outside.topics.refused)),
                Metric.MATCHES: sum(each.matches for each in ended),
            }
        )
