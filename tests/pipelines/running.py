"""A job, run on this machine as its host would: `python` is fresh, each command must end with 0."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.pipelines.reading import Job

LEFT_OUT = "--deselect=tests/docs --deselect=labs/test_proof.py"
SHORT = {"PYTEST_ADDOPTS": f"tests/domain --cov-fail-under=0 {LEFT_OUT}"}
"""What is asked here is whether a command runs where its host runs it; all tests of the same code
run in the session `service`."""


class Failure(NamedTuple):
    """A command that did not end with 0."""

    command: str
    exit_code: int
    said: str

    def __str__(self) -> str:
        """The command and the end of what it said."""
        return f"`{self.command}` ended with {self.exit_code}: {self.said.strip()[-6000:]}"


def find_python(version: str) -> str | None:
    """A Python of this version that starts; None where the machine has none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    for name in (f"python{version}", "python3", "python"):
        found = shutil.which(name)
        if found is None:
            continue
        asked = subprocess.run(
            [found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        if asked.stdout.strip() == version:
            return found
    return None


def make_python(python: str, folder: Path) -> Path:
    """A fresh Python as a host has it; answers with the folder of its commands."""
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    return folder / "bin"


def run_job(job: Job, project: Path, commands: Path) -> Failure | None:
    """Run a job's commands in order; the first failure ends it."""
    ours = ("RECEIPTS_", "KVITTO_", "PYTHONPATH", "VIRTUAL_ENV", "NOX_", "COVERAGE_", "PYTEST_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = f"{commands}{os.pathsep}{_path_without_nox()}"
    for command in job.commands:
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=project,
            env=outside | {"CI": "true", **job.environment, **SHORT, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        if done.returncode != 0:
            return Failure(command, done.returncode, done.stdout + done.stderr)
    return None


def _path_without_nox() -> str:
    """The path without the folders that hold a nox, so that a job runs the one it installs."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "nox").exists())
