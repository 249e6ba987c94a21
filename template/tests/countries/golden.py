"""Golden cases: one event in, one reviewed document out, kept in the pack's ``golden/``.

``<case>.event.json`` is an event as it arrives; ``<case>.document.json`` is the
document that was issued for it, indented so that a person can review it; and
``issuers.toml`` names our own company, so a team's real one changes no golden.

A new case: write the event, then ``python -m tests.countries.write_golden de CASE``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
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
from receipts.rendering.canonical import canonical_json

if TYPE_CHECKING:
    from receipts.countries.loader import LoadedPack
    from receipts.domain.documents import Document
    from receipts.domain.events import Event

ISSUED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)

ANY_PACK_SHA256 = "0" * 64
"""Stands for the pack's hash: a golden must outlive a new row that it does not rest on."""

TEAM_PACKS = Path("config/countries")

LINES = {line.event_type: line for line in find_business_lines()}
read_event = event_decoder(tuple(LINES.values())).decode


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

    def event_path(self, case: str) -> Path:
        """Where the event of a case is."""
        return self.folder / "golden" / f"{case}.event.json"

    def document_path(self, case: str) -> Path:
        """Where the document of a case is."""
        return self.folder / "golden" / f"{case}.document.json"


@dataclass(frozen=True)
class GoldenCase:
    """An event, and the document that must be issued for it."""

    pack: GoldenPack
    name: str

    def __str__(self) -> str:
        return f"{self.pack.name}/{self.name}"

    @property
    def event(self) -> bytes:
        """The event as it arrives."""
        return self.pack.event_path(self.name).read_bytes()

    @property
    def expected(self) -> str:
        """The document as it was reviewed."""
        return self.pack.document_path(self.name).read_text(encoding="utf-8")

    @property
    def expectation(self) -> Expectation:
        """The same document by the independent calculation."""
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
        LookupError: There is none, or a file of a case is missing or stray.
    """
    files = {path.name for path in (pack.folder / "golden").glob("*.json")}
    names = sorted({name.removesuffix(".json").rpartition(".")[0] for name in files})
    wanted = {f"{name}.{part}.json" for name in names for part in ("event", "document")}
    if files != wanted:
        raise LookupError(f"{pack.name}/golden: {sorted(files ^ wanted)} missing or stray.")
    if not names:
        raise LookupError(f"Pack {pack.name} has no golden case; see tests/countries/golden.py.")
    return tuple(GoldenCase(pack, name) for name in names)


def every_golden_case() -> list[GoldenCase]:
    """Every case of every pack."""
    return [case for pack in golden_packs() for case in golden_cases(pack)]


def issue(event: bytes, facts: Facts, rules: Rules) -> Document:
    """The document of an event, the first of its series.

    Raises:
        Rejected: None is due.
    """
    return issue_event(read_event(event), facts, rules)


def issue_event(event: Event, facts: Facts, rules: Rules) -> Document:
    """The document of a decoded event, the first of its series.

    Raises:
        Rejected: None is due.
    """
    drafts = draft(event, LINES[type(event)], facts, rules)
    blocks = {
        each.document.series: NumberBlock(1, first_link(each.document.series)) for each in drafts
    }
    (document,) = number(drafts, blocks)
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


def indented(document: Document) -> str:
    """A document as its golden file holds it: canonical JSON, made readable."""
    return msgspec.json.format(canonical_json(document), indent=2).decode() + "\n"
