"""How far a learner is, in a file beside the copies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Steps(msgspec.Struct):
    """What was done in one lab."""

    started_at: datetime
    hints: int = 0
    """How many were read."""
    checks: int = 0
    solution_read: bool = False
    passed_at: datetime | None = None
    """When a check was green for the first time."""


class Progress(msgspec.Struct):
    """What was done in each lab that was started."""

    current: str | None = None
    """The lab started last, which commands without a name mean."""
    labs: dict[str, Steps] = {}

    def begin(self, name: str) -> None:
        """Start a lab; what was passed stays passed, and read hints stay read."""
        self.current = name
        self.labs.setdefault(name, Steps(datetime.now(UTC)))

    def record_check(self, name: str, *, passed: bool) -> None:
        """Count a check."""
        steps = self.labs[name]
        steps.checks += 1
        if passed and steps.passed_at is None:
            steps.passed_at = datetime.now(UTC)

    def state_of(self, name: str) -> str:
        """In words."""
        steps = self.labs.get(name)
        if steps is None:
            return "not started"
        if steps.passed_at is None:
            return f"started, {steps.checks} check(s)"
        helped = ["the solution"] if steps.solution_read else []
        if steps.hints:
            helped.insert(0, f"{steps.hints} hint(s)")
        return f"passed with {' and '.join(helped)}" if helped else "passed"


def read_progress(folder: Path) -> Progress:
    """What the file says; nothing was done where there is none."""
    file = folder / "progress.json"
    if not file.exists():
        return Progress()
    return msgspec.json.decode(file.read_bytes(), type=Progress)


def write_progress(progress: Progress, folder: Path) -> None:
    """Keep it for the next command."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "progress.json").write_bytes(msgspec.json.encode(progress))
