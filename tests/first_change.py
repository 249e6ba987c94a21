"""Follow the first change of CONTRIBUTING.md in a fresh clone, from nothing to green.

python -m tests.first_change        prints each step with its seconds
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = "CONTRIBUTING.md"
SECTION = re.compile(r"^## Your first change.*?(?=^## )", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(?P<form>console|diff)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
PROMISED_S = 600


class Step(NamedTuple):
    """A command of the page, and the lines that it must print."""

    command: str
    shown: tuple[str, ...]
    stdin: str = ""


class NotAsShown(Exception):
    """A step did not end well or did not answer as the page shows."""


def read_steps(page: str) -> Iterator[Step]:
    """The commands of the first change, in their order; a diff is applied."""
    section = SECTION.search(page)
    for block in BLOCK.finditer(section[0] if section else ""):
        if block["form"] == "diff":
            yield Step("git apply --unidiff-zero -", (), block["text"])
            continue
        for text in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, *shown = text.splitlines()
            yield Step(command, tuple(filter(str.strip, shown)))


def run_step(step: Step, folder: Path) -> None:
    """Run one step.

    Raises:
        NotAsShown: It fails, or does not print what the page shows.
    """
    ours = ("NOX_", "VIRTUAL_ENV", "PYTEST_", "KVITTO_", "RECEIPTS_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=outside,
        input=step.stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise NotAsShown(f"$ {step.command}\n{done.stdout[-3000:]}")
    printed = done.stdout.splitlines()
    for line in step.shown:
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if not any(pattern.fullmatch(each) for each in printed):
            raise NotAsShown(f"$ {step.command}\n{line!r} is not among:\n{done.stdout[-3000:]}")


def main() -> int:
    """Follow the page; exit code 1 when a step does not answer as it shows."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "kvitto"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        steps = list(read_steps((clone / PAGE).read_text(encoding="utf-8")))
        if not steps:
            print(f"{PAGE} shows no first change.", file=sys.stderr)
            return 1
        for step in steps:
            started = time.monotonic()
            try:
                run_step(step, clone)
            except NotAsShown as difference:
                print(difference, file=sys.stderr)
                return 1
            print(f"{time.monotonic() - started:6.1f} s  {step.command}", flush=True)
    seconds = time.monotonic() - began
    verdict = "met" if seconds <= PROMISED_S else "missed"
    print(f"from clone to green in {seconds:.0f} s; promised {PROMISED_S} s: {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
