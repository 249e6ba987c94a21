"""Where the memory goes: memray notes every allocation of a process that it starts."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memray import AllocationRecord

OWN = "/receipts/"


class Held(NamedTuple):
    """An own function and the bytes that it, or what it called, asked for."""

    function: str
    size_bytes: int


class MemoryProfile(NamedTuple):
    """What was held, and where it can be looked at."""

    at_peak: list[Held]
    never_freed: list[Held]
    picture: Path
    leaks: Path


def memray_command(folder: Path, program: list[str]) -> list[str]:
    """Run a program, given as Python takes it, with every object's allocation noted."""
    # Without Python's own allocator in view, a freed object and a leaked one look alike.
    recording = ("--force", "--quiet", "--trace-python-allocators")
    where = ("--output", str(folder / "memory.bin"))
    return [sys.executable, "-m", "memray", "run", *recording, *where, *program]


def read_memory(folder: Path) -> MemoryProfile:
    """Draw a finished recording and name who held most."""
    from memray import FileReader  # noqa: PLC0415  only this session installs it

    recording = folder / "memory.bin"
    picture, leaks = folder / "memory.html", folder / "memory-leaks.html"
    _draw(recording, picture)
    _draw(recording, leaks, "--leaks")
    with FileReader(recording) as reader:
        at_peak = most(reader.get_high_watermark_allocation_records(merge_threads=True))
    with FileReader(recording) as reader:
        never_freed = most(reader.get_leaked_allocation_records(merge_threads=True))
    # Some 10 MB a second, and both pages hold what it says.
    recording.unlink()
    return MemoryProfile(at_peak, never_freed, picture, leaks)


def most(records: Iterable[AllocationRecord], count: int = 5) -> list[Held]:
    """The own functions that hold most, each allocation counted for the innermost one."""
    held: Counter[str] = Counter()
    for record in records:
        for function, file, _ in record.stack_trace():
            if OWN in file:
                held[f"{function} (receipts/{file.rpartition(OWN)[2]})"] += record.size
                break
    return [Held(name, size) for name, size in held.most_common(count)]


def _draw(recording: Path, page: Path, *options: str) -> None:
    # Without --no-web the page fetches its scripts and is blank where there is no network.
    form = ("flamegraph", "--no-web", "--force", *options, "--output", str(page))
    subprocess.run(
        [sys.executable, "-m", "memray", *form, str(recording)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
