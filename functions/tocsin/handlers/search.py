"""Searches of the archive, and feeds of them, over HTTP; and parts of a search for everything."""

from typing import Any

from tocsin import wiring
from tocsin.api.searching import resolver
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    out = telemetry("search", context)
    if "part" in event:  # invoked by itself; a request has no such field
        return wiring.searching().answer_part(event)

    def failed(error: Exception) -> None:
        out.fail("request failed", error)
        out.count({Metric.REQUESTS_FAILED: 1})

    app = resolver(wiring.searching(), wiring.feeding(), failed)
    return app.resolve(event, context)
