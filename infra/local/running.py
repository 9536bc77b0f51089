"""running.json: what runs for a state folder, for every command that comes later to read."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.checkpoint import write_json
from infra.local.errors import UnreadableState

_NOT_STORED = "recovered"


@dataclass(frozen=True)
class Recovered:
    """The emulator before this one was killed. `saved_at` is the time of the checkpoint or clean
    stop whose state was loaded; None where nothing had been saved. S3 objects are always the last
    ones: ministack writes them as they come."""

    pid: int
    started_at: str
    saved_at: str | None


@dataclass(frozen=True)
class Running:
    """Times are ISO 8601 in UTC. `recovered` is known to the start only and not in the file."""

    endpoint_url: str
    region: str
    port: int
    pid: int
    stack_name: str
    started_at: str
    ministack_version: str
    python_version: str
    recovered: Recovered | None = None


def write_running(path: Path, running: Running) -> None:
    write_json(path, {k: v for k, v in asdict(running).items() if k != _NOT_STORED})


def read_running(path: Path) -> Running | None:
    """What the file says; whether it still runs is for `processes.is_server` to say."""
    if not path.exists():
        return None
    try:
        return Running(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise UnreadableState(path.parent, f"{path.name}: {error}") from error
