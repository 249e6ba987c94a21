"""`nox -s profile` and `nox -s profile-memory`: what ran, what was hot, the file to open."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from tests.profile import cpu, memory
from tests.profile.load import SERVE, free_port, keep_busy, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(".cache/profile")


def main() -> int:
    """Profile as asked; a reason in words and exit code 1 where that cannot be."""
    asked = argparse.ArgumentParser(prog="nox -s profile --")
    asked.add_argument("what", choices=("cpu", "memory"), help=argparse.SUPPRESS)
    asked.add_argument("--seconds", type=int, default=10, help="how long to look; default 10")
    asked.add_argument("--pid", type=int, help="a running process instead of one under load")
    asked.add_argument(
        "--run", nargs=argparse.REMAINDER, help="a command of receipts, to its end; comes last"
    )
    chosen = asked.parse_args()
    if chosen.seconds < 1:
        asked.error("--seconds is at least 1.")
    if chosen.what == "memory" and (chosen.pid or chosen.run):
        asked.error("memory is noted for the service under load: no --pid and no --run.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        if chosen.what == "memory":
            _memory(chosen.seconds)
        elif chosen.run:
            _cpu_of_command(chosen.run)
        elif chosen.pid is None:
            _cpu(chosen.seconds)
        else:
            _cpu_of(chosen.pid, chosen.seconds)
    except (cpu.Failed, httpx.HTTPError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _cpu(seconds: int) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as store:
        environment = os.environ | settings_for(Path(store), port)
        (FOLDER / "cpu.raw").unlink(missing_ok=True)
        recording = cpu.start_child([sys.executable, *SERVE], FOLDER, seconds, environment)
        with _stopped_in_any_case(recording):
            answered = keep_busy(f"http://127.0.0.1:{port}", lambda: recording.poll() is None)
        title = f"receipts serve under load for {seconds} s, {answered:,} requests answered"
        _tell_cpu(title, cpu.finish(recording, FOLDER, title))


def _cpu_of_command(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as store:
        environment = os.environ | settings_for(Path(store), free_port())
        (FOLDER / "cpu.raw").unlink(missing_ok=True)
        command = [sys.executable, "-m", "receipts.cli.app", *arguments]
        title = f"receipts {' '.join(arguments)}"
        _tell_cpu(
            title, cpu.finish(cpu.start_child(command, FOLDER, None, environment), FOLDER, title)
        )


def _cpu_of(pid: int, seconds: int) -> None:
    (FOLDER / "cpu.raw").unlink(missing_ok=True)
    title = f"process {pid} for {seconds} s"
    _tell_cpu(title, cpu.finish(cpu.attach(pid, FOLDER, seconds), FOLDER, title))


def _tell_cpu(title: str, profile: cpu.CpuProfile) -> None:
    print(f"Ran:        {title}; {profile.samples} samples, {profile.discarded} discarded")
    print("Hottest own functions, by the share of time in themselves:")
    for hot in profile.hot:
        print(f"  {hot.percent:5.1f} %  {hot.function}")
    print(f"Open:       {profile.picture.resolve()}")
    print(f"Zoom:       {profile.speedscope.resolve()} in speedscope")


def _memory(seconds: int) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as store:
        environment = os.environ | settings_for(Path(store), port)
        command = memory.memray_command(FOLDER, list(SERVE))
        with (
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process,
            _stopped_in_any_case(process),
        ):
            until = time.monotonic() + seconds
            answered = keep_busy(
                f"http://127.0.0.1:{port}",
                lambda: process.poll() is None and time.monotonic() < until,
            )
            # An interrupt lets it end in order, so that the recording is complete.
            process.send_signal(signal.SIGINT)
    profile = memory.read_memory(FOLDER)
    print(f"Ran:        receipts serve under load for {seconds} s, {answered:,} requests answered")
    for heading, functions in (
        ("Own functions that held most when most was held:", profile.at_peak),
        (
            "Own functions whose memory was never freed (caches are among them):",
            profile.never_freed,
        ),
    ):
        print(heading)
        for held in functions:
            print(f"  {held.size_bytes / 1024:9,.0f} KiB  {held.function}")
    print(f"Open:       {profile.picture.resolve()}\nLeaks:      {profile.leaks.resolve()}")


@contextmanager
def _stopped_in_any_case(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Leave no service behind when the load fails; both profilers stop theirs on an interrupt."""
    try:
        yield
    except BaseException:
        process.send_signal(signal.SIGINT)
        raise


if __name__ == "__main__":
    sys.exit(main())
