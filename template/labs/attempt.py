"""What a learner has made of a lab: a copy of the service, and how a check looks into it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).parents[1]
PATIENCE_S = 300
"""How long one command may take before the check gives it up."""
STARTS_WITHIN_S = 30


class NotYet(Exception):
    """What is not true yet; the text says what was seen and where to look."""


class Answer(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


class Attempt(NamedTuple):
    """A copy of the service with a learner's changes."""

    folder: Path

    def receipts(self, *arguments: str, **environment: str) -> Answer:
        """Run a command of the copy."""
        return self.python("-m", "receipts.cli.app", *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> Answer:
        """Run Python with the code of the copy."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment_of(self.folder, environment),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def served(self, **environment: str) -> Iterator[httpx.Client]:
        """Serve the copy; answers whoever asks it.

        Raises:
            NotYet: It does not start.
        """
        port = _free_port()
        own = {"RECEIPTS_API__PORT": str(port), "RECEIPTS_LOG__LEVEL": "error", **environment}
        command = [sys.executable, "-m", "receipts.cli.app", "serve"]
        with (
            subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment_of(self.folder, own),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            try:
                _await_start(process, client)
                yield client
            finally:
                process.terminate()

    def must_leave(self, *names: str) -> None:
        """Nothing in those folders differs from the service that the lab was made from.

        Raises:
            NotYet: Something does.
        """
        for name in names:
            ours, theirs = _files(PROJECT / name), _files(self.folder / name)
            for file in sorted(ours.keys() | theirs.keys()):
                if ours.get(file) != theirs.get(file):
                    raise NotYet(f"{name}/{file} is changed: this lab is solved without it.")


def environment_of(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Variables for a command that runs the code of a copy, whatever the learner has set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RECEIPTS_", "PYTEST_", "COV_", "COVERAGE_"))
    }
    # No byte code: a copy that changes twice in a second would run what it was before.
    own = {"PYTHONPATH": str(folder.resolve() / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **own, **more}


def _files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _await_start(process: subprocess.Popen[str], client: httpx.Client) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while process.poll() is None and time.monotonic() < give_up:
        try:
            client.get("/health/live")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    _, said = process.communicate()
    raise NotYet(f"`receipts serve` does not start:\n{said.strip()}")
