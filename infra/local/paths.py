"""Where everything is that the embedded AWS writes: one folder, named in one place."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StatePaths:
    root: Path

    @classmethod
    def of(cls, state_dir: Path) -> "StatePaths":
        return cls(state_dir.resolve())

    @property
    def running(self) -> Path:
        return self.root / "running.json"

    @property
    def saved(self) -> Path:
        """What the last save was: `checkpoint.Saved`."""
        return self.root / "saved.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def log(self) -> Path:
        return self.root / "aws.log"

    @property
    def old_log(self) -> Path:
        return self.root / "aws.log.1"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox.jsonl"

    @property
    def services(self) -> Path:
        """One JSON file a service, and the code of the functions."""
        return self.root / "state"

    @property
    def s3(self) -> Path:
        return self.root / "s3"

    @property
    def tmp(self) -> Path:
        """TMPDIR of the emulator, and so of its functions."""
        return self.root / "tmp"
