"""A folder of code as the bytes of a zip: the same folder, the same bytes, so that its hash is its
version and an unchanged deployment changes nothing."""

import io
import zipfile
from pathlib import Path

# The earliest time a zip can hold.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# Read by everyone: the user that runs a function is not the one that packed it.
_MODE = 0o100644
_LEFT_OUT = frozenset({"__pycache__", ".DS_Store", ".mypy_cache", ".ruff_cache"})


def zip_folder(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in _files(folder):
            archive.writestr(_entry(path.relative_to(folder)), path.read_bytes())
    return packed.getvalue()


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if _LEFT_OUT.isdisjoint(path.relative_to(folder).parts))


def _entry(name: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name.as_posix(), date_time=_NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix: the mode below counts
    entry.external_attr = _MODE << 16
    return entry
