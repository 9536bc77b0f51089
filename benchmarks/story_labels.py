"""What a reader found of joins that mute: story_labels.csv."""

import csv
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.story_replay import Replay
from benchmarks.story_streams import Row
from tocsin.stories.decide import Kind

LABELS = Path(__file__).with_name("story_labels.csv")
# All that mute with these times of the events, and all headlines that do, have been read.
LABELLED_SEEDS = (101, 102)
READ = {Kind.COPY.value, Kind.UPDATE.value}


def labelled() -> dict[str, Any]:
    """Verdicts on what mutes: on what was held out when its limits were set, and on all."""
    rows = [row for row in labels() if row["drawn"] != "gone"]
    held_out = [row for row in rows if row["drawn"] == "held_out"]
    streams = sorted({row["stream"] for row in rows})
    low, high = interval(held_out)
    return {
        "strict_precision": precision(held_out),
        "strict_precision_interval": [low, high],
        "strict_precision_by_stream": {s: precision(of_stream(held_out, s)) for s in streams},
        "labels": len(held_out),
        "strict_precision_of_all": precision(rows),
        "strict_precision_of_all_by_stream": {s: precision(of_stream(rows, s)) for s in streams},
        "labels_of_all": len(rows),
    }


def labels() -> list[dict[str, str]]:
    with LABELS.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def of_stream(rows: Sequence[dict[str, str]], stream: str) -> list[dict[str, str]]:
    return [row for row in rows if row["stream"] == stream]


def precision(rows: Sequence[dict[str, str]]) -> float:
    return round(statistics.mean(row["verdict"] == "same" for row in rows), 4)


def interval(rows: Sequence[dict[str, str]]) -> tuple[float, float]:
    """In which the share is with 95 % confidence (Wilson, 1927)."""
    z, n = 1.96, len(rows)
    share = statistics.mean(row["verdict"] == "same" for row in rows)
    middle = share + z * z / (2 * n)
    around = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    low, high = (each / (1 + z * z / n) for each in (middle - around, middle + around))
    return round(low, 4), round(high, 4)


def unread(rows: Sequence[Row], replay: Replay, *streams: str) -> tuple[int, int]:
    """How many of the joins that mute have no label of these streams, and of how many: all but
    versions and what is word for word the same."""
    known = {(row["article"], row["joined"]) for row in labels() if row["stream"] in streams}
    said = {row.id: f"{row.title}\n{row.text}" for row in rows}
    joins = [(row.id, replay.same_as(row)) for row in rows if replay.joined[row.id].kind in READ]
    differ = [(one, other) for one, other in joins if said[one] != said[other]]
    return sum(join not in known for join in differ), len(differ)
