"""The command that learners use: what it answers, and that it harms nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from labs.attempt import PROJECT
from labs.lab import find_labs
from labs.workspace import apply
from tests.service import Answer

if TYPE_CHECKING:
    from pathlib import Path

FIRST = find_labs()[0]


def lab(folder: Path, *arguments: str) -> Answer:
    """What `nox -s lab -- ARGUMENTS` does."""
    done = subprocess.run(
        [sys.executable, "-m", "labs", *arguments, "--folder", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def test_a_learner_goes_from_red_to_green_with_hints_on_the_way(tmp_path: Path) -> None:
    started = lab(tmp_path, "start", FIRST.name)
    assert started.code == 0, started.err
    assert "Then, here:  nox -s lab -- check" in started.out
    copy = tmp_path / FIRST.name
    assert (copy / ".venv" / "bin" / "receipts").exists()

    red = lab(tmp_path, "check")
    assert red.code == 1
    assert FIRST.start in red.out
    assert FIRST.hints[0] in lab(tmp_path, "hint").out
    solution = lab(tmp_path, "solution")
    assert f"git apply {FIRST.solution}" in solution.out

    apply(FIRST.solution, copy)
    green = lab(tmp_path, "check")
    assert green.code == 0, green.out
    assert f"{FIRST.name} is done." in green.out
    [(name, steps)] = json.loads(lab(tmp_path, "progress", "--json").out).items()
    assert (name, steps["checks"], steps["hints"]) == (FIRST.name, 2, 1)
    assert "passed with 1 hint(s) and the solution" in lab(tmp_path, "progress").out


def test_what_a_learner_did_is_lost_only_when_asked_for(tmp_path: Path) -> None:
    mine = tmp_path / FIRST.name / "mine.txt"
    mine.parent.mkdir()
    mine.touch()

    answer = lab(tmp_path, "start", FIRST.name)

    assert answer.code == 2
    assert f"nox -s lab -- start {FIRST.name} --again" in answer.err
    assert mine.exists()


def test_the_list_names_each_lab_and_where_to_begin(tmp_path: Path) -> None:
    answer = lab(tmp_path)

    assert answer.code == 0
    assert all(each.title in answer.out for each in find_labs())
    assert f"Begin:  nox -s lab -- start {FIRST.name}" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "unheard-of"), "There is no lab 'unheard-of': configure, wrong-cent"),
        (("check",), "No lab was started."),
        (("hint", FIRST.name), f"{FIRST.name} was not started:"),
        (("dance",), "invalid choice: 'dance'"),
    ],
    ids=["unheard-of", "nothing-started", "not-this-one", "no-such-action"],
)
def test_wrong_use_is_said_in_words(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = lab(tmp_path, *arguments)

    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
