"""``receipts pack check``: what is wrong with a pack, with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.check import Finding, Problem, Report, UnseenRow, check_pack, located
from receipts.countries.loader import shipped_packs, team_packs
from receipts.domain.errors import BrokenConfiguration, BrokenPack
from receipts.engine.rules import Rules
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

TWICE = (
    Finding(
        "pack.toml",
        None,
        Problem.SCHEMA,
        "a pack of this code is shipped with the service and cannot be replaced: remove the folder",
    ),
)


class CheckedPack(Struct, frozen=True):
    """One line of ``--json``."""

    code: str
    folder: str
    findings: tuple[Finding, ...]
    unseen: tuple[UnseenRow, ...]


def check(
    code: str | None = None, /, *, json: Annotated[bool, Parameter(negative="")] = False
) -> Literal[0, 1]:
    """Check one pack or all; rows whose source was not seen are listed and are no findings.

    Args:
        code: Only this pack, for example DE.
        json: Print one JSON object a line, for each pack.
    """
    checked = _checked_packs(code, load_settings().rules.team_packs)
    for pack in checked:
        if json:
            print(msgspec.json.encode(pack).decode())
        else:
            _tell(pack)
    return 1 if any(pack.findings for pack in checked) else 0


def _checked_packs(code: str | None, team_folder: Path) -> Sequence[CheckedPack]:
    shipped, ours = shipped_packs(), team_packs(team_folder)
    wanted = [each for each in (*shipped, *ours) if code is None or each.name == code.lower()]
    if not wanted:
        raise BrokenConfiguration(
            f"There is no pack {code!r}; see `receipts pack list`."
            if code is not None
            else f"No country pack is installed; add one under {team_folder}/."
        )
    taken = {folder.name for folder in shipped}
    twice = [folder for folder in ours if folder.name in taken]
    return [_checked(folder, TWICE if folder in twice else ()) for folder in wanted]


def _checked(folder: Traversable, more: tuple[Finding, ...]) -> CheckedPack:
    report = check_pack(folder)
    findings = (*more, *report.findings, *_uncompilable(report))
    return CheckedPack(folder.name.upper(), str(folder), findings, report.unseen)


def _uncompilable(report: Report) -> tuple[Finding, ...]:
    """What no event states or no document has, although a row asks for it."""
    if report.loaded is None:
        return ()
    try:
        Rules(report.loaded, find_business_lines())
    except BrokenPack as error:
        return (located(str(error), report.texts),)
    return ()


def _tell(pack: CheckedPack) -> None:
    count = len(pack.findings)
    print(f"{pack.code:<6} {'sound' if not count else f'{count} finding(s)'}")
    for finding in pack.findings:
        print(f"  {_where(pack, finding)}: {finding.text}")
    for row in pack.unseen:
        print(f"  {_where(pack, row)}: source of {row.row} not seen: {row.source}")


def _where(pack: CheckedPack, found: Finding | UnseenRow) -> str:
    line = "" if found.line is None else f":{found.line}"
    return f"{pack.folder}/{found.file}{line}"
