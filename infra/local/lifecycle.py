"""Start and stop of the embedded AWS. One process a state folder, on 127.0.0.1 only."""

import errno
import fcntl
import http.client
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from infra.local import processes
from infra.local.checkpoint import Saved, read_saved
from infra.local.errors import (
    AlreadyRunning,
    Busy,
    ForeignState,
    NotRunning,
    PortInUse,
    StartFailed,
    StateNotSaved,
    StopFailed,
    UnreadableState,
)
from infra.local.paths import StatePaths
from infra.local.running import Recovered, Running, read_running, write_running
from infra.local.server import (
    CHECKPOINT_VARIABLE,
    EXIT_UNREADABLE,
    MINISTACK_VERSION,
    UNREADABLE_MARK,
)

HOST = "127.0.0.1"  # ministack's own default is every interface, with an open /_ministack/reset
REGION = "us-east-1"
STACK_NAME = "tocsin-local"
CHECKPOINT_SECONDS = 30.0  # about what a killed process loses; `checkpoint` stretches it under load

# Measured: 0.3 s empty, 1.5 s with 25 MB of state. hypercorn itself gives up at 60.
_START_SECONDS = 60.0
# Measured: 0.1 s empty, 1.6 s with 25 MB of state; hypercorn waits 3 s for requests under way.
_STOP_SECONDS = 30.0
# What is left once the state is saved is ending threads; a function that hangs may hold one.
_EXIT_SECONDS = 5.0
_WORKER_SECONDS = 0.5  # an idle worker ends by itself as its pipe closes, in milliseconds
_PORT_SECONDS = 3.0  # Linux closes the sockets of a killed process after it shows as gone
_POLL_SECONDS = 0.02
_LOG_LIMIT_BYTES = 10_000_000
_TAIL_LINES = 15
_PASSED_ON = ("PATH", "HOME", "LANG", "SMTP_HOST")
_PROJECT_ROOT = Path(__file__).resolve().parents[2]

# A started process that is never waited for would stay a zombie of a long-lived caller.
_children: dict[int, subprocess.Popen[bytes]] = {}


def start(
    state_dir: Path,
    port: int,
    *,
    fresh: bool = False,
    stack_name: str = STACK_NAME,
    environ: Mapping[str, str] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> Running:
    """Launches the emulator detached and returns once it answers.

    `fresh` empties the state first. Of `environ` (default: this process's) only PATH, HOME, LANG
    and SMTP_HOST are passed on: functions inherit the emulator's environment. Where the process
    before was killed, `Running.recovered` says so. Raises a LocalAwsError.
    """
    paths = StatePaths.of(state_dir)
    paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)  # the inbox is private
    with _alone(paths):
        last = _last(paths, fresh=fresh)
        if last is not None:
            _require_ended(last, paths)
        _require_free(port)
        if fresh:
            _empty(paths)
        saved = _require_own_state(paths)
        recovered = None if fresh or last is None else _recovered(last, saved)
        environment = _environment(paths, port, os.environ if environ is None else environ)
        pid = _launch(paths, port, environment | {CHECKPOINT_VARIABLE: str(checkpoint_seconds)})
        running = _running(port, pid, stack_name, recovered)
        write_running(paths.running, running)
        return running


def stop(state_dir: Path) -> None:
    """Ends the emulator of this folder, exactly that process, and the workers of its functions.
    Returns once the state is saved. Raises a LocalAwsError."""
    paths = StatePaths.of(state_dir)
    if not paths.running.exists():
        raise NotRunning(paths.root)
    with _alone(paths):
        running = read_running(paths.running)
        if running is None or not processes.is_server(running.pid, paths.root):
            raise NotRunning(paths.root, "the last one was killed")
        asked_at = datetime.now(UTC)
        _end(running.pid, paths, asked_at)
        end_workers(paths)
        paths.running.unlink()
        _remove(paths.tmp)
        _require_saved(paths, asked_at)


def find_running(state_dir: Path) -> Running | None:
    """What runs for this folder now; None also for one that was killed."""
    paths = StatePaths.of(state_dir)
    running = read_running(paths.running)
    return running if running and processes.is_server(running.pid, paths.root) else None


