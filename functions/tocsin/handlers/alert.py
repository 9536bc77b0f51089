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
    names = ("sent", "merged", "failed", "deferred")
    sums = {name: sum(getattr(each, name) for each in told) for name in names}
    out.count(
        {
            Metric.MATCHES_SENT: sums["sent"],
            Metric.MATCHES_MERGED: sums["merged"],
            Metric.MATCHES_FAILED: sums["failed"],
            Metric.MATCHES_DEFERRED: sums["deferred"],
        }
    )
    return sums
