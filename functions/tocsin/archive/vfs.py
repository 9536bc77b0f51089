"""SQLite's file system over what is at hand of a shard: read-only, by whole pages."""

import itertools
import threading
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import apsw

_NAME = "tocsin-shards"
# Of unpacked pages: what a query of three frequent words reads of a month, twice.
_KEPT_KIB = 8 << 10
PageAt = Callable[[int], bytes]


class Database:
    """What SQLite sees as a file of `size` bytes, in pages of `page` bytes, counted from 1."""

    def __init__(self, size: int, page: int, page_at: PageAt) -> None:
        self.size = size
        self.page = page
        self.page_at = page_at

    def read(self, amount: int, offset: int) -> bytes:
        number, begin = divmod(offset, self.page)
        return self.page_at(number + 1)[begin : begin + amount]


class _Files(apsw.VFS):
    """Opens databases by the number that they were given."""

    def __init__(self) -> None:
        self._open: weakref.WeakValueDictionary[str, Database] = weakref.WeakValueDictionary()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        super().__init__(_NAME, "")

    def add(self, database: Database) -> str:
        with self._lock:
            name = f"/{next(self._numbers)}"
            self._open[name] = database
        return name

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 (SQLite's names)
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _File(self._open[filename])

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return False

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _File:
    def __init__(self, database: Database) -> None:
        self._database = database

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._database.read(amount, offset)

    def xFileSize(self) -> int:  # noqa: N802
        return self._database.size

    def xClose(self) -> None:  # noqa: N802
        pass

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 0

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_IMMUTABLE


@cache
def _files() -> _Files:
    """One for the process: SQLite knows file systems by name."""
    return _Files()


def connect(database: Database) -> apsw.Connection:
    """For one thread at a time. The caller keeps `database` as long as the connection."""
    name = _files().add(database)
    connection = apsw.Connection(
        f"file:{name}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
        vfs=_NAME,
    )
    connection.execute(
        f"pragma mmap_size=0; pragma temp_store=memory; pragma cache_size=-{_KEPT_KIB}"
    )
    return connection
