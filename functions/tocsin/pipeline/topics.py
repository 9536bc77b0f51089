"""The topics in force: the compiled set that `tocsin apply` published last."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from tocsin.errors import NotFoundError, TocsinError
from tocsin.model.publication import TopicsInForce
from tocsin.query.matcher import Matcher

FRESH = timedelta(seconds=60)  # within this, what was applied is in force everywhere


class Source(Protocol):
    def find_topics(self, unless_version: str = "") -> tuple[TopicsInForce, str] | None: ...
    def get_compiled(self, key: str) -> bytes: ...


@dataclass
class CurrentTopics:
    """Keeps the matcher of one container, and asks for a newer one when it may be stale.

    A set that cannot be read (of another version, corrupt, not there) leaves the last good one in
    force; `refused` says why until a good one comes, and is for an alarm. Without a good one there
    is nothing to match with, and the error is raised: the job comes again.
    """

    source: Source
    clock: Callable[[], datetime]
    folder: Path
    stem: Callable[[str, str], str]
    refused: str = ""
    _matcher: Matcher | None = None
    _version: str = ""
    _asked_at: datetime | None = None

    def matcher(self) -> Matcher:
        """Raises a TocsinError or OSError where no set could be read yet."""
        now = self.clock()
        if self._asked_at is None or now - self._asked_at >= FRESH:
            self._refresh()
            self._asked_at = now
        if self._matcher is None:
            raise NotFoundError("topics", "in force")
        return self._matcher

    def _refresh(self) -> None:
        newer = self.source.find_topics(self._version)
        if newer is None:  # what is in force is what we have, be it that it was put back
            self.refused = ""
            return
        in_force, version = newer
        try:
            self._matcher = self._open(in_force)
        except (TocsinError, OSError) as error:
            if self._matcher is None:
                raise
            self.refused = f"{type(error).__name__}: {error}"
            return
        self._version, self.refused = version, ""

    def _open(self, in_force: TopicsInForce) -> Matcher:
        """Mapped into memory, files need no name any more: nothing is left behind, and workers that
        share a folder do not meet."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            base = self._download(in_force.base, Path(folder) / "base")
            delta = in_force.delta and self._download(in_force.delta, Path(folder) / "delta")
            removed = frozenset(in_force.removed)
            return Matcher.layered(base, delta or None, removed, stem=self.stem)

    def _download(self, key: str, path: Path) -> Path:
        path.write_bytes(self.source.get_compiled(key))
        return path
