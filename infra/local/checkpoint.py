"""Saving the emulator's state while it runs, and loading it whole or not at all.

ministack writes its state at a clean shutdown only, and logs what it cannot read and goes on
without it (1.5.33, `app._handle_lifespan`, `persistence.load_state`): a killed process would lose
everything since its start, and a damaged file would be replaced by an empty one.

Saving runs on the event loop, between two requests: the handlers of the services run there and do
not await in the middle of a change. Only the threads that hand messages to functions and delete
expired rows do not; a copy that such a thread disturbs raises RuntimeError and is made again.
Measured: 0.7 s for 20,000 rows of 1 KB in DynamoDB.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

logger = logging.getLogger("tocsin.checkpoint")

# The event loop stands still meanwhile: at most a twentieth of the time goes into saving.
_PAUSE_PER_SECOND_OF_SAVING = 20
_DEPLOYING_PAUSE_SECONDS = 1.0  # a deployment takes about two
_COPY_ATTEMPTS = 20
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

GetState = Callable[[], Any]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Saved:
    """The last save. `failed` names the services that could not be written; `clean` says that it
    was made at a stop, when nothing ran any more."""

    ministack_version: str
    at: str
    clean: bool
    failed: tuple[str, ...]


def read_saved(path: Path) -> Saved | None:
    """Raises ValueError where the file is not what `Checkpoint` writes."""
    if not path.exists():
        return None
    try:
        fields = json.loads(path.read_text())
        return Saved(**{**fields, "failed": tuple(fields["failed"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: {error}") from error


class Checkpoint:
    """`emulator` is the module `ministack.app`, `persistence` is `ministack.core.persistence`."""

    def __init__(
        self, emulator: Any, persistence: Any, version: str, saved: Path, interval_seconds: float
    ) -> None:
        self._emulator = emulator
        self._persistence = persistence
        self._version = version
        self._saved = saved
        self._interval_seconds = interval_seconds
        self._changed = False
        self._closed = False

    def watch(self, app: App) -> App:
        """The same app; saves after each interval in which a request may have changed something."""

        async def watched(scope: Scope, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan":
                self._changed |= scope.get("method") not in _READS
                return await app(scope, receive, send)
            saving = asyncio.create_task(self._save_repeatedly())
            try:
                return await app(scope, receive, send)
            finally:
                saving.cancel()

        return watched

    def save_at_stop(self, get_states: Mapping[str, GetState]) -> None:
        """In place of ministack's `save_all`, which gives up on a copy that a thread disturbs.
        Raises OSError where it could not even be recorded."""
        self._closed = True
        self._save(get_states, clean=True)

    async def _save_repeatedly(self) -> None:
        pause = self._interval_seconds
        while not self._closed:
            await asyncio.sleep(pause)
            pause = self._save_if_due()

    def _save_if_due(self) -> float:
        """Seconds until the next look."""
        if self._closed or not self._changed:
            return self._interval_seconds
        if _deploying(self._emulator):
            return _DEPLOYING_PAUSE_SECONDS
        started = time.monotonic()
        self._changed = False
        try:
            self._save(self._emulator._build_persistence_save_dict(), clean=False)
        except OSError:
            # A full disk may have room again: the next look tries anew.
            logger.exception("the checkpoint was not written")
            self._changed = True
        took_seconds = time.monotonic() - started
        return max(self._interval_seconds, took_seconds * _PAUSE_PER_SECOND_OF_SAVING)

    def _save(self, get_states: Mapping[str, GetState], *, clean: bool) -> None:
        failed = [
            name for name, get_state in get_states.items() if not self._save_one(name, get_state)
        ]
        now = datetime.now(UTC).isoformat()
        write_json(self._saved, asdict(Saved(self._version, now, clean, tuple(failed))))

    def _save_one(self, name: str, get_state: GetState) -> bool:
        try:
            state = _undisturbed_copy(get_state)
            if state is not None:  # None: the service could not even be imported
                self._write(name, state)
        except Exception:
            # One service that cannot be saved must not take the others with it.
            logger.exception("state of %s was not saved", name)
            return False
        return True

    def _write(self, name: str, state: Any) -> None:
        """In the format of `persistence.save_state`, which swallows its errors and takes four
        times as long: it uses the JSON encoder that is written in Python."""
        version = self._persistence._state_format_version(name)
        path = Path(self._persistence.STATE_DIR) / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(
            path,
            {"__ministack_format__": version, "payload": state},
            default=self._persistence._json_default,
        )


def load_all(emulator: Any, persistence: Any) -> None:
    """In place of ministack's own loop, with an error where that one goes on without the data.
    Raises ValueError, which names the file."""
    for name, module in emulator._state_map.items():
        path = Path(persistence.STATE_DIR) / f"{name}.json"
        if path.exists():
            _load(emulator._get_module(module), persistence.load_state(name), path)


def write_json(path: Path, value: Any, default: Callable[[Any], Any] | None = None) -> None:
    """The old file or the new one, whatever happens meanwhile."""
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.write_text(json.dumps(value, default=default))
    os.replace(unfinished, path)


def _load(service: Any, state: Any, path: Path) -> None:
    if state is None:
        raise ValueError(f"{path} cannot be read, or is of a newer ministack")
    try:
        service.load_persisted_state(state)
    except Exception as error:
        raise ValueError(f"{path} does not hold a state of this ministack: {error!r}") from error


def _undisturbed_copy(get_state: GetState) -> Any:
    for _ in range(_COPY_ATTEMPTS - 1):
        try:
            return get_state()
        except RuntimeError as error:
            logger.debug("a thread changed the state while it was copied: %s", error)
    return get_state()


def _deploying(emulator: Any) -> bool:
    """A stack that is saved halfway would be in progress for ever after a restart."""
    cloudformation = emulator._loaded_modules.get("cloudformation")
    if cloudformation is None:
        return False
    statuses = [stack.get("StackStatus", "") for stack in cloudformation._stacks.all_values()]
    return any(s.endswith("_IN_PROGRESS") and not s.startswith("REVIEW_") for s in statuses)
