"""What it costs a service to be looked at: a debugger that listens, a profiler.

Runs in an environment that has the generated service and the group ``bench``.

    python -m tests.bench.observers SERVICE SCRATCH
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, print_figures
from tests.real.service import clean_environment

EVENTS = 20_000
ROUNDS = 5
RECEIPTS = ("-m", "receipts.cli.app")
PROFILED = "--rate 100 --format raw --duration unlimited --output"


def main(service: Path, scratch: Path) -> int:
    """Run each in turn, so that a busy machine is unfair to none, and print."""
    scratch.mkdir(parents=True, exist_ok=True)
    events, nothing = scratch / "events.ndjson", scratch / "nothing.ndjson"
    nothing.touch()
    events.write_bytes(
        subprocess.run(
            [sys.executable, *RECEIPTS, "sample", "--count", str(EVENTS)],
            cwd=service,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    )
    profiler = [str(Path(sys.executable).with_name("py-spy")), "record", *PROFILED.split()]
    watched = {
        "nobody looks": [sys.executable],
        "a debugger listens": [sys.executable, "-m", "debugpy", "--listen", _address()],
        "a profiler looks 100 times a second": [*profiler, str(scratch / "raw"), "--"],
        "the same without stopping it": [
            *profiler,
            str(scratch / "raw"),
            "--nonblocking",
            "--",
        ],
    }
    took: dict[str, list[float]] = {name: [] for name in watched}
    stores = (scratch / f"store-{number}" for number in count())
    for _ in range(ROUNDS):
        for name, begin in watched.items():
            command = begin if begin[0] == sys.executable else [*begin, sys.executable]
            # What starting costs is not what issuing costs.
            start_s = _seconds([*command, *RECEIPTS, "issue", str(nothing)], service, next(stores))
            whole_s = _seconds([*command, *RECEIPTS, "issue", str(events)], service, next(stores))
            took[name].append(whole_s - start_s)
    print_figures(_figures(took))
    return 0


def _address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _seconds(command: Sequence[str], service: Path, store: Path) -> float:
    settings = {"RECEIPTS_STORE__URL": f"sqlite:{store}", "RECEIPTS_LOG__LEVEL": "error"}
    began = time.perf_counter()
    subprocess.run(
        command,
        cwd=service,
        env=clean_environment() | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def _figures(took: dict[str, list[float]]) -> list[Figure]:
    plain, *_ = took.values()
    running = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    rows = []
    for name, seconds in took.items():
        share = median(free / looked for free, looked in zip(plain, seconds, strict=True))
        speed = f"{EVENTS / median(seconds):,.0f} events/s, {share:.0%}"
        rows.append(Figure(f"issue on {running}, {name}", speed, "-"))
    return rows


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
