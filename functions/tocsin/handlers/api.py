"""The HTTP API."""

from typing import Any

from tocsin import wiring
from tocsin.api.routes import resolver
from tocsin.telemetry import telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    telemetry("api", context)
    return resolver(wiring.reading()).resolve(event, context)
