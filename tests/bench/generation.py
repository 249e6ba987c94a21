"""How long a person waits: for the files, for the first receipt, for the first green."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.real.service import ROOT, generate, run

COPIES = 5


def copy_time() -> list[Figure]:
    """Median of five copies, each a process of its own, as a person starts it.

    Beside it what Copier takes for as many files of the same names, all empty: no template of
    this tree can be copied faster.
    """
    with _new_folder() as folder:
        ours, least = [], []
        empty = _empty_template(folder / "empty")
        for copy in range(COPIES):
            ours.append(_seconds_to_copy(ROOT))
            least.append(_seconds_to_copy(empty))
            print(f"  copy {copy + 1} of {COPIES}: {ours[-1]:.2f} s", file=sys.stderr)
    return [
        Figure("copier copy --defaults", f"{median(ours):.2f} s", "at most 1.5 s"),
        Figure("the same names, every file empty", f"{median(least):.2f} s", "-"),
    ]


def _seconds_to_copy(template: Path) -> float:
    with _new_folder() as folder:
        began = time.monotonic()
        generate(folder / "service", template)
        return time.monotonic() - began


def _empty_template(folder: Path) -> Path:
    """A template that asks the same and copies files of the same names, without content."""
    folder.mkdir()
    listed = ["git", "ls-files", "-z", "template"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    for name in filter(None, names.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    shutil.copyfile(ROOT / "copier.yml", folder / "copier.yml")
    run(["git", "init", "--quiet"], folder)
    run(["git", "add", "."], folder)
    by_nobody = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    run(["git", *by_nobody, "commit", "--quiet", "--message", "Empty files"], folder)
    return folder


def first_receipt() -> list[Figure]:
    """From nothing but a clone, Python and a warm package cache to an answered page."""
    with _new_folder() as folder:
        clone = folder / "kvitto"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], folder)
        began = time.monotonic()
        nox = _nox_in(clone, _nox_of(ROOT))
        run([nox, "-s", "demo", "--", "--exit"], clone)
        seconds = time.monotonic() - began
    return [Figure("nothing to the first receipt", f"{seconds:.1f} s", "at most 30 s")]


def first_green() -> list[Figure]:
    """From nothing to a generated project whose default sessions have all passed."""
    with _new_folder() as folder:
        service = folder / "receipt-service"
        began = time.monotonic()
        generate(service)
        run(["git", "init", "--quiet"], service)
        run([_nox_in(service, _nox_of(ROOT))], service)
        seconds = time.monotonic() - began
    return [Figure("nothing to the service's own green", f"{seconds:.1f} s", "at most 90 s")]


def _nox_in(folder: Path, requirement: str) -> str:
    """Make an empty environment in a folder and install nox, as the README's line does."""
    run([sys.executable, "-m", "venv", ".venv"], folder)
    run([".venv/bin/pip", "install", "--quiet", requirement], folder)
    return str(folder / ".venv" / "bin" / "nox")


def _nox_of(folder: Path) -> str:
    """The pinned requirement of nox."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    (requirement,) = project["dependency-groups"]["nested"]
    return str(requirement)


@contextmanager
def _new_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kvitto-bench-") as folder:
        yield Path(folder).resolve()
