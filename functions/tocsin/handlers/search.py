"""Searches of the archive, and feeds of them, over HTTP."""

from typing import Any

from tocsin import wiring
from tocsin.api.searching import resolver
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    out = telemetry("search", context)

    def failed(error: Exception) -> None:
        out.fail("request failed", error)
        out.count({Metric.REQUESTS_FAILED: 1})

    app = resolver(wiring.searching(), wiring.feeding(), failed)
    return app.resolve(event, context)
