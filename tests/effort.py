"""What a call costs in processor time, for tests that nothing untrusted keeps a worker busy.

A collection of garbage, a cold cache or a neighbour on the machine lengthens a run, and nothing
shortens it: the cheapest of a few runs is the call's own cost.
"""

import time
from collections.abc import Callable

TRIES = 5


def costs_at_most(seconds: float, act: Callable[[], object]) -> bool:
    """Whether one of a few runs of `act` took no more of the processor than that."""
    return any(cost(act) <= seconds for _ in range(TRIES))


def least_cost(act: Callable[[], object]) -> float:
    return min(cost(act) for _ in range(TRIES))


def cost(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began
