"""The HTTP API."""

from dataclasses import dataclass
from typing import Any

from tocsin import wiring
from tocsin.api.routes import resolver
from tocsin.pipeline.push import Answer, Called
from tocsin.telemetry import Metric, telemetry

_BROUGHT = (Answer.TAKEN, Answer.TO_BE_POLLED)
_REFUSED = (Answer.NOT_SIGNED, Answer.UNKNOWN)

_ASKED = ("asked", "code_sent")


@dataclass(frozen=True)
class Noted:
    """How a subscriber's request ended. Whose it was is not logged."""

    outcome: str


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

    def note(outcome: str) -> None:
        out.tell("subscription request", Noted(outcome))
        out.count(
            {
                Metric.SUBSCRIPTIONS_ASKED: outcome in _ASKED,
                Metric.SUBSCRIPTIONS_LIMITED: outcome.endswith("_limit"),
                Metric.SUBSCRIPTIONS_CONFIRMED: outcome == "confirmed",
                Metric.SUBSCRIPTIONS_CHANGED: outcome.startswith("changed_"),
            }
        )

    def failed(error: Exception) -> None:
        out.fail("request failed", error)
        out.count({Metric.REQUESTS_FAILED: 1})

    outside = wiring.reading(), wiring.pushing(), wiring.self_service()
    app = resolver(*outside, tell, note, failed)
    return app.resolve(event, context)
