"""Every minute: matches that are due become messages."""

from typing import Any

from tocsin import wiring
from tocsin.pipeline.alert import alert
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    out = telemetry("alert", context)
    told = alert(wiring.alerting())
    for each in told:
        out.tell("topic told", each)
    sums = {name: sum(getattr(t, name) for t in told) for name in ("sent", "failed", "deferred")}
    out.count(
        {
            Metric.MATCHES_SENT: sums["sent"],
            Metric.MATCHES_FAILED: sums["failed"],
            Metric.MATCHES_DEFERRED: sums["deferred"],
        }
    )
    return sums
