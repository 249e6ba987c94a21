"""Writes the documents of a golden case: ``python -m tests.countries.write_golden de rides CASE``.

The event must stand in the pack's ``golden/rides.json``. Nothing is written unless
the engine and the independent calculation agree, and documents that exist
are never overwritten: what changes a golden is a decision, so delete them first
and review what comes in their place.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from msgspec import Raw
from msgspec.structs import replace
from tests.countries.golden import (
    cases_as_kept,
    expectation_of_case,
    golden_packs,
    issue_case,
    read_cases,
    rules_of,
)
from tests.countries.independent import said
from tests.countries.independent_sales import Refused

from receipts.domain.errors import Rejected
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from pathlib import Path

    from receipts.pipeline.golden import GoldenPack, KeptCase


class NotWritten(Exception):
    """There will be no golden; the message says why."""


def write_golden(pack: GoldenPack, line: str, case: str) -> Path:
    """Issue a case and keep its documents, the cases of its file in alphabetical order.

    Raises:
        NotWritten: It exists, its event does not, or the two calculations do not agree.
    """
    path = pack.cases_path(line)
    cases = read_cases(path) if path.exists() else {}
    if case not in cases:
        raise NotWritten(f'{path} has no {case!r}: write "{case}": {{"event": ...}} there first.')
    if cases[case].documents:
        raise NotWritten(
            f"{path} has the documents of {case!r}: review them, delete them, write anew."
        )
    documents = _agreed_documents(cases[case], pack)
    cases[case] = replace(cases[case], documents=tuple(map(Raw, documents)))
    path.write_text(cases_as_kept(cases), encoding="utf-8", newline="\n")
    return path


def _agreed_documents(case: KeptCase, pack: GoldenPack) -> list[bytes]:
    """What the engine and the independent calculation both make of a case."""
    try:
        documents = [
            canonical_json(each) for each in issue_case(case, pack.facts, rules_of(pack.load()))
        ]
        expected = expectation_of_case(case, pack).says
    except (Rejected, Refused) as refusal:
        raise NotWritten(f"No document is due: {refusal}") from refusal
    if [said(json.loads(document)) for document in documents] != expected:
        raise NotWritten(f"The engine and the independent calculation differ: {expected}")
    return documents


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
