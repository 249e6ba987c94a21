"""A lab proved three ways: its start is red, its solution is green, wrong answers are red."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from labs.attempt import Attempt, NotYet, environment_of
from labs.workspace import apply, make_copy
from tests.docs.test_commands import run_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labs.lab import Lab

COMMANDS = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Result(NamedTuple):
    """What a check found out."""

    promise: str
    problem: str | None
    """What is not true yet; None where the promise holds."""


class Proof(NamedTuple):
    """One answer to a lab, and whether the check judged it as it must."""

    answer: str
    holds: bool
    said: str


def check(lab: Lab, attempt: Attempt) -> Iterator[Result]:
    """Each promise of a lab, kept or not."""
    for promise in lab.checks:
        text = (promise.__doc__ or "").splitlines()[0]
        try:
            promise(attempt)
        except NotYet as problem:
            yield Result(text, str(problem))
        else:
            yield Result(text, None)


def prove(lab: Lab, folder: Path) -> Iterator[Proof]:
    """Judge the start, the commands of the text, the solution and each wrong answer."""
    make_copy(lab, folder)
    yield _judged("start", lab, folder, expected=lab.start)
    yield _followed(lab, folder)
    make_copy(lab, folder)
    apply(lab.solution, folder)
    yield _judged("solution", lab, folder, expected=None)
    for name, expected in lab.wrong.items():
        make_copy(lab, folder)
        apply(lab.wrong_answer(name), folder)
        yield _judged(f"wrong-{name}", lab, folder, expected=expected)


def _judged(answer: str, lab: Lab, folder: Path, *, expected: str | None) -> Proof:
    """Green where nothing is expected, else red for the reason that is."""
    problems = [each.problem for each in check(lab, Attempt(folder)) if each.problem is not None]
    said = "\n".join(problems)
    if expected is None:
        return Proof(answer, not problems, said or "green")
    return Proof(answer, expected in said, f"red: {said}" if problems else "green")


def _followed(lab: Lab, folder: Path) -> Proof:
    """The commands of the text, run in the start as a learner would."""
    try:
        for block in COMMANDS.findall(lab.text.read_text("utf-8")):
            for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = step.partition("\n")
                run_step(command, shown.splitlines(), folder, environment_of(folder, {}))
    except AssertionError as difference:
        return Proof("text", holds=False, said=str(difference))
    return Proof("text", holds=True, said="its commands answer as shown")
