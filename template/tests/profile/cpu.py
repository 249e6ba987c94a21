"""Where the time goes: py-spy looks at a process a hundred times a second, from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.profile.flame import Hot, as_speedscope, as_svg, hottest, read_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PY_SPY = Path(sys.executable).with_name("py-spy")
PER_SECOND = 100

RIGHT_TO_ATTACH = (
    "this user may not look into that process. Its owner may where kernel.yama.ptrace_scope is 0; "
    "else root may, or a container with the capability SYS_PTRACE. `kill -USR1 PID` shows its "
    "stacks without any right but its owner's."
)


class Failed(Exception):
    """There is no profile; the text says why and what to do."""


class CpuProfile(NamedTuple):
    """What was seen, and where it can be looked at."""

    samples: int
    discarded: int
    hot: list[Hot]
    picture: Path
    speedscope: Path


def record_command(folder: Path, seconds: int | None) -> list[str]:
    """The beginning of a recording, of so many seconds or to the end; what to record follows."""
    what = ("--format", "raw", "--function", "--rate", str(PER_SECOND))
    where = ("--output", str(folder / "cpu.raw"), "--duration", str(seconds or "unlimited"))
    return [str(PY_SPY), "record", *what, *where]


def start_child(
    command: Sequence[str], folder: Path, seconds: int | None, environment: dict[str, str]
) -> subprocess.Popen[str]:
    """Start a command as the profiler's child, which needs no right; it ends with the recording."""
    return _start([*record_command(folder, seconds), "--", *command], environment)


def attach(pid: int, folder: Path, seconds: int) -> subprocess.Popen[str]:
    """Look at a running process; it goes on.

    Raises:
        Failed: There is none of that number.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        raise Failed(f"There is no process {pid}: `pgrep -af receipts` lists them.") from None
    except PermissionError:
        raise Failed(f"Process {pid}: {RIGHT_TO_ATTACH}") from None
    return _start([*record_command(folder, seconds), "--pid", str(pid)], dict(os.environ))


def _start(command: Iterable[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(command),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def finish(recording: subprocess.Popen[str], folder: Path, title: str) -> CpuProfile:
    """Wait for the end of a recording and draw what it saw.

    Raises:
        Failed: Nothing was recorded.
    """
    said, _ = recording.communicate()
    raw = folder / "cpu.raw"
    if not raw.exists() or not raw.stat().st_size:
        raise Failed(reason_of(said))
    stacks = read_stacks(raw.read_text("utf-8"))
    found = re.search(r"Samples: (\d+) Errors: (\d+)", said)
    samples, discarded = map(int, found.groups()) if found else (sum(stacks.values()), 0)
    picture, speedscope = folder / "cpu.svg", folder / "cpu.speedscope.json"
    picture.write_text(as_svg(stacks, title), "utf-8")
    speedscope.write_text(as_speedscope(stacks, title), "utf-8")
    return CpuProfile(samples, discarded, hottest(stacks), picture, speedscope)


def reason_of(said: str) -> str:
    """Why py-spy recorded nothing, for people."""
    if re.search(r"permission denied|operation not permitted", said, re.IGNORECASE):
        return f"py-spy: {RIGHT_TO_ATTACH}"
    if "Samples: 0" in said:
        return "py-spy saw nothing run: the process was idle all the time; give it something to do."
    if "python version" in said.lower():
        return "py-spy: that process runs no Python. `pgrep -af receipts` lists those that do."
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    return f"py-spy recorded nothing: {last}"
