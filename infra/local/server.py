"""The emulator's process: `python -m infra.local.server STATE_DIR`, started by `lifecycle.start`.

ministack reads its settings from the environment when it is imported, so it is imported in
`main`, after the version check. SMTP_HOST ("host" or "host:port") turns the relay on;
CHECKPOINT_SECONDS is the pause between two saves.
"""

import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from infra.local import checkpoint, deliveries, likeness
from infra.local.inbox import Delivery, append, drop_torn_line
from infra.local.paths import StatePaths
from infra.local.relay import Relay

# The patches below use ministack's private names: another version is another program.
MINISTACK_VERSION = "1.5.33"
CHECKPOINT_VARIABLE = "CHECKPOINT_SECONDS"
EXIT_VERSION = 78  # EX_CONFIG of sysexits.h
EXIT_UNREADABLE = 65  # EX_DATAERR of sysexits.h
UNREADABLE_MARK = "unreadable state: "  # what follows it in the log is the reason
_RELAY_CLOSE_SECONDS = 5.0

logger = logging.getLogger("tocsin.server")


def main(state_dir: Path) -> None:
    _require_version()
    paths = StatePaths.of(state_dir)
    drop_torn_line(paths.inbox)
    smtp_host = os.environ.pop("SMTP_HOST", "")  # functions inherit what is left
    relay = Relay(smtp_host) if smtp_host else None
    try:
        _run(paths, relay)
    finally:
        if relay is not None:
            relay.close(_RELAY_CLOSE_SECONDS)


def _run(paths: StatePaths, relay: Relay | None) -> None:
    # ministack.__main__ runs it at import; its parser reads sys.argv.
    sys.argv = sys.argv[:1]
    from ministack import app as emulator
    from ministack.core import iam_actions, persistence
    from ministack.services import athena, lambda_svc, sns
    from ministack.services.cloudformation import provisioners

    likeness.mend(iam_actions, lambda_svc, athena, provisioners)
    deliveries.catch(sns, lambda delivery: _deliver(paths.inbox, relay, delivery))
    _save_and_load(emulator, persistence, paths.saved)
    emulator.main()


def _save_and_load(emulator: Any, persistence: Any, saved: Path) -> None:
    interval_seconds = float(os.environ.pop(CHECKPOINT_VARIABLE))
    saving = checkpoint.Checkpoint(
        emulator, persistence, MINISTACK_VERSION, saved, interval_seconds
    )
    emulator.app = saving.watch(emulator.app)
    emulator.save_all = saving.save_at_stop
    emulator._load_persisted_state = lambda: _load(emulator, persistence)


def _load(emulator: Any, persistence: Any) -> None:
    try:
        checkpoint.load_all(emulator, persistence)
    except ValueError as error:
        logger.critical("%s%s", UNREADABLE_MARK, error)
        # At once, without the shutdown that would save an incomplete state over the files.
        os._exit(EXIT_UNREADABLE)


def _deliver(inbox: Path, relay: Relay | None, delivery: Delivery) -> None:
    append(inbox, delivery)
    if relay is not None and delivery.protocol != "sms":
        relay.accept(delivery)


def _require_version() -> None:
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "nothing"
    if found != MINISTACK_VERSION:
        # To the log: stderr goes there. logging is set up by ministack.
        print(  # noqa: T201
            f"the local aws is written for ministack {MINISTACK_VERSION}, but {found} is "
            "installed; `make setup` installs it",
            file=sys.stderr,
        )
        raise SystemExit(EXIT_VERSION)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
