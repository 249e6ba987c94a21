"""Golden cases of every pack of this service, and the second calculation of each.

A new case: write ``"CASE": {"event": {...}}`` into the file of its business line, then
run ``python -m tests.countries.write_golden de rides CASE``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from tests.countries.independent import Expectation, calculate, read_tables
from tests.countries.independent_corrections import Ledger

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.loader import shipped_packs, team_packs
from receipts.engine.rules import Rules
from receipts.pipeline.books import Books
from receipts.pipeline.golden import (
    ISSUED_AT,
    GoldenCase,
    GoldenPack,
    KeptCase,
    indented,
    read_golden,
)
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from receipts.countries.loader import LoadedPack
    from receipts.domain.documents import Document
    from receipts.domain.events import Event
    from receipts.engine.facts import Facts

TEAM_PACKS = Path("config/countries")

LINES = {line.event_type: line for line in find_business_lines()}
LINE_NAMES = frozenset(line.name for line in LINES.values())
read_event = event_decoder(tuple(LINES.values())).decode


@cache
def golden_packs() -> tuple[GoldenPack, ...]:
    """Every pack of this service, the template's and the team's."""
    return tuple(
        GoldenPack(Path(str(folder))) for folder in (*shipped_packs(), *team_packs(TEAM_PACKS))
    )


def golden_cases(pack: GoldenPack) -> tuple[GoldenCase, ...]:
    """Every case of a pack.

    Raises:
        LookupError: There is none, or one of them cannot be used.
    """
    read = read_golden(pack, LINE_NAMES)
    if read.findings:
        raise LookupError(f"{pack.folder}/{read.findings[0].file}: {read.findings[0].text}")
    return read.cases


def every_golden_case() -> list[GoldenCase]:
    """Every case of every pack."""
    return [case for pack in golden_packs() for case in golden_cases(pack)]


def documents_of(case: GoldenCase) -> list[Document]:
    """The documents of a case as they were reviewed."""
    return [read_document(each.encode()) for each in case.expected]


def issue(event: bytes, facts: Facts, rules: Rules) -> list[Document]:
    """The documents of an event, the first of their series.

    Raises:
        Rejected: None is due.
    """
    return issue_all(read_event(event), facts, rules)


def issue_all(event: Event, facts: Facts, rules: Rules) -> list[Document]:
    """The documents of a decoded event, the first of their series.

    Raises:
        Rejected: None is due.
    """
    return Books(tuple(LINES.values()), facts, rules).issue(event)


def issue_case(case: GoldenCase | KeptCase, facts: Facts, rules: Rules) -> list[Document]:
    """The documents of a case, after those of the events before it.

    Raises:
        Rejected: None is due.
    """
    books = Books(tuple(LINES.values()), facts, rules)
    for each in case.after:
        books.issue(read_event(bytes(each)))
    return books.issue(read_event(bytes(case.event)))


def issue_event(event: Event, facts: Facts, rules: Rules) -> Document:
    """The only document of a decoded event, the first of its series.

    Raises:
        Rejected: None is due.
    """
    (document,) = issue_all(event, facts, rules)
    return document


def rules_of(loaded: LoadedPack) -> Rules:
    """A pack, compiled for every business line."""
    return Rules(loaded, tuple(LINES.values()))


def expectation_of(event: bytes, pack: GoldenPack) -> Expectation:
    """What the independent calculation says about an event.

    Raises:
        Refused: No document is due.
    """
    tables = read_tables(pack.folder)
    return calculate(json.loads(event), tables, seller=seller_of(pack), issued_at=ISSUED_AT)


def expectation_of_case(case: GoldenCase | KeptCase, pack: GoldenPack) -> Expectation:
    """What the independent calculation says about a case.

    Raises:
        Refused: No document is due.
    """
    ledger = Ledger(read_tables(pack.folder), seller_of(pack), ISSUED_AT)
    for each in case.after:
        ledger.add(json.loads(bytes(each)))
    return ledger.add(json.loads(bytes(case.event)))


def seller_of(pack: GoldenPack) -> dict[str, Any] | None:
    """Our own company as JSON, for the independent calculation; None where there is none."""
    entity = pack.facts.legal_entities.by_country.get(pack.name.upper())
    if entity is None:
        return None
    seller: dict[str, Any] = msgspec.to_builtins(entity.supplier)
    return seller


def read_cases(path: Path) -> dict[str, KeptCase]:
    """What the file of a business line holds, by name of the case."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, KeptCase])


def cases_as_kept(cases: dict[str, KeptCase]) -> str:
    """Cases as their file holds them: in alphabetical order, so that two branches merge."""
    return indented(canonical_json(dict(sorted(cases.items())))) + "\n"
