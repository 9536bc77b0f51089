"""What can go wrong around the embedded AWS. Each message names the thing and the remedy.

LocalAwsError
├── NotRunning
├── AlreadyRunning
├── Busy                another start or stop of the same folder is under way
├── PortInUse           by something that is not ours
├── StartFailed         the process ended, or never answered
├── StopFailed          the process did not end
├── StateNotSaved       it ended, but not everything was written
├── ForeignState        written by another version of ministack
├── UnreadableState
└── DeployFailed        the stack; with the reasons of the resources that failed
"""

from pathlib import Path

FRESH = "`tocsin up --fresh` empties it and starts anew"


class LocalAwsError(Exception):
    """Its text is for the operator to read: what, where, and what to do about it."""


class NotRunning(LocalAwsError):
    def __init__(self, state_dir: Path, detail: str = "") -> None:
        reason = f" ({detail})" if detail else ""
        super().__init__(f"no local aws runs in {state_dir}{reason}; `tocsin up` starts one")
        self.state_dir = state_dir


class AlreadyRunning(LocalAwsError):
    def __init__(self, state_dir: Path, endpoint_url: str, pid: int) -> None:
        super().__init__(
            f"the local aws of {state_dir} already runs at {endpoint_url} (pid {pid}); "
            "`tocsin down` stops it"
        )
        self.endpoint_url = endpoint_url
        self.pid = pid


class Busy(LocalAwsError):
    def __init__(self, state_dir: Path) -> None:
        super().__init__(
            f"another start or stop of the local aws in {state_dir} is under way; "
            "try again when it is done"
        )
        self.state_dir = state_dir


class PortInUse(LocalAwsError):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is used by another program; end it, "
            "or pick another one with `tocsin up --port`"
        )
        self.port = port


class StartFailed(LocalAwsError):
    def __init__(self, reason: str, log: Path, tail: str) -> None:
        super().__init__(
            f"the local aws did not start: {reason}; the end of its log {log}:\n{tail}"
        )
        self.log = log


class StopFailed(LocalAwsError):
    def __init__(self, pid: int, seconds: float, log: Path) -> None:
        super().__init__(
            f"the local aws (pid {pid}) is still saving its state after {seconds:.0f} s and was "
            f"left running; see {log}, then `tocsin down` again"
        )
        self.pid = pid


class StateNotSaved(LocalAwsError):
    def __init__(self, reason: str, log: Path) -> None:
        super().__init__(
            f"the local aws stopped, but {reason}; what changed since the last checkpoint may be "
            f"missing at the next `tocsin up`; see {log}"
        )
        self.log = log


class ForeignState(LocalAwsError):
    def __init__(self, state_dir: Path, found: str, expected: str) -> None:
        super().__init__(
            f"the state in {state_dir} was written by ministack {found}, "
            f"this is {expected}; {FRESH}"
        )
        self.found = found


class UnreadableState(LocalAwsError):
    def __init__(self, state_dir: Path, reason: str) -> None:
        super().__init__(f"the state in {state_dir} cannot be read: {reason}; {FRESH}")
        self.state_dir = state_dir


class UnreadableInbox(LocalAwsError):
    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(
            f"line {line} of {path} is not a delivery: {reason}; remove the line, or the file"
        )
        self.path = path
        self.line = line


class DeployFailed(LocalAwsError):
    def __init__(self, stack_name: str, reason: str) -> None:
        super().__init__(f"stack {stack_name} was not deployed: {reason}")
        self.stack_name = stack_name
