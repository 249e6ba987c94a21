"""Where a learner works: a copy of the service beside it, so that nothing can be broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from labs.attempt import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labs.lab import Lab

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".nox", ".venv", ".cache", ".*_cache", ".hypothesis", ".coverage*", ".idea",
    "__pycache__", "build", "data", "dist", "labs", "site",
)  # fmt: skip
GROUPS = ("debug", "profile")
"""What a learner runs: tests, debugger and profilers are among them."""


class DoesNotFit(Exception):
    """A patch does not apply; the text names it."""


def make_copy(lab: Lab, folder: Path) -> None:
    """The service as a lab begins; whatever stood in the folder is gone.

    Raises:
        DoesNotFit: The service's code is no longer the one that the lab was written for.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder, ignore=NOT_COPIED)
    lab.prepare(folder)
    if lab.starting.exists():
        apply(lab.starting, folder)


def apply(patch: Path, folder: Path) -> None:
    """Change a copy.

    Raises:
        DoesNotFit: The files are not those that the patch was made for.
    """
    # Outside any repository that holds the copy, or Git applies nothing and says nothing.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.resolve().parent)}
    done = subprocess.run(
        ["git", "apply", str(patch)],  # noqa: S607
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DoesNotFit(
            f"{patch.parent.name}/{patch.name} does not fit this service's code, which has "
            f"changed since the lab was written: {done.stderr.strip()}"
        )


def add_environment(folder: Path) -> Iterator[str]:
    """Give a copy a .venv of its own, which editors find; names each step before it is taken."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    groups = [f"--group={group}" for group in GROUPS]
    yield "an environment"
    _run([*uv, "venv", "--python", sys.executable, ".venv"], folder)
    yield "the service, its tests, debugger and profilers in it"
    pinned = [*groups, "--editable", ".", "--constraint", "constraints.txt"]
    _run([*uv, "pip", "install", "--python", ".venv", *pinned], folder)


def _run(command: list[str], folder: Path) -> None:
    # The session's own environment must not be taken for the copy's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(command, cwd=folder, env=environment, check=True)
