"""Ports on loopback for servers that tests start."""

import os
import random
import socket
from collections.abc import Iterator

# Below what the kernel gives to connections (from 32768 on Linux, 49152 on macOS): a port of those
# may be taken, between the look and the server's start, by any program that connects to another.
_FIRST, _LAST = 12_000, 32_000
_WORKERS = 16  # of pytest-xdist, each with ports of its own


def _candidates() -> Iterator[int]:
    """Each once, from anywhere on: other runs of the tests may be on this machine."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    mine = range(_FIRST + worker, _LAST, _WORKERS)
    begin = random.SystemRandom().randrange(len(mine))
    yield from mine[begin:]
    yield from mine[:begin]


_ports = _candidates()


def free_port() -> int:
    """One that nobody listens on, and that this process has not been given before."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port between {_FIRST} and {_LAST} is free")
