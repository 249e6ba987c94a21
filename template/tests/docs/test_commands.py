"""Every command in the documentation runs, in the order of its page, and answers as shown."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.service import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[2]
# Commands, or a file that the reader writes under the name in its title.
BLOCK = re.compile(
    r"^```(?:console|\w+ title=\"(?P<file>[^\"]+)\")\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)
WITH_COMMANDS = [
    page for page in sorted(PROJECT.glob("docs/**/*.md")) if "```console" in page.read_text("utf-8")
]
CHANGING_PAGES = [page for page in WITH_COMMANDS if "```diff" in page.read_text("utf-8")]
"""Followed in a copy of the code, by test_changes.py."""
PAGES = [page for page in WITH_COMMANDS if page not in CHANGING_PAGES]


def test_there_are_pages_with_commands() -> None:
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_answers_as_shown(page: Path, tmp_path: Path) -> None:
    # A page is followed in a fresh service: one may have the pack that a page makes.
    fresh = shutil.ignore_patterns("countries")
    shutil.copytree(PROJECT / "config", tmp_path / "config", ignore=fresh)

    try:
        follow(page, tmp_path)
    finally:
        # A step that fails must not leave the server of an earlier one behind.
        for file in tmp_path.glob("*.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(file.read_text("utf-8")), signal.SIGTERM)


def follow(page: Path, folder: Path) -> None:
    """Write each file of a page and run each command, in their order."""
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block["file"]:
            (folder / block["file"]).write_text(block["text"], "utf-8")
            continue
        for step in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            run_step(command, shown.splitlines(), folder, os.environ)


def run_step(command: str, shown: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run one command of a page; it must end well and print every line that is shown."""
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],  # noqa: S607
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    printed = done.stdout.splitlines()
    for line in filter(str.strip, shown):
        # An ellipsis on the page stands for what differs between machines and days.
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        assert any(pattern.fullmatch(each) for each in printed), f"$ {command}\n{line!r}\n{printed}"
