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

START, TEXT, SOLUTION = "start", "text", "solution"
COMMANDS = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Result(NamedTuple):
    """What a check found out."""

    promise: str
    problem: str | None
    """What is not true yet; None where the promise holds."""


class Proof(NamedTuple):
    """Whether an answer to a lab was judged as it must be, and what the check said of it."""

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


def prove(lab: Lab, answer: str, folder: Path) -> Proof:
    """Judge one answer, of those that `answers_of` names, in a fresh copy of the service."""
    make_copy(lab, folder)
    if answer == START:
        return _judged(lab, folder, expected=lab.start)
    if answer == TEXT:
        return _followed(lab, folder)
    apply(lab.solution, folder)
    if answer == SOLUTION:
        return _judged(lab, folder, expected=None)
    apply(lab.wrong_answer(answer), folder)
    return _judged(lab, folder, expected=lab.wrong[answer])


def answers_of(lab: Lab) -> tuple[str, ...]:
    """The start, the commands of the text, the solution and each wrong answer."""
    return (START, TEXT, SOLUTION, *lab.wrong)


def _judged(lab: Lab, folder: Path, *, expected: str | None) -> Proof:
    """Green where nothing is expected, else red for the reason that is."""
    problems = [each.problem for each in check(lab, Attempt(folder)) if each.problem is not None]
    said = "\n".join(problems)
    if expected is None:
        return Proof(not problems, said or "green")
    return Proof(expected in said, f"red: {said}" if problems else "green")


def _followed(lab: Lab, folder: Path) -> Proof:
    """The commands of the text, run in the start as a learner would."""
    try:
        for block in COMMANDS.findall(lab.text.read_text("utf-8")):
            for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = step.partition("\n")
                run_step(command, shown.splitlines(), folder, environment_of(folder, {}))
    except AssertionError as difference:
        return Proof(holds=False, said=str(difference))
    return Proof(holds=True, said="its commands answer as shown")
