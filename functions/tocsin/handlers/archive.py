"""Every minute: what ingest stored becomes searchable. Every day: what crashes left is swept.

`{"rebuild": true}` makes the archive anew of its batches."""

from typing import Any

from tocsin import wiring
from tocsin.pipeline.archive import archive, rebuild, sweep
from tocsin.telemetry import Metric, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    out = telemetry("archive", context)
    outside = wiring.archiving()
    if event.get("rebuild"):
        rebuild(outside)
    done = archive(outside)
    for each in done:
        out.tell("shard made", each)
    swept = sweep(outside, orphans=bool(event.get("orphans")))
    indexed = [each for each in done if each.outcome == "indexed"]
    merged = [each for each in done if each.outcome == "merged"]
    out.count(
        {
            Metric.ARTICLES_INDEXED: sum(each.docs for each in indexed),
            Metric.SHARDS_MERGED: sum(each.sources for each in merged),
            Metric.SWAPS_LOST: sum(each.outcome == "lost" for each in done),
            Metric.SHARDS_SWEPT: swept.replaced + swept.orphans,
        }
    )
    return {"indexed": sum(each.docs for each in indexed), "merged": len(merged)}
