"""Every hour: who has confirmed, who has left, whose pause is over."""

from typing import Any

from tocsin import wiring
from tocsin.pipeline.reconcile import Outcome, reconcile
from tocsin.telemetry import Metric, telemetry

_COUNTED = {
    Metric.SUBSCRIPTIONS_CONFIRMED: (Outcome.CONFIRMED, Outcome.RETURNED),
    Metric.SUBSCRIPTIONS_SUSPENDED: (Outcome.SUSPENDED,),
    Metric.SUBSCRIPTIONS_LEFT: (Outcome.LEFT,),
    Metric.SUBSCRIPTIONS_LAPSED: (Outcome.LAPSED,),
    Metric.SUBSCRIPTIONS_RESUMED: (Outcome.RESUMED,),
    Metric.SUBSCRIPTIONS_FAILED: (Outcome.FAILED,),
    Metric.SUBSCRIPTIONS_ADOPTED: (Outcome.ADOPTED,),
}


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    out = telemetry("reconcile", context)
    outcomes = reconcile(wiring.reconciling())
    out.count({metric: sum(outcomes[each] for each in of) for metric, of in _COUNTED.items()})
    return {outcome.value: outcomes[outcome] for outcome in Outcome}
