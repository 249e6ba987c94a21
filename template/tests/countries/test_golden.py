"""Golden cases: what a pack's law makes of an event, reviewed once and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.countries.golden import (
    ANY_PACK_SHA256,
    GoldenCase,
    GoldenPack,
    every_golden_case,
    golden_cases,
    golden_packs,
    indented,
    issue,
    rules_of,
)
from tests.countries.independent import read_tables, said
from tests.countries.mutants import frozen, mutants_of

from receipts.countries.loader import load_pack, unfreeze_pack
from receipts.domain.errors import BrokenPack, Rejected
from receipts.rendering.canonical import canonical_json, read_document

if TYPE_CHECKING:
    from pathlib import Path


each_case = pytest.mark.parametrize("case", every_golden_case(), ids=str)
each_pack = pytest.mark.parametrize("pack", golden_packs(), ids=lambda pack: pack.name)


@each_case
def test_an_issued_document_equals_its_golden_file_byte_for_byte(case: GoldenCase) -> None:
    document = issue(case.event, case.pack.facts, rules_of(case.pack.load()))

    assert indented(document) == case.expected
    assert canonical_json(document) == canonical_json(read_document(case.expected.encode()))


@each_case
def test_a_golden_document_says_what_the_independent_calculation_says(case: GoldenCase) -> None:
    assert said(json.loads(case.expected)) == case.expectation.says


@each_pack
def test_every_row_of_a_pack_is_reached_by_a_golden_case(pack: GoldenPack) -> None:
    reached = frozenset[str]().union(*(case.expectation.rows for case in golden_cases(pack)))
    rows = {row.id for row in load_pack(pack.folder).pack.rows()}

    assert not rows - reached, f"no golden case of {pack.name} reaches {sorted(rows - reached)}"
    assert reached <= rows


@each_pack
def test_a_change_of_any_rate_amount_threshold_day_or_text_changes_a_golden_document(
    pack: GoldenPack,
) -> None:
    goldens = [
        (case.event, canonical_json(read_document(case.expected.encode())))
        for case in golden_cases(pack)
    ]
    mutants = list(mutants_of(pack.folder))

    unnoticed = [
        mutant.name for mutant in mutants if not _is_noticed(mutant.content, pack, goldens)
    ]

    assert len(mutants) > len(load_pack(pack.folder).pack.rows())
    assert not unnoticed


@each_pack
def test_a_pack_that_is_not_changed_changes_no_golden_document(pack: GoldenPack) -> None:
    goldens = [
        (case.event, canonical_json(read_document(case.expected.encode())))
        for case in golden_cases(pack)
    ]
    tables = {name: table for name, table in read_tables(pack.folder).items() if name != "sample"}

    assert not _is_noticed(frozen(tables), pack, goldens)


def test_a_document_names_the_pack_that_made_it() -> None:
    pack = golden_packs()[0]
    loaded = load_pack(pack.folder)

    document = issue(golden_cases(pack)[0].event, pack.facts, rules_of(loaded))

    assert document.pack_sha256 == loaded.sha256


def test_a_pack_without_a_golden_case_is_refused(tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()

    with pytest.raises(LookupError, match="has no golden case"):
        golden_cases(GoldenPack(tmp_path))


@pytest.mark.parametrize("stray", ["taxi.event.json", "taxi.document.json", "taxi.json"])
def test_an_event_without_document_or_the_reverse_is_refused(tmp_path: Path, stray: str) -> None:
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / stray).write_text("{}")

    with pytest.raises(LookupError, match="missing or stray"):
        golden_cases(GoldenPack(tmp_path))


def _is_noticed(content: bytes, pack: GoldenPack, goldens: list[tuple[bytes, bytes]]) -> bool:
    try:
        loaded = unfreeze_pack(content)
        rules = rules_of(replace(loaded, sha256=ANY_PACK_SHA256))
        return any(
            canonical_json(issue(event, pack.facts, rules)) != expected
            for event, expected in goldens
        )
    except (BrokenPack, Rejected):
        return True
