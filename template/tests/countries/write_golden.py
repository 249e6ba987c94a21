"""Writes the document of a new golden case: ``python -m tests.countries.write_golden de CASE``.

The event must stand in the pack's ``golden/CASE.event.json``. Nothing is written
unless the engine and the independent calculation agree, and a document that
exists is never overwritten: what changes a golden is a decision, so delete the
file first and review what comes in its place.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tests.countries.golden import (
    GoldenPack,
    expectation_of,
    golden_packs,
    indented,
    issue,
    rules_of,
)
from tests.countries.independent import Refused, said

from receipts.domain.errors import Rejected

if TYPE_CHECKING:
    from pathlib import Path


class NotWritten(Exception):
    """There will be no golden; the message says why."""


def write_golden(pack: GoldenPack, case: str) -> Path:
    """Issue a case and keep its document.

    Raises:
        NotWritten: It exists, its event does not, or the two calculations do not agree.
    """
    path = pack.document_path(case)
    if path.exists():
        raise NotWritten(f"{path} exists: review it, delete it, then write it anew.")
    if not pack.event_path(case).exists():
        raise NotWritten(f"{pack.event_path(case)} is missing: write the event first.")
    event = pack.event_path(case).read_bytes()
    try:
        text = indented(issue(event, pack.facts, rules_of(pack.load())))
        expected = expectation_of(event, pack).says
    except (Rejected, Refused) as refusal:
        raise NotWritten(f"No document is due: {refusal}") from refusal
    if said(json.loads(text)) != expected:
        raise NotWritten(f"The engine and the independent calculation differ: {expected}")
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def main(arguments: list[str]) -> int:
    """Write the named case of the named pack."""
    packs = {pack.name: pack for pack in golden_packs()}
    if len(arguments) != 2 or arguments[0] not in packs:
        print(f"Name a pack ({', '.join(packs)}) and a case.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        path = write_golden(packs[arguments[0]], arguments[1])
    except NotWritten as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 1
    print(f"{path}: review it line by line before you commit it.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
