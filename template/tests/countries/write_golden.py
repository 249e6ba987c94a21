"""Writes the document of a golden case: ``python -m tests.countries.write_golden de rides CASE``.

The event must stand in the pack's ``golden/rides.json``. Nothing is written unless
the engine and the independent calculation agree, and a document that exists is
never overwritten: what changes a golden is a decision, so delete the document
first and review what comes in its place.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from msgspec import Raw
from msgspec.structs import replace
from tests.countries.golden import (
    GoldenPack,
    cases_as_kept,
    expectation_of,
    golden_packs,
    issue,
    read_cases,
    rules_of,
)
from tests.countries.independent import Refused, said

from receipts.domain.errors import Rejected
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from pathlib import Path


class NotWritten(Exception):
    """There will be no golden; the message says why."""


def write_golden(pack: GoldenPack, line: str, case: str) -> Path:
    """Issue a case and keep its document, the cases of its file in alphabetical order.

    Raises:
        NotWritten: It exists, its event does not, or the two calculations do not agree.
    """
    path = pack.cases_path(line)
    cases = read_cases(path) if path.exists() else {}
    if case not in cases:
        raise NotWritten(f'{path} has no {case!r}: write "{case}": {{"event": ...}} there first.')
    if cases[case].document:
        raise NotWritten(f"{path} has the document of {case!r}: review it, delete it, write anew.")
    document = _agreed_document(bytes(cases[case].event), pack)
    cases[case] = replace(cases[case], document=Raw(document))
    path.write_text(cases_as_kept(cases), encoding="utf-8", newline="\n")
    return path


def _agreed_document(event: bytes, pack: GoldenPack) -> bytes:
    """What the engine and the independent calculation both make of an event."""
    try:
        document = canonical_json(issue(event, pack.facts, rules_of(pack.load())))
        expected = expectation_of(event, pack).says
    except (Rejected, Refused) as refusal:
        raise NotWritten(f"No document is due: {refusal}") from refusal
    if said(json.loads(document)) != expected:
        raise NotWritten(f"The engine and the independent calculation differ: {expected}")
    return document


def main(arguments: list[str]) -> int:
    """Write the named case of the named pack and business line."""
    packs = {pack.name: pack for pack in golden_packs()}
    if len(arguments) != 3 or arguments[0] not in packs:
        print(  # noqa: T201
            f"Name a pack ({', '.join(packs)}), a business line and a case.", file=sys.stderr
        )
        return 2
    pack, line, case = arguments
    try:
        path = write_golden(packs[pack], line, case)
    except NotWritten as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 1
    print(f"{path}: review {case!r} line by line before you commit it.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
