"""Which processes are ours. A pid alone says nothing: the system gives it to another program as
soon as ours has ended. So a process is known by its command line, which names the state folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

SERVER_MODULE = "infra.local.server"
_PROC = Path("/proc")
_WORKER_PREFIX = "ministack-lambda-"  # of the folder that ministack unpacks a function into


def is_server(pid: int, root: Path) -> bool:
    """Whether `pid` runs now and is the emulator of this state folder. A zombie does not run: its
    command line is empty."""
    return _command_line(pid).endswith(f" -m {SERVER_MODULE} {root}")


def workers(tmp: Path) -> list[int]:
    """The processes that run functions of the emulator with this TMPDIR."""
    return [pid for pid, line in _all() if f" {tmp / _WORKER_PREFIX}" in line]


def _all() -> Iterator[tuple[int, str]]:
    if _PROC.is_dir():
        pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
        yield from ((pid, _command_line(pid)) for pid in pids)
        return
    for line in _ps("-A", "-o", "pid=,args="):
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


def _command_line(pid: int) -> str:
    if not _PROC.is_dir():
        return "".join(_ps("-p", str(pid), "-o", "args=")).strip()
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""  # ended, or another user's: not ours either way
    return os.fsdecode(b" ".join(words))


def _ps(*arguments: str) -> list[str]:
    """macOS has no /proc. `-ww` does not cut the lines."""
    command = ["/bin/ps", "-ww", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
