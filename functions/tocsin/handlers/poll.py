"""A poll job: the feeds of one host."""

from typing import Any

from tocsin import wiring
from tocsin.jobs import PollJob
from tocsin.pipeline.poll import poll
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> None:
    out = telemetry("poll", context)
    for record in event["Records"]:
        polled = poll(PollJob.model_validate_json(record["body"]), wiring.polling())
        for each in polled:
            out.tell("feed polled", each)
        out.count(
            {
                Metric.FEEDS_POLLED: sum(each.asked for each in polled),
                Metric.FEEDS_FAILED: sum(each.failed for each in polled),
                Metric.ENTRIES_SENT_ON: sum(each.new_entries for each in polled),
            }
        )
