"""A poll job: the feeds of one host."""

from typing import Any

from tocsin import wiring
from tocsin.handlers.messages import message_of
from tocsin.jobs import PollJob
from tocsin.pipeline.dead_letters import GivenUp, tried
from tocsin.pipeline.poll import Polled, poll
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> None:
    out = telemetry("poll", context)
    for record in event["Records"]:
        polled = tried(message_of(record), _poll, wiring.poll_dead_letters())
        if isinstance(polled, GivenUp):
            out.warn("job given up", reason=polled.reason)
            out.count({Metric.JOBS_GIVEN_UP: 1})
            continue
        for each in polled:
            out.tell("feed polled", each)
        out.count(
            {
                Metric.FEEDS_POLLED: sum(each.asked for each in polled),
                Metric.FEEDS_FAILED: sum(each.failed for each in polled),
                Metric.ENTRIES_SENT_ON: sum(each.new_entries for each in polled),
            }
        )


def _poll(body: str) -> list[Polled]:
    return poll(PollJob.model_validate_json(body), wiring.polling())
