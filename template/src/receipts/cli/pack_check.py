"""``receipts pack check``: what is wrong with a pack, with file and line, and what proves it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.check import (
    Finding,
    Problem,
    Proof,
    Report,
    UnseenRow,
    check_pack,
    located,
)
from receipts.countries.loader import shipped_packs, team_packs
from receipts.domain.errors import BrokenConfiguration, BrokenPack
from receipts.engine.rules import Rules
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

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
    proof: Proof | None
    """None where it was not asked for, or the rules cannot be used."""
    seconds: float


def check(
    code: str | None = None,
    /,
    *,
    quick: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> Literal[0, 1]:
    """Check one pack or all; rows whose source was not seen are listed and are no findings.

    Args:
        code: Only this pack, for example DE.
        quick: Only read the files; leave out what golden cases prove, which takes seconds.
        json: Print one JSON object a line, for each pack.
    """
    found = False
    for pack in _checked_packs(code, load_settings().rules.team_packs, proven=not quick):
        found = found or bool(pack.findings)
        if json:
            print(msgspec.json.encode(pack).decode(), flush=True)
        else:
            _tell(pack)
    return 1 if found else 0


def _checked_packs(code: str | None, team_folder: Path, *, proven: bool) -> Iterator[CheckedPack]:
    shipped, ours = shipped_packs(), team_packs(team_folder)
    wanted = [each for each in (*shipped, *ours) if code is None or each.name == code.lower()]
    if not wanted:
        raise BrokenConfiguration(
            f"There is no pack {code!r}; see `receipts pack list`."
            if code is not None
            else f"No country pack is installed; add one under {team_folder}/."
        )
    taken = {folder.name for folder in shipped}
    for folder in wanted:
        more = TWICE if folder in ours and folder.name in taken else ()
        yield _checked(folder, more, proven=proven)


def _checked(folder: Traversable, more: tuple[Finding, ...], *, proven: bool) -> CheckedPack:
    began = time.perf_counter()
    report = check_pack(folder)
    uncompilable = _uncompilable(report)
    findings = (*more, *report.findings, *uncompilable)
    proof = None
    if proven and report.loaded is not None and not uncompilable:
        proof, unproven = _prove(folder, report)
        findings += unproven
    seconds = round(time.perf_counter() - began, 2)
    name = folder.name.upper()
    return CheckedPack(name, str(folder), findings, report.unseen, proof, seconds)


def _uncompilable(report: Report) -> tuple[Finding, ...]:
    """What no event states or no document has, although a row asks for it."""
    if report.loaded is None:
        return ()
    try:
        Rules(report.loaded, find_business_lines())
    except BrokenPack as error:
        return (located(str(error), report.texts),)
    return ()


def _prove(folder: Traversable, report: Report) -> tuple[Proof, tuple[Finding, ...]]:
    # Only a proof issues documents and sets type; reading files is done before that loads.
    from receipts.pipeline.pack_proof import prove_pack  # noqa: PLC0415

    try:
        return prove_pack(
            Path(str(folder)),
            report.texts,
            find_business_lines(),
            lambda what: _say(f"{folder.name.upper():<6} {what}"),
        )
    finally:
        _say("")


def _say(progress: str) -> None:
    """Show on a screen what is being done, in place of what was shown before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


def _tell(pack: CheckedPack) -> None:
    verdict = f"{len(pack.findings)} finding(s)" if pack.findings else "sound"
    print(f"{pack.code:<6} {verdict}{_proven(pack)}")
    for finding in pack.findings:
        print(f"  {_where(pack, finding)}: {finding.text}")
    for row in pack.unseen:
        print(f"  {_where(pack, row)}: source of {row.row} not seen: {row.source}")


def _proven(pack: CheckedPack) -> str:
    proof = pack.proof
    if proof is None:
        return "; not proven"
    counts = (
        (proof.cases, "golden cases hold"),
        (proof.rows, "rows reached"),
        (proof.changes, "changes noticed"),
        (proof.files, "files read back"),
    )
    words = ", ".join(f"{count.done} of {count.of} {what}" for count, what in counts)
    return f"; {words}, in {pack.seconds:.1f} s"


def _where(pack: CheckedPack, found: Finding | UnseenRow) -> str:
    line = "" if found.line is None else f":{found.line}"
    return f"{pack.folder}/{found.file}{line}"
