"""Golden cases: one event in, reviewed documents out, kept in the pack's ``golden/``.

Each business line has one file, such as ``rides.json``: by name of the case, an event
as it arrives and the documents that were issued for it, indented so that a person can
review it. ``issuers.toml`` names our own company, so a team's real one changes no golden.

A new case: write ``"CASE": {"event": {...}}`` into the file of its business line, then
run ``python -m tests.countries.write_golden de rides CASE``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace
from tests.countries.independent import Expectation, calculate, read_tables

from receipts.business_lines.business_line import find_business_lines
from receipts.countries.loader import load_pack, shipped_packs, team_packs
from receipts.domain.numbering import NumberBlock, first_link
from receipts.engine.draft import draft
from receipts.engine.facts import Facts
from receipts.engine.numbering import number
from receipts.engine.rules import Rules
from receipts.infrastructure.legal_entities import load_legal_entities
from receipts.pipeline.intake import event_decoder
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.countries.independent_sales import Tables

    from receipts.countries.loader import LoadedPack
    from receipts.domain.documents import Document
    from receipts.domain.events import Event

ISSUED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)

ANY_PACK_SHA256 = "0" * 64
"""Stands for the pack's hash: a golden must outlive a new row that it does not rest on."""

TEAM_PACKS = Path("config/countries")

LINES = {line.event_type: line for line in find_business_lines()}
read_event = event_decoder(tuple(LINES.values())).decode


class KeptCase(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """A case as the file of its business line holds it."""

    event: Raw
    documents: tuple[Raw, ...] = ()
    """Empty until `tests.countries.write_golden` has issued them."""


@dataclass(frozen=True)
class GoldenPack:
    """A pack of this service, with what its golden cases are issued with."""

    folder: Path

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @property
    def facts(self) -> Facts:
        """The frozen world of every golden case: our company, noon of one day, one shard."""
        entities = load_legal_entities(self.folder / "golden" / "issuers.toml")
        return Facts(ISSUED_AT, entities, shards=1)

    @property
    def seller(self) -> dict[str, Any] | None:
        """Our own company as JSON, for the independent calculation."""
        entity = self.facts.legal_entities.by_country.get(self.name.upper())
        if entity is None:
            return None
        seller: dict[str, Any] = msgspec.to_builtins(entity.supplier)
        return seller

    def load(self) -> LoadedPack:
        """The pack as goldens are issued with it."""
        return replace(load_pack(self.folder), sha256=ANY_PACK_SHA256)

    def cases_path(self, line: str) -> Path:
        """Where the cases of a business line are."""
        return self.folder / "golden" / f"{line}.json"


@dataclass(frozen=True)
class GoldenCase:
    """An event, and the documents that must be issued for it."""

    pack: GoldenPack
    line: str
    name: str
    event: bytes
    """The event as it arrives."""
    expected: tuple[str, ...]
    """The documents as they were reviewed, indented."""

    def __str__(self) -> str:
        return f"{self.pack.name}/{self.line}/{self.name}"

    @property
    def documents(self) -> list[Document]:
        """The documents, read."""
        return [read_document(each.encode()) for each in self.expected]

    @property
    def expectation(self) -> Expectation:
        """The same documents by the independent calculation."""
        return expectation_of(self.event, self.pack)


@cache
def golden_packs() -> tuple[GoldenPack, ...]:
    """Every pack of this service, the template's and the team's."""
    return tuple(
        GoldenPack(Path(str(folder))) for folder in (*shipped_packs(), *team_packs(TEAM_PACKS))
    )


def golden_cases(pack: GoldenPack) -> tuple[GoldenCase, ...]:
    """Every case of a pack.

    Raises:
        LookupError: There is none, one has no documents, or a file is no business line's.
    """
    cases = tuple(
        GoldenCase(pack, path.stem, name, bytes(kept.event), indented_each(kept.documents))
        for path in sorted((pack.folder / "golden").glob("*.json"))
        for name, kept in _complete_cases(path).items()
    )
    if not cases:
        raise LookupError(f"Pack {pack.name} has no golden case; see tests/countries/golden.py.")
    return cases


def _complete_cases(path: Path) -> dict[str, KeptCase]:
    lines = {line.name for line in LINES.values()}
    if path.stem not in lines:
        raise LookupError(f"{path} is no business line's file; it is one of {sorted(lines)}.")
    kept = read_cases(path)
    unissued = [name for name, case in kept.items() if not case.documents]
    if unissued:
        raise LookupError(f"{path}: {unissued} without documents; see tests/countries/golden.py.")
    return kept


def every_golden_case() -> list[GoldenCase]:
    """Every case of every pack."""
    return [case for pack in golden_packs() for case in golden_cases(pack)]


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
    drafts = draft(event, LINES[type(event)], facts, rules)
    blocks = {
        each.document.series: NumberBlock(1, first_link(each.document.series)) for each in drafts
    }
    return number(drafts, blocks)


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
    return calculate(json.loads(event), tables, seller=pack.seller, issued_at=ISSUED_AT)


def rows_in_use(tables: Tables) -> set[str]:
    """Ids of the rows that speak of a business line of this service; a pack knows others too."""
    lines = {line.name for line in LINES.values()}
    rows = [row for table in tables.values() for row in _rows_of(table)]
    used = {row["id"] for row in rows if row.get("when", {}).get("business_line") in {None, *lines}}
    unused = {row["id"] for row in rows} - used
    return {row["id"] for row in rows if row["id"] in used and not _rests_on(row, unused)}


def _rows_of(table: Tables) -> list[Tables]:
    return [row for rows in table.values() if isinstance(rows, list) for row in rows if "id" in row]


def _rests_on(row: Tables, unused: set[str]) -> bool:
    return bool(row.get("rules")) and set(row["rules"]) <= unused


def read_cases(path: Path) -> dict[str, KeptCase]:
    """What the file of a business line holds, by name of the case."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, KeptCase])


def cases_as_kept(cases: dict[str, KeptCase]) -> str:
    """Cases as their file holds them: in alphabetical order, so that two branches merge."""
    return indented(canonical_json(dict(sorted(cases.items())))) + "\n"


def indented_each(contents: Iterable[bytes | Raw]) -> tuple[str, ...]:
    """JSON texts made readable."""
    return tuple(map(indented, contents))


def indented(content: bytes | Raw) -> str:
    """JSON made readable, its values and their order untouched."""
    return msgspec.json.format(bytes(content), indent=2).decode()
