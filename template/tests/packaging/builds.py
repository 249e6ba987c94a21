"""Wheel and sdist, built from a copy of the project and compared byte for byte."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BUILT_FROM = ("LICENSE", "README.md", "pyproject.toml", "src")
"""What a distribution is made of; nothing else may find its way into one."""

NO_COMMIT = "315532800"
"""1 January 1980, the first day that a wheel can name, for a project without a commit."""


def source_date_epoch(project: Path) -> str:
    """Seconds since 1970 that a build may name: the environment's, else the last commit's."""
    if stated := os.environ.get("SOURCE_DATE_EPOCH"):
        return stated
    if shutil.which("git") is None:
        return NO_COMMIT
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],  # noqa: S607
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or NO_COMMIT


def build(project: Path, folder: Path, epoch: str) -> dict[str, Path]:
    """Build wheel and sdist from a copy of the project; by file name.

    The copy's files are of now and lie elsewhere, so a build that takes up times or
    paths of the machine differs from the next one.

    Raises:
        SystemExit: The build fails, with what it said.
    """
    source, built = folder / "source", folder / "dist"
    copy_source(project, source)
    done = subprocess.run(
        ["uv", "build", "--quiet", "--out-dir", str(built), str(source)],  # noqa: S607
        env=os.environ | {"SOURCE_DATE_EPOCH": epoch},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"uv build failed:\n{done.stdout}{done.stderr}")
    return {path.name: path for path in sorted(built.iterdir()) if path.suffix in (".gz", ".whl")}


def copy_source(project: Path, source: Path) -> None:
    """Copy what a distribution is made of; the files are of now."""
    source.mkdir(parents=True)
    for name in BUILT_FROM:
        if (project / name).is_dir():
            # Not copy2: it would keep the times.
            shutil.copytree(
                project / name,
                source / name,
                copy_function=shutil.copyfile,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copyfile(project / name, source / name)


def install(project: Path, what: str | Path, environment: Path) -> Path:
    """Install a wheel or a folder at the pinned versions; answers with the folder of commands.

    Raises:
        SystemExit: It cannot be installed, with what uv said.
    """
    quiet = ["--quiet", "--python"]
    pinned = ["--constraint", "constraints.txt", str(what)]
    for command in (
        ["uv", "venv", "--clear", *quiet, sys.executable, str(environment)],
        ["uv", "pip", "install", *quiet, str(environment), *pinned],
    ):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return environment / "bin"


def difference(first: Mapping[str, Path], second: Mapping[str, Path]) -> str | None:
    """In what two builds differ, in words; None where every byte is equal."""
    if first.keys() != second.keys():
        return f"one has {', '.join(first)}, the other {', '.join(second)}"
    for name, path in first.items():
        if sha256(path) != sha256(second[name]):
            ours, theirs = members(path), members(second[name])
            changed = sorted(
                member
                for member in ours.keys() | theirs.keys()
                if ours.get(member) != theirs.get(member)
            )
            return f"{name}: {', '.join(changed) or 'the order or the times of its members'}"
    return None


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def members(archive: Path) -> dict[str, bytes]:
    """What lies in a wheel or an sdist, by name."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(archive) as sdist:
        return {
            member.name: opened.read()
            for member in sdist.getmembers()
            if (opened := sdist.extractfile(member)) is not None
        }
