"""What a library takes on disk, with all that it needs."""

import re
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

_NAME = re.compile(r"[\w.-]+")


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def installed_mb(*names: str) -> float:
    """Of the named distributions and all that they require, as they are here, without compiled
    bytecode. Raises PackageNotFoundError for a named one that is not."""
    needed = {each: distribution(each) for each in names}
    waiting = list(needed.values())
    while waiting:
        for name in _required(waiting.pop()) - needed.keys():
            with suppress(PackageNotFoundError):  # asked for on another system or Python
                needed[name] = distribution(name)
                waiting.append(needed[name])
    located = (each.locate_file(file) for each in needed.values() for file in each.files or ())
    files = {Path(str(each)) for each in located}
    counted = [each for each in files if "__pycache__" not in each.parts and each.is_file()]
    return sum(each.stat().st_size for each in counted) / 1e6


def _required(library: Distribution) -> set[str]:
    asked = [each for each in library.requires or () if "extra ==" not in each]
    return {found[0] for each in asked if (found := _NAME.match(each))}
