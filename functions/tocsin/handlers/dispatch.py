"""Every minute: feeds that are due become poll jobs."""

from typing import Any

from tocsin import wiring
from tocsin.pipeline.dispatch import dispatch
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    out = telemetry("dispatch", context)
    jobs = dispatch(wiring.dispatching())
    feeds = sum(len(job.feed_ids) for job in jobs)
    out.count({Metric.FEEDS_DISPATCHED: feeds})
    return {"feeds": feeds, "jobs": len(jobs)}
