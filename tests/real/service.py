"""A freshly generated service, installed and used through its own command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


class CommandFailed(Exception):
    """A command that must work did not."""

    def __init__(self, command: list[str], exit_code: int, said: str) -> None:
        """Keep the end of what it said."""
        super().__init__(f"{' '.join(command)} ended with {exit_code}:\n{said.strip()[-4000:]}")


class Answer(NamedTuple):
    """What a command of the service came to."""

    exit_code: int
    output: str
    errors: str

    def lines(self) -> list[dict[str, Any]]:
        """The JSON objects that it printed, one a line."""
        return [json.loads(line) for line in self.output.splitlines()]


class Service(NamedTuple):
    """A service on this disk."""

    folder: Path
    command: Path
    """Its ``receipts``."""
    store: Path
    """Folder of its documents."""
    settings: Mapping[str, str] = {}
    """What it is told in its environment besides."""

    def receipts(self, *arguments: str) -> Answer:
        """Run one of its commands."""
        settings = {"RECEIPTS_STORE__URL": f"sqlite:{self.store}", "RECEIPTS_LOG__LEVEL": "error"}
        finished = subprocess.run(
            [str(self.command), *arguments],
            cwd=self.folder,
            env=clean_environment() | settings | dict(self.settings),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Answer(finished.returncode, finished.stdout, finished.stderr)


def clean_environment() -> dict[str, str]:
    """The environment without settings of a service and without this Python's own."""
    ours = ("RECEIPTS_", "PYTHONPATH", "VIRTUAL_ENV", "NOX_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(command: list[str], folder: Path) -> None:
    """Run a command that must work; it is quiet unless it fails.

    Raises:
        CommandFailed: It did not.
    """
    finished = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if finished.returncode != 0:
        raise CommandFailed(command, finished.returncode, finished.stdout + finished.stderr)


def generate(target: Path, template: Path = ROOT) -> None:
    """Generate a service from the commit in front of you, every answer at its default."""
    command = [sys.executable, "-W", "ignore", "-m", "copier", "copy", "--quiet", "--defaults"]
    run([*command, "--vcs-ref", "HEAD", str(template), str(target)], template)


def install(folder: Path, environment: Path, *more: str) -> Path:
    """Install a service, and more, into an environment of its own; answers with its Python."""
    python = environment / "bin" / "python"
    uv = find_uv()
    if uv is None:
        run([sys.executable, "-m", "venv", "--clear", str(environment)], folder)
        installer = [str(python), "-m", "pip", "install", "--quiet"]
    else:
        run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)], folder
        )
        installer = [uv, "pip", "install", "--quiet", "--python", str(python)]
    run([*installer, ".", *more, "--constraint", "constraints.txt"], folder)
    return python


def find_uv() -> str | None:
    """The ``uv`` beside this Python or on the path."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")


def fresh_folder(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
