"""Where each of many blocks begins, in two bytes a block where blocks are small.

Every 16 blocks have one place in the file, and each of them its distance from there.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate

_GROUP = 16


def written(name: str, blocks: Sequence[bytes]) -> dict[str, bytes]:
    """The sections."""
    begins = [*accumulate(map(len, blocks), initial=0)]
    groups = begins[::_GROUP]
    distances = [begin - groups[number // _GROUP] for number, begin in enumerate(begins)]
    return {
        f"{name}_groups": array("I", groups).tobytes(),
        f"{name}_distances": array("H" if max(distances) < 1 << 16 else "I", distances).tobytes(),
    }


class Offsets:
    def __init__(self, sections: Mapping[str, memoryview], name: str, blocks: int) -> None:
        self._groups: Sequence[int] = sections[f"{name}_groups"].cast("I")
        distances = sections[f"{name}_distances"]
        small = len(distances) == 2 * (blocks + 1)
        self._distances: Sequence[int] = distances.cast("H") if small else distances.cast("I")

    def span(self, number: int) -> tuple[int, int]:
        """Where a block begins and ends."""
        after, distances = number + 1, self._distances
        group = self._groups[number // _GROUP]
        following = group if after % _GROUP else self._groups[after // _GROUP]
        return group + distances[number], following + distances[after]
