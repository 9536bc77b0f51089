"""Every minute: what ingest stored becomes searchable. Every day: what crashes left is swept.
Every night: the day that ended becomes a file of the lake.

`{"rebuild": true}` makes the archive anew of its batches. `{"lake": {}}` is the night's run, and
`{"lake": {"since": "2026-11-01", "until": "2026-11-22"}}` looks at all of these days."""

from datetime import date
from typing import Any

from tocsin import wiring
from tocsin.pipeline.archive import archive, rebuild, sweep
from tocsin.telemetry import Metric, Telemetry, telemetry


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    out = telemetry("archive", context)
    if "lake" in event:
        return _lake(event["lake"], out)
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


def _lake(asked: dict[str, str], out: Telemetry) -> dict[str, Any]:
    """`left` is the first day that there was no time for."""
    # Arrow and what writes Parquet take 60 ms to load: no other run pays for them.
    from tocsin.pipeline.lake import write_nightly, write_range

    outside = wiring.laking()
    if "since" in asked:
        since = date.fromisoformat(asked["since"])
        until = date.fromisoformat(asked["until"]) if "until" in asked else outside.clock().date()
        days = write_range(since, until, outside)
    else:
        days = write_nightly(outside)
    for each in days:
        out.tell("day of the lake", each)
    counts = {
        Metric.DAYS_WRITTEN: sum(each.outcome == "written" for each in days),
        Metric.DAYS_LEFT: sum(each.outcome == "left" for each in days),
        Metric.DAYS_FAILED: sum(each.outcome == "failed" for each in days),
    }
    out.count(counts)
    left = [each.day for each in days if each.outcome == "left"]
    return {
        "written": counts[Metric.DAYS_WRITTEN],
        "articles": sum(each.articles for each in days),
        "failed": {each.day: each.reason for each in days if each.outcome == "failed"},
        "left": left[0] if left else None,
    }
