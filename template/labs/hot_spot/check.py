"""Are new rides issued as fast as they were, and with the same documents?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from labs.attempt import PROJECT, Answer, Attempt, NotYet
from labs.hot_spot.rides import DATED
from labs.practice import add_practice_country
from tests.service import as_lines, ride

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

RIDES = 10_000
"""Enough for a profiler that looks a hundred times a second."""
COMPARISONS = 3
MOST_RATIO = 2.0
"""The fault costs six times; what a busy machine adds is less."""


def prepare(folder: Path) -> None:
    """A night's rides in the country for practice, no two of them alike."""
    add_practice_country(folder, DATED)
    rides = (
        ride(number, charges=[_fare(number)], total_minor=10_00 + number, distance_m=number)
        for number in range(1, RIDES + 1)
    )
    (folder / "night.ndjson").write_bytes(b"\n".join(as_lines(rides)) + b"\n")


def _fare(number: int) -> dict[str, object]:
    return {"amount_minor": 10_00 + number, "code": "fare"}


def documents_are_the_same(attempt: Attempt) -> None:
    """Every document is what it was: at any date, for any licence."""
    if _issue(attempt)[1] != _issue(Attempt(PROJECT))[1]:
        raise NotYet(
            "Some documents differ from those of the code without the fault: what the law says "
            "depends on the date and on what a ride states."
        )


def new_rides_are_fast(attempt: Attempt) -> None:
    """A ride that is like none before takes no longer than without the fault."""
    pairs = [(_issue(attempt)[0], _issue(Attempt(PROJECT))[0]) for _ in range(COMPARISONS)]
    ratio = min(theirs for theirs, _ in pairs) / min(ours for _, ours in pairs)
    if ratio > MOST_RATIO:
        raise NotYet(
            f"New rides take {ratio:.1f} times as long as without the fault; {MOST_RATIO:.0f} "
            "times is where the check lets you pass."
        )


def _issue(attempt: Attempt) -> tuple[float, str]:
    """Seconds for a batch of rides, and a digest of their documents."""
    # The rides and the country are the lab's; only the code is the learner's.
    path = f"{attempt.folder.resolve() / 'src'}:{PROJECT}"
    answer = attempt.python("-P", "-m", "labs.hot_spot.rides", PYTHONPATH=path)
    if answer.code:
        _fail(answer)
    found: tuple[float, str] = msgspec.json.decode(answer.out, type=tuple[float, str])
    return found


def _fail(answer: Answer) -> NoReturn:
    raise NotYet(f"The rides are not issued: {answer.err.strip().splitlines()[-1]}")


CHECKS = (documents_are_the_same, new_rides_are_fast)
