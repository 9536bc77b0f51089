"""The HTTP API."""

from typing import Any

from tocsin import wiring
from tocsin.api.routes import resolver
from tocsin.pipeline.push import Answer, Called
from tocsin.telemetry import Metric, telemetry

_BROUGHT = (Answer.TAKEN, Answer.TO_BE_POLLED)
_REFUSED = (Answer.NOT_SIGNED, Answer.UNKNOWN)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    out = telemetry("api", context)

    def tell(called: Called) -> None:
        out.tell("hub called", called)
        out.count(
            {
                Metric.PUSHES_TAKEN: called.answer in _BROUGHT,
                Metric.PUSHES_REFUSED: called.answer in _REFUSED,
            }
        )

    def failed(error: Exception) -> None:
        out.fail("request failed", error)
        out.count({Metric.REQUESTS_FAILED: 1})

    app = resolver(wiring.reading(), wiring.pushing(), tell, failed)
    return app.resolve(event, context)
