"""How long it takes from ``pack new`` to a checked receipt, and what a person writes for it.

The country is Illinois, the receipt that of a Chicago trip. What a person would write stands
in ``tests/real/countries/us-il``; here it is put over the pack that the command made, so
the seconds are the machine's and reading the law is not among them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from difflib import ndiff
from pathlib import Path
from typing import NamedTuple

from tests.real.checks import Checks
from tests.real.chicago_taxi import HERE, Trip, read_trips
from tests.real.data_set import write_events
from tests.real.service import CommandFailed, Service, fresh_folder

LAW = HERE / "countries" / "us-il"
COMMANDS = (
    ("pack", "new", "US-IL"),
    ("pack", "check", "US-IL", "--quick"),
    ("issue", "trip.ndjson"),
    ("verify", "--all"),
)


class _Start(NamedTuple):
    """A country that was started and has its first receipt."""

    seconds: float
    """Of all commands together."""
    made: dict[str, str]
    """The files that `pack new` made, before a person wrote the law."""


def add_illinois(service: Service, trips: Path, output: Path, checks: Checks) -> None:
    """Start the pack, write its law, check it, issue a trip with it, and print the figures."""
    source = service.folder / "src"
    core = files_in(source)
    folder = fresh_folder(output / "new-country")
    shutil.copytree(service.folder / "config", folder / "config")
    write_events([_first_whole(read_trips(trips))], folder / "trip.ndjson")
    service = service._replace(folder=folder, store=folder / "store", settings={})
    start = _start(service, folder / "config" / "countries" / "us-il")
    core_now = files_in(source)
    edited = [name for name in core | core_now if core.get(name) != core_now.get(name)]
    checks.equal("a new country needs no line of core code", expected=[], found=edited)
    countries = [document["country"] for document in service.receipts("list", "--json").lines()]
    checks.equal("its first trip has a receipt", expected=["US-IL"], found=countries)
    packs = {each["code"]: each for each in service.receipts("pack", "list", "--json").lines()}
    rows, lines = packs["US-IL"]["rows"], changed_lines(start.made, start.made | files_in(LAW))
    print(
        f"  from `pack new US-IL` to its first checked receipt: {start.seconds:.1f} s of commands,"
    )
    print(f"  {rows} rows of data, {lines} lines that a person writes, {len(edited)} core files")


def _start(service: Service, pack: Path) -> _Start:
    """Every command in turn; the law is written as soon as there is a pack.

    Raises:
        CommandFailed: One did not do.
    """
    seconds, made = 0.0, dict[str, str]()
    for command in COMMANDS:
        began = time.monotonic()
        answer = service.receipts(*command)
        seconds += time.monotonic() - began
        if answer.exit_code != 0:
            called = [str(service.command), *command]
            raise CommandFailed(called, answer.exit_code, answer.output + answer.errors)
        if not made:
            made = files_in(pack)
            shutil.copytree(LAW, pack, dirs_exist_ok=True)
    return _Start(seconds, made)


def _first_whole(trips: Iterable[Trip]) -> Trip:
    """The first trip that has an end, so that it becomes a receipt."""
    return next(each for each in trips if each.columns["trip_seconds"])


def files_in(folder: Path) -> dict[str, str]:
    """Texts of every file below a folder but what Python has compiled, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def changed_lines(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """Lines that are new or say something else; blank ones and lost ones do not count."""
    return sum(
        line.startswith("+ ") and bool(line[2:].strip())
        for name, text in after.items()
        for line in ndiff(before.get(name, "").splitlines(), text.splitlines())
        if before.get(name) != text
    )
