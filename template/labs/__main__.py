"""`nox -s lab`: learn this service by mending it, in a copy that nothing can harm."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from labs.attempt import Attempt
from labs.lab import Lab, find_labs
from labs.progress import Progress, read_progress, write_progress
from labs.proof import check
from labs.workspace import DoesNotFit, add_environment, make_copy

FOLDER = Path(".cache/labs")
EXAMPLES = """\
nox -s lab                       list the labs
nox -s lab -- start configure    make a copy of the service to work in
nox -s lab -- check              say what is true already and what is not yet
nox -s lab -- hint               show the next hint
nox -s lab -- solution           show one good answer
nox -s lab -- progress           show how far you are; --json for a machine
"""


class WrongUse(Exception):
    """What was asked cannot be done; the text says what can."""


def main() -> int:
    """Do as asked: 0 done, 1 the answer is no, 2 wrong use."""
    asked = argparse.ArgumentParser(
        prog="nox -s lab --",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("action", nargs="?", default="list", choices=tuple(ACTIONS))
    asked.add_argument("lab", nargs="?", help="its name; without one the lab started last")
    asked.add_argument("--again", action="store_true", help="start anew; your changes are lost")
    asked.add_argument("--json", action="store_true", help="progress for a machine")
    asked.add_argument("--folder", type=Path, default=FOLDER, help="where copies are made")
    chosen = asked.parse_args()
    try:
        return ACTIONS[chosen.action](chosen, find_labs())
    except (WrongUse, DoesNotFit) as reason:
        print(reason, file=sys.stderr)
        return 2


def _list(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress = read_progress(chosen.folder)
    for lab in labs:
        print(f"{lab.name:<15} {lab.minutes:>3} min   {progress.state_of(lab.name)}")
        print(f"{'':<15} {lab.title}")
    print(f"\nBegin:  nox -s lab -- start {_next(labs, progress).name}")
    return 0


def _next(labs: list[Lab], progress: Progress) -> Lab:
    return next((lab for lab in labs if progress.state_of(lab.name) == "not started"), labs[0])


def _start(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress = read_progress(chosen.folder)
    lab = _named(chosen.lab or _next(labs, progress).name, labs)
    copy: Path = chosen.folder / lab.name
    if copy.exists() and not chosen.again:
        raise WrongUse(
            f"{copy} holds what you did in this lab. Go on there, or lose it:\n"
            f"nox -s lab -- start {lab.name} --again"
        )
    make_copy(lab, copy)
    for step in add_environment(copy):
        print(f"making {step} …", flush=True)
    progress.begin(lab.name)
    write_progress(progress, chosen.folder)
    print(f"\n{lab.text.read_text('utf-8').strip()}\n")
    print(f"Work in:     cd {copy.resolve()} && source .venv/bin/activate")
    print(f"You change:  {', '.join(lab.edit)}")
    print("Then, here:  nox -s lab -- check")
    return 0


def _check(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress, lab = _started(chosen, labs)
    red = 0
    for result in check(lab, Attempt(chosen.folder / lab.name)):
        red += result.problem is not None
        print(f"{'not yet' if result.problem else 'true':<8} {result.promise}", flush=True)
        for line in (result.problem or "").splitlines():
            print(f"{'':<8} {line}")
    progress.record_check(lab.name, passed=not red)
    write_progress(progress, chosen.folder)
    if red:
        print("\nStuck?  nox -s lab -- hint")
        return 1
    print(f"\n{lab.name} is done. Compare:  nox -s lab -- solution")
    return 0


def _hint(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress, lab = _started(chosen, labs)
    steps = progress.labs[lab.name]
    steps.hints = min(steps.hints + 1, len(lab.hints))
    write_progress(progress, chosen.folder)
    for number, hint in enumerate(lab.hints[: steps.hints], start=1):
        print(f"{number} of {len(lab.hints)}  {hint}")
    if steps.hints == len(lab.hints):
        print("\nThat was the last. One good answer:  nox -s lab -- solution")
    return 0


def _solution(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress, lab = _started(chosen, labs)
    steps = progress.labs[lab.name]
    steps.solution_read = steps.solution_read or steps.passed_at is None
    write_progress(progress, chosen.folder)
    print(lab.solution.read_text("utf-8").rstrip())
    print(f"\nIt changes the lab's start, in {(chosen.folder / lab.name).resolve()}:")
    print(f"git apply {lab.solution.resolve()}")
    return 0


def _progress(chosen: argparse.Namespace, labs: list[Lab]) -> int:
    progress = read_progress(chosen.folder)
    if chosen.json:
        print(msgspec.json.encode(progress.labs).decode())
        return 0
    for lab in labs:
        print(f"{lab.name:<15} {progress.state_of(lab.name)}")
    passed = sum(steps.passed_at is not None for steps in progress.labs.values())
    print(f"\n{passed} of {len(labs)} passed")
    return 0


def _started(chosen: argparse.Namespace, labs: list[Lab]) -> tuple[Progress, Lab]:
    progress = read_progress(chosen.folder)
    name = chosen.lab or progress.current
    if name is None:
        raise WrongUse("No lab was started. `nox -s lab` lists them.")
    lab = _named(name, labs)
    if not (chosen.folder / lab.name).is_dir() or lab.name not in progress.labs:
        raise WrongUse(f"{lab.name} was not started:  nox -s lab -- start {lab.name}")
    return progress, lab


def _named(name: str, labs: list[Lab]) -> Lab:
    for lab in labs:
        if lab.name == name:
            return lab
    raise WrongUse(f"There is no lab {name!r}: {', '.join(lab.name for lab in labs)}.")


ACTIONS = {
    "list": _list,
    "start": _start,
    "check": _check,
    "hint": _hint,
    "solution": _solution,
    "progress": _progress,
}


if __name__ == "__main__":
    sys.exit(main())
