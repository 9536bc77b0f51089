"""Every minute: matches that are due become alerts, and alerts that are due messages."""

from collections.abc import Iterable
from typing import Any

from tocsin import wiring
from tocsin.pipeline.alert import alert
from tocsin.pipeline.alerting import Decided, Outcome, Told
from tocsin.telemetry import Metric, telemetry

OF_MATCHES = {
    Outcome.ALERTED: Metric.MATCHES_ALERTED,
    Outcome.HELD: Metric.MATCHES_HELD,
    Outcome.MERGED: Metric.MATCHES_MERGED,
    Outcome.DROPPED: Metric.MATCHES_DROPPED,
    Outcome.FAILED: Metric.MATCHES_FAILED,
    Outcome.DEFERRED: Metric.MATCHES_DEFERRED,
}
OF_ALERTS = {
    Outcome.SENT: Metric.ALERTS_SENT,
    Outcome.HELD: Metric.ALERTS_HELD,
    Outcome.MERGED: Metric.ALERTS_MERGED,
    Outcome.DROPPED: Metric.ALERTS_DROPPED,
    Outcome.FAILED: Metric.ALERTS_FAILED,
    Outcome.DEFERRED: Metric.ALERTS_DEFERRED,
}


def handler(event: dict[str, Any], context: Any) -> dict[str, dict[str, int]]:
    """How many matches and how many alerts ended how; `notifications` is how many went out."""
    out = telemetry("alert", context)
    done = alert(wiring.alerting())
    for decided in done.decided:
        out.tell("match decided", decided)
    for heard in done.heard:
        out.tell("volume stood out", heard)
    for told in done.told:
        out.tell("line told", told)
    matches, alerts = sums_of_matches(done.decided), sums_of_alerts(done.told)
    notifications = sum(each.outcome is Outcome.SENT for each in done.told)
    out.count(
        {metric: matches[outcome] for outcome, metric in OF_MATCHES.items()}
        | {metric: alerts[outcome] for outcome, metric in OF_ALERTS.items()}
        | {Metric.NOTIFICATIONS: notifications}
    )
    return {"matches": matches, "alerts": alerts, "notifications": {"published": notifications}}


def sums_of_matches(decided: Iterable[Decided]) -> dict[str, int]:
    outcomes = [each.outcome for each in decided]
    return {outcome.value: outcomes.count(outcome) for outcome in OF_MATCHES}


def sums_of_alerts(told: Iterable[Told]) -> dict[str, int]:
    sums = {outcome.value: 0 for outcome in OF_ALERTS}
    for each in told:
        sums[each.outcome] += each.alerts
    return sums