def end_workers(paths: StatePaths) -> None:
    """A function in the middle of its work would go on, without an AWS to talk to."""
    deadline = time.monotonic() + _WORKER_SECONDS
    while (left := processes.workers(paths.tmp)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    for pid in left:
        _signal(pid, signal.SIGKILL)


@contextmanager
def _alone(paths: StatePaths) -> Iterator[None]:
    with paths.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(paths.root) from error
        yield


def _last(paths: StatePaths, *, fresh: bool) -> Running | None:
    """What a stop would have removed: what runs now, or was killed."""
    try:
        return read_running(paths.running)
    except UnreadableState:
        if fresh:
            return None  # it goes with the rest
        raise


def _require_ended(last: Running, paths: StatePaths) -> None:
    if processes.is_server(last.pid, paths.root):
        raise AlreadyRunning(paths.root, last.endpoint_url, last.pid)
    _reap(last.pid)
    end_workers(paths)


def _recovered(last: Running, saved: Saved | None) -> Recovered:
    return Recovered(last.pid, last.started_at, saved.at if saved else None)


def _require_free(port: int) -> None:
    deadline = time.monotonic() + _PORT_SECONDS
    while not _is_free(port):
        if time.monotonic() > deadline:
            raise PortInUse(port)
        time.sleep(_POLL_SECONDS)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: a port whose last connections have just ended is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True


def _require_own_state(paths: StatePaths) -> Saved | None:
    saved = _saved(paths)
    if saved and saved.ministack_version != MINISTACK_VERSION:
        raise ForeignState(paths.root, saved.ministack_version, MINISTACK_VERSION)
    if saved is None and any(paths.services.glob("*.json")):
        raise UnreadableState(paths.root, f"{paths.saved.name}, which says what wrote it, is gone")
    return saved


def _saved(paths: StatePaths) -> Saved | None:
    try:
        return read_saved(paths.saved)
    except ValueError as error:
        raise UnreadableState(paths.root, str(error)) from error


def _launch(paths: StatePaths, port: int, environment: dict[str, str]) -> int:
    """Returns the pid once the process answers."""
    _remove(paths.tmp)  # of a killed one
    paths.tmp.mkdir()
    _turn_over_log(paths)
    with paths.log.open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", processes.SERVER_MODULE, str(paths.root)],
            cwd=_PROJECT_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children[process.pid] = process
    try:
        _wait_until_it_answers(process, port, paths, begin)
    except BaseException:
        # Not ours to leave behind: nothing would know of it. It has no state to save yet.
        process.kill()
        _reap(process.pid)
        end_workers(paths)
        raise
    return process.pid


def _environment(paths: StatePaths, port: int, environ: Mapping[str, str]) -> dict[str, str]:
    passed_on = {name: environ[name] for name in _PASSED_ON if name in environ}
    return passed_on | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",  # or it listens on 0.0.0.0:8883
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(paths.services),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(paths.s3),
        "TMPDIR": str(paths.tmp),
        "TZ": "UTC",  # as in AWS Lambda
        # Functions must not read the profile of whoever started this.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",  # the log's tail is quoted when a start fails
    }


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], port: int, paths: StatePaths, begin: int
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(port):
        code = process.poll()
        if code == EXIT_UNREADABLE:
            said = _tail(paths.log, begin, _TAIL_LINES).rpartition(UNREADABLE_MARK)[2]
            raise UnreadableState(paths.root, said.splitlines()[0])
        if code is not None:
            reason = f"its process ended with {code}"
        elif time.monotonic() > deadline:
            reason = f"no answer after {_START_SECONDS:.0f} s"
        else:
            time.sleep(_POLL_SECONDS)
            continue
        raise StartFailed(reason, paths.log, _tail(paths.log, begin, _TAIL_LINES))


def _answers(port: int) -> bool:
    """Not by urllib, which would ask a proxy of the environment."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _running(port: int, pid: int, stack_name: str, recovered: Recovered | None) -> Running:
    return Running(
        endpoint_url=f"http://{HOST}:{port}",
        region=REGION,
        port=port,
        pid=pid,
        stack_name=stack_name,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ministack_version=MINISTACK_VERSION,
        python_version=platform.python_version(),
        recovered=recovered,
    )


def _end(pid: int, paths: StatePaths, asked_at: datetime) -> None:
    _signal(pid, signal.SIGTERM)
    if _ended(pid, paths, _STOP_SECONDS, or_saved_since=asked_at):
        return
    if not _saved_since(paths, asked_at):
        raise StopFailed(pid, _STOP_SECONDS, paths.log)
    if not _ended(pid, paths, _EXIT_SECONDS):
        _signal(pid, signal.SIGKILL)  # the state is saved: nothing is lost
        _ended(pid, paths, _EXIT_SECONDS)


def _ended(
    pid: int, paths: StatePaths, seconds: float, or_saved_since: datetime | None = None
) -> bool:
    """Waits; ends early, with False, when the state is saved and the process is still there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not processes.is_server(pid, paths.root):
            _reap(pid)
            return True
        if or_saved_since and _saved_since(paths, or_saved_since):
            return False
        time.sleep(_POLL_SECONDS)
    return False


def _saved_since(paths: StatePaths, moment: datetime) -> bool:
    saved = _saved(paths)
    return bool(saved and saved.clean and datetime.fromisoformat(saved.at) >= moment)


def _require_saved(paths: StatePaths, asked_at: datetime) -> None:
    saved = _saved(paths)
    if saved is None or not _saved_since(paths, asked_at):
        raise StateNotSaved("it did not save its state", paths.log)
    if saved.failed:
        raise StateNotSaved(f"the state of {', '.join(saved.failed)} was not saved", paths.log)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended between the look and the signal, which is what we want


def _reap(pid: int) -> None:
    """Of a process that has ended; only the caller that started it has something to wait for."""
    process = _children.pop(pid, None)
    if process is not None:
        process.wait(_EXIT_SECONDS)


def _empty(paths: StatePaths) -> None:
    """Removes what the emulator wrote and nothing else that may be in the folder."""
    for path in (
        *(paths.running, paths.saved, paths.inbox, paths.log, paths.old_log),
        *(paths.services, paths.s3, paths.tmp),
    ):
        _remove(path)


def _remove(path: Path) -> None:
    """A link is removed, never what it points to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _turn_over_log(paths: StatePaths) -> None:
    if paths.log.exists() and paths.log.stat().st_size > _LOG_LIMIT_BYTES:
        os.replace(paths.log, paths.old_log)


def _tail(log: Path, begin: int, lines: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        text = file.read().decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])
