"""A page that changes the code leads where it says, followed in a throw-away copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.docs.test_commands import CHANGING_PAGES, PROJECT, run_step

if TYPE_CHECKING:
    from pathlib import Path

# A change, commands, or a file that the reader writes under the name in its title.
STEP = re.compile(
    r"^```(?P<kind>diff|console|\w+ title=\"(?P<file>[^\"]+)\")\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
NOT_COPIED = shutil.ignore_patterns("data", "site", "build", "dist", "__pycache__", ".[!c]*")


def test_there_are_pages_that_change_the_code() -> None:
    assert CHANGING_PAGES


@pytest.mark.parametrize("page", CHANGING_PAGES, ids=lambda page: page.stem)
def test_a_change_that_a_page_shows_does_what_it_says(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    # The copy's code, not the installed one; no byte code that another second would reuse.
    environment = os.environ | {"PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    # What the tests of this run are told is not for the tests that the page runs.
    environment = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("PYTEST_", "COV_", "COVERAGE_"))
    }

    for step in STEP.finditer(page.read_text("utf-8")):
        if step["kind"] == "diff":
            _apply(step["text"], copy)
            continue
        if step["file"]:
            (copy / step["file"]).write_text(step["text"], "utf-8")
            continue
        for command in re.split(r"^\$ ", step["text"], flags=re.MULTILINE)[1:]:
            line, _, shown = command.partition("\n")
            run_step(line, shown.splitlines(), copy, environment)


def _apply(change: str, copy: Path) -> None:
    # Outside any repository that holds the copy, or Git applies nothing and says nothing.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent)}
    done = subprocess.run(
        ["git", "apply", "-"],  # noqa: S607
        cwd=copy,
        env=environment,
        input=change,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{change}\n{done.stderr}"
